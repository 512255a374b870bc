"""Answers one call: who is calling, may they now, which key, sign, check, record.

The authorizer let the call in, perhaps by an answer that API Gateway had cached. So the decision is
made again here, by the same code and with what the registry says now.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from authorizer import certificate, decision, origin
from authorizer.aws_json import AwsCallError
from authorizer.certificate import ClientCertificate
from authorizer.config import Config, RevocationListSource
from authorizer.reasons import FailedError, RefusedError
from authorizer.registry import Excerpt, RegisteredClient, RegistrySource
from authorizer.revocations import RevocationLists
from authorizer.sources import deadline_of, registry_of, revocation_lists_of
from portcullis.errors import PortcullisError
from portcullis.pki.credential import to_pem
from portcullis.pki.keys import PublicKey
from portcullis.renewal.instance_count import InstanceCount
from portcullis.renewal.refusal import RenewalRefusedError, RenewalStatus
from portcullis.renewal.request import RenewalRequest, requested_key
from portcullis.renewal.table import RenewalTable
from portcullis.renewal.terms import RenewalTerms

REGISTRY_BUDGET_SECONDS = 3.0
PEM_CHAIN = "application/pem-certificate-chain"  # RFC 8555 section 9.1


class CertificateRenewals:
    """Issues successors of the certificates that clients call with."""

    def __init__(
        self,
        terms: RenewalTerms,
        config: Config,
        registry: RegistrySource,
        *,
        revocations: RevocationLists | None = None,
        table: RenewalTable | None = None,
        clock: Callable[[], float] = time.time,
        write: Callable[[str], object] | None = None,
    ) -> None:
        self._terms = terms
        self._config = config
        self._registry = registry
        self._revocations = revocations
        self._table = table
        self._counted_here = InstanceCount()
        self._clock = clock
        self._write = write or _write_to_standard_output

    @classmethod
    def from_environment(
        cls, environment: Mapping[str, str], *, authorizer: Path, folder: Path
    ) -> Self:
        """``authorizer`` and ``folder`` are where the zip has the registry and the authority."""
        # Nothing that was read before counts: a revocation takes effect at once.
        config = replace(Config.from_environment(environment), registry_cache_seconds=0)
        return cls(
            RenewalTerms.from_environment(environment, folder),
            config,
            registry_of(config, environment, authorizer),
            revocations=revocation_lists_of(config, authorizer),
            table=RenewalTable(config, environment) if config.registry_table else None,
        )

    def answer(self, event: Mapping[str, Any], context: object) -> dict[str, Any]:
        """The answer of a Lambda proxy integration."""
        record: dict[str, Any] = {"event": "certificate_renewal"}
        try:
            issued = self._renew(event, context, record)
        except RenewalRefusedError as refused:
            status, reason, detail = refused.status, refused.reason, refused.detail
            body = {"message": refused.message, "reason": reason}
            answer = _answer(status, "application/json", json.dumps(body))
        else:
            status, reason, detail = RenewalStatus.ISSUED, "ok", ""
            chain = to_pem(issued, self._terms.authority.certificate)
            answer = _answer(status, PEM_CHAIN, chain.decode("ascii"))
        record |= {"status": int(status), "reason": reason} | ({"detail": detail} if detail else {})
        self._write(json.dumps(record) + "\n")
        return answer

    def _renew(
        self, event: Mapping[str, Any], context: object, record: dict[str, Any]
    ) -> x509.Certificate:
        now = self._clock()
        request = RenewalRequest.parse(event)
        record |= {
            "requestId": request.request_id,
            "clientId": request.client_id,
            "serialNumber": request.facts.serial_number,
            "thumbprint": request.facts.thumbprint,
        }
        try:
            client = self._client(request, context, now)
            self._check_issuer(request.presented)
            key = requested_key(event, request.presented)
            self._count(client, now)
            issued = self._sign(key, request, now)
            facts = certificate.parse(to_pem(issued).decode("ascii"))
            self._register(client, request.facts, facts)
            self._check_successor(client, facts, context, now)
        except RefusedError as refused:
            raise RenewalRefusedError(
                RenewalStatus.FORBIDDEN,
                str(refused.reason),
                "This certificate cannot be renewed.",
                detail=refused.detail,
            ) from None
        except (FailedError, AwsCallError, PortcullisError) as error:
            raise RenewalRefusedError(
                RenewalStatus.UNAVAILABLE,
                str(getattr(error, "reason", "failed")),
                "The certificate cannot be renewed now. Try again later.",
                detail=str(error)[:300],
            ) from None
        record |= {
            "newSerialNumber": facts.serial_number,
            "newThumbprint": facts.thumbprint,
            "firstThumbprint": facts.origins[0],  # revokes every certificate of the line
            "notAfter": f"{issued.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}",
        }
        return issued

    def _client(self, request: RenewalRequest, context: object, now: float) -> RegisteredClient:
        """The client, by what the registry says now. Raises RefusedError, FailedError."""
        client = self._decide(request.facts, context, now)
        if client.id != request.client_id:
            raise _forbidden("not_authorized", "the registry names another client now")
        if self._terms.scope not in client.scopes:
            raise _forbidden("missing_scope", f"the client has no scope {self._terms.scope}")
        return client

    def _decide(self, facts: ClientCertificate, context: object, now: float) -> RegisteredClient:
        has_lists = self._config.revocation_lists is not RevocationListSource.NONE
        client, _ = decision.decide(
            facts,
            lambda: self._excerpt(facts, context, now),
            now=now,
            clock_skew_seconds=self._config.clock_skew_seconds,
            crl_grace_seconds=self._config.crl_grace_seconds if has_lists else None,
        )
        return client

    def _excerpt(self, facts: ClientCertificate, context: object, now: float) -> Excerpt:
        deadline = deadline_of(context, REGISTRY_BUDGET_SECONDS)
        excerpt = self._registry.excerpt(facts, now=now, deadline=deadline)
        if self._revocations is not None:
            excerpt = excerpt._replace(listing=self._revocations.listing(facts))
        return excerpt

    def _check_issuer(self, presented: x509.Certificate) -> None:
        """Refuse a certificate of another CA, whose revocations would not reach a successor."""
        for issuer in self._terms.predecessors:
            try:
                presented.verify_directly_issued_by(issuer)
            except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
                continue
            return
        raise _forbidden("other_authority", "the authority's file does not have its issuer")

    def _count(self, client: RegisteredClient, now: float) -> None:
        if self._table is None and client.pins:
            raise RenewalRefusedError(
                RenewalStatus.CONFLICT,
                "pinned_in_file",
                "The registry pins the certificates of this client in a file, so only a deploy can "
                "accept a new one. Ask for a certificate.",
            )
        most = self._terms.renewals_per_day
        if not (self._table or self._counted_here).count(client.id, most, now=now):
            raise RenewalRefusedError(
                RenewalStatus.TOO_MANY,
                "too_many",
                f"This client has renewed {most} times today (UTC). Try again tomorrow.",
            )

    def _sign(self, key: PublicKey, request: RenewalRequest, now: float) -> x509.Certificate:
        authority, moment = self._terms.authority, datetime.fromtimestamp(now, UTC)
        left = authority.certificate.not_valid_after_utc - moment - timedelta(seconds=1)
        facts = request.facts
        first = facts.origins or tuple(one for one in (facts.thumbprint, facts.twin) if one)
        return authority.recertify(
            key,
            request.presented,
            lifetime=min(self._terms.lifetime, left),
            extension=origin.extension(first),
            now=moment,
        )

    def _register(
        self, client: RegisteredClient, old: ClientCertificate, new: ClientCertificate
    ) -> None:
        if client.pins and self._table is not None:
            pin = self._table.pin_of(old.thumbprint)
            self._table.register(new.thumbprint, client.id, pin, not_after=new.not_after)

    def _check_successor(
        self, client: RegisteredClient, new: ClientCertificate, context: object, now: float
    ) -> None:
        """The authorizer would let it pass, as this client. Raises RefusedError otherwise."""
        if self._decide(new, context, now).id != client.id:
            raise _forbidden("ambiguous", "the registry gives the successor to another client")


def _answer(status: RenewalStatus, content_type: str, body: str) -> dict[str, Any]:
    headers = {"Content-Type": content_type, "Cache-Control": "no-store"}
    return {"statusCode": int(status), "headers": headers, "body": body}


def _write_to_standard_output(line: str) -> None:
    # Looked up at each call: Lambda's runtime replaces the stream after this module is imported.
    sys.stdout.write(line)


def _forbidden(reason: str, detail: str) -> RenewalRefusedError:
    return RenewalRefusedError(
        RenewalStatus.FORBIDDEN, reason, "This certificate cannot be renewed.", detail=detail
    )

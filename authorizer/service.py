"""Answers one event: parse, decide, mint a token, answer, write a log line.

A refusal is an answer (an explicit Deny, 403). A failure is an exception whose text is a reason
code (500): API Gateway never caches it, and a caller may try again.
"""

import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from authorizer.admission import Admission, Admissions
from authorizer.answer import Answer, allow, deny
from authorizer.certificate import Certificates, ClientCertificate
from authorizer.config import Config, RevocationListSource
from authorizer.decision import decide
from authorizer.event import AuthorizerRequest, request_id_of
from authorizer.kms import KmsSigner
from authorizer.log import CallRecord, Decision, Lines, Write, tail
from authorizer.policy import Policies
from authorizer.reasons import AuthorizerError, FailedError, Reason, RefusedError
from authorizer.registry import Excerpt, RegisteredClient, RegistrySource
from authorizer.revocations import RevocationLists
from authorizer.sources import deadline_of, registry_of, revocation_lists_of
from authorizer.tokens import Mint, Signer
from authorizer.usage import usage_key

ROUTES_FILE = "routes.json"

REGISTRY_BUDGET_SECONDS = 1.5  # DynamoDB answers in some 5 ms, a cold connection takes some 100 ms
SIGNING_BUDGET_SECONDS = 2.0  # KMS answers in some 10 ms; a cold connection takes some 100 ms
# No caller waits for these inits (Lambda Developer Guide, "Defined runtime environment variables").
AHEAD_OF_CALLS = frozenset({"provisioned-concurrency", "snap-start"})


class Authorizer:
    """Answers one event at a time."""

    def __init__(
        self,
        *,
        config: Config,
        registry: RegistrySource,
        policies: Policies,
        signer: Signer,
        revocations: RevocationLists | None = None,
        function_name: str = "",
        clock: Callable[[], float] = time.time,
        write: Write | None = None,
    ) -> None:
        self._client_cert_header = config.client_cert_header
        self._clock_skew_seconds = config.clock_skew_seconds
        self._has_clients_in_a_table = config.registry_table is not None
        self._crl_grace_seconds = (
            None
            if config.revocation_lists is RevocationListSource.NONE
            else config.crl_grace_seconds
        )
        self._registry = registry
        self._revocations = revocations
        self._function_name = function_name
        self._policies = policies
        self._mint = Mint(config, signer)
        self._certificates = Certificates()
        self._admissions = Admissions()
        self._lines = Lines()
        self._clock = clock
        self._write = write or _write_to_standard_output
        self._is_cold = True

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], folder: Path) -> Self:
        """Built once at init. A setting or file that is missing or wrong stops the init."""
        config = Config.from_environment(environment)
        signer = KmsSigner(config, environment)
        registry = registry_of(config, environment, folder)
        if environment.get("AWS_LAMBDA_INITIALIZATION_TYPE") in AHEAD_OF_CALLS:
            signer.prepare()
            registry.prepare()
        return cls(
            config=config,
            registry=registry,
            policies=Policies.load(folder / ROUTES_FILE),
            signer=signer,
            revocations=revocation_lists_of(config, folder),
            function_name=environment.get("AWS_LAMBDA_FUNCTION_NAME", ""),
        )

    def answer(self, event: object, context: Any) -> Answer:
        """Answer one call.

        Raises:
            AuthorizerError: no decision was possible; API Gateway answers 500.
        """
        started = time.perf_counter()
        now = self._clock()
        request = _parsed(event)
        if isinstance(request, Exception):
            return self._answer_anew(request, request_id_of(event), context, now, started)
        pem = request.client_certificate_pem
        admission = None if pem is None else self._admissions.get(pem, request.stage_arn, now)
        if admission is None:
            return self._answer_anew(request, request.request_id, context, now, started)
        if self._missing_scope(request, admission.client) is not None:
            return self._answer_again(admission, request, context, now, started)
        self._write(
            self._lines.allowed_again(
                admission.log_tail,
                now=now,
                request_id=request.request_id,
                lambda_request_id=getattr(context, "aws_request_id", None),
                duration_ms=_milliseconds_since(started),
            )
        )
        return admission.answer

    def _answer_again(
        self,
        admission: Admission,
        request: AuthorizerRequest,
        context: Any,
        now: float,
        started: float,
    ) -> Answer:
        """A remembered answer to a call that its policy does not permit."""
        record = CallRecord(
            request_id=request.request_id,
            lambda_request_id=getattr(context, "aws_request_id", None),
            started_at=now,
            cold_start=False,
            function_name=self._function_name,
            client_id=admission.client.id,
            certificate=admission.certificate,
            certificate_reused=True,
        )
        self._record_allow(record, request, admission.client)
        record.duration_ms = _milliseconds_since(started)
        self._write(record.line() + "\n")
        return admission.answer

    def _answer_anew(
        self,
        request: AuthorizerRequest | Exception,
        request_id: str,
        context: Any,
        now: float,
        started: float,
    ) -> Answer:
        record = CallRecord(
            request_id=request_id,
            lambda_request_id=getattr(context, "aws_request_id", None),
            started_at=now,
            cold_start=self._is_cold,
            function_name=self._function_name,
        )
        self._is_cold = False
        try:
            return self._authorize(request, context, now, record)
        except RefusedError as refused:
            record.decision, record.reason = Decision.DENY, refused.reason
            record.detail, record.client_id = refused.detail, refused.client_id
            return deny(refused.reason, client_id=refused.client_id, certificate=record.certificate)
        except FailedError as failed:
            record.decision, record.reason, record.detail = (
                Decision.ERROR,
                failed.reason,
                failed.detail,
            )
            raise AuthorizerError(failed.reason) from None
        except Exception as error:  # noqa: BLE001 - catch-all: deny, and log where it failed
            record.decision, record.reason = Decision.ERROR, Reason.INTERNAL_ERROR
            record.detail = _where(error)
            raise AuthorizerError(Reason.INTERNAL_ERROR) from None
        finally:
            record.duration_ms = _milliseconds_since(started)
            self._write(record.line() + "\n")

    def _authorize(
        self, request: AuthorizerRequest | Exception, context: Any, now: float, record: CallRecord
    ) -> Answer:
        if isinstance(request, Exception):
            raise request
        pem = request.client_certificate_pem
        if pem is None:
            raise RefusedError(Reason.NO_CERTIFICATE, "the connection has no client certificate")
        certificate, record.certificate_reused = self._certificates.parse(pem)
        record.certificate = certificate
        client, good_until = decide(
            certificate,
            lambda: self._excerpt(certificate, context, now, record),
            now=now,
            clock_skew_seconds=self._clock_skew_seconds,
            crl_grace_seconds=self._crl_grace_seconds,
        )
        record.client_id = client.id
        policy = self._policies.document(client.scopes, request.stage_arn)
        if policy is None:
            raise RefusedError(
                Reason.NO_SCOPE, "the client's scopes permit nothing", client_id=client.id
            )
        started = time.perf_counter()
        token, record.token_reused = self._mint.token(
            client,
            certificate.thumbprint,
            now=now,
            accepted_until=certificate.not_after + self._clock_skew_seconds,
            deadline=deadline_of(context, SIGNING_BUDGET_SECONDS),
        )
        record.token_ms = _milliseconds_since(started)
        answer = allow(
            client,
            certificate,
            token.value,
            policy,
            self._usage_key(client, request.stage_arn),
            client_cert_header=self._client_cert_header,
        )
        admission = Admission(
            answer=answer,
            client=client,
            certificate=certificate,
            log_tail=tail(client.id, certificate.thumbprint),
            decided_at=now,
            good_until=min(good_until, token.reusable_until),
        )
        self._admissions.put(pem, request.stage_arn, admission)
        self._record_allow(record, request, client)
        return answer

    def _record_allow(
        self, record: CallRecord, request: AuthorizerRequest, client: RegisteredClient
    ) -> None:
        """Record what API Gateway does with the Allow: it permits the routes of the policy only."""
        missing = self._missing_scope(request, client)
        if missing is None:
            record.decision, record.reason = Decision.ALLOW, Reason.OK
            return
        record.decision, record.reason = Decision.DENY, Reason.MISSING_SCOPE
        record.detail = "the client's scopes do not permit this route"
        record.required_scope, record.granted_scopes = missing, client.scopes

    def _missing_scope(self, request: AuthorizerRequest, client: RegisteredClient) -> str | None:
        required = self._policies.required_scope(request.method, request.route)
        return None if required is None or required in client.scopes else required

    def _excerpt(
        self, certificate: ClientCertificate, context: Any, now: float, record: CallRecord
    ) -> Excerpt:
        started = time.perf_counter()
        excerpt = self._registry.excerpt(
            certificate, now=now, deadline=deadline_of(context, REGISTRY_BUDGET_SECONDS)
        )
        record.registry_reused = excerpt.is_reused
        if excerpt.is_reused is False:
            record.registry_ms = _milliseconds_since(started)
        if self._revocations is not None:
            excerpt = excerpt._replace(listing=self._revocations.listing(certificate))
        crl = None if excerpt.listing is None else excerpt.listing.crl
        if crl is not None:
            record.crl_age_hours = round((now - crl.this_update) / 3600, 1)
            record.crl_hours_left = round((crl.next_update - now) / 3600, 2)
        return excerpt

    def _usage_key(self, client: RegisteredClient, stage_arn: str) -> str | None:
        """A key per client with the registry file, one per rate plan with the table."""
        if client.rate_plan is None:
            return None
        stage = stage_arn.rpartition("/")[2]
        return usage_key(stage, client.rate_plan if self._has_clients_in_a_table else client.id)


def _parsed(event: object) -> AuthorizerRequest | Exception:
    """The request, or why there is none: that is raised where it is answered and logged."""
    try:
        return AuthorizerRequest.parse(event)
    except Exception as error:  # noqa: BLE001 - see above
        return error


def _milliseconds_since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 3)


def _where(error: Exception) -> str:
    """Type and place of an unexpected error, without its text, which may hold values."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    if traceback is None:
        return type(error).__name__
    file = Path(traceback.tb_frame.f_code.co_filename).name
    return f"{type(error).__name__} at {file}:{traceback.tb_lineno}"


def _write_to_standard_output(line: str) -> None:
    # Looked up at each call: Lambda's runtime replaces the stream after this module is imported.
    sys.stdout.write(line)

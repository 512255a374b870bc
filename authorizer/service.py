"""The authorizer as one object: parse, decide, mint, answer, and write down how it went.

A refusal is an answer (an explicit Deny, 403). A failure is an exception whose text is a reason
code (500): API Gateway never caches it, and a caller may try again.
"""

import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from authorizer.answer import Answer, allow, deny
from authorizer.certificate import Certificates
from authorizer.config import Config
from authorizer.decision import decide
from authorizer.event import AuthorizerRequest, request_id_of
from authorizer.kms import KmsSigner
from authorizer.log import CallRecord, Decision, Write
from authorizer.policy import Policies
from authorizer.reasons import AuthorizerError, FailedError, Reason, RefusedError
from authorizer.registry import PackagedRegistry, Registry
from authorizer.tokens import Mint, Signer

REGISTRY_FILE = "clients.json"
ROUTES_FILE = "routes.json"

SIGNING_BUDGET_SECONDS = 2.0  # KMS answers in some 10 ms; a cold connection takes some 100 ms
# Nobody waits for these inits (Lambda Developer Guide, "Defined runtime environment variables").
AHEAD_OF_CALLS = frozenset({"provisioned-concurrency", "snap-start"})
RESERVED_SECONDS = 0.25  # left of the function's own time to answer and to log


class Authorizer:
    """Answers one event at a time. Everything it depends on is handed in."""

    def __init__(
        self,
        *,
        config: Config,
        registry: Registry,
        policies: Policies,
        signer: Signer,
        clock: Callable[[], float] = time.time,
        write: Write | None = None,
    ) -> None:
        self._clock_skew_seconds = config.clock_skew_seconds
        self._registry = registry
        self._policies = policies
        self._mint = Mint(config, signer)
        self._certificates = Certificates()
        self._clock = clock
        self._write = write or _write_to_standard_output
        self._is_cold = True

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], folder: Path) -> Self:
        """Built once at init; what is missing or wrong stops the function from starting."""
        config = Config.from_environment(environment)
        signer = KmsSigner(config, environment)
        if environment.get("AWS_LAMBDA_INITIALIZATION_TYPE") in AHEAD_OF_CALLS:
            signer.prepare()
        return cls(
            config=config,
            registry=PackagedRegistry.load(folder / REGISTRY_FILE),
            policies=Policies.load(folder / ROUTES_FILE),
            signer=signer,
        )

    def answer(self, event: object, context: Any) -> Answer:
        """Answer one call.

        Raises:
            AuthorizerError: no decision was possible; API Gateway answers 500.
        """
        started = time.perf_counter()
        record = CallRecord(
            request_id=request_id_of(event),
            lambda_request_id=getattr(context, "aws_request_id", None),
            started_at=self._clock(),
            cold_start=self._is_cold,
        )
        self._is_cold = False
        try:
            return self._authorize(event, _deadline(context), record)
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
        except Exception as error:  # noqa: BLE001 - the last door: it closes, and says where
            record.decision, record.reason = Decision.ERROR, Reason.INTERNAL_ERROR
            record.detail = _where(error)
            raise AuthorizerError(Reason.INTERNAL_ERROR) from None
        finally:
            record.duration_ms = _milliseconds_since(started)
            self._write(record.line() + "\n")

    def _authorize(self, event: object, deadline: float, record: CallRecord) -> Answer:
        request = AuthorizerRequest.parse(event)
        if request.client_certificate_pem is None:
            raise RefusedError(Reason.NO_CERTIFICATE, "the connection showed no certificate")
        record.certificate, record.certificate_reused = self._certificates.parse(
            request.client_certificate_pem
        )
        now = self._clock()
        client = decide(
            record.certificate,
            self._registry,
            now=now,
            clock_skew_seconds=self._clock_skew_seconds,
        )
        record.client_id = client.id
        policy = self._policies.document(client.scopes, request.stage_arn)
        if policy is None:
            raise RefusedError(
                Reason.NO_SCOPE, "the client's scopes permit nothing", client_id=client.id
            )
        started = time.perf_counter()
        token, record.token_reused = self._mint.token(
            client, record.certificate.thumbprint, now=now, deadline=deadline
        )
        record.token_ms = _milliseconds_since(started)
        answer = allow(client, record.certificate, token.value, policy)
        record.decision, record.reason = Decision.ALLOW, Reason.OK
        return answer


def _deadline(context: Any) -> float:
    """When signing has to end, on `time.monotonic`: by our budget or the function's own timeout."""
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    budget = SIGNING_BUDGET_SECONDS
    if remaining is not None:
        budget = min(budget, remaining() / 1000 - RESERVED_SECONDS)
    return time.monotonic() + budget


def _milliseconds_since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 3)


def _where(error: Exception) -> str:
    """Type and place of an unexpected error: enough to find it, without the values it speaks of."""
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

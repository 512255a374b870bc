"""The reason codes of a decision, and the exceptions that carry them."""

from enum import StrEnum


class Reason(StrEnum):
    """In the answer's context, the log line and docs/authorizer.md. A code is never renamed."""

    OK = "ok"
    # Refused: an explicit Deny, the caller sees 403.
    MALFORMED_EVENT = "malformed_event"
    NO_CERTIFICATE = "no_certificate"
    MALFORMED_CERTIFICATE = "malformed_certificate"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    WRONG_USAGE = "wrong_usage"
    WEAK_KEY = "weak_key"
    WEAK_SIGNATURE = "weak_signature"
    REVOKED = "revoked"
    UNKNOWN_CLIENT = "unknown_client"
    AMBIGUOUS = "ambiguous"
    NOT_PINNED = "not_pinned"
    SUSPENDED = "suspended"
    NO_SCOPE = "no_scope"
    MISSING_SCOPE = "missing_scope"  # an Allow without this route: API Gateway refuses the call
    # Failed: an exception with the code as its only text, the caller sees 500.
    REGISTRY_FAILED = "registry_failed"
    REVOCATION_UNKNOWN = "revocation_unknown"
    POLICY_FAILED = "policy_failed"
    SIGNING_FAILED = "signing_failed"
    INTERNAL_ERROR = "internal_error"


class RefusedError(Exception):
    """The call is denied. ``detail`` is one of our own phrases, never text of the caller."""

    def __init__(self, reason: Reason, detail: str = "", *, client_id: str | None = None) -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail
        self.client_id = client_id


class FailedError(Exception):
    """No decision was possible: a dependency of the authorizer is broken or out of reach."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class AuthorizerError(Exception):
    """Raised by the handler: API Gateway then answers 500. Its text is the reason code alone."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(str(reason))

"""Why a call was refused: the closed list of reason codes, and the two ways to close the door."""

from enum import StrEnum


class Reason(StrEnum):
    """Stands in the answer's context, in the log line and in docs/authorizer.md; never reworded."""

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
    # Failed: an exception with the code as its only text, the caller sees 500.
    REGISTRY_FAILED = "registry_failed"
    REVOCATION_UNKNOWN = "revocation_unknown"
    POLICY_FAILED = "policy_failed"
    SIGNING_FAILED = "signing_failed"
    INTERNAL_ERROR = "internal_error"


class RefusedError(Exception):
    """The caller may not pass. ``detail`` is one of our own phrases, never the caller's words."""

    def __init__(self, reason: Reason, detail: str = "", *, client_id: str | None = None) -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail
        self.client_id = client_id


class FailedError(Exception):
    """We could not decide: something that the authorizer depends on is broken or out of reach."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class AuthorizerError(Exception):
    """Leaves the handler, so that API Gateway answers 500. Its text is the reason code alone."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(str(reason))

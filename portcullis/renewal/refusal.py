"""Why a renewal is refused: a status for the caller, a reason code for the log."""

from enum import IntEnum


class RenewalStatus(IntEnum):
    """The HTTP status of an answer."""

    ISSUED = 200
    BAD_REQUEST = 400
    FORBIDDEN = 403
    CONFLICT = 409
    TOO_LARGE = 413
    TOO_MANY = 429
    UNAVAILABLE = 503


class RenewalRefusedError(Exception):
    """Nothing is issued. ``message`` is for the caller, ``detail`` for the log alone."""

    def __init__(
        self, status: RenewalStatus, reason: str, message: str, *, detail: str = ""
    ) -> None:
        super().__init__(f"{reason}: {message}")
        self.status = status
        self.reason = reason
        self.message = message
        self.detail = detail

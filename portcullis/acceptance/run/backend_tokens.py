"""The credentials of requests that go straight to the backend: forged tokens, and captured ones.

A client's real token is captured on its way to the backend, while the matrix listens in place of
the stopped backend. It is kept in memory for the run, and no log or report contains it.
"""

from collections.abc import Callable

from portcullis.acceptance.errors import TokenError
from portcullis.acceptance.forged.identities import Identities
from portcullis.acceptance.forged.tokens import Forger, PublicKey, widen
from portcullis.acceptance.matrix.caller import CLIENT_IDS, CaseCaller
from portcullis.acceptance.matrix.case import Case
from portcullis.acceptance.matrix.catalog import matrix
from portcullis.acceptance.matrix.control_command import ControlCommand
from portcullis.acceptance.matrix.expectation import Expect
from portcullis.acceptance.matrix.gate import Gate
from portcullis.acceptance.matrix.outcome_text import describe
from portcullis.acceptance.matrix.request import (
    CAPTURED,
    BackendToken,
    CaseRequest,
    Thumbprint,
)
from portcullis.acceptance.run.borrowed_backend import BorrowedBackend
from portcullis.acceptance.run.breakage import Breakage
from portcullis.acceptance.target.target import Target
from portcullis.acceptance.wire.outcome import Outcome

Send = Callable[[Case, CaseRequest], Outcome]


class BackendTokens:
    """Makes each token when a case asks for it, and captures the real ones once."""

    def __init__(
        self, target: Target, identities: Identities, breakage: Breakage, send: Send
    ) -> None:
        self._target = target
        self._identities = identities
        self._breakage = breakage
        self._send = send
        self._captured: dict[CaseCaller, str] = {}

    def headers(self, token: BackendToken, thumbprint: Thumbprint) -> list[tuple[str, str]]:
        """The Authorization and thumbprint headers.

        Raises:
            TokenError: the token cannot be made or captured.
        """
        headers = []
        if token is not BackendToken.NONE:
            headers.append(("Authorization", f"Bearer {self._token(token)}"))
        is_reader = token is BackendToken.OF_READER
        own, other = CaseCaller.CLIENT, CaseCaller.READER
        if is_reader:
            own, other = other, own
        callers = {
            Thumbprint.OWN: [own],
            Thumbprint.OTHER: [other],
            Thumbprint.NONE: [],
            Thumbprint.TWICE: [own, own],
        }[thumbprint]
        return headers + [
            ("X-Client-Certificate-Thumbprint", self._identities.thumbprint(caller))
            for caller in callers
        ]

    def _token(self, token: BackendToken) -> str:
        if token not in CAPTURED:
            return self._forger().make(token)
        is_reader = token is BackendToken.OF_READER
        captured = self._capture(CaseCaller.READER if is_reader else CaseCaller.CLIENT)
        return widen(captured) if token is BackendToken.WIDENED else captured

    def _forger(self) -> Forger:
        if self._target.jwks is None:
            raise TokenError("The target names no JWKS file.")
        return Forger(
            public=PublicKey.read(self._target.jwks),
            issuer=self._target.issuer,
            audience=self._target.audience,
            thumbprint=self._identities.thumbprint(CaseCaller.CLIENT),
            client_id=CLIENT_IDS[CaseCaller.CLIENT],
            signing_key=self._target.kms,
        )

    def _capture(self, caller: CaseCaller) -> str:
        if caller not in self._captured:
            backend = self._target.backend
            assert backend is not None  # noqa: S101 - the needs of the case were checked
            with (
                self._breakage.during(
                    (ControlCommand.STOP_BACKEND,), (ControlCommand.START_BACKEND,)
                ),
                BorrowedBackend(backend, server=self._target.backend_server) as borrowed,
            ):
                for each in (CaseCaller.CLIENT, CaseCaller.READER):
                    self._captured[each] = self._capture_one(each, borrowed)
        return self._captured[caller]

    def _capture_one(self, caller: CaseCaller, borrowed: BorrowedBackend) -> str:
        thumbprint = self._identities.thumbprint(caller)
        request = matrix().read
        case = Case(
            name="capture",
            attack="",
            caller=caller,
            action=request,
            expect=Expect(gate=Gate.BACKEND, statuses=(200,)),
        )
        outcome = self._send(case, request)
        for head in borrowed.heads:
            headers = {name.lower(): value for name, value in head}
            scheme, _, token = headers.get("authorization", "").partition(" ")
            if headers.get("x-client-certificate-thumbprint") == thumbprint and scheme == "Bearer":
                return token
        raise TokenError(
            f"No token of {CLIENT_IDS[caller]} reached the matrix in the backend's place; its call "
            f"ended with: {describe(outcome)}."
        )

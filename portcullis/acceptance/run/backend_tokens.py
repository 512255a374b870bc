"""The credentials of requests that go straight to the backend: forged tokens, and captured ones.

A client's real token is captured from the laptop's record of what it sent to the backend. It is
kept in memory for the run, and no log or report contains it.
"""

import threading
from collections.abc import Callable, Sequence

from portcullis.acceptance.errors import TokenError
from portcullis.acceptance.forged.identities import Identities
from portcullis.acceptance.forged.tokens import Forger, PublicKey, widen
from portcullis.acceptance.matrix.caller import CaseCaller
from portcullis.acceptance.matrix.case import Case
from portcullis.acceptance.matrix.expectation import Expect
from portcullis.acceptance.matrix.gate import Gate
from portcullis.acceptance.matrix.outcome_text import describe
from portcullis.acceptance.matrix.request import CAPTURED, BackendToken, CaseRequest, Thumbprint
from portcullis.acceptance.run.arrival import REQUEST_ID_HEADER
from portcullis.acceptance.run.tap import sent_requests
from portcullis.acceptance.target.target import Target
from portcullis.acceptance.wire.connection import Presented
from portcullis.acceptance.wire.outcome import Answer, Outcome

SendAs = Callable[[Case, Presented | None], Outcome]


class BackendTokens:
    """Makes each token when a case asks for it, and captures the real ones once."""

    def __init__(
        self, target: Target, identities: Identities, reads: Sequence[CaseRequest], send: SendAs
    ) -> None:
        self._target = target
        self._identities = identities
        self._reads = reads
        self._send = send
        self._captured: dict[str, str] = {}
        self._capturing = threading.Lock()

    def headers(self, request: CaseRequest) -> list[tuple[str, str]]:
        """The Authorization and thumbprint headers of a request.

        Raises:
            TokenError: the token cannot be made or captured.
        """
        token, scope = request.token, request.scope
        if token is None:
            return []
        own = _owner(token)
        headers = []
        if token is not BackendToken.NONE:
            headers.append(("Authorization", f"Bearer {self._token(token, own, scope)}"))
        callers = {
            Thumbprint.OWN: [own],
            Thumbprint.OTHER: [CaseCaller.UNREGISTERED],
            Thumbprint.NONE: [],
            Thumbprint.TWICE: [own, own],
        }[request.thumbprint]
        return headers + [
            ("X-Client-Certificate-Thumbprint", self._identities.thumbprint(caller, scope))
            for caller in callers
        ]

    def _token(self, token: BackendToken, owner: CaseCaller, scope: str) -> str:
        if token not in CAPTURED:
            return self._forger(scope).make(token)
        captured = self._capture(owner, scope)
        return widen(captured) if token is BackendToken.WIDENED else captured

    def _forger(self, scope: str) -> Forger:
        if self._target.jwks is None:
            raise TokenError("The target names no JWKS file.")
        client = self._target.client(CaseCaller.CLIENT, scope)
        if client is None:
            raise TokenError(f"The target has no client with the scope {scope}.")
        return Forger(
            public=PublicKey.read(self._target.jwks),
            issuer=self._target.issuer,
            audience=self._target.audience,
            thumbprint=self._identities.thumbprint(CaseCaller.CLIENT, scope),
            client_id=client.id or "client",
            scope=" ".join(sorted(client.scopes or {scope})),
            signing_key=self._target.kms,
        )

    def _capture(self, caller: CaseCaller, scope: str) -> str:
        """The token that the gateway sent for a client that is, or is not, allowed ``scope``."""
        client = self._target.client(caller, scope)
        read = next((one for one in self._reads if client and client.may(one.scope)), None)
        if client is None or read is None:
            raise TokenError(f"The target has no call that {caller} {scope} may make.")
        thumbprint = self._identities.thumbprint(caller, scope)
        with self._capturing:
            if thumbprint not in self._captured:
                self._captured[thumbprint] = self._capture_one(caller, scope, read)
            return self._captured[thumbprint]

    def _capture_one(self, caller: CaseCaller, scope: str, read: CaseRequest) -> str:
        case = Case(
            name="capture",
            attack="",
            caller=CaseCaller.CLIENT,
            request=read,
            expect=Expect(gate=Gate.BACKEND, any_status_but=()),
        )
        outcome = self._send(case, self._identities.of(caller, scope))
        request_id = outcome.header(REQUEST_ID_HEADER) if isinstance(outcome, Answer) else None
        for sent in sent_requests(self._target, request_id) if request_id else ():
            headers = {name.lower(): value for name, value in sent.headers}
            scheme, _, token = headers.get("authorization", "").partition(" ")
            if scheme == "Bearer" and token:
                return token
        raise TokenError(
            f"No token of {caller} was sent to the backend; the call ended with: "
            f"{describe(outcome)}."
        )


def _owner(token: BackendToken) -> CaseCaller:
    if token is BackendToken.OF_CLIENT_WITHOUT_SCOPE:
        return CaseCaller.WITHOUT_SCOPE
    return CaseCaller.CLIENT

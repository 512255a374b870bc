"""Cases of the route at which clients renew their certificates, where the stack has it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from portcullis.acceptance.matrix.caller import CaseCaller
from portcullis.acceptance.matrix.case import Case
from portcullis.acceptance.matrix.expectation import Expect
from portcullis.acceptance.matrix.gate import Gate
from portcullis.acceptance.matrix.request import CaseRequest
from portcullis.pki import keys

TITLE: Final = "Certificate renewal"
_ISSUED: Final = Expect(gate=Gate.BACKEND, statuses=(200,), contains="-----BEGIN CERTIFICATE-----")
_BAD: Final = Expect(gate=Gate.BACKEND, statuses=(400,), contains='"reason": "bad_request"')
_TOO_LARGE: Final = Expect(gate=Gate.BACKEND, statuses=(413,), contains='"reason": "too_large"')


@dataclass(frozen=True, kw_only=True)
class RenewalTarget:
    """The route of a target, and the scope that it needs."""

    path: str
    scope: str

    def cases(self, answers: Mapping[str, Expect]) -> Iterator[Case]:
        """What the gates and the function have to answer."""
        csr, client = _signing_request(), CaseCaller.CLIENT
        forged = (("Client-Cert", ":Zm9yZ2Vk:"), ("X-Client-Certificate-Thumbprint", "A" * 43))
        calls = [
            ("new-certificate", "A request with a new key.", client, csr, _ISSUED),
            ("not-a-request", "A body that is not a signing request.", client, b"hello", _BAD),
            ("two-requests", "Two requests in one body.", client, csr + csr, _BAD),
            ("too-large", "A body over 4 KB.", client, b"A" * 5000, _TOO_LARGE),
        ]
        refused = [
            (CaseCaller.WITHOUT_SCOPE, "not-permitted"),
            (CaseCaller.SUSPENDED, "denied"),
            (CaseCaller.UNREGISTERED, "denied"),
            (CaseCaller.REVOKED, "denied"),
            (CaseCaller.EXPIRED, "bad-chain"),
            (CaseCaller.SELF_SIGNED, "bad-chain"),
            (CaseCaller.NONE, "no-connection"),
        ]
        for name, attack, caller, body, expect in calls:
            yield self._case(name, attack, caller, expect, body=body)
        attack = "Headers that name another certificate."
        yield self._case("forged-headers", attack, client, _ISSUED, body=csr, headers=forged)
        for caller, answer in refused:
            name = caller.name.lower().replace("_", "-")
            yield self._case(name, f"{caller}.", caller, answers[answer], body=csr)
        for method in ("GET", "PUT"):
            expect = answers["no-route"]
            yield self._case(method.lower(), f"{method}.", client, expect, method=method)

    def _case(
        self,
        name: str,
        attack: str,
        caller: CaseCaller,
        expect: Expect,
        *,
        body: bytes = b"",
        headers: tuple[tuple[str, str], ...] = (),
        method: str = "POST",
    ) -> Case:
        return Case(
            name=f"renewal-{name}",
            attack=f"{TITLE}: {attack}",
            caller=caller,
            request=CaseRequest(
                method=method,
                target=self.path,
                headers=(("Content-Type", "application/pkcs10"), *headers),
                body=body,
                scope=self.scope,
            ),
            expect=expect,
        )


def _signing_request() -> bytes:
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return builder.sign(keys.generate(), hashes.SHA256()).public_bytes(Encoding.PEM)

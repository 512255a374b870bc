"""What a vector is, and the ways to make one.

Every certificate bears a name of a registered client, so that a refusal has one reason: the damage.
A change inside of what an issuer signs is signed again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from authorizer.reasons import Reason
from tests.authorizer.making import certificate, pem, rsa_key
from tests.authorizer.surgery import Element, signed_again

SHOP_NAME = "shop.example"
OK, MALFORMED, USAGE, UNKNOWN = (
    Reason.OK,
    Reason.MALFORMED_CERTIFICATE,
    Reason.WRONG_USAGE,
    Reason.UNKNOWN_CLIENT,
)
WEAK_KEY, WEAK_SIGNATURE, EVENT = Reason.WEAK_KEY, Reason.WEAK_SIGNATURE, Reason.MALFORMED_EVENT

Change = Callable[[Element], object]
Certificate = Callable[[], x509.Certificate]


@dataclass(frozen=True, kw_only=True)
class Vector:
    """A certificate and what the authorizer says to it."""

    id: str
    source: str
    expected: Reason  # OK: allowed
    shown: Callable[[], str]
    twin: Certificate  # the same without the damage, which is allowed
    why: str  # where the public suite, or the letter of the rule, says otherwise


@cache
def good() -> x509.Certificate:
    """Registered by each of its names: losing one of them is no reason to be unknown."""
    return certificate(serial_number=1, dns_names=(SHOP_NAME,))


@cache
def good_rsa() -> x509.Certificate:
    return certificate(serial_number=1, key=rsa_key(), signer=rsa_key())


@cache
def good_pss() -> x509.Certificate:
    return certificate(
        serial_number=1,
        signer=rsa_key(),
        rsa_padding=padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH),
    )


def shown(
    case: str,
    source: str,
    expected: Reason,
    text: Callable[[], str],
    *,
    of: Certificate = good,
    why: str = "",
) -> Vector:
    return Vector(id=case, source=source, expected=expected, shown=text, twin=of, why=why)


def issued(case: str, source: str, expected: Reason, *, why: str = "", **changes: Any) -> Vector:
    """A case that the certificate builder itself can make."""
    return shown(case, source, expected, lambda: pem(certificate(**changes)), why=why)


def changed(
    case: str,
    source: str,
    expected: Reason,
    change: Change,
    *,
    of: Certificate = good,
    why: str = "",
) -> Vector:
    """A case that no builder makes; the issuer signed it like this."""
    return shown(case, source, expected, lambda: signed_again(of(), change), of=of, why=why)


def put(field: int, element: Element) -> Change:
    """Another element in the place of one of the certificate's fields."""
    return lambda fields: fields.inside.__setitem__(field, element)


def octets(field: int, content: bytes) -> Change:
    return lambda fields: setattr(fields[field], "content", content)

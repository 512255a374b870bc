"""How the issuer signed: RFC 5280 section 4.1.1.2, RFC 4055 and RFC 5758."""

from collections.abc import Callable

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, padding

from authorizer.reasons import Reason
from tests.authorizer.making import certificate, pem, rsa_key
from tests.authorizer.surgery import (
    NULL,
    SIGNATURE,
    Element,
    integer,
    object_identifier,
    sequence,
    spoiled,
)
from tests.authorizer.vectors.case import (
    MALFORMED,
    OK,
    WEAK_SIGNATURE,
    Certificate,
    Change,
    Vector,
    good,
    good_pss,
    good_rsa,
    issued,
    shown,
)

MISMATCH, PARAMETERS = "limbo rfc5280::mismatching-signature-algorithm", "RFC 4055 3.1"
# Nobody here can verify it; API Gateway has, by the algorithm that the certificate names.
OF_THE_CHAIN = "API Gateway has verified the signature"
ECDSA_SHA384 = "1.2.840.10045.4.3.3"


def algorithm(
    case: str,
    source: str,
    expected: Reason,
    change: Change,
    *,
    of: Certificate = good,
    why: str = "",
) -> Vector:
    """The same change in both places that name the signature's algorithm."""

    def both(whole: Element) -> None:
        change(whole[0][SIGNATURE])
        change(whole[1])

    return shown(case, source, expected, lambda: spoiled(of(), both), of=of, why=why)


def pss(case: str, source: str, expected: Reason, change: Change, *, why: str = "") -> Vector:
    """A change to the parameters of RSA-PSS: hash, mask and salt, each under a tag."""
    return algorithm(
        f"pss-{case}", source, expected, lambda both: change(both[1]), of=good_pss, why=why
    )


def mismatch(case: str, change: Callable[[Element], object]) -> Vector:
    return shown(case, MISMATCH, MALFORMED, lambda: spoiled(good(), change))


def _named(dotted: str) -> Change:
    return lambda of: of.inside.__setitem__(0, object_identifier(dotted))


def _alone(dotted: str) -> Change:
    return lambda of: setattr(of, "inside", [object_identifier(dotted)])


def _digest(dotted: str) -> Change:
    return lambda of: _named(dotted)(of[0][0])


def _without(*positions: int) -> Change:
    """Absent parameters stand for SHA-1, a mask of SHA-1 and a salt of 20 octets."""
    return lambda of: setattr(
        of, "inside", [each for n, each in enumerate(of.inside) if n not in positions]
    )


def _mask(dotted: str) -> Change:
    return lambda of: _named(dotted)(of[1][0])


def _salt(number: int) -> Change:
    return lambda of: of[2].inside.__setitem__(0, integer(number))


def _trailer(number: int) -> Change:
    return lambda of: of.inside.append(Element(0xA3, inside=[integer(number)]))


def _signed_by_pss(digest: hashes.HashAlgorithm, mask: hashes.HashAlgorithm, salt: int) -> str:
    used = padding.PSS(padding.MGF1(mask), salt)
    return pem(certificate(signer=rsa_key(), digest=digest, rsa_padding=used))


def _short(content: bytes) -> Change:
    return lambda whole: setattr(whole[2], "content", content)


UNKNOWN_OID = "1.3.6.1.4.1.99999.1"
NAMED = (
    mismatch("inside-another", lambda whole: _named(ECDSA_SHA384)(whole[0][SIGNATURE])),
    mismatch("beside-another", lambda whole: _named(ECDSA_SHA384)(whole[1])),
    mismatch("beside-unknown-algorithm", lambda whole: _named(UNKNOWN_OID)(whole[1])),
    shown(
        "inside-without-null",
        MISMATCH,
        MALFORMED,
        lambda: spoiled(good_rsa(), lambda whole: whole[0][SIGNATURE].inside.pop()),
        of=good_rsa,
    ),
    shown(
        "pss-salt-beside-another",
        MISMATCH,
        MALFORMED,
        lambda: spoiled(good_pss(), lambda whole: _salt(20)(whole[1][1])),
        of=good_pss,
    ),
    algorithm("md2", "RFC 6149", WEAK_SIGNATURE, _named("1.2.840.113549.1.1.2"), of=good_rsa),
    algorithm("md5", "RFC 6151", WEAK_SIGNATURE, _named("1.2.840.113549.1.1.4"), of=good_rsa),
    algorithm("sha1", "RFC 9155", WEAK_SIGNATURE, _named("1.2.840.113549.1.1.5"), of=good_rsa),
    algorithm("sha1-of-oiw", "RFC 9155", WEAK_SIGNATURE, _named("1.3.14.3.2.29"), of=good_rsa),
    algorithm("ecdsa-sha1", "RFC 9155", WEAK_SIGNATURE, _named("1.2.840.10045.4.1")),
    algorithm("ecdsa-unknown", "RFC 5280 4.1.1.2", WEAK_SIGNATURE, _named(UNKNOWN_OID)),
    algorithm("ed25519-signed", "RFC 8410 3", WEAK_SIGNATURE, _alone("1.3.101.112")),
    algorithm("none", "RFC 5280 4.1.1.2", WEAK_SIGNATURE, _alone("1.3.6.1.5.5.7.6.2")),
    algorithm("rsa-sha512", "RFC 4055 5", OK, _named("1.2.840.113549.1.1.13"), of=good_rsa),
    algorithm(
        "rsa-signature-without-null",
        "RFC 4055 5",
        OK,
        lambda of: of.inside.pop(),
        of=good_rsa,
        why="an absent NULL is to be taken for one",
    ),
    algorithm(
        "ecdsa-with-null", "RFC 5758 3.2", MALFORMED, lambda of: of.inside.append(Element(NULL))
    ),
    issued("ecdsa-sha224", "NIST SP 800-131A", WEAK_SIGNATURE, digest=hashes.SHA224()),
    issued("ecdsa-sha3", "not in RFC 5758", WEAK_SIGNATURE, digest=hashes.SHA3_256()),
    shown(
        "dsa-signed",
        "RFC 5758 3.1",
        WEAK_SIGNATURE,
        lambda: pem(certificate(signer=dsa.generate_private_key(2048))),
    ),
)

MISC = "wycheproof rsa_pss_misc_params "
PSS = (
    shown(
        "pss-salt-0",
        MISC + "ParameterTest",
        OK,
        lambda: _signed_by_pss(hashes.SHA256(), hashes.SHA256(), 0),
    ),
    shown(
        "pss-mask-of-another-hash",
        MISC + "DistinctHash",
        OK,
        lambda: _signed_by_pss(hashes.SHA512(), hashes.SHA256(), 17),
    ),
    shown(
        "pss-sha224",
        MISC + "ParameterTest",
        WEAK_SIGNATURE,
        lambda: _signed_by_pss(hashes.SHA224(), hashes.SHA224(), 28),
    ),
    pss("sha1", MISC + "WeakHash", WEAK_SIGNATURE, _without(0)),
    pss("mask-of-sha1", MISC + "Mgf1Sha1", OK, _without(1), why="a mask may collide"),
    pss("defaults", PARAMETERS, WEAK_SIGNATURE, _without(0, 1, 2)),
    pss("unknown-hash", PARAMETERS, WEAK_SIGNATURE, _digest(UNKNOWN_OID)),
    pss("unknown-mask", PARAMETERS, MALFORMED, _mask(UNKNOWN_OID)),
    pss("salt-negative", PARAMETERS, MALFORMED, _salt(-1)),
    pss("salt-of-100000", PARAMETERS, MALFORMED, _salt(100_000)),
    pss("trailer-2", PARAMETERS, OK, _trailer(2), why=OF_THE_CHAIN),
    algorithm(
        "pss-without-parameters",
        PARAMETERS,
        MALFORMED,
        lambda of: of.inside.pop(),
        of=good_pss,
    ),
    algorithm(
        "pss-null-parameters",
        PARAMETERS,
        MALFORMED,
        lambda of: of.inside.__setitem__(1, Element(NULL)),
        of=good_pss,
    ),
    algorithm(
        "pss-parameters-on-pkcs1",
        PARAMETERS,
        MALFORMED,
        lambda of: of.inside.__setitem__(1, sequence()),
        of=good_rsa,
    ),
)

VALUE = (
    shown(
        "signature-empty", "X.690 8.6", OK, lambda: spoiled(good(), _short(b"\0")), why=OF_THE_CHAIN
    ),
    shown("signature-no-octets", "X.690 8.6", MALFORMED, lambda: spoiled(good(), _short(b""))),
)

CASES = NAMED + PSS + VALUE

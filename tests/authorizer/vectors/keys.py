"""The client's own key: RFC 3279 section 2.3, RFC 5480 section 2, FIPS 186-5."""

from collections.abc import Callable
from functools import cache

from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, x25519

from authorizer.reasons import Reason
from tests.authorizer.making import certificate, elliptic_key, pem, rsa_key
from tests.authorizer.surgery import (
    KEY,
    NULL,
    OCTET_STRING,
    Element,
    bits,
    integer,
    object_identifier,
    sequence,
)
from tests.authorizer.vectors.case import (
    MALFORMED,
    OK,
    WEAK_KEY,
    Vector,
    changed,
    good_rsa,
    put,
    shown,
)

RSA, PSS, OAEP = "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10", "1.2.840.113549.1.1.7"
ELLIPTIC, P256 = "1.2.840.10045.2.1", "1.2.840.10045.3.1.7"
WYCHEPROOF = "wycheproof ecdh_secp256r1 "


def key(
    case: str, source: str, expected: Reason, made: Callable[[], object], *, why: str = ""
) -> Vector:
    return shown(case, source, expected, lambda: pem(certificate(key=made())), why=why)


def rsa(
    case: str,
    source: str,
    expected: Reason,
    *,
    modulus: Callable[[int], int] = lambda n: n,
    exponent: Callable[[int], int] = lambda _: 65537,
    kind: str = RSA,
    parameters: tuple[Element, ...] = (Element(NULL),),
    why: str = "",
) -> Vector:
    def change(fields: Element) -> None:
        number = rsa_key().public_key().public_numbers().n
        fields.inside[KEY] = sequence(
            sequence(object_identifier(kind), *parameters),
            bits(sequence(integer(modulus(number)), integer(exponent(number))).encoded),
        )

    return changed(f"rsa-{case}", source, expected, change, of=good_rsa, why=why)


def point(
    case: str,
    source: str,
    expected: Reason,
    made: Callable[[bytes, bytes], bytes],
    *,
    why: str = "",
) -> Vector:
    """A key of P-256; ``made`` gets the coordinates of a good one."""

    def change(fields: Element) -> None:
        whole = fields[KEY][1].content[2:]
        fields[KEY].inside[1] = bits(made(whole[:32], whole[32:]))

    return changed(f"point-{case}", source, expected, change, why=why)


def curve(case: str, source: str, expected: Reason, parameters: Callable[[], Element]) -> Vector:
    """A good point of P-256, said to be on a curve of these parameters."""

    def change(fields: Element) -> None:
        fields[KEY][0].inside[1] = parameters()

    return changed(f"curve-{case}", source, expected, change)


def _oid(dotted: str) -> Callable[[], Element]:
    return lambda: object_identifier(dotted)


@cache
def _generator() -> bytes:
    return _uncompressed(ec.derive_private_key(1, ec.SECP256R1()).public_key())


def _uncompressed(of: ec.EllipticCurvePublicKey) -> bytes:
    numbers = of.public_numbers()
    return b"\x04" + numbers.x.to_bytes(32) + numbers.y.to_bytes(32)


PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1  # SEC 2 section 2.4.2, as the next two
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def _spelled_out(
    *,
    prime: int = PRIME,
    a: int = PRIME - 3,
    generator: Callable[[], bytes] = _generator,
    order: int = ORDER,
    cofactor: int | None = 1,
) -> Callable[[], Element]:
    """P-256 by its parameters and not by its name."""
    return lambda: sequence(
        integer(1),
        sequence(object_identifier("1.2.840.10045.1.1"), integer(prime)),
        sequence(
            Element(OCTET_STRING, a.to_bytes(32)),
            Element(OCTET_STRING, B.to_bytes(32)),
        ),
        Element(OCTET_STRING, generator()),
        integer(order),
        *([] if cofactor is None else [integer(cofactor)]),
    )


def _own_generator() -> bytes:
    """With the client's own point as generator, anyone knows a private key: it is 1."""
    return _uncompressed(elliptic_key().public_key())


def _no_such_point(x: bytes, _: bytes) -> bytes:
    number = int.from_bytes(x)
    while pow(number**3 - 3 * number + B, (PRIME - 1) // 2, PRIME) == 1:
        number += 1
    return b"\x02" + number.to_bytes(32)


def _half(y: bytes) -> int:
    return y[-1] & 1


FERMAT = "FIPS 186-5 A.1.1, but any odd exponent from 3 on is a sound key"
KINDS = (
    key("rsa-1024", "limbo webpki::forbidden-weak-rsa-in-leaf", WEAK_KEY, lambda: rsa_key(1024)),
    key("rsa-2047", "NIST SP 800-131A", WEAK_KEY, lambda: rsa_key(2047)),
    key(
        "rsa-2052",
        "limbo webpki::forbidden-rsa-key-not-divisible-by-8-in-leaf",
        OK,
        lambda: rsa_key(2052),
        why="a rule of web servers; no weakness",
    ),
    key("p192", "limbo webpki::forbidden-p192-leaf", WEAK_KEY, lambda: elliptic_key(ec.SECP192R1)),
    key("p224", WYCHEPROOF + "WrongCurve", WEAK_KEY, lambda: elliptic_key(ec.SECP224R1)),
    key("p256k1", WYCHEPROOF + "WrongCurve", WEAK_KEY, lambda: elliptic_key(ec.SECP256K1)),
    key(
        "brainpool-p256r1",
        WYCHEPROOF + "WrongCurve",
        WEAK_KEY,
        lambda: elliptic_key(ec.BrainpoolP256R1),
    ),
    key("p384", "RFC 5480 2.1.1.1", OK, lambda: elliptic_key(ec.SECP384R1)),
    key("p521", "RFC 5480 2.1.1.1", OK, lambda: elliptic_key(ec.SECP521R1)),
    key(
        "ed25519",
        "RFC 8410",
        WEAK_KEY,
        lambda: ed25519.Ed25519PrivateKey.from_private_bytes(b"1" * 32),
        why="API Gateway's TLS does not take it",
    ),
    key(
        "ed448",
        "RFC 8410",
        WEAK_KEY,
        lambda: ed448.Ed448PrivateKey.from_private_bytes(b"1" * 57),
        why="as above",
    ),
    key("x25519", "RFC 8410", WEAK_KEY, x25519.X25519PrivateKey.generate),
    key(
        "dsa", "limbo webpki::forbidden-dsa-leaf", WEAK_KEY, lambda: dsa.generate_private_key(2048)
    ),
    changed(
        "unknown-kind",
        "RFC 5280 4.1.2.7",
        WEAK_KEY,
        put(KEY, sequence(sequence(object_identifier("1.3.6.1.4.1.99999.1")), bits(b"key"))),
    ),
)

NUMBERS = (
    rsa("sound", "RFC 3279 2.3.1", OK),
    rsa("exponent-3", "wycheproof rsa_signature 3", OK, exponent=lambda _: 3, why=FERMAT),
    rsa("exponent-0", "RFC 8017 3.1", MALFORMED, exponent=lambda _: 0),
    rsa("exponent-1", "RFC 8017 3.1", MALFORMED, exponent=lambda _: 1),
    rsa("exponent-2", "RFC 8017 3.1", MALFORMED, exponent=lambda _: 2),
    rsa("exponent-65536", "RFC 8017 3.1", MALFORMED, exponent=lambda _: 65536),
    rsa("exponent-negative", "RFC 8017 3.1", MALFORMED, exponent=lambda _: -1),
    rsa("exponent-of-modulus", "RFC 8017 3.1", MALFORMED, exponent=lambda n: n),
    rsa("modulus-even", "RFC 8017 3.1", WEAK_KEY, modulus=lambda n: n + 1),
    rsa("modulus-even-below", "RFC 8017 3.1", WEAK_KEY, modulus=lambda n: n - 1),
    rsa("modulus-0", "RFC 8017 3.1", MALFORMED, modulus=lambda _: 0),
    rsa("modulus-1", "RFC 8017 3.1", MALFORMED, modulus=lambda _: 1),
    rsa("modulus-negative", "RFC 8017 3.1", MALFORMED, modulus=lambda n: -n),
    rsa("exponent-of-32-bits", "our limit", OK, exponent=lambda _: 2**32 - 1),
    rsa("exponent-of-33-bits", "our limit", WEAK_KEY, exponent=lambda _: 2**32 + 1),
    rsa("exponent-of-2000-bits", "our limit", WEAK_KEY, exponent=lambda _: 2**2000 - 1),
    rsa("modulus-of-8192-bits", "our limit", OK, modulus=lambda n: n << 6144 | 1),
    rsa("modulus-of-8193-bits", "our limit", WEAK_KEY, modulus=lambda n: n << 6145 | 1),
    rsa("modulus-of-16384-bits", "our limit", WEAK_KEY, modulus=lambda n: n << 14336 | 1),
    rsa("for-pss", "RFC 4055 1.2", OK, kind=PSS, parameters=()),
    rsa("for-oaep", "RFC 4055 1.2", WEAK_KEY, kind=OAEP, parameters=()),
    rsa(
        "without-null",
        "RFC 3279 2.3.1",
        OK,
        parameters=(),
        why="the parameters are to be NULL, and mean nothing",
    ),
)

POINTS = (
    point("uncompressed", "RFC 5480 2.2", OK, lambda x, y: b"\x04" + x + y),
    point(
        "compressed", WYCHEPROOF + "CompressedPublic", OK, lambda x, y: bytes([2 + _half(y)]) + x
    ),
    point("hybrid", "RFC 5480 2.2", WEAK_KEY, lambda x, y: bytes([6 + _half(y)]) + x + y),
    point(
        "hybrid-of-other-half",
        "RFC 5480 2.2",
        MALFORMED,
        lambda x, y: bytes([7 - _half(y)]) + x + y,
    ),
    point(
        "off-the-curve",
        WYCHEPROOF + "InvalidCurveAttack",
        MALFORMED,
        lambda x, y: b"\x04" + x + y[:-1] + bytes([y[-1] ^ 1]),
    ),
    point(
        "compressed-off-the-curve",
        WYCHEPROOF + "InvalidCompressedPublic",
        MALFORMED,
        _no_such_point,
    ),
    point("0-0", WYCHEPROOF + "ModifiedPublicPoint", MALFORMED, lambda _x, _y: b"\x04" + bytes(64)),
    point("at-infinity", "SEC 1 3.2.2.1", MALFORMED, lambda _x, _y: b"\0"),
    point("above-the-prime", "SEC 1 3.2.2.1", MALFORMED, lambda _x, _y: b"\x04" + b"\xff" * 64),
    point("empty", WYCHEPROOF + "InvalidEncoding", MALFORMED, lambda _x, _y: b""),
    point("cut-off", WYCHEPROOF + "InvalidEncoding", MALFORMED, lambda x, y: b"\x04" + x + y[:-1]),
    point(
        "too-long", WYCHEPROOF + "InvalidEncoding", MALFORMED, lambda x, y: b"\x04" + x + y + b"\0"
    ),
    point("of-unknown-form", "RFC 5480 2.2", MALFORMED, lambda x, y: b"\x05" + x + y),
)

UNNAMED = WYCHEPROOF + "UnnamedCurve"
CURVES = (
    curve("p256", "RFC 5480 2.1.1.1", OK, _oid(P256)),
    curve("of-another-size", WYCHEPROOF + "ModifiedGroup", MALFORMED, _oid("1.3.132.0.34")),
    curve("of-the-same-size", WYCHEPROOF + "ModifiedGroup", MALFORMED, _oid("1.3.132.0.10")),
    curve("brainpool-twisted", WYCHEPROOF + "WrongCurve", WEAK_KEY, _oid("1.3.36.3.3.2.8.1.1.8")),
    curve("frp256v1", WYCHEPROOF + "WrongCurve", WEAK_KEY, _oid("1.2.250.1.223.101.256.1")),
    curve("binary", "wycheproof ecdh_sect283k1", WEAK_KEY, _oid("1.3.132.0.16")),
    curve("unknown", "RFC 5480 2.1.1.1", WEAK_KEY, _oid("1.3.6.1.4.1.99999.1")),
    curve("implicit", "RFC 5480 2.1.1", WEAK_KEY, lambda: Element(NULL)),
    curve("spelled-out", "limbo webpki::explicit-curve", WEAK_KEY, _spelled_out()),
    curve(
        "own-generator",
        "CVE-2020-0601, wycheproof ModifiedGenerator",
        WEAK_KEY,
        _spelled_out(generator=_own_generator),
    ),
    curve("other-a", WYCHEPROOF + "ModifiedCurveParameter", WEAK_KEY, _spelled_out(a=0)),
    curve("other-prime", WYCHEPROOF + "ModifiedPrime", WEAK_KEY, _spelled_out(prime=PRIME - 2)),
    curve("order-0", WYCHEPROOF + "WrongOrder", WEAK_KEY, _spelled_out(order=0)),
    curve("order-1", WYCHEPROOF + "WrongOrder", WEAK_KEY, _spelled_out(order=1)),
    curve("order-negative", WYCHEPROOF + "WrongOrder", MALFORMED, _spelled_out(order=-ORDER)),
    curve("cofactor-2", WYCHEPROOF + "ModifiedCofactor", WEAK_KEY, _spelled_out(cofactor=2)),
    curve(
        "cofactor-negative", WYCHEPROOF + "NegativeCofactor", MALFORMED, _spelled_out(cofactor=-1)
    ),
    curve("cofactor-huge", WYCHEPROOF + "LargeCofactor", MALFORMED, _spelled_out(cofactor=ORDER)),
    curve("no-cofactor", WYCHEPROOF + "NoCofactor", WEAK_KEY, _spelled_out(cofactor=None)),
    curve("generator-missing", UNNAMED, WEAK_KEY, _spelled_out(generator=lambda: b"")),
)

CASES = KINDS + NUMBERS + POINTS + CURVES

"""Hostile input from a stream of choices: the same stream gives the same input.

The choices come from a seeded generator in CI and from a coverage-guided fuzzer by hand
(fuzz_authorizer.py). Nothing here is meant to pass: the only registered certificate that appears is
broken beyond what its issuer could have signed, or meets a registry that was tampered with.
"""

import base64
import contextlib
import copy
import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any, Protocol

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from authorizer.policy import Policies
from authorizer.reasons import AuthorizerError, Reason
from authorizer.registry import PackagedRegistry
from tests.authorizer.making import (
    HOTEL_URI,
    NOW,
    ROUTES,
    SHOP_URI,
    STAGE_ARN,
    VIEWER_URI,
    Bench,
    LocalSigner,
    certificate,
    configuration,
    entry,
    name,
    pem,
    registry_document,
    rest_event,
)

PRINTABLE = re.compile(r"[\x20-\x7e]+")
REFUSALS = {
    str(reason)
    for reason in Reason
    # MISSING_SCOPE is the log's word for an Allow.
    if reason not in {Reason.OK, Reason.MISSING_SCOPE, Reason.SIGNING_FAILED, Reason.INTERNAL_ERROR}
}
TEXTS = (
    "",
    "\x00",
    "a\r\nX-Admin: 1",
    "\u2028\u202e\ufeff",
    "\ud800",
    "%0d%0a",
    "..",
    "*",
    "?",
    "${stageVariables.x}",
    "pet-shop",
    SHOP_URI,
    "'; DROP TABLE clients; --",
    "{{7*7}}",
    "\U0001f415" * 40,
    "A" * 20_000,
    "REQUEST",
    "arn:aws:execute-api:*:*:*/*/*/*",
    f"{STAGE_ARN}/GET/pets\n{STAGE_ARN}/POST/pets",
)
VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1e308,
    2**70,
    [],
    {},
    [[]],
    {"": {}},
    [None] * 50,
    {"clientCert": {"clientCertPem": "x"}},
    {"client": "pet-shop"},
    *TEXTS,
)
NEAR_MISSES = (
    SHOP_URI + "/",
    SHOP_URI + "\x00",
    SHOP_URI.upper(),
    SHOP_URI.replace("pet-shop", "pet-sh\u043ep").encode("punycode").decode("ascii"),
    SHOP_URI + "?",
    SHOP_URI + "#pet-shop",
    SHOP_URI.replace("spiffe", "SPIFFE"),
    SHOP_URI.replace("//", "//user@"),
    SHOP_URI.replace("/client/", "/client//"),
    SHOP_URI.replace("/client/", "/client/../client/"),
    "spiffe://portcullis.local/client/*",
    f"{SHOP_URI},{VIEWER_URI}",
    f"{SHOP_URI}\nURI:{VIEWER_URI}",
)


class Choices(Protocol):
    """What `random.Random` offers and a fuzzer's bytes can imitate."""

    def randrange(self, stop: int, /) -> int: ...


class GivenChoices:
    """Reads its choices from bytes, so that a fuzzer can steer them; after the last it is all 0."""

    def __init__(self, provided: bytes) -> None:
        self._rest = provided

    def randrange(self, stop: int, /) -> int:
        octets = ((stop - 1).bit_length() + 7) // 8
        taken, self._rest = self._rest[:octets], self._rest[octets:]
        return int.from_bytes(taken, "little") % stop


def check(bench: Bench, choices: Choices) -> None:
    """One hostile input: no Allow, no surprise, nothing unprintable in the answer or the log."""
    kind = KINDS[choices.randrange(len(KINDS))]
    bench.registry = REGISTRY
    event = kind(bench, choices)
    bench.authorizer._registry = bench.registry
    bench.log.seek(0)
    bench.log.truncate()
    if kind is _tampered_registry:
        with contextlib.suppress(AuthorizerError):
            _check_denied(bench.answer(event))
    else:
        _check_denied(bench.answer(event))
    (line,) = bench.log.getvalue().splitlines()
    assert line.isascii()
    assert line.isprintable()
    record = json.loads(line)
    assert record["decision"] == "deny" or record["reason"] == Reason.REGISTRY_FAILED
    assert len(line) < MAX_LINE


def hostile_bench() -> Bench:
    return Bench(
        registry=REGISTRY,
        policies=Policies(ROUTES),
        signer=LocalSigner(),
        config=configuration(),
    )


MAX_LINE = 8000
REGISTRY = PackagedRegistry(registry_document())


def _check_denied(answer: dict[str, Any]) -> None:
    assert answer["policyDocument"] == {
        "Version": "2012-10-17",
        "Statement": [{"Action": "execute-api:Invoke", "Effect": "Deny", "Resource": "*"}],
    }
    assert set(answer) == {"principalId", "policyDocument", "context"}
    assert set(answer["context"]) <= {"reason", "clientId", "certificateThumbprint"}
    assert answer["context"]["reason"] in REFUSALS
    for value in (answer["principalId"], *answer["context"].values()):
        assert isinstance(value, str)
        assert PRINTABLE.fullmatch(value)
        assert len(value) <= 100


def _pick(choices: Choices, among: Any) -> Any:
    return among[choices.randrange(len(among))]


def _strange_event(_: Bench, choices: Choices) -> Any:
    """A stranger's event, or a suspended client's, with members replaced, gone or added."""
    event = rest_event(_pick(choices, _refused_pems()))
    for _round in range(1 + choices.randrange(4)):
        _damage(event, choices)
    return event


def _no_event(_: Bench, choices: Choices) -> Any:
    value = copy.deepcopy(_pick(choices, VALUES))
    for _round in range(choices.randrange(4)):
        wrap = choices.randrange(3)
        inner = _pick(choices, ("type", "methodArn", "requestContext", "identity", "clientCert"))
        value = [value] if wrap == 0 else {inner: value, "type": "REQUEST"}
    return value


def _strange_pem(_: Bench, choices: Choices) -> Any:
    """The text of a registered client's certificate, cut, doubled or mixed with other text."""
    text = pem(_registered())
    for _round in range(1 + choices.randrange(3)):
        at = choices.randrange(len(text) + 1)
        what = choices.randrange(5)
        if what == 0:
            text = text[:at]
        elif what == 1:
            text = text[:at] + _pick(choices, TEXTS)[:500] + "\x01" + text[at:]
        elif what == 2:
            text = text + text
        elif what == 3:
            text = text[:at] + "-----BEGIN CERTIFICATE-----\n" + text[at:]
        else:
            text = text.replace("CERTIFICATE", _pick(choices, ("X509 CRL", "PRIVATE KEY", "")))
    # What is left may still be the whole certificate with nothing but spaces around it.
    return rest_event(text if text.strip() != pem(_registered()).strip() else "")


def _damaged_der(_: Bench, choices: Choices) -> Any:
    """A stranger's certificate with bytes changed, added or cut out, in sound armour."""
    der = bytearray(_pick(choices, _stranger_ders()))
    for _round in range(1 + choices.randrange(4)):
        at = choices.randrange(len(der))
        what = choices.randrange(4)
        if what == 0:
            der[at] ^= 1 << choices.randrange(8)
        elif what == 1:
            der[at] = choices.randrange(256)
        elif what == 2:
            del der[at : at + 1 + choices.randrange(8)]
        else:
            der[at:at] = bytes([choices.randrange(256)])
        if not der:
            break
    return rest_event(_armour(bytes(der)))


def _strange_names(_: Bench, choices: Choices) -> Any:
    """A sound certificate whose names only look like a registered client's."""
    return rest_event(_pick(choices, _strangely_named()))


def _strange_surroundings(_: Bench, choices: Choices) -> Any:
    """All that a caller controls beside the certificate, on a refused certificate."""
    event = rest_event(_pick(choices, _refused_pems()), path="/" + _pick(choices, TEXTS)[:300])
    for member in ("headers", "queryStringParameters", "stageVariables", "pathParameters"):
        event[member] = {_pick(choices, TEXTS): _pick(choices, VALUES) for _round in range(3)}
    client_certificate = event["requestContext"]["identity"]["clientCert"]
    client_certificate["subjectDN"] = _pick(choices, (*TEXTS, "CN=pet-shop"))
    client_certificate["serialNumber"] = _pick(choices, VALUES)
    return event


def _tampered_registry(bench: Bench, choices: Choices) -> Any:
    """A registered certificate, and a registry whose entries for it cannot be trusted."""
    document = registry_document()
    what = choices.randrange(4)
    if what == 0:
        broken = entry("pets:read")
        broken[_pick(choices, ("status", "scopes", "pins"))] = _pick(choices, BROKEN)
        document["clients"]["pet-shop"] = broken
    elif what == 1:
        document["identities"]["sanUri"][SHOP_URI] = [
            {"client": _pick(choices, ("\r\n", "a b", "", "nobody", "\u043e")), "issuer": None}
        ]
    elif what == 2:
        document["identities"]["sanUri"][SHOP_URI] = _pick(choices, (1, [1], [{}], ["x"], [None]))
    else:
        document["clients"]["pet-shop"] = _pick(choices, (None, [], "active", {}, 1))
    bench.registry = PackagedRegistry(document)
    return rest_event(pem(_registered()))


BROKEN: tuple[Any, ...] = (None, 1, "\x00", "a\r\nb", ["a\r\nb"], [1], [None], {"a b": 1}, [[]])
KINDS: tuple[Callable[[Bench, Choices], Any], ...] = (
    _strange_event,
    _no_event,
    _strange_pem,
    _damaged_der,
    _damaged_der,
    _strange_names,
    _strange_surroundings,
    _tampered_registry,
)


def _damage(event: dict[str, Any], choices: Choices) -> None:
    """Replace, remove or add one member somewhere in the event."""
    inner: Any = event
    while True:
        keys = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
        if not keys:
            return
        key = _pick(choices, keys)
        deeper = inner[key]
        if isinstance(deeper, dict | list) and deeper and choices.randrange(3):
            inner = deeper
            continue
        what = choices.randrange(3)
        if what == 0:
            del inner[key]
        elif what == 1 or isinstance(inner, list):
            inner[key] = copy.deepcopy(_pick(choices, VALUES))
        else:
            inner[_pick(choices, TEXTS)] = copy.deepcopy(_pick(choices, VALUES))
        return


def _armour(der: bytes) -> str:
    body = base64.encodebytes(der).decode("ascii")
    return f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n"


@cache
def _registered() -> x509.Certificate:
    return certificate(serial_number=1, ecdsa_deterministic=True)


def _steady(*changes: dict[str, Any]) -> list[x509.Certificate]:
    """Certificates that are equal to the byte in every run."""
    return [
        certificate(serial_number=number, ecdsa_deterministic=True, **change)
        for number, change in enumerate(changes, start=2)
    ]


@cache
def _refused_pems() -> tuple[str, ...]:
    """Certificates that are refused for what they are, whatever event they come in."""
    long_ago = NOW.replace(year=2000)
    shown = _steady(
        {"uris": ()},
        {"uris": ("spiffe://portcullis.local/client/stranger",)},
        {"uris": (HOTEL_URI,)},
        {"uris": (SHOP_URI, VIEWER_URI)},
        {"not_before": long_ago, "not_after": long_ago.replace(year=2001)},
        {"purposes": (ExtendedKeyUsageOID.SERVER_AUTH,)},
        {"is_ca": True},
    )
    return tuple(map(pem, shown))


@cache
def _stranger_ders() -> tuple[bytes, ...]:
    """Far enough from every registered name that no few bytes lead there."""
    shown = _steady(
        {"uris": ("spiffe://elsewhere.example/x",), "dns_names": ("a.example",)},
        {"uris": (), "usage": None, "is_ca": None, "subject": name(CN="x", O="y", C="DE")},
        {"uris": ("https://example.com/" + "p" * 200,)},
    )
    return tuple(one.public_bytes(Encoding.DER) for one in shown)


@cache
def _strangely_named() -> tuple[str, ...]:
    changes: list[dict[str, Any]] = [{"uris": (uri,)} for uri in NEAR_MISSES]
    changes += [{"uris": (), "dns_names": (n,)} for n in ("*", "*.example", "pet-shop", SHOP_URI)]
    for text in TEXTS:
        cut = text.encode("utf-8", "replace")[:60].decode("utf-8", "ignore") or "-"
        changes.append({"uris": (), "subject": name(CN=cut, O=cut)})
    for other in (
        x509.RFC822Name("pet-shop@example.com"),
        x509.DirectoryName(name(CN="pet-shop")),
        x509.RegisteredID(NameOID.COMMON_NAME),
        x509.OtherName(NameOID.COMMON_NAME, b"\x0c\x08pet-shop"),
    ):
        changes.append({"uris": (), "extra": ((x509.SubjectAlternativeName([other]), False),)})
    return tuple(map(pem, _steady(*changes)))

"""The PEM around a certificate: RFC 7468, and what else has been seen to be called PEM."""

import base64
from collections.abc import Callable

from cryptography.hazmat.primitives.serialization import Encoding

from authorizer.reasons import Reason
from tests.authorizer.making import pem
from tests.authorizer.surgery import armour, parse
from tests.authorizer.vectors.case import EVENT, MALFORMED, OK, Vector, good, shown

BEGIN, END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
RULE = "RFC 7468 "
FORGIVEN = "only space: there is one certificate whoever reads it"


def text(
    case: str, source: str, expected: Reason, change: Callable[[str], str], *, why: str = ""
) -> Vector:
    return shown(f"pem-{case}", source, expected, lambda: change(pem(good())), why=why)


def labelled(label: str) -> Callable[[str], str]:
    return lambda _: armour(_der(), label)


def der(case: str, expected: Reason, change: Callable[[bytes], bytes]) -> Vector:
    return shown(f"der-{case}", "X.690 10.1", expected, lambda: armour(change(_der())))


def _der() -> bytes:
    return good().public_bytes(Encoding.DER)


def _wrapped(columns: int) -> Callable[[str], str]:
    def change(_: str) -> str:
        body = base64.b64encode(_der()).decode("ascii")
        lines = [body[at : at + columns] for at in range(0, len(body), columns)]
        return "\n".join([BEGIN, *lines, END, ""])

    return change


def _headed(*headers: str) -> Callable[[str], str]:
    return lambda good: good.replace(BEGIN + "\n", "\n".join([BEGIN, *headers, "", ""]))


def _with_spare_bits(good: str) -> str:
    """Base64 whose last letter has bits that no octet takes."""
    padded = _der()
    while len(padded) % 3 != 1:
        padded += b"\0"
    body = base64.b64encode(padded).decode("ascii")
    assert body.endswith("==")
    return f"{BEGIN}\n{body[:-3]}{chr(ord(body[-3]) + 1)}==\n{END}\n"


def _body(of: str) -> str:
    return of.removeprefix(BEGIN).rstrip().removesuffix(END)


TEXTS = (
    text("crlf", RULE + "2", OK, lambda good: good.replace("\n", "\r\n")),
    text("no-last-line-end", RULE + "2", OK, lambda good: good.rstrip()),
    text("space-around", RULE + "2", OK, lambda good: f"\n\t {good} \r\n", why=FORGIVEN),
    text("76-columns", RULE + "2", OK, _wrapped(76), why="API Gateway itself chooses the width"),
    text("one-line", RULE + "2", OK, _wrapped(10_000), why="as above"),
    text("one-column", RULE + "2", OK, _wrapped(1), why="as above"),
    text("blank-lines", RULE + "2", MALFORMED, lambda good: good.replace("\n", "\n\n")),
    text("two-certificates", RULE + "2", MALFORMED, lambda good: good + good),
    text("another-before", RULE + "2", MALFORMED, lambda good: armour(b"\x30\0") + good),
    text("another-after", RULE + "2", MALFORMED, lambda good: good + armour(b"\x30\0")),
    text("text-before", RULE + "2", MALFORMED, lambda good: "subject=CN = pet-shop\n" + good),
    text("text-after", RULE + "2", MALFORMED, lambda good: good + "mallory\n"),
    text("zero-after", RULE + "2", MALFORMED, lambda good: good + "\0"),
    text("byte-order-mark", RULE + "2", MALFORMED, lambda good: "\ufeff" + good),
    text(
        "private-key-after", RULE + "2", MALFORMED, lambda good: good + armour(b"", "PRIVATE KEY")
    ),
    text("header", "RFC 1421 4.6", MALFORMED, _headed("Proc-Type: 4,CLEAR")),
    text(
        "encrypted",
        "RFC 1421 4.6",
        MALFORMED,
        _headed("Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-256-CBC,00"),
    ),
    text("trusted", "OpenSSL's label", MALFORMED, labelled("TRUSTED CERTIFICATE")),
    text("x509", RULE + "4", MALFORMED, labelled("X509 CERTIFICATE"), why="PKIX says CERTIFICATE"),
    text("x-509", RULE + "4", MALFORMED, labelled("X.509 CERTIFICATE"), why="as above"),
    text("request", RULE + "7", MALFORMED, labelled("CERTIFICATE REQUEST")),
    text("small-letters", RULE + "2", MALFORMED, labelled("certificate")),
    text("no-label", RULE + "2", MALFORMED, labelled("")),
    text(
        "labels-differ",
        RULE + "2",
        MALFORMED,
        lambda good: good.replace(END, "-----END X509 CRL-----"),
    ),
    text("four-dashes", RULE + "2", MALFORMED, lambda good: good.replace("-----", "----")),
    text("no-end", RULE + "2", MALFORMED, lambda good: good.replace(END, "")),
    text("no-begin", RULE + "2", MALFORMED, lambda good: good.replace(BEGIN, "")),
    text("indented", RULE + "2", MALFORMED, lambda good: good.replace("\n", "\n ")),
    text("space-before-line-end", RULE + "2", MALFORMED, lambda good: good.replace("\n", " \n")),
    text("only-cr", RULE + "2", MALFORMED, lambda good: good.replace("\n", "\r")),
    text("no-line-ends", RULE + "2", MALFORMED, lambda good: good.replace("\n", "")),
    text("backslash-n", RULE + "2", MALFORMED, lambda good: good.replace("\n", "\\n")),
    text(
        "percent-encoded",
        "as a header of a proxy",
        MALFORMED,
        lambda good: good.replace("\n", "%0A"),
    ),
    text(
        "base64url",
        "RFC 4648 5",
        MALFORMED,
        lambda good: BEGIN + _body(good).replace("\n", "-\n", 1) + END,
    ),
    text("padding-inside", "RFC 4648 4", MALFORMED, lambda good: good.replace("\n", "=\n", 2)),
    text(
        "padding-missing",
        "RFC 4648 3.2",
        MALFORMED,
        lambda _: _wrapped(64)("").replace("=", "")[:-40] + END,
    ),
    text("spare-bits", "RFC 4648 3.5", MALFORMED, _with_spare_bits),
    text("empty", RULE + "2", MALFORMED, lambda _: ""),
    text("nothing-inside", RULE + "2", MALFORMED, lambda _: f"{BEGIN}\n{END}\n"),
    text("der-itself", "X.690 10.1", MALFORMED, lambda _: _der().decode("latin-1")),
    text("json", "a text in a text", MALFORMED, lambda good: f'"{good}"'),
    text("17-kilobytes", "our limit", EVENT, lambda good: good + " " * 17_000),
)


def _with_a_fourth(whole: bytes) -> bytes:
    certificate = parse(whole)
    certificate.inside.append(parse(b"\x05\0"))
    return certificate.encoded


WHOLE = (
    der("octet-after", MALFORMED, lambda whole: whole + b"\0"),
    der("certificate-after", MALFORMED, lambda whole: whole + whole),
    der("cut-off", MALFORMED, lambda whole: whole[:-1]),
    der("empty", MALFORMED, lambda _: b"\0"),
    der("only-signed-part", MALFORMED, lambda whole: parse(whole)[0].encoded),
    der("fourth-element", MALFORMED, _with_a_fourth),
)

CASES = TEXTS + WHOLE

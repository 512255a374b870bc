"""Would API Gateway trust the clients this bundle is meant for? Found out before the upload.

API Gateway takes a bad bundle with a warning and then refuses clients one by one, so what it warns
about is an error here. Source: API Gateway Developer Guide, "How to turn on mutual TLS
authentication for your REST APIs in API Gateway", sections "Configuring your truststore" and
"Troubleshooting certificate warnings".
"""

import base64
import binascii
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from portcullis.pki import facts, keys
from portcullis.pki.authority import to_pem

MAX_BYTES: Final = 1000 * 1000  # "1000 KB"; the smaller of the two readings
MAX_CHAIN: Final = 4  # certificates from the client's own to the root
EXPIRES_SOON: Final = timedelta(days=90)  # partners need time to roll out a successor
MIN_HASH_BITS: Final = 256


class Severity(StrEnum):
    """ERROR: clients would be refused, or a secret leaks. WARNING: works today."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, kw_only=True)
class Finding:
    severity: Severity
    code: str  # stable, for scripts: "expired", "incomplete-chain", …
    subject: str  # the certificate's subject, or "bundle"
    message: str  # what is wrong and what to do
    position: int | None = None  # of the PEM block in the bundle, from 1


def lint(
    pem: bytes, *, now: datetime | None = None, expires_soon: timedelta = EXPIRES_SOON
) -> list[Finding]:
    """Every finding about the bundle, errors first; an empty list is a clean bundle.

    Never raises for any content: what cannot be read is a finding.
    """
    now = now or datetime.now(UTC)
    findings = list(_check_text(pem))
    entries: list[_Entry] = []
    for position, label, body in _blocks(pem):
        entry, trouble = _read_block(position, label, body)
        findings.extend(trouble)
        if entry:
            entries.append(entry)
    unique = _without_duplicates(entries, findings)
    for entry in unique:
        findings.extend(_check_algorithms(entry))
        findings.extend(_check_period(entry, now, expires_soon))
        findings.extend(_check_authority(entry))
    findings.extend(_check_chains(unique))
    return sorted(findings, key=lambda f: (f.severity is not Severity.ERROR, f.position or 0))


def bundle(certificates: Iterable[x509.Certificate]) -> bytes:
    """One PEM file of them all: no duplicates, every issuer after what it issued."""
    unique = dict.fromkeys(certificates)
    entries = [_Entry(position=n, certificate=c, subject="") for n, c in enumerate(unique)]
    heights = _Chains(entries).lengths()
    ordered = sorted(entries, key=lambda e: (-heights[e.position], e.position))
    return to_pem(*(entry.certificate for entry in ordered))


def has_errors(findings: Sequence[Finding]) -> bool:
    return any(finding.severity is Severity.ERROR for finding in findings)


@dataclass(frozen=True, kw_only=True)
class _Entry:
    position: int
    certificate: x509.Certificate
    subject: str

    def error(self, code: str, message: str) -> Finding:
        return self._finding(Severity.ERROR, code, message)

    def warning(self, code: str, message: str) -> Finding:
        return self._finding(Severity.WARNING, code, message)

    def _finding(self, severity: Severity, code: str, message: str) -> Finding:
        return Finding(
            severity=severity,
            code=code,
            subject=self.subject,
            message=message,
            position=self.position,
        )


# RFC 7468; a label may hold any printable character but "-".
_BLOCK: Final = re.compile(
    rb"-----BEGIN (?P<label>[^\r\n-]*)-----(?P<body>.*?)-----END (?P=label)-----", re.DOTALL
)
_PRIVATE: Final = re.compile(rb"-----BEGIN [^\r\n-]*PRIVATE KEY[^\r\n-]*-----")


def _blocks(pem: bytes) -> Iterator[tuple[int, str, bytes]]:
    for position, match in enumerate(_BLOCK.finditer(pem), start=1):
        yield position, facts.printable(match["label"].decode("ascii", "replace")), match["body"]


def _check_text(pem: bytes) -> Iterator[Finding]:
    """The bundle as a file, before any certificate in it is read."""

    def bundle_error(code: str, message: str) -> Finding:
        return Finding(severity=Severity.ERROR, code=code, subject="bundle", message=message)

    if len(pem) >= MAX_BYTES:
        yield bundle_error(
            "too-large",
            f"The bundle has {len(pem)} bytes; API Gateway reads less than {MAX_BYTES}. Remove "
            "certificates that no client needs.",
        )
    if _PRIVATE.search(pem):
        yield bundle_error(
            "private-key",
            "The bundle holds a private key, and it is uploaded to S3. Remove the key; if the file "
            "was shared or committed, replace the authority: portcullis certs init --force",
        )
    rest = _BLOCK.sub(b"", pem)
    if b"-----BEGIN " in rest or b"-----END " in rest:
        yield bundle_error(
            "malformed-pem",
            "A PEM block has no end, no beginning, or two different labels: the file was cut or "
            "badly joined. Copy the certificates again.",
        )
    elif not _BLOCK.search(pem):
        if pem.strip():
            yield bundle_error(
                "not-pem",
                "The bundle is not PEM text. Convert DER with: openssl x509 -inform der -in FILE",
            )
        else:
            yield bundle_error(
                "empty",
                "The bundle is empty, so no client would be trusted. Put the issuing CA and its "
                "root into it: portcullis certs init",
            )
    elif rest.strip():
        yield Finding(
            severity=Severity.WARNING,
            code="text-outside-pem",
            subject="bundle",
            message="There is text outside the PEM blocks. API Gateway does not say that it skips "
            "it: remove it.",
        )


def _read_block(position: int, label: str, body: bytes) -> tuple[_Entry | None, list[Finding]]:
    def error(code: str, message: str) -> tuple[None, list[Finding]]:
        subject = f"block {position}"
        finding = Finding(
            severity=Severity.ERROR, code=code, subject=subject, message=message, position=position
        )
        return None, [finding]

    if "PRIVATE KEY" in label:
        return None, []  # reported once for the whole bundle
    if label != "CERTIFICATE":
        return error(
            "not-a-certificate",
            f"A block is labelled {label[:40]!r}; a truststore holds CERTIFICATE blocks only. "
            "Remove it.",
        )
    try:
        certificate = x509.load_der_x509_certificate(_decode(body))
        entry = _Entry(
            position=position,
            certificate=certificate,
            subject=facts.name_text(certificate.subject),
        )
        _decode_all(certificate)
    except UnsupportedAlgorithm:
        return error(
            "unsupported-key",
            "The certificate has a kind of key that cannot be read. API Gateway takes RSA-2048 or "
            "stronger and ECDSA-256 or stronger: ask its owner for such a CA.",
        )
    except (ValueError, TypeError, x509.InvalidVersion):
        return error(
            "malformed-certificate",
            "The block is not a well-formed X.509 certificate. Get the file again from its owner.",
        )
    return entry, []


def _decode(body: bytes) -> bytes:
    try:
        return base64.b64decode(b"".join(body.split()), validate=True)
    except binascii.Error:
        raise ValueError from None


def _decode_all(certificate: x509.Certificate) -> None:
    """Fields are decoded when they are first read: read them here, where errors are expected."""
    _ = (certificate.issuer, certificate.extensions, certificate.version)
    _ = (certificate.public_key(), certificate.signature_algorithm_oid)
    _ = (certificate.not_valid_before_utc, certificate.not_valid_after_utc)


def _without_duplicates(entries: Sequence[_Entry], findings: list[Finding]) -> list[_Entry]:
    first: dict[x509.Certificate, _Entry] = {}
    for entry in entries:
        earlier = first.setdefault(entry.certificate, entry)
        if earlier is not entry:
            findings.append(
                entry.warning(
                    "duplicate",
                    f"The same certificate is block {earlier.position} already. Remove one.",
                )
            )
    return list(first.values())


def _check_algorithms(entry: _Entry) -> Iterator[Finding]:
    public_key = entry.certificate.public_key()
    if not keys.is_strong(public_key):
        yield entry.error(
            "weak-key",
            f"The key is {keys.describe(public_key)}; API Gateway takes RSA-{keys.MIN_RSA_BITS} or "
            f"stronger and ECDSA-{keys.MIN_EC_BITS} or stronger. Replace this CA.",
        )
    try:
        algorithm = entry.certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        algorithm = None
    if algorithm is None or algorithm.digest_size * 8 < MIN_HASH_BITS:
        name = entry.certificate.signature_algorithm_oid._name
        yield entry.error(
            "weak-signature",
            f"It is signed with {name}; API Gateway takes SHA-256 or stronger. Have the "
            "certificate issued again with SHA-256.",
        )


def _check_period(entry: _Entry, now: datetime, expires_soon: timedelta) -> Iterator[Finding]:
    start = entry.certificate.not_valid_before_utc
    end = entry.certificate.not_valid_after_utc
    if now >= end:
        yield entry.error(
            "expired",
            f"It ended at {end:%Y-%m-%d %H:%M} UTC; every client below it is refused. Replace it "
            "by its successor.",
        )
    elif end - now < expires_soon:
        yield entry.warning(
            "expires-soon",
            f"It ends in {(end - now).days} days, at {end:%Y-%m-%d %H:%M} UTC, and API Gateway "
            "will not tell. Add its successor now, so that both are trusted for a while.",
        )
    if now < start:
        yield entry.error(
            "not-yet-valid",
            f"It starts at {start:%Y-%m-%d %H:%M} UTC; until then its clients are refused. "
            "Upload it then, or check this machine's clock.",
        )


def _check_authority(entry: _Entry) -> Iterator[Finding]:
    extensions = entry.certificate.extensions
    try:
        is_authority = extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        is_authority = False
    if not is_authority and _is_issued_by(entry.certificate, entry.certificate):
        yield entry.warning(
            "self-signed-client",
            "It is a self-signed certificate and no CA: it admits this one client, and each "
            "renewal needs a new truststore. Prefer a CA: portcullis certs init",
        )
    elif not is_authority:
        yield entry.error(
            "not-an-authority",
            "It is not a CA certificate (basicConstraints), so it vouches for nobody. Put its "
            "issuers into the bundle instead.",
        )
    try:
        may_sign = extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound:
        may_sign = True  # RFC 5280 section 4.2.1.3: an absent extension forbids nothing
    if is_authority and not may_sign:
        yield entry.error(
            "cannot-sign",
            "Its keyUsage lacks keyCertSign, so what it signed is refused. Have it issued again "
            "with keyCertSign.",
        )


def _check_chains(entries: Sequence[_Entry]) -> Iterator[Finding]:
    chains = _Chains(entries)
    lengths = chains.lengths()
    for entry in entries:
        length = lengths[entry.position]
        if not length:
            yield entry.error(
                "incomplete-chain",
                f"Its issuer {facts.name_text(entry.certificate.issuer)} does not lead to a root "
                "in this bundle. Add every issuer up to the self-signed root.",
            )
        elif length > MAX_CHAIN:
            yield entry.error(
                "chain-too-long",
                f"It stands {length} certificates from its root; API Gateway follows "
                f"{MAX_CHAIN}. Issue clients from a CA nearer to the root.",
            )
        elif length == MAX_CHAIN:
            yield entry.warning(
                "chain-at-limit",
                f"With the client's own certificate the chain has {length + 1} certificates; the "
                f"limit of API Gateway is {MAX_CHAIN}, and its pages do not say which ones count. "
                "Issue clients from a CA nearer to the root.",
            )
        yield from _check_path_length(entry, chains)
        late = [i.position for i in chains.issuers(entry) if i.position < entry.position]
        if late:
            yield entry.warning(
                "order",
                f"Its issuer stands before it, as block {late[0]}. The usual order is issuing CAs "
                "first and roots last: portcullis certs bundle FILE… --out TRUSTSTORE",
            )


def _check_path_length(entry: _Entry, chains: "_Chains") -> Iterator[Finding]:
    for issuer in chains.issuers(entry):
        try:
            basic = issuer.certificate.extensions.get_extension_for_class(x509.BasicConstraints)
        except x509.ExtensionNotFound:
            continue  # reported as not-an-authority
        if basic.value.path_length == 0:
            yield entry.error(
                "path-length",
                f"Its issuer {issuer.subject} has pathlen 0: it may issue to clients, not to this "
                "CA, so clients of this CA are refused. Have it issued by a CA that may.",
            )


class _Chains:
    """Who issued whom, by signature and not by name alone; cross-signed circles end."""

    def __init__(self, entries: Sequence[_Entry]) -> None:
        self._entries = entries
        by_subject = defaultdict(list)
        for entry in entries:
            by_subject[entry.certificate.subject].append(entry)
        self._issuers = {
            entry.position: [
                candidate
                for candidate in by_subject[entry.certificate.issuer]
                if candidate is not entry
                and _is_issued_by(entry.certificate, candidate.certificate)
            ]
            for entry in entries
        }

    def issuers(self, entry: _Entry) -> Sequence[_Entry]:
        return self._issuers[entry.position]

    def lengths(self) -> dict[int, int]:
        """By position: certificates on the shortest way to a root, itself counted; 0 for no way."""
        lengths = {
            entry.position: int(_is_issued_by(entry.certificate, entry.certificate))
            for entry in self._entries
        }
        level = 1
        while True:
            found = [
                entry.position
                for entry in self._entries
                if not lengths[entry.position]
                and any(lengths[issuer.position] == level for issuer in self.issuers(entry))
            ]
            if not found:
                return lengths
            level += 1
            lengths.update(dict.fromkeys(found, level))


def _is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    if certificate.issuer != issuer.subject:
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except UnsupportedAlgorithm:
        return True  # a signature too weak to be checked is reported as such, once
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True

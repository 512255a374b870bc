"""Would API Gateway trust the clients this bundle is meant for? Found out before the upload.

API Gateway takes a bad bundle with a warning and then refuses clients one by one, so what it warns
about is an error here. Source: API Gateway Developer Guide, "How to turn on mutual TLS
authentication for your REST APIs in API Gateway", sections "Configuring your truststore" and
"Troubleshooting certificate warnings".
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from portcullis.pki import facts, keys, pem
from portcullis.pki.authority import to_pem

MAX_BYTES: Final = 1000 * 1000  # "1000 KB"; the smaller of the two readings
MAX_CHAIN: Final = 4  # "a maximum chain length of four"; which certificates count is not said
EXPIRES_SOON: Final = timedelta(days=90)  # partners need time to roll out a successor
MIN_HASH_BITS: Final = 256
MAX_SERIAL_BITS: Final = 160


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
    content: bytes, *, now: datetime | None = None, expires_soon: timedelta = EXPIRES_SOON
) -> list[Finding]:
    """Every finding about the bundle, errors first; an empty list is a clean bundle.

    Never raises for any content: what cannot be read is a finding.
    """
    now = now or datetime.now(UTC)
    findings = list(_check_text(content))
    if len(content) >= MAX_BYTES:
        return findings  # whatever it is, it is no truststore: do not spend minutes on it
    entries: list[_Entry] = []
    for block in pem.blocks(content):
        entry, trouble = _read_block(block)
        findings.extend(trouble)
        if entry:
            entries.append(entry)
    unique = _without_duplicates(entries, findings)
    for entry in unique:
        findings.extend(_check_algorithms(entry))
        findings.extend(_check_period(entry, now, expires_soon))
        findings.extend(_check_authority(entry))
        findings.extend(_check_serial_number(entry))
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


_PRIVATE: Final = re.compile(rb"-----BEGIN [^\r\n-]*PRIVATE KEY")


def _check_text(content: bytes) -> Iterator[Finding]:
    """The bundle as a file, before any certificate in it is read."""

    def bundle_error(code: str, message: str) -> Finding:
        return Finding(severity=Severity.ERROR, code=code, subject="bundle", message=message)

    if len(content) >= MAX_BYTES:
        yield bundle_error(
            "too-large",
            f"The bundle has {len(content)} bytes; API Gateway reads less than {MAX_BYTES}. Remove "
            "certificates that no client needs.",
        )
    if _PRIVATE.search(content):
        yield bundle_error(
            "private-key",
            "The bundle holds a private key, and it is uploaded to S3. Remove the key; if the file "
            "was shared or committed, replace the authority: portcullis certs init --force",
        )
    rest = pem.outside(content)
    if b"-----BEGIN " in rest or b"-----END " in rest:
        yield bundle_error(
            "malformed-pem",
            "A PEM block has no end, no beginning, or two different labels: the file was cut or "
            "badly joined. Copy the certificates again.",
        )
    elif next(pem.blocks(content), None) is None:
        if content.strip():
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
    elif not content.isascii():
        yield bundle_error(
            "not-ascii",
            "There are characters outside ASCII between the PEM blocks, perhaps a byte order mark. "
            "Remove them.",
        )
    elif rest.strip():
        yield Finding(
            severity=Severity.WARNING,
            code="text-outside-pem",
            subject="bundle",
            message="There is text outside the PEM blocks. API Gateway does not say that it skips "
            "it: remove it.",
        )


def _read_block(block: pem.Block) -> tuple[_Entry | None, list[Finding]]:
    def error(code: str, message: str) -> tuple[None, list[Finding]]:
        finding = Finding(
            severity=Severity.ERROR,
            code=code,
            subject=f"block {block.position}",
            message=message,
            position=block.position,
        )
        return None, [finding]

    if "PRIVATE KEY" in block.label:
        return None, []  # reported once for the whole bundle
    if block.label != pem.CERTIFICATE:
        return error(
            "not-a-certificate",
            f"A block is labelled {block.label[:40]!r}; a truststore holds CERTIFICATE blocks "
            "only. Remove it.",
        )
    try:
        certificate = facts.decode(block.binary())
        entry = _Entry(
            position=block.position,
            certificate=certificate,
            subject=facts.name_text(certificate.subject),
        )
        certificate.public_key()
    except UnsupportedAlgorithm:
        return error(
            "unsupported-key",
            "The certificate has a kind of key that cannot be read. API Gateway takes RSA-2048 or "
            "stronger and ECDSA-256 or stronger: ask its owner for such a CA.",
        )
    except ValueError:
        return error(
            "malformed-certificate",
            "The block is not a well-formed X.509 certificate. Get the file again from its owner.",
        )
    return entry, []


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
            f"The key is {keys.describe(public_key)}; accepted: {keys.STRONG}. Replace this CA.",
        )
    if _is_weakly_signed(entry.certificate):
        algorithm = facts.signature_text(entry.certificate)
        yield entry.error(
            "weak-signature",
            f"It is signed with {algorithm}; API Gateway takes SHA-256 or stronger. Have the "
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
    is_authority = facts.is_authority(entry.certificate)
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
        usage = entry.certificate.extensions.get_extension_for_class(x509.KeyUsage)
        may_sign = usage.value.key_cert_sign
    except x509.ExtensionNotFound:
        may_sign = True  # RFC 5280 section 4.2.1.3: an absent extension forbids nothing
    if is_authority and not may_sign:
        yield entry.error(
            "cannot-sign",
            "Its keyUsage lacks keyCertSign, so what it signed is refused. Have it issued again "
            "with keyCertSign.",
        )


def _check_serial_number(entry: _Entry) -> Iterator[Finding]:
    serial_number = facts.serial_number(entry.certificate)
    if not 0 < serial_number < 1 << MAX_SERIAL_BITS:
        yield entry.warning(
            "serial-number",
            "Its serial number is not positive or longer than 20 octets (RFC 5280 section "
            "4.1.2.2), and some verifiers refuse such a certificate. Have it issued again.",
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
    if not facts.is_authority(entry.certificate):
        return  # the limit counts authorities only
    above: list[_Entry] = [entry]
    for distance in range(1, MAX_CHAIN + 1):
        above = [issuer for child in above for issuer in chains.issuers(child)][:MAX_CHAIN]
        for issuer in above:
            limit = _path_length(issuer.certificate)
            if limit is not None and distance > limit:
                yield entry.error(
                    "path-length",
                    f"{issuer.subject} above it has pathlen {limit}, which forbids an authority "
                    "this far below, so clients of this CA are refused. Have it issued by a CA "
                    "that may.",
                )
                return


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


def _path_length(certificate: x509.Certificate) -> int | None:
    try:
        basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except x509.ExtensionNotFound:
        return None
    return basic.value.path_length


def _is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    if certificate.issuer != issuer.subject or _names_another_key(certificate, issuer):
        return False
    if _is_weakly_signed(certificate):
        return True  # the library checks no such signature; weak-signature is reported already
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _names_another_key(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Key identifiers spare a signature check per pair of authorities with one name."""
    try:
        extensions = certificate.extensions
        wanted = extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
        own = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        return False
    return wanted.key_identifier is not None and wanted.key_identifier != own.key_identifier


def _is_weakly_signed(certificate: x509.Certificate) -> bool:
    try:
        algorithm = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return True
    return algorithm is None or algorithm.digest_size * 8 < MIN_HASH_BITS

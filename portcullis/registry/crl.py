"""Revocation lists as certificate authorities publish them, checked before anybody relies on them.

Source: RFC 5280 sections 5 and 6.3.
"""

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtensionOID

from portcullis.errors import MisuseError
from portcullis.registry.model import DistinguishedName

PEM_START: Final = b"-----BEGIN X509 CRL-----"
_HASHES: Final = frozenset({"sha256", "sha384", "sha512"})
_PARTIAL: Final = frozenset(
    {ExtensionOID.ISSUING_DISTRIBUTION_POINT, ExtensionOID.DELTA_CRL_INDICATOR}
)
_CRITICAL: Final = b"\x01\x01\xff"  # X.690 section 8.2: BOOLEAN TRUE


class CrlError(MisuseError):
    """A list cannot be relied on. Names the file, the issuer, and what to do."""


@dataclass(frozen=True, kw_only=True)
class VerifiedCrl:
    """One issuer's list, whose signature was verified with that issuer's certificate."""

    issuer: DistinguishedName
    number: int
    this_update: datetime
    next_update: datetime
    source: x509.CertificateRevocationList
    signer: x509.Certificate

    def serial_numbers(self) -> Iterator[str]:
        """Lower-case hex, as the authorizer writes them."""
        return (f"{revoked.serial_number:x}" for revoked in self.source)


def load(
    path: Path, issuers: Iterable[x509.Certificate], *, now: datetime | None = None
) -> tuple[VerifiedCrl, ...]:
    """Every list of a file (PEM, several one after the other, or one DER), in the issuers' order.

    Raises:
        CrlError: not readable, of an unknown issuer, not signed by it, without a number or a next
            update, overdue, or of a kind that says less than it seems to.
    """
    lists = _read(path)
    trusted = tuple(issuers)
    found = [_verified(path, crl, trusted, now=now or datetime.now(UTC)) for crl in lists]
    seen: dict[str, VerifiedCrl] = {}
    for verified in found:
        other = seen.setdefault(verified.issuer.canonical(), verified)
        if other is verified:
            continue
        if other.signer.public_key() != verified.signer.public_key():
            raise CrlError(
                f"{path}: holds two lists of {_shown(verified.source.issuer)}, signed with "
                "different keys. An issuer is known by its name alone, so one of them would take "
                "the place of the other and let in whom it revokes. Ask the issuer for one list "
                "of all its certificates."
            )
        raise CrlError(
            f"{path}: holds two lists of one issuer. Keep the one with the higher number."
        )
    return tuple(sorted(found, key=lambda verified: verified.issuer.canonical()))


def load_as_issued(path: Path, issuers: Iterable[x509.Certificate]) -> tuple[VerifiedCrl, ...]:
    """A file that is or was in use: all is checked but how old it is."""
    trusted = tuple(issuers)
    return tuple(_verified(path, crl, trusted, now=crl.last_update_utc) for crl in _read(path))


def check_newer(path: Path, fresh: Sequence[VerifiedCrl], former: Sequence[VerifiedCrl]) -> None:
    """Refuse a list that is older than the one in use: it would un-revoke certificates.

    Raises:
        CrlError: a number went back (or, with the same number, a date); an issuer's list is gone.
    """
    by_issuer = {crl.issuer.canonical(): crl for crl in fresh}
    for crl in former:
        following = by_issuer.get(crl.issuer.canonical())
        if following is None:
            raise CrlError(
                f"{path}: has no list of {_shown(crl.source.issuer)}, which the list in use has. "
                "Add it: without it every certificate of that issuer is refused."
            )
        if (following.number, following.this_update) < (crl.number, crl.this_update):
            raise CrlError(
                f"{path}: the list of {_shown(crl.source.issuer)} has number {following.number}, "
                f"but number {crl.number} is in use already. Fetch the current one from the issuer."
            )


def put_in_place(
    target: Path, source: Path, fresh: Sequence[VerifiedCrl], issuers: Iterable[x509.Certificate]
) -> None:
    """Take lists into use that ``load`` read from ``source``: whole or not at all, one at a time.

    They are written as they were verified: ``source`` may be a pipe, or another file by now.

    Raises:
        CrlError: one is older than the one in use, or the file cannot be read or written.
    """
    content = b"".join(crl.source.public_bytes(Encoding.PEM) for crl in fresh)
    try:
        with _exclusive(target.parent):
            if target.exists():
                # The former list may be overdue by now: it is compared as of the day it was made.
                check_newer(source, fresh, load_as_issued(target, issuers))
            _replace(target.resolve(), content)  # a link stays a link
    except OSError as error:
        raise CrlError(f"{target} cannot be written: {error.strerror}.") from error


def _replace(path: Path, content: bytes) -> None:
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(draft).chmod(0o644)
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def _exclusive(folder: Path) -> Iterator[None]:
    """One writer at a time in this folder, or an older list could take a newer one's place."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _read(path: Path) -> list[x509.CertificateRevocationList]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CrlError(f"The revocation list {path} cannot be read: {error.strerror}.") from error
    try:
        if PEM_START not in content:
            found = [x509.load_der_x509_crl(content)]
        else:
            parts = content.split(PEM_START)[1:]
            found = [x509.load_pem_x509_crl(PEM_START + part) for part in parts]
        for crl in found:
            _ = crl.issuer, crl.extensions  # the parser looks into them when asked
    except (ValueError, x509.DuplicateExtension) as error:
        raise CrlError(
            f"{path} is no certificate revocation list in PEM or DER: {error}."
        ) from error
    return found


def _verified(
    path: Path,
    crl: x509.CertificateRevocationList,
    issuers: Sequence[x509.Certificate],
    *,
    now: datetime,
) -> VerifiedCrl:
    who = f"{path}: the list of {_shown(crl.issuer)}"
    named = [issuer for issuer in issuers if issuer.subject == crl.issuer]
    if not named:
        raise CrlError(f"{who} is of an issuer that is not in the truststore.")
    signer = next((i for i in named if _may_sign(i) and _is_signed_by(crl, i)), None)
    if signer is None:
        raise CrlError(f"{who} is not signed by that issuer. Fetch it anew, and ask the issuer.")
    digest = crl.signature_hash_algorithm
    if digest is None or digest.name not in _HASHES:
        raise CrlError(f"{who} is signed with a hash below SHA-256.")
    number = _number(crl)
    if number is None:
        raise CrlError(f"{who} has no CRL number, so nobody could tell an old one from a new one.")
    if crl.next_update_utc is None:
        raise CrlError(f"{who} says nothing about the next update.")
    if crl.last_update_utc > now:
        raise CrlError(f"{who} is from the future: {crl.last_update_utc:%Y-%m-%d %H:%M} UTC.")
    if crl.next_update_utc <= now:
        raise CrlError(
            f"{who} is overdue since {crl.next_update_utc:%Y-%m-%d %H:%M} UTC. "
            "Fetch the current one."
        )
    unknown = [e.oid.dotted_string for e in crl.extensions if e.critical or e.oid in _PARTIAL]
    if unknown:
        # Issuing distribution point and delta CRL indicator: such a list covers a part only.
        raise CrlError(f"{who} has the extension {unknown[0]}: it covers a part only.")
    foreign = _critical_in_entries(crl)
    if foreign is not None:
        # RFC 5280 section 5.3; one of them says that the entry is of another issuer.
        raise CrlError(
            f"{who} has an entry with the critical extension {foreign}, so what it says is not "
            "known here. Ask the issuer for a list of its own certificates without it."
        )
    return VerifiedCrl(
        issuer=DistinguishedName.of((a.oid.dotted_string, str(a.value)) for a in crl.issuer),
        number=number,
        this_update=crl.last_update_utc,
        next_update=crl.next_update_utc,
        source=crl,
        signer=signer,
    )


def _critical_in_entries(crl: x509.CertificateRevocationList) -> str | None:
    """The first critical extension of any entry; to look at a million of them takes seconds."""
    if _CRITICAL not in crl.tbs_certlist_bytes:
        return None
    found = (e.oid.dotted_string for one in crl for e in one.extensions if e.critical)
    try:
        return next(found, None)
    except (ValueError, x509.DuplicateExtension):
        return "that cannot be read"


def _may_sign(issuer: x509.Certificate) -> bool:
    try:
        return issuer.extensions.get_extension_for_class(x509.KeyUsage).value.crl_sign
    except x509.ExtensionNotFound:
        return True  # RFC 5280 section 4.2.1.3: absent means any use
    except (ValueError, x509.DuplicateExtension):
        return False


def _is_signed_by(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    try:
        key = issuer.public_key()
        if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
            return False
        return crl.is_signature_valid(key)
    except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
        return False


def _number(crl: x509.CertificateRevocationList) -> int | None:
    try:
        return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except x509.ExtensionNotFound:
        return None


def _shown(name: x509.Name) -> str:
    return repr(name.rfc4514_string())

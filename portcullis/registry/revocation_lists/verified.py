"""Reads and verifies revocation lists as certificate authorities publish them.

Source: RFC 5280 sections 5 and 6.3.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from portcullis.errors import MisuseError
from portcullis.pki.clock import moment
from portcullis.pki.extensions import find_extension
from portcullis.pki.identifiers import base64url, serial_text
from portcullis.registry.model import DistinguishedName
from portcullis.registry.revocation_lists.list_extensions import (
    MALFORMED,
    critical_in_entries,
    unprocessed,
)

PEM_START: Final = b"-----BEGIN X509 CRL-----"
_HASHES: Final = frozenset({"sha256", "sha384", "sha512"})
MAX_LISTS: Final = 1000  # in one file: each is compared with the others
MAX_NUMBER_BITS: Final = 160  # 20 octets, RFC 5280 section 5.2.3


Age = tuple[int, datetime]  # a list's number and thisUpdate


class CrlError(MisuseError):
    """A list cannot be used. Names the file, the issuer, and what to do."""


@dataclass(frozen=True, kw_only=True)
class SignedCrl:
    """One list whose signature was verified with its issuer's certificate."""

    number: int
    this_update: datetime
    next_update: datetime
    source: x509.CertificateRevocationList
    signer: x509.Certificate

    @property
    def key(self) -> str:
        """The key that signed it: base64url of the SHA-256 of its SubjectPublicKeyInfo."""
        return key_of(self.signer)

    @property
    def parts(self) -> frozenset[str]:
        """The distribution points of a list that is one of several parts; empty for a complete one.

        Such a list covers the certificates that name one of them.
        """
        point = self._point
        names = None if point is None else point.full_name
        return frozenset(name.value for name in names or ())

    @property
    def is_for_authorities(self) -> bool:
        """Whether the list has CA certificates alone, and so covers no client's."""
        return self._point is not None and self._point.only_contains_ca_certs

    @property
    def id(self) -> str:
        """Tells the lists of one issuer apart: the key, and the part where there are several."""
        scope = sorted(self.parts) + ["CA certificates"] * self.is_for_authorities
        if not scope:
            return self.key
        digest = hashlib.sha256("\0".join(scope).encode()).digest()
        return f"{self.key}:{base64url(digest[:15])}"

    @property
    def _point(self) -> x509.IssuingDistributionPoint | None:
        return find_extension(self.source, x509.IssuingDistributionPoint)

    @property
    def age(self) -> Age:
        """Increases from list to list."""
        return self.number, self.this_update


@dataclass(frozen=True, kw_only=True)
class VerifiedCrl:
    """The lists of one issuer: one, or one for each key where it has several.

    A certificate names its issuer, not the key, so it is revoked where any of them lists it, and
    undecidable as soon as one of them is overdue.
    """

    issuer: DistinguishedName
    lists: tuple[SignedCrl, ...]  # sorted by id

    @property
    def number(self) -> int:
        return max(one.number for one in self.lists)

    @property
    def this_update(self) -> datetime:
        return min(one.this_update for one in self.lists)

    @property
    def next_update(self) -> datetime:
        return min(one.next_update for one in self.lists)

    def parts_of(self, key: bytes) -> list[str] | None:
        """The distribution points that the lists cover for this key (a SubjectPublicKeyInfo).

        None where they cover all its certificates. A key that signed none of the lists is covered
        by those of the issuer's other keys.
        """
        own = [one for one in self.lists if spki_of(one.signer) == key] or self.lists
        of_clients = [one for one in own if not one.is_for_authorities]
        if any(not one.parts for one in of_clients):
            return None
        return sorted({part for one in of_clients for part in one.parts})

    def serial_numbers(self) -> Iterator[str]:
        """As the authorizer writes them; some may come twice."""
        return (serial_text(entry.serial_number) for one in self.lists for entry in one.source)


def load(
    path: Path,
    issuers: Iterable[x509.Certificate],
    *,
    now: datetime | None = None,
    grace: timedelta = timedelta(0),
) -> tuple[VerifiedCrl, ...]:
    """Every list of a file (PEM, several one after the other, or one DER), in the issuers' order.

    ``grace`` is how long a list may be overdue.

    Raises:
        CrlError: not readable, of an unknown issuer, not signed by it, without a number or a next
            update, overdue, of a kind that is not complete, or not one for each key of an issuer.
    """
    return check(path, _read(path), issuers, now=now, grace=grace)


def check(
    where: object,
    lists: Iterable[x509.CertificateRevocationList],
    issuers: Iterable[x509.Certificate],
    *,
    now: datetime | None = None,
    grace: timedelta = timedelta(0),
) -> tuple[VerifiedCrl, ...]:
    """Verify parsed lists as `load` does; ``where`` says in errors where they come from.

    Raises:
        CrlError: as `load`.
    """
    now = moment(now)
    trusted = tuple(issuers)
    found = [_verified(where, crl, trusted, now=now - grace) for crl in lists]
    for one in found:
        if one.this_update > now:
            raise CrlError(
                f"{where}: the list of {_shown(one.source.issuer)} is not valid yet: it starts at "
                f"{one.this_update:%Y-%m-%d %H:%M} UTC."
            )
    grouped = _by_issuer(where, found)
    for verified in grouped:
        _check_whole(where, verified, trusted, now)
    return grouped


def parse(where: object, content: bytes) -> list[x509.CertificateRevocationList]:
    """Every list of the content: PEM, several one after the other, or one DER.

    Raises:
        CrlError: it cannot be parsed.
    """
    try:
        if PEM_START not in content:
            found = [x509.load_der_x509_crl(content)]
        else:
            parts = content.split(PEM_START)[1:]
            if len(parts) > MAX_LISTS:
                raise CrlError(
                    f"{where} has {len(parts):,} lists, but at most {MAX_LISTS:,} count."
                )
            found = [x509.load_pem_x509_crl(PEM_START + part) for part in parts]
        for crl in found:
            _ = crl.issuer, crl.extensions  # the parser looks into them when asked
    except MALFORMED as error:
        raise CrlError(
            f"{where} must be a certificate revocation list in PEM or DER, but cannot be parsed. "
            "Fetch it again from the issuer."
        ) from error
    return found


def load_in_use(
    path: Path, issuers: Iterable[x509.Certificate], *, skip_unverified: bool = False
) -> tuple[VerifiedCrl, ...]:
    """A file that is or was in use: its lists may be overdue, and lists may be missing.

    Raises:
        CrlError: not readable, or not verified; with ``skip_unverified`` those are left out.
    """
    trusted = tuple(issuers)
    found = []
    for crl in _read(path):
        try:
            found.append(_verified(path, crl, trusted, now=crl.last_update_utc))
        except CrlError:
            if not skip_unverified:
                raise
    return _by_issuer(path, found)


def check_newer(
    where: object,
    fresh: Sequence[VerifiedCrl],
    former: Mapping[tuple[DistinguishedName, str], Age],
    *,
    retire: bool = False,
) -> None:
    """Refuse lists that are older than those in use, which would un-revoke certificates.

    ``former`` holds the ages of those in use by issuer and key. With ``retire``, one that has no
    successor here is dropped.

    Raises:
        CrlError: a number went back (or, with the same number, a date); a list is gone.
    """
    ages = ages_of(fresh)
    for (issuer, key), age in former.items():
        following = ages.get((issuer, key))
        if following is None and retire:
            continue
        if following is None:
            raise CrlError(
                f"{where}: a list of {issuer} is in use that key {key} signed, and none of its "
                "lists follows here. Put the newest list of each key into one file. Where that key "
                "no longer signs, and all its certificates have ended: --retire."
            )
        if following < age:
            raise CrlError(
                f"{where}: the list of {issuer} has number {following[0]}, but number {age[0]} is "
                "in use already. Fetch the current one from the issuer."
            )


def ages_of(lists: Sequence[VerifiedCrl]) -> dict[tuple[DistinguishedName, str], Age]:
    return {(crl.issuer, one.id): one.age for crl in lists for one in crl.lists}


def key_of(certificate: x509.Certificate) -> str:
    return base64url(hashlib.sha256(spki_of(certificate)).digest())


def spki_of(certificate: x509.Certificate) -> bytes:
    """The SubjectPublicKeyInfo in DER; empty for a key that cannot be read."""
    try:
        key = certificate.public_key()
    except (UnsupportedAlgorithm, ValueError):
        return b""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _by_issuer(where: object, lists: Sequence[SignedCrl]) -> tuple[VerifiedCrl, ...]:
    grouped: dict[str, dict[str, SignedCrl]] = {}
    for one in lists:
        of_issuer = grouped.setdefault(DistinguishedName.of_x509(one.source.issuer).canonical(), {})
        if of_issuer.setdefault(one.id, one) is not one:
            raise CrlError(
                f"{where}: holds two lists of one issuer, key and distribution point. Keep the one "
                "with the higher number."
            )
    return tuple(
        VerifiedCrl(
            issuer=DistinguishedName.of_x509(next(iter(of_issuer.values())).source.issuer),
            lists=tuple(of_issuer[key] for key in sorted(of_issuer)),
        )
        for _, of_issuer in sorted(grouped.items())
    )


def _check_whole(
    where: object, verified: VerifiedCrl, trusted: Sequence[x509.Certificate], now: datetime
) -> None:
    """Refuse lists that do not cover each key that an issuer has in the truststore."""
    present = {one.key for one in verified.lists}
    for issuer in trusted:
        if (
            DistinguishedName.of_x509(issuer.subject) == verified.issuer
            and issuer.not_valid_after_utc > now  # none of its certificates gets this far
            and _may_sign(issuer)
            and _list_key(issuer) is not None
            and key_of(issuer) not in present
        ):
            raise CrlError(
                f"{where}: {_shown(issuer.subject)} has several keys in the truststore, and the "
                f"one of the certificate with serial number {serial_text(issuer.serial_number)} "
                "signed no list here. Put the newest list of each key into one file, one after the "
                "other. An issuer whose one list covers them all can sign it with each key."
            )


def _read(path: Path) -> list[x509.CertificateRevocationList]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CrlError(f"The revocation list {path} cannot be read: {error.strerror}.") from error
    return parse(path, content)


def _verified(
    where: object,
    crl: x509.CertificateRevocationList,
    issuers: Sequence[x509.Certificate],
    *,
    now: datetime,
) -> SignedCrl:
    who = f"{where}: the list of {_shown(crl.issuer)}"
    named = [
        issuer
        for issuer in issuers
        if DistinguishedName.of_x509(issuer.subject) == DistinguishedName.of_x509(crl.issuer)
    ]
    if not named:
        raise CrlError(
            f"{who} is of an issuer that is not in the truststore. Name a truststore that has its "
            "certificate."
        )
    signer = next((i for i in named if _may_sign(i) and _is_signed_by(crl, i)), None)
    if signer is None:
        raise CrlError(f"{who} is not signed by that issuer. Fetch it again, and ask the issuer.")
    digest = crl.signature_hash_algorithm
    if digest is None or digest.name not in _HASHES:
        raise CrlError(f"{who} is signed with a hash below SHA-256.")
    number = find_extension(crl, x509.CRLNumber)
    if number is None:
        raise CrlError(f"{who} has no CRL number, so an old list looks like a new one.")
    if not 0 <= number.crl_number < 1 << MAX_NUMBER_BITS:
        raise CrlError(f"{who} has a CRL number that is negative or has more than 20 octets.")
    if crl.next_update_utc is None:
        raise CrlError(f"{who} has no nextUpdate.")
    if crl.next_update_utc <= now:
        raise CrlError(
            f"{who} is overdue since {crl.next_update_utc:%Y-%m-%d %H:%M} UTC. "
            "Fetch the current one."
        )
    unknown = unprocessed(crl)
    if unknown is not None:
        raise CrlError(f"{who} has the extension {unknown}: it is not a complete list.")
    foreign = critical_in_entries(crl)
    if foreign is not None:
        # RFC 5280 section 5.3; one of them says that the entry is of another issuer.
        raise CrlError(
            f"{who} has an entry with the critical extension {foreign}, which is not processed. "
            "Ask the issuer for a list of its own certificates without it."
        )
    return SignedCrl(
        number=number.crl_number,
        this_update=crl.last_update_utc,
        next_update=crl.next_update_utc,
        source=crl,
        signer=signer,
    )


def _may_sign(issuer: x509.Certificate) -> bool:
    try:
        usage = find_extension(issuer, x509.KeyUsage)
    except (ValueError, x509.DuplicateExtension):
        return False
    return usage is None or usage.crl_sign  # RFC 5280 section 4.2.1.3: absent means any use


def _list_key(issuer: x509.Certificate) -> rsa.RSAPublicKey | ec.EllipticCurvePublicKey | None:
    """The issuer's key where it is RSA or elliptic curve; None for others."""
    try:
        key = issuer.public_key()
    except (UnsupportedAlgorithm, ValueError):
        return None
    return key if isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey) else None


def _is_signed_by(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    key = _list_key(issuer)
    try:
        return key is not None and crl.is_signature_valid(key)
    except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
        return False


def _shown(name: x509.Name) -> str:
    return repr(name.rfc4514_string())

"""Finds the issuers of a truststore that revocation lists revoke, and the keys that still count.

An entry whose issuer and serial number are those of a CA of the truststore revokes that CA's key:
no certificate that it signed counts any more. A CA below it counts only where another certificate
of it leads to a root without a revoked one. Source: RFC 5280 section 6.1 (paths) and 6.3.
"""

import base64
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography import x509

from authorizer.issuer_keys import is_signed_by
from portcullis.pki.identifiers import serial_text
from portcullis.registry.model import DistinguishedName, RevokedSerialNumber
from portcullis.registry.revocation_lists.verified import VerifiedCrl, spki_of

_Because = dict[tuple[str, bytes], set[RevokedSerialNumber]]  # by name and key; a defaultdict


@dataclass(frozen=True, kw_only=True)
class TruststoreIssuer:
    """One issuer name of a truststore. A key is a SubjectPublicKeyInfo in DER."""

    name: DistinguishedName
    accepted: tuple[bytes, ...]  # sorted
    revoked: tuple[bytes, ...]  # revoked, or only below revoked CAs; sorted
    because: tuple[RevokedSerialNumber, ...]  # the entries that revoked them; sorted


@dataclass(frozen=True, kw_only=True)
class _Ca:
    """One certificate of the truststore."""

    certificate: x509.Certificate
    name: str  # canonical, as is the next
    issuer: str
    key: bytes


def revoked_serial_number(certificate: x509.Certificate) -> RevokedSerialNumber:
    """The entry of a list that revokes this certificate."""
    return RevokedSerialNumber(
        issuer=DistinguishedName.of_x509(certificate.issuer),
        serial_number=serial_text(certificate.serial_number),
    )


def revocation_of(certificate: x509.Certificate) -> str:
    """What a list that revokes this CA does, for the operator."""
    return (
        f"revokes the CA {certificate.subject.rfc4514_string()!r} (serial number "
        f"{serial_text(certificate.serial_number)}): every certificate it issued is refused."
    )


def encoded_keys(keys: Iterable[bytes], crl: VerifiedCrl | None = None) -> list[dict[str, Any]]:
    """As `authorizer.issuer_keys` decodes them; ``crl`` are the lists of their issuer."""
    return [
        {
            "spki": base64.b64encode(key).decode("ascii"),
            "parts": None if crl is None else crl.parts_of(key),
        }
        for key in keys
    ]


def revoked_in(
    lists: Iterable[VerifiedCrl], truststore: Iterable[x509.Certificate]
) -> list[x509.Certificate]:
    """The certificates of the truststore that these lists revoke.

    Each certificate counts as a CA: those of version 1 have no basicConstraints.
    """
    cas = list(dict.fromkeys(truststore))
    found = []
    for crl in lists:
        issued = [c for c in cas if DistinguishedName.of_x509(c.issuer) == crl.issuer]
        # Reading a million entries takes a second.
        serial_numbers = set(crl.serial_numbers()) if issued else set()
        found += [c for c in issued if serial_text(c.serial_number) in serial_numbers]
    return found


def truststore_issuers(
    truststore: Iterable[x509.Certificate], revoked: Collection[RevokedSerialNumber]
) -> list[TruststoreIssuer]:
    """Every issuer name of the truststore with the keys that count, given the revoked entries."""
    cas = [_ca(certificate) for certificate in dict.fromkeys(truststore)]
    because: _Because = defaultdict(set)
    for ca in cas:
        entry = revoked_serial_number(ca.certificate)
        if entry in revoked:
            because[ca.name, ca.key].add(entry)  # so all certificates of this key
    above = [_above(ca, cas) for ca in cas]
    good = _good(cas, above, because)
    _pass_down(cas, above, good, because)
    accepted: dict[str, set[bytes]] = defaultdict(set)
    all_keys: dict[str, set[bytes]] = defaultdict(set)
    for position, ca in enumerate(cas):
        all_keys[ca.name].add(ca.key)
        if position in good:
            accepted[ca.name].add(ca.key)
    names = {ca.name: DistinguishedName.of_x509(ca.certificate.subject) for ca in cas}
    return [
        TruststoreIssuer(
            name=names[name],
            accepted=tuple(sorted(accepted[name])),
            revoked=tuple(sorted(keys - accepted[name])),
            because=tuple(
                sorted({entry for key in keys - accepted[name] for entry in because[name, key]})
            ),
        )
        for name, keys in sorted(all_keys.items())
    ]


def _good(cas: Sequence[_Ca], above: Sequence["_Above"], because: _Because) -> set[int]:
    """Positions of the certificates that have a path to the top without a revoked certificate.

    The top is a self-signed certificate, or one whose issuer is not in the truststore. The paths
    are grown from there: certificates that only issued each other have none.
    """
    unrevoked = [n for n, ca in enumerate(cas) if not because.get((ca.name, ca.key))]
    good = {n for n in unrevoked if n in above[n].positions or not above[n].positions}
    while True:
        more = {n for n in unrevoked if n not in good and above[n].leads_to(good)}
        if not more:
            return good
        good |= more


def _pass_down(
    cas: Sequence[_Ca], above: Sequence["_Above"], good: set[int], because: _Because
) -> None:
    """Give each certificate that is not good the entries that revoked the CAs above it."""
    changed = True
    while changed:
        changed = False
        for position in set(range(len(cas))) - good:
            own = because[cas[position].name, cas[position].key]
            size = len(own)
            for issuer in above[position].positions:
                own |= because[cas[issuer].name, cas[issuer].key]
            changed |= len(own) > size


@dataclass(frozen=True, kw_only=True)
class _Above:
    """The certificates that may have issued one, by position."""

    positions: frozenset[int]
    is_verified: bool  # by signature, and not by name alone

    def leads_to(self, good: set[int]) -> bool:
        """Undecidable where only the name is known: then all of them have to be good."""
        return bool(self.positions & good) if self.is_verified else self.positions <= good


def _above(ca: _Ca, cas: Sequence[_Ca]) -> _Above:
    named = [n for n, other in enumerate(cas) if other.name == ca.issuer]
    verified = [n for n in named if is_signed_by(ca.certificate, cas[n].key)]
    return _Above(positions=frozenset(verified or named), is_verified=bool(verified))


def _ca(certificate: x509.Certificate) -> _Ca:
    return _Ca(
        certificate=certificate,
        name=DistinguishedName.of_x509(certificate.subject).canonical(),
        issuer=DistinguishedName.of_x509(certificate.issuer).canonical(),
        key=spki_of(certificate),
    )

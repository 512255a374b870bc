"""The client certificates of a run: the target's own clients, and forgeries of one of them."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from portcullis.acceptance.matrix.caller import CaseCaller
from portcullis.acceptance.target.target import Target
from portcullis.acceptance.wire.connection import Presented
from portcullis.errors import MisuseError
from portcullis.pki import atomic, facts, forge, hierarchy, keys
from portcullis.pki.authority import Authority
from portcullis.pki.credential import Credential
from portcullis.pki.hierarchy import Hierarchy
from portcullis.pki.layout import PkiLayout, Purpose

DAY = timedelta(days=1)
LIFETIME = timedelta(hours=1)


class Likeness(NamedTuple):
    """The names in the client's own certificate, which a forgery repeats."""

    common_name: str
    names: tuple[x509.GeneralName, ...]


class Identities:
    """Makes each forgery once, in a folder that is removed after the run.

    Forgeries repeat the names of the client with the most scopes. For use in threads.
    """

    def __init__(self, target: Target, folder: Path) -> None:
        self._target = target
        self._folder = folder
        self._made: dict[CaseCaller, Presented] = {}
        self._uncached: dict[str, Presented] = {}
        self._making = threading.RLock()

    def of(self, caller: CaseCaller, scope: str) -> Presented | None:
        """Certificate and key in files; None for a caller that presents no certificate."""
        if caller is CaseCaller.NONE:
            return None
        if existing := self._target.presented(caller, scope):
            return existing
        with self._making:
            if caller not in self._made:
                self._made[caller] = self._write(caller.name.lower(), _FORGERIES[caller](self))
            return self._made[caller]

    def uncached(self, name: str, scope: str) -> Presented:
        """A new certificate of the client, one for each name: no cache holds an answer for it."""
        with self._making:
            if name not in self._uncached:
                own = self.of(CaseCaller.CLIENT, scope)
                likeness = _likeness(_leaf(own.certificate)) if own else self.likeness
                credential = _issued(self.issuing, likeness)
                self._uncached[name] = self._write(f"uncached-{name}", credential)
            return self._uncached[name]

    def thumbprint(self, caller: CaseCaller, scope: str) -> str:
        """RFC 8705 section 3.1: base64url of the SHA-256 of the DER."""
        presented = self.of(caller, scope)
        if presented is None:
            raise ValueError(f"{caller} presents no certificate")
        return facts.thumbprint(_leaf(presented.certificate))

    @cached_property
    def client(self) -> Presented:
        client = next((one for one in self._target.clients.registered if one.is_active), None)
        if client is None:
            raise MisuseError("The matrix needs one client's certificate and key.")
        return client.presented

    @cached_property
    def likeness(self) -> Likeness:
        return _likeness(_leaf(self.client.certificate))

    @cached_property
    def issuing(self) -> Authority:
        """The issuer of the real clients, with its private key."""
        if self._target.pki is None:
            raise ValueError("the target provides no issuer key")
        return hierarchy.load(PkiLayout(self._target.pki), Purpose.CLIENT).issuing

    @cached_property
    def client_credential(self) -> Credential:
        chain = x509.load_pem_x509_certificates(self.client.certificate.read_bytes())
        key = keys.from_pem(atomic.read_private(self.client.key))
        return Credential(certificate=chain[0], key=key, chain=tuple(chain[1:]))

    def _write(self, name: str, credential: Credential) -> Presented:
        presented = Presented(
            certificate=self._folder / f"{name}.pem",
            key=self._folder / f"{name}.key",
        )
        atomic.write_public(presented.certificate, credential.certificate_pem)
        atomic.write_private(presented.key, credential.key_pem)
        return presented


def _leaf(file: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(file.read_bytes())
    except (OSError, ValueError) as error:
        raise MisuseError(f"{file} does not hold a certificate in PEM: {error}") from None


def _likeness(leaf: x509.Certificate) -> Likeness:
    common = leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        names = x509.SubjectAlternativeName([])
    return Likeness(common_name=str(common[0].value) if common else "client", names=tuple(names))


def _issued(authority: Authority, like: Likeness) -> Credential:
    return authority.issue_client(*like, lifetime=LIFETIME)


def _dated(identities: Identities, begin: timedelta, end: timedelta) -> Credential:
    """Valid between two times, seen from now."""
    now = datetime.now(UTC)
    return identities.issuing.issue_client(
        *identities.likeness, not_before=now + begin, not_after=now + end
    )


def _server_usage(identities: Identities) -> Credential:
    return identities.issuing.issue_client(
        *identities.likeness, lifetime=LIFETIME, usages=(ExtendedKeyUsageOID.SERVER_AUTH,)
    )


def _lookalike(identities: Identities) -> Credential:
    """Issuer name, key identifier and chain are the real ones; the signature is not."""
    real = x509.load_pem_x509_certificates(identities.client.certificate.read_bytes())
    if len(real) > 1:
        impostor = Authority(
            certificate=real[1],
            key=ec.generate_private_key(ec.SECP256R1()),
            chain=tuple(real[2:]),
        )
        return _issued(impostor, identities.likeness)
    # The client's file holds no issuer certificate: use a new CA with the issuer's name.
    stranger = Hierarchy.create(Purpose.CLIENT).issuing
    forged = _issued(stranger, identities.likeness)
    return replace(forged, certificate=_renamed(forged, real[0].issuer, stranger), chain=())


def _renamed(credential: Credential, issuer: x509.Name, authority: Authority) -> x509.Certificate:
    leaf = credential.certificate
    builder = (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .subject_name(leaf.subject)
        .public_key(leaf.public_key())
        .serial_number(leaf.serial_number)
        .not_valid_before(leaf.not_valid_before_utc)
        .not_valid_after(leaf.not_valid_after_utc)
    )
    for extension in leaf.extensions:
        builder = builder.add_extension(extension.value, critical=extension.critical)
    return builder.sign(authority.key, keys.signature_hash(authority.key))


def _issued_by_client(identities: Identities) -> Credential:
    """Signed with a client's key. Its basicConstraints say that it is not a CA."""
    client = identities.client_credential
    pretender = Authority(certificate=client.certificate, key=client.key, chain=client.chain)
    return _issued(pretender, identities.likeness)


_FORGERIES: dict[CaseCaller, Callable[[Identities], Credential]] = {
    CaseCaller.EXPIRED: lambda identities: _dated(identities, -2 * DAY, -DAY),
    CaseCaller.NOT_YET_VALID: lambda identities: _dated(identities, DAY, 2 * DAY),
    CaseCaller.SERVER_USAGE: _server_usage,
    CaseCaller.WEAK_KEY: lambda identities: forge.with_weak_key(
        identities.issuing, *identities.likeness
    ),
    CaseCaller.WEAK_SIGNATURE: lambda identities: forge.with_weak_signature(
        identities.issuing, *identities.likeness
    ),
    CaseCaller.UNKNOWN_ISSUER: lambda identities: _issued(
        Hierarchy.create(Purpose.CLIENT).issuing, identities.likeness
    ),
    CaseCaller.LOOKALIKE_ISSUER: _lookalike,
    CaseCaller.ISSUED_BY_CLIENT: _issued_by_client,
    CaseCaller.SELF_SIGNED: lambda identities: forge.self_signed(*identities.likeness),
}

"""A certificate authority in memory: it signs certificates of intermediates, clients and servers.

Nothing here touches a disk, so tests and the attack matrix can also make the certificates that a
gateway must refuse: ``not_before`` and ``not_after`` are taken as given, and any usage or key.

Sources: RFC 8705 section 2 (client certificates); API Gateway Developer Guide, "How to turn on
mutual TLS authentication for your REST APIs in API Gateway".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from portcullis.pki import keys, profile
from portcullis.pki.clock import moment
from portcullis.pki.credential import Credential
from portcullis.pki.errors import KeyIdentifierMissingError, LifetimeError
from portcullis.pki.extensions import find_extension
from portcullis.pki.keys import KeyType, PrivateKey, PublicKey

ROOT_LIFETIME: Final = timedelta(days=3650)
INTERMEDIATE_LIFETIME: Final = timedelta(days=1825)
CLIENT_LIFETIME: Final = timedelta(days=365)
SERVER_LIFETIME: Final = timedelta(days=90)

# A device whose clock is slow must accept a new certificate.
CLOCK_SKEW: Final = timedelta(minutes=5)

ORGANIZATION: Final = "Portcullis"


@dataclass(frozen=True, kw_only=True, repr=False)
class Authority(Credential):
    """A CA certificate with its key."""

    @classmethod
    def root(
        cls,
        purpose: str,
        *,
        key_type: KeyType = KeyType.P256,
        lifetime: timedelta = ROOT_LIFETIME,
        organization: str = ORGANIZATION,
        now: datetime | None = None,
    ) -> Self:
        """A self-signed root with a path length of 1."""
        key = keys.generate(key_type)
        ski = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        name = profile.authority_name(organization, f"{purpose} root CA", ski)
        certificate = (
            profile.authority(
                name,
                issuer=name,
                public_key=key.public_key(),
                path_length=1,
                period=_period(lifetime, now),
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ski), critical=False
            )
            .sign(key, keys.signature_hash(key))
        )
        return cls(certificate=certificate, key=key)

    def intermediate(
        self,
        purpose: str,
        *,
        key: PrivateKey | None = None,
        key_type: KeyType = KeyType.P256,
        lifetime: timedelta = INTERMEDIATE_LIFETIME,
        organization: str = ORGANIZATION,
        now: datetime | None = None,
    ) -> "Authority":
        """An intermediate CA, with ``key`` or a new one; path length 0: it issues leaves only."""
        key = key or keys.generate(key_type)
        ski = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        certificate = (
            profile.authority(
                profile.authority_name(organization, f"{purpose} issuing CA", ski),
                issuer=self.certificate.subject,
                public_key=key.public_key(),
                path_length=0,
                period=self.period_within(lifetime, now),
            )
            .add_extension(self.key_identifier(), critical=False)
            .sign(self.key, keys.signature_hash(self.key))
        )
        return Authority(certificate=certificate, key=key, chain=self._chain_of_issued())

    def issue_client(
        self,
        common_name: str,
        names: Sequence[x509.GeneralName],
        *,
        lifetime: timedelta = CLIENT_LIFETIME,
        organization: str | None = None,
        key: PrivateKey | None = None,
        key_type: KeyType = KeyType.P256,
        usages: Sequence[x509.ObjectIdentifier] = (ExtendedKeyUsageOID.CLIENT_AUTH,),
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        now: datetime | None = None,
    ) -> Credential:
        """A client certificate with a new key, or with ``key``.

        ``not_before`` and ``not_after`` are taken without any check, so that a test can ask for a
        certificate that is expired or not valid yet; given one of them, ``lifetime`` yields
        the other.

        Raises:
            LifetimeError: the lifetime is not positive, or ends after this authority.
        """
        key = key or keys.generate(key_type)
        certificate = self.certify(
            key.public_key(),
            common_name,
            names,
            usages=usages,
            organization=organization,
            lifetime=lifetime,
            not_before=not_before,
            not_after=not_after,
            now=now,
        )
        return Credential(certificate=certificate, key=key, chain=self._chain_of_issued())

    def issue_server(
        self,
        names: Sequence[x509.DNSName | x509.IPAddress],
        *,
        lifetime: timedelta = SERVER_LIFETIME,
        now: datetime | None = None,
    ) -> Credential:
        """A server certificate for every name given; the first is its common name."""
        key = keys.generate()
        certificate = self.certify(
            key.public_key(),
            str(names[0].value),
            names,
            usages=(ExtendedKeyUsageOID.SERVER_AUTH,),
            lifetime=lifetime,
            now=now,
        )
        return Credential(certificate=certificate, key=key, chain=self._chain_of_issued())

    def certify(
        self,
        public_key: PublicKey,
        common_name: str,
        names: Sequence[x509.GeneralName],
        *,
        usages: Sequence[x509.ObjectIdentifier],
        lifetime: timedelta,
        organization: str | None = None,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        now: datetime | None = None,
    ) -> x509.Certificate:
        """Sign a leaf for a public key; the private key may be elsewhere."""
        if not_before is not None:
            period = not_before, not_after or not_before + lifetime
        elif not_after is not None:
            period = not_after - lifetime, not_after
        else:
            period = self.period_within(lifetime, now)
        return self._signed(
            profile.leaf(
                profile.leaf_name(common_name, organization),
                names,
                issuer=self.certificate.subject,
                public_key=public_key,
                usages=usages,
                period=period,
            )
        )

    def recertify(
        self,
        public_key: PublicKey,
        predecessor: x509.Certificate,
        *,
        lifetime: timedelta,
        extension: x509.ExtensionType,
        now: datetime | None = None,
    ) -> x509.Certificate:
        """Sign a client certificate with the names of ``predecessor`` and a further extension."""
        builder = profile.leaf(
            predecessor.subject,
            tuple(find_extension(predecessor, x509.SubjectAlternativeName) or ()),
            issuer=self.certificate.subject,
            public_key=public_key,
            usages=(ExtendedKeyUsageOID.CLIENT_AUTH,),
            period=self.period_within(lifetime, now),
        ).add_extension(extension, critical=False)
        return self._signed(builder)

    def _signed(self, builder: x509.CertificateBuilder) -> x509.Certificate:
        return builder.add_extension(self.key_identifier(), critical=False).sign(
            self.key, keys.signature_hash(self.key)
        )

    def _chain_of_issued(self) -> tuple[x509.Certificate, ...]:
        # The root is not sent: a verifier trusts its own copy or none.
        if self.certificate.issuer == self.certificate.subject:
            return ()
        return (self.certificate, *self.chain)

    def key_identifier(self) -> x509.AuthorityKeyIdentifier:
        """Of what it signs. Raises KeyIdentifierMissingError."""
        ski = find_extension(self.certificate, x509.SubjectKeyIdentifier)
        if ski is None:
            raise KeyIdentifierMissingError(self.certificate)
        return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ski)

    def period_within(
        self, lifetime: timedelta, now: datetime | None = None
    ) -> tuple[datetime, datetime]:
        """From when to when a certificate of that lifetime counts; LifetimeError if too long."""
        start, end = _period(lifetime, now)
        limit = self.certificate.not_valid_after_utc
        if end > limit:
            raise LifetimeError(
                f"A certificate until {end:%Y-%m-%d %H:%M} UTC would end after its issuer "
                f"{self.certificate.subject.rfc4514_string()}, which ends at "
                f"{limit:%Y-%m-%d %H:%M} UTC. Choose a shorter lifetime, or renew the authority "
                "first: portcullis certs init --force"
            )
        # Some verifiers refuse a certificate that starts before its issuer.
        return max(start, self.certificate.not_valid_before_utc), end


def _period(lifetime: timedelta, now: datetime | None) -> tuple[datetime, datetime]:
    if lifetime <= timedelta(0):
        raise LifetimeError(
            f"The lifetime must be positive, but is {lifetime}. Choose one like --days 90 or "
            "--hours 12."
        )
    now = moment(now).replace(microsecond=0)  # X.509 counts whole seconds
    return now - CLOCK_SKEW, now + lifetime

"""Makes the certificates of the local stack where they are missing or due for renewal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from portcullis.pki import (
    atomic,
    client_files,
    hierarchy,
    inventory,
    issuance,
    keys,
    names,
    passphrase,
    validity,
)
from portcullis.pki.authority import CLIENT_LIFETIME, SERVER_LIFETIME, Authority
from portcullis.pki.clock import moment
from portcullis.pki.credential import to_pem
from portcullis.pki.errors import KeyExposedError, PkiError, PkiMisuseError
from portcullis.pki.hierarchy import Hierarchy
from portcullis.pki.issuance import ClientRequest
from portcullis.pki.layout import ClientFiles, PkiLayout, Purpose, ServerFiles


@dataclass(frozen=True, kw_only=True)
class LaptopPki:
    """Paths only. ``server_certificate`` covers every host; PEM files hold leaf and chain."""

    ca_file: Path
    truststore_file: Path
    server_certificate: Path
    server_key: Path
    clients: Mapping[str, ClientFiles]


def ensure(
    pki_dir: Path,
    *,
    hosts: Sequence[str],
    clients: Mapping[str, str],
    now: datetime | None = None,
) -> LaptopPki:
    """Everything the local stack needs, valid and belonging together; ``clients``: id to SAN URI.

    A leaf that is missing, due for renewal, for other names, or not from the present authority is
    issued again. An authority is made only where there is none.

    Raises:
        PkiError: the authority there is incomplete, broken, expired or not what the truststore
            trusts; it is never replaced by this function.
        PkiMisuseError: a host, client id or SAN URI that cannot be used.
    """
    if not hosts:
        raise PkiMisuseError("The server certificate needs at least one host, such as localhost.")
    plan = _Plan(
        layout=PkiLayout(pki_dir),
        hosts=tuple(dict.fromkeys(names.host(host) for host in hosts)),
        server=PkiLayout(pki_dir).server(hosts[0]),
        clients={names.client_id(client): names.san_uri(uri) for client, uri in clients.items()},
        now=moment(now),
    )
    if not plan.is_fulfilled():
        with atomic.exclusive(pki_dir):
            atomic.remove_drafts(pki_dir)
            plan.fulfil()
    return LaptopPki(
        ca_file=plan.layout.server_ca,
        truststore_file=plan.layout.truststore,
        server_certificate=plan.server.certificate,
        server_key=plan.server.key,
        clients={client: plan.layout.client(client) for client in plan.clients},
    )


_PURPOSES: Final = (Purpose.CLIENT, Purpose.SERVER)


@dataclass(frozen=True, kw_only=True)
class _Plan:
    layout: PkiLayout
    hosts: tuple[x509.DNSName | x509.IPAddress, ...]
    server: ServerFiles
    clients: Mapping[str, x509.UniformResourceIdentifier]
    now: datetime

    def is_fulfilled(self) -> bool:
        """Reads without a lock, so that a start with good certificates never waits."""
        try:
            loaded = {p: hierarchy.load(self.layout, p, self.now) for p in _PURPOSES}
        except PkiError:
            return False  # another process may be changing it: checked again under the lock
        return (
            all(self._anchors_are_good(p, loaded[p]) for p in _PURPOSES)
            and self._server_is_good(loaded[Purpose.SERVER].issuing)
            and all(self._client_is_good(c, loaded[Purpose.CLIENT].issuing) for c in self.clients)
        )

    def fulfil(self) -> None:
        loaded = {}
        for purpose in _PURPOSES:
            if hierarchy.exists(self.layout.authority(purpose)):
                loaded[purpose] = hierarchy.load(self.layout, purpose, self.now)
                hierarchy.write_missing_anchors(self.layout, purpose, loaded[purpose])
            else:
                (made,) = hierarchy.create_all(self.layout, [purpose], now=self.now)
                loaded[purpose] = made.hierarchy
        if not self._server_is_good(loaded[Purpose.SERVER].issuing):
            self._issue_server(loaded[Purpose.SERVER].issuing)
        for client in self.clients:
            if not self._client_is_good(client, loaded[Purpose.CLIENT].issuing):
                self._issue_client(client, loaded[Purpose.CLIENT].issuing)

    def _anchors_are_good(self, purpose: Purpose, trusted: Hierarchy) -> bool:
        path = self.layout.anchors(purpose)
        return path.exists() and hierarchy.anchors_are_in(atomic.read(path), trusted, purpose)

    def _server_is_good(self, authority: Authority) -> bool:
        san = _san_of_good_leaf(self.server, authority, self.now)
        return san is not None and set(self.hosts).issubset(san)

    def _client_is_good(self, client: str, authority: Authority) -> bool:
        files = self.layout.client(client)
        san = _san_of_good_leaf(files, authority, self.now)
        return (
            san == {self.clients[client]} and files.pfx.is_file() and files.pfx_passphrase.is_file()
        )

    def _issue_server(self, authority: Authority) -> None:
        credential = authority.issue_server(
            self.hosts, lifetime=min(SERVER_LIFETIME, self._left(authority)), now=self.now
        )
        atomic.make_private_folder(self.server.certificate.parent)
        atomic.write_together(
            self.server.marker,
            private={self.server.key: credential.key_pem},
            public={self.server.certificate: credential.certificate_pem},
        )

    def _issue_client(self, client: str, authority: Authority) -> None:
        request = ClientRequest(
            client=client,
            names=(self.clients[client],),
            lifetime=min(CLIENT_LIFETIME, self._left(authority)),
        )
        with inventory.opened(self.layout) as known:
            credential = issuance.make(authority, request, now=self.now)
            known.put_on_record(credential.certificate)
        # The run is unattended, and the unencrypted key is beside the PFX anyway.
        client_files.write(
            self.layout.client(client),
            credential,
            client,
            passphrase.generate(),
            keep_passphrase=True,
        )

    def _left(self, authority: Authority) -> timedelta:
        return authority.certificate.not_valid_after_utc - self.now.replace(microsecond=0)


def _san_of_good_leaf(
    files: ServerFiles | ClientFiles, authority: Authority, now: datetime
) -> set[x509.GeneralName] | None:
    """The names in a certificate that may go on being used, or None for one to be replaced."""
    if files.marker.exists() or not (files.certificate.exists() and files.key.exists()):
        return None
    try:
        content = atomic.read(files.certificate)
        leaf = x509.load_pem_x509_certificate(content)
        key = keys.from_pem(atomic.read_private(files.key))
        leaf.verify_directly_issued_by(authority.certificate)
        san = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (
        KeyExposedError,
        ValueError,
        TypeError,
        InvalidSignature,
        UnsupportedAlgorithm,
        x509.ExtensionNotFound,
    ):
        return None  # a new certificate repairs each of these
    is_good = (
        content == to_pem(leaf, authority.certificate)
        and keys.belongs(key, leaf.public_key())
        and validity.validity(leaf, now=now) is validity.Validity.VALID
    )
    return set(san) if is_good else None

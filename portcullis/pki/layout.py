"""The paths below the PKI folder. Nothing here reads or writes."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from portcullis.pki import names

DEFAULT_FOLDER: Final = Path(".portcullis/pki")


class Purpose(StrEnum):
    """The two hierarchies, separate so that a server certificate is never a client certificate.

    CLIENT signs client certificates and is the truststore; SERVER stands for ACM on a laptop.
    """

    CLIENT = "client"
    SERVER = "server"


@dataclass(frozen=True, kw_only=True)
class AuthorityFiles:
    """One hierarchy. Every path is below ``folder``, which is created and moved as a whole."""

    folder: Path
    root: Path
    root_key: Path
    intermediate: Path
    intermediate_key: Path
    intermediate_kms: Path  # instead of both keys: the ARN of the issuing CA's key in AWS KMS
    issued: Path  # a folder: one PEM file per certificate, named by serial number
    crl: Path
    revocations: Path  # the revoked certificates as written by 0.1 before it had an inventory

    @classmethod
    def below(cls, folder: Path) -> "AuthorityFiles":
        return cls(
            folder=folder,
            root=folder / "root.pem",
            root_key=folder / "root.key",
            intermediate=folder / "intermediate.pem",
            intermediate_key=folder / "intermediate.key",
            intermediate_kms=folder / "intermediate.kms",
            issued=folder / "issued",
            crl=folder / "crl.pem",
            revocations=folder / "revocations.json",
        )


@dataclass(frozen=True, kw_only=True)
class ServerFiles:
    """The certificate of a server, or of a gateway that calls one."""

    certificate: Path  # leaf, then the chain without the root
    key: Path  # mode 0600
    marker: Path  # see atomic.write_together

    @classmethod
    def below(cls, folder: Path, stem: str) -> "ServerFiles":
        return cls(
            certificate=folder / f"{stem}.pem",
            key=folder / f"{stem}.key",
            marker=folder / f".{stem}.incomplete",
        )


@dataclass(frozen=True, kw_only=True)
class ClientFiles:
    """``pfx_passphrase`` exists only where the PFX was made unattended, as on a laptop."""

    certificate: Path  # leaf, then the chain without the root
    key: Path
    pfx: Path
    pfx_passphrase: Path
    marker: Path  # see atomic.write_together

    @classmethod
    def below(cls, folder: Path, client: str) -> "ClientFiles":
        stem = names.client_id(client)
        return cls(
            certificate=folder / f"{stem}.pem",
            key=folder / f"{stem}.key",
            pfx=folder / f"{stem}.pfx",
            pfx_passphrase=folder / f"{stem}.pfx.passphrase",
            marker=folder / f".{stem}.incomplete",
        )


@dataclass(frozen=True)
class PkiLayout:
    folder: Path = DEFAULT_FOLDER

    @property
    def truststore(self) -> Path:
        """The gateway's truststore: the client hierarchy's intermediate and root."""
        return self.folder / "truststore.pem"

    @property
    def server_ca(self) -> Path:
        """The root that a client must trust to call the laptop: ``curl --cacert``."""
        return self.folder / "ca.pem"

    @property
    def inventory(self) -> Path:
        """The index of the certificates of every client authority; see `pki.inventory`."""
        return self.folder / "inventory.sqlite"

    @property
    def rotation(self) -> Path:
        """How far a replacement of the client authority has come; see `pki.ca_rotation`."""
        return self.folder / "rotation.json"

    @property
    def clients(self) -> Path:
        return self.folder / "clients"

    def anchors(self, purpose: Purpose) -> Path:
        return self.truststore if purpose is Purpose.CLIENT else self.server_ca

    def authority(self, purpose: Purpose) -> AuthorityFiles:
        return AuthorityFiles.below(self.folder / f"{purpose}-ca")

    @property
    def server_folder(self) -> Path:
        return self.folder / "server"

    def server(self, host: str) -> ServerFiles:
        return ServerFiles.below(self.server_folder, names.host_file_stem(host))

    def client(self, client: str) -> ClientFiles:
        return ClientFiles.below(self.clients, client)

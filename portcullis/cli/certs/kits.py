"""Makes the kits of `portcullis certs issue --from --kits`, each with a passphrase of its own."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from portcullis.cli.certs.addresses import AddressChooser
from portcullis.pki import atomic, passphrase
from portcullis.pki.kit import archive
from portcullis.pki.layout import ClientFiles


@dataclass(frozen=True, kw_only=True)
class Kits:
    """Kits in one folder, each beside its passphrase in ``CLIENT.kit.passphrase``."""

    folder: Path
    addresses: AddressChooser

    def make_missing(self, clients: Iterable[str], issued: Path) -> list[str]:
        """Make the kits that are not there for the present certificates; returns their clients.

        A run that is killed is completed by the next one: the passphrase is written first, and a
        kit without its passphrase is not left.
        """
        made = []
        for client in clients:
            kit = self.folder / archive.file_name(client)
            secret = kit.with_name(f"{client}.kit.passphrase")
            files = ClientFiles.below(issued, client)
            if secret.exists() and archive.is_for(kit, client, atomic.read(files.certificate)):
                continue
            atomic.make_private_folder(self.folder)
            atomic.move_aside(kit)
            atomic.move_aside(secret)
            phrase = passphrase.generate()
            atomic.write_private(secret, phrase.encode() + b"\n")
            credential = archive.credential_in(files)
            atomic.write_private(
                kit, archive.make(client, credential, self.addresses.choose(client), phrase)
            )
            made.append(client)
        return made

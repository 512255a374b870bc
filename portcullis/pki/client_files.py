"""Writes a client's certificate, key and PFX."""

from portcullis.pki import atomic, pfx
from portcullis.pki.credential import Credential
from portcullis.pki.layout import ClientFiles
from portcullis.pki.pfx import PfxEncoding


def write(
    files: ClientFiles,
    credential: Credential,
    friendly_name: str,
    passphrase: str,
    *,
    encoding: PfxEncoding = PfxEncoding.MODERN,
    keep_passphrase: bool = False,
) -> None:
    """Write PEM, key and PFX in one step; with ``keep_passphrase`` also the passphrase."""
    atomic.make_private_folder(files.certificate.parent)
    private = {
        files.key: credential.key_pem,
        files.pfx: pfx.encode(credential, friendly_name, passphrase, encoding),
    }
    if keep_passphrase:
        private[files.pfx_passphrase] = passphrase.encode() + b"\n"
    atomic.write_together(
        files.marker, private=private, public={files.certificate: credential.certificate_pem}
    )

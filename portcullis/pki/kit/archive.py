"""Makes the zip of a kit, and says which certificate a kit is for."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from portcullis.pki import atomic, facts, keys, pfx
from portcullis.pki.clock import moment
from portcullis.pki.credential import Credential, to_pem
from portcullis.pki.errors import CertificateFileError
from portcullis.pki.kit import mobileconfig, page
from portcullis.pki.kit.address import ApiAddress
from portcullis.pki.layout import ClientFiles
from portcullis.pki.pfx import PfxEncoding

# The programs of docs/guide/calling.md; ".txt", because they are not modules of this package.
_PROGRAMS: Final = Path(__file__).with_name("programs")
_UNIX: Final = 3  # PKWARE APPNOTE 4.4.2: who made the entry, so that its mode counts


def file_name(client: str) -> str:
    return f"{client}.kit.zip"


def make(client: str, credential: Credential, address: ApiAddress, passphrase: str) -> bytes:
    """The zip. Whatever holds the private key is encrypted with the passphrase."""
    modern = pfx.encode(credential, client, passphrase)
    legacy = pfx.encode(credential, client, passphrase, PfxEncoding.LEGACY)
    described = facts.of(credential.certificate)
    contents = {
        "README.html": page.render(client, address, described).encode(),
        f"{client}.pem": credential.certificate_pem,
        f"{client}.encrypted.key": credential.key.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase.encode())
        ),
        "chain.pem": to_pem(*credential.chain),
        f"{client}.pfx": modern,
        f"{client}.legacy.pfx": legacy,
        f"{client}.mobileconfig": mobileconfig.profile(client, address, credential, passphrase),
    }
    if address.server_ca is not None:
        contents["server-ca.pem"] = address.server_ca
    for program in sorted(_PROGRAMS.iterdir()):
        contents[f"programs/{program.stem}"] = program.read_bytes()
    return _zip(f"{client}-kit", contents)


def credential_in(files: ClientFiles) -> Credential:
    """The certificate and the key that `certs issue` wrote.

    Raises:
        CertificateFileError: they cannot be parsed, or do not belong together.
        KeyExposedError: others can read the key.
    """
    pem, key_pem = atomic.read(files.certificate), atomic.read_private(files.key)
    try:
        leaf, *chain = x509.load_pem_x509_certificates(pem)
        key = keys.from_pem(key_pem)
    except ValueError:
        raise CertificateFileError(
            f"{files.certificate} and {files.key} are not a certificate and its unencrypted key "
            "in PEM. Name the folder that `portcullis certs issue` wrote to: --files DIR"
        ) from None
    if not keys.belongs(key, leaf.public_key()):
        raise CertificateFileError(
            f"{files.key} is not the key of {files.certificate}. Issue both again: portcullis "
            f"certs renew {files.certificate.stem} --out {files.certificate.parent}"
        )
    return Credential(certificate=leaf, key=key, chain=tuple(chain))


def is_for(path: Path, client: str, certificate_pem: bytes) -> bool:
    """Whether the kit is there and holds this certificate."""
    if not path.is_file():
        return False
    try:
        with atomic.reported(path), zipfile.ZipFile(path) as archive:
            return archive.read(f"{client}-kit/{client}.pem") == certificate_pem
    except (zipfile.BadZipFile, KeyError):
        return False


def _zip(folder: str, contents: Mapping[str, bytes]) -> bytes:
    now = moment().timetuple()[:6]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            entry = zipfile.ZipInfo(f"{folder}/{name}", now)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = _UNIX
            entry.external_attr = (0o100000 | atomic.PRIVATE_FILE) << 16
            archive.writestr(entry, content)
    return buffer.getvalue()

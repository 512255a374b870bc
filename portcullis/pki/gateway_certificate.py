"""The client certificate that an API gateway presents to its backend, in the form of AWS's.

Those are self-signed, valid for 365 days, have no extensions, and all have the same name. Only the
kind of the key differs: AWS's are RSA.
Source: API Gateway Developer Guide, "Generate and configure an SSL certificate for backend
authentication in API Gateway"; the name and the missing extensions are captured.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from portcullis.pki import atomic, keys
from portcullis.pki.clock import moment
from portcullis.pki.credential import Credential
from portcullis.pki.errors import KeyExposedError
from portcullis.pki.layout import ServerFiles
from portcullis.pki.validity import Validity, validity

LIFETIME: Final = timedelta(days=365)
NAME: Final = x509.Name(
    [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "US"),
        x509.NameAttribute(NameOID.LOCALITY_NAME, "Seattle"),
        x509.NameAttribute(NameOID.COMMON_NAME, "ApiGateway"),
    ]
)


def create(now: datetime | None = None) -> Credential:
    """A new certificate with its private key."""
    key = keys.generate()
    start = moment(now).replace(microsecond=0)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(NAME)
        .issuer_name(NAME)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + LIFETIME)
        .sign(key, keys.signature_hash(key))
    )
    return Credential(certificate=certificate, key=key)


def ensure(folder: Path, name: str, now: datetime | None = None) -> ServerFiles:
    """The certificate of this name in a folder; a new one where it is missing, broken or due.

    Only for a folder that one process at a time writes.
    """
    files = ServerFiles.below(folder, name)
    if files.marker.exists() or not _is_good(files, now):
        credential = create(now)
        atomic.make_private_folder(folder)
        atomic.write_together(
            files.marker,
            private={files.key: credential.key_pem},
            public={files.certificate: credential.certificate_pem},
        )
    return files


def _is_good(files: ServerFiles, now: datetime | None) -> bool:
    if not (files.certificate.exists() and files.key.exists()):
        return False
    try:
        certificate = x509.load_pem_x509_certificate(atomic.read(files.certificate))
        key = keys.from_pem(atomic.read_private(files.key))
    except (KeyExposedError, ValueError):
        return False
    return (
        keys.belongs(key, certificate.public_key())
        and validity(certificate, now=now) is Validity.VALID
    )

"""A client certificate that the laptop issues and then revokes, for the attack matrix."""

from pathlib import Path

from cryptography import x509

from portcullis.pki import facts
from portcullis.registry.file_store import FileStore
from portcullis.registry.store import Revocation, revoke

REVOKED_CLIENT = "revoked"


def registry_that_revokes(original: Path, certificate: Path, folder: Path) -> Path:
    """A copy of the stack's client registry in ``folder``, with this certificate revoked in it.

    The thumbprint is known only once the certificate has been issued, so it cannot stand in the
    file that is under version control.

    Raises:
        RegistryError, EditError: the registry is wrong, or cannot be edited safely.
    """
    copy = folder / original.name
    copy.write_bytes(original.read_bytes())
    leaf = x509.load_pem_x509_certificate(certificate.read_bytes())
    revocation = Revocation(
        certificate=facts.thumbprint(leaf), reason="the revoked client of this laptop"
    )
    FileStore(copy).plan(revoke(revocation)).write()
    return copy

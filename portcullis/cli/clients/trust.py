"""Says where the truststore of a stack does not lead to a client's certificate."""

from pathlib import Path

from portcullis.cli.clients.certificates import read_certificates
from portcullis.cli.clients.project import stack_of_table, truststore_of
from portcullis.errors import PortcullisError
from portcullis.pki.truststore.issuers import is_issued_by


def untrusted(certificate: Path, file: Path | None, stack: str, table: str | None) -> str | None:
    """A note for a person; None where an issuer is trusted, or where the stack is not known.

    API Gateway refuses such a certificate in the handshake, so the authorizer never sees it. An
    issuing CA that the client sends counts as well, if it is in the file.
    """
    owner = stack_of_table(table) if table else stack
    if file is not None or owner is None:
        return None
    try:
        path = truststore_of(owner)
        issuers = [] if path is None else read_certificates(path)
    except PortcullisError:  # the next deploy reports it
        return None
    shown = read_certificates(certificate)
    if not issuers or any(is_issued_by(one, issuer) for one in shown for issuer in issuers):
        return None
    return (
        f"No CA in {path} issued the certificate in {certificate}, so API Gateway refuses it. Add "
        f"its issuers: portcullis certs bundle {path} FILE --out TRUSTSTORE"
    )

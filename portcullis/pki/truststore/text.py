"""Checks a truststore as a file, before any certificate in it is read."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from portcullis.pki import certificate_file, pem
from portcullis.pki.truststore.finding import Finding, Severity

MAX_BYTES: Final = 1000 * 1000  # "1000 KB"; the smaller of the two readings

_PRIVATE: Final = re.compile(rb"-----BEGIN [^\r\n-]*PRIVATE KEY")


def check_text(content: bytes) -> Iterator[Finding]:
    """Size, private keys, PEM structure."""

    def bundle_error(code: str, message: str) -> Finding:
        return Finding(severity=Severity.ERROR, code=code, subject="bundle", message=message)

    if len(content) >= MAX_BYTES:
        yield bundle_error(
            "too-large",
            f"The bundle has {len(content)} bytes; API Gateway reads less than {MAX_BYTES}. Remove "
            "certificates that no client needs.",
        )
    if _PRIVATE.search(content):
        yield bundle_error(
            "private-key",
            "The bundle holds a private key, and it is uploaded to S3. Remove the key; if the file "
            "was shared or committed, replace the authority: portcullis certs init --force",
        )
    rest = pem.outside(content)
    if b"-----BEGIN " in rest or b"-----END " in rest:
        yield bundle_error(
            "malformed-pem",
            "A PEM block has no end, no beginning, or two different labels: the file was cut or "
            "badly joined. Copy the certificates again.",
        )
    elif next(pem.blocks(content), None) is None:
        if content.strip():
            yield bundle_error(
                "not-pem",
                "The bundle has no PEM certificate. "
                + certificate_file.pem_command(Path("FILE"), content),
            )
        else:
            yield bundle_error(
                "empty",
                "The bundle is empty, so no client would be trusted. Put the issuing CA and its "
                "root into it: portcullis certs init",
            )
    elif not content.isascii() or b"\0" in content:
        yield bundle_error(
            "not-ascii",
            "There are zero bytes or characters outside ASCII between the PEM blocks, perhaps a "
            "byte order mark. Remove them.",
        )
    elif rest.strip():
        yield Finding(
            severity=Severity.WARNING,
            code="text-outside-pem",
            subject="bundle",
            message="There is text outside the PEM blocks. API Gateway does not document that it "
            "skips such text: remove it.",
        )

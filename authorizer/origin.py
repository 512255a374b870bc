"""The extension of a renewed certificate that names the certificate its line began with.

A certificate that a client renews itself gets a successor with another thumbprint. The successor
carries the thumbprint of the first certificate, so a revocation of that thumbprint refuses every
successor too: also one that the finder of a stolen key had made before the revocation. The
extension only adds refusals, so one that another CA of the truststore wrote lets nothing in.

It is only as good as the CA that signed it. A CA whose certificates are renewed here, such as a
predecessor in the authority's file, can name any first certificate, and the successors carry that
on: a revocation by thumbprint may then miss them. Revoke the client, or remove that CA.
"""

import base64
from collections.abc import Sequence
from typing import Final

from cryptography import x509

# Of the arc of random UUIDs, which needs no registration: ITU-T X.667 section 7.
OID: Final = x509.ObjectIdentifier("2.25.147695788320994212007663842813209071699")
_OCTET_STRING: Final = 0x04
_DIGEST_BYTES: Final = 32
# A certificate and its twin (`authorizer.twin`): its holder chooses which of them is renewed.
_LENGTHS: Final = (_DIGEST_BYTES, 2 * _DIGEST_BYTES)


def extension(thumbprints: Sequence[str]) -> x509.UnrecognizedExtension:
    """The extension of a successor, from one or two thumbprints."""
    digests = b"".join(base64.urlsafe_b64decode(one + "=") for one in thumbprints)
    return x509.UnrecognizedExtension(OID, bytes((_OCTET_STRING, len(digests))) + digests)


def origins(extensions: x509.Extensions) -> tuple[str, ...]:
    """The thumbprints in the extension; none without it.

    Raises:
        ValueError: the extension is not what `extension` writes.
    """
    found = next((one.value for one in extensions if one.oid == OID), None)
    if found is None:
        return ()
    value = found.value if isinstance(found, x509.UnrecognizedExtension) else b""
    header, digests = value[:2], value[2:]
    if header != bytes((_OCTET_STRING, len(digests) % 256)) or len(digests) not in _LENGTHS:
        raise ValueError("the origin must be an octet string of one or two digests")
    return tuple(
        base64.urlsafe_b64encode(digests[start : start + _DIGEST_BYTES])
        .rstrip(b"=")
        .decode("ascii")
        for start in range(0, len(digests), _DIGEST_BYTES)
    )

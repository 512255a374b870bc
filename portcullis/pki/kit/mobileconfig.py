"""The configuration profile that installs a client's certificate on iOS, iPadOS and macOS.

Source: Apple Developer, "Configuration Profile Reference", payload com.apple.security.pkcs12.
"""

import plistlib
import uuid

from portcullis.pki.kit.address import ApiAddress


def profile(client: str, address: ApiAddress, thumbprint: str, legacy_pfx: bytes) -> bytes:
    """A profile without the passphrase, so that the device asks for it.

    It takes the legacy PFX, because some versions of Apple's importer cannot decrypt the modern
    one. The thumbprint makes a profile of the same certificate replace the one installed before.
    """
    identifier = f"{address.name}.{client}"
    payload = {
        "PayloadType": "com.apple.security.pkcs12",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"{identifier}.certificate",
        "PayloadUUID": _uuid(f"{thumbprint} certificate"),
        "PayloadDisplayName": f"{client} at {address.name}",
        "PayloadCertificateFileName": f"{client}.legacy.pfx",
        "PayloadContent": legacy_pfx,
    }
    return plistlib.dumps(
        {
            "PayloadType": "Configuration",
            "PayloadVersion": 1,
            "PayloadIdentifier": identifier,
            "PayloadUUID": _uuid(thumbprint),
            "PayloadDisplayName": f"{client} at {address.name}",
            "PayloadDescription": f"Client certificate for https://{address.host}",
            "PayloadRemovalDisallowed": False,
            "PayloadContent": [payload],
        }
    )


def _uuid(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name)).upper()

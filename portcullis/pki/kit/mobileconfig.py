"""The configuration profile that installs a client's certificate on iOS, iPadOS and macOS.

Source: Apple's schemas in github.com/apple/device-management, mdm/profiles: TopLevel,
CommonPayloadKeys, com.apple.security.pkcs12.
"""

import plistlib
import uuid
from dataclasses import replace

from portcullis.pki import facts, pfx
from portcullis.pki.credential import Credential
from portcullis.pki.kit.address import ApiAddress
from portcullis.pki.pfx import PfxEncoding


def profile(client: str, address: ApiAddress, credential: Credential, passphrase: str) -> bytes:
    """A profile without the passphrase, so that the device asks for it.

    It holds a PFX without the chain ("Only one certificate may be included"), and in the legacy
    encryption, because some versions of Apple's importer cannot decrypt the modern one. The
    thumbprint makes a profile of the same certificate replace the one installed before.
    """
    legacy = pfx.encode(replace(credential, chain=()), client, passphrase, PfxEncoding.LEGACY)
    thumbprint = facts.thumbprint(credential.certificate)
    identifier = ".".join((*reversed(address.name.split(".")), client))  # reverse-DNS style
    payload = {
        "PayloadType": "com.apple.security.pkcs12",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"{identifier}.certificate",
        "PayloadUUID": _uuid(f"{thumbprint} certificate"),
        "PayloadDisplayName": f"{client} at {address.name}",
        "PayloadCertificateFileName": f"{client}.pfx",
        "PayloadContent": legacy,
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

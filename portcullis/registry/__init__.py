"""Reads and checks the client registry, ``clients.<stack>.yaml``, before a deploy.

`load` reads the file; `ClientRegistry.to_json` is the form in the authorizer's zip.
"""

from portcullis.registry.errors import RegistryError
from portcullis.registry.model import (
    Client,
    ClientRegistry,
    ClientStatus,
    DistinguishedName,
    Identity,
    IdentityKind,
    RevokedCertificate,
    RevokedSerialNumber,
)
from portcullis.registry.yaml_format import load

__all__ = [
    "Client",
    "ClientRegistry",
    "ClientStatus",
    "DistinguishedName",
    "Identity",
    "IdentityKind",
    "RegistryError",
    "RevokedCertificate",
    "RevokedSerialNumber",
    "load",
]

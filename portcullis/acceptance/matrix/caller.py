"""The client certificates that a case can present."""

from enum import StrEnum
from typing import Final


class CaseCaller(StrEnum):
    """Which client certificate is presented."""

    NONE = "no certificate"
    CLIENT = "a client that may read and write"
    READER = "a client that may only read"
    SUSPENDED = "a suspended client"
    UNREGISTERED = "a certificate of the same issuer, in no registry"
    REVOKED = "a revoked certificate"
    EXPIRED = "the client's certificate, expired"
    NOT_YET_VALID = "the client's certificate, not valid yet"
    SERVER_USAGE = "the client's names, for servers only"
    WEAK_KEY = "the client's names, RSA-1024"
    WEAK_SIGNATURE = "the client's names, signed with SHA-1"
    UNKNOWN_ISSUER = "the client's names, from an unknown CA"
    LOOKALIKE_ISSUER = "the client's names, from a CA that only bears the issuer's name"
    ISSUED_BY_CLIENT = "the client's names, signed with a client's key"
    SELF_SIGNED = "the client's names, self-signed"


# The names of these clients in the laptop's run description.
CLIENT_IDS: Final = {
    CaseCaller.CLIENT: "pet-shop",
    CaseCaller.READER: "pet-viewer",
    CaseCaller.SUSPENDED: "pet-hotel",
    CaseCaller.UNREGISTERED: "stranger",
}
MADE_BY_THE_ISSUER: Final = frozenset(
    {
        CaseCaller.EXPIRED,
        CaseCaller.NOT_YET_VALID,
        CaseCaller.SERVER_USAGE,
        CaseCaller.WEAK_KEY,
        CaseCaller.WEAK_SIGNATURE,
    }
)

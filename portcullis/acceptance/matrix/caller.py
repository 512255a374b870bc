"""The client certificates that a case can present."""

from enum import StrEnum
from typing import Final


class CaseCaller(StrEnum):
    """Which client certificate is presented."""

    NONE = "no certificate"
    CLIENT = "a client with the scope"
    OTHER_CLIENT = "another client with the scope"
    WITHOUT_SCOPE = "a client without the scope"
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


# Clients of the registry; the target chooses one by the scope of the request.
REGISTERED: Final = frozenset(
    {
        CaseCaller.CLIENT,
        CaseCaller.OTHER_CLIENT,
        CaseCaller.WITHOUT_SCOPE,
        CaseCaller.SUSPENDED,
    }
)
MADE_BY_THE_ISSUER: Final = frozenset(
    {
        CaseCaller.EXPIRED,
        CaseCaller.NOT_YET_VALID,
        CaseCaller.SERVER_USAGE,
        CaseCaller.WEAK_KEY,
        CaseCaller.WEAK_SIGNATURE,
    }
)

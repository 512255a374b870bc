"""The gates of the chain, and the header in which a gateway response names its gate."""

from enum import StrEnum
from typing import Final

GATE_HEADER: Final = "x-portcullis-layer"


class Gate(StrEnum):
    """The gate that must end the call."""

    TLS = "tls"
    HTTP = "http"  # the HTTP parser of the listener, before any gate
    TRUSTSTORE = "truststore"
    CUSTOM_DOMAIN = "custom-domain"
    DEFAULT_ENDPOINT = "default-endpoint"
    WEB_ACL = "web-acl"
    ROUTE = "route"
    AUTHORIZER = "authorizer"
    VALIDATION = "validation"
    INTEGRATION = "integration"
    BACKEND = "backend"


# These gates end a call before the authorizer learns of it.
BEFORE_THE_AUTHORIZER: Final = frozenset(
    {
        Gate.TLS,
        Gate.HTTP,
        Gate.TRUSTSTORE,
        Gate.CUSTOM_DOMAIN,
        Gate.DEFAULT_ENDPOINT,
        Gate.WEB_ACL,
        Gate.ROUTE,
    }
)
# Answers of these gates are gateway responses, and each names its gate in GATE_HEADER.
NAMED_GATES: Final = frozenset(
    {Gate.WEB_ACL, Gate.ROUTE, Gate.AUTHORIZER, Gate.VALIDATION, Gate.INTEGRATION}
)

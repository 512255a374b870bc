"""What a case needs beyond the gateway and one client."""

from enum import StrEnum


class Need(StrEnum):
    """One need. Its text is the reason for skipping a case."""

    PKI = "needs the issuer's key to make this certificate; name its folder with --pki"
    UNREGISTERED = "needs a certificate of the issuer for a client in no registry"
    REVOKED = "needs a revoked certificate, which this stack does not offer"
    OTHER_ADDRESS = "needs a second source address, which only loopback gives away"
    DEFAULT_ENDPOINT = "needs the execute-api address; name it with --default-endpoint"
    BACKEND = "needs to reach the backend past the gateway"
    TAP = "needs the record of what the gateway sent to the backend, which only a laptop keeps"
    CHANGES_DATA = "may change data of a deployed stack; allow it with --allow-changes"
    GATE_LOG = "needs the log of each answer's reason, which only a laptop keeps"
    CONTROL = "needs to stop and start parts of the stack"
    BACKEND_PROCESS = "needs a backend that the laptop can stop: start it with --backend COMMAND"
    KMS = "needs the signing key itself, to make a token with one fault"
    SHORT_TIMEOUT = "needs a backend timeout of 5 seconds or less"

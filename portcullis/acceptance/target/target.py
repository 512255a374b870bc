"""What the matrix attacks: the running laptop, or a deployed stack."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from portcullis.acceptance.matrix.caller import CLIENT_IDS, CaseCaller
from portcullis.acceptance.matrix.need import Need
from portcullis.acceptance.target.addresses import SourceAddresses
from portcullis.acceptance.target.limits import StackLimits
from portcullis.acceptance.wire.connection import Peer, Presented

REVOKED_CLIENT: Final = "revoked"
MAX_BACKEND_SECONDS: Final = 5.0  # a longer timeout would make the matrix wait for too long


class TargetKind(StrEnum):
    LAPTOP = "laptop"
    AWS = "aws"


@dataclass(frozen=True, kw_only=True)
class TargetSigningKey:
    """The laptop's KMS and the key that signs tokens, to make tokens with exactly one fault."""

    endpoint: str
    key_arn: str


@dataclass(frozen=True, kw_only=True)
class Target:
    """Everything that cases may use. A case that needs a field which is None is skipped."""

    kind: TargetKind
    gateway: Peer
    clients: Mapping[str, Presented]
    default_endpoint: Peer | None = None
    backend: Peer | None = None
    backend_identity: Presented | None = None  # what the gateway presents to the backend
    backend_server: Presented | None = None  # what the backend listens with
    control: Path | None = None
    pki: Path | None = None
    issuer: str = ""
    audience: str = ""
    jwks: Path | None = None
    kms: TargetSigningKey | None = None
    limits: StackLimits | None = None
    sources: SourceAddresses | None = None  # None: the system chooses the source address
    stage: str = ""
    backend_timeout_seconds: float | None = None

    def presented(self, caller: CaseCaller) -> Presented | None:
        """The certificate of a client that the target provides."""
        name = REVOKED_CLIENT if caller is CaseCaller.REVOKED else CLIENT_IDS.get(caller, "")
        return self.clients.get(name)

    def lacks(self, need: Need) -> bool:
        """Whether a case with this need has to be skipped."""
        timeout = self.backend_timeout_seconds
        has = {
            Need.PKI: self.pki is not None,
            Need.OTHER_CLIENTS: set(CLIENT_IDS.values()) <= set(self.clients),
            Need.REVOKED: REVOKED_CLIENT in self.clients,
            Need.OTHER_ADDRESS: self.sources is not None and self.sources.blocked is not None,
            Need.DEFAULT_ENDPOINT: self.default_endpoint is not None,
            Need.BACKEND: self.backend is not None,
            Need.CONTROL: self.control is not None,
            Need.KMS: self.kms is not None,
            Need.SHORT_TIMEOUT: timeout is not None and timeout <= MAX_BACKEND_SECONDS,
        }
        return not has[need]

"""What the matrix attacks: the running laptop, or a deployed stack."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from portcullis.acceptance.generated.renewal_cases import RenewalTarget
from portcullis.acceptance.matrix.caller import CaseCaller
from portcullis.acceptance.matrix.need import Need
from portcullis.acceptance.target.addresses import SourceAddresses
from portcullis.acceptance.target.clients import CaseClients, KnownClient
from portcullis.acceptance.target.limits import StackLimits
from portcullis.acceptance.wire.connection import Peer, Presented

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
    clients: CaseClients
    contract: Path
    case_folders: tuple[Path, ...] = ()
    unregistered: Presented | None = None
    revoked: Presented | None = None
    default_endpoint: Peer | None = None
    backend: Peer | None = None
    backend_identity: Presented | None = None  # what the gateway presents to the backend
    backend_server: Presented | None = None  # what the backend listens with
    can_stop_backend: bool = False
    control: Path | None = None
    gate_log: Path | None = None
    pki: Path | None = None
    issuer: str = ""
    audience: str = ""
    jwks: Path | None = None
    kms: TargetSigningKey | None = None
    limits: StackLimits | None = None
    sources: SourceAddresses | None = None  # None: the system chooses the source address
    stage: str = ""
    backend_timeout_seconds: float | None = None
    renewal: RenewalTarget | None = None  # None: no route for it
    large_body_routes: tuple[str, ...] = ()  # that the web ACL excepts from its limit of 8 KB
    injection_matches: str = ""  # what matches injections on a laptop; empty on AWS
    allows_changes: bool = True  # calls may change the backend's data

    def client(self, caller: CaseCaller, scope: str) -> KnownClient | None:
        """The registered client of a case whose request needs ``scope``."""
        return self.clients.of(caller, scope)

    def presented(self, caller: CaseCaller, scope: str) -> Presented | None:
        """The certificate that the target provides for a caller."""
        if caller is CaseCaller.UNREGISTERED:
            return self.unregistered
        if caller is CaseCaller.REVOKED:
            return self.revoked
        client = self.client(caller, scope)
        return client.presented if client else None

    def lacks(self, need: Need) -> bool:
        """Whether a case with this need has to be skipped."""
        timeout = self.backend_timeout_seconds
        has = {
            Need.PKI: self.pki is not None,
            Need.UNREGISTERED: self.unregistered is not None,
            Need.REVOKED: self.revoked is not None,
            Need.OTHER_ADDRESS: self.sources is not None and self.sources.blocked is not None,
            Need.DEFAULT_ENDPOINT: self.default_endpoint is not None,
            Need.BACKEND: self.backend is not None,
            Need.BACKEND_PROCESS: self.can_stop_backend,
            Need.TAP: self.control is not None,
            Need.CHANGES_DATA: self.allows_changes,
            Need.GATE_LOG: self.gate_log is not None,
            Need.CONTROL: self.control is not None,
            Need.KMS: self.kms is not None,
            Need.SHORT_TIMEOUT: timeout is not None and timeout <= MAX_BACKEND_SECONDS,
        }
        return not has[need]

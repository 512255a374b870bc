"""What the matrix attacks: the running laptop, or a deployed stack."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from portcullis.acceptance.matrix.caller import CLIENT_IDS, CaseCaller
from portcullis.acceptance.matrix.need import Need
from portcullis.acceptance.wire.connection import Peer, Presented

REVOKED_CLIENT: Final = "revoked"
MAX_BACKEND_SECONDS: Final = 5.0  # a longer timeout would make the matrix wait for too long

# Loopback addresses of which one may lie outside the allow-list.
_CANDIDATES = ("127.0.1.1", "127.1.0.1", "127.200.0.1")


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
    control: Path | None = None
    pki: Path | None = None
    issuer: str = ""
    audience: str = ""
    jwks: Path | None = None
    kms: TargetSigningKey | None = None
    rate_limit: int = 0
    allowed_cidrs: tuple[str, ...] = ()
    stage: str = ""
    backend_timeout_seconds: float | None = None
    flood_sources: tuple[str, ...] = ()

    @property
    def blocked_source(self) -> str | None:
        """A source address that the allow-list does not hold."""
        if self.kind is not TargetKind.LAPTOP:
            return None
        return next((a for a in _CANDIDATES if not self._allows(a)), None)

    def _allows(self, address: str) -> bool:
        parsed = ipaddress.ip_address(address)
        networks = (ipaddress.ip_network(cidr) for cidr in self.allowed_cidrs)
        return any(parsed in network for network in networks)

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
            Need.OTHER_ADDRESS: self.blocked_source is not None,
            Need.DEFAULT_ENDPOINT: self.default_endpoint is not None,
            Need.BACKEND: self.backend is not None,
            Need.CONTROL: self.control is not None,
            Need.KMS: self.kms is not None,
            Need.SHORT_TIMEOUT: timeout is not None and timeout <= MAX_BACKEND_SECONDS,
        }
        return not has[need]

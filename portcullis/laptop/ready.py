"""The description of a running laptop: one JSON object without secrets."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from portcullis.files import replace
from portcullis.laptop.example_call import ExampleCall


@dataclass(frozen=True, kw_only=True)
class KmsKey:
    """The key that signs tokens: the KMS emulator's address and the key's ARN."""

    endpoint: str
    key: str


@dataclass(frozen=True, kw_only=True)
class BackendTlsFiles:
    """For tools on this machine: to call the backend as the gateway does, or to take its place."""

    certificate: str  # the gateway's client certificate
    key: str
    server_certificate: str
    server_key: str


@dataclass(frozen=True, kw_only=True)
class Served:
    """URLs and files, paths absolute; ``clients`` maps an id to its certificate and key files."""

    gateway: str
    domain: str
    default_endpoint: str
    backend: str | None  # None for a function
    ca: str
    clients: dict[str, dict[str, str]]
    log: str
    gates: str
    example: ExampleCall | None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Ready(Served):
    """A laptop that runs a program, with what the attack matrix needs to know of it."""

    backend_kind: str  # "url" or "function"
    backend_is_started: bool  # by this laptop, which can stop it
    backend_tls: BackendTlsFiles | None  # None where the backend is called without TLS
    stage: str
    issuer: str
    audience: str
    jwks: str
    pki: str
    control: str
    contract: str
    clients_file: str
    case_folders: list[str]  # of the attack matrix, besides its own
    allowed_cidrs: list[str]
    rate_limit: int
    rate_window_seconds: int
    throttle_rate: int
    throttle_burst: int
    rate_plans: list[dict[str, int | None]]
    managed_rule_groups: list[str]
    certificate_renewal: dict[str, str] | None  # path and scope
    large_body_routes: list[str]  # that the web ACL excepts from its limit of 8 KB
    injection_matches: str  # what matches SQL injection and cross-site scripting
    authorizer_cache_seconds: int
    backend_timeout_seconds: float
    kms: KmsKey | None

    def write(self, path: Path) -> None:
        """Replace the file atomically."""
        replace(path, (json.dumps(self.to_json(), indent=2) + "\n").encode(), mode=0o644)

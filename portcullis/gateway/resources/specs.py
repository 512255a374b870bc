"""What the listener and the Lambda runtime need to know: custom domains and functions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class DomainSpec:
    """One custom domain. Without a truststore it does not request a client certificate."""

    domain_name: str
    minimum_tls_version: str  # "TLSv1.2"
    truststore_pem: bytes | None


@dataclass(frozen=True, kw_only=True)
class FunctionSpec:
    """One Lambda function of the graph; ``code`` is its zip file."""

    name: str
    handler: str
    code: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    timeout_seconds: float = 3.0
    memory_mb: int = 128
    concurrency: int | None = None  # reserved concurrent executions, None for unreserved
    qualifiers: frozenset[str] = frozenset()  # published versions and aliases

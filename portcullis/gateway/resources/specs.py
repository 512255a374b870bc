"""What the graph asks of the outer parts: listeners for the front, functions for the runtime."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class DomainSpec:
    """One custom domain. Without a truststore nobody is asked for a certificate, as on AWS."""

    domain_name: str
    minimum_tls_version: str  # "TLSv1.2"
    truststore_pem: bytes | None


@dataclass(frozen=True, kw_only=True)
class FunctionSpec:
    """One Lambda function as the graph describes it; ``code`` is the built zip."""

    name: str
    handler: str
    code: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    timeout_seconds: float = 3.0
    memory_mb: int = 128
    concurrency: int | None = None  # reserved concurrent executions, None for unreserved
    qualifiers: frozenset[str] = frozenset()  # published versions and aliases

"""Arguments that several components share.

The text below a field is its documentation: docs/reference/components.md and the schema of the
component package are made from it.
"""

from dataclasses import dataclass

from components.arn import Place


@dataclass(frozen=True, kw_only=True)
class NamedArgs:
    prefix: str
    """Begins every explicit name in AWS, such as `orders-dev`: lower-case letters, digits and
    hyphens, at most 39 characters, and used by one stack of the account and region only."""


@dataclass(frozen=True, kw_only=True)
class PlacedArgs(NamedArgs):
    place: Place
    """The region and the account. ARNs are composed from them, so both must be known at preview."""


@dataclass(frozen=True, kw_only=True)
class LoggedArgs(PlacedArgs):
    log_retention_days: int = 30
    """How many days each log group keeps its lines."""

    kms_key_arn: str | None = None
    """Your own symmetric KMS key, which encrypts what the component stores; keys of AWS if left
    out. What its key policy needs: docs/guide/own-key.md."""

"""What a statement of a web ACL may refer to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from portcullis.gateway.waf.ip_set import IpSet
from portcullis.gateway.waf.patterns import Pattern


@dataclass(frozen=True, kw_only=True)
class StatementContext:
    """IP and pattern sets of the graph by ARN, a clock, and the prefix of the owner's labels."""

    ip_sets: Mapping[str, IpSet]
    pattern_sets: Mapping[str, Pattern]
    clock: Callable[[], float]
    label_prefix: str  # "awswaf:<account>:webacl:<name>:"

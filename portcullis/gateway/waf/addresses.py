"""IP set match statements, on the source address or on addresses of a forwarding header.

Source: AWS WAF Developer Guide, "Using forwarded IP addresses in AWS WAF" and "IP set match rule
statement".
"""

from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.gateway.waf.inspection import Inspection, Matches
from portcullis.gateway.waf.ip_set import Address, parse_address
from portcullis.gateway.waf.statement_context import StatementContext

MAX_FORWARDED_ADDRESSES = 10  # AWS WAF inspects the last ten of a longer header


def ip_set_match(block: Block, context: StatementContext) -> Matches:
    block.only("arn", "ipSetForwardedIpConfig")
    arn = block.required_text("arn")
    addresses = context.ip_sets.get(arn)
    if addresses is None:
        raise UnsupportedError(block.place, f"no IP set of the graph has the ARN {arn}")
    forwarded = block.block("ipSetForwardedIpConfig")
    if forwarded is None:
        return lambda inspection: inspection.source in addresses
    forwarded.only("fallbackBehavior", "headerName", "position")
    header = forwarded.required_text("headerName").lower()
    fallback = fallback_of(forwarded)
    position = forwarded.required_text("position")
    if position not in {"FIRST", "LAST", "ANY"}:
        raise UnsupportedError(forwarded.place, f"position {position} is not emulated")

    def matches(inspection: Inspection) -> bool:
        values = inspection.header(header)
        if not values:
            return False  # without the header AWS WAF does not apply the rule
        listed = [listed_address(a) for a in ",".join(values).split(",")]
        chosen = {
            "FIRST": listed[:1],
            "LAST": listed[-1:],
            "ANY": listed[-MAX_FORWARDED_ADDRESSES:],
        }[position]
        if None in chosen:
            return fallback
        return any(address in addresses for address in chosen)

    return matches


def listed_address(text: str) -> Address | None:
    return parse_address(text.strip())


def fallback_of(forwarded: Block) -> bool:
    behaviour = forwarded.required_text("fallbackBehavior")
    if behaviour not in {"MATCH", "NO_MATCH"}:
        raise UnsupportedError(forwarded.place, f"fallbackBehavior {behaviour} is not emulated")
    return behaviour == "MATCH"

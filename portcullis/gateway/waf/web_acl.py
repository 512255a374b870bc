"""A web ACL of the graph: the first rule that allows or blocks decides, else the default action."""

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from portcullis.gateway.exchange import Request
from portcullis.gateway.resources.arn import account_of
from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.gateway.waf.inspection import DEFAULT_BODY_LIMIT_BYTES, KILOBYTE, Inspection
from portcullis.gateway.waf.ip_set import IpSet
from portcullis.gateway.waf.patterns import InspectionTimeoutError, Pattern
from portcullis.gateway.waf.rules import (
    Action,
    ActionKind,
    CustomResponse,
    GroupRule,
    RuleGroup,
    Trail,
    WafRule,
    compile_rules,
    custom_response_bodies,
    parse_action,
)
from portcullis.gateway.waf.statements import StatementContext
from portcullis.graph.resource import Graph, Resource

WEB_ACL = "aws:wafv2/webAcl:WebAcl"
IP_SET = "aws:wafv2/ipSet:IpSet"
REGEX_PATTERN_SET = "aws:wafv2/regexPatternSet:RegexPatternSet"
RULE_GROUP = "aws:wafv2/ruleGroup:RuleGroup"
DEFAULT_RULE = "Default_Action"  # AWS WAF's own name for it in its logs

_IP_VERSIONS = {"IPV4": 4, "IPV6": 6}
_BODY_LIMITS = {f"KB_{n}": n * KILOBYTE for n in (16, 32, 48, 64)}


@dataclass(frozen=True, slots=True, kw_only=True)
class WebAclVerdict:
    """What the web ACL says of one request."""

    allowed: bool
    rule: str
    counted: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    custom_response: CustomResponse | None = None
    inserted_headers: tuple[tuple[str, str], ...] = ()


class WebAcl:
    """Compiled once; ``evaluate`` changes nothing but the counts of its rate-based rules."""

    def __init__(
        self,
        *,
        arn: str,
        name: str,
        rules: tuple[WafRule | GroupRule, ...],
        default: Action,
        body_limit_bytes: int,
    ) -> None:
        self.arn = arn
        self.name = name
        self._rules = rules
        self._default = default
        self._body_limit_bytes = body_limit_bytes

    def evaluate(self, request: Request) -> WebAclVerdict:
        inspection = Inspection(request, self._body_limit_bytes)
        trail = Trail()
        for rule in self._rules:
            try:
                outcome = rule.apply(inspection, trail)
            except InspectionTimeoutError:
                return WebAclVerdict(allowed=False, rule=f"{rule.name} (a pattern took too long)")
            if outcome is not None:
                return self._verdict(outcome.action, outcome.rule, inspection, trail)
        inspection.inserted_headers.extend(self._default.inserted_headers)
        return self._verdict(self._default, DEFAULT_RULE, inspection, trail)

    def _verdict(
        self, action: Action, rule: str, inspection: Inspection, trail: Trail
    ) -> WebAclVerdict:
        return WebAclVerdict(
            allowed=action.kind is ActionKind.ALLOW,
            rule=rule,
            counted=tuple(trail.counted),
            labels=tuple(inspection.labels),
            custom_response=action.custom_response,
            inserted_headers=tuple(inspection.inserted_headers),
        )


def web_acls(graph: Graph, clock: Callable[[], float] = time.time) -> dict[str, WebAcl]:
    """Every web ACL of the graph by its ARN. Raises UnsupportedError, naming rule and statement."""
    resources = graph.of_type(WEB_ACL)
    if not resources:
        return {}
    ip_sets = {_arn(r): _ip_set(r) for r in graph.of_type(IP_SET)}
    pattern_sets = {_arn(r): _pattern_set(r) for r in graph.of_type(REGEX_PATTERN_SET)}
    groups = {_arn(r): _rule_group(r) for r in graph.of_type(RULE_GROUP)}

    def surround(label_prefix: str) -> StatementContext:
        return StatementContext(
            ip_sets=ip_sets, pattern_sets=pattern_sets, clock=clock, label_prefix=label_prefix
        )

    acls: dict[str, WebAcl] = {}
    for resource in resources:
        block = _with_rules(Block.of(resource))
        arn, name = _arn(resource), block.required_text("name")
        if block.required_text("scope") != "REGIONAL":
            raise UnsupportedError(block.place, "only a REGIONAL web ACL can guard a stage")
        bodies = custom_response_bodies(block)
        acls[arn] = WebAcl(
            arn=arn,
            name=name,
            rules=compile_rules(
                block, surround, f"awswaf:{account_of(arn)}:webacl:{name}:", bodies, groups
            ),
            default=parse_action(block.required_block("defaultAction"), bodies),
            body_limit_bytes=_body_limit(block),
        )
    return acls


def _arn(resource: Resource) -> str:
    return Block.of(resource).required_text("arn")


def _ip_set(resource: Resource) -> IpSet:
    block = Block.of(resource)
    version = block.required_text("ipAddressVersion")
    if version not in _IP_VERSIONS:
        raise UnsupportedError(block.place, f"ipAddressVersion {version} is neither IPV4 nor IPV6")
    return IpSet(block.place, _IP_VERSIONS[version], block.texts("addresses"))


def _pattern_set(resource: Resource) -> Pattern:
    block = Block.of(resource)
    return Pattern(
        block.place, [b.required_text("regexString") for b in block.blocks("regularExpressions")]
    )


def _rule_group(resource: Resource) -> RuleGroup:
    block = _with_rules(Block.of(resource))
    name = block.required_text("name")
    return RuleGroup(
        resource=block,
        label_prefix=f"awswaf:{account_of(_arn(resource))}:rulegroup:{name}:",
        bodies=custom_response_bodies(block),
    )


def _body_limit(block: Block) -> int:
    association = block.block("associationConfig")
    if association is None:
        return DEFAULT_BODY_LIMIT_BYTES
    for request_body in association.blocks("requestBodies"):
        gateway = request_body.block("apiGateway")
        if gateway is not None:
            limit = gateway.required_text("defaultSizeInspectionLimit")
            if limit not in _BODY_LIMITS:
                raise UnsupportedError(gateway.place, f"a body limit of {limit} is not emulated")
            return _BODY_LIMITS[limit]
    return DEFAULT_BODY_LIMIT_BYTES


def _with_rules(block: Block) -> Block:
    """The rules as ``rules``, even where the program wrote them in AWS's JSON (``ruleJson``)."""
    written = block.text("ruleJson") or block.text("rulesJson")  # a web ACL's, a rule group's
    if written is None:
        return block
    place = f"{block.place}, ruleJson"
    if block.blocks("rules"):
        raise UnsupportedError(place, "the resource has rules as well")
    try:
        parsed = json.loads(written)
    except ValueError:
        raise UnsupportedError(place, "it is no JSON") from None
    if not isinstance(parsed, list):
        raise UnsupportedError(place, "it is no list of rules")
    rules = [_from_aws(rule, place) for rule in parsed]
    return Block({**block.values, "rules": rules}, block.place)


_SPELLINGS = {
    "ARN": "arn",
    "IPSetReferenceStatement": "ipSetReferenceStatement",
    "IPSetForwardedIPConfig": "ipSetForwardedIpConfig",
    "ForwardedIPConfig": "forwardedIpConfig",
    "JA3Fingerprint": "ja3Fingerprint",
    "JA4Fingerprint": "ja4Fingerprint",
    "HeaderOrder": "headerOrders",
}
_KEY = re.compile(r"[A-Z][A-Za-z0-9]*")


def _from_aws(value: Any, place: str) -> Any:
    """AWS's JSON (``UriPath``) in the provider's spelling (``uriPath``)."""
    if isinstance(value, list):
        return [_from_aws(v, place) for v in value]
    if not isinstance(value, Mapping):
        return value
    spelled: dict[str, Any] = {}
    for key, inner in value.items():
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            raise UnsupportedError(place, f"the key {key!r} is not in AWS's spelling")
        if key == "SearchString":
            raise UnsupportedError(
                place,
                "SearchString may be plain text or base64 there, and nothing tells which",
                "Write the rule in the rules property.",
            )
        name = _SPELLINGS.get(key, key[0].lower() + key[1:])
        translated = _from_aws(inner, place)
        if key == "Headers" and isinstance(inner, Mapping):
            translated = [translated]
        if key == "MatchPattern" and {"IncludedCookies", "ExcludedCookies"} & set(inner):
            name, translated = "matchPatterns", [translated]
        spelled[name] = translated
    if "Cookies" in value and "matchPattern" in spelled.get("cookies", {}):
        spelled["cookies"]["matchPatterns"] = [spelled["cookies"].pop("matchPattern")]
    return spelled

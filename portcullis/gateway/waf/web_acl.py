"""Evaluates a web ACL: the first rule that allows or blocks decides, else the default action."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from portcullis.gateway.exchange import Request
from portcullis.gateway.resources.arn import account_of
from portcullis.gateway.resources.coverage import read_resource
from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.gateway.waf.actions import (
    Action,
    ActionKind,
    CustomResponse,
    custom_response_bodies,
    parse_action,
)
from portcullis.gateway.waf.inspection import DEFAULT_BODY_LIMIT_BYTES, KILOBYTE, Inspection
from portcullis.gateway.waf.ip_set import IpSet
from portcullis.gateway.waf.patterns import InspectionTimeoutError, Pattern
from portcullis.gateway.waf.rule_groups import (
    GroupRule,
    compile_group_rule,
    is_managed,
    managed_screen,
)
from portcullis.gateway.waf.rule_json import with_rules
from portcullis.gateway.waf.rules import (
    ContextFor,
    RuleOwner,
    WafRule,
    compile_rule,
    runs_group,
)
from portcullis.gateway.waf.statement_context import StatementContext
from portcullis.graph.resource import Graph, Resource

WEB_ACL = "aws:wafv2/webAcl:WebAcl"
IP_SET = "aws:wafv2/ipSet:IpSet"
REGEX_PATTERN_SET = "aws:wafv2/regexPatternSet:RegexPatternSet"
RULE_GROUP = "aws:wafv2/ruleGroup:RuleGroup"
DEFAULT_RULE = "Default_Action"  # its name in AWS WAF's logs

_IP_VERSIONS = {"IPV4": 4, "IPV6": 6}
_BODY_LIMITS = {f"KB_{n}": n * KILOBYTE for n in (16, 32, 48, 64)}


@dataclass(slots=True, kw_only=True)
class WebAclVerdict:
    """The result of a web ACL for one request."""

    allowed: bool
    rule: str
    counted: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    custom_response: CustomResponse | None = None
    inserted_headers: tuple[tuple[str, str], ...] = ()


class WebAcl:
    """A compiled web ACL; ``evaluate`` changes only the counts of its rate-based rules."""

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
        first = next((at for at, rule in enumerate(rules) if is_managed(rule)), len(rules))
        self._first, self._later = rules[:first], rules[first:]
        self._not_managed = tuple(rule for rule in self._later if not is_managed(rule))
        self._may_match = managed_screen(rules)
        self._default = default
        self._body_limit_bytes = body_limit_bytes

    @property
    def rule_names(self) -> tuple[str, ...]:
        """In the order of evaluation."""
        return tuple(rule.name for rule in self._rules)

    @property
    def blocking_rules(self) -> tuple[str, ...]:
        """As AWS WAF's log names a rule that blocks: a rule of a group is GROUP/RULE."""
        return tuple(
            name
            for rule in self._rules
            for name in (
                [f"{rule.name}/{inner.name}" for inner in rule.rules]
                if isinstance(rule, GroupRule)
                else [rule.name]
            )
        )

    def evaluate(self, request: Request) -> WebAclVerdict:
        inspection = Inspection(request, self._body_limit_bytes)
        for rule in self._rules_for(inspection):
            try:
                outcome = rule.apply(inspection)
            except InspectionTimeoutError:
                return WebAclVerdict(allowed=False, rule=f"{rule.name} (a pattern took too long)")
            if outcome is not None:
                return self._verdict(outcome.action, outcome.rule, inspection)
        inspection.inserted_headers.extend(self._default.inserted_headers)
        return self._verdict(self._default, DEFAULT_RULE, inspection)

    def _rules_for(self, inspection: Inspection) -> Iterator[WafRule | GroupRule]:
        """All rules in order, but for managed groups of which none matches."""
        yield from self._first
        yield from self._later if self._may_match(inspection) else self._not_managed

    def _verdict(self, action: Action, rule: str, inspection: Inspection) -> WebAclVerdict:
        return WebAclVerdict(
            allowed=action.kind is ActionKind.ALLOW,
            rule=rule,
            counted=tuple(inspection.counted),
            labels=tuple(inspection.labels),
            custom_response=action.custom_response,
            inserted_headers=tuple(inspection.inserted_headers),
        )


def web_acls(graph: Graph, clock: Callable[[], float] = time.time) -> dict[str, WebAcl]:
    """The web ACLs of the graph by ARN. Raises UnsupportedError with rule and statement."""
    resources = graph.of_type(WEB_ACL)
    if not resources:
        return {}
    ip_sets = {_arn(r): _ip_set(r) for r in graph.of_type(IP_SET)}
    pattern_sets = {_arn(r): _pattern_set(r) for r in graph.of_type(REGEX_PATTERN_SET)}
    groups = {_arn(r): _owner(r, "rulegroup") for r in graph.of_type(RULE_GROUP)}

    def context_for(label_prefix: str) -> StatementContext:
        return StatementContext(
            ip_sets=ip_sets, pattern_sets=pattern_sets, clock=clock, label_prefix=label_prefix
        )

    return {_arn(r): _web_acl(r, context_for, groups) for r in resources}


def _web_acl(
    resource: Resource, context_for: ContextFor, groups: Mapping[str, RuleOwner]
) -> WebAcl:
    owner = _owner(resource, "webacl")
    block = owner.resource
    if block.required_text("scope") != "REGIONAL":
        raise UnsupportedError(block.place, "its scope must be REGIONAL to protect a stage")
    return WebAcl(
        arn=_arn(resource),
        name=block.required_text("name"),
        rules=tuple(
            compile_group_rule(rule, owner, context_for, groups)
            if runs_group(rule)
            else compile_rule(rule, owner, context_for)
            for rule in owner.rules()
        ),
        default=parse_action(block.required_block("defaultAction"), owner.bodies),
        body_limit_bytes=_body_limit(block),
    )


def _owner(resource: Resource, kind: str) -> RuleOwner:
    block = with_rules(read_resource(resource))
    name = block.required_text("name")
    return RuleOwner(
        resource=block,
        label_prefix=f"awswaf:{account_of(_arn(resource))}:{kind}:{name}:",
        bodies=custom_response_bodies(block),
    )


def _arn(resource: Resource) -> str:
    return read_resource(resource).required_text("arn")


def _ip_set(resource: Resource) -> IpSet:
    block = read_resource(resource)
    version = block.required_text("ipAddressVersion")
    if version not in _IP_VERSIONS:
        raise UnsupportedError(block.place, f"ipAddressVersion must be IPV4 or IPV6, not {version}")
    return IpSet(block.place, _IP_VERSIONS[version], block.texts("addresses"))


def _pattern_set(resource: Resource) -> Pattern:
    block = read_resource(resource)
    return Pattern(
        block.place, [b.required_text("regexString") for b in block.blocks("regularExpressions")]
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

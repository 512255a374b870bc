"""Web ACL: allow-list, rate limit and managed rules on the stage, and Shield Advanced."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.arguments import LoggedArgs
from components.arn import Place
from components.ip_families import by_family
from components.log_groups import web_acl_log_group
from components.policy_documents import Statement, allow, policy_json
from components.waf_exceptions import ExceptedRoutes, check_exceptions
from components.waf_rules import FORBIDDEN_BODY, FORBIDDEN_BODY_KEY, RateLimit, rules, visibility

SHIELD_ADVANCED_COST = (
    "Shield Advanced costs about 3,000 USD a month, with a commitment of one year. It cannot "
    "protect a regional API directly, so it protects the hosted zone; Shield Standard covers the "
    "API. The subscription itself is a contract, signed up for by hand, once per organization."
)


MANAGED_RULE_GROUPS = (  # WAF Developer Guide, "AWS Managed Rules rule groups list"
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesSQLiRuleSet",
)


@dataclass(frozen=True, kw_only=True)
class WebAclOptions:
    allowed_cidrs: Sequence[str]
    """Only callers from these IPv4 and IPv6 networks reach the API."""

    rate_limit: int = 2000
    """Calls of one source address within `rate_window_seconds`, before it is blocked: 10 or
    more."""

    rate_window_seconds: int = 300
    """The window in which `rate_limit` counts: 60, 120, 300 or 600 seconds."""

    managed_rule_groups: Sequence[str] = MANAGED_RULE_GROUPS
    """AWS's own rules, evaluated after the allow-list and the rate limit."""

    web_acl_exceptions: Mapping[str, ExceptedRoutes] = field(default_factory=dict)
    """Routes on which one rule of a managed group does not block, by group and rule, such as
    `AWSManagedRulesCommonRuleSet/SizeRestrictions_BODY` for bodies over 8 KB. The rule counts, and
    a rule after its group blocks on every other route."""


@dataclass(frozen=True, kw_only=True)
class WafShieldArgs(WebAclOptions, LoggedArgs):
    stage_arn: Input[str]
    """The stage that the web ACL protects, as ARN."""

    advanced_hosted_zone_id: str | None = None
    """A Route 53 hosted zone that Shield Advanced protects, for about 3,000 USD a month; Shield
    Standard if left out."""


class WafShield(pulumi.ComponentResource):
    """A regional web ACL on the stage: it is evaluated before the authorizer.

    Source: AWS WAF Developer Guide, "Web ACLs" and "AWS Shield Advanced protected resources".
    """

    web_acl_arn: Output[str]
    """The web ACL's ARN."""

    web_acl_name: str
    """The web ACL's name, as in its metrics."""

    association_urn: Output[str]
    """The URN of the web ACL's association with the stage, for `guards` of MtlsDomain."""

    log_group_name: Output[str]
    """The log group of the web ACL."""

    def __init__(self, name: str, args: WafShieldArgs, opts: ResourceOptions | None = None) -> None:
        check_exceptions(args.web_acl_exceptions, args.managed_rule_groups)
        super().__init__("portcullis:index:WafShield", name, None, opts)
        self.web_acl_name = args.prefix
        web_acl = aws.wafv2.WebAcl(
            name,
            name=self.web_acl_name,
            # AWS accepts only word characters, spaces and + = : # @ / - , . here.
            description="Blocks what is not in the allow-list, then by rate and managed rules.",
            scope="REGIONAL",
            default_action={"allow": {}},
            custom_response_bodies=[
                {
                    "key": FORBIDDEN_BODY_KEY,
                    "content_type": "APPLICATION_JSON",
                    "content": FORBIDDEN_BODY,
                }
            ],
            rules=rules(
                prefix=args.prefix,
                allowed_ip_set_arns=[ip_set.arn for ip_set in self._ip_sets(name, args)],
                rate_limit=RateLimit(
                    calls=args.rate_limit, window_seconds=args.rate_window_seconds
                ),
                managed_rule_groups=args.managed_rule_groups,
                exceptions=args.web_acl_exceptions,
            ),
            visibility_config={**visibility(args.prefix)},
            opts=ResourceOptions(parent=self),
        )
        self.web_acl_arn = web_acl.arn
        self._logging(name, args, web_acl)
        association = aws.wafv2.WebAclAssociation(
            f"{name}-association",
            resource_arn=args.stage_arn,
            web_acl_arn=web_acl.arn,
            opts=ResourceOptions(
                parent=self,
                # Otherwise deleting the old association removes the new one too, and the stage
                # is without a web ACL (pulumi-aws#4782).
                delete_before_replace=True,
                # A new web ACL is not available at once (WAFUnavailableEntityException).
                custom_timeouts=pulumi.CustomTimeouts(create="15m"),
            ),
        )
        self.association_urn = association.urn
        if args.advanced_hosted_zone_id:
            self._shield_advanced(name, args, args.advanced_hosted_zone_id)
        self.register_outputs({"webAclArn": web_acl.arn})

    def _ip_sets(self, name: str, args: WafShieldArgs) -> list[aws.wafv2.IpSet]:
        """One IP set per address family in use: an IP set holds one family only."""
        return [
            aws.wafv2.IpSet(
                f"{name}-allowed-ipv{version}",
                name=f"{args.prefix}-allowed-ipv{version}",
                description=f"IPv{version} addresses that may call.",
                scope="REGIONAL",
                ip_address_version=f"IPV{version}",
                addresses=addresses,
                opts=ResourceOptions(parent=self),
            )
            for version, addresses in by_family(args.allowed_cidrs).items()
        ]

    def _logging(self, name: str, args: WafShieldArgs, web_acl: aws.wafv2.WebAcl) -> None:
        log_group_name = web_acl_log_group(args.prefix)
        log_group = aws.cloudwatch.LogGroup(
            f"{name}-log",
            name=log_group_name,
            retention_in_days=args.log_retention_days,
            kms_key_id=args.kms_key_arn,
            opts=ResourceOptions(parent=self),
        )
        self.log_group_name = log_group.name
        delivery = aws.cloudwatch.LogResourcePolicy(
            f"{name}-log-delivery",
            policy_name=f"{args.prefix}-waf-logs",
            policy_document=policy_json(_delivery(args.place, log_group_name)),
            opts=ResourceOptions(parent=self, depends_on=[log_group]),
        )
        aws.wafv2.WebAclLoggingConfiguration(
            f"{name}-logging",
            resource_arn=web_acl.arn,
            log_destination_configs=[log_group.arn],
            redacted_fields=[
                {"single_header": {"name": "authorization"}},
                {"single_header": {"name": "cookie"}},
            ],
            opts=ResourceOptions(parent=self, depends_on=[delivery]),
        )

    def _shield_advanced(self, name: str, args: WafShieldArgs, hosted_zone_id: str) -> None:
        pulumi.log.warn(SHIELD_ADVANCED_COST, self)
        aws.shield.Protection(
            f"{name}-shield",
            name=f"{args.prefix}-hosted-zone",
            resource_arn=args.place.hosted_zone(hosted_zone_id),
            opts=ResourceOptions(parent=self),
        )


def _delivery(place: Place, log_group_name: str) -> Statement:
    """Lets WAF write to the log group; without it WAF would add such a policy itself."""
    return allow(
        "WafWritesItsLog",
        ["logs:CreateLogStream", "logs:PutLogEvents"],
        f"{place.log_group(log_group_name)}:log-stream:*",
        Principal={"Service": "delivery.logs.amazonaws.com"},
        Condition={
            "StringEquals": {"aws:SourceAccount": place.account_id},
            "ArnLike": {"aws:SourceArn": place.log_delivery_source()},
        },
    )

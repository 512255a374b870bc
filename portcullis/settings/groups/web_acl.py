"""Settings of the web ACL: allowed networks, rate limit, managed rules, Shield."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from portcullis.managed_rules import BODY_SIZE
from portcullis.settings.checks import between, listed, one_of
from portcullis.settings.networks import MAX_CIDRS_PER_FAMILY, MIN_PREFIX, allowed_networks
from portcullis.settings.setting import setting_field
from portcullis.settings.setting_group import SettingGroup
from portcullis.settings.web_acl_exceptions import (
    MAX_ROUTES,
    WebAclException,
    known_exceptions,
    removal,
)

MIN_RATE_LIMIT = 10  # WAF API Reference, RateBasedStatement
# Ours, as wafv2-acl-limits-rate has it (a test compares them); AWS WAF allows two thousand million.
MAX_RATE_PER_FIVE_MINUTES = 10_000
FIVE_MINUTES = 300
RATE_WINDOWS_SECONDS = (60, 120, 300, 600)  # WAF API Reference, RateBasedStatement
MANAGED_RULE_GROUPS = (  # WAF Developer Guide, "AWS Managed Rules rule groups list"
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesSQLiRuleSet",
)


class Shield(StrEnum):
    STANDARD = "standard"
    ADVANCED = "advanced"


def _highest_limit(window_seconds: int) -> int:
    return MAX_RATE_PER_FIVE_MINUTES * window_seconds // FIVE_MINUTES


@dataclass(frozen=True, kw_only=True)
class WebAclSettings(SettingGroup):
    allowed_cidrs: tuple[str, ...] = setting_field(
        accepts="IPv4 and IPv6 networks in CIDR form without host bits, none wider than "
        f"/{MIN_PREFIX[4]} or /{MIN_PREFIX[6]}, together at most half of all addresses, up to "
        f"{MAX_CIDRS_PER_FAMILY:,} of each family",
        why="Only callers from these networks reach the API. The web ACL blocks every other "
        "address before it evaluates any other rule.",
        example="203.0.113.0/24",
        check=allowed_networks,
    )
    rate_limit: int = setting_field(
        accepts=f"a whole number from {MIN_RATE_LIMIT}, and at most "
        f"{MAX_RATE_PER_FIVE_MINUTES:,} in five minutes",
        why="How many calls one source address may make within rateWindowSeconds. AWS WAF "
        "then blocks it until its rate is below the limit again.",
        check=between(MIN_RATE_LIMIT, _highest_limit(max(RATE_WINDOWS_SECONDS))),
        default=2000,
    )
    rate_window_seconds: int = setting_field(
        accepts="60, 120, 300 or 600",
        why="The window in which rateLimit counts.",
        check=one_of(RATE_WINDOWS_SECONDS),
        default=300,
    )
    managed_rule_groups: tuple[str, ...] = setting_field(
        accepts=f"any of {', '.join(MANAGED_RULE_GROUPS)}",
        why="AWS's own rules, evaluated after the allow-list and the rate limit.",
        example=MANAGED_RULE_GROUPS[1],
        check=listed(MANAGED_RULE_GROUPS),
        default=MANAGED_RULE_GROUPS,
    )
    web_acl_exceptions: Mapping[str, WebAclException] = setting_field(
        path=f"""["{BODY_SIZE}"].routes[0]""",
        accepts="rules as AWS WAF's log names them, GROUP/RULE, of the groups in "
        f"managedRuleGroups, each with routes (1 to {MAX_ROUTES} of the contract, such as PUT "
        "/documents/{id}, without a greedy parameter) and reason (10 to 200 characters)",
        why="Routes on which one managed rule does not block, such as "
        f"{BODY_SIZE} for bodies over 8 KB. The rule only counts, and a rule after the "
        "managed ones blocks what it found on every other route.",
        example="PUT /documents/{id}",
        check=known_exceptions,
        default={},
    )
    shield: Shield = setting_field(
        accepts="standard or advanced",
        why="Standard costs nothing and always covers the API. Advanced costs about 3,000 USD "
        "a month with a commitment of one year, cannot protect a regional API directly, and "
        "here protects the hosted zone; the account must be subscribed beforehand.",
        default=Shield.STANDARD,
    )

    def _check_together(self) -> None:
        super()._check_together()
        highest = _highest_limit(self.rate_window_seconds)
        if self.rate_limit > highest:
            self._refuse(
                "rate_limit",
                f"it is above {highest:,} in {self.rate_window_seconds} seconds",
                suggestion=str(highest),
            )
        for rule in self.web_acl_exceptions:
            group = rule.partition("/")[0]
            if group not in self.managed_rule_groups:
                self._refuse(
                    "web_acl_exceptions",
                    f"managedRuleGroups does not have {group}",
                    mend=removal(self.setting("web_acl_exceptions"), rule),
                )

"""The settings accept no more than the policy pack does by default.

What a waiver may allow stays with the pack: a plain http backend, execution logs that are OFF, a
managed rule group less, and an unprotected signing key in prod.
"""

import pytest

from policies.rules import RULES
from portcullis.settings.groups.authorizer import MAX_AUTHORIZER_CACHE_SECONDS
from portcullis.settings.groups.operations import LOG_RETENTION_DAYS
from portcullis.settings.groups.web_acl import (
    FIVE_MINUTES,
    MANAGED_RULE_GROUPS,
    MAX_RATE_PER_FIVE_MINUTES,
    RATE_WINDOWS_SECONDS,
)
from portcullis.settings.networks import MIN_PREFIX
from portcullis.settings.rate_plans import MAX_THROTTLE_BURST, MAX_THROTTLE_RATE
from portcullis.settings.setting import SettingError
from tests.portcullis.settings.mending import good


def default(rule, name):
    (found,) = [r for r in RULES if r.name == rule]
    return found.settings[name]["default"]


@pytest.mark.parametrize(
    ("rule", "name", "ours"),
    [
        ("wafv2-ip-set-is-narrow", "minimumPrefixIpv4", MIN_PREFIX[4]),
        ("wafv2-ip-set-is-narrow", "minimumPrefixIpv6", MIN_PREFIX[6]),
        ("wafv2-acl-limits-rate", "maximumPerFiveMinutes", MAX_RATE_PER_FIVE_MINUTES),
        ("wafv2-acl-uses-managed-groups", "groups", list(MANAGED_RULE_GROUPS)),
        ("logs-group-has-retention", "minimumDays", min(LOG_RETENTION_DAYS)),
        ("logs-group-has-retention", "maximumDays", max(LOG_RETENTION_DAYS)),
        ("apigateway-stage-throttles", "maximumRate", MAX_THROTTLE_RATE),
        ("apigateway-stage-throttles", "maximumBurst", MAX_THROTTLE_BURST),
        (
            "apigateway-authorizer-cache-is-certificate-bound",
            "maximumSeconds",
            MAX_AUTHORIZER_CACHE_SECONDS,
        ),
    ],
)
def test_a_limit_is_the_one_of_the_pack(rule, name, ours):
    assert default(rule, name) == ours


@pytest.mark.parametrize("window", RATE_WINDOWS_SECONDS)
def test_the_rate_limit_counts_for_its_window(window):
    highest = MAX_RATE_PER_FIVE_MINUTES * window // FIVE_MINUTES
    assert good(rate_limit=highest, rate_window_seconds=window).rate_limit == highest
    with pytest.raises(SettingError, match=r"^portcullis:rateLimit is "):
        good(rate_limit=highest + 1, rate_window_seconds=window)

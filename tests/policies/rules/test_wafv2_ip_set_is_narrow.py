"""An allow-list as wide as the internet is refused."""

import pulumi_aws as aws
import pytest

from tests.policies import acls
from tests.policies.cases import Cases

CASES = Cases("wafv2-ip-set-is-narrow")


@CASES.bad("partners", says="addresses[0] is wider than /8")
def half_the_internet():
    aws.wafv2.IpSet(
        "partners",
        scope="REGIONAL",
        ip_address_version="IPV4",
        addresses=["0.0.0.0/1", "128.0.0.0/1"],
    )


@CASES.good
def one_network():
    aws.wafv2.IpSet(
        "partners",
        scope="REGIONAL",
        ip_address_version="IPV4",
        addresses=["203.0.113.0/24"],
    )


@CASES.bad("partners", says="wider than /19")
def half_of_ipv6():
    aws.wafv2.IpSet("partners", scope="REGIONAL", ip_address_version="IPV6", addresses=["8000::/1"])


@CASES.bad("partners", says="must be a network in CIDR notation")
def no_network_at_all():
    aws.wafv2.IpSet(
        "partners", scope="REGIONAL", ip_address_version="IPV4", addresses=["everybody"]
    )


@CASES.bad("partners", says="addresses is missing")
def filled_by_somebody_else():
    aws.wafv2.IpSet("partners", scope="REGIONAL", ip_address_version="IPV4")


@CASES.bad("partners", config={"wafv2-ip-set-is-narrow": {"minimumPrefixIpv4": 28}})
def wider_than_the_pack_is_configured_to():
    acls.partners()


@CASES.ignored
def a_web_acl_alone():
    acls.web_acl([])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)

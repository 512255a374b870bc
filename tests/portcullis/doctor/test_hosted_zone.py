"""The hosted zone of the domain, and its delegation in DNS."""

import boto3
import pytest

from portcullis.doctor.diagnosis import Health
from portcullis.doctor.hosted_zone import check_hosted_zone
from portcullis.doctor.name_servers import DnsError
from tests.portcullis.doctor.conftest import REGION


@pytest.fixture
def zone(aws):
    """Make a hosted zone: its id and name servers."""

    def make(name="example.com", **options):
        client = boto3.client("route53", region_name=REGION)
        made = client.create_hosted_zone(Name=name, CallerReference=name, **options)
        zone_id = made["HostedZone"]["Id"].rpartition("/")[2]
        return zone_id, set(made.get("DelegationSet", {}).get("NameServers", []))

    return make


@pytest.fixture
def in_zone(stack_with):
    """A stack in a zone of moto, whose ids do not begin with Z as AWS's do."""

    def make(zone_id):
        stack = stack_with()
        object.__setattr__(stack.domain, "hosted_zone_id", zone_id)
        return stack

    return make


def check(aws, stack, *delegated):
    (line,) = check_hosted_zone(aws, stack, look_up=lambda _: set(delegated))
    return line


def test_a_delegated_zone_is_fine(aws, zone, in_zone):
    zone_id, servers = zone()
    shown = [f"{name.upper()}." for name in servers]  # as DNS may spell them
    assert check(aws, in_zone(zone_id), *shown).health is Health.OK


@pytest.mark.parametrize("delegated", [(), ("ns1.registrar.example",)], ids=["none", "others"])
def test_a_zone_that_dns_does_not_delegate_here_is_a_failure(aws, zone, in_zone, delegated):
    zone_id, servers = zone()
    line = check(aws, in_zone(zone_id), *delegated)
    assert line.health is Health.FAIL
    assert all(server in line.fix for server in servers)


def test_one_foreign_name_server_among_ours_is_a_failure(aws, zone, in_zone):
    zone_id, servers = zone()
    line = check(aws, in_zone(zone_id), *servers, "ns1.registrar.example")
    assert line.health is Health.FAIL


def test_dns_without_an_answer_is_a_warning(aws, zone, in_zone):
    def look_up(_zone):
        raise DnsError("timed out")

    zone_id, _ = zone()
    (line,) = check_hosted_zone(aws, in_zone(zone_id), look_up=look_up)
    assert line.health is Health.WARN
    assert "timed out" in line.found


def test_a_zone_of_another_domain_is_a_failure(aws, zone, in_zone):
    zone_id, servers = zone("ample.com")
    assert check(aws, in_zone(zone_id), *servers).health is Health.FAIL


def test_a_private_zone_is_a_failure(aws, zone, in_zone):
    vpc = {"VPCRegion": "eu-central-1", "VPCId": "vpc-1"}
    zone_id, servers = zone(VPC=vpc, HostedZoneConfig={"PrivateZone": True})
    line = check(aws, in_zone(zone_id), *servers)
    assert line.health is Health.FAIL
    assert "private" in line.found


def test_a_zone_that_does_not_exist_is_a_failure(aws, stack_with):
    line = check(aws, stack_with(hosted_zone_id="Z0000000000000000000"))
    assert line.health is Health.FAIL


def test_an_own_certificate_needs_no_zone(aws, stack_with):
    arn = "arn:aws:acm:eu-central-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"
    line = check(aws, stack_with(hosted_zone_id="", certificate_arn=arn))
    assert line.health is Health.SKIPPED

"""Checks that the hosted zone exists, holds the domain, and that DNS delegates to it."""

from collections.abc import Callable, Iterator

from botocore.exceptions import ClientError

from portcullis.doctor.aws_access import AwsAccess
from portcullis.doctor.diagnosis import Diagnosis, fail, ok, skipped, warn
from portcullis.doctor.name_servers import DnsError, name_servers
from portcullis.doctor.stack_under_check import StackUnderCheck

CHECK = "hosted zone"


def check_hosted_zone(
    aws: AwsAccess,
    stack: StackUnderCheck,
    *,
    look_up: Callable[[str], set[str]] = name_servers,
) -> Iterator[Diagnosis]:
    if stack.domain is None:
        return
    zone_id, domain = stack.domain.hosted_zone_id, stack.domain.domain
    if not zone_id:
        yield skipped(CHECK, f"hostedZoneId is empty: create the alias record of {domain} yourself")
        return
    try:
        answer = aws.client("route53").get_hosted_zone(Id=zone_id)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "NoSuchHostedZone":
            raise
        yield fail(
            CHECK,
            f"{zone_id} does not exist in this account",
            "List those that exist: aws route53 list-hosted-zones, then run: pulumi config set "
            "portcullis:hostedZoneId ID",
        )
        return
    zone = str(answer["HostedZone"]["Name"]).rstrip(".")
    if answer["HostedZone"].get("Config", {}).get("PrivateZone"):
        yield fail(CHECK, f"{zone} is private, so partners cannot resolve it", "Use a public zone")
    elif domain != zone and not domain.endswith(f".{zone}"):
        yield fail(
            CHECK,
            f"{domain} is not in {zone} ({zone_id})",
            "Run: pulumi config set portcullis:hostedZoneId with the zone of the domain",
        )
    else:
        yield _delegation(
            zone, {_plain(n) for n in answer["DelegationSet"]["NameServers"]}, look_up
        )


def _delegation(zone: str, wanted: set[str], look_up: Callable[[str], set[str]]) -> Diagnosis:
    fix = f"At the parent of {zone}, set its NS records to: {', '.join(sorted(wanted))}"
    try:
        delegated = {_plain(name) for name in look_up(zone)}
    except DnsError as error:
        return warn(CHECK, f"{zone}: DNS cannot be asked: {error}", fix)
    if not delegated:
        return fail(CHECK, f"{zone} is not delegated: DNS has no NS records for it", fix)
    if not delegated <= wanted:
        others = ", ".join(sorted(delegated - wanted))
        return fail(CHECK, f"{zone} is delegated to other name servers: {others}", fix)
    return ok(CHECK, f"{zone} is delegated to {len(delegated)} name servers of Route 53")


def _plain(name: str) -> str:
    return name.rstrip(".").lower()

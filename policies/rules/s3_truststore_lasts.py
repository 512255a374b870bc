"""Warns of a truststore with a certificate that expires soon."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from pulumi_policy import EnforcementLevel, Severity

from policies.reading.certificates import ends
from policies.reading.resource import JudgedResource, Stack
from policies.reading.truststore import DOMAINS, truststore_texts
from policies.rule import API_GATEWAY_GUIDE, Settings, StackRule
from policies.setting import integer


def _check(domain: JudgedResource, stack: Stack, settings: Settings) -> Iterator[str]:
    now = datetime.now(UTC)
    notice = timedelta(days=settings["minimumDays"])
    for name, bundle in truststore_texts(domain, stack):
        for position, end in enumerate(ends(bundle), start=1):
            if end is not None and now < end < now + notice:
                yield (
                    f"certificate {position} of the truststore {name} ends in {(end - now).days} "
                    "days."
                )


RULE = StackRule(
    name="s3-truststore-lasts",
    title="No certificate of the truststore expires soon.",
    severity=Severity.LOW,
    why=(
        "When an issuer certificate expires, all its clients are refused at once, and API Gateway "
        "sends no reminder. To replace it, the successor has to be trusted first, and every client "
        "needs a new certificate. A content that is not known before the update, or is not in the "
        "stack, is not judged."
    ),
    fix="add the successor to the truststore, then issue the clients' certificates from it",
    page="How to turn on mutual TLS authentication for your REST APIs in API Gateway",
    url=API_GATEWAY_GUIDE + "rest-api-mutual-tls.html",
    types=DOMAINS,
    level=EnforcementLevel.ADVISORY,
    settings={
        "minimumDays": integer(
            "How many days each certificate must still be valid.", default=90, minimum=1
        ),
    },
    check=_check,
)

"""Refuses a truststore with a certificate that has expired or cannot be read."""

from collections.abc import Iterator
from datetime import UTC, datetime

from pulumi_policy import Severity

from policies.reading.certificates import ends
from policies.reading.resource import JudgedResource, Stack
from policies.reading.truststore import DOMAINS, truststore_texts
from policies.rule import API_GATEWAY_GUIDE, Settings, StackRule


def _check(domain: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    now = datetime.now(UTC)
    for name, bundle in truststore_texts(domain, stack):
        for position, end in enumerate(ends(bundle), start=1):
            which = f"certificate {position} of the truststore {name}"
            if end is None:
                yield f"{which} cannot be read, so its end is not known."
            elif end <= now:
                yield f"{which} ended {(now - end).days} days ago: API Gateway refuses its clients."


RULE = StackRule(
    name="s3-truststore-has-not-expired",
    title="No certificate of the truststore has expired.",
    severity=Severity.MEDIUM,
    why=(
        "API Gateway refuses every client below an expired issuer certificate with 403, and only "
        "warns when the truststore is updated. A content that is not known before the update, or "
        "is not in the stack, is not judged: an expired issuer admits no client."
    ),
    fix="remove the certificate from the truststore, and add its successor",
    page="How to turn on mutual TLS authentication for your REST APIs in API Gateway",
    url=API_GATEWAY_GUIDE + "rest-api-mutual-tls.html",
    types=DOMAINS,
    check=_check,
)

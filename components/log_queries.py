"""Logs Insights queries of a stack, saved under its name: who was refused, by which gate, why.

Source: CloudWatch Logs User Guide, "CloudWatch Logs Insights language query syntax".
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pulumi import Input


@dataclass(frozen=True, kw_only=True)
class LogQuery:
    """``title`` ends the query's name and names it in the alarms' descriptions."""

    suffix: str
    title: str
    log_groups: Sequence[Input[str]]
    text: str


def renewal_query(log_group: Input[str]) -> LogQuery:
    """The query on the log of the certificate renewal."""
    return LogQuery(
        suffix="renewals",
        title="renewals without a certificate",
        log_groups=[log_group],
        text='filter event = "certificate_renewal" and status != 200 and reason != "no_request"\n'
        "| stats count(*) as calls, max(@timestamp) as last by status, reason, detail, clientId\n"
        "| sort status desc, calls desc | limit 100",
    )


# Long because it is a list.
def log_queries(
    *, access: Input[str], authorizer: Input[str], web_acl: Input[str]
) -> list[LogQuery]:
    """The queries on the three logs; the names of the groups may be outputs."""
    return [
        LogQuery(
            suffix="refusals",
            title="refusals by gate and client",
            log_groups=[access],
            text="filter status >= 400\n"
            "| stats count(*) as calls, max(@timestamp) as last by "
            "errorResponseType, reason, clientId, clientCertSubject, sourceIp\n"
            "| sort calls desc | limit 100",
        ),
        LogQuery(
            suffix="last-refusals",
            title="last refusals",
            log_groups=[access],
            text="filter status >= 400\n"
            "| fields @timestamp, status, errorResponseType, reason, clientId, httpMethod, path, "
            "sourceIp, errorMessage, requestId\n"
            "| sort @timestamp desc | limit 100",
        ),
        LogQuery(
            suffix="authorizer-reasons",
            title="reasons of the authorizer",
            log_groups=[authorizer],
            text='filter type = "portcullis.authorizer" and decision != "allow"\n'
            "| stats count(*) as calls by decision, reason, detail, clientId, requiredScope, "
            "thumbprint\n"
            "| sort calls desc | limit 100",
        ),
        LogQuery(
            suffix="web-acl-blocks",
            title="blocks of the web ACL by rule",
            log_groups=[web_acl],
            text='filter action = "BLOCK"\n'
            "| stats count(*) as calls by terminatingRuleId, "
            "ruleGroupList.0.terminatingRule.ruleId, httpRequest.clientIp, httpRequest.uri\n"
            "| sort calls desc | limit 100",
        ),
        LogQuery(
            suffix="client-refusals",
            title="refusals of each client by hour",
            log_groups=[access],
            text="filter status >= 400\n"
            "| stats count(*) as calls by bin(1h) as hour, clientCertSubject, errorResponseType, "
            "reason\n"
            "| sort clientCertSubject asc, hour desc | limit 1000",
        ),
        LogQuery(
            suffix="expiring-certificates",
            title="client certificates that expire soon",
            log_groups=[authorizer],
            text="filter ispresent(daysToExpiry)\n"
            "| stats min(daysToExpiry) as days by clientId, thumbprint\n"
            "| sort days asc | limit 100",
        ),
        LogQuery(
            suffix="revocation-lists",
            title="revocation lists by client",
            log_groups=[authorizer],
            text="filter ispresent(crlHoursLeft)\n"
            "| stats min(crlHoursLeft) as hours, max(crlAgeHours) as age by clientId, "
            "thumbprint\n"
            "| sort hours asc | limit 100",
        ),
        LogQuery(
            suffix="slow-calls",
            title="slowest calls",
            log_groups=[access],
            text="fields @timestamp, responseLatency, authorizerLatency, integrationLatency, "
            "clientId, httpMethod, resourcePath, requestId\n"
            "| sort responseLatency desc | limit 50",
        ),
    ]

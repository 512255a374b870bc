"""A web ACL log that keeps credentials is refused."""

import pulumi_aws as aws
import pytest

from tests.policies import acls
from tests.policies.cases import Cases

CASES = Cases("wafv2-log-redacts-authorization")


@CASES.bad("acl-log", says="does not contain the header authorization")
def readable():
    aws.wafv2.WebAclLoggingConfiguration(
        "acl-log",
        resource_arn="arn:aws:wafv2:eu-central-1:000000000000:regional/webacl/acl/1",
        log_destination_configs=["arn:aws:logs:eu-central-1:000000000000:log-group:x"],
    )


@CASES.good
def redacted():
    aws.wafv2.WebAclLoggingConfiguration(
        "acl-log",
        resource_arn="arn:aws:wafv2:eu-central-1:000000000000:regional/webacl/acl/1",
        log_destination_configs=["arn:aws:logs:eu-central-1:000000000000:log-group:x"],
        redacted_fields=[
            {"single_header": {"name": "authorization"}},
            {"single_header": {"name": "cookie"}},
        ],
    )


@CASES.bad("acl-log", says="cookie")
def one_of_two():
    acls.logged(acls.web_acl(), redacted_fields=[{"single_header": {"name": "Authorization"}}])


@CASES.ignored
def a_web_acl_alone():
    acls.web_acl()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)

"""A fix names its properties as every language of Pulumi writes them."""

import re
from pathlib import Path

import pulumi_aws
import pytest

from policies.fix import in_every_language, properties
from policies.rules import RULES

SERVICES = ("apigateway", "apigatewayv2", "cloudwatch", "iam", "kms", "lambda_", "s3", "wafv2")
OPTIONS = {"dependsOn", "ignoreChanges"}  # of a resource, in Pulumi's SDKs


@pytest.fixture(scope="module")
def known():
    """Every property that the SDK translates, as the provider's schema spells it."""
    folder = Path(pulumi_aws.__file__).parent
    sources = [file for name in SERVICES for file in (folder / name).glob("*.py")]
    named = (re.findall(r'getter\(name="(\w+)"\)', file.read_text()) for file in sources)
    return OPTIONS.union(*named)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_name_is_a_property_of_the_provider(rule, known):
    assert set(properties(rule.fix)) <= known


@pytest.mark.parametrize(
    ("fix", "names"),
    [
        ("aws.kms.Key(…, enable_key_rotation=True)", ("enableKeyRotation",)),
        ('mutual_tls={"truststore_uri": …}', ("mutualTls", "truststoreUri")),
        ('{"arn": acl.web_acl_arn}, with web_acl_arn of ip_set', ("webAclArn",)),
        ("a_b=1, a_b=2, sha_256=3", ("aB", "sha256")),
        ('{"Action": "kms:Sign", "Resource": key_arn}', ()),
        ('aws.lambda_.FunctionUrl(…), key_usage="SIGN_VERIFY"', ("keyUsage",)),
        ("is_open == True", ()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_arguments_keys_and_attributes_are_named_and_variables_are_not(fix, names):
    assert properties(fix) == names


def test_a_fix_without_such_a_name_stays_as_it_is():
    assert in_every_language('"uri": "https://…"') == '"uri": "https://…"'
    assert in_every_language("retention_in_days=30").endswith(
        "(TypeScript, Go, YAML: retentionInDays)"
    )

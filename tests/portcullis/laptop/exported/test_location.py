"""Account and region of an export: one of each, or an error."""

import pytest

from portcullis.laptop.exported.errors import SubstitutionError
from portcullis.laptop.exported.location import account_and_region
from tests.portcullis.laptop.exported.stacks import (
    ACCOUNT,
    KEY_ARN,
    REGION,
    function,
    key,
    resource,
    stack,
)


def test_they_are_those_of_the_arns():
    without = resource("aws:s3/bucket:Bucket", "bucket", arn="arn:aws:s3:::bucket")
    assert account_and_region(stack(function(), key(), without)) == (ACCOUNT, REGION)


@pytest.mark.parametrize(
    ("resources", "listed"),
    [
        ([], "none"),
        ([resource("aws:s3/bucket:Bucket", "b", arn="arn:aws:s3:::b")], "none"),
        ([function(), key(KEY_ARN.replace(REGION, "eu-west-1"))], "eu-central-1, .*eu-west-1"),
        ([function(), key(KEY_ARN.replace(ACCOUNT, "999999999999"))], "999999999999"),
    ],
    ids=["empty", "global", "two-regions", "two-accounts"],
)
def test_none_or_several_are_an_error(resources, listed):
    with pytest.raises(SubstitutionError, match=f"one account and one region.*{listed}"):
        account_and_region(stack(*resources))

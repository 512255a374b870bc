"""A lookup that no table lists is answered with unknown texts of the SDK's own result type."""

import pytest

from portcullis.standin.unlisted_lookup import lookups_in, unlisted_answer


@pytest.mark.parametrize(
    ("token", "unknown"),
    [
        ("aws:ec2/getAmi:getAmi", ["id", "rootDeviceName"]),
        ("aws:route53/getZone:getZone", ["zoneId", "arn"]),
        ("aws:lambda/getFunction:getFunction", ["invokeArn"]),
        ("aws:ssm/getParameter:getParameter", ["value"]),
        ("aws:index/getService:getService", ["reverseDnsName"]),
    ],
    ids=["ami", "zone", "keyword", "parameter", "index"],
)
def test_every_string_of_the_result_is_unknown(token, unknown):
    answer = unlisted_answer(token, {})
    for name in unknown:
        assert list(lookups_in(f"in {answer[name]}, here")) == [(token, "{}")]


def test_the_arguments_come_back():
    answer = unlisted_answer("aws:route53/getZone:getZone", {"name": "example.com."})
    assert answer["name"] == "example.com."


def test_lists_and_nested_results_have_one_unknown_entry():
    answer = unlisted_answer("aws:ec2/getSubnets:getSubnets", {})
    assert list(lookups_in(answer["ids"])) == [("aws:ec2/getSubnets:getSubnets", "{}")]
    nested = unlisted_answer("aws:ec2/getAmi:getAmi", {})["blockDeviceMappings"]
    assert list(lookups_in(nested[0])).count(("aws:ec2/getAmi:getAmi", "{}")) >= 1


def test_numbers_and_booleans_are_left_out():
    answer = unlisted_answer("aws:ec2/getAmi:getAmi", {})
    assert "enaSupport" not in answer


@pytest.mark.parametrize(
    "token",
    ["aws:ec2/getNothing:getNothing", "unheard:index/getThing:getThing", "not a token"],
)
def test_a_lookup_without_a_result_type_has_no_answer(token):
    assert unlisted_answer(token, {}) is None

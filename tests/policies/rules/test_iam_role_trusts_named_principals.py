"""A role that everybody may assume is refused."""

import json

import pulumi_aws as aws
import pytest

from tests.policies.cases import Cases

CASES = Cases("iam-role-trusts-named-principals")


@CASES.bad("role", says="Statement[0].Principal contains a wildcard")
def everybody():
    aws.iam.Role(
        "role",
        assume_role_policy=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
                ],
            }
        ),
    )


@CASES.good
def one_service():
    aws.iam.Role(
        "role",
        assume_role_policy=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "lambda.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                    }
                ],
            }
        ),
    )


@CASES.bad("role")
def star_as_a_text():
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}
    aws.iam.Role("role", assume_role_policy=json.dumps({"Statement": statement}))


@CASES.bad("role")
def everybody_but_one():
    statement = {"Effect": "Allow", "NotPrincipal": {"AWS": "x"}, "Action": "sts:AssumeRole"}
    aws.iam.Role("role", assume_role_policy=json.dumps({"Statement": [statement]}))


@CASES.ignored
def something_else():
    aws.s3.Bucket("assets", bucket="assets")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)

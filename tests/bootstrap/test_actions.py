"""Operations become IAM actions; what AWS checks besides is added."""

import pytest

from bootstrap.actions import BESIDES, actions_of
from bootstrap.operations import OPERATIONS

API, WAF = "aws:apigateway/", "aws:wafv2/"


@pytest.mark.parametrize("resource_type", OPERATIONS)
def test_no_action_has_a_wildcard(resource_type):
    for action in actions_of(resource_type):
        service, _, name = action.partition(":")
        assert service.isalnum(), action
        assert name.isalpha(), action


def test_api_gateway_has_http_methods_as_actions():
    assert actions_of(f"{API}basePathMapping:BasePathMapping") == {
        f"apigateway:{method}" for method in ("POST", "GET", "PATCH", "DELETE")
    }


def test_s3_operations_have_actions_of_other_names():
    actions = actions_of("aws:s3/bucketObjectv2:BucketObjectv2")
    assert actions >= {"s3:GetObject", "s3:DeleteObjectVersion", "s3:ListBucketVersions"}
    assert not any("Head" in action for action in actions)


@pytest.mark.parametrize(
    ("resource_type", "action"),
    [
        (f"{API}domainName:DomainName", "s3:GetObjectVersion"),
        (f"{API}domainName:DomainName", "apigateway:AddCertificateToDomain"),
        (f"{API}domainName:DomainName", "iam:CreateServiceLinkedRole"),
        (f"{API}account:Account", "iam:PassRole"),
        ("aws:lambda/function:Function", "iam:PassRole"),
        (f"{WAF}webAclAssociation:WebAclAssociation", "apigateway:SetWebACL"),
        (f"{WAF}webAclLoggingConfiguration:WebAclLoggingConfiguration", "logs:CreateLogDelivery"),
    ],
)
def test_rights_that_are_not_obvious_are_there(resource_type, action):
    assert action in actions_of(resource_type)


def test_rights_besides_belong_to_types_of_the_table():
    assert set(BESIDES) - set(OPERATIONS) == set()

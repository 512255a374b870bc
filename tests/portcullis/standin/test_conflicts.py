"""AWS refuses a name that is taken and the deletion of what is in use, by the name of its error."""

import pytest

from portcullis.standin.account import (
    ASSOCIATION,
    BUCKET_OBJECT,
    DEPLOYMENT,
    REST_API,
    USAGE_PLAN_KEY,
    Held,
    create,
)
from portcullis.standin.conflicts import (
    API_KEY,
    CERTIFICATE,
    CLIENT_CERTIFICATE,
    DOMAIN,
    FUNCTION_ALIAS,
    IN_USE,
    IP_SET,
    MAPPING,
    RECORD,
    ROLE,
    STAGE,
    TABLE,
    UNIQUE,
    USAGE_PLAN,
    WEB_ACL,
    AwsRefusedError,
    check_create,
    check_delete,
)

BUCKET = "aws:s3/bucket:Bucket"


def held(type_, id_, **properties):
    return Held(type=type_, id=id_, properties=properties)


def account_of(*resources):
    account = {}
    for resource in resources:
        account = create(account, resource)
    return account


@pytest.mark.parametrize("resource_type", UNIQUE)
def test_a_second_resource_with_the_unique_properties_is_refused(resource_type):
    names, code = UNIQUE[resource_type]
    taken = dict.fromkeys(names, "taken")
    account = account_of(held(resource_type, "first", **taken))
    with pytest.raises(AwsRefusedError, match="exists already") as refused:
        check_create(account, held(resource_type, "second", **taken))
    assert refused.value.code == code
    free = {**taken, names[-1]: "free"}
    check_create(account, held(resource_type, "second", **free))


def test_a_message_does_not_repeat_the_value_of_an_api_key():
    account = account_of(held(API_KEY, "first", value="5ecret-value", name="a"))
    with pytest.raises(AwsRefusedError) as refused:
        check_create(account, held(API_KEY, "second", value="5ecret-value", name="b"))
    assert "5ecret" not in str(refused.value)


def test_a_record_that_may_be_overwritten_is_accepted():
    record = {"zoneId": "z", "name": "n", "type": "A"}
    account = account_of(held(RECORD, "first", **record))
    check_create(account, held(RECORD, "second", **record, allowOverwrite=True))


USERS = {
    CERTIFICATE: held(DOMAIN, "d", regionalCertificateArn="arn:it"),
    CLIENT_CERTIFICATE: held(STAGE, "s", clientCertificateId="it"),
    DEPLOYMENT: held(STAGE, "s", deployment="it"),
    DOMAIN: held(MAPPING, "m", domainName="it"),
    IP_SET: held(WEB_ACL, "w", rules=[{"statement": {"arn": "arn:it"}}]),
    REST_API: held(MAPPING, "m", restApi="it"),
    ROLE: held("aws:iam/rolePolicy:RolePolicy", "p", role="it"),
    WEB_ACL: held(ASSOCIATION, "a", webAclArn="arn:it", resourceArn="stage"),
    BUCKET: held(BUCKET_OBJECT, "it/key", bucket="it", versionId="v"),
}


@pytest.mark.parametrize("resource_type", IN_USE)
def test_what_is_in_use_is_not_deleted(resource_type):
    it = held(resource_type, "it", arn="arn:it")
    check_delete(account_of(it), it)
    with pytest.raises(AwsRefusedError, match="is used by") as refused:
        check_delete(account_of(it, USERS[resource_type]), it)
    assert refused.value.code == IN_USE[resource_type][0]


def test_a_table_with_deletion_protection_is_not_deleted():
    with pytest.raises(AwsRefusedError, match="deletion protection"):
        check_delete({}, held(TABLE, "t", deletionProtectionEnabled=True))


def test_a_key_joins_one_usage_plan_of_a_stage():
    def plan(name, stage):
        return held(USAGE_PLAN, name, apiStages=[{"apiId": "api", "stage": stage}])

    def member(name):
        return held(USAGE_PLAN_KEY, "k", usagePlanId=name, keyId="k")

    account = account_of(plan("gold", "v1"), plan("silver", "v1"), plan("other", "v2"))
    account = create(account, member("gold"))
    with pytest.raises(AwsRefusedError, match="ConflictException"):
        check_create(account, member("silver"))
    check_create(account, member("other"))


def test_an_alias_is_unique_per_function():
    account = account_of(held(FUNCTION_ALIAS, "a", functionName="f", name="live"))
    check_create(account, held(FUNCTION_ALIAS, "b", functionName="g", name="live"))

"""The account holds one resource per identity, and what later ones refer to."""

from portcullis.standin.account import (
    ASSOCIATION,
    BUCKET_OBJECT,
    DEPLOYMENT,
    FUNCTION,
    REST_API,
    SUBSCRIPTION,
    USAGE_PLAN_KEY,
    Held,
    create,
    delete,
    existing,
    key_of,
    update,
)


def held(type_, id_, **properties):
    return Held(type=type_, id=id_, properties=properties)


def test_a_stage_has_one_web_acl_and_the_last_association_wins():
    account = create({}, held(ASSOCIATION, "a,stage", webAclArn="a", resourceArn="stage"))
    account = create(account, held(ASSOCIATION, "b,stage", webAclArn="b", resourceArn="stage"))
    (association,) = account.values()
    assert association["webAclArn"] == "b"


def test_the_deletion_of_the_old_association_removes_the_new_one():
    account = create({}, held(ASSOCIATION, "b,stage", webAclArn="b", resourceArn="stage"))
    old = {"webAclArn": "a", "resourceArn": "stage"}
    assert delete(account, ASSOCIATION, "a,stage", old) == {}


def test_a_known_endpoint_is_the_existing_subscription():
    given = {"topic": "t", "protocol": "email", "endpoint": "a@example.com"}
    account = create({}, held(SUBSCRIPTION, "arn:1", **given))
    assert existing(account, SUBSCRIPTION, given).id == "arn:1"
    assert existing(account, SUBSCRIPTION, {**given, "endpoint": "b@example.com"}) is None
    assert existing(account, REST_API, given) is None


def test_a_key_in_two_plans_is_two_members():
    ids = {key_of(USAGE_PLAN_KEY, "k", {"usagePlanId": plan, "keyId": "k"}) for plan in "ab"}
    assert len(ids) == 2


def test_a_deployment_keeps_the_api_as_it_was():
    account = create({}, held(REST_API, "api", body="one"))
    account = create(account, held(DEPLOYMENT, "d1", restApi="api"))
    account = update(account, held(REST_API, "api", body="two"))
    account = update(account, held(DEPLOYMENT, "d1", restApi="api", description="x"))
    assert account[DEPLOYMENT, "d1"].earlier["api"]["body"] == "one"


def test_versions_of_functions_and_objects_stay():
    account = create({}, held(FUNCTION, "f", version="1", timeout=1))
    account = update(account, held(FUNCTION, "f", version="2", timeout=2))
    assert {v: p["timeout"] for v, p in account[FUNCTION, "f"].earlier.items()} == {"1": 1, "2": 2}
    account = create(account, held(BUCKET_OBJECT, "b/k", versionId="v1", content="one"))
    account = create(account, held(BUCKET_OBJECT, "b/k", versionId="v2", content="two"))
    assert set(account[BUCKET_OBJECT, "b/k"].earlier) == {"v1", "v2"}


def test_an_operation_leaves_the_account_before_it_alone():
    before = create({}, held(REST_API, "api", body="one"))
    update(before, held(REST_API, "api", body="two"))
    delete(before, REST_API, "api", {})
    assert before[REST_API, "api"]["body"] == "one"

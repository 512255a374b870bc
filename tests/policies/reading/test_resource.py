"""References between the resources of a stack are found in both directions."""

from tests.policies.reading.stack_of import UNKNOWN, stack_of, thing

BUCKET, POLICY = "aws:s3/bucket:Bucket", "aws:s3/bucketPolicy:BucketPolicy"


def example():
    return stack_of(
        thing(BUCKET, "trust", bucket="trust"),
        thing(BUCKET, "other", bucket=UNKNOWN),
        thing(POLICY, "policy", bucket=UNKNOWN, uses={"bucket": ["trust"]}),
    )


def test_a_property_knows_the_resources_that_it_refers_to():
    stack, found = example()
    assert found["policy"].uses("bucket") == {found["trust"].urn}
    assert found["policy"].dependencies == {found["trust"].urn}
    assert found["policy"].uses("policy") == frozenset()
    assert stack.used_by(found["policy"], "bucket", BUCKET) == [found["trust"]]
    assert stack.used_by(found["policy"], "bucket", POLICY) == []


def test_a_resource_knows_the_resources_that_refer_to_it():
    stack, found = example()
    assert stack.users_of(found["trust"], "bucket", POLICY) == [found["policy"]]
    assert stack.users_of(found["trust"], "policy", POLICY) == []
    assert stack.users_of(found["other"], "bucket", POLICY) == []


def test_resources_are_selected_by_type():
    stack, found = example()
    assert stack.of_type(BUCKET) == [found["trust"], found["other"]]
    assert list(stack.judged_by(frozenset({POLICY}))) == [found["policy"]]
    assert list(stack.judged_by(frozenset())) == list(stack.resources)


def test_the_stack_name_is_part_of_the_urn():
    _, found = example()
    assert found["trust"].stack_name == "test"


def test_a_result_is_built_once():
    stack, _ = example()
    built = []
    for _ in range(2):
        assert stack.memo("name", lambda: built.append(1) or "result") == "result"
    assert built == [1]

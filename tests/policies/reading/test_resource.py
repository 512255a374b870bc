"""References between the resources of a stack are found in both directions."""

from policies.reading.resource import once_per_stack
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


def test_a_result_is_found_once_for_each_stack_and_argument():
    calls = []

    @once_per_stack
    def find(stack, what):
        calls.append(what)
        return stack, what

    (first, _), (second, _) = example(), example()
    asked = [(first, "a"), (first, "a"), (first, "b"), (second, "a")]
    assert [find(*one) for one in asked] == asked
    assert calls == ["a", "b", "a"]

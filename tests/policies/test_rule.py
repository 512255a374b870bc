"""A rule reports its messages with the fix, and an unknown value as a violation."""

from pulumi_policy import Severity

from policies.rule import EVERY_TYPE, ResourceRule, StackRule
from tests.policies.reading.stack_of import UNKNOWN, stack_of, thing

BUCKET = "aws:s3/bucket:Bucket"
FIELDS = {
    "name": "s3-bucket-is-named",
    "title": "Buckets are named.",
    "severity": Severity.LOW,
    "why": "Because.",
    "fix": "bucket=…",
    "page": "Buckets",
    "url": "https://example.com",
    "types": frozenset({BUCKET}),
}


def check(resource, settings):
    if resource["bucket"].text() != settings["wanted"]:
        yield "bucket is another one."


RULE = ResourceRule(check=check, settings={"wanted": {"type": "string", "default": "a"}}, **FIELDS)


def messages(*, rule=RULE, type_=BUCKET, given=None, **props):
    stack, found = stack_of(thing(type_, "it", **props))
    settings = rule.with_defaults(given)
    if isinstance(rule, StackRule):
        return list(rule.messages(found["it"], stack, settings))
    return list(rule.messages(found["it"], settings))


def test_a_message_names_the_resource_and_the_fix():
    assert messages(bucket="b") == ["it: bucket is another one.\nFix: bucket=…"]


def test_settings_override_defaults():
    assert messages(bucket="a") == []
    assert messages(bucket="a", given={"wanted": "b"})
    assert messages(bucket="b", given={"wanted": "b"}) == []


def test_an_unknown_value_is_a_violation():
    (message,) = messages(bucket=UNKNOWN)
    assert message.startswith("it: bucket is not known before the update, so the rule cannot be")


def test_a_rule_that_fails_is_a_violation_with_its_name():
    def broken(_resource, _settings):
        yield "bucket is another one."
        raise KeyError("secret")

    rule = ResourceRule(check=broken, **FIELDS)
    first, second = messages(rule=rule, bucket="b")
    assert first.startswith("it: bucket is another one.")
    assert "the rule s3-bucket-is-named failed with KeyError" in second
    assert "secret" not in second


def test_another_type_is_not_judged():
    assert messages(type_="aws:s3/other:Other", bucket="b") == []


def test_a_rule_for_every_type_judges_any():
    rule = ResourceRule(check=lambda *_: ["no."], **{**FIELDS, "types": EVERY_TYPE})
    assert messages(rule=rule, type_="x:y/z:Z")


def test_a_stack_rule_gets_the_stack():
    rule = StackRule(
        check=lambda _resource, stack, _: [f"{len(stack.resources)} resources."], **FIELDS
    )
    assert messages(rule=rule) == ["it: 1 resources.\nFix: bucket=…"]

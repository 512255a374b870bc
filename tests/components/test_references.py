"""A reference to a component of the package is followed to the resources behind its outputs."""

import pulumi_aws as aws
import pytest
from pulumi.resource import DependencyResource

from components.arn import Place
from components.references import MadeComponents
from components.waf_shield import WafShield, WafShieldArgs

URN = "urn:pulumi:test::portcullis::portcullis:index:WafShield::waf"
OTHER = "urn:pulumi:test::portcullis::portcullis:index:WafShield::other"


def arrived(urn, value="arn"):
    """An output of a component as the engine hands it to another component of the package."""
    return DependencyResource(urn).urn.apply(lambda _: value)


@pytest.fixture
def uses(engine):
    """What a queue's name refers to that is a followed value of a program with one WafShield."""

    def run(value, *, preview=True):
        def program():
            place = Place(region="eu-central-1", account_id="111122223333")
            args = WafShieldArgs(prefix="p", place=place, stage_arn="s", allowed_cidrs=["::/32"])
            made = MadeComponents()
            made.add(WafShield("waf", args))
            name = made.followed(value())
            aws.cloudwatch.LogGroup("user", name=name if isinstance(name, str) else inner(name))

        recorded = engine.run(program, preview=preview)
        user = recorded.one("LogGroup", "user")
        return {urn.rpartition("::")[2] for urn in user.property_dependencies["name"]}, user

    def inner(name):
        return name["a"][0] if isinstance(name, dict) else name

    return run


@pytest.mark.parametrize("preview", [True, False])
def test_an_output_also_refers_to_what_the_component_s_outputs_are_of(uses, preview):
    found, user = uses(lambda: arrived(URN), preview=preview)
    assert found == {"waf", "waf-association", "waf-log"}  # the web ACL is called waf too
    assert user.inputs["name"] == "arn"


def test_an_output_within_lists_and_mappings_is_followed(uses):
    assert "waf-association" in uses(lambda: {"a": [arrived(URN)]})[0]


def test_an_output_of_anything_else_stays_as_it_is(uses):
    assert uses(lambda: arrived(OTHER))[0] == {"other"}


def test_a_plain_value_refers_to_nothing(uses):
    assert uses(lambda: "name")[0] == set()


def test_arguments_keep_their_class_and_their_plain_values():
    args = WafShieldArgs(
        prefix="p",
        place=Place(region="eu-central-1", account_id="111122223333"),
        stage_arn="s",
        allowed_cidrs=["10.0.0.0/8"],
    )
    assert MadeComponents().followed(args) == args

"""The signing keys of an export are found with their public halves, and replaced everywhere."""

import pytest

from portcullis.laptop.exported.errors import SubstitutionError
from portcullis.laptop.exported.signing_keys import (
    ExportedKey,
    signing_keys,
    with_signing_keys,
)
from tests.portcullis.laptop.exported.stacks import (
    JWK,
    KEY_ARN,
    changed,
    function,
    key,
    stack,
    stage,
)

OTHER_ARN = KEY_ARN.replace("0001", "0002")
OTHER_JWK = {**JWK, "kid": "kid-2", "x": "x-2", "y": "y-2"}
PUBLISHED = ExportedKey(arn=KEY_ARN, kid="kid-1", x="x-1", y="y-1")
OWN = ExportedKey(arn="arn:own", kid="own-kid", x="own-x", y="own-y")


def test_the_only_key_has_the_only_public_half():
    assert signing_keys(stack(key())) == [PUBLISHED]


def test_a_stack_without_a_signing_key_has_none():
    assert signing_keys(stack(changed(key(), keyUsage="ENCRYPT_DECRYPT"))) == []


def test_of_two_keys_the_functions_environment_tells_which_is_which():
    other = {"variables": {"KEY": OTHER_ARN, "KID": "kid-2"}}
    graph = stack(
        key(),
        key(OTHER_ARN, "second"),
        function(),
        function("other", environment=other),
        jwks={"keys": [OTHER_JWK, JWK]},
    )
    assert [found.kid for found in signing_keys(graph)] == ["kid-1", "kid-2"]


@pytest.mark.parametrize(
    "outputs",
    [{"jwks": None}, {"jwks": {}}, {"jwks": {"keys": []}}, {"jwks": {"keys": [JWK, OTHER_JWK]}}],
    ids=["none", "empty", "no-key", "one-too-many"],
)
def test_a_key_without_a_known_public_half_is_an_error(outputs):
    with pytest.raises(SubstitutionError, match=f"public half of signing key key .{KEY_ARN}"):
        signing_keys(stack(key(), **outputs))


@pytest.mark.parametrize("missing", ["kid", "x", "y"])
def test_a_public_half_that_is_not_whole_is_an_error(missing):
    jwk = {name: value for name, value in JWK.items() if name != missing}
    with pytest.raises(SubstitutionError, match="lacks kid, x or y"):
        signing_keys(stack(key(), jwks={"keys": [jwk]}))


def test_arn_and_public_half_are_replaced_wherever_they_are():
    graph = with_signing_keys(stack(key(), function(), stage()), [(PUBLISHED, OWN)])
    resources = {r.name: r for r in graph}
    variables = resources["authorizer"].property("environment")["variables"]
    assert variables == {"SIGNING_KEY": "arn:own", "SIGNING_KID": "own-kid"}
    assert resources["key"].property("arn") == "arn:own"
    assert resources["stage"].property("variables") == {
        "jwk1kid": "own-kid",
        "jwk1x": "own-x",
        "jwk1y": "own-y",
    }
    (jwk,) = graph.stack_outputs["jwks"]["keys"]
    assert (jwk["kid"], jwk["x"], jwk["y"]) == ("own-kid", "own-x", "own-y")

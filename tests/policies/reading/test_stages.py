"""Stages are matched with associations, mappings and method settings by reference or by name."""

from policies.reading import types
from policies.reading.stages import associations, method_settings, setting, stages_of
from tests.policies.reading.stack_of import UNKNOWN, stack_of, thing

API = thing(types.REST_API, "api")


def stage(**props):
    return thing(
        types.REST_STAGE,
        "live",
        **({"stageName": "v1", "arn": UNKNOWN} | props),
        uses={"restApi": ["api"]},
    )


def association(arn):
    return thing(
        types.WEB_ACL_ASSOCIATION, "guard", resourceArn=arn, uses={"resourceArn": ["live"]}
    )


def test_in_a_preview_a_dependency_is_an_association():
    stack, found = stack_of(API, stage(), association(UNKNOWN))
    assert associations(found["live"], stack) == [found["guard"]]


def test_in_an_update_the_arn_must_be_the_stage_s():
    stack, found = stack_of(API, stage(arn="arn:a"), association("arn:a"))
    assert associations(found["live"], stack) == [found["guard"]]
    stack, found = stack_of(API, stage(arn="arn:a"), association("arn:b"))
    assert associations(found["live"], stack) == []


def test_a_mapping_finds_its_stage_by_reference_and_by_name():
    by_reference = thing(types.REST_MAPPING, "ref", stageName=UNKNOWN, uses={"stageName": ["live"]})
    by_name = thing(types.REST_MAPPING, "name", stageName="v1", uses={"restApi": ["api"]})
    other = thing(types.REST_MAPPING, "other", stageName="v2", uses={"restApi": ["api"]})
    stack, found = stack_of(API, stage(), by_reference, by_name, other)
    assert stages_of(found["ref"], stack) == [found["live"]]
    assert stages_of(found["name"], stack) == [found["live"]]
    assert stages_of(found["other"], stack) == []


def settings(name, path, **declared):
    return thing(
        types.REST_METHOD_SETTINGS,
        name,
        methodPath=path,
        stageName="v1",
        settings=declared,
        uses={"restApi": ["api"]},
    )


def test_a_setting_is_listed_for_every_path_that_sets_it():
    stack, found = stack_of(
        API,
        stage(),
        settings("all", "*/*", loggingLevel="ERROR"),
        settings("one", "pets/GET", loggingLevel="OFF"),
        settings("quiet", "pets/POST"),
    )
    assert len(method_settings(found["live"], stack)) == 3
    values = {where: node.text() for where, node in setting(found["live"], stack, "loggingLevel")}
    assert values == {"loggingLevel of all": "ERROR", "loggingLevel of one": "OFF"}


def test_without_settings_for_all_methods_a_setting_is_absent():
    stack, found = stack_of(API, stage(), settings("one", "pets/GET", loggingLevel="ERROR"))
    listed = dict(setting(found["live"], stack, "loggingLevel"))
    assert not listed["loggingLevel of */*"].present
    assert listed["loggingLevel of one"].text() == "ERROR"

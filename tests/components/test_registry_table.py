"""The client registry's table: protected, encrypted, billed per request, with a known name."""

import pytest

from components.registry_table import RegistryTable, RegistryTableArgs, table_name


def build(**changes):
    return lambda: RegistryTable(
        "registry",
        RegistryTableArgs(
            **{"prefix": "portcullis-dev", "kms_key_arn": None, "protect": True, **changes}
        ),
    )


@pytest.fixture
def table(engine):
    return engine.preview(build()).one("Table")


def test_its_name_is_known_before_it_exists(table):
    assert table.inputs["name"] == table_name("portcullis-dev") == "portcullis-dev-registry"


def test_items_are_found_by_one_key_of_text(table):
    assert table.inputs["hashKey"] == "pk"
    assert table.inputs["attributes"] == [{"name": "pk", "type": "S"}]
    assert "rangeKey" not in table.inputs


def test_it_is_billed_per_request(table):
    assert table.inputs["billingMode"] == "PAY_PER_REQUEST"
    assert not {"readCapacity", "writeCapacity"} & set(table.inputs)


def test_it_has_point_in_time_recovery(table):
    assert table.inputs["pointInTimeRecovery"] == {"enabled": True}


def test_it_is_encrypted_with_a_key_of_the_account(table):
    assert table.inputs["serverSideEncryption"] == {"enabled": True}


def test_it_is_encrypted_with_the_stack_s_own_key(engine):
    key = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222"
    table = engine.preview(build(kms_key_arn=key)).one("Table")
    assert table.inputs["serverSideEncryption"] == {"enabled": True, "kmsKeyArn": key}


@pytest.mark.parametrize("protect", [True, False])
def test_it_is_protected_twice_by_one_setting(engine, protect):
    table = engine.preview(build(protect=protect)).one("Table")
    assert table.inputs["deletionProtectionEnabled"] is protect  # against a call to AWS
    assert table.flags.protect is protect  # against a program that no longer declares it


def test_it_says_what_it_holds(table):
    assert table.inputs["tags"] == {"content": "client registry"}


def test_the_program_writes_no_item(engine):
    recorded = engine.run(build())
    assert {r.type for r in recorded.graph} == {
        "portcullis:index:RegistryTable",
        "aws:dynamodb/table:Table",
    }
    component = recorded.one("RegistryTable")
    assert recorded.one("Table").parent == component.urn
    assert component.outputs["tableName"] == "portcullis-dev-registry"

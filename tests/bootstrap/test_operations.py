"""The table of operations covers every resource type, and names operations that exist."""

import re

import botocore.session
import pytest
import yaml

from bootstrap.actions import actions_of, actions_of_operation
from bootstrap.operations import OPERATIONS
from tests.bootstrap.stacks import PROJECT

# Shield Advanced is a subscription of 3,000 USD a month; bootstrap/README.md names its rights.
NOT_COVERED = {"shield:protection"}


def test_every_resource_type_of_the_stacks_is_covered(resources):
    types = {resource.type for resource in resources}
    assert "aws:dynamodb/table:Table" in types
    assert types - set(OPERATIONS) == set()


def test_every_resource_type_in_the_components_is_covered():
    """Also those of settings that none of the stacks has, such as usage plans."""
    made = {
        f"{service}:{name}".lower()
        for path in (PROJECT / "components").rglob("*.py")
        for service, name in re.findall(r"\baws\.(\w+)\.([A-Z]\w+)(?<!Args)\(", path.read_text())
    }
    covered = {
        f"{type_.split(':')[1].partition('/')[0]}:{type_.split(':')[2]}".lower()
        for type_ in OPERATIONS
    }
    renamed = {"lambda_:": "lambda:"}
    found = {name.replace(*item) for name in made for item in renamed.items()}
    assert found - covered - NOT_COVERED == set()


@pytest.mark.parametrize("resource_type", OPERATIONS)
def test_every_operation_is_one_of_aws(resource_type):
    session = botocore.session.get_session()
    for operation in OPERATIONS[resource_type]:
        service, name = operation.split(":")
        assert name in session.get_service_model(service).operation_names, operation


def test_every_request_that_our_models_know_is_allowed():
    """The table of portcullis.awsmodels lists the requests that create each resource."""
    path = PROJECT / "portcullis" / "awsmodels" / "requests.yaml"
    requests = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert set(OPERATIONS) <= set(requests)
    for resource_type in OPERATIONS:
        for sent in requests[resource_type]["sent"]:
            needed = set(actions_of_operation(sent["operation"]))
            assert needed <= actions_of(resource_type), sent["operation"]


def test_a_resource_is_made_read_and_deleted():
    changed_elsewhere = {"CertificateValidation", "Account", "MethodSettings", "TopicPolicy"}
    for resource_type, operations in OPERATIONS.items():
        if resource_type.partition(":")[2].partition(":")[2] in changed_elsewhere:
            continue
        names = " ".join(operations)
        assert any(verb in names for verb in ("Get", "Describe", "List", "Head")), resource_type
        endings = (
            "Delete",
            "Schedule",
            "Remove",
            "Detach",
            "Disassociate",
            "Unsubscribe",
            "ChangeResource",
        )
        # versions of a bucket cannot be switched off, only suspended
        assert any(verb in names for verb in endings) or "Versioning" in names, resource_type

"""The region that a recording names."""

import pytest

from portcullis.acceptance.target.deployed import deployed
from portcullis.acceptance.target.run_description import laptop
from portcullis.cli.verify_target import recorded_region
from portcullis.errors import MisuseError
from tests.portcullis.acceptance.target.described import DESCRIBED


@pytest.fixture
def stack(tmp_path):
    for name in ("c.pem", "c.key"):
        (tmp_path / name).touch()

    def of(default_endpoint=None):
        return deployed(
            "https://api.example.com",
            certificate=tmp_path / "c.pem",
            key=tmp_path / "c.key",
            contract=tmp_path / "contract.yaml",
            default_endpoint=default_endpoint,
        )

    return of


def test_a_laptop_has_the_region_of_its_signing_key():
    assert recorded_region(laptop(DESCRIBED), None) == "eu-central-1"


def test_a_deployed_stack_has_the_region_of_its_default_endpoint(stack):
    endpoint = "https://abc.execute-api.eu-west-1.amazonaws.com"
    assert recorded_region(stack(endpoint), None) == "eu-west-1"
    assert recorded_region(stack(endpoint), "us-gov-east-1") == "us-gov-east-1"


@pytest.mark.parametrize("region", [None, "", "europe", "eu-central", "EU-CENTRAL-1"])
def test_without_a_region_the_option_is_named(stack, region):
    with pytest.raises(MisuseError, match="--region eu-central-1"):
        recorded_region(stack(), region)


def test_an_endpoint_of_another_kind_names_no_region(stack):
    with pytest.raises(MisuseError, match="--region"):
        recorded_region(stack("https://api.example.org"), None)

"""Regions and their partitions, as AWS publishes them."""

import pytest

from portcullis.settings.regions import PARTITIONS, partitions_by_region, region_code


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("eu-central-1", "aws"),
        ("us-east-1", "aws"),
        ("cn-northwest-1", "aws-cn"),
        ("us-gov-east-1", "aws-us-gov"),
    ],
)
def test_a_region_is_in_its_partition(region, partition):
    assert region_code(region) is None
    assert partitions_by_region()[region] == partition


@pytest.mark.parametrize("region", ["us-iso-east-1", "eu-isoe-west-1", "aws-global", "", "eu"])
def test_a_region_of_no_partition_that_we_compose_arns_for_is_refused(region):
    assert region_code(region) is not None


def test_every_partition_has_regions():
    assert set(partitions_by_region().values()) == set(PARTITIONS)


def test_a_misspelt_region_is_answered_with_the_nearest_one():
    assert region_code("EU-Central-1").suggestion == "eu-central-1"
    assert region_code("eu-centrall-1").suggestion == "eu-central-1"

"""Reads AWS's service models and partitions as botocore ships them.

A botocore session would read them too, but it takes 0.3 s to import and to start.
"""

from collections.abc import Mapping
from functools import cache

import botocore
from botocore.loaders import Loader
from botocore.model import ServiceModel

SOURCE = f"botocore {botocore.__version__}"
_LOADER = Loader()


@cache
def service_model(name: str) -> ServiceModel:
    """The newest model of a service, by botocore's name of it."""
    newest = max(_LOADER.list_api_versions(name, "service-2"))
    return ServiceModel(_LOADER.load_data(f"{name}/{newest}/service-2"), name)


@cache
def partition_by_region() -> Mapping[str, str]:
    return {
        region: partition["id"]
        for partition in _LOADER.load_data("partitions")["partitions"]
        for region in partition["regions"]
        if not region.endswith("-global")
    }

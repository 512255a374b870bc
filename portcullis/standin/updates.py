"""The outputs that change with an update in place; all other computed outputs stay.

Source: the Read functions of hashicorp/terraform-provider-aws (internal/service/*).
"""

from collections.abc import Mapping
from typing import Any

from portcullis.standin.location import Location
from portcullis.standin.outputs import API_KEY_HEADER, TABLE

Properties = Mapping[str, Any]

# Lambda publishes a version for a change of code or configuration, not for these.
UNVERSIONED = frozenset({"reservedConcurrentExecutions", "tags", "publish"})


def updated(
    location: Location,
    resource_type: str,
    name: str,
    *,
    old: Properties,
    old_inputs: Properties,
    inputs: Properties,
) -> dict[str, Any]:
    """The outputs of a resource after an update of its inputs."""
    computed = {key: value for key, value in old.items() if key not in old_inputs}
    if resource_type in _RECOMPUTED:
        computed |= TABLE[resource_type](location, name, inputs).computed
    if resource_type == "aws:lambda/function:Function":
        computed |= _published(location, old, old_inputs, inputs)
    if resource_type == "aws:apigateway/restApi:RestApi":
        computed["apiKeySource"] = _patched_api_key_source(old, inputs)
    return {**computed, **inputs}


_RECOMPUTED = frozenset({"aws:s3/bucketObjectv2:BucketObjectv2", "aws:kms/alias:Alias"})


def _published(
    location: Location, old: Properties, old_inputs: Properties, inputs: Properties
) -> dict[str, Any]:
    changed = {
        key for key in old_inputs.keys() | inputs.keys() if old_inputs.get(key) != inputs.get(key)
    }
    version = str(old.get("version", ""))
    if inputs.get("publish") and changed - UNVERSIONED:
        version = str(int(version) + 1) if version.isdigit() else "1"
    qualified = f"{old.get('arn')}:{version}"
    return {
        "version": version,
        "qualifiedArn": qualified,
        "qualifiedInvokeArn": location.invoke_arn(qualified),
        "codeSha256": inputs.get("sourceCodeHash", ""),
    }


def _patched_api_key_source(old: Properties, inputs: Properties) -> str:
    """The provider imports the body, then patches the API with the source in its state.

    So a source that the body alone has is set back to the one before (pulumi-awsx#1057).
    """
    return str(inputs.get("apiKeySource") or old.get("apiKeySource") or API_KEY_HEADER)

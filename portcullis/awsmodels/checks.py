"""Checks of limits that a pattern or a number does not express; limits.yaml names their functions.

Each takes a known value and all inputs of its resource, and returns what is wrong, or None.
"""

import ipaddress
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from portcullis.awsmodels.builders import body_of, operations
from portcullis.awsmodels.capacity import capacity
from portcullis.graph.resource import UNKNOWN, archive_path

Check = Callable[[Any, Mapping[str, Any]], str | None]
MAX_AUTHORIZERS: Final = 10
MAX_RESOURCES: Final = 300
MAX_TIMEOUT_MS: Final = 29_000
MIN_TIMEOUT_MS: Final = 50
MAX_ENVIRONMENT_BYTES: Final = 4096
MAX_ZIP_BYTES: Final = 50 * 1024 * 1024
MAX_CAPACITY: Final = 5000
MAX_RATE_RULES: Final = 10
WINDOWS: Final = (60, 120, 300, 600)
MAX_CUSTOM_BODY_BYTES: Final = 4096
LOG_PREFIX: Final = "aws-waf-logs-"
MAX_DOMAIN_OCTETS: Final = 64
SNAP_START_STORAGE_MB: Final = 512
_LOAD_BALANCER: Final = re.compile(
    r"arn:aws[\w-]*:elasticloadbalancing:[\w-]+:\d{12}:loadbalancer/(app|net)/[\w-]+/[0-9a-f]+"
)


def known(value: Any) -> bool:
    """Whether nothing in a value, however deep, is unknown."""
    if isinstance(value, Mapping):
        return all(known(inner) for inner in value.values())
    if isinstance(value, list | tuple):
        return all(known(inner) for inner in value)
    return bool(value != UNKNOWN)


def first_domain_name(value: Any, _: Mapping[str, Any]) -> str | None:
    if len(str(value).encode()) > MAX_DOMAIN_OCTETS:
        return f"it has {len(str(value).encode())} octets"
    return None if "." in str(value) else "it has a single label"


def bucket_name(value: Any, _: Mapping[str, Any]) -> str | None:
    name = str(value)
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", name) or ".." in name:
        return f"{name[:70]!r} is not of that form"
    if name.startswith(("xn--", "sthree-", "amzn-s3-demo-")):
        return "its prefix is reserved"
    if name.endswith(("-s3alias", "--ol-s3", "--x-s3", "--table-s3")):
        return "its suffix is reserved"
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return None
    return "it is an IP address"


def stage_variables(value: Any, _: Mapping[str, Any]) -> str | None:
    for name, text in value.items():
        if not re.fullmatch(r"[A-Za-z0-9_]+", name):
            return f"the name {name!r} is not of that form"
        if text != UNKNOWN and not re.fullmatch(r"[A-Za-z0-9\-._~:/?#&=,]{0,512}", str(text)):
            return f"the value of {name} is not of that form"
    return None


def policy_with_mutual_tls(value: Any, inputs: Mapping[str, Any]) -> str | None:
    if inputs.get("mutualTlsAuthentication") is None or value == "TLS_1_2":
        return None
    return f"{value} does not go with mutual TLS"


def regional(value: Any, inputs: Mapping[str, Any]) -> str | None:
    types = inputs.get("endpointConfiguration") or {}
    kind = types.get("types") if isinstance(types, Mapping) else None
    kinds = [kind] if isinstance(kind, str) else kind or []
    if value is None or kinds in (["REGIONAL"], [UNKNOWN]):
        return None
    return f"the domain is {', '.join(kinds) or 'EDGE'}, and mutual TLS needs a regional one"


def authorizers(_: Any, inputs: Mapping[str, Any]) -> str | None:
    schemes = ((body_of(inputs) or {}).get("components") or {}).get("securitySchemes") or {}
    key = "x-amazon-apigateway-authorizer"
    count = sum(isinstance(scheme, Mapping) and key in scheme for scheme in schemes.values())
    return f"it has {count} authorizers" if count > MAX_AUTHORIZERS else None


def api_resources(_: Any, inputs: Mapping[str, Any]) -> str | None:
    paths = (body_of(inputs) or {}).get("paths") or {}
    nodes = {"/"}
    for path in paths:
        parts = path.strip("/").split("/")
        nodes |= {"/".join(parts[:depth]) for depth in range(1, len(parts) + 1)}
    return f"it has {len(nodes)} resources" if len(nodes) > MAX_RESOURCES else None


def timeouts(_: Any, inputs: Mapping[str, Any]) -> str | None:
    for place, operation in operations(body_of(inputs) or {}):
        integration = operation.get("x-amazon-apigateway-integration")
        limit = integration.get("timeoutInMillis") if isinstance(integration, Mapping) else None
        if isinstance(limit, int) and not MIN_TIMEOUT_MS <= limit <= MAX_TIMEOUT_MS:
            return f"{place} waits {limit} ms"
    return None


def vpc_links(_: Any, inputs: Mapping[str, Any]) -> str | None:
    for place, operation in operations(body_of(inputs) or {}):
        integration = operation.get("x-amazon-apigateway-integration")
        if not isinstance(integration, Mapping):
            continue
        is_private = str(integration.get("connectionType", "")).upper() == "VPC_LINK"
        if is_private != bool(integration.get("connectionId")):
            return f"{place} has one of connectionId and the connectionType VPC_LINK"
        target = integration.get("integrationTarget")
        if target is not None and not (is_private and _LOAD_BALANCER.fullmatch(str(target))):
            return f"{place} has the integrationTarget {target!r}"
    return None


def request_too_large(_: Any, inputs: Mapping[str, Any]) -> str | None:
    answers = (body_of(inputs) or {}).get("x-amazon-apigateway-gateway-responses") or {}
    return "REQUEST_TOO_LARGE is customised" if "REQUEST_TOO_LARGE" in answers else None


def model_names(_: Any, inputs: Mapping[str, Any]) -> str | None:
    schemas = ((body_of(inputs) or {}).get("components") or {}).get("schemas") or {}
    strange = next((name for name in schemas if not re.fullmatch(r"[a-zA-Z0-9]+", name)), None)
    return f"the model name {strange!r} is not of that form" if strange else None


def environment_size(value: Any, _: Mapping[str, Any]) -> str | None:
    if not isinstance(value, Mapping):
        return None
    length = sum(
        len(name.encode()) + (0 if text == UNKNOWN else len(str(text).encode()))
        for name, text in value.items()
    )
    return f"it has {length:,} bytes" if length > MAX_ENVIRONMENT_BYTES else None


def reserved_variables(value: Any, _: Mapping[str, Any]) -> str | None:
    reserved = [n for n in value if n.startswith("AWS_LAMBDA_") or n in _RESERVED]
    return f"{', '.join(sorted(reserved))} is reserved" if reserved else None


_RESERVED: Final = frozenset(
    {"_HANDLER", "_X_AMZN_TRACE_ID", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV"}
    | {"AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}
    | {"LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "TZ"}
)


def zip_size(value: Any, _: Mapping[str, Any]) -> str | None:
    path = archive_path(value)
    if path is None or not Path(path).is_file():
        return None
    length = Path(path).stat().st_size
    return f"the zip has {length:,} bytes" if length > MAX_ZIP_BYTES else None


def snap_start_runtime(value: Any, inputs: Mapping[str, Any]) -> str | None:
    if not isinstance(value, Mapping) or value.get("applyOn") != "PublishedVersions":
        return None
    runtime = str(inputs.get("runtime", ""))
    if runtime.startswith("python") and runtime < "python3.12":
        return f"{runtime} has no SnapStart"
    storage = inputs.get("ephemeralStorage")
    if isinstance(storage, Mapping) and (storage.get("size") or 0) > SNAP_START_STORAGE_MB:
        return "SnapStart does not go with more than 512 MB of ephemeral storage"
    return None


def json_document(value: Any, _: Mapping[str, Any]) -> str | None:
    try:
        json.loads(value)
    except (TypeError, ValueError):
        return "it is not JSON"
    return None


def key_attributes(value: Any, inputs: Mapping[str, Any]) -> str | None:
    if not known(value):
        return None
    declared = {str(a.get("name")) for a in value if isinstance(a, Mapping)}
    keys = {str(inputs[n]) for n in ("hashKey", "rangeKey") if inputs.get(n) is not None}
    for index in ("globalSecondaryIndexes", "localSecondaryIndexes"):
        for entry in inputs.get(index) or ():
            keys |= {str(entry[n]) for n in ("hashKey", "rangeKey") if entry.get(n) is not None}
    if declared == keys:
        return None
    return f"attributes are {sorted(declared)}, keys {sorted(keys)}"


def _rules(value: Any) -> Iterator[Mapping[str, Any]]:
    for rule in value if isinstance(value, list) else ():
        if isinstance(rule, Mapping):
            yield rule


def web_acl_capacity(value: Any, _: Mapping[str, Any]) -> str | None:
    total = sum(capacity(rule.get("statement")) for rule in _rules(value))
    return f"its rules need {total:,} WCU" if total > MAX_CAPACITY else None


def rule_priorities(value: Any, _: Mapping[str, Any]) -> str | None:
    counts = Counter(rule.get("priority") for rule in _rules(value))
    twice = [number for number, count in counts.items() if count > 1 and number != UNKNOWN]
    return f"priority {twice[0]} stands in two rules" if twice else None


def rule_names(value: Any, _: Mapping[str, Any]) -> str | None:
    counts = Counter(rule.get("name") for rule in _rules(value))
    twice = [name for name, count in counts.items() if count > 1 and name != UNKNOWN]
    return f"{twice[0]!r} names two rules" if twice else None


def rate_rules(value: Any, _: Mapping[str, Any]) -> str | None:
    count = sum("rateBasedStatement" in (rule.get("statement") or {}) for rule in _rules(value))
    return f"it has {count} rate-based rules" if count > MAX_RATE_RULES else None


def rate_windows(value: Any, _: Mapping[str, Any]) -> str | None:
    for rule in _rules(value):
        rate = (rule.get("statement") or {}).get("rateBasedStatement") or {}
        window = rate.get("evaluationWindowSec")
        if window not in {None, UNKNOWN, *WINDOWS}:
            return f"rule {rule.get('name')!r} counts over {window} seconds"
    return None


def rule_actions(value: Any, _: Mapping[str, Any]) -> str | None:
    groups = {"managedRuleGroupStatement", "ruleGroupReferenceStatement"}
    for rule in _rules(value):
        is_group = bool(groups & set(rule.get("statement") or {}))
        if is_group == ("action" in rule) or is_group != ("overrideAction" in rule):
            wanted = "overrideAction" if is_group else "action"
            return f"rule {rule.get('name')!r} must have {wanted} and only that"
    return None


def response_bodies(value: Any, inputs: Mapping[str, Any]) -> str | None:
    defined = {body.get("key") for body in inputs.get("customResponseBodies") or ()}
    for rule in _rules(value):
        block = (rule.get("action") or {}).get("block") or {}
        key = (block.get("customResponse") or {}).get("customResponseBodyKey")
        if key not in {None, UNKNOWN, *defined}:
            return f"rule {rule.get('name')!r} names the body {key!r}, which is not defined"
    return None


def custom_body_size(value: Any, _: Mapping[str, Any]) -> str | None:
    for body in value if isinstance(value, list) else ():
        length = len(str(body.get("content")).encode())
        if length > MAX_CUSTOM_BODY_BYTES:
            return f"the body {body.get('key')!r} has {length:,} bytes"
    return None


def networks(value: Any, inputs: Mapping[str, Any]) -> str | None:
    wanted = {"IPV4": 4, "IPV6": 6}.get(str(inputs.get("ipAddressVersion")))
    for text in value if isinstance(value, list) else ():
        if text == UNKNOWN:
            continue
        try:
            network = ipaddress.ip_network(text)
        except ValueError:
            return f"{text!r} is not a CIDR without host bits"
        if "/" not in text:
            return f"{text!r} has no prefix length"
        if network.prefixlen == 0:
            return f"{text!r} is all addresses"
        if wanted and network.version != wanted:
            return f"{text!r} is not an IPv{wanted} network"
    return None


def log_destination(value: Any, _: Mapping[str, Any]) -> str | None:
    for arn in value if isinstance(value, list) else ():
        name = str(arn).rpartition(":log-group:")[2] if ":log-group:" in str(arn) else None
        if name is not None and not name.startswith(LOG_PREFIX):
            return f"the log group {name!r} has another prefix"
    return None

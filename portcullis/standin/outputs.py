"""The id and the computed outputs of each resource type, from outputs.yaml beside this module."""

import hashlib
import json
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from portcullis.pki.credential import Credential
from portcullis.pki.gateway_certificate import create as create_gateway_certificate
from portcullis.standin.invented import CREATED, LOWER, MIXED, UPPER, hexadecimal, text, uuid
from portcullis.standin.location import API_GATEWAY_ZONES, Location
from portcullis.yaml_table import read_table

Inputs = Mapping[str, Any]
API_KEY_SOURCE = "x-amazon-apigateway-api-key-source"
API_KEY_HEADER = "HEADER"  # the source if neither the API nor its body gives one
DATE = "%Y-%m-%dT%H:%M:%SZ"  # RFC 3339, as the provider writes dates
# AWS chooses their ids, so two of them never share one.
INVENTED_ID = frozenset(
    {
        "aws:acm/certificate:Certificate",
        "aws:apigateway/apiKey:ApiKey",
        "aws:apigateway/clientCertificate:ClientCertificate",
        "aws:apigateway/deployment:Deployment",
        "aws:apigateway/restApi:RestApi",
        "aws:apigateway/usagePlan:UsagePlan",
        "aws:kms/key:Key",
        "aws:shield/protection:Protection",
        "aws:sns/topicSubscription:TopicSubscription",
        "aws:wafv2/ipSet:IpSet",
        "aws:wafv2/webAcl:WebAcl",
    }
)


@dataclass(frozen=True, kw_only=True)
class Created:
    """What a creation returns: the id of the resource and its computed outputs."""

    id: str
    computed: dict[str, Any]


@dataclass(frozen=True)
class _Invented:
    """A value that AWS chooses, invented from the words of a template's field: ``{hex:40 a b}``."""

    alphabet: str

    def __format__(self, words: str) -> str:
        length, *seed = words.split(" ", 2)
        if self.alphabet == string.hexdigits:
            return hexadecimal(int(length), *seed)
        return text(self.alphabet, int(length), *seed)


class _InventedUuid:
    def __format__(self, words: str) -> str:
        return uuid(*words.split(" ", 1))


_INVENTED = {
    "lower": _Invented(LOWER),
    "upper": _Invented(UPPER),
    "mixed": _Invented(MIXED),
    "hex": _Invented(string.hexdigits),
    "uuid": _InventedUuid(),
    "created": CREATED,
}


@dataclass(frozen=True, kw_only=True)
class ResourceOutputs:
    """One type of outputs.yaml."""

    type: str
    templates: Mapping[str, Any]

    def __call__(self, location: Location, name: str, inputs: Inputs) -> Created:
        templates = dict(self.templates)
        defaults = {k: v for k, v in templates.pop("defaults", {}).items() if k not in inputs}
        values = {
            **_INVENTED,
            **defaults,
            **inputs,
            "name": _physical_name(name, inputs),
            "logical": name,
            "region": location.region,
            "account": location.account,
            "partition": location.partition,
            "invocation": location.invoke_arn("").removesuffix("/invocations"),
        }
        if prepare := _PREPARED.get(self.type):
            values |= prepare(location, name, inputs)
        for key, template in templates.items():
            values[key] = _filled(template, values)
        computed = defaults | {key: values[key] for key in templates if key != "id"}
        return Created(id=values["id"], computed=computed)


def _filled(template: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(template, str):
        return template.format_map(values)
    if isinstance(template, list):
        return [_filled(item, values) for item in template]
    if isinstance(template, dict):
        return {key: _filled(item, values) for key, item in template.items()}
    return template


def _physical_name(name: str, inputs: Inputs, key: str = "name") -> str:
    """The explicit name, or one in the format of the engine's auto-naming."""
    return str(inputs.get(key) or f"{name}-{hexadecimal(7, name)}")


def _api_key(_: Location, name: str, inputs: Inputs) -> Inputs:
    return {"key": inputs.get("value") or text(MIXED, 40, "apiKeyValue", name)}


@cache
def _gateway_certificate(name: str) -> Credential:  # noqa: ARG001 - one certificate per name
    # The dates of a day, so that a later plan has them too: an alarm's expression holds the end.
    return create_gateway_certificate(datetime.now(UTC).replace(hour=0, minute=0, second=0))


def _client_certificate(_: Location, name: str, __: Inputs) -> Inputs:
    credential = _gateway_certificate(name)
    return {
        "pem": credential.certificate_pem.decode(),
        "begin": credential.certificate.not_valid_before_utc.strftime(DATE),
        "end": credential.certificate.not_valid_after_utc.strftime(DATE),
    }


def _deployment(_: Location, name: str, inputs: Inputs) -> Inputs:
    return {"content": f"{name} {sorted(dict(inputs.get('triggers') or {}).items())!r}"}


def _domain_name(location: Location, _: str, __: Inputs) -> Inputs:
    invented = f"Z{text(UPPER, 13, 'zone', location.region)}"
    return {"zone": API_GATEWAY_ZONES.get(location.region, invented)}


def _rest_api(_: Location, __: str, inputs: Inputs) -> Inputs:
    """The API key source of a REST API after its first import, which the provider leaves alone."""
    try:
        body = json.loads(inputs.get("body") or "{}")
    except ValueError:  # YAML, or unknown in a preview
        body = {}
    imported = body.get(API_KEY_SOURCE) if isinstance(body, dict) else None
    return {"source": inputs.get("apiKeySource") or imported or API_KEY_HEADER}


def _open_id_connect_provider(_: Location, __: str, inputs: Inputs) -> Inputs:
    return {"host": str(inputs["url"]).removeprefix("https://")}


def _key_alias(location: Location, _: str, inputs: Inputs) -> Inputs:
    target = str(inputs["targetKeyId"])
    is_arn = target.startswith("arn:")
    return {"target": target if is_arn else location.arn("kms", f"key/{target}")}


def _function(_: Location, __: str, inputs: Inputs) -> Inputs:
    first = "1" if inputs.get("publish") else "$LATEST"
    return {"first": first, "digest": inputs.get("sourceCodeHash", "")}


def _bucket_object(_: Location, __: str, inputs: Inputs) -> Inputs:
    content = repr(inputs.get("content", inputs.get("source")))
    digest = hashlib.md5(content.encode(), usedforsecurity=False).hexdigest()
    return {"content": content, "md5": digest}


# Values for the templates of a type that the inputs do not have.
_PREPARED: Mapping[str, Callable[[Location, str, Inputs], Inputs]] = {
    "aws:apigateway/apiKey:ApiKey": _api_key,
    "aws:apigateway/basePathMapping:BasePathMapping": lambda _location, _name, inputs: {
        "path": inputs.get("basePath", "")
    },
    "aws:apigateway/clientCertificate:ClientCertificate": _client_certificate,
    "aws:apigateway/deployment:Deployment": _deployment,
    "aws:apigateway/domainName:DomainName": _domain_name,
    "aws:apigateway/restApi:RestApi": _rest_api,
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": _open_id_connect_provider,
    "aws:kms/alias:Alias": _key_alias,
    "aws:lambda/function:Function": _function,
    "aws:lambda/permission:Permission": lambda _location, name, inputs: {
        "statement": _physical_name(name, inputs, "statementId")
    },
    "aws:route53/record:Record": lambda _location, _name, inputs: {
        "record": str(inputs["name"]).rstrip(".")
    },
    "aws:s3/bucket:Bucket": lambda _location, name, inputs: {
        "physical": _physical_name(name, inputs, "bucket")
    },
    "aws:s3/bucketObjectv2:BucketObjectv2": _bucket_object,
}


TABLE: Mapping[str, ResourceOutputs] = {
    kind: ResourceOutputs(type=kind, templates=templates)
    for kind, templates in read_table(__file__).items()
}

"""Which calls pass in a state of the account, whether it is finished or half made.

A call is a host name, the issuer of its client certificate, a source address, a route and a client.
It is served if every gate of the state lets it pass, and open if it reaches the backend without an
authorizer. Each gate is read from the resources that exist at that moment: the deployed API, not
the declared one; the published version of the function; the pinned version of the truststore.
"""

import ipaddress
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from authorizer.usage import usage_key
from portcullis.graph.resource import archive_path
from portcullis.standin.account import Account, Held, of_type

API_KEY, DOMAIN = "aws:apigateway/apiKey:ApiKey", "aws:apigateway/domainName:DomainName"
ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"
BUCKET_OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"
DEPLOYMENT, STAGE = "aws:apigateway/deployment:Deployment", "aws:apigateway/stage:Stage"
FUNCTION, ALIAS = "aws:lambda/function:Function", "aws:lambda/alias:Alias"
IP_SET, WEB_ACL = "aws:wafv2/ipSet:IpSet", "aws:wafv2/webAcl:WebAcl"
KEY, TABLE = "aws:kms/key:Key", "aws:dynamodb/table:Table"
MAPPING = "aws:apigateway/basePathMapping:BasePathMapping"
PERMISSION = "aws:lambda/permission:Permission"
PLAN, PLAN_KEY = "aws:apigateway/usagePlan:UsagePlan", "aws:apigateway/usagePlanKey:UsagePlanKey"
RECORD = "aws:route53/record:Record"
REST_API = "aws:apigateway/restApi:RestApi"

STRANGER, NO_CERTIFICATE, UNTRUSTED = "stranger", "no certificate", "an untrusted issuer"
ELSEWHERE = ("198.51.100.7", "2001:db8:ffff::7")
DEFAULT_ENDPOINT = "the default endpoint"
METHODS = frozenset({"get", "post", "put", "delete", "patch", "head", "options"})
CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


@dataclass(frozen=True, order=True)
class Passed:
    """A call that passes, and how: "served", or "open" without an authorizer."""

    host: str
    issuer: str
    address: str
    route: str
    client: str
    how: str = "served"


@dataclass(frozen=True, kw_only=True)
class Callers:
    """The issuers and addresses to try: all that a scenario mentions, and strangers."""

    issuers: frozenset[str]
    addresses: frozenset[str]

    @classmethod
    def of(cls, accounts: Iterable[Account]) -> "Callers":
        issuers, addresses = {NO_CERTIFICATE, UNTRUSTED}, set(ELSEWHERE)
        for account in accounts:
            for upload in of_type(account, BUCKET_OBJECT):
                issuers |= _issuers(upload.properties)
            for ip_set in of_type(account, IP_SET):
                networks = [ipaddress.ip_network(cidr) for cidr in ip_set["addresses"]]
                addresses |= {str(network[-1]) for network in networks}
        return cls(issuers=frozenset(issuers), addresses=frozenset(addresses))


def passing(account: Account, callers: Callers) -> frozenset[Passed]:
    """Every call that passes in this state."""
    return frozenset(
        Passed(host, issuer, address, route, client, how)
        for host, issuers, stage in _entrances(account, callers)
        for address in _admitted(account, stage, callers)
        for route, client, how in _served(account, stage)
        for issuer in issuers
    )


def resolvable(account: Account, calls: Iterable[Passed]) -> frozenset[Passed]:
    """The calls whose host name leads to the custom domain, if a hosted zone is managed at all."""
    aliases = {
        str(record["name"]): str(record["aliases"][0]["name"])
        for record in of_type(account, RECORD)
        if record["aliases"]
    }
    targets = {domain.id: str(domain["regionalDomainName"]) for domain in of_type(account, DOMAIN)}
    return frozenset(c for c in calls if aliases.get(c.host, "") == targets.get(c.host))


def _entrances(account: Account, callers: Callers) -> Iterator[tuple[str, frozenset[str], Held]]:
    """Host, the issuers whose certificates complete the handshake, and the stage behind it."""
    stages = of_type(account, STAGE)
    for domain in of_type(account, DOMAIN):
        issuers = _trusted(account, domain, callers)
        for mapping in of_type(account, MAPPING):
            if mapping["domainName"] == domain.id:
                for stage in stages:
                    named = mapping["stageName"] in {None, stage["stageName"]}
                    if named and stage["restApi"] == mapping["restApi"]:
                        yield domain.id, issuers, stage
    for stage in stages:
        api = _deployed(account, stage)
        if api is not None and not api.get("disableExecuteApiEndpoint"):
            yield DEFAULT_ENDPOINT, callers.issuers, stage


def _trusted(account: Account, domain: Held, callers: Callers) -> frozenset[str]:
    mutual_tls = domain["mutualTlsAuthentication"]
    if not mutual_tls:
        return callers.issuers
    upload = account.get((BUCKET_OBJECT, str(mutual_tls["truststoreUri"]).removeprefix("s3://")))
    pinned = upload.earlier.get(str(mutual_tls.get("truststoreVersion"))) if upload else None
    return frozenset(_issuers(pinned)) if pinned else frozenset()


def _issuers(upload: Mapping[str, Any]) -> set[str]:
    return set(CERTIFICATE.findall(str(upload.get("content", ""))))


def _admitted(account: Account, stage: Held, callers: Callers) -> frozenset[str]:
    """The addresses that the web ACL of the stage lets pass; all of them without a web ACL."""
    association = account.get((ASSOCIATION, str(stage["arn"])))
    if association is None:
        return callers.addresses
    acls = [acl for acl in of_type(account, WEB_ACL) if acl["arn"] == association["webAclArn"]]
    if not acls:
        return callers.addresses
    return frozenset(a for a in callers.addresses if _is_allowed(account, acls[0], a))


def _is_allowed(account: Account, acl: Held, address: str) -> bool:
    for rule in sorted(acl["rules"], key=lambda rule: rule["priority"]):
        if _matches(account, rule["statement"], address):
            action = next(iter(rule.get("action", {})), "")
            if action in {"allow", "block"}:
                return bool(action == "allow")
    return "allow" in acl["defaultAction"]


def _matches(account: Account, statement: Mapping[str, Any], address: str) -> bool:
    """Whether a statement matches an ordinary request; rates and managed groups do not."""
    ((kind, inner),) = statement.items()
    match kind:
        case "ipSetReferenceStatement":
            sets = [s for s in of_type(account, IP_SET) if s["arn"] == inner["arn"]]
            networks = [ipaddress.ip_network(cidr) for s in sets for cidr in s["addresses"]]
            return any(ipaddress.ip_address(address) in network for network in networks)
        case "notStatement":
            return not _matches(account, inner["statement"], address)
        case "orStatement":
            return any(_matches(account, s, address) for s in inner["statements"])
        case "andStatement":
            return all(_matches(account, s, address) for s in inner["statements"])
    return False


def _deployed(account: Account, stage: Held) -> Mapping[str, Any] | None:
    """The API as it was when the deployment of the stage was made."""
    deployment = account.get((DEPLOYMENT, str(stage["deployment"])))
    return deployment.earlier.get("api") if deployment else None


def _served(account: Account, stage: Held) -> Iterator[tuple[str, str, str]]:
    api = _deployed(account, stage)
    body = json.loads(api["body"]) if api else {"paths": {}}
    for path, item in body["paths"].items():
        for method, operation in item.items():
            integration = (
                operation.get("x-amazon-apigateway-integration", {})
                if (method in METHODS)
                else {"type": "mock"}
            )
            if integration.get("type") == "mock":
                continue
            route = f"{method.upper()} {path}"
            schemes = [body["components"]["securitySchemes"][name] for name in _names(operation)]
            authorizers = [s for s in schemes if "x-amazon-apigateway-authorizer" in s]
            if not authorizers:
                yield route, STRANGER, "open"
            for scheme in authorizers:
                uri = scheme["x-amazon-apigateway-authorizer"]["authorizerUri"]
                metered = len(schemes) > len(authorizers)
                for client in _authorized(account, stage, uri, route):
                    if not metered or _has_plan(account, stage, api or {}, client):
                        yield route, client.name, "served"


def _names(operation: Mapping[str, Any]) -> list[str]:
    alternatives = operation.get("security", [])
    return [] if any(not a for a in alternatives) else [n for a in alternatives for n in a]


@dataclass(frozen=True)
class _Client:
    name: str
    plan: str | None


def _authorized(account: Account, stage: Held, uri: str, route: str) -> Iterator[_Client]:
    """The clients for which the function that the URI names returns an Allow policy."""
    alias_arn = uri.partition("/functions/")[2].removesuffix("/invocations")
    alias = account.get((ALIAS, alias_arn))
    function = account.get((FUNCTION, str(alias["functionName"]))) if alias else None
    if alias is None or function is None or not _may_invoke(account, stage, function, alias):
        return
    version = function.earlier.get(str(alias["functionVersion"]))
    if version is None:
        return
    environment = version["environment"]["variables"]
    if not _signs(account, stage, environment):
        return
    clients, scopes = _package(str(archive_path(version["code"])))
    if environment["PORTCULLIS_REGISTRY"] == "dynamodb" and not of_type(account, TABLE):
        return
    for name, client in clients.items():
        if client["status"] == "active" and scopes.get(route) in client["scopes"]:
            yield _Client(name, client.get("ratePlan"))


def _may_invoke(account: Account, stage: Held, function: Held, alias: Held) -> bool:
    return any(
        permission["function"] == function.id
        and permission["qualifier"] == alias["name"]
        and f":{stage['restApi']}/authorizers/" in str(permission["sourceArn"])
        for permission in of_type(account, PERMISSION)
    )


def _signs(account: Account, stage: Held, environment: Mapping[str, str]) -> bool:
    """Whether the function's key exists, and the key set that the stage serves contains it."""
    keys = {str(key["arn"]) for key in of_type(account, KEY)}
    published = dict(stage["variables"] or {}).values()
    return (
        environment["PORTCULLIS_SIGNING_KEY"] in keys
        and environment["PORTCULLIS_SIGNING_KID"] in published
    )


@cache
def _package(path: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The clients and the scope of each route in the function's code."""
    with zipfile.ZipFile(path) as package:
        names = set(package.namelist())
        clients = (
            json.loads(package.read("authorizer/clients.json"))["clients"]
            if "authorizer/clients.json" in names
            else {}
        )
        routes = json.loads(package.read("authorizer/routes.json"))
    return clients, {f"{route['method']} {route['path']}": route["scope"] for route in routes}


def _has_plan(account: Account, stage: Held, api: Mapping[str, Any], client: _Client) -> bool:
    """Whether API Gateway finds the key that the authorizer names in a usage plan of the stage."""
    if api.get("apiKeySource") != "AUTHORIZER":
        return False
    value = usage_key(str(stage["stageName"]), client.name)
    keys = {key.id for key in of_type(account, API_KEY) if key["value"] == value}
    plans = {
        str(member["usagePlanId"])
        for member in of_type(account, PLAN_KEY)
        if member["keyId"] in keys
    }
    return any(
        {"apiId": stage["restApi"], "stage": stage["stageName"]} in (plan["apiStages"] or [])
        for plan in of_type(account, PLAN)
        if plan.id in plans
    )

"""A stack as a table of resources, which becomes the graph of a preview or of an update."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from portcullis.graph.resource import UNKNOWN, Graph, Resource
from tests.policies import acls, apis, truststores
from tests.policies.running import computed_outputs

API = "aws:apigateway/restApi:RestApi"
STAGE = "aws:apigateway/stage:Stage"
DEPLOYMENT = "aws:apigateway/deployment:Deployment"
DOMAIN = "aws:apigateway/domainName:DomainName"
MAPPING = "aws:apigateway/basePathMapping:BasePathMapping"
ACL = "aws:wafv2/webAcl:WebAcl"
IP_SET = "aws:wafv2/ipSet:IpSet"
RULE_GROUP = "aws:wafv2/ruleGroup:RuleGroup"
ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
CLIENT_CERTIFICATE = "aws:apigateway/clientCertificate:ClientCertificate"
ACCOUNT = "000000000000"
VISIBILITY = {
    "cloudwatchMetricsEnabled": True,
    "metricName": "acl",
    "sampledRequestsEnabled": False,
}


# What an update makes known, besides the id.
OUTPUTS = {
    API: {"arn", "executionArn"},
    STAGE: {"arn", "executionArn"},
    CLIENT_CERTIFICATE: {"pemEncodedCertificate"},
    ACL: {"arn"},
    IP_SET: {"arn"},
    RULE_GROUP: {"arn"},
    "aws:lambda/function:Function": {"arn"},
    "aws:s3/bucketObjectv2:BucketObjectv2": {"versionId"},
}


@dataclass(frozen=True)
class Ref:
    """An output of another resource, with text around it."""

    name: str
    key: str
    before: str = ""
    after: str = ""


@dataclass
class Declared:
    type: str
    inputs: dict[str, Any]
    waits_for: list[str] = field(default_factory=list)


class Draft(dict[str, Declared]):
    """Resources by name."""

    def add(self, name: str, type_: str, /, *waits_for: str, **inputs: Any) -> None:
        self[name] = Declared(type_, inputs, list(waits_for))

    def of_type(self, type_: str) -> list[str]:
        return [name for name, declared in self.items() if declared.type == type_]

    def graph(self, *, preview: bool) -> Graph:
        self._follow_content()
        resources = tuple(self._resource(name, preview=preview) for name in sorted(self))
        return Graph(project="generated", stack="test", resources=resources)

    def _follow_content(self) -> None:
        """Each deployment is triggered by the body of its API, as in a well-kept program."""
        for name in self.of_type(DEPLOYMENT):
            api = self[name].inputs["restApi"]
            body = self[api.name].inputs["body"] if isinstance(api, Ref) else ""
            digest = hashlib.sha256(body.encode()).hexdigest()
            self[name].inputs["triggers"] = {"content": digest}

    def _resource(self, name: str, *, preview: bool) -> Resource:
        declared = self[name]
        inputs = {k: self._value(v, preview=preview) for k, v in declared.inputs.items()}
        uses = {
            key: tuple(sorted({self._urn(ref.name) for ref in _refs(value)}))
            for key, value in declared.inputs.items()
        }
        dependencies = {urn for urns in uses.values() for urn in urns}
        outputs = inputs
        if not preview:
            outputs = _outputs(declared.type, name) | inputs
        return Resource(
            urn=self._urn(name),
            type=declared.type,
            name=name,
            inputs=inputs,
            outputs=outputs,
            dependencies=tuple(
                sorted(dependencies | {self._urn(other) for other in declared.waits_for})
            ),
            property_dependencies={key: urns for key, urns in uses.items() if urns},
        )

    def _urn(self, name: str) -> str:
        return f"urn:pulumi:test::generated::{self[name].type}::{name}"

    def _value(self, value: Any, *, preview: bool) -> Any:
        if isinstance(value, Ref):
            target = self[value.name]
            found = self._value(target.inputs.get(value.key), preview=preview)
            if found is None and not preview:
                found = _outputs(target.type, value.name)[value.key]
            if found in {None, UNKNOWN}:
                return UNKNOWN
            return f"{value.before}{found}{value.after}"
        if isinstance(value, Mapping):
            return {key: self._value(inner, preview=preview) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._value(inner, preview=preview) for inner in value]
        return value


def _outputs(type_: str, name: str) -> dict[str, Any]:
    known = {"id"} | OUTPUTS.get(type_, set())
    computed = computed_outputs(type_, name, {})[1] | {"pemEncodedCertificate": "…"}
    return {key: value for key, value in computed.items() if key in known}


def _refs(value: Any) -> Iterator[Ref]:
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _refs(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _refs(inner)


def body(*changes: tuple[str, Any]) -> str:
    return json.dumps(apis.body(*changes))


def add_api(draft: Draft, name: str, text: str, **changes: Any) -> None:
    draft.add(
        name,
        API,
        **{
            "body": text,
            "disableExecuteApiEndpoint": True,
            "endpointConfiguration": {"types": "REGIONAL"},
            "failOnWarnings": True,
        }
        | changes,
    )


def add_stage(draft: Draft, name: str, api: str) -> None:
    """A stage with its deployment, limits and logs."""
    draft.add(f"{name}-deployment", DEPLOYMENT, restApi=Ref(api, "id"))
    draft.add(f"{name}-certificate", CLIENT_CERTIFICATE)
    log = [
        "$context.requestId",
        "$context.status",
        "$context.identity.sourceIp",
        "$context.identity.clientCert.serialNumber",
    ]
    draft.add(
        name,
        STAGE,
        restApi=Ref(api, "id"),
        deployment=Ref(f"{name}-deployment", "id"),
        stageName=name,
        xrayTracingEnabled=True,
        clientCertificateId=Ref(f"{name}-certificate", "id"),
        accessLogSettings={
            "destinationArn": f"arn:aws:logs:eu-central-1:{ACCOUNT}:log-group:access",
            "format": json.dumps({str(i): variable for i, variable in enumerate(log)}),
        },
    )
    draft.add(
        f"{name}-settings",
        "aws:apigateway/methodSettings:MethodSettings",
        restApi=Ref(api, "id"),
        stageName=Ref(name, "stageName"),
        methodPath="*/*",
        settings={
            "loggingLevel": "ERROR",
            "throttlingRateLimit": 100.0,
            "throttlingBurstLimit": 200,
        },
    )
    draft.add(
        f"{name}-log",
        LOG_GROUP,
        name=Ref(api, "id", before="API-Gateway-Execution-Logs_", after=f"/{name}"),
        retentionInDays=30,
    )


def add_ip_set(draft: Draft, name: str, *networks: str) -> None:
    draft.add(
        name,
        IP_SET,
        scope="REGIONAL",
        ipAddressVersion="IPV4",
        addresses=list(networks or ["203.0.113.0/24"]),
    )


def add_web_acl(draft: Draft, name: str, rules: list[dict[str, Any]], default: str) -> None:
    draft.add(
        name,
        ACL,
        scope="REGIONAL",
        name=name,
        defaultAction={default: {}},
        rules=rules,
        visibilityConfig=VISIBILITY,
    )
    draft.add(
        f"{name}-log",
        "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
        resourceArn=Ref(name, "arn"),
        logDestinationConfigs=[f"arn:aws:logs:eu-central-1:{ACCOUNT}:log-group:aws-waf-logs-x"],
        redactedFields=[{"singleHeader": {"name": n}} for n in ("authorization", "cookie")],
    )


def rule(name: str, priority: int, action: str, statement: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "priority": priority,
        "action": {action: {}},
        "statement": statement,
        "visibilityConfig": VISIBILITY,
    }


def in_set(name: str) -> dict[str, Any]:
    return {"ipSetReferenceStatement": {"arn": Ref(name, "arn")}}


def is_not(statement: dict[str, Any]) -> dict[str, Any]:
    return {"notStatement": {"statement": statement}}


def managed(first: int) -> list[dict[str, Any]]:
    return [
        {
            "name": group,
            "priority": first + index,
            "overrideAction": {"none": {}},
            "statement": {"managedRuleGroupStatement": {"vendorName": "AWS", "name": group}},
            "visibilityConfig": VISIBILITY,
        }
        for index, group in enumerate(acls.GROUPS)
    ]


EVERY_REQUEST = {
    "byteMatchStatement": {
        "searchString": "/",
        "fieldToMatch": {"uriPath": {}},
        "positionalConstraint": "STARTS_WITH",
        "textTransformations": [{"priority": 0, "type": "NONE"}],
    }
}


def rate(priority: int) -> dict[str, Any]:
    limit = {"rateBasedStatement": {"limit": 2000, "aggregateKeyType": "IP"}}
    return rule("rate", priority, "block", limit)


def add_domain(draft: Draft, name: str, *, truststore: bool) -> None:
    draft.add(
        name,
        DOMAIN,
        domainName=f"{name}.example.com",
        securityPolicy="TLS_1_2",
        endpointConfiguration={"types": "REGIONAL"},
    )
    if truststore:
        draft[name].inputs["mutualTlsAuthentication"] = {
            "truststoreUri": Ref("truststore", "bucket", before="s3://", after="/ca.pem"),
            "truststoreVersion": Ref("truststore", "versionId"),
        }


def add_truststore(draft: Draft) -> None:
    draft.add("trust", "aws:s3/bucket:Bucket", bucket=truststores.NAME)
    parts: dict[str, tuple[str, dict[str, Any]]] = {
        "versioning": (
            "bucketVersioning:BucketVersioning",
            {"versioningConfiguration": {"status": "Enabled"}},
        ),
        "private": (
            "bucketPublicAccessBlock:BucketPublicAccessBlock",
            {
                "blockPublicAcls": True,
                "blockPublicPolicy": True,
                "ignorePublicAcls": True,
                "restrictPublicBuckets": True,
            },
        ),
        "encryption": (
            "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
            {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]},
        ),
        "policy": (
            "bucketPolicy:BucketPolicy",
            {"policy": truststores.document(truststores.TLS_ONLY)},
        ),
        "owner": (
            "bucketOwnershipControls:BucketOwnershipControls",
            {"rule": {"objectOwnership": "BucketOwnerEnforced"}},
        ),
    }
    for name, (type_, inputs) in parts.items():
        draft.add(name, f"aws:s3/{type_}", bucket=Ref("trust", "bucket"), **inputs)
    draft.add(
        "truststore",
        "aws:s3/bucketObjectv2:BucketObjectv2",
        bucket=Ref("trust", "bucket"),
        key="ca.pem",
        content="…",
    )


def add_permission(draft: Draft, name: str, api: str) -> None:
    draft.add(
        name,
        "aws:lambda/permission:Permission",
        action="lambda:InvokeFunction",
        function=Ref("authorizer", "name"),
        principal="apigateway.amazonaws.com",
        sourceArn=Ref(api, "executionArn", after="/authorizers/*"),
    )


def clean() -> Draft:
    """A guarded stack without a violation: domain, mapping, stage, web ACL, API, authorizer."""
    draft = Draft()
    draft.add(
        "authorizer",
        "aws:lambda/function:Function",
        name="authorizer",
        role=f"arn:aws:iam::{ACCOUNT}:role/authorizer",
    )
    draft.add("authorizer-log", LOG_GROUP, name="/aws/lambda/authorizer", retentionInDays=30)
    add_api(draft, "api", body())
    add_permission(draft, "permission", "api")
    add_stage(draft, "live", "api")
    add_ip_set(draft, "partners")
    strangers = rule("outside", 0, "block", is_not(in_set("partners")))
    add_web_acl(draft, "acl", [strangers, rate(1), *managed(2)], "allow")
    draft.add(
        "association", ASSOCIATION, resourceArn=Ref("live", "arn"), webAclArn=Ref("acl", "arn")
    )
    add_truststore(draft)
    add_domain(draft, "api-domain", truststore=True)
    draft.add(
        "mapping",
        MAPPING,
        "association",
        domainName=Ref("api-domain", "domainName"),
        restApi=Ref("api", "id"),
        stageName=Ref("live", "stageName"),
    )
    return draft

"""Mutants of single properties: removed, weakened, or unknown in a preview."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from portcullis.analyzer.proof import types
from portcullis.analyzer.proof.mutant import (
    GONE,
    Mutant,
    Path,
    literal,
    value_at,
    with_flags,
    with_instead,
    with_value,
    without,
)
from portcullis.graph.resource import UNKNOWN, Graph, Resource

# Resources of these types are guards; removing one is a mutant.
DELETED = (
    types.ASSOCIATION,
    types.WEB_ACL,
    types.WEB_ACL_LOGGING,
    types.VERSIONING,
    types.PUBLIC_ACCESS_BLOCK,
    types.ENCRYPTION,
    types.BUCKET_POLICY,
    types.OWNERSHIP,
    types.METHOD_SETTINGS,
    types.DEPLOYMENT,
    types.BUCKET,
    types.DOMAIN,
)


DROPS_BLOCKED = {
    "defaultBehavior": "KEEP",
    "filters": [
        {
            "behavior": "DROP",
            "requirement": "MEETS_ANY",
            "conditions": [{"actionCondition": {"action": "BLOCK"}}],
        }
    ],
}


@dataclass(frozen=True, kw_only=True)
class Guard:
    """One property that guards, and values that do not.

    ``may_be_unknown``: the value is unknown in an ordinary preview, so hiding it is not a mutant.
    """

    type: str
    path: Path
    weak: tuple[Any, ...] = ()
    may_be_unknown: bool = False
    may_be_absent: bool = False  # the service's default guards, too
    beside: str = ""  # applies only if this property is set

    @property
    def name(self) -> str:
        return ".".join(str(step) for step in self.path)


def _flags(type_: str, *names: str) -> list[Guard]:
    return [Guard(type=type_, path=(name,), weak=(False,)) for name in names]


TRACED_STACK = "prod"  # the default of apigateway-stage-traces
OLD_DIGEST = {"content": "d41d8cd98f00b204e9800998ecf8427e"}  # of other content
GUARDS = (
    Guard(type=types.DOMAIN, path=("mutualTlsAuthentication",)),
    Guard(
        type=types.DOMAIN, path=("mutualTlsAuthentication", "truststoreUri"), may_be_unknown=True
    ),
    Guard(
        type=types.DOMAIN,
        path=("mutualTlsAuthentication", "truststoreVersion"),
        weak=("", "L4kqtJlcpXroDTDmpUMLUo"),
        may_be_unknown=True,
    ),
    Guard(
        type=types.DOMAIN,
        path=("securityPolicy",),
        weak=("TLS_1_0", "SecurityPolicy_TLS13_1_3_2025_09"),
    ),
    Guard(type=types.DOMAIN, path=("endpointConfiguration", "types"), weak=("EDGE",)),
    Guard(type=types.REST_API, path=("endpointConfiguration", "types"), weak=("EDGE",)),
    Guard(type=types.REST_API, path=("securityPolicy",), weak=("TLS_1_0",), may_be_absent=True),
    *_flags(types.REST_API, "disableExecuteApiEndpoint", "failOnWarnings"),
    Guard(
        type=types.REST_API,
        path=("putRestApiMode",),
        weak=("merge",),
        may_be_absent=True,
        beside="body",
    ),
    Guard(type=types.STAGE, path=("accessLogSettings",)),
    Guard(
        type=types.STAGE,
        path=("accessLogSettings", "destinationArn"),
        weak=("arn:aws:firehose:eu-central-1:999999999999:deliverystream/log",),
        may_be_unknown=True,
    ),
    Guard(
        type=types.STAGE,
        path=("accessLogSettings", "format"),
        weak=(
            "$context.requestId",
            "$context.authorizer.authorization",
            "$context.requestId $context.status $context.identity.sourceIp "
            "$context.identity.clientCert.serialNumber",
        ),
    ),
    Guard(type=types.STAGE, path=("clientCertificateId",), weak=("",), may_be_unknown=True),
    Guard(type=types.STAGE, path=("cacheClusterEnabled",), weak=(True,), may_be_absent=True),
    Guard(type=types.DEPLOYMENT, path=("triggers",), weak=({}, {"content": "1"}, OLD_DIGEST)),
    Guard(type=types.METHOD_SETTINGS, path=("settings", "loggingLevel"), weak=("OFF",)),
    Guard(type=types.METHOD_SETTINGS, path=("settings", "throttlingRateLimit"), weak=(-1, 1e9)),
    Guard(type=types.METHOD_SETTINGS, path=("settings", "throttlingBurstLimit"), weak=(-1, 1e9)),
    Guard(
        type=types.METHOD_SETTINGS,
        path=("settings", "dataTraceEnabled"),
        weak=(True,),
        may_be_absent=True,
    ),
    Guard(
        type=types.METHOD_SETTINGS,
        path=("settings", "cachingEnabled"),
        weak=(True,),
        may_be_absent=True,
    ),
    Guard(type=types.METHOD_SETTINGS, path=("methodPath",), weak=("orders/GET",)),
    Guard(type=types.MAPPING, path=("stageName",), weak=("another",), may_be_unknown=True),
    Guard(type=types.WEB_ACL, path=("rules",), weak=([],)),
    Guard(type=types.WEB_ACL, path=("visibilityConfig", "cloudwatchMetricsEnabled"), weak=(False,)),
    Guard(type=types.WEB_ACL_LOGGING, path=("redactedFields",), weak=([],)),
    Guard(type=types.WEB_ACL_LOGGING, path=("logDestinationConfigs",), weak=([],)),
    Guard(
        type=types.WEB_ACL_LOGGING,
        path=("loggingFilter",),
        weak=({"defaultBehavior": "DROP", "filters": []}, DROPS_BLOCKED),
        may_be_absent=True,
    ),
    Guard(
        type=types.IP_SET, path=("addresses",), weak=(["0.0.0.0/1", "128.0.0.0/1"], ["8000::/1"])
    ),
    Guard(
        type=types.VERSIONING,
        path=("versioningConfiguration", "status"),
        weak=("Suspended", "Disabled"),
    ),
    *_flags(
        types.PUBLIC_ACCESS_BLOCK,
        "blockPublicAcls",
        "blockPublicPolicy",
        "ignorePublicAcls",
        "restrictPublicBuckets",
    ),
    Guard(type=types.ENCRYPTION, path=("rules",), weak=([],)),
    Guard(
        type=types.OWNERSHIP,
        path=("rule", "objectOwnership"),
        weak=("ObjectWriter", "BucketOwnerPreferred"),
    ),
    Guard(
        type=types.BUCKET,
        path=("acl",),
        weak=("public-read", "public-read-write"),
        may_be_absent=True,
    ),
    Guard(type=types.PERMISSION, path=("sourceArn",), weak=("*",), may_be_unknown=True),
    Guard(type=types.PERMISSION, path=("principal",), weak=("*",)),
    Guard(type=types.LOG_GROUP, path=("retentionInDays",), weak=(0, 1)),
    Guard(
        type=types.ATTACHMENT,
        path=("policyArn",),
        weak=("arn:aws:iam::aws:policy/AdministratorAccess",),
    ),
    Guard(type=types.KEY, path=("keyUsage",), weak=("GENERATE_VERIFY_MAC", "ENCRYPT_DECRYPT")),
    Guard(
        type=types.KEY,
        path=("customerMasterKeySpec",),
        weak=("SYMMETRIC_DEFAULT", "HMAC_256", "ECC_SECG_P256K1"),
    ),
    Guard(
        type=types.KEY,
        path=("bypassPolicyLockoutSafetyCheck",),
        weak=(True,),
        may_be_absent=True,
    ),
    Guard(type=types.KEY, path=("policy",), may_be_unknown=True),  # documents.py covers it
    Guard(type=types.KEY, path=("deletionWindowInDays",), weak=(7,), may_be_absent=True),
)


def property_mutants(graph: Graph) -> Iterator[Mutant]:
    """One mutant per guard, resource and weak, missing or unknown value."""
    for resource in graph:
        if resource.type in DELETED:
            yield Mutant(target=resource.name, what="not declared", graph=without(graph, resource))
        for guard in GUARDS:
            if guard.type == resource.type:
                yield from _of_guard(graph, resource, guard)
        yield from _flag_mutants(graph, resource)


def _of_guard(graph: Graph, resource: Resource, guard: Guard) -> Iterator[Mutant]:
    now = value_at(resource.inputs, guard.path)
    if (now is GONE and not guard.may_be_absent) or (
        guard.beside and guard.beside not in resource.inputs
    ):
        return
    broken: list[tuple[str, Any]] = [
        (f"{guard.name} = {value!r}", value) for value in guard.weak if value != now
    ]
    if now is not GONE and not guard.may_be_absent:
        broken.append((f"{guard.name} removed", GONE))
    if now is not GONE and not guard.may_be_unknown:
        broken.append((f"{guard.name} unknown in a preview", UNKNOWN))
    for what, value in broken:
        is_written_out = len(guard.path) == 1 and value != UNKNOWN
        mutated = (
            with_instead(graph, literal(resource, str(guard.path[0]), value))
            if is_written_out
            else with_value(graph, resource, guard.path, value)
        )
        yield Mutant(target=resource.name, what=what, graph=mutated)


def _flag_mutants(graph: Graph, resource: Resource) -> Iterator[Mutant]:
    guarded = sorted({str(g.path[0]) for g in GUARDS if g.type == resource.type})
    declared = [name for name in guarded if name in resource.inputs]
    if declared:
        ignoring = replace(resource.flags, ignore_changes=(declared[0],))
        yield Mutant(
            target=resource.name,
            what=f"changes of {declared[0]} ignored",
            graph=with_flags(graph, resource, ignoring),
        )
    if resource.type == types.STAGE and graph.stack == TRACED_STACK:
        untraced = with_value(graph, resource, ("xrayTracingEnabled",), value=False)
        yield Mutant(target=resource.name, what="not traced", graph=untraced)
    if resource.type == types.KEY and resource.flags.protect:
        yield Mutant(
            target=resource.name,
            what="not protected",
            graph=with_flags(graph, resource, replace(resource.flags, protect=False)),
        )

"""Mutants of single properties: removed, weakened, or unknown in a preview."""

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass, replace
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


@dataclass(frozen=True)
class Guard:
    """One property that guards, and values that do not.

    ``may_be_unknown``: the value is unknown in an ordinary preview, so hiding it is not a mutant.
    """

    type: str
    name: str  # the steps to the property, joined by dots
    weak: tuple[Any, ...] = ()
    _: KW_ONLY
    may_be_unknown: bool = False
    may_be_absent: bool = False  # the service's default guards, too
    beside: str = ""  # applies only if this property is set

    @property
    def path(self) -> Path:
        return tuple(self.name.split("."))


def _flags(type_: str, *names: str) -> list[Guard]:
    return [Guard(type_, name, (False,)) for name in names]


TRACED_STACK = "prod"  # the default of apigateway-stage-traces
OLD_DIGEST = {"content": "d41d8cd98f00b204e9800998ecf8427e"}  # of other content
GUARDS = (
    Guard(types.DOMAIN, "mutualTlsAuthentication"),
    Guard(types.DOMAIN, "mutualTlsAuthentication.truststoreUri", may_be_unknown=True),
    Guard(
        types.DOMAIN,
        "mutualTlsAuthentication.truststoreVersion",
        ("", "L4kqtJlcpXroDTDmpUMLUo"),
        may_be_unknown=True,
    ),
    Guard(types.DOMAIN, "securityPolicy", ("TLS_1_0", "SecurityPolicy_TLS13_1_3_2025_09")),
    Guard(types.DOMAIN, "endpointConfiguration.types", ("EDGE",)),
    Guard(types.REST_API, "endpointConfiguration.types", ("EDGE",)),
    Guard(types.REST_API, "securityPolicy", ("TLS_1_0",), may_be_absent=True),
    *_flags(types.REST_API, "disableExecuteApiEndpoint", "failOnWarnings"),
    Guard(types.REST_API, "putRestApiMode", ("merge",), may_be_absent=True, beside="body"),
    Guard(types.STAGE, "accessLogSettings"),
    Guard(
        types.STAGE,
        "accessLogSettings.destinationArn",
        ("arn:aws:firehose:eu-central-1:999999999999:deliverystream/log",),
        may_be_unknown=True,
    ),
    Guard(
        types.STAGE,
        "accessLogSettings.format",
        (
            "$context.requestId",
            "$context.authorizer.authorization",
            "$context.requestId $context.status $context.identity.sourceIp "
            "$context.identity.clientCert.serialNumber",
        ),
    ),
    Guard(types.STAGE, "clientCertificateId", ("",), may_be_unknown=True),
    Guard(types.STAGE, "cacheClusterEnabled", (True,), may_be_absent=True),
    Guard(types.DEPLOYMENT, "triggers", ({}, {"content": "1"}, OLD_DIGEST)),
    Guard(types.METHOD_SETTINGS, "settings.loggingLevel", ("OFF",)),
    Guard(types.METHOD_SETTINGS, "settings.throttlingRateLimit", (-1, 1e9)),
    Guard(types.METHOD_SETTINGS, "settings.throttlingBurstLimit", (-1, 1e9)),
    Guard(types.METHOD_SETTINGS, "settings.dataTraceEnabled", (True,), may_be_absent=True),
    Guard(types.METHOD_SETTINGS, "settings.cachingEnabled", (True,), may_be_absent=True),
    Guard(types.METHOD_SETTINGS, "methodPath", ("orders/GET",)),
    Guard(types.MAPPING, "stageName", ("another",), may_be_unknown=True),
    Guard(types.WEB_ACL, "rules", ([],)),
    Guard(types.WEB_ACL, "visibilityConfig.cloudwatchMetricsEnabled", (False,)),
    Guard(types.WEB_ACL_LOGGING, "redactedFields", ([],)),
    Guard(types.WEB_ACL_LOGGING, "logDestinationConfigs", ([],)),
    Guard(
        types.WEB_ACL_LOGGING,
        "loggingFilter",
        ({"defaultBehavior": "DROP", "filters": []}, DROPS_BLOCKED),
        may_be_absent=True,
    ),
    Guard(types.IP_SET, "addresses", (["0.0.0.0/1", "128.0.0.0/1"], ["8000::/1"])),
    Guard(types.VERSIONING, "versioningConfiguration.status", ("Suspended", "Disabled")),
    *_flags(
        types.PUBLIC_ACCESS_BLOCK,
        "blockPublicAcls",
        "blockPublicPolicy",
        "ignorePublicAcls",
        "restrictPublicBuckets",
    ),
    Guard(types.ENCRYPTION, "rules", ([],)),
    Guard(types.OWNERSHIP, "rule.objectOwnership", ("ObjectWriter", "BucketOwnerPreferred")),
    Guard(types.BUCKET, "acl", ("public-read", "public-read-write"), may_be_absent=True),
    Guard(types.PERMISSION, "sourceArn", ("*",), may_be_unknown=True),
    Guard(types.PERMISSION, "principal", ("*",)),
    Guard(types.LOG_GROUP, "retentionInDays", (0, 1)),
    Guard(types.ATTACHMENT, "policyArn", ("arn:aws:iam::aws:policy/AdministratorAccess",)),
    Guard(types.KEY, "keyUsage", ("GENERATE_VERIFY_MAC", "ENCRYPT_DECRYPT")),
    Guard(types.KEY, "customerMasterKeySpec", ("SYMMETRIC_DEFAULT", "HMAC_256", "ECC_SECG_P256K1")),
    Guard(types.KEY, "bypassPolicyLockoutSafetyCheck", (True,), may_be_absent=True),
    Guard(types.KEY, "policy", may_be_unknown=True),  # documents.py covers it
    Guard(types.KEY, "deletionWindowInDays", (7,), may_be_absent=True),
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

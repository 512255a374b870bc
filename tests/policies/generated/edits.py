"""Random changes of a clean stack: other ends, routes, stages, mappings, web ACLs and rules."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

from tests.policies import apis
from tests.policies.generated.draft import (
    ACL,
    API,
    ASSOCIATION,
    DEPLOYMENT,
    DOMAIN,
    EVERY_REQUEST,
    IP_SET,
    MAPPING,
    RULE_GROUP,
    STAGE,
    VISIBILITY,
    Draft,
    Ref,
    add_api,
    add_domain,
    add_ip_set,
    add_permission,
    add_stage,
    add_web_acl,
    body,
    in_set,
    is_not,
    managed,
    rate,
    rule,
)

Edit = Callable[[Random, Draft], None]
FOREIGN_DOMAIN = "legacy.example.com"
FOREIGN_API = "foreign-id"
FOREIGN_ACL = "arn:aws:wafv2:eu-central-1:000000000000:foreign-acl"
FOREIGN_GROUP = "arn:aws:wafv2:eu-central-1:000000000000:foreign-group"
FOREIGN_SET = "arn:aws:wafv2:eu-central-1:000000000000:foreign-set"
EVERYWHERE = ["0.0.0.0/1", "128.0.0.0/1"]
MANY = [f"{first}.0.0.0/8" for first in range(256)]
NETWORKS = (["203.0.113.0/24"], ["203.0.113.0/25", "192.0.2.0/24"], EVERYWHERE, MANY, [])
SECURITY: tuple[Any, ...] = (
    [{"clientCertificate": []}],
    [],
    [{"clientCertificate": []}, {}],
    apis.GONE,
)
SOURCES: tuple[Any, ...] = (
    "context.authorizer.authorization",
    "method.request.header.Authorization",
    "'Bearer static'",
    "context.identity.sourceIp",
)
CERTIFICATE = apis.CERTIFICATE
KEYS = (
    CERTIFICATE,
    "context.identity.clientCert.subjectDN",
    "method.request.header.X-Client",
    f"method.request.header.X-Client, {CERTIFICATE}",
)


def new(draft: Draft, name: str) -> str:
    return next(f"{name}{i}" for i in range(2, 99) if f"{name}{i}" not in draft)


def a_body(random: Random) -> str:
    """A document with one or two routes, each with or without its guards."""
    changes: list[tuple[str, Any]] = []
    if random.random() < 0.5:
        changes.append((f"{apis.OPERATION} security", random.choice(SECURITY)))
    if random.random() < 0.5:
        header = random.choice(("Authorization", "authorization", "X-Authorization"))
        parameters = {
            f"integration.request.header.{header}": random.choice(SOURCES),
            "integration.request.header.X-Client-Certificate-Thumbprint": (
                "context.authorizer.certificateThumbprint"
            ),
        }
        changes.append((f"{apis.PROXY} requestParameters", parameters))
    if random.random() < 0.3:
        operation = {"x-amazon-apigateway-integration": apis.INTEGRATION}
        if random.random() < 0.5:
            operation["security"] = random.choice(SECURITY[:3])
        path = random.choice(("/orders", "/{proxy+}"))
        method = random.choice(("get", "x-amazon-apigateway-any-method"))
        changes.append((f"paths {path}", {method: operation}))
    if random.random() < 0.3:
        authorizer = {
            "type": random.choice(("request", "token")),
            "authorizerUri": apis.AUTHORIZER_URI,
            "authorizerResultTtlInSeconds": random.choice((0, 60, 300)),
            "identitySource": random.choice(KEYS),
        }
        changes.append((apis.AUTHORIZER, authorizer))
    if random.random() < 0.1:
        setting = {"disableExecuteApiEndpoint": random.random() < 0.5}
        changes.append(("x-amazon-apigateway-endpoint-configuration", setting))
    return body(*changes)


def change_a_body(random: Random, draft: Draft) -> None:
    draft[random.choice(draft.of_type(API))].inputs["body"] = a_body(random)


def change_the_default_endpoint(random: Random, draft: Draft) -> None:
    inputs = draft[random.choice(draft.of_type(API))].inputs
    inputs["disableExecuteApiEndpoint"] = random.random() < 0.5
    if random.random() < 0.3:
        del inputs["disableExecuteApiEndpoint"]


def add_another_api(random: Random, draft: Draft) -> None:
    api = new(draft, "api")
    add_api(
        draft,
        api,
        a_body(random),
        disableExecuteApiEndpoint=random.random() < 0.7,
    )
    if random.random() < 0.8:
        add_permission(draft, new(draft, "permission"), api)
    add_stage(draft, new(draft, "stage"), api)


def add_another_stage(random: Random, draft: Draft) -> None:
    add_stage(draft, new(draft, "stage"), random.choice(draft.of_type(API)))


def add_a_canary(random: Random, draft: Draft) -> None:
    stage = draft[random.choice(draft.of_type(STAGE))]
    deployments: list[Any] = [Ref(name, "id") for name in draft.of_type(DEPLOYMENT)]
    stage.inputs["canarySettings"] = {
        "deploymentId": random.choice([*deployments, "abc123"]),
        "percentTraffic": 100,
    }


def add_another_domain(random: Random, draft: Draft) -> None:
    add_domain(draft, new(draft, "domain"), truststore=random.random() < 0.5)


def change_mutual_tls(random: Random, draft: Draft) -> None:
    inputs = draft[random.choice(draft.of_type(DOMAIN))].inputs
    if "mutualTlsAuthentication" in inputs and random.random() < 0.7:
        del inputs["mutualTlsAuthentication"]


def add_another_mapping(random: Random, draft: Draft) -> None:
    domains: list[Any] = [Ref(name, "domainName") for name in draft.of_type(DOMAIN)]
    names = [f"{name}.example.com" for name in draft.of_type(DOMAIN)]
    apis_: list[Any] = [Ref(name, "id") for name in draft.of_type(API)]
    stages: list[Any] = [Ref(name, "stageName") for name in draft.of_type(STAGE)]
    draft.add(
        new(draft, "mapping"),
        MAPPING,
        *(draft.of_type(ASSOCIATION) if random.random() < 0.8 else ()),
        domainName=random.choice([*domains, *domains, *names, FOREIGN_DOMAIN]),
        restApi=random.choice([*apis_, *apis_, FOREIGN_API]),
        basePath=random.choice(("", "v2", "v3", "v4")),
    )
    if random.random() < 0.8:
        stage = random.choice([*stages, *stages, "live", "foreign"])
        draft[next(reversed(draft))].inputs["stageName"] = stage


def a_rule_group(random: Random, draft: Draft) -> dict[str, Any]:
    """A reference to a rule group: of this stack, or foreign."""
    arn: Any = FOREIGN_GROUP
    if random.random() < 0.8:
        name = new(draft, "group")
        draft.add(
            name,
            RULE_GROUP,
            scope="REGIONAL",
            name=name,
            capacity=10,
            rules=[a_rule(random, draft, 0)],
            visibilityConfig=VISIBILITY,
        )
        arn = Ref(name, "arn")
    return {"ruleGroupReferenceStatement": {"arn": arn}}


def a_statement(random: Random, draft: Draft, depth: int = 0) -> dict[str, Any]:
    sets: list[Any] = [in_set(name) for name in draft.of_type(IP_SET)]
    foreign = {"ipSetReferenceStatement": {"arn": FOREIGN_SET}}
    kinds = ["in", "in", "not in", "not in", "every"] + ["or", "and", "not"] * (depth < 2)
    kind = random.choice(kinds)
    if kind in {"in", "not in"}:
        found = random.choice([*sets, *sets, foreign])
        return found if kind == "in" else is_not(found)
    if kind == "every":
        return EVERY_REQUEST
    inner = [a_statement(random, draft, depth + 1) for _ in range(2)]
    return is_not(inner[0]) if kind == "not" else {f"{kind}Statement": {"statements": inner}}


def a_rule(random: Random, draft: Draft, priority: int) -> dict[str, Any]:
    action = random.choice(("allow", "block", "block", "count"))
    return rule(f"rule-{priority}", priority, action, a_statement(random, draft))


def some_rules(random: Random, draft: Draft) -> list[dict[str, Any]]:
    rules = [a_rule(random, draft, priority) for priority in range(random.randrange(3))]
    if random.random() < 0.3:
        group = a_rule(random, draft, 5) | {"statement": a_rule_group(random, draft)}
        del group["action"]
        override = random.choice(("none", "none", "count"))
        rules.append(group | {"overrideAction": {override: {}}})
    if random.random() < 0.8:
        rules += [rate(10), *managed(11)]
    return rules


def add_another_web_acl(random: Random, draft: Draft) -> None:
    default = random.choice(("allow", "block"))
    add_web_acl(draft, new(draft, "acl"), some_rules(random, draft), default)


def change_a_web_acl(random: Random, draft: Draft) -> None:
    inputs = draft[random.choice(draft.of_type(ACL))].inputs
    if random.random() < 0.5:
        inputs["defaultAction"] = {random.choice(("allow", "block")): {}}
    if random.random() < 0.5:
        inputs["rules"] = some_rules(random, draft)
    elif inputs["rules"]:
        index = random.randrange(len(inputs["rules"]))
        inputs["rules"] = [one for i, one in enumerate(inputs["rules"]) if i != index]


def reorder_a_web_acl(random: Random, draft: Draft) -> None:
    inputs = draft[random.choice(draft.of_type(ACL))].inputs
    priorities = [one["priority"] for one in inputs["rules"]]
    random.shuffle(priorities)
    inputs["rules"] = [
        one | {"priority": priority}
        for one, priority in zip(inputs["rules"], priorities, strict=True)
    ]


def change_an_ip_set(random: Random, draft: Draft) -> None:
    draft[random.choice(draft.of_type(IP_SET))].inputs["addresses"] = random.choice(NETWORKS)


def add_another_ip_set(random: Random, draft: Draft) -> None:
    add_ip_set(draft, new(draft, "set"), *random.choice(NETWORKS))


def add_another_association(random: Random, draft: Draft) -> None:
    stages: list[Any] = [Ref(name, "arn") for name in draft.of_type(STAGE)]
    web_acls: list[Any] = [Ref(name, "arn") for name in draft.of_type(ACL)]
    draft.add(
        new(draft, "association"),
        ASSOCIATION,
        resourceArn=random.choice(stages),
        webAclArn=random.choice([*web_acls, *web_acls, FOREIGN_ACL]),
    )


def change_an_association(random: Random, draft: Draft) -> None:
    names = draft.of_type(ASSOCIATION)
    if not names:
        return
    name = random.choice(names)
    if random.random() < 0.3:
        for declared in draft.values():
            declared.waits_for = [other for other in declared.waits_for if other != name]
        del draft[name]
        return
    web_acls: list[Any] = [Ref(other, "arn") for other in draft.of_type(ACL)]
    draft[name].inputs["webAclArn"] = random.choice([*web_acls, FOREIGN_ACL])


EDITS: tuple[Edit, ...] = (
    change_a_body,
    change_a_body,
    change_the_default_endpoint,
    add_another_api,
    add_another_stage,
    add_a_canary,
    add_another_domain,
    change_mutual_tls,
    add_another_mapping,
    add_another_mapping,
    add_another_web_acl,
    change_a_web_acl,
    reorder_a_web_acl,
    change_an_ip_set,
    add_another_ip_set,
    add_another_association,
    change_an_association,
)


def describe(draft: Draft) -> str:
    """The draft in text, for the message of a failed test."""
    return json.dumps({name: [d.type, d.inputs] for name, d in draft.items()}, default=str)

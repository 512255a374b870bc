"""Refuses a deployment that is not triggered by every change of the API."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.body import body_of
from policies.reading.node import Node
from policies.reading.resource import JudgedResource, Stack
from policies.rule import API_GATEWAY_GUIDE, Settings, StackRule

# A hexadecimal or base64 digest of at least 128 bits; a counter or a date is neither.
DIGEST = re.compile(r"[0-9a-fA-F]{32,}|[A-Za-z0-9+/_-]{22,}={0,2}")
ALGORITHMS = ("sha256", "sha1", "md5", "sha384", "sha512")
PARTS = (types.REST_METHOD, types.REST_INTEGRATION)


def _check(resource: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    if resource.type == types.REST_STAGE:
        if not stack.used_by(resource, "deployment", types.REST_DEPLOYMENT):
            yield "deployment does not refer to a deployment of this stack."
        yield from _check_canary(resource, stack)
    elif resource.type == types.HTTP_STAGE:
        if not resource["autoDeploy"].flag():
            yield "autoDeploy is not true: changes of the API are not deployed."
    else:
        yield from _check_deployment(resource, stack)


def _check_canary(stage: JudgedResource, stack: Stack) -> Iterator[str]:
    """A canary serves another deployment, with the same guards only if this stack declares it."""
    key = "canarySettings"
    settings = stage[key]
    if not settings.present or (settings.known and not settings.one_or_many()):
        return
    deployments = stack.used_by(stage, key, types.REST_DEPLOYMENT)
    id_ = settings["deploymentId"]
    ids = {one["id"].text() for one in deployments if one["id"].known}
    if not deployments or (id_.known and id_.text() not in ids):
        yield f"{id_.path} does not refer to a deployment of this stack."


def _check_deployment(deployment: JudgedResource, stack: Stack) -> Iterator[str]:
    triggers = deployment["triggers"]
    if not triggers.entries():
        yield "triggers is missing: a changed route or an added authorizer is never deployed."
        return
    followed = deployment.uses("triggers")
    # What is made of other resources changes with them; only an update knows its text.
    if not followed and all(v.known and not _is_digest(v) for _, v in triggers.entries()):
        for key, _ in triggers.entries():
            yield f"triggers[{key}] is not a digest of the deployed content."
    for api in stack.used_by(deployment, "restApi", types.REST_API):
        if not api["body"].known:
            continue
        if api.urn not in followed and not _has_digest(triggers, api):
            yield f"triggers does not include a digest of the body of {api.name}."
        elif followed == {api.urn} and not _has_body(triggers, api):
            yield f"triggers refers to {api.name} and not to its body: it never changes."
    for part in _parts(deployment, stack):
        if part.urn not in followed:
            yield f"triggers does not include {part.name}: its next change is not deployed."


def _is_digest(value: Node) -> bool:
    return value.is_text and DIGEST.fullmatch(value.text()) is not None


def _has_body(triggers: Node, api: JudgedResource) -> bool:
    """Whether a trigger is the body, or a digest of it: a preview knows both, but not an id."""
    bodies = {api["body"].text()} if api["body"].is_text else set()
    values = [value for _, value in triggers.entries()]
    return any(_is_digest(one) or (one.is_text and one.text() in bodies) for one in values)


def _has_digest(triggers: Node, api: JudgedResource) -> bool:
    """Whether a trigger is a digest of the body's text, which a preview knows with the body."""
    values = [value for _, value in triggers.entries() if value.known]
    digests = _digests(api) if values else frozenset()
    return any(value.text() in digests for value in values)


def _digests(api: JudgedResource) -> frozenset[str]:
    texts = {api["body"].text()} if api["body"].is_text else set()
    document = body_of(api).plain()
    for separators in (None, (",", ":")):
        for sort_keys in (False, True):
            texts.add(json.dumps(document, separators=separators, sort_keys=sort_keys))
    digests = [
        hashlib.new(name, text.encode(), usedforsecurity=False).digest()
        for name in ALGORITHMS
        for text in texts
    ]
    return frozenset(
        written
        for digest in digests
        for written in (digest.hex(), digest.hex().upper(), base64.b64encode(digest).decode())
    )


def _parts(deployment: JudgedResource, stack: Stack) -> list[JudgedResource]:
    """The methods and integrations of the same API; a body is one property of the API itself."""
    apis = stack.used_by(deployment, "restApi", types.REST_API)
    return [part for api in apis for part in stack.users_of(api, "restApi", *PARTS)]


RULE = StackRule(
    name="apigateway-deployment-follows-content",
    title="A change of the API is deployed by the same update.",
    severity=Severity.HIGH,
    why=(
        "A change of an API takes effect when the API is deployed again. Until then a route that "
        "got an authorizer, or a default endpoint that was disabled, stays as it was. A digest of "
        "the content as trigger deploys every change, and only changes."
    ),
    fix='aws.apigateway.Deployment(…, triggers={"content": hashlib.sha256(body).hexdigest()})',
    page="Deploying a REST API in Amazon API Gateway",
    url=API_GATEWAY_GUIDE + "how-to-deploy-api.html",
    types=frozenset({types.REST_DEPLOYMENT, types.REST_STAGE, types.HTTP_STAGE}),
    check=_check,
)

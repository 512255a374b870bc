"""Compiles the methods of an API for one stage: throttle, authorizer, validation, integration."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from portcullis.gateway.exchange import Functions, Upstream
from portcullis.gateway.gates.authorizer import AuthorizerGate
from portcullis.gateway.gates.integration import Integration, compile_integration
from portcullis.gateway.gates.routing import Router
from portcullis.gateway.gates.throttle import (
    MethodSetting,
    TokenBucket,
    method_settings,
    setting_of,
)
from portcullis.gateway.gates.validation import RequestValidator
from portcullis.gateway.resources.authorizers import LambdaAuthorizer
from portcullis.gateway.resources.model import StageModel
from portcullis.gateway.resources.openapi import METHODS, ApiMethod
from portcullis.gateway.resources.permissions import may_invoke
from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.gateway.waf.web_acl import WebAcl
from portcullis.graph.resource import Graph

Log = Callable[[str], None]
AUTHORIZER_KEY_SOURCE = "AUTHORIZER"  # the API key is the authorizer's usageIdentifierKey


@dataclass(frozen=True, slots=True, kw_only=True)
class StageServices:
    """What the stages of a gateway share: the graph, its web ACLs, functions, logs and clock."""

    graph: Graph
    web_acls: Mapping[str, WebAcl]
    functions: Functions
    upstream: Upstream
    access_log: Log
    execution_log: Log
    clock: Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledMethod:
    """One API method with its gates."""

    resource_id: str
    buckets: Mapping[str, TokenBucket]  # by method: AWS throttles each method on its own
    needs_api_key: bool
    authorizer: AuthorizerGate | None
    validator: RequestValidator | None
    integration: Integration


def compile_methods(model: StageModel, services: StageServices) -> Router[CompiledMethod]:
    api = model.api
    settings = method_settings(services.graph, api.id, model.name)
    general = setting_of(settings, "", "")
    log = services.execution_log if general and general.logging_level != "OFF" else _discard
    presented = model.client_certificate_pem
    upstream = services.upstream.presenting(presented) if presented else services.upstream
    gates: dict[str, AuthorizerGate] = {}
    router: Router[CompiledMethod] = Router(api.place)
    for operation in api.body.operations:
        if (
            operation.api_key_required
            and operation.authorizer is None
            and (api.api_key_source == AUTHORIZER_KEY_SOURCE)
        ):
            raise UnsupportedError(
                operation.place, "it takes its API key from an authorizer, but has no authorizer"
            )
        authorizer = operation.authorizer
        if authorizer is not None and authorizer.name not in gates:
            gates[authorizer.name] = _gate(authorizer, model, services, log)
        validator = RequestValidator(operation.validation, operation.place)
        route = CompiledMethod(
            resource_id=_short_id(api.id, operation.path),
            buckets=_buckets(operation, settings, services.clock),
            needs_api_key=operation.api_key_required,
            authorizer=None if authorizer is None else gates[authorizer.name],
            validator=None if validator.checks_nothing else validator,
            integration=compile_integration(
                operation,
                api_id=api.id,
                stage_variables=model.variables,
                upstream=upstream,
                functions=services.functions,
                may_invoke=partial(
                    may_invoke,
                    services.graph,
                    source_arn=_method_arn(model, operation),
                    account=api.account,
                ),
                execution_log=log,
            ),
        )
        router.add(operation.path, operation.method, route)
    return router


def _gate(
    authorizer: LambdaAuthorizer, model: StageModel, services: StageServices, log: Log
) -> AuthorizerGate:
    api = model.api
    # API Gateway chooses the id of an authorizer in a body; permissions cover it with a wildcard.
    source_arn = f"{api.execution_arn}/authorizers/{_short_id(api.id, authorizer.name)}"
    return AuthorizerGate(
        authorizer,
        functions=services.functions,
        may_invoke=may_invoke(
            services.graph, authorizer.function, source_arn=source_arn, account=api.account
        ),
        stage_variables=model.variables,
        clock=services.clock,
        execution_log=log,
    )


def _method_arn(model: StageModel, operation: ApiMethod) -> str:
    """As API Gateway names a method to a function's policy, with the path of its resource."""
    return f"{model.api.execution_arn}/{model.name}/{operation.method}{operation.path}"


def _buckets(
    operation: ApiMethod, settings: dict[str, MethodSetting], clock: Callable[[], float]
) -> dict[str, TokenBucket]:
    buckets: dict[str, TokenBucket] = {}
    for method in METHODS:
        setting = setting_of(settings, operation.path, method)
        bucket = None if setting is None else setting.bucket(clock)
        if bucket is not None:
            buckets[method] = bucket
    return buckets


def _short_id(api_id: str, name: str) -> str:
    """An id of six characters, as on AWS, that is the same on every run."""
    return hashlib.sha256(f"{api_id} {name}".encode()).hexdigest()[:6]


def _discard(_line: str) -> None:
    """The execution log of a stage that has it switched off."""

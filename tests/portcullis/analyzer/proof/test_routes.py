"""Each route of the OpenAPI body loses each of its guards."""

import json
from dataclasses import replace

from portcullis.analyzer.proof import types
from portcullis.analyzer.proof.mutant import GONE, with_document
from portcullis.analyzer.proof.routes import AUTHORIZER, INTEGRATION, route_mutants
from portcullis.graph.resource import UNKNOWN


def bodies(stack):
    return {m.what: m.graph.of_type(types.REST_API)[0].inputs["body"] for m in route_mutants(stack)}


def operation(body):
    return json.loads(body)["paths"]["/pets"]["get"]


def test_security_is_removed_emptied_and_made_optional(stack):
    found = bodies(stack)
    assert "security" not in operation(found["GET /pets: no security"])
    assert operation(found["GET /pets: empty security"])["security"] == []
    assert {} in operation(found["GET /pets: security with an empty alternative"])["security"]


def test_a_route_that_has_lost_its_guards_already_does_not_stop_the_list(stack):
    """The pack refuses such a stack, so its user gets that message."""
    (api,) = stack.of_type(types.REST_API)
    route = ("paths", "/pets", "get")
    for path in (("security",), (INTEGRATION,), (INTEGRATION, "requestParameters")):
        found = bodies(with_document(stack, api, "body", (*route, *path), GONE))
        assert "no request validator" in found


def test_each_mapped_header_is_removed_and_taken_from_the_caller(stack):
    found = bodies(stack)
    name = "integration.request.header.Authorization"
    removed = operation(found["GET /pets: Authorization not mapped"])
    assert name not in removed[INTEGRATION]["requestParameters"]
    forged = operation(found["GET /pets: Authorization mapped from the caller's header"])
    assert forged[INTEGRATION]["requestParameters"][name] == "method.request.header.Authorization"


def test_a_header_parameter_of_the_contract_is_the_callers_own(stack):
    (api,) = stack.of_type(types.REST_API)
    document = json.loads(api.inputs["body"])
    mapped = document["paths"]["/pets"]["get"][INTEGRATION]["requestParameters"]
    mapped["integration.request.header.X-Tenant"] = "method.request.header.X-Tenant"
    changed = replace(api, inputs={**api.inputs, "body": json.dumps(document)})
    others = [r for r in stack.resources if r is not api]
    found = bodies(replace(stack, resources=(*others, changed)))
    assert not [what for what in found if "X-Tenant" in what]
    assert "GET /pets: Authorization not mapped" in found


def test_the_authorizer_is_cached_by_a_header(stack):
    schemes = json.loads(bodies(stack)["clientCertificate: cached by a header"])["components"]
    authorizer = schemes["securitySchemes"]["clientCertificate"][AUTHORIZER]
    assert authorizer["identitySource"] == "method.request.header.Authorization"


def test_the_authorizer_becomes_a_function_of_another_account(stack):
    schemes = json.loads(bodies(stack)["clientCertificate: a function of another account"])
    authorizer = schemes["components"]["securitySchemes"]["clientCertificate"][AUTHORIZER]
    assert ":999999999999:function:authorizer/" in authorizer["authorizerUri"]


def test_the_token_is_in_an_integration_s_response(stack):
    leaked = operation(
        bodies(stack)["GET /pets: an integration's response that contains the token"]
    )
    parameters = leaked[INTEGRATION]["responses"]["default"]["responseParameters"]
    assert list(parameters.values()) == ["context.authorizer.authorization"]


def test_a_template_overrides_path_and_header(stack):
    found = bodies(stack)
    for what in ("the path", "Authorization"):
        overridden = operation(found[f"GET /pets: a template that takes {what} from the request"])
        assert "requestOverride" in overridden[INTEGRATION]["requestTemplates"]["application/json"]


def test_an_open_route_is_added(stack):
    added = json.loads(bodies(stack)["a route added without an authorizer"])["paths"]["/admin"]
    assert "security" not in added["get"]


def test_the_whole_body_becomes_unknown(stack):
    assert bodies(stack)["body unknown in a preview"] == UNKNOWN

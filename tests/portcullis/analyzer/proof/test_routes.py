"""Each route of the OpenAPI body loses each of its guards."""

import json
from dataclasses import replace

from portcullis.analyzer.proof import types
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


def test_an_open_route_is_added(stack):
    added = json.loads(bodies(stack)["a route added without an authorizer"])["paths"]["/admin"]
    assert "security" not in added["get"]


def test_the_whole_body_becomes_unknown(stack):
    assert bodies(stack)["body unknown in a preview"] == UNKNOWN

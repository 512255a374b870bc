"""Contracts as people write them, each of which API Gateway can import."""

import json
import textwrap

import pytest
import yaml
from openapi_spec_validator import validate

from components.api_body import BodyInputs, build_body
from portcullis.contract.contract import Contract
from portcullis.contract.paths import parameter_names
from tests.portcullis.contract.contracts import ORDERS, PETSTORE

HEAD = "openapi: 3.0.3\ninfo: {title: Orders, version: 1.0.0}\n"
ONE = "  /orders:\n    get: {x-scope: 'orders:read', responses: {200: {description: ok}}}\n"
OAUTH = """\
components:
  securitySchemes:
    login: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://a.example', scopes: {}}}}
    oidc: {type: openIdConnect, openIdConnectUrl: 'https://a.example'}
    bearer: {type: http, scheme: bearer}
"""
INPUTS = BodyInputs(
    title="portcullis-dev",
    public_url="https://api.example.com",
    backend_url="https://orders.example.com",
    backend_timeout_seconds=29,
    authorizer_uri="arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/f/invocations",
    authorizer_cache_seconds=0,
    signing_key_count=1,
    has_rate_plans=True,
)


@pytest.fixture
def taken(tmp_path):
    """Loads a contract, checks that its body is OpenAPI without our own extensions."""

    def take(text, name="contract.yaml", *, is_openapi=True):
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        contract = Contract.load(file)
        body = json.loads(build_body(contract, INPUTS))
        if is_openapi:
            validate(body)
        assert '"x-scope"' not in json.dumps(body)
        return contract, body

    return take


def paths(text, tail=""):
    return HEAD + "paths:\n" + textwrap.indent(textwrap.dedent(text), "  ") + tail


def scopes(contract):
    return {f"{o.method} {o.path}": o.scope for o in contract.operations if o.scope}


def ignored(contract):
    return [line for operation in contract.operations for line in operation.ignored]


def test_the_scope_of_a_path_holds_for_its_operations_before_that_of_the_document(taken):
    contract, _ = taken(
        paths(
            """\
            /orders:
              x-scope: orders:write
              get: {x-scope: 'orders:read', responses: {200: {description: ok}}}
              post: {responses: {200: {description: ok}}}
            /items: {get: {responses: {200: {description: ok}}}}
            """,
            OAUTH + "security: [{login: ['items:read']}]\n",
        )
    )
    assert scopes(contract) == {
        "GET /orders": "orders:read",
        "POST /orders": "orders:write",
        "GET /items": "items:read",
    }


def test_models_get_names_that_api_gateway_takes_and_references_follow(taken):
    content = "content: {application/json: {schema: {$ref: '#/components/schemas/order.item_v1'}}}"
    body = taken(
        paths(
            f"/orders: {{post: {{x-scope: a, requestBody: {{{content}}}, responses: {{}}}}}}\n",
            """\
components:
  schemas:
    order.item_v1: {properties: {next: {$ref: '#/components/schemas/order-item-v1'}}}
    order-item-v1: {type: string}
    OrderItemV1: {type: integer}
    _: {type: boolean}
""",
        )
    )[1]
    uploaded = body["paths"]["/orders"]["post"]["requestBody"]["content"]["application/json"]
    assert uploaded["schema"] == {"$ref": "#/components/schemas/OrderItemV1Model2"}
    assert body["components"]["schemas"] == {
        "OrderItemV1Model2": {
            "properties": {"next": {"$ref": "#/components/schemas/OrderItemV1Model3"}}
        },
        "OrderItemV1Model3": {"type": "string"},
        "OrderItemV1": {"type": "integer"},
        "Model": {"type": "boolean"},
    }


def test_a_value_that_an_enum_repeats_is_uploaded_once(taken):
    _, body = taken(
        HEAD + "paths:\n" + ONE + "components: {schemas: {Week: {enum: [a, b, a, 1, '1', true]}}}\n"
    )
    assert body["components"]["schemas"]["Week"]["enum"] == ["a", "b", 1, "1", True]


def test_a_parameter_is_named_as_the_first_path_with_one_at_its_place_has_it(taken):
    contract, body = taken(
        paths(
            """\
            /users/{id}:
              parameters: [{name: id, in: path, required: true, schema: {type: string}}]
              get: {x-scope: 'users:read', responses: {200: {description: ok}}}
            /users/{userId}/orders/{orderId}:
              parameters: [{$ref: '#/components/parameters/User'}]
              get:
                x-scope: users:read
                parameters:
                  - {name: id, in: query, schema: {type: string}}
                  - {$ref: '#/components/parameters/Id'}
                responses: {200: {description: ok}}
            """,
            """\
components:
  parameters:
    User: {name: userId, in: path, required: true, schema: {type: string}, description: who}
    Id: {name: orderId, in: path, required: true, schema: {type: string}}
""",
        )
    )
    path = "/users/{id}/orders/{orderId}"
    assert set(scopes(contract)) == {"GET /users/{id}", f"GET {path}"}
    assert ignored(contract) == [
        "path userId: its name is id in API Gateway, which has one name at each place"
    ]
    uploaded = body["paths"][path]["get"]
    assert [(p["in"], p["name"]) for p in uploaded["parameters"]] == [
        ("path", "id"),
        ("query", "id"),
        ("path", "orderId"),
    ]
    integration = uploaded["x-amazon-apigateway-integration"]
    assert integration["uri"] == f"https://orders.example.com{path}"
    assert integration["requestParameters"].items() >= {
        ("integration.request.path.id", "method.request.path.id"),
        ("integration.request.path.orderId", "method.request.path.orderId"),
    }


@pytest.mark.parametrize(
    ("first", "second", "uploaded"),
    [
        ("/a/{id}", "/a/{a}/b/{id}", "/a/{id}/b/{id2}"),
        ("/{b}/a", "/{c}/{b}", "/{b}/{b2}"),
        ("/{b}/a", "/{c}/{b+}", "/{b}/{b2+}"),
    ],
)
def test_a_parameter_whose_name_an_earlier_part_has_gets_a_number(taken, first, second, uploaded):
    written = [
        f"{path}:\n  get:\n    x-scope: a\n    parameters:\n"
        + "".join(f"    - {{name: {n}, in: path, required: true}}\n" for n in parameter_names(path))
        + "    responses: {}\n"
        for path in (first, second)
    ]
    _, body = taken(paths("".join(written)), is_openapi="+" not in second)
    assert set(body["paths"]) - {"/.well-known/jwks.json"} == {first, uploaded}


def test_one_of_several_required_scopes_is_chosen_by_x_scope(taken):
    operation = "security: [{login: [read, write]}], responses: {200: {description: ok}}"
    contract, _ = taken(paths(f"/orders: {{post: {{x-scope: write, {operation}}}}}\n", OAUTH))
    assert scopes(contract) == {"POST /orders": "write"}


def test_orders_is_taken(taken):
    contract, body = taken(ORDERS)
    assert scopes(contract) == {
        "GET /v1/orders": "orders:read",
        "POST /v1/orders": "orders:write",
        "GET /v1/orders/{orderId}": "orders:read",
        "DELETE /v1/orders/{orderId}": "orders:write",
    }
    listing, creating = contract.operations[:2]
    assert listing.validated == ("header X-Tenant",)
    assert creating.validated == ("header X-Tenant", "body application/json")
    assert contract.description == "Orders 1.4.2" == body["info"]["description"]
    assert contract.ignored == ("nullable in a schema: null is refused",)
    mapped = body["paths"]["/v1/orders"]["get"]["x-amazon-apigateway-integration"]
    assert mapped["requestParameters"]["integration.request.header.X-Tenant"] == (
        "method.request.header.X-Tenant"
    )
    assert list(body["paths"]["/v1/orders"]["get"]["responses"]) == ["200"]


def test_a_contract_without_a_key_set_gets_one(taken):
    contract, body = taken(paths("") + ONE)
    assert [(o.path, o.scope) for o in contract.operations][-1] == ("/.well-known/jwks.json", None)
    key_set = body["paths"]["/.well-known/jwks.json"]["get"]
    assert key_set["security"] == []
    assert key_set["x-amazon-apigateway-integration"]["type"] == "mock"


def test_json_is_taken_with_escapes_and_tabs(taken):
    document = yaml.safe_load(ORDERS.replace("title: Orders", "title: 'Or\U0001f600ders\t\"/'"))
    document["paths"]["/v1/orders"]["post"]["responses"] = {"201": {"description": "made"}}
    text = json.dumps(document, indent="\t").replace("/v1", "\\/v1")
    contract, _ = taken(text, "contract.json")
    assert contract.scopes == {"orders:read", "orders:write"}


@pytest.mark.parametrize(
    ("operation", "root"),
    [
        ("security: [{login: [a.read]}]", ""),
        ("security: [{oidc: [a.read]}]", ""),
        ("security: [{login: [a.read], bearer: []}]", ""),
        ("tags: [a]", "security: [{login: [a.read]}]\n"),
        ("security: [{bearer: []}], x-scope: a.read", ""),
        ("security: [{login: [a.read]}], x-scope: a.read", ""),
        ("x-scope: a.read", "security: [{login: [other]}]\n"),
    ],
)
def test_the_scope_is_that_of_x_scope_or_of_oauth2(taken, operation, root):
    text = paths(f"/a:\n  get: {{{operation}, responses: {{200: {{description: ok}}}}}}\n")
    contract, body = taken(text + OAUTH + root)
    assert scopes(contract) == {"GET /a": "a.read"}
    assert body["paths"]["/a"]["get"]["security"] == [{"clientCertificate": [], "api_key": []}]
    assert "login" not in body["components"]["securitySchemes"]
    assert "security" not in body


@pytest.mark.parametrize(
    ("parameter", "note"),
    [
        ("{name: session, in: cookie, schema: {type: string}}", "does not validate cookies"),
        ("{name: session, in: cookie, required: true, schema: {}}", "does not validate cookies"),
        (
            "{name: X-Request-ID, in: header, schema: {type: string}}",
            "the client sends is replaced",
        ),
        ("{name: authorization, in: header, required: true, schema: {}}", "OpenAPI ignores"),
        ("{name: Content-Length, in: header, schema: {type: integer}}", "sets this header itself"),
        ("{name: Client-Cert, in: header, schema: {type: string}}", "only the gateway may set it"),
        ("{name: 'filter[state]', in: query, schema: {type: object}}", "its name may hold only"),
    ],
)
def test_a_parameter_that_api_gateway_cannot_check_is_left_out(taken, parameter, note):
    contract, body = taken(
        paths(
            f"/a:\n  get:\n    x-scope: a\n    parameters: [{parameter}]\n"
            "    responses: {200: {description: ok}}\n"
        )
    )
    (line,) = ignored(contract)
    assert note in line
    operation = body["paths"]["/a"]["get"]
    assert "parameters" not in operation
    # The caller's own header must never replace the token or the request's identifier.
    assert operation["x-amazon-apigateway-integration"]["requestParameters"] == {
        "integration.request.header.Authorization": "context.authorizer.authorization",
        "integration.request.header.X-Client-Certificate-Thumbprint": (
            "context.authorizer.certificateThumbprint"
        ),
        "integration.request.header.X-Request-Id": "context.requestId",
    }


def test_an_array_in_the_query_keeps_all_its_values(taken):
    """The proxy passes every value on; a mapping would add the last one again."""
    _, body = taken(
        paths(
            "/a:\n  get:\n    x-scope: a\n    parameters:\n"
            "    - {name: tag, in: query, required: true, "
            "schema: {$ref: '#/components/schemas/T'}}\n"
            "    responses: {200: {description: ok}}\n",
            "components: {schemas: {T: {type: array, items: {type: string}}}}\n",
        )
    )
    operation = body["paths"]["/a"]["get"]
    (parameter,) = operation["parameters"]
    assert parameter["required"] is True
    assert parameter["schema"]["type"] == "array"
    mapping = operation["x-amazon-apigateway-integration"]["requestParameters"]
    assert not any("tag" in name for name in mapping)


def test_an_operation_overrides_its_path_s_parameter(taken):
    contract, _ = taken(
        paths(
            "/a:\n  parameters: [{name: q, in: query, required: true, schema: {}}]\n"
            "  get: {x-scope: a, parameters: [{name: q, in: query}], responses: {}}\n"
            "  put: {x-scope: a, responses: {}}\n"
        )
    )
    assert [o.validated for o in contract.operations[:2]] == [(), ("query q",)]


def test_a_greedy_path_reaches_the_same_path_of_the_backend(taken):
    _, body = taken(
        paths(
            "/files/{proxy+}:\n  get:\n    x-scope: a\n"
            "    parameters: [{name: proxy, in: path, required: true, schema: {type: string}}]\n"
            "    responses: {200: {description: ok}}\n"
        ),
        is_openapi=False,  # the plus sign is API Gateway's
    )
    integration = body["paths"]["/files/{proxy+}"]["get"]["x-amazon-apigateway-integration"]
    assert integration["uri"] == "https://orders.example.com/files/{proxy}"
    assert integration["requestParameters"]["integration.request.path.proxy"] == (
        "method.request.path.proxy"
    )


def test_every_method_of_api_gateway_is_taken(taken):
    verbs = ["get", "put", "post", "delete", "options", "head", "patch"]
    text = "/a:\n" + "".join(f"  {verb}: {{x-scope: a, responses: {{}}}}\n" for verb in verbs)
    contract, body = taken(paths(text))
    assert [o.method.lower() for o in contract.operations if o.path == "/a"] == verbs
    for verb in verbs:
        integration = body["paths"]["/a"][verb]["x-amazon-apigateway-integration"]
        assert integration["httpMethod"] == verb.upper()


@pytest.mark.parametrize(
    "media",
    ["application/octet-stream", "multipart/form-data", "application/x-www-form-urlencoded"],
)
def test_a_body_that_is_not_json_is_passed_on_unchecked(taken, media):
    contract, body = taken(
        paths(
            f"/a:\n  post:\n    x-scope: a\n    requestBody: {{content: {{{media}: "
            "{schema: {type: string, format: binary}}}}\n    responses: {204: {description: ok}}\n"
        )
    )
    assert ignored(contract) == [f"body {media}: not validated, and passed on as text"]
    assert "requestBody" not in body["paths"]["/a"]["post"]


def test_a_referenced_body_is_written_out(taken):
    contract, body = taken(
        paths(
            "/a:\n  post:\n    x-scope: a\n"
            "    requestBody: {$ref: '#/components/requestBodies/B'}\n"
            "    responses: {204: {description: ok}}\n",
            "components:\n  requestBodies:\n    B:\n      required: true\n      content:\n"
            "        application/json: {schema: {type: object}, example: {day: 2026-01-01}}\n",
        )
    )
    assert contract.operations[0].validated == ("body application/json",)
    assert body["paths"]["/a"]["post"]["requestBody"] == {
        "required": True,
        "content": {"application/json": {"schema": {"type": "object"}}},
    }


@pytest.mark.parametrize("code", ["default", "2XX", "5XX"])
def test_a_response_that_api_gateway_does_not_know_is_left_out(taken, code):
    contract, body = taken(
        paths(f"/a:\n  get: {{x-scope: a, responses: {{{code}: {{description: any}}}}}}\n")
    )
    assert ignored(contract) == [f"response {code}: API Gateway passes every answer on"]
    assert list(body["paths"]["/a"]["get"]["responses"]) == ["200"]


@pytest.mark.parametrize(
    ("schema", "is_uploaded"),
    [
        ("{type: string}", False),
        ("{type: integer, format: int32}", False),
        ("{type: array, items: {type: string}}", True),
        ("{$ref: '#/components/schemas/S'}", True),
    ],
)
def test_a_response_has_no_primitive_schema_in_api_gateway(taken, schema, is_uploaded):
    _, body = taken(
        paths(
            "/a: {get: {x-scope: a, responses: {'200': {description: ok, content: "
            f"{{application/json: {{schema: {schema}}}}}}}}}}}}}\n",
            "components: {schemas: {S: {type: string}}}\n",
        )
    )
    assert ("content" in body["paths"]["/a"]["get"]["responses"]["200"]) is is_uploaded


def test_what_api_gateway_s_import_leaves_out_of_a_model_is_named(taken):
    contract, _ = taken(
        HEAD
        + "paths:\n"
        + ONE
        + "components: {schemas: {S: {type: array, items: {}, minItems: 1}}}\n"
    )
    assert contract.ignored == ("minItems in a schema: the number of items is not checked",)


@pytest.mark.parametrize(
    "schema",
    [
        "{type: string, enum: [yes, no, on, off]}",
        "{type: string, default: 2026-01-01, example: 12:30}",
        "{type: object, properties: {example: {}, next: {$ref: '#/components/schemas/S'}}}",
        "{anyOf: [{type: string, format: date}, {not: {type: integer}}]}",
        "{type: object, additionalProperties: {type: string}, discriminator: {propertyName: a}}",
        "{type: number, minimum: 1e-3, exclusiveMinimum: true}",
    ],
)
def test_a_schema_is_taken(taken, schema):
    _, body = taken(HEAD + "paths:\n" + ONE + f"components: {{schemas: {{S: {schema}}}}}\n")
    model = body["components"]["schemas"]["S"]
    assert "discriminator" not in model
    if "enum" in model:
        assert model["enum"] == ["yes", "no", "on", "off"]
    if "properties" in model:
        assert set(model["properties"]) == {"example", "next"}


def test_anchors_and_merge_keys_are_taken(taken):
    contract, _ = taken(
        HEAD + "x-common: &common {x-scope: a, responses: &r {200: {description: ok}}}\npaths:\n"
        "  /a: {get: {<<: *common, x-scope: b}}\n  /b: {get: {x-scope: c, responses: *r}}\n"
    )
    assert scopes(contract) == {"GET /a": "b", "GET /b": "c"}


@pytest.mark.parametrize("version", ["1.0", "2", "2026-01-01", "'1.0.0'"])
def test_a_version_without_quotes_is_text(taken, version):
    text = HEAD.replace("1.0.0", version) + "paths:\n" + ONE
    _, body = taken(text)
    assert body["info"]["version"] == version.strip("'")


def test_a_byte_order_mark_and_a_comment_are_taken(taken):
    taken("\ufeff# ours\n" + HEAD + "paths:\n" + ONE)


def test_the_petstore_keeps_its_own_key_set():
    contract = Contract.load(PETSTORE)
    assert [o.path for o in contract.operations if o.scope is None] == ["/.well-known/jwks.json"]
    assert contract.ignored == ()
    assert ignored(contract) == []

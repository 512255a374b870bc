"""Contracts that are refused: file, line, route, what is wrong, what to write."""

import pytest

from portcullis.contract.contract import Contract
from portcullis.contract.faults import MAX_SHOWN, ContractError
from portcullis.contract.source import MAX_FILE_BYTES

HEAD = "openapi: 3.0.3\ninfo: {title: Orders, version: 1.0.0}\n"
PATHS = HEAD + "paths:\n"
OK = "x-scope: a, responses: {200: {description: ok}}"
LOGIN = "components: {securitySchemes: {login: {type: oauth2, flows: {}}}}\n"


def one(path="/a", method="get", operation=OK):
    return PATHS + f"  {path}:\n    {method}: {{{operation}}}\n"


def with_parameter(parameter, path="/a"):
    return one(path, operation=f"{OK}, parameters: [{parameter}]")


CASES = {
    # The file
    "empty": ("", 1, "the file: is empty. Write an OpenAPI 3.0 document."),
    "only a comment": ("# nothing\n", 1, "the file: is empty."),
    "only null": ("null\n", 1, "the file: must be a mapping with openapi, info and paths."),
    "a list": ("- a\n- b\n", 1, "the file: must be a mapping"),
    "a string": ("hello\n", 1, "the file: must be a mapping"),
    "two documents": (one() + "---\na: 1\n", 6, "the file: is not YAML: "),
    "a syntax error": (HEAD + "paths: [\n", 4, "the file: is not YAML: "),
    "a tab": (HEAD + "paths:\n\t/a: 1\n", 4, "the file: is not YAML: "),
    "an unknown alias": (HEAD + "paths: *p\n", 3, "the file: is not YAML: "),
    "an alias of itself": (HEAD + "x: &x [*x]\n", 3, "has an alias of a value inside that value"),
    "a tag": (HEAD + "x: !!python/object:os.system {}\n", 3, "the file: uses the tag"),
    "a key twice": (one() + "info: {}\n", 6, "has the key info twice, first on line 2."),
    "a path twice": (one() + "  /a: {}\n", 6, "has the key /a twice, first on line 4."),
    "a key that is a list": (HEAD + "? [a]\n: 1\n", 3, "has a key that is not a string."),
    "not a number": (HEAD + "x: .nan\n", 3, "has the number .nan"),
    "a number too large": (HEAD + "x: 1e999\n", 3, "has the number 1e999, which is too large."),
    "deep brackets": (HEAD + "x: " + "[" * 5000, 3, "nests deeper than 64 levels."),
    "a control character": (HEAD + "x: \x01\n", 3, "the file: is not YAML"),
    # Its version and sections
    "OpenAPI 3.1": (one().replace("3.0.3", "3.1.0"), 1, "openapi: is 3.1.0, but API Gateway"),
    "OpenAPI 3.0 as a number": (one().replace("3.0.3", "3.0"), 1, "Write openapi: 3.0.3"),
    "Swagger 2.0": ("swagger: '2.0'\npaths: {}\n", 1, "is OpenAPI 2.0, and the program reads 3.0"),
    "no openapi": ("info: {}\npaths: {}\n", 1, "the file: has no openapi. Write openapi: 3.0.3"),
    "no paths": (HEAD, 1, "paths: has no paths."),
    "paths as a list": (HEAD + "paths: []\n", 3, "paths: paths must be a mapping."),
    "no info": ("openapi: 3.0.3\npaths: {}\n", 1, "info: has no info."),
    "no version": (one().replace(", version: 1.0.0", ""), 2, "info.version: must have version"),
    "components as a list": (one() + "components: []\n", 6, "components: must be a mapping."),
    "schemas as a list": (one() + "components: {schemas: []}\n", 6, "components.schemas: must be"),
    # Paths
    "no leading slash": (one("a"), 4, "a: a path begins with a slash. Write /a"),
    "a trailing slash": (one("/a/"), 4, "/a/: API Gateway has no empty path segments. Write /a"),
    "a mixed segment": (
        with_parameter("{name: b, in: path, required: true}", "/a-{b}"),
        4,
        "/a-{b}: API Gateway refuses the segment 'a-{b}'.",
    ),
    "a space": (one('"/a b"'), 4, "API Gateway refuses the segment 'a b'."),
    "greedy in the middle": (one("/{proxy+}/a"), 4, "{proxy+} must be the last segment."),
    "a reserved path": (one("/ping"), 4, "/ping: API Gateway keeps this path"),
    "one route twice": (
        PATHS + f"  /a/{{b}}: {{get: {{{OK}}}}}\n  /a/{{c}}: {{get: {{{OK}}}}}\n",
        5,
        "/a/{c}: is the same path as line 4 (/a/{b}). Write its methods there.",
    ),
    "a greedy sibling": (
        PATHS + f"  /{{b}}: {{get: {{{OK}}}}}\n  /{{proxy+}}: {{get: {{{OK}}}}}\n",
        5,
        "/{proxy+}: API Gateway allows one parameter at this place, and line 4 (/{b}) has {b}.",
    ),
    "a key set at another path": (
        one(operation="x-jwks: true, responses: {}"),
        5,
        "GET /a, x-jwks: serves the public keys, which belong at /.well-known/jwks.json.",
    ),
    "a name twice": (one("/{b}/{b}"), 4, "the parameter {b} occurs twice."),
    "an operation of another file": (
        PATHS + "  /a/{b}:\n    get: {$ref: get.yaml}\n",
        5,
        "GET /a/{b}, $ref: refers to an operation elsewhere. Write it here; a bundler for OpenAPI",
    ),
    "a path of another file": (PATHS + "  /a: {$ref: a.yaml}\n", 4, "Write the methods here."),
    "a path item that is a list": (PATHS + "  /a: []\n", 4, "/a: must be a mapping of methods."),
    "the path of the key set": (
        one("/.well-known/jwks.json"),
        5,
        "GET /.well-known/jwks.json: is where the public keys of the tokens are served.",
    ),
    # Methods
    "any method": (
        one(method="x-amazon-apigateway-any-method"),
        5,
        "/a, x-amazon-apigateway-any-method: x-amazon-apigateway-any-method has no method",
    ),
    "trace": (one(method="trace"), 5, "/a, trace: API Gateway has no method TRACE."),
    "upper case": (one(method="GET"), 5, "/a, GET: a method is in lower case. Write get."),
    "an operation that is null": (PATHS + "  /a: {get: }\n", 4, "GET /a: must be a mapping"),
    "an integration": (
        one(operation=OK + ", x-amazon-apigateway-integration: {}"),
        5,
        "GET /a, x-amazon-apigateway-integration: sets x-amazon-apigateway-integration, but",
    ),
    "a policy": (one() + "x-amazon-apigateway-policy: {}\n", 6, "the program adds what is AWS's"),
    "one operationId twice": (
        PATHS + "".join(f"  /{p}: {{get: {{operationId: o, {OK}}}}}\n" for p in "ab"),
        5,
        "GET /b, operationId: is o, as of GET /a.",
    ),
    # Scopes
    "no scope": (one(operation="responses: {}"), 5, "GET /a: has no scope. Write x-scope:"),
    "two scopes": (
        one(operation="responses: {}, security: [{login: [b, c]}]") + LOGIN,
        5,
        "GET /a: requires the scopes b, c, and an operation has one here. Write one of ",
    ),
    "optional security": (
        one(operation="responses: {}, security: [{}, {login: [b]}]") + LOGIN,
        5,
        "GET /a: has no scope.",
    ),
    "an alternative without scope": (
        one(operation="responses: {}, security: [{login: []}, {login: [b]}]") + LOGIN,
        5,
        "GET /a: has no scope.",
    ),
    "an unknown scheme": (
        one(operation="responses: {}, security: [{other: [b]}]"),
        5,
        "GET /a, security: other does not exist. Add it to components.securitySchemes.",
    ),
    "two answers": (
        one(operation=OK + ", security: [{login: [b]}]") + LOGIN,
        5,
        "GET /a, security: requires b, but x-scope is a. Write one of those as x-scope, or",
    ),
    "security as a mapping": (one(operation="security: {}"), 5, "must be a list of security"),
    "x-scope as a number": (one(operation="x-scope: 1"), 5, "GET /a, x-scope: is 1. Write one"),
    # Parameters
    "a parameter that is not declared": (
        one("/{b}"),
        5,
        "{b} is missing. Add to parameters: {name",
    ),
    "a parameter that is not in the path": (
        with_parameter("{name: b, in: path, required: true}"),
        5,
        "GET /a: declares the path parameter b, which is not in /a.",
    ),
    "a path parameter that is optional": (
        with_parameter("{name: b, in: path}", "/{b}"),
        5,
        "the path parameter b must have required: true.",
    ),
    "a parameter twice": (
        with_parameter("{name: b, in: query}, {name: b, in: query}"),
        5,
        "GET /a, parameters: has the query parameter b twice.",
    ),
    "a body parameter": (with_parameter("{name: b, in: body}"), 5, "Write a requestBody instead."),
    "a parameter without a name": (with_parameter("{in: query}"), 5, "parameters[0]: must have a"),
    "a parameter that is a string": (with_parameter("b"), 5, "parameters[0]: must be a mapping."),
    "a parameter that is empty": (with_parameter("{}"), 5, "parameters[0]: must have name and in."),
    "parameters as a mapping": (
        one(operation=OK + ", parameters: {}"),
        5,
        "GET /a, parameters: must be a list of parameters.",
    ),
    "a required parameter with brackets": (
        with_parameter("{name: 'b[c]', in: query, required: true}"),
        5,
        "the parameter b[c] is required, and API Gateway cannot check it",
    ),
    # References
    "another file": (with_parameter("{$ref: common.yaml#/Page}"), 5, "is outside this file, and"),
    "a web address": (with_parameter("{$ref: 'https://a/b'}"), 5, "is outside this file, and"),
    "a missing component": (
        with_parameter("{$ref: '#/components/parameters/P'}"),
        5,
        "GET /a, parameters[0].$ref: #/components/parameters/P does not exist. Add P under",
    ),
    "a component of another kind": (
        with_parameter("{$ref: '#/components/schemas/P'}"),
        5,
        "'#/components/schemas/P' must be #/components/parameters/NAME.",
    ),
    "a reference that is a number": (with_parameter("{$ref: 1}"), 5, "1 is outside this file"),
    "a cycle of parameters": (
        with_parameter("{$ref: '#/components/parameters/P'}")
        + "components:\n  parameters:\n    P: {$ref: '#/components/parameters/P'}\n",
        8,
        "components.parameters.P.$ref: #/components/parameters/P refers to itself.",
    ),
    "a cycle of schemas": (
        one() + "components:\n  schemas:\n    A: {$ref: '#/components/schemas/B'}\n"
        "    B: {$ref: '#/components/schemas/A'}\n",
        8,
        "refers to itself. Write it out.",
    ),
    # Schemas and responses
    "a model of another name that refers to itself": (
        one() + "components:\n  schemas:\n"
        "    item_v1: {allOf: [{$ref: '#/components/schemas/item_v1'}]}\n",
        8,
        "components.schemas.item_v1: refers to itself without a property or item between",
    ),
    "a type that is a list": (
        one() + "components:\n  schemas:\n    A: {type: [string, 'null']}\n",
        8,
        "components.schemas.A.type: is a list, as in OpenAPI 3.1. Write type: string, and nullable",
    ),
    "a part of a schema": (
        one() + "components:\n  schemas:\n    A: {$ref: '#/components/schemas/A/items'}\n",
        8,
        "must be #/components/schemas/NAME.",
    ),
    "a schema that is a string": (
        one() + "components:\n  schemas:\n    A: string\n",
        8,
        "components.schemas.A: must be a mapping.",
    ),
    "required as a flag of a property": (
        one() + "components:\n  schemas:\n    A: {properties: {b: {required: true}}}\n",
        8,
        "components.schemas.A.properties.b.required: True is not of type 'array'",
    ),
    "required without a name": (
        one() + "components:\n  schemas:\n    A:\n      required: []\n",
        9,
        "components.schemas.A.required: [] should be non-empty",
    ),
    "an unknown type": (
        one(
            method="post",
            operation=f"{OK}, requestBody: {{content: {{application/json: "
            "{schema: {type: float}}}}",
        ),
        5,
        "POST /a, requestBody.content.application/json.schema.type: 'float'",
    ),
    "responses as a list": (one(operation="x-scope: a, responses: []"), 5, "responses: must be a"),
    "a response that is a string": (
        one(operation="x-scope: a, responses: {200: ok}"),
        5,
        "GET /a, responses.200: must be a mapping.",
    ),
    "a status that is a word": (
        one(operation="x-scope: a, responses: {ok: {}}"),
        5,
        "GET /a, responses.ok: is not a status code.",
    ),
    "content as a list": (
        one(method="post", operation=OK + ", requestBody: {content: []}"),
        5,
        "POST /a, requestBody.content: must be a mapping of media types.",
    ),
}


@pytest.mark.parametrize(("text", "line", "message"), CASES.values(), ids=CASES)
def test_a_contract_is_refused_with_its_line(tmp_path, text, line, message):
    file = tmp_path / "contract.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ContractError) as refused:
        Contract.load(file)
    lines = str(refused.value).splitlines()
    assert any(f"{file}:{line}: " in one and message in one for one in lines), lines


@pytest.mark.parametrize(
    ("content", "name", "line", "message"),
    [
        (
            b'{"openapi": "3.0.3",\n "info": }',
            "c.json",
            2,
            "not JSON: Expecting value (column 10)",
        ),
        (b'{"openapi": "3.0.3",\n "openapi": "3.0.3"}', "c.json", 2, "has the key openapi twice"),
        (b'{"openapi": "3.1.0",\n "paths": {}}', "c.json", 1, "openapi: is 3.1.0"),
        (b'{"openapi": "3.0.3", "x": NaN}', "c.json", 1, "a number that JSON does not have"),
        (b"openapi: 3.0.3\nx: \xff\n", "c.yaml", 2, "is not UTF-8 text. Save it as UTF-8."),
        ("openapi: 3.0.3\n".encode("utf-16"), "c.yaml", 1, "is not UTF-8 text. Save it as UTF-8."),
        (b"#" * (MAX_FILE_BYTES + 1), "c.yaml", 1, "is larger than"),
    ],
)
def test_a_file_is_refused_with_its_line(tmp_path, content, name, line, message):
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(ContractError) as refused:
        Contract.load(file)
    assert f"{file}:{line}: " in str(refused.value)
    assert message in str(refused.value)


def test_a_file_that_is_missing_is_named_with_the_setting(tmp_path):
    with pytest.raises(ContractError, match=r"cannot be read: No such file.*contractFile,"):
        Contract.load(tmp_path / "missing.yaml")


def test_aliases_of_aliases_do_not_fill_the_memory(tmp_path):
    file = tmp_path / "contract.yaml"
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    file.write_text("\n".join(lines))
    with pytest.raises(ContractError, match="has more than 1000000 values with its aliases"):
        Contract.load(file)


def test_every_fault_is_reported_at_once(tmp_path):
    file = tmp_path / "contract.yaml"
    file.write_text(PATHS + "  /a: {get: {}, put: {}}\n  /b/: {}\n")
    with pytest.raises(ContractError) as refused:
        Contract.load(file)
    assert [fault.where for fault in refused.value.faults] == ["GET /a", "PUT /a", "/b/"]


def test_of_very_many_faults_the_first_are_shown_and_the_rest_counted(tmp_path):
    file = tmp_path / "contract.yaml"
    file.write_text(PATHS + "".join(f"  /a{n}: {{get: {{}}}}\n" for n in range(MAX_SHOWN + 5)))
    with pytest.raises(ContractError) as refused:
        Contract.load(file)
    lines = str(refused.value).splitlines()
    assert len(refused.value.faults) == MAX_SHOWN + 5
    assert len(lines) == MAX_SHOWN + 1
    assert lines[-1] == f"{file}:{4 + MAX_SHOWN}: and 5 more faults."


@pytest.mark.parametrize(("length", "is_taken"), [(5_800_000, True), (6_300_000, False)])
def test_a_contract_is_as_large_as_api_gateway_imports(tmp_path, length, is_taken):
    file = tmp_path / "contract.yaml"
    file.write_text(one(operation=f"{OK}, description: {'a' * length}"))
    if is_taken:
        Contract.load(file)
        return
    with pytest.raises(ContractError, match=r"bytes in API Gateway, which imports at most 6291456"):
        Contract.load(file)


def test_what_is_not_uploaded_does_not_count_to_the_size(tmp_path):
    file = tmp_path / "contract.yaml"
    file.write_text(one(operation=f"{OK}, x-note: {'a' * 6_300_000}"))
    Contract.load(file)

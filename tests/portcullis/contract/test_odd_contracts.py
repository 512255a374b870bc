"""Odd contracts: taken, and then without a warning anywhere, or refused with line and fix."""

import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate
from typer.testing import CliRunner

from components.api_body import build_body
from portcullis.awsmodels.judge import judge
from portcullis.cli.main import app
from portcullis.contract.contract import Contract
from portcullis.contract.faults import ContractError
from portcullis.contract.operations import json_type
from portcullis.errors import ExitCode
from portcullis.gateway.gates.request_model import request_model
from portcullis.gateway.resources.openapi import read_body
from portcullis.graph.resource import Graph, Resource
from tests.portcullis.contract.odd_contracts import REFUSED, TAKEN, get, with_parameter
from tests.portcullis.contract.test_any_document import INPUTS

REST_API = "aws:apigateway/restApi:RestApi"


def served(body):
    """The laptop's gateway reads every route and every model."""
    for operation in read_body(body, "api").operations:
        for schema in (operation.validation.models or {}).values():
            request_model(schema, "a model")


def check(file, *options):
    return CliRunner().invoke(app, ["contract", "check", str(file), *options])


@pytest.mark.parametrize("text", TAKEN.values(), ids=TAKEN)
def test_what_is_taken_is_imported_served_and_shown_without_a_warning(tmp_path, text):
    file = tmp_path / "contract.yaml"
    file.write_text(text, encoding="utf-8")
    body = build_body(Contract.load(file), INPUTS)
    if "{proxy+}" not in body:  # a greedy parameter is API Gateway's own
        validate(json.loads(body))
    served(body)
    inputs = {"name": "portcullis-dev", "body": body, "failOnWarnings": True}
    api = Resource(
        urn=f"urn:pulumi:dev::p::{REST_API}::api", type=REST_API, name="api", inputs=inputs
    )
    judged = judge(Graph(project="p", stack="dev", resources=(api,)))
    assert (judged.findings, judged.values > 10) == ((), True)
    shown = check(file)
    assert shown.exit_code == ExitCode.OK
    assert shown.stdout.startswith("METHOD")


@pytest.mark.parametrize(("text", "line", "fix"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_names_file_line_and_fix(tmp_path, text, line, fix):
    file = tmp_path / "contract.yaml"
    file.write_text(text, encoding="utf-8")
    refused = check(file)
    assert isinstance(refused.exception, ContractError)
    lines = str(refused.exception).splitlines()
    assert any(one.startswith(f"{file}:{line}: ") and fix in one for one in lines), lines


def test_an_array_without_items_takes_all_items(tmp_path):
    file = tmp_path / "contract.yaml"
    file.write_text(TAKEN["an array without items"])
    (operation, _) = Contract.load(file).operations
    schema = operation.document["requestBody"]["content"]["application/json"]["schema"]
    assert schema == {"type": "array", "items": {}}


@pytest.mark.parametrize(
    ("style", "uploaded"),
    [
        ("style: deepObject", False),
        ("style: form", False),
        ("explode: true", False),
        ("style: form, explode: false", True),
    ],
)
def test_a_required_object_is_checked_only_if_the_query_has_its_name(tmp_path, style, uploaded):
    """``filter[a]=1`` and ``a=1`` have no parameter ``filter``: API Gateway would answer 400."""
    schema = "{type: object, properties: {a: {type: string}}}"
    file = tmp_path / "contract.yaml"
    file.write_text(
        with_parameter(f"{{name: filter, in: query, required: true, {style}, schema: {schema}}}")
    )
    operation = Contract.load(file).operations[0]
    assert ("query filter" in operation.validated) is uploaded
    assert ("parameters" in operation.document) is uploaded
    assert ("query filter: each property" in check(file).stdout) is not uploaded


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("an unknown keyword", "minLenght in a schema: not a keyword of OpenAPI 3.0."),
        (
            "an unknown member of an operation",
            "requestbody: not a member of an operation in OpenAPI 3.0.",
        ),
        (
            "JSON with a character set",
            "body application/json; charset=utf-8: validated for application/json, whatever its "
            "parameters are.",
        ),
    ],
)
def test_what_is_left_out_or_changed_is_named(tmp_path, name, line):
    file = tmp_path / "contract.yaml"
    file.write_text(TAKEN[name])
    assert line in check(file).stdout


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"application/json; charset=utf-8": 1}, "application/json; charset=utf-8"),
        ({"text/csv": 1, "Application/JSON": 1}, "Application/JSON"),
        ({"application/json;v=1": 1, "application/json": 1}, "application/json"),
        ({"application/vnd.api+json": 1, "*/*": 1}, None),
    ],
)
def test_the_type_of_json_may_have_parameters(content, expected):
    assert json_type(content) == expected


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252"])
def test_a_text_that_is_not_utf_8_is_refused(tmp_path, encoding):
    file = tmp_path / "contract.yaml"
    file.write_bytes(get(", description: 'B\u00e4r'").encode(encoding))
    with pytest.raises(ContractError, match=r"is not (UTF-8 text|YAML)"):
        Contract.load(file)


def test_control_characters_of_a_name_stay_out_of_the_error(tmp_path):
    file = tmp_path / "contract.json"
    paths = {"/\x1b[2J\n\x1e": {"get": {"x-scope": "a", "responses": {}}}}
    info = {"title": "T", "version": "1"}
    file.write_text(json.dumps({"openapi": "3.0.3", "info": info, "paths": paths}))
    with pytest.raises(ContractError) as refused:
        Contract.load(file)
    (line,) = str(refused.value).splitlines()
    assert line.startswith(f"{file}:1: /\\u001b[2J\\u000a\\u001e: API Gateway refuses")


DOCUMENTS = [yaml.safe_load(text.removeprefix("\ufeff")) for text in TAKEN.values()]
KEYS = st.sampled_from(
    ["$ref", "type", "items", "allOf", "pattern", "required", "name", "in", "x-scope", "content"]
)
VALUES = st.recursive(
    st.sampled_from(
        [None, True, -1, 0.5, "", "a", "#/components/schemas/A", "\ud7ff", "[", "3.0.1"]
    ),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=2),
    max_leaves=4,
)


@st.composite
def changed_documents(draw):
    """One of the contracts with up to three members replaced, added, moved or removed."""
    document = json.loads(json.dumps(draw(st.sampled_from(DOCUMENTS)), default=str))
    for _ in range(draw(st.integers(1, 3))):
        holder = document
        while True:
            inner = [
                value
                for value in (holder.values() if isinstance(holder, dict) else holder)
                if isinstance(value, dict | list) and value
            ]
            if not inner or draw(st.integers(0, 3)) == 0:
                break
            holder = draw(st.sampled_from(inner))
        if isinstance(holder, list):
            holder[draw(st.integers(0, len(holder) - 1))] = draw(VALUES)
            continue
        key = draw(st.sampled_from(sorted(holder)) | KEYS)
        match draw(st.sampled_from(["replace", "remove", "rename"])):
            case "replace":
                holder[key] = draw(VALUES)
            case "remove":
                holder.pop(key, None)
            case "rename":
                holder[draw(KEYS | st.text(max_size=5))] = holder.pop(key, None)
        if not document:
            break
    return document


@given(document=changed_documents(), is_json=st.booleans())
@settings(max_examples=400)
def test_no_changed_contract_ends_in_a_traceback(tmp_path_factory, document, is_json):
    file = tmp_path_factory.getbasetemp() / ("odd.json" if is_json else "odd.yaml")
    text = json.dumps(document) if is_json else yaml.safe_dump(document, allow_unicode=True)
    file.write_text(text, encoding="utf-8")
    try:
        contract = Contract.load(file)
    except ContractError as error:
        refused = error
    else:
        return served(build_body(contract, INPUTS))
    assert all(line.startswith(f"{file}:") for line in str(refused).splitlines())
    return None

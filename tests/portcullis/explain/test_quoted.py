"""What an answer without a request id may come from."""

import pytest

from portcullis.explain.quoted import possibilities
from portcullis.gateway.gates.answers import ANSWERS


def gates(status, body=None, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return [str(p.gate) for p in possibilities(status, body, named, stack="dev")]


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (None, None, ["tls"]),
        (
            403,
            '{"Message":"User is not authorized to access this resource"}',
            ["authorizer"],
        ),
        (403, '{"message":"Missing Authentication Token"}', ["route"]),
        (500, '{"message":null}', ["authorizer", "backend"]),
        (
            400,
            '{"message":"Missing required request parameters: [limit]"}',
            ["validation", "backend"],
        ),
        (504, '{"message":"Endpoint request timed out"}', ["integration"]),
        (403, "not authorized to access", ["authorizer"] * 2 + ["backend"]),
        (418, "I am a teapot", ["backend"]),
    ],
)
def test_an_answer_belongs_to_these_gates(status, body, expected):
    assert gates(status, body) == expected


def test_a_bare_403_has_several_and_the_header_decides():
    several = gates(403, '{"message":"Forbidden"}')
    assert set(several) > {"truststore", "default-endpoint", "web-acl"}
    assert gates(403, '{"message":"Forbidden"}', X_Portcullis_Layer="web-acl") == ["web-acl"]


def test_an_explicit_deny_says_what_to_compare_without_a_log():
    body = f'{{"Message":"{ANSWERS["EXPLICIT_DENY"].message}"}}'
    (found,) = possibilities(403, body, {}, stack="dev")
    assert "`portcullis clients show CLIENT --stack dev`" in found.fix


@pytest.mark.parametrize("name", ANSWERS)
def test_every_answer_of_api_gateway_is_found_by_what_it_says(name):
    answer = ANSWERS[name]
    assert str(answer.layer) in gates(answer.status, f'{{"message":{_json(answer.message)}}}')


def _json(message):
    return "null" if message is None else f'"{message}"'


@pytest.mark.parametrize(
    ("status", "gate", "fix"),
    [
        (415, "validation", "Send the content type of the contract."),
        (413, "validation", "Send a smaller body"),
        (429, "throttle", "Count the client's calls"),
        (500, "authorizer", "Read the authorizer's log"),
    ],
)
def test_an_answer_without_a_log_has_the_fix_of_its_gate(status, gate, fix):
    found = possibilities(status, None, {}, stack="dev")
    assert any(str(p.gate) == gate and p.fix.startswith(fix) for p in found)

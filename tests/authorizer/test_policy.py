"""A policy permits exactly what the scopes permit, although * in IAM covers slashes."""

import fnmatch
import json
import re

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from authorizer.policy import (
    MAX_POLICY_LENGTH,
    InvokeStatement,
    Policies,
    PolicyError,
    Route,
    _glob,
    _instances,
    _intersect,
    check_limits,
    policy_document,
)
from authorizer.reasons import FailedError, Reason
from tests.authorizer.making import ROUTES, STAGE_ARN


def route(text, scope):
    method, path = text.split()
    return Route(method=method, path=path, scope=scope)


def permits(document, resource):
    """How API Gateway evaluates: a Deny wins, then an Allow, otherwise no."""
    effects = set()
    for statement in document["Statement"]:
        for pattern in statement["Resource"]:
            # fnmatch's * covers slashes too; its other wildcards are switched off.
            if fnmatch.fnmatchcase(f"{STAGE_ARN}/{resource}", re.sub(r"([\[?])", "[\\1]", pattern)):
                effects.add(statement["Effect"])
    return "Allow" in effects and "Deny" not in effects


def test_every_permitted_method_is_named_and_no_other():
    assert Policies(ROUTES).document(("pets:read",), STAGE_ARN) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Action": "execute-api:Invoke",
                "Effect": "Allow",
                "Resource": [
                    f"{STAGE_ARN}/GET/",
                    f"{STAGE_ARN}/GET/pets",
                    f"{STAGE_ARN}/GET/pets/*",
                ],
            }
        ],
    }


@pytest.mark.parametrize(
    ("scopes", "resource", "expected"),
    [
        (("pets:read",), "GET/", True),
        (("pets:read",), "GET/pets", True),
        (("pets:read",), "GET/pets/1", True),
        (("pets:read",), "GET/pets/%2e%2e", True),
        (("pets:read",), "POST/pets", False),
        (("pets:read",), "GET/petshop", False),
        (("pets:read",), "DELETE/pets/1", False),
        (("pets:read",), "GET", False),
        (("pets:write",), "POST/pets", True),
        (("pets:write",), "GET/pets", False),
        (("pets:read", "pets:write"), "POST/pets", True),
        (("pets:read", "pets:write"), "GET/pets/1", True),
    ],
)
def test_the_policy_of_some_scopes(scopes, resource, expected):
    document = Policies(ROUTES).document(scopes, STAGE_ARN)
    assert permits(document, resource) is expected


@pytest.mark.parametrize("scopes", [(), ("pets:admin",), ("pets",), ("PETS:READ",), ("",)])
def test_scopes_that_permit_nothing_have_no_policy(scopes):
    assert Policies(ROUTES).document(scopes, STAGE_ARN) is None


def test_no_routes_permit_nothing():
    assert Policies(()).document(("pets:read",), STAGE_ARN) is None


def test_the_same_question_has_the_same_answer_per_stage():
    policies = Policies(ROUTES)
    first = policies.document(("pets:read",), STAGE_ARN)
    assert policies.document(("pets:read",), STAGE_ARN) is first
    assert policies.document(("pets:read",), STAGE_ARN + "2") != first


def test_a_deeper_route_of_another_scope_is_taken_out_of_a_wildcard():
    policies = Policies(
        (
            route("GET /pets/{petId}", "pets:read"),
            route("GET /pets/{petId}/medical", "pets:vet"),
        )
    )
    document = policies.document(("pets:read",), STAGE_ARN)
    assert permits(document, "GET/pets/1")
    assert not permits(document, "GET/pets/1/medical")
    assert not permits(document, "GET/pets/1/medical/")
    assert permits(policies.document(("pets:read", "pets:vet"), STAGE_ARN), "GET/pets/1/medical")


def test_a_plain_path_of_another_scope_is_taken_out_of_a_wildcard():
    policies = Policies(
        (route("GET /pets/{petId}", "pets:read"), route("GET /pets/export", "pets:export"))
    )
    document = policies.document(("pets:read",), STAGE_ARN)
    assert permits(document, "GET/pets/1")
    assert not permits(document, "GET/pets/export")


def test_a_listing_of_another_scope_is_not_reached_by_a_trailing_slash():
    policies = Policies((route("GET /pets", "pets:list"), route("GET /pets/{petId}", "pets:read")))
    document = policies.document(("pets:read",), STAGE_ARN)
    assert not permits(document, "GET/pets")
    assert not permits(document, "GET/pets/")
    assert permits(document, "GET/pets/1")


def test_what_a_policy_cannot_tell_is_refused_with_both_routes_named():
    policies = Policies(
        (
            route("GET /pets/{petId}", "pets:read"),
            route("GET /pets/{petId}/files/{file}", "pets:vet"),
            route("GET /pets/{petId}/files/{file}/name", "pets:read"),
        )
    )
    with pytest.raises(PolicyError, match=r"GET /pets/\{petId\}/files/\{file\}/name.*GET/pets/\*"):
        policies.statements(("pets:read",))
    with pytest.raises(FailedError) as caught:
        policies.document(("pets:read",), STAGE_ARN)
    assert caught.value.reason is Reason.POLICY_FAILED


SEGMENTS = st.sampled_from(["pets", "a", "{x}", "{y}", "files"])
PATHS = st.lists(SEGMENTS, max_size=4).map(lambda parts: "/" + "/".join(parts))
CONTRACTS = st.lists(
    st.tuples(st.sampled_from(["GET", "POST"]), PATHS, st.sampled_from(["one", "two"])),
    min_size=1,
    max_size=6,
    unique_by=lambda r: (r[0], re.sub(r"\{.\}", "{}", r[1])),
)


@given(CONTRACTS, st.data())
def test_no_contract_permits_a_route_of_another_scope_or_forgets_one_of_its_own(contract, data):
    routes = tuple(Route(method=m, path=p, scope=s) for m, p, s in contract)
    try:
        document = Policies(routes).document(("one",), STAGE_ARN)
    except FailedError:
        reject()  # a policy cannot tell this contract, and says so
    asked = data.draw(st.sampled_from(routes))
    fill = st.sampled_from(["1", "pets", "a", "files", "%2F"])
    path = re.sub(r"\{.\}", lambda _: data.draw(fill), asked.path)
    # API Gateway prefers plain segments to parameters, from left to right.
    routed = min(
        (
            r
            for r in routes
            if r.method == asked.method and re.fullmatch(re.sub(r"\{.\}", "[^/]+", r.path), path)
        ),
        key=lambda r: [segment.startswith("{") for segment in r.path.split("/")],
    )
    permitted = document is not None and permits(document, f"{asked.method}{path}")
    assert permitted is (routed.scope == "one")


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("ANY", "/pets", "pets:read"),
        ("*", "/pets", "pets:read"),
        ("get", "/pets", "pets:read"),
        ("TRACE", "/pets", "pets:read"),
        ("GET", "pets", "pets:read"),
        ("GET", "", "pets:read"),
        ("GET", "/pets/*", "pets:read"),
        ("GET", "/pets/?", "pets:read"),
        ("GET", "/pets/", "pets:read"),
        ("GET", "/pets//1", "pets:read"),
        ("GET", "/pets/x{petId}", "pets:read"),
        ("GET", "/pets/{petId}.json", "pets:read"),
        ("GET", "/pets/{}", "pets:read"),
        ("GET", "/pets\n", "pets:read"),
        ("GET", "/pets", ""),
        ("GET", "/pets", "pets read"),
        ("GET", "/pets", "pets:read\n"),
    ],
)
def test_a_route_that_a_policy_could_not_name_is_refused(method, path, scope):
    with pytest.raises(PolicyError):
        Route(method=method, path=path, scope=scope)


def test_a_resource_arn_longer_than_api_gateway_takes_is_refused():
    policies = Policies((route(f"GET /{'p' * 512}", "pets:read"),))
    with pytest.raises(PolicyError, match="512"):
        check_limits(policies.statements(("pets:read",)), STAGE_ARN)
    with pytest.raises(FailedError):
        policies.document(("pets:read",), STAGE_ARN)


def test_the_longest_resource_arn_passes():
    path = "p" * (512 - len(STAGE_ARN) - len("/GET/"))
    check_limits(Policies((route(f"GET /{path}", "r"),)).statements(("r",)), STAGE_ARN)
    with pytest.raises(PolicyError):
        check_limits(Policies((route(f"GET /{path}p", "r"),)).statements(("r",)), STAGE_ARN)


def test_a_policy_longer_than_is_safe_is_refused():
    routes = tuple(route(f"GET /pets/{number:03}", "r") for number in range(200))
    with pytest.raises(PolicyError, match=str(MAX_POLICY_LENGTH)):
        check_limits(Policies(routes).statements(("r",)), STAGE_ARN)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"{}x",
        b"null",
        b"1",
        b'[{"method": "GET"}]',
        b'[["GET", "/", "r"]]',
        b"[1]",
        None,
    ],
)
def test_a_routes_file_that_is_not_ours_stops_the_start(tmp_path, content):
    path = tmp_path / "routes.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FailedError) as caught:
        Policies.load(path)
    assert caught.value.reason is Reason.POLICY_FAILED


def test_a_routes_file_is_read(tmp_path):
    path = tmp_path / "routes.json"
    path.write_text(
        json.dumps([{"method": r.method, "path": r.path, "scope": r.scope} for r in ROUTES])
    )
    assert Policies.load(path).document(("pets:write",), STAGE_ARN) == Policies(ROUTES).document(
        ("pets:write",), STAGE_ARN
    )


@pytest.mark.parametrize(
    ("resource", "path", "expected"),
    [
        ("GET/a/b/c", "/a/{y}/c", True),
        ("GET/a/b/x/c", "/a/{y}/c", False),
        ("GET/a//c", "/a/{y}/c", False),
        ("GET/a/abc", "/a/{y}", True),
        ("GET/a/b/c", "/a/{y+}", True),
        ("GET/a/b/c", "/a/{y}", False),
        ("GET/a", "/a", True),
        ("GGET/a", "/a", False),
        ("GET/aa", "/a", False),
        ("GET/", "/a", False),
        ("GET/*", "/a", True),
        ("GET/*/c", "/a/{y}/c", True),
        ("GET/*/c", "/a/{y}/d", False),
        ("POST/*", "/a", False),
    ],
)
def test_what_a_resource_reaches_of_a_route(resource, path, expected):
    assert _intersect(_glob(resource), _instances("GET", path)) is expected


def test_a_policy_may_be_exactly_as_long_as_it_is_allowed():
    def statement(*lengths):
        return InvokeStatement(effect="Allow", resources=tuple("x" * length for length in lengths))

    def length(of):
        return len(json.dumps(policy_document([of], "arn"), separators=(",", ":")))

    full = [400] * 19
    last = MAX_POLICY_LENGTH - length(statement(*full, 0))
    assert length(statement(*full, last)) == MAX_POLICY_LENGTH
    check_limits([statement(*full, last)], "arn")
    with pytest.raises(PolicyError, match="are safe"):
        check_limits([statement(*full, last + 1)], "arn")

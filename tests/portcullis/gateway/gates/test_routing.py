"""Routes: the most specific wins, one reading of the path, and nothing unrouted gets through."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcullis.gateway.exchange import Layer
from portcullis.gateway.gates.routing import BadPathError, Router, canonical
from portcullis.gateway.resources.unsupported import UnsupportedError

ROUTES = [
    ("/", "GET"),
    ("/pets", "GET"),
    ("/pets", "POST"),
    ("/pets/{petId}", "GET"),
    ("/pets/{petId}/photos", "GET"),
    ("/pets/new", "GET"),
    ("/files/{path+}", "ANY"),
    ("/files/readme", "GET"),
    ("/.well-known/jwks.json", "GET"),
    ("/a/{x}/c", "GET"),
    ("/a/b/d", "GET"),
]


@pytest.fixture(scope="module")
def router():
    built = Router("api")
    for path, method in ROUTES:
        built.add(path, method, f"{method} {path}")
    return built


def found(router, path, method="GET"):
    match = router.match(canonical(path), method)
    return None if match is None else match.target


@pytest.mark.parametrize(
    ("path", "expected", "parameters"),
    [
        ("/", "GET /", {}),
        ("", "GET /", {}),
        ("//", "GET /", {}),
        ("/pets", "GET /pets", {}),
        ("/pets/", "GET /pets", {}),
        ("//pets", "GET /pets", {}),
        ("///pets/", "GET /pets", {}),
        ("/pets/1", "GET /pets/{petId}", {"petId": "1"}),
        ("/pets/1/", "GET /pets/{petId}", {"petId": "1"}),
        ("/pets/new", "GET /pets/new", {}),
        ("/pets/a%2Fb", "GET /pets/{petId}", {"petId": "a%2Fb"}),
        ("/pets/%C3%A4", "GET /pets/{petId}", {"petId": "%C3%A4"}),
        ("/pets/*", "GET /pets/{petId}", {"petId": "*"}),
        ("/pets/{petId}", "GET /pets/{petId}", {"petId": "{petId}"}),
        ("/pets/...", "GET /pets/{petId}", {"petId": "..."}),
        ("/pets/1/photos", "GET /pets/{petId}/photos", {"petId": "1"}),
        ("/files/readme", "GET /files/readme", {}),
        ("/files/a", "ANY /files/{path+}", {"path": "a"}),
        ("/files/a//b/", "ANY /files/{path+}", {"path": "a//b"}),
        ("/files/readme/x", "ANY /files/{path+}", {"path": "readme/x"}),
        ("/a/b/c", "GET /a/{x}/c", {"x": "b"}),
        ("/a/b/d", "GET /a/b/d", {}),
        ("/.well-known/jwks.json", "GET /.well-known/jwks.json", {}),
    ],
)
def test_a_path_leads_to_its_most_specific_resource(router, path, expected, parameters):
    match = router.match(canonical(path), "GET")
    assert (match.target, match.parameters) == (expected, parameters)


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/Pets",
        "/pets//1",
        "/pets//",
        "/pets/1//photos",
        "/pets/1/photos/2",
        "/%70ets",
        "/pets%2F1",
        "/pets/.",
        "/pets/..",
        "/pets/%2e",
        "/pets/%2E%2e",
        "/pets/.%2e",
        "/pets/../pets",
        "/pets/..%2Fkeys",
        "/pets/a%5c..%5Ckeys",
        "/./pets",
        "/files/../pets",
        "/files/a/%2e%2e/b",
        "/files",
        "/files/",
    ],
)
def test_any_other_path_has_no_resource(router, path):
    assert router.match(canonical(path), "GET") is None


@pytest.mark.parametrize(
    ("path", "method", "expected"),
    [
        ("/pets", "DELETE", None),
        ("/pets", "get", None),
        ("/pets", "HEAD", None),
        ("/files/a", "DELETE", "ANY /files/{path+}"),
        ("/files/a", "TRACE", None),
        ("/files/a", "BREW", None),
        ("/files/readme", "PUT", None),
    ],
)
def test_the_method_is_looked_up_at_the_resource_that_the_path_chose(
    router, path, method, expected
):
    assert found(router, path, method) == expected


@pytest.mark.parametrize(
    "path", ["/%", "/%1", "/%zz", "/pets/%0a", "/pets/%00", "/%7f", "/\n", "/\x7f", "/ä", "/a b"]
)
def test_a_path_with_a_broken_encoding_or_control_character_is_refused(path):
    with pytest.raises(BadPathError):
        canonical(path)


@pytest.mark.parametrize(
    ("routes", "words"),
    [
        ([("/a/{x}", "GET"), ("/a/{y}/b", "GET")], "{x}"),
        ([("/a/{x+}/b", "GET")], "must be the last segment"),
        ([("/a", "GET"), ("/a/", "GET")], "defined twice"),
    ],
)
def test_routes_that_api_gateway_refuses_stop_the_start(routes, words):
    router = Router("api")
    *first, (path, method) = routes
    for known, verb in first:
        router.add(known, verb, "x")
    with pytest.raises(UnsupportedError, match=words):
        router.add(path, method, "x")


SEGMENTS = st.sampled_from(
    ["pets", "1", "", ".", "..", "%2e", "%2e%2e", "%2F", "a%2fb", "photos", "new", "files", "PETS"]
)


@given(segments=st.lists(SEGMENTS, max_size=6), method=st.sampled_from(["GET", "POST", "PUT"]))
def test_no_unrouted_path_gets_through(segments, method):
    router = Router("api")
    for path, verb in ROUTES:
        router.add(path, verb, (path, verb))
    path = canonical("/" + "/".join(segments))
    match = router.match(path, method)
    if match is None or match.target is None:
        return
    template, verb = match.target
    assert verb in {method, "ANY"}
    # The template filled with what was matched is the path, save the slash that ends it.
    filled = template
    for name, value in match.parameters.items():
        filled = filled.replace(f"{{{name}}}", value).replace(f"{{{name}+}}", value)
    assert filled in {path, path.removesuffix("/") or "/"}
    # However a backend decodes it, it never climbs out of the route that the policy allowed.
    assert not {".", ".."} & set(unquote(filled).split("/"))


@given(path=st.text(st.characters(max_codepoint=0x7F), max_size=40))
def test_every_path_is_routed_or_refused(path):
    router = Router("api")
    router.add("/{proxy+}", "ANY", "proxy")
    try:
        read = canonical(path)
    except BadPathError:
        return
    match = router.match(read, "GET")
    assert match is None or match.parameters["proxy"]


# Route, policy and backend see the same path.


@pytest.mark.parametrize(
    ("target", "method_path", "backend_path"),
    [
        ("/pets/1", "/pets/1", "/pets/1"),
        ("//pets/1", "/pets/1", "/pets/1"),
        ("/pets/1/", "/pets/1/", "/pets/1"),
        ("/pets/a%2Fb", "/pets/a%2Fb", "/pets/a%2Fb"),
        ("/pets/%252e%252e", "/pets/%252e%252e", "/pets/%252e%252e"),
        ("/pets/*", "/pets/*", "/pets/*"),
    ],
)
def test_the_policy_is_asked_about_the_path_that_the_backend_gets(
    laptop, target, method_path, backend_path
):
    response = laptop.call(target, headers=(("X-Tenant", "t"),))
    assert response.status == 200
    assert laptop.functions.event["methodArn"].endswith(f"abcdef123/test/GET{method_path}")
    assert laptop.upstream.last.url == f"http://backend.test:8081{backend_path}"


@pytest.mark.parametrize(
    "target", ["/pets/..", "/pets/%2e%2e", "/pets/..%2f..", "/pets/%2e%2e/keys", "/keys/../pets"]
)
def test_a_path_that_climbs_is_refused(laptop, target):
    response = laptop.call(target, headers=(("X-Tenant", "t"),))
    assert response.layer is Layer.ROUTE
    assert laptop.functions.calls == []


def test_a_policy_for_one_path_does_not_cover_it_with_a_slash_behind(start, good, functions):
    def only_pets(event):
        arn = event["methodArn"].rstrip("/")
        return {
            "principalId": "x",
            "policyDocument": {"Statement": [{"Action": "*", "Effect": "Allow", "Resource": arn}]},
        }

    functions.answer = only_pets
    laptop = start(good, functions=functions)
    assert laptop.call("/pets").status == 200
    assert laptop.call("/pets/").layer is Layer.AUTHORIZER

"""The SVG is well formed, needs nothing else, and its texts stay in their places."""

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcullis.picture.gates import DrawnGate
from portcullis.picture.routes import DrawnRoute
from portcullis.picture.stack_picture import StackPicture
from portcullis.picture.svg import COLUMN_GAP, MARGIN, MONO, WIDTH, svg

SVG = "{http://www.w3.org/2000/svg}"
SANS = 7.1  # px, above the mean of 12.5 px letters in a name
NAMES = st.text("abcdefghijklmnop-./:{}<&\"'é", min_size=1, max_size=120)
ROUTES = st.builds(
    DrawnRoute,
    method=st.sampled_from(["GET", "OPTIONS", "DELETE"]),
    path=NAMES.map(lambda text: f"/{text}"),
    scope=st.none() | NAMES,
    backend=st.none() | st.sampled_from(["https://a.example", "http://b:1", "c" * 90, "https://d"]),
    has_authorizer=st.booleans(),
    maps_token=st.booleans(),
)
GATES = st.tuples(
    *(
        st.builds(
            DrawnGate,
            title=st.just(title),
            facts=st.lists(NAMES, max_size=4).map(tuple),
            refuses=st.just(("unknown, suspended or revoked client, missing scope: 403",)),
        )
        for title in ("mutual TLS", "web ACL", "authorizer", "header mapping")
    )
)
PICTURES = st.builds(
    StackPicture,
    project=NAMES,
    stack=st.just("dev"),
    domain=NAMES,
    gates=GATES,
    routes=st.lists(ROUTES, max_size=40).map(tuple),
)


def texts(root):
    """Class, left and right end of every text."""
    for text in root.iter(f"{SVG}text"):
        kind, x, content = text.get("class"), float(text.get("x")), text.text or ""
        width = len(content) * (MONO if "mono" in kind else SANS)
        yield kind, x - width / 2 if kind in {"title", "fact", "no"} else x, width, content


@given(PICTURES)
def test_no_text_leaves_its_place(picture):
    root = ET.fromstring(svg(picture))  # noqa: S314 - made here
    _, _, width, height = map(float, root.get("viewBox").split())
    assert width == WIDTH
    for kind, left, length, content in texts(root):
        assert left >= 0, content
        assert left + length <= WIDTH, content
        if kind == "fact":
            assert length <= 164, content
    for text in root.iter(f"{SVG}text"):
        assert float(text.get("y")) <= height


@given(PICTURES)
def test_a_path_ends_before_its_scope_begins(picture):
    root = ET.fromstring(svg(picture))  # noqa: S314 - made here
    groups = list(root.iter(f"{SVG}g"))
    assert len(groups) == len(picture.routes)
    for group in groups:
        method, path, scope = (
            (float(text.get("x")), len(text.text) * MONO) for text in group.iter(f"{SVG}text")
        )
        assert method[0] + method[1] <= path[0]
        assert path[0] + path[1] < scope[0] - 8
        right = scope[0] + scope[1]
        assert right <= WIDTH - MARGIN or right <= (WIDTH - COLUMN_GAP) / 2


def picture(*routes, missing=()):
    gates = [
        DrawnGate(title=title, facts=() if title in missing else ("a fact",), refuses=("more",))
        for title in ("mutual TLS", "web ACL", "authorizer", "header mapping")
    ]
    return StackPicture(
        project="shop", stack="dev", domain="api.example.com", gates=tuple(gates), routes=routes
    )


def route(path="/orders", scope="orders:read", backend="https://a.example"):
    return DrawnRoute(
        method="GET", path=path, scope=scope, backend=backend, has_authorizer=True, maps_token=True
    )


def test_short_names_stand_in_full_and_long_ones_in_the_tooltip():
    long = "/a/" + "b" * 300
    drawn = svg(picture(route(), route(long)))
    assert ">/orders<" in drawn
    assert f">{long}<" not in drawn
    assert f"<title>GET {long}: orders:read</title>" in drawn


@pytest.mark.parametrize(("count", "columns"), [(3, 1), (8, 1), (9, 2), (40, 2)])
def test_many_routes_stand_in_two_columns(count, columns):
    drawn = svg(picture(*(route(f"/orders/{n}") for n in range(count))))
    lefts = set(re.findall(r'<text class="mono soft" x="([0-9.]+)"', drawn))
    assert len(lefts) == columns


def test_a_missing_gate_is_drawn_as_missing():
    drawn = svg(picture(route(), missing=("web ACL",)))
    assert drawn.count('<rect class="missing"') == 1
    assert "not in this stack" in drawn
    assert "behind 3 of 4 gates" in drawn


def test_with_several_backends_each_route_names_its_own():
    drawn = svg(picture(route(), route("/b", backend="Lambda function b")))
    assert ">/b → Lambda function b<" in drawn
    assert ">backends<" in drawn


def test_it_needs_nothing_from_elsewhere_and_follows_the_page_s_colours():
    drawn = svg(picture(route()))
    assert "prefers-color-scheme: dark" in drawn
    for loading in ("<script", "href", "url(", "@import", "<image", "<foreignObject"):
        assert loading not in drawn

"""The flowchart has a node for each gate, route and backend, and labels that Mermaid can read."""

import re

from portcullis.picture.mermaid import mermaid
from tests.portcullis.picture.test_svg import picture, route


def test_a_call_passes_the_gates_to_its_route_and_backend():
    lines = [line.strip() for line in mermaid(picture(route())).splitlines()]
    assert lines[0] == "flowchart LR"
    assert "partner --> gate1" in lines
    assert "gate3 --> gate4" in lines
    assert 'backend1[("https://a.example")]' in lines
    assert 'route1["GET /orders<br/>orders:read"]' in lines
    assert "gate4 --> route1 --> backend1" in lines


def test_a_route_without_a_backend_is_answered_by_api_gateway():
    drawn = mermaid(picture(route(backend=None, scope=None)))
    assert 'backend1[("API Gateway")]' in drawn
    assert 'route1["GET /orders"]' in drawn


def test_a_missing_gate_is_marked():
    drawn = mermaid(picture(route(), missing=("authorizer",)))
    assert 'gate3["authorizer<br/>not in this stack"]' in drawn
    assert "class gate3 missing" in drawn


def test_no_name_ends_a_label():
    drawn = mermaid(picture(route('/a"]{id}<b>#quot;&|`')))
    (label,) = re.findall(r'route1\["(.*)"\]$', drawn, re.MULTILINE)
    assert not set('"{}[]|`&') & set(label.replace("<br/>", ""))
    assert "GET /a#34;#93;#123;id#125;#60;b#62;#35;quot;#38;" in label

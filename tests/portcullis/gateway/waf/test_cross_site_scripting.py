"""Cross-site scripting: attacks that must match, ordinary text that must not."""

import pytest

from portcullis.gateway.waf.cross_site_scripting import CROSS_SITE_SCRIPTING
from tests.portcullis.gateway.waf.texts import ORDINARY, SCRIPTS
from tests.portcullis.gateway.waf.written import BODY, on


@pytest.mark.parametrize("text", SCRIPTS)
def test_an_attack_on_a_page_is_found(text):
    assert CROSS_SITE_SCRIPTING.found_in(text.encode())
    assert CROSS_SITE_SCRIPTING.found_in(text.upper().encode())


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_is_no_attack_on_a_page(text):
    assert not CROSS_SITE_SCRIPTING.found_in(text.encode())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"<script>alert(1)</script>", True),
        (b"<img src=x onerror=alert(1)>", True),
        (b"javascript:alert(1)", True),
        (b"a < b and c > d", False),
        (b"on the table = a dog", False),
        (b'{"type": "dog", "price": 1}', False),
    ],
)
def test_cross_site_scripting_is_found_and_ordinary_text_is_not(matches, value, expected):
    assert matches(on("xssMatchStatement", BODY), body=value) is expected

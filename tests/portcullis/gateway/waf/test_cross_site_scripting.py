"""Cross-site scripting: attacks that must match, ordinary text that must not."""

import pytest

from portcullis.gateway.waf.cross_site_scripting import CROSS_SITE_SCRIPTING
from tests.portcullis.gateway.waf.texts import ORDINARY, SCRIPTS
from tests.portcullis.gateway.waf.written import BODY, on


@pytest.mark.parametrize("text", SCRIPTS)
def test_an_attack_on_a_page_is_found(search, text):
    assert search(CROSS_SITE_SCRIPTING, text)
    assert search(CROSS_SITE_SCRIPTING, text.upper())


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_is_no_attack_on_a_page(search, text):
    assert not search(CROSS_SITE_SCRIPTING, text)
    assert not search(CROSS_SITE_SCRIPTING, f"page=2&note={text}&type=dog")


@pytest.mark.parametrize("text", ["<?xml version='1.0'?><script>", "<?xml?><b onclick=alert(1)>"])
def test_an_attack_after_the_declaration_of_an_xml_document_is_found(search, text):
    assert search(CROSS_SITE_SCRIPTING, text)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"<script>alert(1)</script>", True),
        (b"<img src=x onerror=alert(1)>", True),
        (b"javascript:alert(1)", True),
        (b"onerror=alert(1)", True),
        (b"type=dog&onerror=alert(1)", True),
        (b"type=<script>", True),
        (b"type=onerror", False),
        (b"a < b and c > d", False),
        (b"on the table = a dog", False),
        (b'{"type": "dog", "price": 1}', False),
    ],
)
def test_cross_site_scripting_is_found_and_ordinary_text_is_not(matches, value, expected):
    assert matches(on("xssMatchStatement", BODY), body=value) is expected

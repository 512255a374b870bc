"""Templates: references are replaced, everything else refuses to start."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcullis.gateway.resources.template import compile_simple, compile_velocity, escaped
from portcullis.gateway.resources.unsupported import UnsupportedError

CONTEXT = {
    "requestId": "r1",
    "identity.sourceIp": "192.0.2.1",
    "quote": '"',
    "error.messageString": '"m"',
}
VARIABLES = {"jwk1x": "X", "a-b": "dash"}


def velocity(text, *, escapes=True):
    template = compile_velocity(text, place="test", escapes=escapes)
    return template.render(CONTEXT, VARIABLES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("plain", "plain"),
        ("$context.requestId", "r1"),
        ("${context.requestId}x", "r1x"),
        ("$context.identity.sourceIp.", "192.0.2.1."),
        ("$context.nothing|", "|"),
        ("$stageVariables.jwk1x", "X"),
        ("${stageVariables.jwk1x}", "X"),
        ("$stageVariables['jwk1x']", "X"),
        ('$stageVariables["a-b"]', "dash"),
        ("${stageVariables['jwk1x']}", "X"),
        ("$stageVariables.gone.", "."),
        ('{"x":"$stageVariables.jwk1x","y":1}', '{"x":"X","y":1}'),
        ("costs $5, or 5$", "costs $5, or 5$"),
        ("a # b #/c", "a # b #/c"),
        ("$context.error.messageString", '"m"'),
        ('"$context.quote"', '"\\""'),
    ],
)
def test_references_are_replaced_and_text_stays(text, expected):
    assert velocity(text) == expected


def test_without_escaping_values_stand_as_they_are():
    assert velocity("$context.quote", escapes=False) == '"'


@pytest.mark.parametrize(
    "text",
    [
        "$input.json('$')",
        "$input.params('a')",
        "$util.escapeJavaScript($context.requestId)",
        "${input.body}",
        "$!context.requestId",
        "$!{stageVariables.a}",
        "#set($a = 1)",
        "#if($context.requestId)x#end",
        "#foreach($a in $b)#end",
        "## a comment",
        "#* a comment *#",
        "$context.requestId.replace('a', 'b')",
        "$context.requestId.length()",
        "$method.request.header.a",
        "$foo",
    ],
)
def test_everything_else_of_velocity_refuses_to_start(text):
    with pytest.raises(UnsupportedError, match="template"):
        velocity(text)


def test_a_gateway_response_is_no_velocity_and_may_have_hashes():
    template = compile_simple("## $context.requestId #if", place="test", escapes=True)
    assert template.render(CONTEXT, {}) == "## r1 #if"


@given(text=st.text(max_size=60))
def test_a_template_is_rendered_or_refused(text):
    try:
        rendered = velocity(text)
    except UnsupportedError:
        return
    if "$" not in text:
        assert rendered == text


@given(value=st.text(max_size=40))
def test_an_escaped_value_is_one_line_of_visible_ascii(value):
    written = escaped(value)
    assert written.isascii()
    assert written.isprintable()
    assert '"' not in written.replace("\\\\", "").replace('\\"', "")

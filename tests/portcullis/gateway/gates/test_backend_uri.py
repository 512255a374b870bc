"""The URI of an HTTP integration."""

import pytest

from portcullis.gateway.gates.backend_uri import compile_uri, render, with_stage_variables
from portcullis.gateway.gates.mapping import ParameterMapping, UnmappableValueError
from portcullis.gateway.resources.unsupported import UnsupportedError

NO_PARAMETERS = ParameterMapping((), (), {})


def filled(uri, value):
    mapping = ParameterMapping((), (), {"petId": lambda _call: value})
    path, query = compile_uri(uri, mapping, "test")
    return render(path, mapping.path, None), render(query, mapping.path, None) if query else ""


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("http://backend.test/pets", ("http://backend.test/pets", "")),
        ("http://backend.test/pets/{petId}", ("http://backend.test/pets/42", "")),
        ("https://backend.test:8443/{petId+}/a", ("https://backend.test:8443/42/a", "")),
        ("http://backend.test/pets?id={petId}&x=1", ("http://backend.test/pets", "id=42&x=1")),
    ],
)
def test_path_parameters_fill_path_and_query(uri, expected):
    assert filled(uri, "42") == expected


@pytest.mark.parametrize("value", ["", None])
def test_a_parameter_without_a_value_ends_the_call(value):
    with pytest.raises(UnmappableValueError, match="petId"):
        filled("http://backend.test/pets/{petId}", value)


def test_stage_variables_are_filled_and_an_unknown_one_is_empty():
    variables = {"host": "backend.test"}
    uri = "http://${stageVariables.host}/a${stageVariables.gone}b"
    assert with_stage_variables(uri, variables) == "http://backend.test/ab"


def test_stage_variables_fill_the_uri_at_the_start(start, good):
    good.integration("/pets", "get")["uri"] = "http://${stageVariables.host}:8081/pets"
    laptop = start(good.set("stage", variables={"host": "backend.test", "kid": "k"}))
    laptop.call()
    assert laptop.upstream.last.url == "http://backend.test:8081/pets"


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("ftp://backend.test", "not an HTTP URL"),
        ("/pets", "not an HTTP URL"),
        ("http://user:secret@backend.test/", "not an HTTP URL"),
        ("http://backend.test:port/", "not an HTTP URL"),
        ("http://{host}/", "not an HTTP URL"),
        ("http://backend.test/#part", "not an HTTP URL"),
        ("http://[::1/", "not an HTTP URL"),
        ("http://backend.test/{petId}", "no request parameter is mapped"),
    ],
)
def test_a_uri_that_no_backend_has_stops_the_start(uri, words):
    with pytest.raises(UnsupportedError, match=words):
        compile_uri(uri, NO_PARAMETERS, "test")

"""The backend of an export: the HTTP integrations call another URL, and nothing else changes."""

import json

import pytest

from portcullis.laptop.exported.backend import REST_API, backend_urls, with_backend
from portcullis.laptop.exported.errors import SubstitutionError
from tests.portcullis.laptop.exported.stacks import BACKEND, api, changed, stack


def uris(graph, method):
    (found,) = graph.of_type(REST_API)
    paths = json.loads(found.property("body"))["paths"].values()
    return [path[method]["x-amazon-apigateway-integration"]["uri"] for path in paths]


def test_every_http_integration_calls_the_new_url_with_its_own_path():
    graph = with_backend(stack(api()), "http://127.0.0.1:9000")
    assert uris(graph, "get") == [
        "http://127.0.0.1:9000/pets",
        "http://127.0.0.1:9000/pets/{petId}",
    ]
    assert uris(graph, "post")[0] == f"{BACKEND}/pets"  # not an HTTP integration
    assert graph.stack_outputs["backendUrl"] == "http://127.0.0.1:9000"


def test_the_path_of_the_stacks_backend_goes_and_that_of_the_new_one_comes():
    graph = stack(api(f"{BACKEND}/petstore/pets"), backendUrl=f"{BACKEND}/petstore/")
    assert backend_urls(graph) == [f"{BACKEND}/petstore"]
    changed_graph = with_backend(graph, "http://127.0.0.1:9000/v2/")
    assert uris(changed_graph, "get") == ["http://127.0.0.1:9000/v2/pets"]


@pytest.mark.parametrize("output", [None, f"{BACKEND}/pet", "https://other.example"])
def test_without_a_fitting_output_the_backend_is_the_origin(output):
    graph = stack(api(f"{BACKEND}/pets"), backendUrl=output)
    assert backend_urls(graph) == [BACKEND]
    assert uris(with_backend(graph, "http://127.0.0.1:1"), "get") == ["http://127.0.0.1:1/pets"]


def test_one_backend_does_not_replace_two():
    graph = stack(api("https://a.example/x", "https://b.example/y"))
    with pytest.raises(SubstitutionError, match=r"2: https://a\.example, https://b\.example"):
        with_backend(graph, "http://127.0.0.1:9000")


@pytest.mark.parametrize("body", [None, "", "{", "[]", 1])
def test_an_api_without_a_body_is_an_error(body):
    with pytest.raises(SubstitutionError, match="api has no OpenAPI body"):
        backend_urls(stack(changed(api(), body=body)))

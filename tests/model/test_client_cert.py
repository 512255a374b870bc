"""The header Client-Cert (RFC 9440): of the caller's certificate, and never the caller's own."""

import asyncio
import base64
from dataclasses import replace

import pytest
from cryptography import x509

from portcullis.graph.in_process import record
from portcullis.pki import laptop
from tests.model.chain import Call, Card, World
from tests.model.product import Product, shown
from tests.model.test_chain import CLIENTS, PROJECT, START

CARD = Card(1, "pet-shop", START + 3600)


@pytest.fixture(scope="module")
def arrived(tmp_path_factory):
    """The Client-Cert headers that the backend gets for these headers of a caller."""
    folder = tmp_path_factory.mktemp("pki")
    truststore = laptop.ensure(folder, hosts=["localhost"], clients={}).truststore_file

    def run(switch, *headers):
        config = {"truststoreFile": str(truststore), "clientCertHeader": switch}
        names = {f"portcullis:{name}": value for name, value in config.items()}
        graph = record(PROJECT, "local", preview=False, config=names)
        (function,) = graph.of_type("aws:lambda/function:Function")
        variables = function.inputs["environment"]["variables"]
        product = Product(graph)
        product.begin(World(now=START, cache_seconds=0, scopes=dict(CLIENTS)))
        product.bench.authorizer._client_cert_header = (
            variables.get("PORTCULLIS_CLIENT_CERT_HEADER") == "true"
        )
        request = product._request(Call(CARD, method="GET", path="/pets"))
        request = replace(request, headers=(*request.headers, *headers))
        response = asyncio.run(product.gateway.handle(request))
        assert response.status == 200, response.reason
        return product.upstream.last.all("client-cert")

    return run


def test_the_backend_gets_the_callers_certificate_whatever_the_caller_sends(arrived):
    forged = [("Client-Cert", ":Zm9yZ2Vk:"), ("client-CERT", ":Zm9yZ2Vk:")]
    (value,) = arrived("true", *forged)
    certificate = x509.load_der_x509_certificate(base64.b64decode(value.strip(":")))
    expected = x509.load_pem_x509_certificate(
        shown(CARD.number, CARD.client, CARD.not_after).encode()
    )
    assert certificate == expected


def test_without_the_setting_the_gateway_sends_none(arrived):
    assert arrived("false") == []

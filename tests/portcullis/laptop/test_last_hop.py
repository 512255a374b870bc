"""Nobody but the gateway can call the backend: it requires the gateway's client certificate."""

import http.client
import ssl
from urllib.parse import urlsplit

import pytest

from portcullis.pki.gateway_certificate import ensure
from tests.portcullis.laptop.running import CALL_SECONDS
from tests.portcullis.laptop.steady import Steady

pytestmark = pytest.mark.laptop


def call_around(ready, certificate=None, key=None):
    """The status of a call straight to the backend."""
    context = ssl.create_default_context(cafile=ready["ca"])
    if certificate is not None:
        context.load_cert_chain(certificate, key)
    connection = http.client.HTTPSConnection(
        urlsplit(ready["backend"]).netloc, timeout=CALL_SECONDS, context=context
    )
    try:
        connection.request("GET", "/pets")
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_call_through_the_gateway_reaches_the_backend(laptop):
    assert urlsplit(laptop.ready["backend"]).scheme == "https"
    assert laptop.call("pet-shop")[0] == 200


def test_a_call_around_the_gateway_is_refused_in_the_handshake(laptop):
    with pytest.raises((ssl.SSLError, ConnectionError)):
        call_around(laptop.ready)


def test_a_certificate_of_a_client_does_not_help(laptop):
    files = laptop.ready["clients"]["pet-shop"]
    with pytest.raises((ssl.SSLError, ConnectionError)):
        call_around(laptop.ready, files["certificate"], files["key"])


def test_a_certificate_that_only_looks_like_the_gateways_does_not_help(laptop, tmp_path):
    forged = ensure(tmp_path, "first")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        call_around(laptop.ready, forged.certificate, forged.key)


def test_with_the_gateways_own_certificate_the_token_is_still_required(laptop):
    tls = laptop.ready["backend_tls"]
    assert call_around(laptop.ready, tls["certificate"], tls["key"]) == 401


def test_the_certificate_is_replaced_step_by_step_and_no_call_fails(deployed_laptop, deploy):
    deploy()
    first = deployed_laptop.ready["backend_tls"]
    with Steady(deployed_laptop.ready, "pet-shop") as shop:
        for names in (["first", "second"], ["second", "first"], ["second"]):
            deploy(backendCertificates=names)
            assert deployed_laptop.call("pet-shop")[0] == 200
    assert shop.calls
    assert shop.refused() == []
    with pytest.raises((ssl.SSLError, ConnectionError)):
        call_around(deployed_laptop.ready, first["certificate"], first["key"])

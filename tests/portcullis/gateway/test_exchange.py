"""A request's header is the last one of its name, in any case of letters."""

from dataclasses import replace

import pytest

from portcullis.gateway.exchange import Endpoint, Request, TlsPeer

REQUEST = Request(
    endpoint=Endpoint.CUSTOM_DOMAIN,
    source_ip="127.0.0.1",
    source_port=1,
    http_version="HTTP/1.1",
    method="GET",
    target="/pets",
    path="/pets",
    query="",
    headers=(("Host", "localhost"), ("X-One", "first"), ("x-one", "last")),
    body=b"",
    tls=TlsPeer(version="TLSv1.3", cipher="", server_name=None, client_certificate_pem=None),
    received_at=0.0,
)


@pytest.mark.parametrize("name", ["X-One", "x-one", "X-ONE"])
def test_the_last_value_counts_whatever_the_case(name):
    assert REQUEST.header(name) == "last"


def test_an_absent_header_is_none_and_an_empty_one_is_empty():
    assert REQUEST.header("absent") is None
    assert replace(REQUEST, headers=(("Empty", ""),)).header("empty") == ""

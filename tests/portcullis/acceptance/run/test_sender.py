"""The bytes and the connection of a request: every header that a case may leave out or change."""

from dataclasses import replace

import pytest

from portcullis.acceptance.forged.identities import Identities
from portcullis.acceptance.matrix.action import Flood
from portcullis.acceptance.matrix.expectation import Expect
from portcullis.acceptance.matrix.gate import Gate
from portcullis.acceptance.matrix.request import GATEWAY_HOST, Destination, Framing, Source
from portcullis.acceptance.run.breakage import Breakage
from portcullis.acceptance.run.sender import Sender
from tests.portcullis.acceptance.run.known import READ, REQUEST


@pytest.fixture
def target(lab):
    return lab.target()


@pytest.fixture
def sender(target, tmp_path):
    return Sender(target, Identities(target, tmp_path), Breakage(target.control))


@pytest.fixture
def head(sender):
    """The request as text, without its body."""

    def of(case=READ, **changed):
        sent = sender.request_bytes(case, replace(REQUEST, **changed))
        return sent.partition(b"\r\n\r\n")[0].decode().split("\r\n")

    return of


def test_a_plain_request_has_the_headers_of_every_client(head, target):
    assert head() == [
        "GET /pets HTTP/1.1",
        f"Host: {target.gateway.authority}",
        "User-Agent: portcullis-verify",
        "Connection: close",
    ]


@pytest.mark.parametrize(
    ("changed", "without"),
    [({"host": ""}, "Host"), ({"user_agent": None}, "User-Agent"), ({"keeps_open": True}, "Conn")],
)
def test_a_header_is_left_out(head, changed, without):
    assert not [line for line in head(**changed) if line.startswith(without)]


def test_a_body_has_its_length_and_type_unless_the_case_gives_them(head):
    assert {"Content-Length: 2", "Content-Type: application/json"} <= set(head(body=b"{}"))
    given = head(body=b"{}", framing=Framing.AS_GIVEN, headers=(("content-type", "text/plain"),))
    assert [line for line in given if line.lower().startswith("content-")] == [
        "content-type: text/plain"
    ]


def test_a_filler_body_has_its_size(sender):
    sent = sender.request_bytes(READ, replace(REQUEST, filler_bytes=3))
    assert sent.endswith(b"\r\n\r\naaa")


def test_a_request_that_must_end_at_the_parser_or_floods_asks_for_no_close(head):
    at_parser = replace(READ, expect=Expect(gate=Gate.HTTP, statuses=(400,)))
    assert "Connection: close" not in head(at_parser)
    assert "Connection: close" not in head(replace(READ, action=Flood(request=REQUEST)))


def test_placeholders_are_the_targets_stage_and_domain(head, sender, target):
    request = head(
        destination=Destination.DEFAULT_ENDPOINT, target="/{stage}/pets", host=GATEWAY_HOST
    )
    assert request[:2] == ["GET /local/pets HTTP/1.1", f"Host: {target.gateway.host}"]


def test_each_destination_has_its_own_peer_and_the_backend_sees_no_certificate(sender, target):
    for destination, peer in (
        (Destination.GATEWAY, target.gateway),
        (Destination.DEFAULT_ENDPOINT, target.default_endpoint),
        (Destination.BACKEND, target.backend),
    ):
        connection = sender.connection(READ, replace(REQUEST, destination=destination))
        assert connection.peer == peer
        assert (connection.presented is None) is (destination is Destination.BACKEND)


def test_a_blocked_source_is_outside_the_allow_list(sender):
    assert sender.connection(READ, replace(REQUEST, source=Source.BLOCKED)).source == "127.0.1.1"
    assert sender.connection(READ, REQUEST).source is None

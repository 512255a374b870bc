"""The bytes and the connection of a request: every header that a case may leave out or change."""

from dataclasses import replace

import pytest
from cryptography import x509

from portcullis.acceptance.forged.identities import Identities
from portcullis.acceptance.matrix.action import CaseAction
from portcullis.acceptance.matrix.caller import CaseCaller
from portcullis.acceptance.matrix.control_command import ControlCommand
from portcullis.acceptance.matrix.expectation import Expect
from portcullis.acceptance.matrix.gate import Gate
from portcullis.acceptance.matrix.request import GATEWAY_HOST, Destination, Framing, Source
from portcullis.acceptance.run.sender import RequestSender
from portcullis.acceptance.target.addresses import SourceAddresses
from tests.portcullis.acceptance.run.known import READ, REQUEST


@pytest.fixture
def target(lab):
    return lab.target()


@pytest.fixture
def sender(target, tmp_path):
    return RequestSender(target, Identities(target, tmp_path))


def shop(target):
    return target.presented(CaseCaller.CLIENT, "pets:write")


@pytest.fixture
def head(sender):
    """The request as text, without its body."""

    def of(case=READ, **changed):
        sent = sender.request_bytes(replace(case, request=replace(REQUEST, **changed)))
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
    sent = sender.request_bytes(replace(READ, request=replace(REQUEST, filler_bytes=3)))
    assert sent.endswith(b"\r\n\r\naaa")


def test_a_request_that_must_end_at_the_parser_or_floods_asks_for_no_close(head):
    at_parser = replace(READ, expect=Expect(gate=Gate.HTTP, statuses=(400,)))
    assert "Connection: close" not in head(at_parser)
    assert "Connection: close" not in head(replace(READ, action=CaseAction.FLOOD))


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
        connection = sender.connection(
            replace(READ, request=replace(REQUEST, destination=destination))
        )
        assert connection.peer == peer
        assert (connection.presented is None) is (destination is Destination.BACKEND)


def test_a_blocked_source_is_outside_the_allow_list(sender):
    assert (
        sender.connection(replace(READ, request=replace(REQUEST, source=Source.BLOCKED))).source
        == "127.0.1.1"
    )
    assert sender.connection(READ).source == "127.0.0.1"


def test_an_ipv6_only_allow_list_is_called_over_ipv6(lab, tmp_path):
    sources = SourceAddresses(allowed=("::1",), blocked="127.0.1.1")
    target = replace(lab.target(), sources=sources)
    sender = RequestSender(target, Identities(target, tmp_path))
    connection = sender.connection(READ)
    assert (connection.source, connection.peer.address) == ("::1", "::1")
    connection = sender.connection(replace(READ, request=replace(REQUEST, source=Source.BLOCKED)))
    assert (connection.source, connection.peer.address) == ("127.0.1.1", "127.0.0.1")


def test_a_deployed_stack_is_called_from_whatever_address_the_system_chooses(lab, tmp_path):
    target = replace(lab.target(), sources=None, limits=None)
    connection = RequestSender(target, Identities(target, tmp_path)).connection(READ)
    assert connection.source is None


FAULTS = {
    "paused": replace(READ, name="paused", breaks=(ControlCommand.PAUSE_AUTHORIZER,)),
    "killed": replace(READ, name="killed", action=CaseAction.KILLED_MID_CALL),
    "recovering": replace(READ, name="recovering", action=CaseAction.RECOVERING),
}


@pytest.mark.parametrize("case", FAULTS.values(), ids=FAULTS)
def test_a_fault_is_tried_with_a_certificate_that_no_cache_has_seen(lab, tmp_path, case):
    target = lab.target(authorizer_cache_seconds=60)
    sender = RequestSender(target, Identities(target, tmp_path))
    used = [sender.connection(each).presented for each in (READ, case, case)]
    own = shop(target)
    assert used[0] == own
    assert used[1] == used[2] != own
    certificates = [x509.load_pem_x509_certificate(each.certificate.read_bytes()) for each in used]
    assert certificates[1].issuer == certificates[0].issuer
    names = [
        c.extensions.get_extension_for_class(x509.SubjectAlternativeName) for c in certificates
    ]
    assert names[1].value == names[0].value


def test_a_broken_kms_is_tried_with_a_certificate_that_has_no_token_yet(sender, target):
    """Without a cache too: the authorizer keeps the tokens that it has signed."""
    case = replace(READ, name="kms", breaks=(ControlCommand.STOP_KMS,))
    used = [sender.connection(each).presented for each in (case, READ)]
    assert used[0] != used[1] == shop(target)


@pytest.mark.parametrize("case", FAULTS.values(), ids=FAULTS)
def test_without_a_cache_a_fault_is_tried_with_the_clients_own_certificate(sender, target, case):
    assert sender.connection(case).presented == shop(target)

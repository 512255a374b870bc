"""NS records from a resolver, also from one that answers badly."""

import socket
import struct
import threading

import pytest

from portcullis.doctor import name_servers as module
from portcullis.doctor.name_servers import DnsError, name_servers

NS, TXT, IN = 2, 16, 1
NAME = b"\x07example\x03com\x00"
TO_QUESTION = b"\xc0\x0c"  # a pointer to the name in the question


def message(query, *records, flags=0x8180, identifier=None):
    number = query[:2] if identifier is None else identifier
    header = number + struct.pack("!5H", flags, 1, len(records), 0, 0)
    return header + query[12:] + b"".join(records)


def record(kind, data):
    return TO_QUESTION + struct.pack("!2HIH", kind, IN, 60, len(data)) + data


@pytest.fixture
def resolver(monkeypatch):
    """A UDP server that answers one query as ``answer(query)`` says."""
    monkeypatch.setattr(module, "TIMEOUT_SECONDS", 300)
    threads = []

    def start(answer):
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind(("127.0.0.1", 0))
        server.settimeout(300)

        def serve():
            with server:
                query, sender = server.recvfrom(4096)
                server.sendto(answer(query), sender)

        thread = threading.Thread(target=serve)
        thread.start()
        threads.append(thread)
        return server.getsockname()

    yield start
    for thread in threads:
        thread.join()


def test_names_are_read_plain_and_compressed(resolver):
    where = resolver(
        lambda query: message(
            query,
            record(NS, b"\x03ns1\x07another\x00"),
            record(NS, b"\x03ns2" + TO_QUESTION),
            record(TXT, b"\x04text"),
        )
    )
    assert name_servers("example.com", resolver=where) == {"ns1.another", "ns2.example.com"}


def test_the_question_asks_for_name_servers(resolver):
    seen = []

    def answer(query):
        seen.append(query)
        return message(query)

    assert name_servers("example.com.", resolver=resolver(answer)) == set()
    assert seen[0][12:] == NAME + struct.pack("!2H", NS, IN)


def test_a_name_that_does_not_exist_has_no_name_servers(resolver):
    where = resolver(lambda query: message(query, flags=0x8183))
    assert name_servers("example.com", resolver=where) == set()


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda query: message(query, flags=0x8182), id="server failure"),
        pytest.param(lambda query: message(query, identifier=b"\0\0" + b""), id="other identifier"),
        pytest.param(lambda query: query[:7], id="cut"),
        pytest.param(lambda query: message(query, record(NS, b"\xff\xff")), id="pointer outside"),
        pytest.param(
            lambda query: message(query, record(NS, b"\xc0" + bytes([12 + len(query)]))),
            id="pointer in circles",
        ),
        pytest.param(lambda query: message(query, record(NS, b"\x02\xff\xfe\x00")), id="not ascii"),
    ],
)
def test_an_answer_that_cannot_be_used_is_an_error(resolver, answer, monkeypatch):
    monkeypatch.setattr(module.secrets, "randbits", lambda _: 7)
    with pytest.raises(DnsError):
        name_servers("example.com", resolver=resolver(answer))


def test_no_answer_is_an_error(monkeypatch):
    monkeypatch.setattr(module, "TIMEOUT_SECONDS", 0.1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        with pytest.raises(DnsError, match=r"127\.0\.0\.1"):
            name_servers("example.com", resolver=silent.getsockname())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# a comment\nsearch lan\nnameserver 192.0.2.1\nnameserver 192.0.2.2\n", "192.0.2.1"),
        ("nameserver fe80::1%eth0\n", "fe80::1"),
    ],
)
def test_the_first_resolver_of_the_system_is_asked(tmp_path, monkeypatch, text, expected):
    monkeypatch.setattr(module, "RESOLV_CONF", tmp_path / "resolv.conf")
    (tmp_path / "resolv.conf").write_text(text)
    assert module._resolver() == expected


@pytest.mark.parametrize("text", [None, "", "search lan\n"])
def test_a_system_without_a_resolver_is_an_error(tmp_path, monkeypatch, text):
    monkeypatch.setattr(module, "RESOLV_CONF", tmp_path / "resolv.conf")
    if text is not None:
        (tmp_path / "resolv.conf").write_text(text)
    with pytest.raises(DnsError):
        name_servers("example.com")

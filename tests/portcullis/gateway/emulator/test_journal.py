"""Which calls are noted, and which notes are replayed; with moto itself: test_server.py."""

import os

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from portcullis.gateway.emulator.journal import Journal, ReplayError

PUT = "DynamoDB_20120810.PutItem"


class Emulator:
    """Keeps each call and answers with ``status``."""

    def __init__(self):
        self.calls = []
        self.status = "200 OK"

    def __call__(self, environ, start_response):
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        self.calls.append(
            (environ["HTTP_X_AMZ_TARGET"], environ["HTTP_AUTHORIZATION"].encode("latin-1"), body)
        )
        start_response(self.status, [("Content-Length", "2")])
        return [b"{", b"}"]


@pytest.fixture
def notes():
    descriptor = os.memfd_create("test")
    yield descriptor
    os.close(descriptor)


def call(journal, body, target=PUT):
    environ = EnvironBuilder(
        method="POST",
        headers={"X-Amz-Target": target, "Authorization": "signed"},
        data=body,
    ).get_environ()
    answer, status, headers = run_wsgi_app(journal, environ, buffered=True)
    return status, headers["Content-Length"], b"".join(answer)


def replayed(notes):
    emulator = Emulator()
    count = Journal(emulator, notes).replay()
    assert count == len(emulator.calls)
    return [body for _, _, body in emulator.calls]


def test_a_write_is_repeated_as_it_was(notes):
    emulator, body = Emulator(), bytes(range(256))
    assert call(Journal(emulator, notes), body) == ("200 OK", "2", b"{}")
    again = Emulator()
    assert Journal(again, notes).replay() == 1
    assert again.calls == emulator.calls == [(PUT, b"signed", body)]


def test_writes_are_repeated_in_order_after_each_crash(notes):
    bodies = [b"first", b"second", b"third"]
    for number, body in enumerate(bodies):
        journal = Journal(Emulator(), notes)
        assert journal.replay() == number
        call(journal, body)
    assert replayed(notes) == bodies


def test_a_refused_write_is_not_repeated(notes):
    emulator = Emulator()
    emulator.status = "400 Bad Request"
    assert call(Journal(emulator, notes), b"{}")[0] == "400 Bad Request"
    assert replayed(notes) == []


@pytest.mark.parametrize(
    ("target", "is_noted"),
    [
        ("TrentService.Sign", False),
        ("TrentService.GetPublicKey", False),
        ("TrentService.CreateAlias", True),
        ("TrentService.ScheduleKeyDeletion", True),
        ("DynamoDB_20120810.GetItem", False),
        ("DynamoDB_20120810.BatchGetItem", False),
        ("DynamoDB_20120810.TransactGetItems", False),
        ("DynamoDB_20120810.BatchWriteItem", True),
        ("DynamoDB_20120810.TransactWriteItems", True),
        ("DynamoDB_20120810.ANewOne", True),
        ("AWSSecurityTokenService.Anything", False),
        ("", False),
    ],
)
def test_what_may_change_something_in_kms_or_dynamodb_is_noted(notes, target, is_noted):
    call(Journal(Emulator(), notes), b"{}", target)
    assert len(replayed(notes)) == is_noted


def test_an_unfinished_note_is_dropped(notes):
    journal = Journal(Emulator(), notes)
    call(journal, b"whole")
    call(journal, b"cut")
    os.ftruncate(notes, os.fstat(notes).st_size - 1)
    journal = Journal(Emulator(), notes)
    assert journal.replay() == 1
    call(journal, b"next")
    assert replayed(notes) == [b"whole", b"next"]


def test_a_write_that_cannot_be_noted_is_not_answered(notes, monkeypatch):
    journal = Journal(Emulator(), notes)
    call(journal, b"before")

    def full(descriptor, data, offset, write=os.pwrite):
        write(descriptor, data[:5], offset)
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("portcullis.gateway.emulator.journal.os.pwrite", full)
        with pytest.raises(OSError, match="No space"):
            call(journal, b"not noted")
    call(journal, b"after")
    assert replayed(notes) == [b"before", b"after"]


def test_a_note_that_takes_several_writes_is_whole(notes, monkeypatch):
    def bit_by_bit(descriptor, data, offset, write=os.pwrite):
        return write(descriptor, data[:7], offset)

    monkeypatch.setattr("portcullis.gateway.emulator.journal.os.pwrite", bit_by_bit)
    journal = Journal(Emulator(), notes)
    call(journal, b"one")
    call(journal, b"two")
    assert replayed(notes) == [b"one", b"two"]


@pytest.mark.parametrize(
    "line",
    [b"{\n", b"[]\n", b"{}\n", b'{"headers": {}, "body": "", "key": null}\n', b"\xff\n", b"\n"],
)
def test_an_unreadable_note_is_an_error(notes, line):
    call(Journal(Emulator(), notes), b"good")
    os.pwrite(notes, line, os.fstat(notes).st_size)
    with pytest.raises(ReplayError, match=r"note 2 of 2.*start it again"):
        replayed(notes)


def test_a_write_that_is_refused_when_replayed_is_an_error(notes):
    call(Journal(Emulator(), notes), b"{}")
    emulator = Emulator()
    emulator.status = "400 Bad Request"
    with pytest.raises(ReplayError, match="PutItem is answered with 400"):
        Journal(emulator, notes).replay()

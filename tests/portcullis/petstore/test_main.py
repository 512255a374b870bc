"""``python -m portcullis.petstore`` as `portcullis up` starts it: a real process on a free port."""

import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from portcullis.petstore.__main__ import main
from portcullis.pki.gateway_certificate import ensure
from portcullis.pki.laptop import ensure as ensure_laptop

DEADLINE_SECONDS = 300


@pytest.fixture
def jwks(tmp_path, issuer):
    file = tmp_path / "jwks.json"
    file.write_bytes(issuer.jwks())
    return file


@pytest.fixture
def arguments(jwks, expected):
    return ["--jwks", str(jwks), "--issuer", expected.issuer, "--audience", expected.audience]


@pytest.fixture
def start(arguments):
    """Start the PetStore, wait for its announcement, and stop it afterwards by its own process."""
    started = []

    def run(*more):
        process = subprocess.Popen(
            [sys.executable, "-m", "portcullis.petstore", *arguments, *more],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process, json.loads(process.stdout.readline())

    yield run
    for process in started:
        process.kill()
        process.communicate(timeout=DEADLINE_SECONDS)


def get(url, path, headers=()):
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=DEADLINE_SECONDS)
    try:
        connection.putrequest("GET", path, skip_host=True)
        for name, value in headers or [("Host", "backend.test")]:
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_it_announces_where_it_listens_and_serves_pets(start, issuer):
    process, announced = start()
    assert announced["pid"] == process.pid
    assert get(announced["backend"], "/healthz") == (200, b'{"status": "ok"}')
    assert get(announced["backend"], "/pets")[0] == 401
    status, body = get(announced["backend"], "/pets", issuer.headers())
    assert (status, len(json.loads(body))) == (200, 3)


@pytest.mark.parametrize("seconds", ["0", "-1", "inf", "nan", "soon"])
def test_a_floor_that_is_not_a_positive_number_is_refused(arguments, capsys, seconds):
    with pytest.raises(SystemExit) as refused:
        main([*arguments, "--key-floor-seconds", seconds])
    assert refused.value.code == 2
    assert "--key-floor-seconds" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_without_a_traceback(start, number):
    process, _ = start()
    os.kill(process.pid, number)
    _, errors = process.communicate(timeout=DEADLINE_SECONDS)
    assert (process.returncode, errors) == (0, "")


def test_a_port_in_use_is_a_clear_error(arguments, capfd):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main([*arguments, "--port", str(port)]) == 2
    assert f"cannot listen on 127.0.0.1:{port}" in capfd.readouterr().err


def test_a_bad_jwks_ends_it_before_it_listens(arguments, jwks, capfd):
    jwks.write_text("{}")
    assert main(arguments) == 1
    captured = capfd.readouterr()
    assert "JWKS" in captured.err
    assert captured.out == ""


def test_half_an_identity_is_refused(arguments, capfd):
    assert main([*arguments, "--jwks-key", "client.key"]) == 2
    assert "go together" in capfd.readouterr().err


@pytest.fixture
def guarded(start, tmp_path):
    """A PetStore that accepts one client certificate, and a function that opens a connection."""
    server = ensure_laptop(tmp_path / "pki", hosts=["127.0.0.1"], clients={})
    own = ensure(tmp_path / "gateway", "first")
    trust = tmp_path / "trust.pem"
    trust.write_bytes(own.certificate.read_bytes())
    _, announced = start(
        *("--certificate", server.server_certificate, "--key", server.server_key),
        *("--client-trust", trust),
    )
    url = urlsplit(announced["backend"])
    assert url.scheme == "https"

    def connected(presented=None):
        context = ssl.create_default_context(cafile=server.ca_file)
        if presented is not None:
            context.load_cert_chain(presented.certificate, presented.key)
        return http.client.HTTPSConnection(url.netloc, timeout=DEADLINE_SECONDS, context=context)

    def ask(presented=None):
        connection = connected(presented)
        try:
            return health(connection)
        finally:
            connection.close()

    ask.own, ask.trust, ask.connected = own, trust, connected
    return ask


def health(connection):
    connection.request("GET", "/healthz")
    answer = connection.getresponse()
    answer.read()
    return answer.status


def test_over_tls_it_answers_the_gateway(guarded):
    assert guarded(guarded.own) == 200


def test_over_tls_it_refuses_a_connection_without_a_certificate(guarded):
    with pytest.raises((ssl.SSLError, ConnectionError)):
        guarded()


def test_over_tls_it_refuses_another_certificate(guarded, tmp_path):
    with pytest.raises((ssl.SSLError, ConnectionError)):
        guarded(ensure(tmp_path / "gateway", "second"))


def test_over_tls_it_takes_a_new_certificate_and_drops_an_old_one_without_a_restart(
    guarded, tmp_path
):
    second = ensure(tmp_path / "gateway", "second")
    both = guarded.own.certificate.read_bytes() + second.certificate.read_bytes()
    open_connection = guarded.connected(guarded.own)
    assert health(open_connection) == 200
    replace_file(guarded.trust, both)
    assert guarded(second) == guarded(guarded.own) == health(open_connection) == 200
    replace_file(guarded.trust, second.certificate.read_bytes())
    assert guarded(second) == 200
    with pytest.raises((ssl.SSLError, ConnectionError)):
        health(open_connection)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        guarded(guarded.own)


@pytest.mark.parametrize("content", [None, b"", b"-----BEGIN CERTIFICATE-----\n"])
def test_over_tls_it_refuses_everybody_while_the_trust_file_cannot_be_read(guarded, content):
    guarded.trust.unlink()
    if content is not None:
        replace_file(guarded.trust, content)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        guarded(guarded.own)


def replace_file(file, content):
    draft = file.with_suffix(".draft")
    draft.write_bytes(content)
    draft.replace(file)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--certificate", "server.pem"], "go together"),
        (["--client-trust", "trust.pem"], "needs --certificate"),
        (["--certificate", "none.pem", "--key", "none.key"], "cannot be used"),
    ],
)
def test_a_listener_without_all_of_its_files_is_refused(arguments, more, words, capfd):
    assert main([*arguments, *more]) == 2
    assert words in capfd.readouterr().err


@pytest.mark.parametrize("option", ["--issuer", "--audience"])
def test_an_empty_issuer_or_audience_is_refused(arguments, option, capfd):
    with pytest.raises(SystemExit) as ended:
        main([*arguments, option, ""])
    assert ended.value.code == 2


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_an_invalid_port_is_refused(arguments, port, capfd):
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--port", port])
    assert ended.value.code == 2

"""How an AWS service is asked: signed, over verified TLS, within its time, and not for ever."""

import datetime
import hashlib
import hmac
import ipaddress
import json
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import botocore.httpsession
import pytest
import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from authorizer import aws_json
from authorizer.aws_json import AwsCallError, AwsJsonClient
from tests.authorizer.fake_kms import GOOD, KEYS, FakeKms, serving
from tests.authorizer.making import elliptic_key, name, pem
from tests.portcullis.laptop.running import wait_for

PAYLOAD = {"KeyId": "key", "MessageType": "RAW"}
ENDPOINT = "https://kms.test/"


@pytest.fixture
def kms():
    with serving() as fake:
        yield fake


class Clock:
    """Stands for `time` in the module: passes only where somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(aws_json, "time", clock)
    return clock


@pytest.fixture
def longest_pauses(monkeypatch):
    """Pauses as long as they may be; the list of what that was."""
    asked = []

    def uniform(low: float, high: float) -> float:
        assert low == 0
        asked.append(high)
        return high

    monkeypatch.setattr(aws_json, "random", SimpleNamespace(uniform=uniform))
    return asked


def client(endpoint: str, environment: dict[str, str] = KEYS, **more) -> AwsJsonClient:
    return AwsJsonClient(
        service="kms", region="eu-central-1", endpoint=endpoint, environment=environment, **more
    )


def call(asker: AwsJsonClient, deadline: float | None = None) -> dict:
    return asker.call("TrentService.Sign", PAYLOAD, deadline=deadline or time.monotonic() + 60)


def failure(asker: AwsJsonClient, deadline: float | None = None) -> str:
    with pytest.raises(AwsCallError) as caught:
        call(asker, deadline)
    return str(caught.value)


def failure_within(asker: AwsJsonClient, seconds: float, name: str) -> str:
    """The last failure of a call that is repeated for so long; longer, if a machine is too busy."""
    detail = failure(asker, time.monotonic() + seconds)
    return detail if name in detail or seconds > 60 else failure_within(asker, 3 * seconds, name)


@pytest.fixture
def answered(monkeypatch):
    """Statuses and bodies for the next attempts, the last one for ever; without a network.

    An attempt has what is left on the clock of a test, and a real one may take longer.
    """
    script = SimpleNamespace(answers=[], attempts=0)

    def request(*_arguments, **_options):
        script.attempts += 1
        answers = script.answers
        status, data = answers.pop(0) if len(answers) > 1 else answers[0]
        return SimpleNamespace(status=status, data=data)

    monkeypatch.setattr(urllib3.PoolManager, "request", request)
    return script


# --- the signature


def keyed(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")


def expected_signature(headers: dict[str, str], body: bytes, secret_key: str) -> str:
    """Computed as AWS does, step by step: "Create a signed AWS API request"."""
    given = {name.lower(): value for name, value in headers.items()}
    signed_headers = given["authorization"].split("SignedHeaders=")[1].split(",")[0]
    canonical = "\n".join(
        [
            "POST",
            "/",
            "",
            *(f"{name}:{given[name]}" for name in signed_headers.split(";")),
            "",
            signed_headers,
            hashlib.sha256(body).hexdigest(),
        ]
    )
    date = given["x-amz-date"]
    scope = f"{date[:8]}/eu-central-1/kms/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = f"AWS4{secret_key}".encode()
    for part in scope.split("/"):
        key = keyed(key, part)
    return keyed(key, f"AWS4-HMAC-SHA256\n{date}\n{scope}\n{digest}").hex()


def signature(headers: dict[str, str]) -> str:
    return headers["Authorization"].split("Signature=")[1]


def signed_headers(headers: dict[str, str]) -> set[str]:
    return set(headers["Authorization"].split("SignedHeaders=")[1].split(",")[0].split(";"))


def test_a_call_is_signed_over_its_body_and_its_target(kms):
    call(client(kms.url + "/", KEYS | {"AWS_SESSION_TOKEN": "session"}))
    ((headers, body),) = kms.requests
    assert json.loads(body) == PAYLOAD
    assert signature(headers) == expected_signature(headers, body, "example")
    assert signed_headers(headers) >= {"host", "x-amz-date", "x-amz-target", "x-amz-security-token"}


# --- TLS


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """A certificate for the loopback that nobody but its own bundle vouches for, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    key, now = elliptic_key(), datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    made = {}
    for file, address in (("loopback.pem", "127.0.0.1"), ("elsewhere.pem", "192.0.2.1")):
        subject = name(CN=address)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - day)
            .not_valid_after(now + day)
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]),
                critical=False,
            )
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        made[file] = folder / file
        made[file].write_text(pem(certificate))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    made["key"] = folder / "key.pem"
    made["key"].write_bytes(private)
    return made


@pytest.fixture
def tls(bundle):
    """Starts a KMS behind TLS that shows one of these certificates."""

    def start(kms: FakeKms, shown: str) -> str:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(bundle[shown], bundle["key"])
        kms.server.socket = context.wrap_socket(kms.server.socket, server_side=True)
        return kms.url.replace("http:", "https:")

    return start


def test_a_bundle_says_whom_to_trust(kms, tls, bundle):
    trusted = KEYS | {"AWS_CA_BUNDLE": str(bundle["loopback.pem"])}
    assert call(client(tls(kms, "loopback.pem"), trusted)) == GOOD[1]


@pytest.mark.parametrize("named", [{}, {"AWS_CA_BUNDLE": ""}], ids=["none", "empty"])
def test_a_server_that_nobody_vouches_for_is_told_nothing(kms, tls, named):
    asker = client(tls(kms, "loopback.pem"), KEYS | named)
    assert "SSLError" in failure_within(asker, 0.5, "SSLError")
    assert kms.requests == []


def test_a_server_with_another_ones_certificate_is_told_nothing(kms, tls, bundle):
    trusted = KEYS | {"AWS_CA_BUNDLE": str(bundle["elsewhere.pem"])}
    asker = client(tls(kms, "elsewhere.pem"), trusted)
    assert "SSLError" in failure_within(asker, 0.5, "SSLError")
    assert kms.requests == []


# --- time


def test_a_pause_may_be_twice_the_last_one_up_to_half_a_second(answered, clock, longest_pauses):
    answered.answers = [(500, b"")] * 6 + [(200, b"{}")]
    assert call(client(ENDPOINT, sleep=clock.sleep), clock.now + 30) == {}
    assert longest_pauses == clock.slept == [0.05, 0.1, 0.2, 0.4, 0.5, 0.5]


def test_what_failed_last_is_told_with_the_number_of_attempts(answered, clock, longest_pauses):
    answered.answers = [(503, b'{"__type": "Busy"}'), (500, b"")]
    detail = failure(client(ENDPOINT, sleep=clock.sleep), clock.now + 0.2)
    assert detail == "kms: answered 500, 3 attempts"
    assert answered.attempts == 3
    assert clock.slept == [0.05, 0.1]  # 0.2 more would be too late


def test_a_pause_that_would_end_with_the_time_is_not_begun(answered, clock, longest_pauses):
    answered.answers = [(500, b"")]
    detail = failure(client(ENDPOINT, sleep=clock.sleep), clock.now + 0.05)
    assert detail.endswith(", 1 attempts")
    assert clock.slept == []


@pytest.mark.parametrize("budget", [0, -1])
def test_at_the_deadline_nobody_is_asked(kms, clock, budget):
    assert failure(client(kms.url), clock.now + budget) == "kms: no time left, 0 attempts"
    assert kms.requests == []


@pytest.mark.parametrize(
    ("budget", "total", "connect"), [(30, 1.0, 0.5), (0.75, 0.75, 0.5), (0.25, 0.25, 0.25)]
)
def test_an_attempt_has_a_second_and_never_more_than_is_left(
    monkeypatch, clock, budget, total, connect
):
    seen = []

    def request(_pool, method, url, **options):
        seen.append((method, url, options["timeout"].total, options["timeout"].connect_timeout))
        return SimpleNamespace(status=200, data=b"{}")

    monkeypatch.setattr(urllib3.PoolManager, "request", request)
    assert call(client(ENDPOINT), clock.now + budget) == {}
    assert seen == [("POST", ENDPOINT, total, connect)]


def test_an_attempt_that_hangs_leaves_time_for_another(kms, monkeypatch):
    monkeypatch.setattr(aws_json, "ATTEMPT_SECONDS", 1.0)
    release = threading.Event()

    def hang(handler):
        release.wait()
        handler.close_connection = True

    kms.answers = [hang, GOOD]
    try:
        assert call(client(kms.url)) == GOOD[1]
    finally:
        release.set()
    assert len(kms.requests) >= 2


def test_a_service_that_never_answers_ends_with_the_time(kms):
    release = threading.Event()

    def hang(handler):
        release.wait()
        handler.close_connection = True

    kms.answers = [hang]
    try:
        detail = failure_within(client(kms.url), 0.3, "ReadTimeoutError")
        assert "ReadTimeoutError" in detail
    finally:
        release.set()


# --- the role's keys


ISSUED = {
    "AccessKeyId": "RESTORED",
    "SecretAccessKey": "restored-secret",
    "Token": "restored-token",
    "Expiration": "2999-01-01T00:00:00Z",
}


@pytest.fixture
def container():
    """The endpoint of a restored snapshot; answers ``answer``, or lets its callers wait."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            state.asked += 1
            if state.answer is None:
                state.release.wait()
                return
            self.send_response(state.status)
            self.end_headers()
            self.wfile.write(json.dumps(state.answer).encode())

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_):
            pass  # a client that stopped waiting

    with Server(("127.0.0.1", 0), Handler) as server:
        state = SimpleNamespace(answer=ISSUED, status=200, asked=0, release=threading.Event())
        url = f"http://127.0.0.1:{server.server_port}/c"
        state.environment = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": url}
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield state
        finally:
            state.release.set()
            server.shutdown()
            thread.join()


def test_a_restored_snapshot_signs_with_all_that_its_container_gave(kms, container):
    call(client(kms.url + "/", container.environment))
    ((headers, body),) = kms.requests
    assert headers["X-Amz-Security-Token"] == "restored-token"
    assert signature(headers) == expected_signature(headers, body, "restored-secret")


def test_the_environment_comes_before_the_container(kms, container):
    call(client(kms.url, KEYS | container.environment))
    assert "Credential=AKIDEXAMPLE/" in kms.requests[0][0]["Authorization"]
    assert container.asked == 0


def test_keys_that_run_out_are_asked_for_again(kms, container):
    # botocore asks for others in the last ten minutes.
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=8)
    container.answer = ISSUED | {"Expiration": soon.strftime("%Y-%m-%dT%H:%M:%SZ")}
    asker = client(kms.url, container.environment)
    call(asker)
    container.answer = ISSUED | {"AccessKeyId": "RENEWED"}
    call(asker)
    call(asker)
    assert [
        headers["Authorization"].split("Credential=")[1].split("/")[0]
        for headers, _ in kms.requests
    ] == ["RESTORED", "RENEWED", "RENEWED"]


@pytest.mark.parametrize(
    ("status", "answer", "error"),
    [
        (200, {}, "KeyError"),
        (200, [], "TypeError"),
        (200, ISSUED | {"Expiration": "yesterday-ish"}, "ParserError"),
        (200, ISSUED | {"Expiration": "2001-01-01T00:00:00Z"}, "RuntimeError"),
        (500, {}, "CredentialRetrievalError"),
    ],
    ids=["nothing", "a list", "no date", "expired", "500"],
)
def test_a_container_without_good_keys_fails_the_call(kms, container, status, answer, error):
    container.status, container.answer = status, answer
    asker = client(kms.url, container.environment)
    assert failure(asker).startswith("no credentials: ")
    assert error in failure(asker)
    assert kms.requests == []
    container.status, container.answer = 200, ISSUED
    assert call(asker)


def test_a_container_that_never_answers_costs_less_than_the_functions_time(
    kms, container, monkeypatch
):
    container.answer = None
    asker = client(kms.url, container.environment)
    limits, session = [], botocore.httpsession.URLLib3Session

    def limited(timeout):
        limits.append(timeout)
        return session(timeout=timeout)

    monkeypatch.setattr(botocore.httpsession, "URLLib3Session", limited)
    assert failure(asker) == "no credentials: CredentialRetrievalError"
    assert limits == [0.4]  # for each of three attempts; botocore by itself takes 9 seconds
    wait_for(lambda: container.asked == 3)


def test_a_file_with_the_containers_token_that_is_missing_fails_the_call(kms, container):
    container.environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = "/nowhere"
    assert failure(client(kms.url, container.environment)) == "no credentials: FileNotFoundError"


def test_without_any_keys_it_says_what_is_missing(kms):
    detail = failure(client(kms.url, {}))
    assert detail == "no credentials: neither AWS_ACCESS_KEY_ID nor a container endpoint"
    assert kms.requests == []

"""Signing through real HTTP: a moto server that signs, and one that misbehaves in every way."""

import base64
import json
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import jwt
import pytest
import urllib3
from cryptography.hazmat.primitives.serialization import load_der_public_key
from moto.server import ThreadedMotoServer

from authorizer.aws_json import AwsCallError, AwsJsonClient
from authorizer.config import ConfigurationError
from authorizer.kms import KmsSigner
from authorizer.reasons import AuthorizerError, FailedError, Reason
from tests.authorizer.fake_kms import GOOD, KEYS, SIGNATURE, serving
from tests.authorizer.making import KEY_ARN, Bench, certificate, configuration, effects
from tests.authorizer.unhurried import unhurried


@pytest.fixture
def kms():
    with serving() as fake:
        yield fake


def soon(seconds: float = 60.0) -> float:
    return time.monotonic() + seconds


def failure(signer: KmsSigner, seconds: float = 60.0) -> str:
    """What is logged; ``seconds`` bound the attempts where there are several."""
    with pytest.raises(FailedError) as caught:
        signer.sign(b"message", deadline=soon(seconds))
    assert caught.value.reason is Reason.SIGNING_FAILED
    return caught.value.detail


def drop(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def stall(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(1.5)
    drop(handler)


def test_what_is_asked_of_kms(kms):
    signed = kms.signer(AWS_SESSION_TOKEN="session").sign(b"header.claims", deadline=soon())
    assert base64.b64encode(signed).decode() == SIGNATURE
    headers, body = kms.requests[0]
    assert json.loads(body) == {
        "KeyId": KEY_ARN,
        "Message": base64.b64encode(b"header.claims").decode(),
        "MessageType": "RAW",
        "SigningAlgorithm": "ECDSA_SHA_256",
    }
    assert headers["X-Amz-Target"] == "TrentService.Sign"
    assert headers["Content-Type"] == "application/x-amz-json-1.1"
    assert headers["X-Amz-Security-Token"] == "session"
    assert "/eu-central-1/kms/aws4_request" in headers["Authorization"]
    assert headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")


def test_one_connection_serves_many_calls(kms):
    signer = kms.signer()
    ports = set()

    def note(handler):
        ports.add(handler.client_address[1])
        raw = json.dumps(GOOD[1]).encode()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(raw)))
        handler.end_headers()
        handler.wfile.write(raw)

    kms.answers = [note]
    for _ in range(3):
        signer.sign(b"m", deadline=soon())
    assert len(ports) == 1


@pytest.mark.parametrize(
    "passing",
    [
        (500, {"__type": "KMSInternalException"}),
        (503, b"<html>"),
        (400, {"__type": "ThrottlingException"}),
        (400, {"__type": "com.amazonaws.kms#KeyUnavailableException"}),
        (200, b"not json"),
        (200, b"[]"),
        drop,
    ],
    ids=["500", "503", "throttled", "unavailable", "no JSON", "a list", "dropped"],
)
def test_a_fault_that_passes_is_asked_again(kms, passing):
    kms.answers = [passing, passing, GOOD]
    assert kms.signer().sign(b"m", deadline=soon())
    assert len(kms.requests) == 3


@pytest.mark.parametrize(
    "code",
    ["AccessDeniedException", "NotFoundException", "DisabledException", "KMSInvalidStateException"],
)
def test_a_refusal_is_not_asked_again(kms, code):
    kms.answers = [(400, {"__type": code, "message": f"User {KEY_ARN} is not authorized"})]
    detail = failure(kms.signer())
    assert detail == f"kms: answered 400 {code}"
    assert len(kms.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"Signature": None},
        {"Signature": 1},
        {"Signature": "not base64!"},
        pytest.param({"Signature": SIGNATURE + "!"}, id="a signature and more"),
        pytest.param({"Signature": "ü"}, id="not ASCII"),
        {"Signature": ["MEQ="]},
    ],
    ids=lambda answer: repr(answer)[:30],
)
def test_an_answer_without_a_signature_fails(kms, answer):
    kms.answers = [(200, answer)]
    assert failure(kms.signer()) == "kms answered without a signature"


@pytest.mark.parametrize("code", ["x\r\ny", "<script>", "a" * 3, 5, None, {"a": 1}])
def test_an_error_code_reaches_the_log_only_as_a_word(kms, code):
    kms.answers = [(400, {"__type": code})]
    assert failure(kms.signer()) in {
        "kms: answered 400",
        "kms: answered 400 aaa",
        "kms: answered 400 5",
    }


def test_a_redirect_is_not_followed(kms):
    def redirect(handler):
        handler.send_response(307)
        handler.send_header("Location", "http://127.0.0.1:1/")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    kms.answers = [redirect]
    assert failure(kms.signer()) == "kms: answered 307"


@pytest.mark.parametrize("answer", [(500, b""), stall, drop], ids=["500", "slow", "dropped"])
def test_a_kms_that_stays_down_costs_the_budget_and_no_more(kms, answer):
    kms.answers = [answer]
    for seconds in (0.3, 2, 8, 32):  # a busy machine may ask too late
        failure(kms.signer(), seconds)
        if kms.requests:
            break
    assert kms.requests


def test_no_time_left_asks_nobody(kms):
    assert "no time left" in failure(kms.signer(), seconds=-1)
    assert kms.requests == []


def test_nobody_listening_fails():
    with socket.socket() as taken:  # so that no other program listens there
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        signer = KmsSigner(configuration(), {"AWS_ENDPOINT_URL_KMS": url} | KEYS)
        assert "NewConnectionError" in failure(signer, seconds=3)


def test_kms_recovers_without_a_restart(kms):
    signer = kms.signer()
    kms.answers = [(500, b"")]
    failure(signer, seconds=0.3)
    kms.answers = [GOOD]
    assert signer.sign(b"m", deadline=soon())


def test_pauses_between_attempts_are_random_and_bounded(kms):
    pauses = []
    kms.answers = [(500, b"")] * 8 + [GOOD]
    client = AwsJsonClient(
        service="kms",
        region="eu-central-1",
        endpoint=kms.url,
        environment=KEYS,
        sleep=pauses.append,
    )
    client.call("TrentService.Sign", {}, deadline=soon(300))
    assert len(pauses) == 8
    assert all(0 <= pause <= min(0.5, 0.05 * 2**n) for n, pause in enumerate(pauses))
    assert len(set(pauses)) == 8


def test_without_credentials_nothing_is_sent(kms):
    signer = KmsSigner(configuration(), {"AWS_ENDPOINT_URL_KMS": kms.url})
    assert "no credentials" in failure(signer)
    assert kms.requests == []


def test_a_restored_snapshot_asks_its_container_for_credentials(kms):
    expires = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    issued = {
        "AccessKeyId": "RESTORED",
        "SecretAccessKey": "s",
        "Token": "t",
        "Expiration": expires,
    }

    class Credentials(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.headers["Authorization"])
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(issued).encode())

        def log_message(self, *_):
            pass

    asked: list[str] = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Credentials) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        signer = KmsSigner(
            configuration(),
            {
                "AWS_ENDPOINT_URL_KMS": kms.url,
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://127.0.0.1:{server.server_port}/c",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN": "container",
            },
        )
        for _ in range(2):
            signer.sign(b"m", deadline=soon())
        server.shutdown()
        thread.join()
    assert asked == ["container"]
    assert "Credential=RESTORED/" in kms.requests[1][0]["Authorization"]


@pytest.mark.parametrize(
    ("key_arn", "address"),
    [
        (KEY_ARN, "https://kms.eu-central-1.amazonaws.com/"),
        (
            KEY_ARN.replace("aws:kms:eu-central-1", "aws-cn:kms:cn-north-1"),
            "https://kms.cn-north-1.amazonaws.com.cn/",
        ),
    ],
    ids=["aws", "aws-cn"],
)
def test_kms_is_asked_where_the_key_is(monkeypatch, key_arn, address):
    asked = []

    def request(_pool, _method, url, **_):
        asked.append(url)
        raise urllib3.exceptions.ProtocolError

    monkeypatch.setattr(urllib3.PoolManager, "request", request)
    failure(KmsSigner(configuration(signing_key_arn=key_arn), KEYS), seconds=1)
    assert set(asked) == {address}


def test_a_partition_nobody_knows_stops_the_start():
    key = KEY_ARN.replace("arn:aws:", "arn:aws-iso-z:")
    with pytest.raises(ConfigurationError, match="AWS_ENDPOINT_URL_KMS"):
        KmsSigner(configuration(signing_key_arn=key), KEYS)


def test_an_error_of_the_client_names_no_secret(kms):
    kms.answers = [(403, {"__type": "InvalidSignatureException", "message": "the string was …"})]
    client = AwsJsonClient(service="kms", region="eu-central-1", endpoint=kms.url, environment=KEYS)
    with pytest.raises(AwsCallError) as caught:
        client.call("TrentService.Sign", {}, deadline=soon())
    assert str(caught.value) == "kms: answered 403 InvalidSignatureException"


@pytest.fixture(scope="module")
def moto_url():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with unhurried():
        yield f"http://{host}:{port}"
    server.stop()


def test_a_token_signed_by_moto_verifies_with_the_published_key(
    moto_url, make_bench: Callable[..., Bench]
):
    client = boto3.client(
        "kms",
        region_name="eu-central-1",
        endpoint_url=moto_url,
        aws_access_key_id="a",
        aws_secret_access_key="b",
    )
    created = client.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]
    public_key = load_der_public_key(client.get_public_key(KeyId=created["Arn"])["PublicKey"])
    bench = make_bench()
    bench.signer = KmsSigner(
        configuration(signing_key_arn=created["Arn"]), {"AWS_ENDPOINT_URL_KMS": moto_url} | KEYS
    )
    bench.__post_init__()
    answer = bench.present(certificate())
    assert effects(answer) == ["Allow"]
    claims = jwt.decode(
        answer["context"]["authorization"].removeprefix("Bearer "),
        public_key,
        algorithms=["ES256"],
        audience="petstore",
        issuer="https://localhost",
        options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
    )
    assert claims["cnf"]["x5t#S256"] == answer["context"]["certificateThumbprint"]


def test_a_key_that_moto_does_not_have_closes_the_door(moto_url, make_bench):
    bench = make_bench()
    bench.signer = KmsSigner(configuration(), {"AWS_ENDPOINT_URL_KMS": moto_url} | KEYS)
    bench.__post_init__()
    with pytest.raises(AuthorizerError):
        bench.present(certificate())
    assert "NotFoundException" in bench.lines[0]["detail"]


def test_kms_is_asked_for_the_algorithm_of_the_configuration(kms):
    signer = KmsSigner(
        configuration(signing_algorithm="RS256"), {"AWS_ENDPOINT_URL_KMS": kms.url} | KEYS
    )
    signer.sign(b"header.claims", deadline=soon())
    assert json.loads(kms.requests[0][1])["SigningAlgorithm"] == "RSASSA_PKCS1_V1_5_SHA_256"

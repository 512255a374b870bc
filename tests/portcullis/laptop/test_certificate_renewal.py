"""A client renews its certificate through all four gates; the CA's key is in the emulated KMS."""

import http.client
import json
import os
import shutil
import ssl
import subprocess
import sys
from collections import defaultdict
from contextlib import closing
from pathlib import Path

import pytest
import yaml
from cryptography import x509

from portcullis.acceptance.generated.renewal_cases import RenewalTarget
from portcullis.pki import facts, keys
from tests.portcullis.laptop.running import ROOT, running, wait_for
from tests.portcullis.laptop.steady import PATIENT
from tests.portcullis.renewal.calls import csr

pytestmark = pytest.mark.laptop

PATH, SCOPE = "/.well-known/certificate-renewal", "certificates:renew"
KEY = "arn:aws:kms:eu-central-1:000000000000:key/11111111-2222-3333-4444-555555555555"
TABLE = "portcullis-local-registry"


@pytest.fixture(scope="module")
def laptop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("renewal")
    registry = yaml.safe_load((ROOT / "clients.local.yaml").read_text())
    for client in registry["clients"]:
        if client["id"] != "pet-viewer":
            client["scopes"].append(SCOPE)
    (folder / "clients.yaml").write_text(yaml.safe_dump(registry))
    settings = {
        "certificateRenewalKeyArn": KEY,
        "certificateRenewalAuthorityFile": "replaced by the laptop's own",
        "certificateRenewalHours": 12,
        "certificateRenewalsPerDay": 20,
        "clientsFile": folder / "clients.yaml",
        "registry": "dynamodb",
        "registryCacheSeconds": 60,
        "authorizerCacheSeconds": 60,
    }
    options = [word for name, value in settings.items() for word in ("--config", f"{name}={value}")]
    with running(folder / "state", *PATIENT, "--no-inspector", *options) as started:
        yield started


def send(laptop, client, body=b"", *, method="POST", path=PATH, headers=None):
    """Status and body of one call."""
    context = ssl.create_default_context(cafile=laptop.ready["ca"])
    files = laptop.ready["clients"][client] if isinstance(client, str) else client
    context.load_cert_chain(files["certificate"], files["key"])
    host, port = laptop.ready["gateway"].removeprefix("https://").split(":")
    with closing(http.client.HTTPSConnection(host, int(port), context=context)) as connection:
        given = {"User-Agent": "test", "Content-Type": "application/pkcs10"} | (headers or {})
        connection.request(method, path, body=body, headers=given)
        answer = connection.getresponse()
        return answer.status, answer.read()


def portcullis(laptop, *arguments, exit_code=0):
    environment = os.environ | {
        "AWS_ENDPOINT_URL_DYNAMODB": laptop.ready["kms"]["endpoint"],
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "laptop",
        "AWS_SECRET_ACCESS_KEY": "laptop",
    }
    done = subprocess.run(
        [sys.executable, "-m", "portcullis", *map(str, arguments)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == exit_code, done.stdout + done.stderr
    return done.stdout + done.stderr


def own_files(laptop, folder, client="pet-shop"):
    files = laptop.ready["clients"][client]
    pair = {"certificate": folder / "own.pem", "key": folder / "own.key"}
    for name, path in pair.items():
        shutil.copy(files[name], path)
    pair["key"].chmod(0o600)
    return pair


def renew(laptop, pair, *options, exit_code=0):
    return portcullis(
        laptop,
        *("certs", "renew", "--through", laptop.ready["gateway"]),
        *("--client-cert", pair["certificate"], "--key", pair["key"]),
        *("--server-ca", laptop.ready["ca"], *options),
        exit_code=exit_code,
    )


def leaf(pair):
    return x509.load_pem_x509_certificate(Path(pair["certificate"]).read_bytes())


def test_a_client_renews_with_the_command_and_calls_with_the_new_certificate(laptop, tmp_path):
    pair = own_files(laptop, tmp_path)
    before = leaf(pair)
    assert json.loads(renew(laptop, pair, "--json"))["outcome"] == "renewed"
    after = leaf(pair)
    assert (after.subject, after.serial_number == before.serial_number) == (before.subject, False)
    assert pair["key"].stat().st_mode & 0o777 == 0o600
    assert send(laptop, pair, method="GET", path="/pets")[0] == 200
    assert json.loads(renew(laptop, pair, "--json", "--if-needed"))["outcome"] == "not due"
    assert leaf(pair) == after


def test_a_client_without_the_scope_is_refused_by_the_authorizer_s_policy(laptop):
    status, body = send(laptop, "pet-viewer", csr())
    assert (status, b"explicit deny" in body or b"not authorized" in body) == (403, True)


def test_a_suspended_client_is_refused(laptop):
    assert send(laptop, "pet-hotel", csr())[0] == 403


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_other_methods_have_no_route(laptop, method):
    status, body = send(laptop, "pet-shop", csr(), method=method)
    assert (status, b"Missing Authentication Token" in body) == (403, True)


def test_forged_headers_do_not_change_whose_certificate_it_is(laptop):
    forged = Path(laptop.ready["clients"]["pet-viewer"]["certificate"]).read_text()
    headers = {
        "Client-Cert": forged.replace("\n", ""),
        "X-Client-Certificate-Thumbprint": "A" * 43,
        "Authorization": "Bearer forged",
    }
    status, body = send(laptop, "pet-breeder", csr(), headers=headers)
    assert status == 200
    assert "pet-breeder" in x509.load_pem_x509_certificate(body).subject.rfc4514_string()


@pytest.mark.parametrize(
    ("body", "expected"),
    [(b"", 400), (b"not a request", 400), (b"A" * 5000, 413)],
    ids=["empty", "not PEM", "oversized"],
)
def test_a_bad_body_is_answered_with_a_reason(laptop, body, expected):
    status, answer = send(laptop, "pet-shop", body)
    assert (status, "message" in json.loads(answer)) == (expected, True)


def test_a_body_above_8_kb_does_not_pass_the_web_acl(laptop):
    assert send(laptop, "pet-shop", b"A" * 9000)[0] == 403


def test_a_client_revoked_a_moment_ago_gets_none_while_its_answer_is_cached(laptop, tmp_path):
    """Both caches keep a minute: the calls still pass, the renewal does not."""
    pair = own_files(laptop, tmp_path, "pet-breeder")
    renew(laptop, pair)
    assert send(laptop, pair, csr())[0] == 200
    portcullis(laptop, "clients", "suspend", "pet-breeder", "--table", TABLE)
    try:
        status, body = send(laptop, pair, csr())
        assert (status, json.loads(body)["reason"]) == (403, "suspended")
        assert "403" in renew(laptop, pair, exit_code=1)
    finally:
        portcullis(laptop, "clients", "resume", "pet-breeder", "--table", TABLE)


def test_a_successor_is_refused_once_the_first_certificate_is_revoked(laptop, tmp_path):
    pair = own_files(laptop, tmp_path)
    first = leaf(pair)
    renew(laptop, pair)
    # The command calls with what it gets, and both caches keep a minute. This one is not called.
    key, new = keys.generate(), {name: tmp_path / f"new.{name}" for name in pair}
    new["certificate"].write_bytes(send(laptop, pair, csr(key))[1])
    new["key"].write_bytes(keys.to_pem(key))
    portcullis(
        laptop, "clients", "revoke", "--thumbprint", facts.thumbprint(first), "--table", TABLE
    )
    try:
        assert send(laptop, new, method="GET", path="/pets")[0] == 403
        status, body = send(laptop, pair, csr())
        assert (status, json.loads(body)["reason"]) == (403, "revoked")
    finally:
        portcullis(
            laptop, "clients", "unrevoke", "--thumbprint", facts.thumbprint(first), "--table", TABLE
        )


def test_the_log_of_the_function_names_client_and_serial_numbers(laptop, tmp_path):
    pair = own_files(laptop, tmp_path)
    before = leaf(pair)
    renew(laptop, pair)
    file = laptop.state / "log" / "portcullis-local-renewal.log"
    # The gateway reads it from the function's output, which may be after the answer.
    wait_for(lambda: f"{leaf(pair).serial_number:x}" in file.read_text())
    log = file.read_text()
    assert f"{before.serial_number:x}" in log
    assert "PRIVATE" not in log
    assert keys.to_pem(keys.generate())[:20].decode() not in log


def test_the_attack_matrix_has_cases_for_the_route(laptop):
    ready = laptop.state / "run" / "ready.json"
    described = json.loads(ready.read_text())
    assert described["certificate_renewal"] == {"path": PATH, "scope": SCOPE}
    names = [
        case.name for case in RenewalTarget(path=PATH, scope=SCOPE).cases(defaultdict(lambda: None))
    ]
    only = [word for name in names for word in ("--only", name)]
    report = json.loads(portcullis(laptop, "verify", "--state-dir", laptop.state, "--json", *only))
    assert (report["passed"], report["failed"], report["skipped"]) == (len(names), 0, 0)

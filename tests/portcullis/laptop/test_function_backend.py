"""A laptop whose backend is a Lambda function: the token arrives in requestContext, unforged."""

import base64
import json
import subprocess
import sys

import pytest
from cryptography import x509

from portcullis.pki.facts import thumbprint
from tests.portcullis.laptop.running import ROOT, running
from tests.portcullis.laptop.steady import PATIENT

pytestmark = pytest.mark.laptop
ARN = "arn:aws:lambda:eu-central-1:000000000000:function:pets:live"
CODE = """\
import json

def handle(event, context):
    return {"statusCode": 200, "body": json.dumps(event)}
"""


@pytest.fixture(scope="module")
def function_laptop(tmp_path_factory):
    code = tmp_path_factory.mktemp("code")
    (code / "app.py").write_text(CODE)
    with running(
        tmp_path_factory.mktemp("function-backend"),
        *PATIENT,
        *("--config", "backendUrl=", "--config", f"backendFunctionArn={ARN}"),
        *("--backend-code", str(code), "--backend-handler", "app.handle"),
    ) as started:
        yield started


def event_of(laptop, client="pet-shop", **headers):
    status, body, _ = laptop.call(client, headers=headers)
    assert status == 200
    return json.loads(body)


def claims_of(event):
    token = event["requestContext"]["authorizer"]["authorization"].removeprefix("Bearer ")
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


@pytest.mark.parametrize("client", ["pet-shop", "pet-viewer"])
def test_the_token_of_the_calling_client_arrives(function_laptop, client):
    event = event_of(function_laptop, client)
    assert claims_of(event)["client_id"] == client
    pem = event["requestContext"]["identity"]["clientCert"]["clientCertPem"]
    certificate = x509.load_pem_x509_certificate(pem.encode())
    assert claims_of(event)["cnf"]["x5t#S256"] == thumbprint(certificate)


@pytest.mark.parametrize(
    "header", ["Authorization", "X-Client-Certificate-Thumbprint", "X-Request-Id", "requestContext"]
)
def test_a_forged_header_changes_nothing_that_the_function_trusts(function_laptop, header):
    event = event_of(function_laptop, **{header: "forged"})
    assert "forged" not in json.dumps(event["requestContext"])
    assert claims_of(event)["client_id"] == "pet-shop"


def test_no_case_of_the_attack_matrix_differs(function_laptop):
    done = subprocess.run(
        [
            *(sys.executable, "-m", "portcullis", "verify", "--json"),
            *("--state-dir", function_laptop.state),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    report = json.loads(done.stdout)
    assert [case for case in report["cases"] if case["verdict"] == "failed"] == []
    passed = {case["name"] for case in report["cases"] if case["verdict"] == "passed"}
    assert {"forged-authorization", "forged-thumbprint", "clients-interleaved"} <= passed


def test_a_client_without_the_scope_reaches_no_function(function_laptop):
    status, _, _ = function_laptop.call("stranger")
    assert status == 403


def test_the_run_description_names_no_url(function_laptop):
    assert function_laptop.ready["backend_kind"] == "function"
    assert function_laptop.ready["backend"] is None

"""What a first attempt looks like: boto3 at import, everything done again on every call."""

import base64
import json
import os
import time
import uuid
from pathlib import Path

import boto3
from cryptography import x509
from cryptography.hazmat.primitives import hashes

KMS = boto3.client("kms")
CLIENTS = json.loads((Path(__file__).parent / "authorizer" / "clients.json").read_text())


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def handler(event, _context):
    certificate = x509.load_pem_x509_certificate(
        event["requestContext"]["identity"]["clientCert"]["clientCertPem"].encode()
    )
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    (uri,) = names.get_values_for_type(x509.UniformResourceIdentifier)
    client_id = CLIENTS["identities"]["sanUri"][uri][0]["client"]
    scopes = CLIENTS["clients"][client_id]["scopes"]
    thumbprint = encoded(certificate.fingerprint(hashes.SHA256()))
    now = int(time.time())
    header = {"alg": "ES256", "typ": "at+jwt", "kid": os.environ["PORTCULLIS_SIGNING_KID"]}
    claims = {
        "iss": os.environ["PORTCULLIS_ISSUER"],
        "aud": os.environ["PORTCULLIS_AUDIENCE"],
        "sub": client_id,
        "client_id": client_id,
        "scope": " ".join(scopes),
        "iat": now,
        "nbf": now,
        "exp": now + 300,
        "jti": str(uuid.uuid4()),
        "cnf": {"x5t#S256": thumbprint},
    }
    message = ".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
    signed = KMS.sign(
        KeyId=os.environ["PORTCULLIS_SIGNING_KEY"],
        Message=message.encode(),
        MessageType="RAW",
        SigningAlgorithm="ECDSA_SHA_256",
    )
    # A real one would also turn DER into r and s.
    token = f"{message}.{encoded(signed['Signature'])}"
    print(json.dumps({"requestId": event["requestContext"]["requestId"], "client": client_id}))
    return {
        "principalId": client_id,
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Action": "execute-api:Invoke",
                    "Effect": "Allow",
                    "Resource": event["methodArn"].split("/")[0] + "/*",
                }
            ],
        },
        "context": {"authorization": f"Bearer {token}", "clientId": client_id},
    }

"""A renewal function of values, and the calls that API Gateway makes of what a client sends."""

import base64
import dataclasses
import json
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from authorizer import certificate as certificates
from authorizer.registry import PackagedRegistry
from portcullis.pki import keys
from portcullis.pki.authority import Authority
from portcullis.pki.names import san_uri
from portcullis.registry import Client, ClientRegistry, ClientStatus, Identity, IdentityKind
from portcullis.renewal.service import CertificateRenewals
from portcullis.renewal.terms import RenewalTerms
from tests.authorizer.making import configuration

SCOPE = "certificates:renew"
SHOP, HOTEL = "spiffe://x/shop", "spiffe://x/hotel"
NOW = datetime.now(UTC).replace(microsecond=0)


@cache
def authority(number=0):
    return Authority.root("client", now=NOW).intermediate(f"client {number}", now=NOW)


def issued(uri=SHOP, *, by=None, lifetime=timedelta(hours=24)):
    """A client's certificate with its key."""
    client = uri.rpartition("/")[2]
    return (by or authority()).issue_client(
        client, [san_uri(uri)], organization="Pets, Inc.", lifetime=lifetime, now=NOW
    )


def without_key_identifier(of):
    """The same authority; its certificate lacks the subject key identifier."""
    old = of.certificate
    builder = x509.CertificateBuilder(
        issuer_name=old.subject,
        subject_name=old.subject,
        public_key=of.key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=old.not_valid_before_utc,
        not_valid_after=old.not_valid_after_utc,
    )
    for one in old.extensions:
        if isinstance(one.value, x509.BasicConstraints | x509.KeyUsage):
            builder = builder.add_extension(one.value, critical=one.critical)
    return Authority(certificate=builder.sign(of.key, keys.signature_hash(of.key)), key=of.key)


def csr(key=None, *, subject="", names=(), encoding=Encoding.PEM):
    """A signing request, and whatever else it asks for."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name.from_rfc4514_string(subject)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    key = key or keys.generate()
    return builder.sign(key, hashes.SHA256()).public_bytes(encoding)


def event(credential, body, *, client="shop", connection=True, **changes):
    """What API Gateway sends for a call with this certificate, which the authorizer let pass."""
    pem = credential.certificate.public_bytes(Encoding.PEM).decode()
    facts = certificates.parse(pem)
    made = {
        "httpMethod": "POST",
        "headers": {},
        "body": body.decode() if isinstance(body, bytes) else body,
        "isBase64Encoded": False,
        "requestContext": {
            "requestId": "r-1",
            "authorizer": {
                "clientId": client,
                "certificateThumbprint": facts.thumbprint,
                "clientCert": facts.byte_sequence,
                "authorization": "Bearer secret-token",
                "principalId": client,
            },
            "identity": {"clientCert": {"clientCertPem": pem}} if connection else {},
        },
    }
    return made | changes


def client(uri=SHOP, **changes):
    values = {
        "id": uri.rpartition("/")[2],
        "description": "",
        "match": (Identity(kind=IdentityKind.SAN_URI, value=uri),),
        "pins": (),
        "scopes": ("pets:read", SCOPE),
        "status": ClientStatus.ACTIVE,
    }
    return Client(**(values | changes))


def registry(*clients, **revoked):
    listed = clients or (client(SHOP), client(HOTEL))
    return PackagedRegistry(json.loads(ClientRegistry(clients=listed, **revoked).to_json()))


def terms(**changes):
    made = RenewalTerms(
        authority=authority(),
        predecessors=(authority().certificate,),
        lifetime=timedelta(hours=12),
        scope=SCOPE,
        renewals_per_day=3,
    )
    return dataclasses.replace(made, **changes)


class Renewals:
    """The function, and the lines of its log."""

    def __init__(self, of=None, *, table=None, config=None, **changes):
        self.lines = []
        self._function = CertificateRenewals(
            terms(**changes),
            config or configuration(),
            of or registry(),
            table=table,
            clock=NOW.timestamp,
            write=self.lines.append,
        )

    def answer(self, event):
        return self._function.answer(event, None)

    def renewed(self, credential, body=None, **how):
        """The new certificate; a refusal fails the test."""
        answer = self.answer(event(credential, csr() if body is None else body, **how))
        assert answer["statusCode"] == 200, answer
        return x509.load_pem_x509_certificates(answer["body"].encode())[0]

    def refusal(self, sent):
        """Status and reason of a refused call."""
        answer = self.answer(sent)
        return answer["statusCode"], json.loads(answer["body"])["reason"]

    @property
    def log(self):
        return json.loads(self.lines[-1])


def der_base64(key=None):
    return base64.b64encode(csr(key, encoding=Encoding.DER)).decode()

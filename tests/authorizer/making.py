"""Certificates, events and an authorizer made of values: no Lambda, no network, no patches."""

import base64
import copy
import datetime
import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from authorizer.config import Config
from authorizer.policy import Policies, Route
from authorizer.registry import RegistrySource
from authorizer.revocations import RevocationLists
from authorizer.service import Authorizer

NOW = datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.UTC)
KEY_ARN = "arn:aws:kms:eu-central-1:000000000000:key/0b0b0b0b-1111-2222-3333-444444444444"
STAGE_ARN = "arn:aws:execute-api:eu-central-1:000000000000:a1b2c3d4e5/local"
SHOP_URI = "spiffe://portcullis.local/client/pet-shop"
VIEWER_URI = "spiffe://portcullis.local/client/pet-viewer"
HOTEL_URI = "spiffe://portcullis.local/client/pet-hotel"
ROUTES = (
    Route(method="GET", path="/", scope="pets:read"),
    Route(method="GET", path="/pets", scope="pets:read"),
    Route(method="GET", path="/pets/{petId}", scope="pets:read"),
    Route(method="POST", path="/pets", scope="pets:write"),
)


@cache
def elliptic_key(curve: type[ec.EllipticCurve] = ec.SECP256R1) -> ec.EllipticCurvePrivateKey:
    # The same key in every run: a hostile input that found something is then found again.
    number = int.from_bytes(hashlib.sha512(curve.name.encode()).digest()[:24])
    return ec.derive_private_key(number, curve())


@cache
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def name(**attributes: str) -> x509.Name:
    oids = {
        "CN": NameOID.COMMON_NAME,
        "O": NameOID.ORGANIZATION_NAME,
        "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
        "C": NameOID.COUNTRY_NAME,
    }
    return x509.Name([x509.NameAttribute(oids[key], value) for key, value in attributes.items()])


ISSUER = name(CN="Portcullis Issuing CA", O="Portcullis")
LEAF_USAGE = {
    "digital_signature": True,
    "content_commitment": False,
    "key_encipherment": False,
    "data_encipherment": False,
    "key_agreement": False,
    "key_cert_sign": False,
    "crl_sign": False,
    "encipher_only": False,
    "decipher_only": False,
}


def certificate(
    *,
    uris: tuple[str, ...] = (SHOP_URI,),
    dns_names: tuple[str, ...] = (),
    subject: x509.Name | None = None,
    issuer: x509.Name = ISSUER,
    not_before: datetime.datetime = NOW - datetime.timedelta(days=1),
    not_after: datetime.datetime = NOW + datetime.timedelta(days=30),
    key: Any = None,
    signer: Any = None,
    digest: hashes.HashAlgorithm | None = None,
    serial_number: int | None = None,
    purposes: tuple[x509.ObjectIdentifier, ...] | None = (ExtendedKeyUsageOID.CLIENT_AUTH,),
    is_ca: bool | None = False,
    usage: Mapping[str, bool] | None = LEAF_USAGE,
    extra: tuple[tuple[x509.ExtensionType, bool], ...] = (),
    **sign_options: Any,
) -> x509.Certificate:
    """A good client certificate; each argument breaks one thing."""
    key = key or elliptic_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(CN="pet-shop") if subject is None else subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(serial_number or x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
    )
    names: list[x509.GeneralName] = [x509.UniformResourceIdentifier(uri) for uri in uris]
    names += [x509.DNSName(dns_name) for dns_name in dns_names]
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if purposes is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    if is_ca is not None:
        builder = builder.add_extension(
            x509.BasicConstraints(ca=is_ca, path_length=None), critical=True
        )
    if usage is not None:
        builder = builder.add_extension(x509.KeyUsage(**usage), critical=True)
    for extension, is_critical in extra:
        builder = builder.add_extension(extension, critical=is_critical)
    return builder.sign(signer or elliptic_key(), digest or hashes.SHA256(), **sign_options)


def pem(of: x509.Certificate) -> str:
    return of.public_bytes(Encoding.PEM).decode("ascii")


def thumbprint(of: x509.Certificate) -> str:
    return base64.urlsafe_b64encode(of.fingerprint(hashes.SHA256())).rstrip(b"=").decode()


def rest_event(client_certificate_pem: str | None, *, method: str = "GET", path: str = "/pets"):
    """A REQUEST event of a REST API behind a mutual TLS domain, as AWS documents it."""
    identity: dict[str, Any] = {
        "cognitoIdentityPoolId": None,
        "accountId": None,
        "apiKey": None,
        "sourceIp": "127.0.0.1",
        "userAgent": "curl/8.5.0",
        "user": None,
    }
    if client_certificate_pem is not None:
        identity["clientCert"] = {
            "clientCertPem": client_certificate_pem,
            "subjectDN": "CN=pet-shop",
            "issuerDN": "O=Portcullis,CN=Portcullis Issuing CA",
            "serialNumber": "a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1",
            "validity": {
                "notBefore": "Nov 21 12:00:00 2026 GMT",
                "notAfter": "Dec 22 12:00:00 2026 GMT",
            },
        }
    return {
        "type": "REQUEST",
        "methodArn": f"{STAGE_ARN}/{method}{path}",
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": {"Host": "localhost", "User-Agent": "curl/8.5.0"},
        "multiValueHeaders": {"Host": ["localhost"], "User-Agent": ["curl/8.5.0"]},
        "queryStringParameters": {},
        "multiValueQueryStringParameters": {},
        "pathParameters": {},
        "stageVariables": {},
        "requestContext": {
            "resourceId": "05c7jb",
            "resourcePath": path,
            "operationName": "listPets",
            "httpMethod": method,
            "extendedRequestId": "aZ0bFE1DliAEYGw=",
            "requestTime": "22/Nov/2026:12:00:00 +0000",
            "path": path,
            "accountId": "000000000000",
            "protocol": "HTTP/1.1",
            "stage": "local",
            "domainPrefix": "localhost",
            "requestTimeEpoch": 1795348800000,
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "domainName": "localhost",
            "apiId": "a1b2c3d4e5",
            "identity": identity,
        },
    }


def registry_document(**changes: Any) -> dict[str, Any]:
    """What the zip holds, with the three clients of the laptop."""
    document: dict[str, Any] = {
        "version": 1,
        "clients": {
            "pet-shop": entry("pets:read", "pets:write"),
            "pet-viewer": entry("pets:read"),
            "pet-hotel": entry("pets:read", status="suspended"),
        },
        "identities": {
            "sanUri": {
                SHOP_URI: [{"client": "pet-shop", "issuer": None}],
                VIEWER_URI: [{"client": "pet-viewer", "issuer": None}],
                HOTEL_URI: [{"client": "pet-hotel", "issuer": None}],
            },
            "sanDns": {},
            "subject": {},
        },
        "revoked": {"thumbprints": {}, "serialNumbers": {}},
    }
    return copy.deepcopy(document | changes)


def entry(*scopes: str, status: str = "active", pins: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"scopes": list(scopes), "status": status, "pins": list(pins), "ratePlan": None}


def configuration(**changes: Any) -> Config:
    values: dict[str, Any] = {
        "issuer": "https://localhost",
        "audience": "petstore",
        "signing_key_arn": KEY_ARN,
        "key_id": "k" * 43,
        "token_life_seconds": 300,
        "authorizer_cache_seconds": 0,
    }
    return Config(**(values | changes))


@dataclass
class LocalSigner:
    """A KMS with one key, in memory; ``failure`` is raised instead of an answer."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=elliptic_key)
    failure: Exception | None = None
    signature: bytes | None = None  # answered instead of a real one
    messages: list[bytes] = field(default_factory=list)
    deadlines: list[float] = field(default_factory=list)

    def sign(self, message: bytes, *, deadline: float) -> bytes:
        self.messages.append(message)
        self.deadlines.append(deadline)
        if self.failure is not None:
            raise self.failure
        if self.signature is not None:
            return self.signature
        return self.key.sign(message, ec.ECDSA(hashes.SHA256()))


@dataclass
class Bench:
    """An authorizer with everything around it in reach."""

    registry: RegistrySource
    policies: Policies
    signer: LocalSigner
    config: Config
    revocations: RevocationLists | None = None
    now: float = NOW.timestamp()
    log: io.StringIO = field(default_factory=io.StringIO)

    def __post_init__(self) -> None:
        self.authorizer = Authorizer(
            config=self.config,
            registry=self.registry,
            policies=self.policies,
            signer=self.signer,
            revocations=self.revocations,
            function_name="the-function",
            clock=lambda: self.now,
            write=self.log.write,
        )

    def answer(self, event: object, context: object = None) -> dict[str, Any]:
        return self.authorizer.answer(event, context)

    def present(self, shown: x509.Certificate, **request: str) -> dict[str, Any]:
        return self.answer(rest_event(pem(shown), **request))

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.getvalue().splitlines()]


def effects(answer: dict[str, Any]) -> list[str]:
    return [statement["Effect"] for statement in answer["policyDocument"]["Statement"]]

"""A renewal gives the identity of the presented certificate to a new key, and nothing else."""

import base64
import dataclasses
import random
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from authorizer import certificate
from authorizer.der import SEQUENCE, element, elements
from authorizer.twin import twin_of
from portcullis.pki import facts, keys, kms_key
from portcullis.pki.credential import Credential, to_pem
from portcullis.pki.keys import KeyType
from portcullis.pki.names import san_uri
from portcullis.registry import ClientStatus, Identity, IdentityKind
from portcullis.renewal.refusal import RenewalRefusedError
from portcullis.renewal.request import requested_key
from tests.authorizer import surgery
from tests.authorizer.making import configuration
from tests.portcullis.renewal.calls import (
    HOTEL,
    NOW,
    SHOP,
    Renewals,
    authority,
    client,
    csr,
    der_base64,
    event,
    issued,
    registry,
    without_key_identifier,
)


def san(of):
    return of.extensions.get_extension_for_class(x509.SubjectAlternativeName).value


def parsed(of):
    return certificate.parse(to_pem(of).decode())


def test_the_successor_has_the_names_of_the_presented_certificate_and_the_requested_key():
    old, key = issued(), keys.generate()
    new = Renewals().renewed(old, csr(key))
    new.verify_directly_issued_by(authority().certificate)
    assert new.public_key() == key.public_key()
    assert new.subject == old.certificate.subject
    assert san(new) == san(old.certificate)
    assert new.serial_number != old.certificate.serial_number
    usage = new.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert parsed(new).fault is None


def test_names_and_usages_that_the_request_asks_for_are_ignored():
    old = issued()
    new = Renewals().renewed(old, csr(subject="CN=hotel", names=[san_uri(HOTEL)]))
    assert (new.subject, san(new)) == (old.certificate.subject, san(old.certificate))


@pytest.mark.parametrize("kind", [KeyType.P384, KeyType.RSA_2048])
def test_other_strong_keys_are_accepted(kind):
    key = keys.generate(kind)
    assert Renewals().renewed(issued(), csr(key)).public_key() == key.public_key()


def test_base64_of_der_is_accepted_too():
    key = keys.generate()
    assert Renewals().renewed(issued(), der_base64(key)).public_key() == key.public_key()


def test_the_lifetime_is_that_of_the_settings():
    assert Renewals().renewed(issued()).not_valid_after_utc == NOW + timedelta(hours=12)


def test_the_lifetime_ends_with_the_authority_at_the_latest():
    new = Renewals(lifetime=timedelta(days=3000)).renewed(issued())
    end = authority().certificate.not_valid_after_utc
    assert end - timedelta(minutes=1) < new.not_valid_after_utc <= end


@pytest.mark.parametrize(
    ("status", "reason"),
    [(ClientStatus.REVOKED, "revoked"), (ClientStatus.SUSPENDED, "suspended")],
)
def test_a_refused_client_gets_none_although_a_cached_answer_let_it_in(status, reason):
    renewals = Renewals(registry(client(status=status)))
    assert renewals.refusal(event(issued(), csr())) == (403, reason)


def test_a_revoked_certificate_gets_no_successor():
    old = issued()
    revoked = registry(client(), revoked_thumbprints=(facts.thumbprint(old.certificate),))
    assert Renewals(revoked).refusal(event(old, csr())) == (403, "revoked")


def test_a_successor_is_revoked_with_the_certificate_that_its_line_began_with():
    """Whoever had the old key may have renewed before the revocation, twice here."""
    old, key = issued(), keys.generate()
    second = Renewals().renewed(old, csr(key))
    third = Renewals().renewed(dataclasses.replace(old, certificate=second))
    after = registry(client(), revoked_thumbprints=(facts.thumbprint(old.certificate),))
    assert [after.is_revoked(parsed(one)) for one in (second, third)] == [True, True]
    assert not registry(client()).is_revoked(parsed(third))


def test_a_twin_of_the_revoked_certificate_does_not_begin_a_line_of_its_own():
    old = issued()
    twin = x509.load_der_x509_certificate(twin_of(parsed(old.certificate).der))
    new = Renewals().renewed(dataclasses.replace(old, certificate=twin))
    after = registry(client(), revoked_thumbprints=(facts.thumbprint(old.certificate),))
    assert facts.thumbprint(twin) != facts.thumbprint(old.certificate)
    assert after.is_revoked(parsed(new))


@pytest.mark.parametrize(
    ("ended", "answer"), [(30, (200, "ok")), (60, (200, "ok")), (61, (403, "expired"))]
)
def test_a_certificate_that_has_ended_is_renewed_within_the_clock_skew(ended, answer):
    """The authorizer lets it call that long, and nothing more is asked for a renewal."""
    end = NOW - timedelta(seconds=ended)
    old = authority().issue_client("shop", [san_uri(SHOP)], not_after=end)
    renewals = Renewals(config=configuration(clock_skew_seconds=60))
    renewals.answer(event(old, csr()))
    assert (renewals.log["status"], renewals.log["reason"]) == answer


def test_a_client_without_the_scope_gets_none():
    renewals = Renewals(registry(client(scopes=("pets:read",))))
    assert renewals.refusal(event(issued(), csr())) == (403, "missing_scope")


def test_an_unknown_client_gets_none():
    assert Renewals(registry(client(HOTEL))).refusal(event(issued(), csr())) == (
        403,
        "unknown_client",
    )


def test_a_certificate_of_another_authority_gets_no_successor():
    other = issued(by=authority(1))
    assert Renewals().refusal(event(other, csr())) == (403, "other_authority")


def test_a_certificate_of_a_replaced_authority_gets_one_of_the_present_one():
    predecessors = (authority().certificate, authority(1).certificate)
    new = Renewals(predecessors=predecessors).renewed(issued(by=authority(1)))
    new.verify_directly_issued_by(authority().certificate)


def test_a_client_that_is_known_by_its_subject_needs_no_alternative_name():
    old = authority().issue_client("shop", [], now=NOW)
    subject = Identity(kind=IdentityKind.SUBJECT, value=parsed(old.certificate).subject)
    new = Renewals(registry(client(match=(subject,)))).renewed(old)
    assert new.subject == old.certificate.subject
    assert parsed(new).uris == parsed(new).dns_names == ()
    with pytest.raises(x509.ExtensionNotFound):
        san(new)


def test_an_authority_without_a_key_identifier_is_an_answer():
    bare = without_key_identifier(authority())
    renewals = Renewals(authority=bare, predecessors=(bare.certificate,))
    assert renewals.answer(event(issued(by=authority()), csr()))["statusCode"] == 503
    assert "no subject key identifier" in renewals.log["detail"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Client-Cert": "hotel", "X-Client-Id": "hotel", "Authorization": "Bearer forged"},
        {"X-Amzn-Client-Cert": "forged", "x-forwarded-client-cert": "By=hotel"},
    ],
)
def test_headers_of_the_caller_say_nothing(headers):
    sent = event(issued(), csr(), headers=headers, multiValueHeaders={})
    renewals = Renewals()
    assert renewals.answer(sent)["statusCode"] == 200
    assert renewals.log["clientId"] == "shop"


def test_an_answer_cached_for_another_certificate_is_not_used():
    sent = event(issued(), csr())
    own = event(issued(HOTEL), csr())["requestContext"]["identity"]
    sent["requestContext"]["identity"] = own
    assert Renewals().refusal(sent) == (403, "not_authorized")


def test_the_connection_s_certificate_may_be_missing_in_the_event():
    assert Renewals().renewed(issued(), connection=False)


@pytest.mark.parametrize(
    "change",
    [
        {"clientCert": None},
        {"clientCert": ":bm90IGEgY2VydGlmaWNhdGU=:"},
        {"certificateThumbprint": "A" * 43},
        {"clientId": "hotel"},
    ],
    ids=["no certificate", "not a certificate", "another thumbprint", "another client"],
)
def test_a_context_that_contradicts_itself_is_refused(change):
    sent = event(issued(), csr())
    sent["requestContext"]["authorizer"] |= change
    assert Renewals().refusal(sent) == (403, "not_authorized")


@pytest.mark.parametrize("missing", ["requestContext", "authorizer"])
def test_a_call_that_no_authorizer_let_in_is_refused(missing):
    sent = event(issued(), csr())
    if missing == "authorizer":
        del sent["requestContext"][missing]
    else:
        del sent[missing]
    assert Renewals().refusal(sent) == (403, "not_authorized")


BAD = {
    "not PEM": lambda: "hello, authority",
    "a certificate": lambda: to_pem(issued().certificate).decode(),
    "two requests": lambda: 2 * csr().decode(),
    "text around it": lambda: "x\n" + csr().decode(),
    "not DER": lambda: "aGVsbG8=",
    "weak RSA key": lambda: csr(rsa.generate_private_key(65537, 1024)).decode(),  # noqa: S505
    "not ASCII": lambda: "é" * 20,
}


def test_a_loop_is_bounded_also_without_a_table():
    renewals = Renewals(renewals_per_day=2)
    first, key = issued(), keys.generate()
    second = Credential(certificate=renewals.renewed(first, csr(key)), key=key)
    renewals.renewed(second)
    for credential in (first, second):
        assert renewals.refusal(event(credential, csr())) == (429, "too_many")


@pytest.mark.parametrize("body", ["", " \n", None])
def test_a_call_without_a_request_tells_whether_the_certificate_could_be_renewed(body):
    renewals = Renewals()
    assert renewals.refusal(event(issued(), body)) == (400, "no_request")
    assert renewals.refusal(event(issued("spiffe://x/unknown"), body))[0] == 403


@pytest.mark.parametrize("body", BAD.values(), ids=BAD)
def test_a_body_that_is_not_one_strong_request_is_refused(body):
    renewals = Renewals()
    assert renewals.refusal(event(issued(), body())) == (400, "bad_request")
    assert "newSerialNumber" not in renewals.log


@pytest.mark.parametrize("as_pem", [True, False])
def test_a_request_of_another_version_is_refused(as_pem):
    der = csr(encoding=Encoding.DER).replace(b"\x02\x01\x00", b"\x02\x01\x0a", 1)
    body = base64.b64encode(der).decode()
    if as_pem:
        label = "CERTIFICATE REQUEST-----"
        body = f"-----BEGIN {label}\n{body}\n-----END {label}\n"
    assert Renewals().refusal(event(issued(), body)) == (400, "bad_request")


def damaged(der, chance):
    """One bit of each octet is changed; then a few octets are changed, left out or repeated."""
    for position in range(len(der)):
        flipped = bytearray(der)
        flipped[position] ^= 1 << chance.randrange(8)
        yield flipped
    for _ in range(500):
        changed = bytearray(der)
        for _ in range(chance.choice((1, 1, 2, 4))):
            start = chance.randrange(len(changed))
            changed[start : start + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
        yield changed


@pytest.mark.parametrize("kind", [KeyType.P256, KeyType.RSA_2048])
@pytest.mark.parametrize("as_pem", [True, False])
def test_a_damaged_request_is_refused_or_has_the_same_key(kind, as_pem):
    chance, key, old = random.Random(1), keys.generate(kind), issued()  # noqa: S311
    refused = 0
    for der in damaged(csr(key, subject="CN=a", encoding=Encoding.DER), chance):
        body = base64.b64encode(der).decode()
        if as_pem:
            body = surgery.armour(der, "CERTIFICATE REQUEST")
        try:
            assert requested_key({"body": body}, old.certificate) == key.public_key()
        except RenewalRefusedError:
            refused += 1
    assert refused > 500


def test_a_request_that_another_key_signed_is_refused():
    """The sender copied a public key of which it has no private key."""
    signed, algorithm, _ = elements(csr(encoding=Encoding.DER))
    _, _, signature = elements(csr(encoding=Encoding.DER))
    body = base64.b64encode(element(SEQUENCE, signed + algorithm + signature)).decode()
    assert Renewals().refusal(event(issued(), body)) == (400, "bad_request")


def test_the_old_key_gets_no_new_certificate():
    old = issued()
    assert Renewals().refusal(event(old, csr(old.key))) == (400, "bad_request")


@pytest.mark.parametrize("is_base64", [False, True])
def test_an_oversized_body_is_refused_before_it_is_parsed(is_base64):
    sent = event(issued(), "A" * 20_000, isBase64Encoded=is_base64)
    assert Renewals().refusal(sent) == (413, "too_large")


def test_a_pin_in_a_file_cannot_be_followed():
    old = issued()
    renewals = Renewals(registry(client(pins=(facts.thumbprint(old.certificate),))))
    assert renewals.refusal(event(old, csr())) == (409, "pinned_in_file")


def test_the_log_has_both_serial_numbers_and_neither_key_nor_token():
    renewals, old, key = Renewals(), issued(), keys.generate()
    new = renewals.renewed(old, csr(key))
    assert renewals.log["serialNumber"] == f"{old.certificate.serial_number:x}"
    assert renewals.log["newSerialNumber"] == f"{new.serial_number:x}"
    assert renewals.log["clientId"] == "shop"
    assert "secret-token" not in renewals.lines[-1]
    assert "PRIVATE" not in renewals.lines[-1]


def test_without_an_answer_of_kms_nothing_is_issued():
    arn = "arn:aws:kms:eu-central-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"
    key = kms_key.of(arn, authority().certificate.public_key())
    key._kms = Refusing()
    renewals = Renewals(authority=dataclasses.replace(authority(), key=key))
    answer = renewals.answer(event(issued(), csr()))
    assert answer["statusCode"] == 503
    assert arn not in answer["body"]  # for the log alone
    assert "DisabledException" in renewals.log["detail"]


class Refusing:
    """A client of KMS whose key is disabled."""

    def sign(self, **_arguments):
        raise ClientError({"Error": {"Code": "DisabledException"}}, "Sign")


def test_a_replayed_call_gives_another_certificate_for_the_same_key_and_identity():
    renewals, old, body = Renewals(), issued(), csr()
    first, again = renewals.renewed(old, body), renewals.renewed(old, body)
    assert first.serial_number != again.serial_number
    assert (first.public_key(), san(first)) == (again.public_key(), san(again))


def test_the_identity_of_a_replayed_request_is_that_of_the_connection():
    """Another client's request gives it a certificate that only the other client can use."""
    body = csr()
    new = Renewals().renewed(issued(HOTEL), body, client="hotel")
    assert san(new) == x509.SubjectAlternativeName([san_uri(HOTEL)])
    assert new.subject != issued(SHOP).certificate.subject

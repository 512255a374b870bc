"""Truststore, allow-list, registry and revocation list of a stack."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from portcullis.doctor.diagnosis import Health
from portcullis.doctor.stack_files import check_stack_files
from portcullis.doctor.stack_under_check import read_stack
from portcullis.pki import hierarchy
from portcullis.pki.layout import PkiLayout, Purpose
from portcullis.pki.revocation import RevocationRecord, sign
from portcullis.settings.groups.clients import ClientSettings
from portcullis.settings.groups.location import LocationSettings
from portcullis.settings.groups.web_acl import WebAclSettings
from portcullis.settings.project import LAPTOP_ACCOUNT


@pytest.fixture
def authority(stack_with):
    """A good truststore and a registry in the stack's folder."""
    stack = stack_with()
    (made,) = hierarchy.create_all(PkiLayout(stack.project / "pki"), [Purpose.CLIENT])
    (stack.project / "truststore.pem").write_bytes(made.anchors.read_bytes())
    (stack.project / "clients.dev.yaml").write_text(
        "clients: [{id: a, match: [{sanUri: 'x:a'}], scopes: ['p:r'], status: active}]\n"
    )
    return made.hierarchy


def lines(stack, check, **options):
    return [line for line in check_stack_files(stack, **options) if line.check == check]


def test_good_files_are_fine(authority, stack_with):
    found = check_stack_files(stack_with())
    assert {line.check: line.health for line in found} == {
        "truststore": Health.OK,
        "clients": Health.OK,
    }


def test_an_issuer_that_ends_soon_is_a_warning_and_later_a_failure(authority, stack_with):
    end = authority.issuing.certificate.not_valid_after_utc
    for now, expected in [
        (end - timedelta(days=10), Health.WARN),
        (end + timedelta(days=1), Health.FAIL),
    ]:
        assert expected in {line.health for line in lines(stack_with(), "truststore", now=now)}


@pytest.mark.parametrize("content", [None, b"", b"text"], ids=["missing", "empty", "text"])
def test_a_truststore_that_cannot_be_used_is_a_failure(stack_with, content):
    stack = stack_with()
    if content is not None:
        (stack.project / "truststore.pem").write_bytes(content)
    assert [line.health for line in lines(stack, "truststore")] == [Health.FAIL]


def test_the_laptop_makes_its_truststore_itself(stack_with):
    location = LocationSettings(stack="dev", region="eu-central-1", account_id=LAPTOP_ACCOUNT)
    stack = replace(stack_with(), location=location)
    assert [line.health for line in lines(stack, "truststore")] == [Health.SKIPPED]


def test_the_example_truststore_is_a_failure(project):
    stack, _ = read_stack(project, "prod")
    (line,) = lines(stack, "truststore")
    assert line.health is Health.FAIL
    assert "example" in line.found


@pytest.mark.parametrize(
    ("cidr", "expected"),
    [
        ("203.0.113.0/28", Health.WARN),
        ("2001:db8:1::/48", Health.WARN),
        ("198.51.0.0/16", Health.OK),
        ("2a00::/32", Health.OK),
    ],
)
def test_networks_of_the_documentation_are_a_warning(authority, stack_with, cidr, expected):
    stack = replace(stack_with(), web_acl=WebAclSettings(allowed_cidrs=(cidr,)))
    assert [line.health for line in lines(stack, "allow-list")] == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [(None, Health.FAIL), ("clients: [1]\n", Health.FAIL), ("clients: []\n", Health.WARN)],
)
def test_a_registry_that_admits_nobody_is_reported(authority, stack_with, text, expected):
    path = stack_with().project / "clients.dev.yaml"
    path.unlink()
    if text is not None:
        path.write_text(text)
    assert [line.health for line in lines(stack_with(), "clients")] == [expected]


@pytest.mark.parametrize(
    ("age", "expected"),
    [(0, Health.OK), (6, Health.WARN), (8, Health.FAIL)],
    ids=["fresh", "due", "overdue"],
)
def test_a_revocation_list_is_due_before_its_next_update(authority, stack_with, age, expected):
    stack = stack_with(clients=ClientSettings(crl_file="issuer.crl"))
    signed = sign(authority.issuing, RevocationRecord(crl_number=1), lifetime=timedelta(days=7))
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415

    (stack.project / "issuer.crl").write_bytes(signed.public_bytes(Encoding.PEM))
    now = datetime.now(UTC) + timedelta(days=age)
    assert [line.health for line in lines(stack, "revocation list", now=now)] == [expected]


def test_a_revocation_list_of_another_issuer_is_a_failure(authority, stack_with):
    stack = stack_with(clients=ClientSettings(crl_file="issuer.crl"))
    (stack.project / "issuer.crl").write_bytes(b"text")
    assert [line.health for line in lines(stack, "revocation list")] == [Health.FAIL]

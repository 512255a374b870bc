"""How certificates, findings and lists are printed."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from portcullis.cli.certs import output
from portcullis.pki import facts, names, truststore
from portcullis.pki.generations import Generation
from portcullis.pki.hierarchy import Hierarchy
from portcullis.pki.layout import AuthorityFiles, Purpose
from portcullis.pki.revocation import RevocationRecord, sign
from portcullis.pki.signed_lists import SignedList

TRUSTED = Hierarchy.create(Purpose.CLIENT)
NAMES = (names.san_uri("spiffe://a/pet-shop"),)


def described(**options):
    return facts.of(TRUSTED.issuing.issue_client("pet-shop", NAMES, **options).certificate)


@pytest.mark.parametrize(
    ("described", "usage"),
    [
        (described(), "clientAuth"),
        (described(usages=()), "any"),
        (facts.of(TRUSTED.root.certificate), "CA"),
    ],
    ids=["client", "no usage", "authority"],
)
def test_the_usage_of_a_certificate_is_named(capsys, described, usage):
    output.print_certificate(described)
    (line,) = [text for text in capsys.readouterr().out.splitlines() if "usage" in text]
    assert line.split() == ["usage", usage]


def test_markup_in_a_name_is_printed_as_it_is(capsys):
    certificate = TRUSTED.issuing.issue_client("[red]x[/red]", NAMES).certificate
    output.print_certificate(facts.of(certificate))
    assert "CN=[red]x[/red]" in capsys.readouterr().out


def test_each_finding_has_one_line_with_its_code(capsys):
    pem = TRUSTED.anchors_pem(Purpose.CLIENT)
    findings = truststore.lint(pem + b"text", expires_soon=timedelta(days=5000))
    output.print_findings(Path("truststore.pem"), findings)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == [f"{f.severity} {f.code}" for f in findings]


def test_a_clean_truststore_is_confirmed(capsys):
    output.print_findings(Path("truststore.pem"), [])
    assert capsys.readouterr().out.startswith("truststore.pem: ")


def test_a_list_in_json_has_number_date_and_size(capsys):
    signed = sign(TRUSTED.issuing, RevocationRecord(crl_number=7))
    generation = Generation(files=AuthorityFiles.below(Path("ca")), is_current=True)
    unsigned = SignedList(generation=generation, crl=None, problem="no key")
    output.print_crls(
        [unsigned, SignedList(generation=generation, crl=signed)],
        as_json=True,
    )
    printed = json.loads(capsys.readouterr().out)
    assert (printed["crl"], printed["crlNumber"], printed["entries"]) == ("ca/crl.pem", 7, 0)
    assert printed["nextUpdate"] == signed.next_update_utc.isoformat()
    assert printed["lists"][1] == {"issuer": "ca", "problem": "no key"}

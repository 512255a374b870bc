"""Lint, deploy, gateway and packaging agree about each bad truststore, and so does the guide."""

from pathlib import Path

import pytest
from OpenSSL import SSL, crypto

from components.authorizer_zip.revocations import revocations_file
from components.truststore import TruststoreError, read_truststore
from portcullis.cli.clients.certificates import read_certificates
from portcullis.doctor.stack_files import _truststore
from portcullis.errors import PortcullisError
from portcullis.gateway.edge.handshake import HandshakeRecord
from portcullis.gateway.edge.tls_contexts import TlsAcceptor, TlsSetupError
from portcullis.gateway.resources.specs import DomainSpec
from portcullis.pki import certificate_file, facts, keys, truststore
from portcullis.pki.credential import to_pem
from portcullis.pki.truststore import Severity
from portcullis.registry.admission import refusal_of
from tests.portcullis.pki.truststore.bundles import (
    ACCEPTED,
    NOT_STARTED,
    NOW,
    REFUSED,
    ROOT,
    ROOT_KEY,
    rows,
)

ROWS = list(rows())
GUIDE = Path(__file__).parents[1] / "docs" / "guide" / "truststores.md"
pytestmark = pytest.mark.filterwarnings(
    # The gateway's own reading of a serial number that is not positive.
    "ignore:Parsed a serial number which wasn't positive",
)
each = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.what)


def codes(findings, severity):
    return sorted({f.code for f in findings if f.severity is severity})


@each
def test_the_lint_says_what_the_table_says(row):
    findings = truststore.lint(row.content)
    assert codes(findings, Severity.ERROR) == sorted(row.errors)
    assert codes(findings, Severity.WARNING) == sorted(row.warnings)
    for finding in findings:
        assert "\n" not in finding.message


@each
def test_a_deploy_and_the_doctor_accept_what_the_lint_accepts(row, tmp_path):
    path = tmp_path / "truststore.pem"
    path.write_bytes(row.content)
    lines, issuers = _truststore(path, tmp_path / "example.pem", NOW)
    assert all("\n" not in line.found for line in lines)
    if row.errors:
        with pytest.raises(TruststoreError, match=r"is not fit for API Gateway: [^\n]+\Z"):
            read_truststore(path, on_warning=lambda _: None)
        assert issuers == []
    else:
        read = read_truststore(path, on_warning=lambda _: None)
        assert list(read.certificates) == issuers
        assert revocations_file((), read.certificates)  # as the packaging writes it


@each
def test_the_gateway_accepts_no_client_of_a_ca_that_the_lint_refuses(row, server):
    verdicts = {row.gateway}
    try:
        acceptor = TlsAcceptor([domain(row.content)], server)
    except TlsSetupError as error:
        message = str(error)
        assert row.gateway == NOT_STARTED, message
        assert "\n" not in message
        return
    shown = handshake(acceptor, row.client)
    failure = acceptor.verify(
        "localhost",
        crypto.X509.from_cryptography(row.client.certificate),
        [crypto.X509.from_cryptography(one) for one in row.client.chain],
    )
    assert {shown, REFUSED if failure else ACCEPTED} == verdicts
    if not row.errors and row.gateway is ACCEPTED:
        assert refusal_of(row.client.certificate) is None


@each
def test_the_commands_read_the_file_or_refuse_it_in_one_line(row, tmp_path):
    path = tmp_path / "truststore.pem"
    path.write_bytes(row.content)
    for read in (read_certificates, certificate_file.read):
        try:
            found = read(path)
        except PortcullisError as error:
            message = str(error)
            assert row.errors, message
            assert "\n" not in message
            continue
        assert found
        for certificate in found:
            assert facts.of(certificate).subject


def test_an_accepted_bundle_refuses_a_client_only_where_the_table_says_why():
    odd = [row.what for row in ROWS if not row.errors and row.gateway != ACCEPTED]
    assert odd == [
        "name constraints that it does not",
        "the same, and a client whose certificate names no key",
    ]


def test_the_guide_has_the_table():
    wanted = [
        f"| {row.what} | {', '.join([*row.errors, *(f'({w})' for w in row.warnings)]) or '-'} | "
        f"{row.gateway} | {row.aws} |"
        for row in ROWS
    ]
    text = GUIDE.read_text()
    assert [line for line in wanted if line not in text] == []
    assert text.count("\n| ") == len(wanted) + 2  # head and line


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    files = folder / "server.pem", folder / "server.key"
    files[0].write_bytes(to_pem(ROOT))
    files[1].write_bytes(keys.to_pem(ROOT_KEY))
    return {"localhost": files}


def domain(content):
    return DomainSpec(
        domain_name="localhost", minimum_tls_version="TLSv1.2", truststore_pem=content
    )


def handshake(acceptor, client):
    """What the gateway records about a client in a handshake in memory."""
    record = HandshakeRecord()
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_cipher_list(b"ALL:@SECLEVEL=0")
    context.use_certificate(client.certificate)
    context.use_privatekey(client.key)
    ends = (SSL.Connection(context, None), acceptor.new_connection(record))
    ends[0].set_connect_state()
    ends[0].set_tlsext_host_name(b"localhost")
    for _ in range(10):
        for one, other in (ends, ends[::-1]):
            for step in (one.do_handshake, lambda o=one, p=other: p.bio_write(o.bio_read(1 << 17))):
                try:
                    step()
                except SSL.WantReadError:
                    continue
    assert record.has_verified
    return ACCEPTED if record.verify_failure is None else REFUSED

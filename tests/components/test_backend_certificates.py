"""The backend's trust file: every certificate, whichever the stage presents."""

import pulumi
from cryptography import x509

from components.backend_certificates import backend_certificates, certificates_pem, unix_lines


def program(*names):
    parent = pulumi.ComponentResource("test:index:Parent", "parent")
    made = backend_certificates("api", names, prefix="portcullis-dev", parent=parent)
    pulumi.export("pem", certificates_pem(made))


def test_the_trust_file_holds_every_certificate(engine):
    recorded = engine.run(lambda: program("first", "second"))
    trusted = x509.load_pem_x509_certificates(recorded.graph.stack_outputs["pem"].encode())
    declared = [
        x509.load_pem_x509_certificate(r.property("pemEncodedCertificate").encode())
        for r in recorded.all("ClientCertificate")
    ]
    assert trusted == declared
    assert len(trusted) == 2


def test_without_certificates_it_is_empty(engine):
    assert engine.run(program).graph.stack_outputs["pem"] == ""


def test_a_certificate_with_windows_line_ends_is_written_with_unix_ones():
    """As API Gateway answers it: CRLF, and nothing after the last line."""
    pem = "-----BEGIN CERTIFICATE-----\r\nMIIC\r\n-----END CERTIFICATE-----"
    assert unix_lines(pem) == "-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----\n"

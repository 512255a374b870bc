"""The guide's commands for certificates of another CA, with a CA of the test in its place."""

import re
import shlex
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from typer.testing import CliRunner

from portcullis.cli.main import app
from portcullis.pki.credential import to_pem
from portcullis.pki.hierarchy import Hierarchy
from portcullis.pki.layout import Purpose
from tests.portcullis.cli.certs.test_certs_guide import GUIDE


def commands(markdown):
    """Those of ours and of openssl; AWS Private CA is not called."""
    lines = "\n".join(re.findall(r"```sh\n(.*?)```", markdown, re.DOTALL))
    words = [shlex.split(line) for line in lines.replace("\\\n", " ").splitlines()]
    return [one for one in words if one and one[0] != "aws"]


def execute(words):
    if words[0] == "openssl":
        subprocess.run(words, capture_output=True, check=True, timeout=300)
    else:
        result = CliRunner().invoke(app, words[1:], catch_exceptions=False)
        assert result.exit_code == 0, result.output


@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl command here")
def test_a_certificate_of_another_ca_is_trusted_and_registered(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    other = Hierarchy.create(Purpose.CLIENT, organization="Another")
    Path("issuing.pem").write_bytes(to_pem(other.issuing.certificate))
    Path("above.pem").write_bytes(to_pem(other.root.certificate))
    Path("clients.dev.yaml").write_text("clients: []\n")
    part = GUIDE.read_text().partition("<!-- another CA: begin -->")[2]
    before, _, after = part.partition("<!-- another CA: end -->")[0].partition(
        "<!-- another CA: sign my.csr -->"
    )
    for words in commands(before):
        execute(words)
    request = x509.load_pem_x509_csr(Path("my.csr").read_bytes())
    san = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    signed = other.issuing.certify(
        request.public_key(),
        "pet-shop",
        list(san),
        usages=(ExtendedKeyUsageOID.CLIENT_AUTH,),
        lifetime=timedelta(days=90),
    )
    Path("pet-shop.pem").write_bytes(to_pem(signed))
    assert len(commands(before)) == 4
    assert len(commands(after)) == 2
    for words in commands(after):
        execute(words)
    assert "spiffe://example.com/pet-shop" in Path("clients.dev.yaml").read_text()

"""A bundle that API Gateway would refuse stops the preview; the lint itself is tested with pki."""

import pytest

from components.truststore import TruststoreError, read_truststore
from portcullis.errors import ExitCode


def never(message):
    raise AssertionError(message)


def test_a_good_bundle_is_read_with_its_issuers(truststore_file):
    truststore = read_truststore(truststore_file, on_warning=never)
    assert truststore.pem.encode() == truststore_file.read_bytes()
    assert [issuer.subject for issuer in truststore.issuers] == ["CN=Test root"]


def test_a_missing_bundle_says_how_to_make_one(tmp_path):
    with pytest.raises(TruststoreError, match="portcullis certs init") as caught:
        read_truststore(tmp_path / "none.pem", on_warning=never)
    assert caught.value.exit_code is ExitCode.MISUSE
    assert "set truststoreFile to the path of yours" in str(caught.value)


@pytest.mark.parametrize(
    "content", [b"", b"no certificate", b"\xff\xfe", b"-----BEGIN PRIVATE KEY-----\nAAAA\n"]
)
def test_an_unfit_bundle_never_gets_further(tmp_path, content):
    path = tmp_path / "truststore.pem"
    path.write_bytes(content)
    with pytest.raises(TruststoreError, match="not fit for API Gateway"):
        read_truststore(path, on_warning=never)


def test_an_expired_issuer_is_an_error(tmp_path, make_issuer):
    path = tmp_path / "truststore.pem"
    path.write_bytes(make_issuer("Old root", days=-0.01))
    with pytest.raises(TruststoreError, match="expired"):
        read_truststore(path, on_warning=never)


def test_a_warning_is_passed_on_and_stops_nothing(tmp_path, make_issuer):
    path = tmp_path / "truststore.pem"
    path.write_bytes(make_issuer("Short root", days=20))
    warnings = []
    read_truststore(path, on_warning=warnings.append)
    assert len(warnings) == 1
    assert str(path) in warnings[0]

"""CAs of one name are told apart, and the names fit into a handshake."""

import pytest

from portcullis.pki import keys, truststore
from portcullis.pki.credential import to_pem
from portcullis.pki.truststore import names
from tests.portcullis.pki.truststore.bundles import OTHER_KEY, ROOT_KEY, ca, long_names
from tests.portcullis.pki.truststore.making import codes


@pytest.mark.parametrize(
    ("has_identifiers", "expected"),
    [((True, True), []), ((True, False), ["same-name"]), ((False, False), ["same-name"])],
)
def test_two_keys_of_one_name_both_need_an_identifier(has_identifiers, expected):
    cas = [
        ca("same", key, identifier=has)
        for key, has in zip((ROOT_KEY, OTHER_KEY), has_identifiers, strict=True)
    ]
    assert codes(truststore.lint(to_pem(*cas))) == expected


def test_a_renewed_ca_with_its_old_key_needs_none():
    renewed = [ca("same", ROOT_KEY, identifier=False, serial_number=n) for n in (1, 2)]
    assert "same-name" not in codes(truststore.lint(to_pem(*renewed)))


def test_a_name_counts_once_however_many_certificates_have_it(monkeypatch):
    monkeypatch.setattr(names, "MAX_NAME_BYTES", 40)
    twice = to_pem(*(ca("a" * 20, key) for key in (ROOT_KEY, keys.generate())))
    assert codes(truststore.lint(twice)) == []
    assert codes(truststore.lint(long_names(1))) == ["names-too-long"]

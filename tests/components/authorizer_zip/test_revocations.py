"""The packed revocation lists."""

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from components.authorizer_zip.revocations import revocations_file
from portcullis.registry.revocation_lists import verified as crls
from tests.authorizer.lists import authority, signed
from tests.authorizer.making import NOW


@pytest.fixture
def loaded(tmp_path):
    def load(*lists, issuers=None, encoding=Encoding.PEM, now=NOW):
        path = tmp_path / "crl.pem"
        path.write_bytes(b"".join(one.public_bytes(encoding) for one in lists))
        return crls.load(path, issuers or [authority()], now=now)

    return load


def test_the_order_of_a_list_does_not_change_its_table(loaded):
    files = [
        revocations_file(loaded(one), [authority()]) for one in (signed(5, 6, 7), signed(7, 5, 6))
    ]
    assert files[0] == files[1]

"""Public keys are stored in files and found by a later process."""

import pytest

from portcullis.standin.remembered_keys import RememberedKeys
from portcullis.standin.signing_keys import UnknownKeyError


def test_a_later_object_finds_the_key(tmp_path):
    key_id = RememberedKeys(tmp_path).create("signing", {})
    stored = RememberedKeys(tmp_path).public_key_der(f"arn:aws:kms:r:1:key/{key_id}")
    assert RememberedKeys(tmp_path).create("signing", {}) == key_id
    assert RememberedKeys(tmp_path).public_key_der(key_id) == stored


def test_no_private_key_is_stored(tmp_path):
    RememberedKeys(tmp_path).create("signing", {})
    assert all(b"PRIVATE" not in path.read_bytes() for path in tmp_path.iterdir())
    assert [path.suffix for path in tmp_path.iterdir()] == [".der"]


@pytest.mark.parametrize("key_id", ["../x", "", "0" * 36, "alias/x"])
def test_another_name_is_unknown(tmp_path, key_id):
    with pytest.raises(UnknownKeyError):
        RememberedKeys(tmp_path).public_key_der(key_id)

"""The file of the crlFile setting has one writer at a time."""

import contextlib
import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from portcullis.registry.revocation_lists.in_file import CrlFile, put_in_place
from portcullis.registry.revocation_lists.verified import CrlError, load
from tests.authorizer.lists import authority, signed
from tests.authorizer.making import NOW


def test_two_imports_into_a_file_at_once_leave_the_newer_list(tmp_path):
    issuers = [authority()]
    target = tmp_path / "in-use.crl"
    paths = []
    for number in range(10, 26):
        paths.append(tmp_path / f"{number}.crl")
        paths[-1].write_bytes(signed(number=number).public_bytes(Encoding.PEM))
    random.Random(1).shuffle(paths)  # noqa: S311 - repeatable by design

    def take_in(path):
        with contextlib.suppress(CrlError):
            put_in_place(target, path, load(path, issuers, now=NOW), issuers)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(take_in, paths))
    assert load(target, issuers, now=NOW)[0].number == 25
    assert not list(tmp_path.glob(".in-use*"))


def test_a_list_that_another_command_imported_meanwhile_is_not_replaced_by_an_older_one(tmp_path):
    issuers, target = [authority()], tmp_path / "in-use.crl"

    def verified(number):
        path = tmp_path / f"{number}.crl"
        path.write_bytes(signed(number=number).public_bytes(Encoding.PEM))
        (found,) = load(path, issuers, now=NOW)
        return found

    CrlFile(target, issuers).replace(verified(7))
    slow = CrlFile(target, issuers)
    slow.check_newer(verified(8))
    CrlFile(target, issuers).replace(verified(9))
    with pytest.raises(CrlError, match="number 9 is in use"):
        slow.replace(verified(8))
    assert load(target, issuers, now=NOW)[0].number == 9

"""The error of a registry file names every fault."""

import pytest

from portcullis.errors import MisuseError
from tests.portcullis.registry.making import GOOD


def test_every_fault_of_a_file_is_told_at_once(problems):
    found = problems(GOOD.replace("pets:write", "x").replace("active", "y").replace("gold", "#"))
    assert [line for line, _ in found] == [9, 10, 11]


def test_the_message_names_file_line_entry_value_and_form(read, tmp_path):
    with pytest.raises(MisuseError) as caught:
        read(GOOD.replace("pets:write", "pets:wirte"))
    assert str(caught.value) == (
        f"{tmp_path}/clients.local.yaml:9: client pet-shop, scopes[0]: is 'pets:wirte', "
        "but must be one of pets:read, pets:write."
    )

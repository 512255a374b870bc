"""The functions' code of an export: the zip that was deployed, or one that an option names."""

import base64
import hashlib

import pytest

from portcullis.graph.resource import ARCHIVE, SIGNATURE, archive_path
from portcullis.laptop.exported.code import FUNCTION, with_code
from portcullis.laptop.exported.errors import SubstitutionError
from tests.portcullis.laptop.exported.stacks import function, stack


@pytest.fixture
def code(tmp_path):
    file = tmp_path / "authorizer.zip"
    file.write_bytes(b"a zip")
    return file


def deployed(code, **facts):
    return function(code={SIGNATURE: ARCHIVE, "path": str(code)}, **facts)


def digest(content):
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


@pytest.mark.parametrize("recorded", [{}, {"codeSha256": digest(b"a zip")}])
def test_the_deployed_zip_of_this_machine_stays(code, recorded):
    graph = stack(deployed(code, **recorded))
    assert with_code(graph, {}) == graph


def test_another_zip_at_the_same_path_is_not_what_was_deployed(code):
    with pytest.raises(SubstitutionError, match="deployed code of function authorizer is not"):
        with_code(stack(deployed(code, codeSha256=digest(b"another zip"))), {})


def test_code_that_is_only_on_aws_names_the_option():
    with pytest.raises(SubstitutionError, match=r"--code authorizer=ZIP"):
        with_code(stack(function()), {})


@pytest.mark.parametrize("name", ["", "authorizer"])
def test_an_option_takes_its_place(code, name):
    (found,) = with_code(stack(function()), {name: code}).of_type(FUNCTION)
    assert archive_path(found.property("code")) == str(code)


def test_a_zip_without_a_name_needs_exactly_one_function(code):
    with pytest.raises(SubstitutionError, match="--code one=ZIP --code two=ZIP"):
        with_code(stack(function("one"), function("two")), {"": code})


def test_a_name_that_is_not_in_the_export_is_an_error(code):
    with pytest.raises(SubstitutionError, match=r"'other'.*It has: authorizer"):
        with_code(stack(function()), {"other": code, "authorizer": code})


def test_a_zip_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(SubstitutionError, match="the file does not exist"):
        with_code(stack(function()), {"": tmp_path / "absent.zip"})

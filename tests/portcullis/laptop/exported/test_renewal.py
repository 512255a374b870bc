"""The renewal of an export; tests/portcullis/laptop/test_served_state.py calls it."""

import zipfile
from pathlib import Path

import pytest

from portcullis.graph.resource import ARCHIVE, SIGNATURE, archive_path
from portcullis.laptop.exported.errors import SubstitutionError
from portcullis.laptop.exported.renewal import AUTHORITY, renewal_key_arns, with_authority
from portcullis.pki.kms_key import KmsKeyUnfitError
from tests.portcullis.laptop.exported.stacks import function, stack

CA_KEY = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"


def renewal(code, arn=CA_KEY):
    variables = {"PORTCULLIS_RENEWAL_KEY": arn}
    code = {SIGNATURE: ARCHIVE, "path": str(code)}
    return function("renewal", code=code, environment={"variables": variables})


def zip_of(file, *names):
    with zipfile.ZipFile(file, "w") as made:
        for name in names:
            made.writestr(name, f"old {name}")
    return file


def test_only_the_renewal_s_function_gets_the_authority(tmp_path):
    names = (f"portcullis_gates/{AUTHORITY}", "authorizer/handler.py")
    graph = stack(function(), renewal(zip_of(tmp_path / "deployed.zip", *names)))
    folder = tmp_path / "run"
    folder.mkdir()
    changed = with_authority(graph, b"new", folder)
    authorizer, renewing = changed.resources
    assert authorizer == graph.resources[0]
    copy = Path(archive_path(renewing.property("code")))
    assert copy.parent == folder
    with zipfile.ZipFile(copy) as made:
        assert [made.read(name) for name in names] == [b"new", b"old authorizer/handler.py"]
    assert renewal_key_arns(changed) == [CA_KEY]


@pytest.mark.parametrize("names", [(), ("authorizer/handler.py",), (AUTHORITY, f"a/{AUTHORITY}")])
def test_code_without_one_authority_is_refused(tmp_path, names):
    graph = stack(renewal(zip_of(tmp_path / "other.zip", *names)))
    with pytest.raises(SubstitutionError, match="is not a zip of the certificate renewal"):
        with_authority(graph, b"new", tmp_path)


def test_code_that_is_not_a_zip_is_refused(tmp_path):
    (tmp_path / "code.zip").write_text("no zip")
    with pytest.raises(SubstitutionError, match="is not a zip of the certificate renewal"):
        with_authority(stack(renewal(tmp_path / "code.zip")), b"new", tmp_path)


def test_a_key_that_has_no_arn_is_refused(tmp_path):
    with pytest.raises(KmsKeyUnfitError):
        renewal_key_arns(stack(renewal(tmp_path, "arn:aws:kms")))

"""The code of the function that backendFunctionArn names, from a zip or a folder."""

import zipfile

import pytest

from portcullis.laptop.backend_function import BackendCodeError, backend_function

ARN = "arn:aws:lambda:eu-central-1:111122223333:function:orders"
HANDLER = "app.handler"


def test_a_zip_is_taken_as_it_is(tmp_path):
    code = tmp_path / "orders.zip"
    code.write_bytes(b"zip")
    spec = backend_function(f"{ARN}:live", code, HANDLER, tmp_path).spec
    assert (spec.name, spec.handler, spec.code) == ("orders", HANDLER, code)
    assert spec.qualifiers == {"live"}


def test_a_folder_becomes_a_zip(tmp_path):
    folder = tmp_path / "code"
    (folder / "__pycache__").mkdir(parents=True)
    (folder / "lib").mkdir()
    for name in ("app.py", "lib/more.py", "__pycache__/app.pyc"):
        (folder / name).touch()
    spec = backend_function(ARN, folder, HANDLER, tmp_path).spec
    assert zipfile.ZipFile(spec.code).namelist() == ["app.py", "lib/more.py"]
    assert spec.qualifiers == frozenset()


def test_missing_code_is_an_error_with_the_option(tmp_path):
    with pytest.raises(BackendCodeError, match=f"{ARN}.*--backend-code PATH"):
        backend_function(ARN, None, HANDLER, tmp_path)
    with pytest.raises(BackendCodeError, match=r"no such file or folder"):
        backend_function(ARN, tmp_path / "none", HANDLER, tmp_path)

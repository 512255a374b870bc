"""The Lambda function behind the API, which another stack deploys: its code on this machine."""

import zipfile
from pathlib import Path

from portcullis.errors import MisuseError
from portcullis.gateway.resources.arn import function_arn
from portcullis.gateway.resources.specs import FunctionSpec
from portcullis.laptop.backend_choice import BackendFunction

TIMEOUT_SECONDS = 30.0  # above the 29 seconds of an integration


class BackendCodeError(MisuseError):
    """The function's code is not where the option says, or there is no option."""


def backend_function(arn: str, code: Path | None, handler: str, scratch: Path) -> BackendFunction:
    """The function of ``backendFunctionArn``.

    Args:
        arn: the setting.
        code: a zip, as Lambda takes it, or the folder that it would be made of.
        handler: ``module.function``.
        scratch: where a zip of the folder is made.

    Raises:
        BackendCodeError: the code is missing.
    """
    if code is None:
        raise BackendCodeError(
            f"The stack's backend is the function {arn}, whose code this machine does not have. "
            "Name its zip or folder, and its handler: portcullis up --backend-code PATH "
            "--backend-handler MODULE.NAME"
        )
    if not code.exists():
        raise BackendCodeError(f"--backend-code {code}: there is no such file or folder.")
    named = function_arn(arn)
    assert named is not None  # noqa: S101 - the setting was checked
    return BackendFunction(
        spec=FunctionSpec(
            name=named.name,
            handler=handler,
            code=_zipped(code, scratch / f"{named.name}.zip") if code.is_dir() else code,
            timeout_seconds=TIMEOUT_SECONDS,
            qualifiers=frozenset({named.qualifier} if named.qualifier else ()),
        )
    )


def _zipped(folder: Path, file: Path) -> Path:
    with zipfile.ZipFile(file, "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                archive.write(path, path.relative_to(folder))
    return file

"""The certificate renewal of an exported graph, signing with the laptop's own client CA.

The key of the stack's client CA is in AWS KMS alone. So the emulated KMS holds the key of the
laptop's client CA under the same ARN, and the function gets that CA's certificate in place of the
one in its zip.
"""

import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from portcullis.graph.resource import ARCHIVE, SIGNATURE, Graph, Resource, archive_path
from portcullis.laptop.exported.code import FUNCTION
from portcullis.laptop.exported.errors import SubstitutionError
from portcullis.pki import kms_key

KEY_VARIABLE: Final = "PORTCULLIS_RENEWAL_KEY"
AUTHORITY: Final = "portcullis/renewal/authority.pem"  # in the wheel's zips below another package


def renewal_key_arns(graph: Graph) -> list[str]:
    """The ARNs of the CA keys that the graph's functions sign with.

    Raises:
        KmsKeyUnfitError: one of them is not the ARN of a KMS key.
    """
    arns = {_key_arn(function) for function in graph.of_type(FUNCTION)}
    return sorted(kms_key.checked_arn(arn) for arn in arns if arn)


def with_authority(graph: Graph, authority: bytes, folder: Path) -> Graph:
    """Each function that renews certificates has ``authority`` in a copy of its zip.

    Args:
        graph: a graph whose functions' zips are on this machine.
        authority: the certificate of the CA, as PEM.
        folder: where the copies are written.

    Raises:
        SubstitutionError: a zip cannot be read, or has no CA certificate of a renewal.
    """
    for function in graph.of_type(FUNCTION):
        path = archive_path(function.property("code"))
        if path is None or not _key_arn(function):
            continue
        copy = folder / f"{function.name}-{Path(path).name}"
        try:
            _copy(Path(path), copy, authority)
        except (OSError, zipfile.BadZipFile, KeyError) as error:
            raise SubstitutionError(
                f"The code {path} of function {function.name} is not a zip of the certificate "
                f"renewal: {error}"
            ) from error
        code = {SIGNATURE: ARCHIVE, "path": str(copy)}
        graph = graph.with_properties(function, {"code": code})
    return graph


def _key_arn(function: Resource) -> str:
    environment = function.property("environment")
    variables = environment.get("variables") if isinstance(environment, Mapping) else None
    return str(variables.get(KEY_VARIABLE, "")) if isinstance(variables, Mapping) else ""


def _copy(source: Path, target: Path, authority: bytes) -> None:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        replaced = [name for name in old.namelist() if name.endswith(AUTHORITY)]
        if len(replaced) != 1:
            raise KeyError(f"it has {len(replaced)} files {AUTHORITY}")
        for entry in old.infolist():
            if entry.filename in replaced:
                new.writestr(entry, authority)
                continue
            with old.open(entry) as content, new.open(entry, "w") as copied:
                shutil.copyfileobj(content, copied)

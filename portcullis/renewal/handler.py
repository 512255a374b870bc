"""Lambda's entry point of the renewal: the module's name and ``handler``."""

import os
from pathlib import Path
from typing import Any

from authorizer import sources
from portcullis.renewal.service import CertificateRenewals

_FOLDER = Path(__file__).parent
_RENEWALS = CertificateRenewals.from_environment(
    os.environ, authorizer=Path(sources.__file__).parent, folder=_FOLDER
)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one call of a Lambda proxy integration; see `portcullis.renewal.service`."""
    return _RENEWALS.answer(event, context)

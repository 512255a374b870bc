"""Lambda's entry point: ``authorizer.handler.handler``."""

import os
from pathlib import Path
from typing import Any

from authorizer.answer import Answer
from authorizer.service import Authorizer

_AUTHORIZER = Authorizer.from_environment(os.environ, Path(__file__).parent)


def handler(event: dict[str, Any], context: object) -> Answer:
    """Answer one REQUEST event of a REST API; see `authorizer.service`."""
    return _AUTHORIZER.answer(event, context)

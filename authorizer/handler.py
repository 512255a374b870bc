"""Lambda's entry point: ``authorizer.handler.handler``."""

import gc
import os
from pathlib import Path
from typing import Any

from authorizer.answer import Answer
from authorizer.service import Authorizer

_AUTHORIZER = Authorizer.from_environment(os.environ, Path(__file__).parent)
gc.freeze()  # what init made is never freed: no later collection has to look at it


def handler(event: dict[str, Any], context: object) -> Answer:
    """Answer one REQUEST event of a REST API; see `authorizer.service`."""
    return _AUTHORIZER.answer(event, context)

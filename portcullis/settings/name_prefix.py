"""Makes the prefix of explicit names in AWS from a project's name."""

import hashlib
import re
from typing import Final

# With a stack name of 20 characters, an S3 bucket's name of 63 has room for 18.
MAX_LENGTH: Final = 18
PATTERN: Final = rf"[a-z](?:[a-z0-9-]{{0,{MAX_LENGTH - 2}}}[a-z0-9])?"
_DIGEST_LENGTH: Final = 4
_FALLBACK: Final = "portcullis"


def prefix_of(project: str) -> str:
    """The project's name in lower case, with hyphens; a name that is too long ends with its hash.

    Pulumi project names have up to 100 letters, digits, hyphens, underscores and periods.
    """
    name = re.sub(r"[^a-z0-9]+", "-", project.lower()).strip("-") or _FALLBACK
    if not name[0].isalpha():
        name = f"p{name}"
    if len(name) > MAX_LENGTH:
        digest = hashlib.sha256(project.encode()).hexdigest()[:_DIGEST_LENGTH]
        name = f"{name[: MAX_LENGTH - _DIGEST_LENGTH - 1].rstrip('-')}-{digest}"
    return name

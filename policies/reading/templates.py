"""Reads mapping templates: what they may override in a request, and whether they read the context.

Source: API Gateway Developer Guide, "Override your API's request and response parameters".
"""

import re

# An override of the path or the query string leaves the headers as they are.
HEADER_OVERRIDE = re.compile(r"requestOverride(?!\.(?:path|querystring)\b)", re.IGNORECASE)
# A path that is a constant of the template is part of the program; another one is the caller's.
PATH_OVERRIDE = re.compile(
    r"""requestOverride\.path\b(?!\.\w+\s*=\s*(?:'[^'$]*'|"[^"$]*")\s*\))""", re.IGNORECASE
)
# The whole context, from which a variable, brackets or a method may read any part.
WHOLE_CONTEXT = re.compile(
    r"\$!?\{?context(?![\w.-])|\$!?\{?context\.(?:get|values|entrySet|toString)\b"
)


def may_override_headers(template: str) -> bool:
    return bool(HEADER_OVERRIDE.search(template) or WHOLE_CONTEXT.search(template))


def may_override_path(template: str) -> bool:
    """Whether a template may take a part of the backend's path from the request."""
    return bool(PATH_OVERRIDE.search(template) or WHOLE_CONTEXT.search(template))

"""Names the properties of a fix as programs in TypeScript, Go and YAML write them.

Fixes are Python. In Pulumi's other languages the same property is in camel case
(``mutual_tls_authentication`` is ``mutualTlsAuthentication``, in Go with a capital). The names are
derived from the fix, so a rule has no second list of them.

Source: Pulumi docs, "Pulumi package schema": languages derive their names from the schema's.
"""

import re

# `name=…` of a call, `"name"` of a mapping and `.name` of a resource; other words are variables.
_PROPERTY = re.compile(
    r'"([a-z0-9]+(?:_[a-z0-9]+)+)"|\b([a-z0-9]+(?:_[a-z0-9]+)+)=|\.([a-z0-9]+(?:_[a-z0-9]+)+)\b'
)
_UNDERSCORE = re.compile(r"_([a-z0-9])")


def in_every_language(fix: str) -> str:
    """The fix, and the names of its properties in other languages, where they differ."""
    names = properties(fix)
    return f"{fix} (TypeScript, Go, YAML: {', '.join(names)})" if names else fix


def properties(fix: str) -> tuple[str, ...]:
    """The properties in camel case, each once, in the order in which the fix names them."""
    found = (next(filter(None, match)) for match in _PROPERTY.findall(fix))
    return tuple(dict.fromkeys(_UNDERSCORE.sub(lambda m: m[1].upper(), name) for name in found))

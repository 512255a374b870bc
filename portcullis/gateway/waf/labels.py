"""Label match statements: match the labels that earlier rules added.

Source: AWS WAF Developer Guide, "Label match rule statement".
"""

from collections.abc import Callable

from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.gateway.waf.inspection import Matches
from portcullis.gateway.waf.statement_context import StatementContext


def label_match(block: Block, context: StatementContext) -> Matches:
    block.only("scope", "key")
    scope, key = block.required_text("scope"), block.required_text("key")
    tests: dict[str, Callable[[str], bool]] = {
        "LABEL": lambda label: label_is(label, key, context.label_prefix),
        "NAMESPACE": lambda label: label_is_in(label, key, context.label_prefix),
    }
    if scope not in tests:
        raise UnsupportedError(block.place, f"scope {scope} is not emulated")
    test = tests[scope]
    return lambda inspection: any(test(label) for label in inspection.labels)


def label_is(label: str, key: str, prefix: str) -> bool:
    """Whether ``key`` is the whole label, or its end after ``prefix``."""
    if key.startswith("awswaf:"):
        return label == key
    own = label.removeprefix(prefix)
    return own != label and (own == key or own.endswith(f":{key}"))


def label_is_in(label: str, key: str, prefix: str) -> bool:
    """Whether ``key``, which ends with a colon, is part of the namespaces before the name."""
    namespace = label[: label.rfind(":") + 1]
    if key.startswith("awswaf:"):
        return namespace.startswith(key)
    own = namespace.removeprefix(prefix)
    return own != namespace and f":{key}" in f":{own}"

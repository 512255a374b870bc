"""Reads IAM policy documents, statement by statement.

Source: IAM User Guide, "IAM JSON policy elements reference".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from policies.reading.node import Node


@dataclass(frozen=True, kw_only=True)
class IamStatement:
    node: Node
    allows: bool

    def texts(self, element: str) -> list[str]:
        """The values of an element such as Action; a single value counts as a list of one."""
        return [value.text() for value in self.node[element].one_or_many()]

    @property
    def principals(self) -> list[tuple[str, str]]:
        """Kind and value, for example ("AWS", "*") or ("Service", "lambda.amazonaws.com")."""
        principal = self.node["Principal"]
        if principal.is_text:
            return [("AWS", principal.text())]
        return [
            (kind, value.text())
            for kind, values in principal.entries()
            for value in values.one_or_many()
        ]

    @property
    def conditions(self) -> list[tuple[str, str, Node]]:
        """Operator, key and value, the first two in lower case as IAM compares them."""
        return [
            (operator.lower(), key.lower(), value)
            for operator, pairs in self.node["Condition"].entries()
            for key, value in pairs.entries()
        ]

    def covers(self, action: str) -> bool:
        """Whether the statement is about this action, by name or by a wildcard."""
        if self.node["NotAction"].present:
            return not any(_matches(pattern, action) for pattern in self.texts("NotAction"))
        return any(_matches(pattern, action) for pattern in self.texts("Action"))

    @property
    def is_about_everybody(self) -> bool:
        """Whether a principal has a wildcard, or everybody but the named ones is meant."""
        return self.node["NotPrincipal"].present or any("*" in v for _, v in self.principals)


def statements(document: Node) -> Iterator[IamStatement]:
    """Every statement of a policy document, given as a JSON string or as a mapping.

    The path of a statement contains its Sid, or its position if it has none.

    Raises:
        UndecidedError: the document, or an element that is read, is not known in a preview.
    """
    listed = document.document("policy document")["Statement"]
    for node in [listed] if listed.is_mapping else listed.items():
        sid = node["Sid"]
        if sid.is_text and sid.text():
            node = node.named(f"{listed.path}[{sid.text()}]")  # noqa: PLW2901 - the same node
        yield IamStatement(node=node, allows=node["Effect"].text().lower() == "allow")


def _matches(pattern: str, action: str) -> bool:
    """Compare as IAM does: ``*`` and ``?`` anywhere, upper and lower case alike."""
    parts = (re.escape(part) for part in re.split(r"([*?])", pattern.lower()))
    expression = "".join({r"\*": ".*", r"\?": "."}.get(part, part) for part in parts)
    return re.fullmatch(expression, action.lower()) is not None

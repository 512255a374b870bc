"""Strict reading of YAML nodes: every error names file, line and what is accepted."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar, cast

import yaml

from portcullis.acceptance.errors import CaseFileError

# PyYAML with libyaml is about eight times faster, and not every platform's wheel has it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

E = TypeVar("E", bound=Enum)


@dataclass(frozen=True, kw_only=True)
class YamlNode:
    """One YAML node and its file."""

    file: Path
    node: yaml.Node

    def error(self, message: str) -> CaseFileError:
        return CaseFileError(self.file, self.node.start_mark.line + 1, message)

    def members(
        self, accepted: Collection[str], required: Sequence[str] = ()
    ) -> dict[str, "YamlNode"]:
        """The members of a mapping by key. Raises CaseFileError for any other key."""
        members = {}
        for key, value in self.pairs():
            if key not in accepted:
                raise value.error(f"{key!r} is not accepted here; accepted: {', '.join(accepted)}")
            members[key] = value
        for key in required:
            if key not in members:
                raise self.error(f"{key!r} is missing")
        return members

    def pairs(self) -> list[tuple[str, "YamlNode"]]:
        """Keys and values of a mapping with any keys, each at most once."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.error("must be a mapping")
        pairs: dict[str, YamlNode] = {}
        for key, value in self.node.value:
            name = YamlNode(file=self.file, node=key).text()
            if name in pairs:
                raise YamlNode(file=self.file, node=key).error(f"{name!r} occurs twice")
            pairs[name] = YamlNode(file=self.file, node=value)
        return list(pairs.items())

    def items(self) -> list["YamlNode"]:
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.error("must be a list")
        return [YamlNode(file=self.file, node=item) for item in self.node.value]

    def text(self) -> str:
        return cast("str", self._scalar(str, "a string"))

    def number(self) -> int:
        return cast("int", self._scalar(int, "a whole number"))

    def flag(self) -> bool:
        return cast("bool", self._scalar(bool, "true or false"))

    def one_of(self, choices: Mapping[str, Any]) -> Any:
        value = self.text()
        if value not in choices:
            raise self.error(f"{value!r} is not accepted here; accepted: {', '.join(choices)}")
        return choices[value]

    def member_of(self, kind: type[E]) -> E:
        """The enum member whose name is the string in lower case with hyphens."""
        member: E = self.one_of({one.name.lower().replace("_", "-"): one for one in kind})
        return member

    def json(self) -> Any:
        """The node as a JSON value."""
        return yaml.constructor.SafeConstructor().construct_document(self.node)

    @property
    def is_text(self) -> bool:
        return isinstance(self.node, yaml.ScalarNode)

    def _scalar(self, kind: type, wanted: str) -> Any:
        value = self.json() if isinstance(self.node, yaml.ScalarNode) else None
        if type(value) is not kind:
            raise self.error(f"must be {wanted}")
        return value


def read(file: Path) -> YamlNode:
    """The document of a YAML file.

    Raises:
        CaseFileError: it cannot be read, or is not one YAML document.
    """
    try:
        node = yaml.compose(file.read_bytes(), Loader=_LOADER)
    except OSError as error:
        raise CaseFileError(file, 1, f"cannot be read: {error.strerror}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        problem = getattr(error, "problem", None) or type(error).__name__
        raise CaseFileError(file, line, f"is not YAML: {problem}") from None
    if node is None:
        raise CaseFileError(file, 1, "is empty")
    return YamlNode(file=file, node=node)

"""Composes YAML into nodes, and nodes into values, with limits for what aliases multiply.

How a key and a scalar are read is left to the reader of a kind of file.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn, cast

import yaml

# libyaml where PyYAML was built with it: about eight times faster, and the engine's yaml.v3 is its
# translation into Go.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
PLAIN = "plain"  # the tag of an unquoted scalar without a tag of its own
CORE = "tag:yaml.org,2002:"
_MERGE = "<<"
_MERGE_TAGS = (PLAIN, f"{CORE}merge")


def with_depth(events: Iterable[yaml.Event]) -> Iterator[tuple[int, yaml.Event]]:
    """Each event and how many collections are around what follows it."""
    depth = 0
    for event in events:
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        yield depth, event


def compose(events: Iterable[yaml.Event]) -> yaml.Node | None:
    """The node of the first document; None where there is none.

    An anchor may be given twice, as YAML allows; PyYAML's own composer refuses it. Collections may
    nest without end here: the caller limits the events.

    Raises:
        MarkedYAMLError: an alias has no anchor before it.
    """
    root: list[yaml.Node] = []
    around: list[list[yaml.Node]] = [root]  # the children of each open collection, keys too
    opened: list[yaml.CollectionNode] = []
    anchors: dict[str, yaml.Node] = {}
    for event in events:
        node: yaml.Node
        # The marks of libyaml's events have another class than PyYAML's nodes are declared with.
        start, end = cast(Any, event.start_mark), cast(Any, event.end_mark)
        match event:
            case yaml.DocumentEndEvent():
                return root[0]
            case yaml.CollectionEndEvent():
                _close(opened.pop(), around.pop(), event)
                continue
            case yaml.AliasEvent() if event.anchor in anchors:
                around[-1].append(anchors[event.anchor])
                continue
            case yaml.AliasEvent():
                problem = f"found undefined alias {event.anchor}"
                raise yaml.composer.ComposerError(None, None, problem, start)
            case yaml.ScalarEvent():
                node = yaml.ScalarNode(_tag(event), event.value, start, end, event.style)
                around[-1].append(node)
            case yaml.CollectionStartEvent():
                is_mapping = isinstance(event, yaml.MappingStartEvent)
                kind = yaml.MappingNode if is_mapping else yaml.SequenceNode
                node = kind(event.tag or "", [], start, end, event.flow_style)
                around[-1].append(node)
                around.append([])
                opened.append(node)
            case _:
                continue
        if event.anchor:
            anchors[event.anchor] = node
    return None


def _close(node: yaml.CollectionNode, children: list[yaml.Node], event: yaml.Event) -> None:
    is_mapping = isinstance(node, yaml.MappingNode)
    node.value = list(zip(children[::2], children[1::2], strict=True)) if is_mapping else children
    node.end_mark = event.end_mark


def _tag(event: yaml.ScalarEvent) -> str:
    if event.tag not in {None, "!"}:
        return str(event.tag)
    return PLAIN if event.implicit[0] else f"{CORE}str"


class NodeReader(ABC):
    """Builds the values of one document."""

    max_values: int  # an alias counts as all that it stands for

    def __init__(self) -> None:
        self._open: set[int] = set()  # the collections around the node, to find a cycle
        self._built = 0

    @abstractmethod
    def refuse(self, node: yaml.Node, because: str) -> NoReturn: ...

    @abstractmethod
    def scalar(self, node: yaml.ScalarNode) -> Any: ...

    @abstractmethod
    def key(self, node: yaml.ScalarNode) -> str: ...

    def value(self, node: yaml.Node) -> Any:
        self._built += 1
        if self._built > self.max_values:
            self.refuse(node, f"has more than {self.max_values} values with its aliases.")
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node)
        if id(node) in self._open:
            self.refuse(node, "has an alias of a value inside that value.")
        self._open.add(id(node))
        built: Any
        if isinstance(node, yaml.SequenceNode):
            built = [self.value(item) for item in node.value]
        else:
            built = self._mapping(node)
        self._open.remove(id(node))
        return built

    def _mapping(self, node: yaml.Node) -> dict[str, Any]:
        own: dict[str, Any] = {}
        merged: dict[str, Any] = {}  # a key of the mapping itself wins, then the first mapping
        lines: dict[str, int] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.refuse(key, "has a key that is not a string.")
            is_merge = key.value == _MERGE and not key.style and key.tag in _MERGE_TAGS
            name = _MERGE if is_merge else self.key(key)
            for spelling in (name, key.value):
                if spelling in lines:
                    self.refuse(
                        key,
                        f"has the key {spelling} twice, first on line {lines[spelling]}. Remove "
                        "one of them.",
                    )
            lines |= dict.fromkeys((name, key.value), line_of(key))
            if is_merge:
                self._merge(value, merged)
            else:
                own[name] = self.value(value)
        return {**merged, **own}

    def _merge(self, node: yaml.Node, into: dict[str, Any]) -> None:
        for one in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            if not isinstance(one, yaml.MappingNode):
                self.refuse(one, "must be a mapping where << merges it.")
            for name, value in self.value(one).items():
                into.setdefault(name, value)


def line_of(node: yaml.Node) -> int:
    """The line of a node's first character, from 1."""
    return int(node.start_mark.line) + 1

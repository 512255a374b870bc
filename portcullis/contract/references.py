"""Follows the ``$ref`` of parameters, responses, request bodies and schemas in the contract."""

import re
from collections.abc import Mapping
from functools import cached_property
from itertools import chain, count
from typing import Any
from urllib.parse import unquote

from portcullis.contract.faults import Keys
from portcullis.contract.source import ContractSource

_MODEL_NAME = re.compile(r"[A-Za-z0-9]+")
_OTHER = re.compile(r"[^A-Za-z0-9]+")


class References:
    """Resolves references; one that leads nowhere is a fault of the source."""

    def __init__(self, source: ContractSource) -> None:
        self._source = source

    def resolve(self, value: Any, keys: Keys, section: str) -> tuple[Mapping[str, Any], Keys]:
        """The object a value stands for, and its place; an empty one after noting a fault.

        Args:
            value: an object or a reference to one.
            keys: its place.
            section: the member of ``components`` that holds such objects.
        """
        seen: list[str] = []
        while isinstance(value, Mapping) and "$ref" in value:
            reference = value["$ref"]
            name = self.name(reference, (*keys, "$ref"), section)
            if name is None:
                return {}, keys
            if name in seen:
                self._source.add((*keys, "$ref"), f"{reference} refers to itself. Write it out.")
                return {}, keys
            seen.append(name)
            keys = ("components", section, name)
            value = self._source.components(section)[name]
        if not isinstance(value, Mapping):
            self._source.add(keys, "must be a mapping.")
            return {}, keys
        return value, keys

    def name(self, reference: Any, keys: Keys, section: str) -> str | None:
        """The component that a reference names; None after noting a fault."""
        prefix = f"#/components/{section}/"
        if not isinstance(reference, str) or not reference.startswith("#/"):
            self._source.add(
                keys,
                f"{reference!r} is outside this file, and API Gateway imports one file. Copy it to "
                f"components.{section} and write {prefix}NAME.",
            )
            return None
        written = reference.removeprefix(prefix)
        if not reference.startswith(prefix) or "/" in written:
            self._source.add(keys, f"{reference!r} must be {prefix}NAME.")
            return None
        # A JSON pointer in the fragment of a URI: RFC 6901, sections 4 and 6.
        name = unquote(written).replace("~1", "/").replace("~0", "~")
        if name not in self._source.components(section):
            self._source.add(
                keys, f"{reference} does not exist. Add {name} under components.{section}."
            )
            return None
        return name

    @cached_property
    def model_names(self) -> Mapping[str, str]:
        """API Gateway's name of each schema of ``components``: letters and digits, and no other."""
        written = self._source.components("schemas")
        names = {name: name for name in written if _MODEL_NAME.fullmatch(name)}
        for name in written:
            if name not in names:
                words = filter(None, _OTHER.split(name))
                plain = "".join(word[0].upper() + word[1:] for word in words) or "Model"
                numbered = (f"{plain}Model{number}" for number in count(2))
                taken = names.values()
                names[name] = next(one for one in chain([plain], numbered) if one not in taken)
        return names

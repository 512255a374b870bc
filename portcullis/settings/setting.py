"""Describes one setting, and renders the error for a value that it refuses."""

import json
import shlex
from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, replace
from enum import StrEnum
from typing import Any

from portcullis.errors import MisuseError

NAMESPACE = "portcullis"
FOUND_LIMIT = 80  # characters of a bad value that an error shows


class SettingError(MisuseError):
    """A setting with a refused value: its key, the value, what is accepted, the next command."""

    def __init__(self, *, key: str, found: str, because: str, accepts: str, mend: str) -> None:
        self.key = key
        self.found = found
        super().__init__(f"{key} {found}: {because}. Accepted: {accepts}. Run: {mend}")


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Why a value is refused, and at which entry of a list.

    The command in the error sets ``suggestion``, or else the setting's example. It removes the
    entry where ``surplus`` is set. ``shown`` replaces a value that must not be repeated in full.
    ``path`` is the path of the fault below the key of a structured setting.
    """

    because: str
    index: int | None = None
    path: str = ""
    suggestion: str | None = None
    surplus: bool = False
    shown: str | None = None

    def at(self, index: int) -> "Problem":
        return replace(self, index=index)


TWICE = Problem(because="it is listed twice", surplus=True)


Check = Callable[[Any], Problem | None]


@dataclass(frozen=True, kw_only=True)
class Setting:
    """The description of one key, for Pulumi.yaml, the guide and errors."""

    accepts: str
    why: str
    example: str
    check: Check
    path: str  # of the example, below the key of a structure
    qualified: str  # the whole name, where it is not one of our own keys
    # The value for a stack that sets none, from the project's name.
    from_project: Callable[[str], str] | None
    default: Any  # MISSING where the stack needs a value
    # Set by the group: the name and the type of the field.
    field: str = ""
    kind: Any = str

    @property
    def key(self) -> str:
        """The field's name in camelCase."""
        first, *words = self.field.split("_")
        return first + "".join(word.capitalize() for word in words)

    @property
    def name(self) -> str:
        return self.qualified or f"{NAMESPACE}:{self.key}"


def setting_field(
    *,
    accepts: str,
    why: str,
    default: Any = MISSING,
    example: str = "",
    check: Check = lambda _: None,
    path: str = "",
    qualified: str = "",
    from_project: Callable[[str], str] | None = None,
) -> Any:
    """A field of a group. The stack needs a value where there is no default.

    An error suggests ``example``, or else the default.
    """
    described = Setting(
        accepts=accepts,
        why=why,
        example=example or (str(default).lower() if isinstance(default, bool) else str(default)),
        check=check,
        path=path,
        qualified=qualified,
        from_project=from_project,
        default=default,
    )
    if isinstance(default, dict):
        return field(default_factory=default.copy, metadata={Setting: described})
    return field(default=default, metadata={Setting: described})


def command(setting: Setting, value: str | None = None, index: int = 0) -> str:
    """The command that sets a setting to this value, or to its example."""
    below = f"[{index}]" if setting.kind == tuple[str, ...] else setting.path
    path = f"--path '{setting.name}{below}'" if below else setting.name
    return f"pulumi config set {path} {shlex.quote(value or setting.example)}"


def parsed_json(text: str) -> Any:
    """The value of JSON text; None for other text."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def parsed_mapping(setting: Setting, text: str, contents: str) -> dict[str, Any]:
    """The mapping in the engine's text; ``contents`` says in the error what it holds."""
    mapping = parsed_json(text)
    if isinstance(mapping, dict):
        return mapping
    problem = Problem(because=f"it is not a mapping of {contents}")
    raise refusal(setting, text, problem, mend=f"pulumi config rm {setting.name}")


def entry_path(key: str) -> str:
    """The path of an entry below the key of a mapping, as `pulumi config --path` takes it."""
    return f"[{json.dumps(key)}]"


def refusal(
    setting: Setting, value: object, problem: Problem, *, mend: str | None = None
) -> SettingError:
    key, index = setting.name, problem.index
    shown = value
    if isinstance(value, tuple):
        shown = list(value)
        if index is not None and index < len(value):
            key, shown = f"{key}[{index}]", value[index]
    if problem.path:
        key = f"{key}{problem.path}"
        verb = "rm" if problem.surplus else "set"
        value = "" if problem.surplus else f" {shlex.quote(problem.suggestion or setting.example)}"
        mend = f"pulumi config {verb} --path {shlex.quote(key)}{value}"
    if mend is None and setting.key == "stack":
        mend = f"pulumi stack rename {problem.suggestion or setting.example}"
    if mend is None and problem.surplus:
        mend = f"pulumi config rm --path '{setting.name}[{index or 0}]'"
    if mend is None:
        mend = command(setting, problem.suggestion, index or 0)
    return SettingError(
        key=key,
        found=problem.shown or f"is {shorten(shown)}",
        because=problem.because,
        accepts=setting.accepts,
        mend=mend,
    )


def shorten(value: object) -> str:
    text = repr(str(value) if isinstance(value, StrEnum) else value)
    return text if len(text) <= FOUND_LIMIT else f"{text[:FOUND_LIMIT]}…"

"""Finds the Pulumi projects beside the pack, so that a misspelt project or stack is recognised."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path

import yaml

# Two projects may have similar names; only a name this close to a known one counts as misspelt.
LIKENESS = 0.7


def projects_beside(folder: Path) -> Mapping[str, frozenset[str]]:
    """The stacks of each project in the folder above the pack, and in the folders beside it.

    A stack has a Pulumi.<stack>.yaml. Empty for a pack that does not stand in a project.
    """
    found: dict[str, frozenset[str]] = {}
    for file in (folder.parent / "Pulumi.yaml", *sorted(folder.parent.glob("*/Pulumi.yaml"))):
        try:
            project = yaml.safe_load(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError):
            continue  # another program's own fault: its waivers are not checked
        if isinstance(project, Mapping) and isinstance(project.get("name"), str):
            names = (path.name for path in file.parent.glob("Pulumi.*.yaml"))
            stacks = {name.removeprefix("Pulumi.").removesuffix(".yaml") for name in names}
            found[project["name"]] = frozenset(stacks)
    return found


def misspelt(
    project: str, stack: str, known: Mapping[str, frozenset[str]], judged: tuple[str, str]
) -> str:
    """What is wrong with the names of a project and its stack; empty if nothing is.

    Without a project, the stack may be of any; without a stack, any of the project's is meant.
    ``judged`` is the project and stack of this run, which may have no file.
    """
    if not known or (project, stack) == judged:
        return ""
    if not project:
        stacks = frozenset().union({judged[1]}, *known.values())
        return _misspelt_stack(stack, stacks, "no project here has a stack")
    if project in known:
        return _misspelt_stack(stack, known[project], f"{project} has no stack")
    if project != judged[0] and get_close_matches(project, known, n=1, cutoff=LIKENESS):
        return f"there is no project {project!r} here{suggestion(project, known)}."
    return ""


def _misspelt_stack(stack: str, stacks: frozenset[str], says: str) -> str:
    return f"{says} {stack!r}{suggestion(stack, stacks)}." if stack not in {"", *stacks} else ""


def suggestion(word: str, known: Iterable[str]) -> str:
    """The known word that is most like this one, to put behind it; empty if none is."""
    close = get_close_matches(word, sorted(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""

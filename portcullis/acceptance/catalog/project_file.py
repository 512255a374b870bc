"""Reads the case files of a project, ``acceptance/*.yaml``: cases it adds, changes and drops."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from portcullis.acceptance.generated.routes import Routes
from portcullis.acceptance.matrix.case import Case
from portcullis.acceptance.matrix.expectation import Expect
from portcullis.acceptance.matrix.reader import changed_case, read_answer, read_given, read_name
from portcullis.acceptance.matrix.request import CaseRequest
from portcullis.acceptance.matrix.yaml_node import YamlNode, read

_MEMBERS = ("title", "verifiesTokens", "requests", "answers", "cases", "change", "drop")

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class ProjectFile:
    """One file. Cases, changes and drops are read once all requests and answers are known."""

    file: Path
    title: str
    verifies_tokens: bool
    requests: Mapping[str, CaseRequest]
    answers: Mapping[str, Expect]
    cases: Sequence[YamlNode]
    changes: Sequence[YamlNode]
    drops: Sequence[YamlNode]


def project_files(folders: Iterable[Path], routes: Routes) -> list[ProjectFile]:
    """The files of these folders; a folder that does not exist has none.

    Raises:
        CaseFileError: a file breaks the schema.
    """
    return [_file(file, routes) for folder in folders for file in sorted(folder.glob("*.yaml"))]


def _file(file: Path, routes: Routes) -> ProjectFile:
    members = read(file).members(_MEMBERS)

    def named(key: str, parse: Callable[[YamlNode], T]) -> dict[str, T]:
        pairs = members[key].pairs() if key in members else ()
        return {name: parse(node) for name, node in pairs}

    def listed(key: str) -> Sequence[YamlNode]:
        return members[key].items() if key in members else ()

    return ProjectFile(
        file=file,
        title=members["title"].text() if "title" in members else f"Cases of {file.name}",
        verifies_tokens="verifiesTokens" in members and members["verifiesTokens"].flag(),
        requests=named("requests", lambda node: _given(node, routes)),
        answers=named("answers", read_answer),
        cases=listed("cases"),
        changes=listed("change"),
        drops=listed("drop"),
    )


def _given(node: YamlNode, routes: Routes) -> CaseRequest:
    request = read_given(node)
    operation = routes.find(request.method, request.path)
    if operation is None or operation.scope is None:
        raise node.error(f"the contract has no {request.method} {request.path} with a scope")
    return replace(request, scope=operation.scope)


def apply(
    file: ProjectFile,
    cases: dict[str, Case],
    requests: Mapping[str, CaseRequest],
    answers: Mapping[str, Expect],
) -> None:
    """Change and drop cases as a file says; a dropped case stays, and is left out.

    Raises:
        CaseFileError: a name is not that of a case, or a reason is missing.
    """
    for node in file.changes:
        known = _known(node, cases)
        cases[known.name] = changed_case(node, known, requests, answers)
    for node in file.drops:
        members = node.members(("name", "reason"), required=("name", "reason"))
        known = _known(node, cases)
        reason = members["reason"].text().strip()
        if not reason:
            raise members["reason"].error("must say why the case is dropped")
        cases[known.name] = known.dropped(f"dropped in {file.file.name}: {reason}")


def _known(node: YamlNode, cases: Mapping[str, Case]) -> Case:
    name = read_name(node)
    if name not in cases:
        close = get_close_matches(name, cases)
        meant = f"; did you mean {' or '.join(close)}?" if close else ""
        raise node.error(f"the case {name!r} does not exist{meant}")
    return cases[name]

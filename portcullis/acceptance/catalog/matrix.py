"""The attack matrix: every case of the case files, in the order of ``order.yaml``.

Callers come first, then each gate, then the backend on its own, the rate limit from addresses of
its own, and last the cases that break a part, each repairing what it broke.

Sources of the answers: API Gateway Developer Guide, "How to turn on mutual TLS authentication for
your REST APIs" and "Gateway response types"; RFC 6750 section 3.1 for the backend's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from portcullis.acceptance.matrix.case import Case
from portcullis.acceptance.matrix.expectation import Expect
from portcullis.acceptance.matrix.gate import Gate
from portcullis.acceptance.matrix.reader import READ, read_answer, read_case, read_request
from portcullis.acceptance.matrix.request import CaseRequest
from portcullis.acceptance.matrix.yaml_node import YamlNode, read

FOLDER = Path(__file__).parents[1] / "cases"
CONTRACT = "petstore.yaml"  # the only file that knows the routes and bodies of the API
ANSWERS = "answers.yaml"
ORDER = "order.yaml"
ANY_GATE = frozenset({CONTRACT, "faults.yaml"})  # the other files hold the cases of one gate


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading of the attack matrix and its cases."""

    title: str
    cases: tuple[Case, ...]


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """All cases, and the request that every registered client may send."""

    sections: tuple[Section, ...]
    read: CaseRequest

    @property
    def cases(self) -> tuple[Case, ...]:
        return tuple(case for section in self.sections for case in section.cases)

    def section(self, title: str) -> tuple[Case, ...]:
        """The cases under one heading."""
        return next(section.cases for section in self.sections if section.title == title)


@cache
def matrix() -> Matrix:
    """The attack matrix of this version, read at the first call."""
    return load(FOLDER)


def load(folder: Path) -> Matrix:
    """The attack matrix in a folder.

    Raises:
        CaseFileError: a file breaks the schema, or a case is missing from ``order.yaml``.
    """
    contract = read(folder / CONTRACT).members(("requests", "answers", "cases"))
    requests = {name: read_request(node) for name, node in contract["requests"].pairs()}
    if READ not in requests:
        raise contract["requests"].error(f"the request {READ!r} is missing")
    answers = _answers(read(folder / ANSWERS)) | _answers(contract["answers"])
    cases: dict[str, Case] = {}
    for file in sorted(folder.glob("*.yaml")):
        if file.name not in (ANSWERS, ORDER):
            _add(cases, file, requests, answers)
    sections = tuple(_sections(read(folder / ORDER), cases))
    return Matrix(sections=sections, read=requests[READ])


def _answers(node: YamlNode) -> dict[str, Expect]:
    return {name: read_answer(answer) for name, answer in node.pairs()}


def _add(
    cases: dict[str, Case],
    file: Path,
    requests: Mapping[str, CaseRequest],
    answers: Mapping[str, Expect],
) -> None:
    accepted = ("requests", "answers", "cases") if file.name == CONTRACT else ("cases",)
    for node in read(file).members(accepted, required=("cases",))["cases"].items():
        case = read_case(node, requests, answers)
        if case.name in cases:
            raise node.error(f"there is another case {case.name!r}")
        if file.name not in ANY_GATE and case.expect.gate is not Gate(file.stem.replace("_", "-")):
            raise node.error(f"the gate of the case is {case.expect.gate}, which has another file")
        cases[case.name] = case


def _sections(node: YamlNode, cases: Mapping[str, Case]) -> list[Section]:
    """The cases in the order of running. Each must occur exactly once."""
    left = dict(cases)
    sections = []
    for title, names in node.pairs():
        listed = []
        for name in names.items():
            if name.text() not in left:
                raise name.error(f"{name.text()!r} is not a case, or occurs twice")
            listed.append(left.pop(name.text()))
        sections.append(Section(title=title, cases=tuple(listed)))
    if left:
        raise node.error(f"these cases are missing: {', '.join(left)}")
    return sections

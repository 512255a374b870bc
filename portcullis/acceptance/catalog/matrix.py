"""The attack matrix of one contract: the cases of every API, of each operation, of the project.

Callers come first, then each gate, then the backend on its own, the operations, the rate limit from
addresses of its own, and last the cases that break a part, each repairing what it broke.

Sources of the answers: API Gateway Developer Guide, "How to turn on mutual TLS authentication for
your REST APIs" and "Gateway response types"; RFC 6750 section 3.1 for the backend's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from portcullis.acceptance.catalog.basis import WRITE, Basis, choose
from portcullis.acceptance.catalog.project_file import ProjectFile, apply, project_files
from portcullis.acceptance.generated.operation_cases import OperationCases
from portcullis.acceptance.generated.routes import Routes
from portcullis.acceptance.matrix.case import Case
from portcullis.acceptance.matrix.expectation import Expect
from portcullis.acceptance.matrix.gate import Gate
from portcullis.acceptance.matrix.reader import READ, read_answer, read_case
from portcullis.acceptance.matrix.request import STAGE, CaseRequest, Destination
from portcullis.acceptance.matrix.yaml_node import YamlNode, read
from portcullis.contract.contract import Contract
from portcullis.contract.inputs import ContractInputs

FOLDER: Final = Path(__file__).parents[1] / "cases"
ANSWERS: Final = "answers.yaml"
ORDER: Final = "order.yaml"
FAULTS: Final = "faults.yaml"  # each other file holds the cases of one gate
OPERATIONS: Final = "Each operation of the contract"
AFTER_ALL: Final = ("Rate limit", "Broken parts")  # they change the answers of later cases

NO_BODY: Final = "needs an operation with a JSON body in the contract"
EVERY_PATH: Final = "needs a path or method that the contract does not have"
NO_VERIFICATION: Final = (
    "needs a backend that verifies the token; if yours does, write verifiesTokens: true in "
    "acceptance/backend.yaml (docs/guide/attack-matrix.md)"
)
_BEFORE_THE_ROUTE = frozenset({Gate.TLS, Gate.HTTP, Gate.TRUSTSTORE, Gate.WEB_ACL})


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading of the attack matrix and its cases."""

    title: str
    cases: tuple[Case, ...]


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """All cases; the request that most of them start from, and every GET."""

    sections: tuple[Section, ...]
    reads: tuple[CaseRequest, ...]

    @property
    def cases(self) -> tuple[Case, ...]:
        return tuple(case for section in self.sections for case in section.cases)

    @property
    def read(self) -> CaseRequest:
        return self.reads[0]

    def section(self, title: str) -> tuple[Case, ...]:
        """The cases under one heading."""
        return next(section.cases for section in self.sections if section.title == title)


def build(
    contract: Path, folders: Sequence[Path] = (), *, taps: bool = True, own: Path = FOLDER
) -> Matrix:
    """The attack matrix of a contract.

    Args:
        contract: an OpenAPI document.
        folders: of case files of the project.
        taps: whether what was sent to the backend can be seen.
        own: the folder of the cases of every API.

    Raises:
        CaseFileError: a file breaks the schema, or a case is missing from ``order.yaml``.
        ContractError: API Gateway cannot import the contract.
        NoReadError: no call can be made from it.
    """
    inputs = ContractInputs.load(contract)
    routes = Routes(Contract.load(contract).operations)
    files = project_files(folders, routes)
    answers = {name: read_answer(node) for name, node in read(own / ANSWERS).pairs()}
    for file in files:
        answers |= file.answers
    generated = OperationCases(inputs, routes, answers, taps=taps)
    given = {name: request for file in files for name, request in file.requests.items()}
    basis = choose(contract, inputs, routes, generated.valid_calls(), given)
    reading = _Reading(basis, routes, answers, verifies=any(f.verifies_tokens for f in files))
    for path in sorted(own.glob("*.yaml")):
        if path.name not in (ANSWERS, ORDER):
            reading.add_own(path)
    sections = list(_sections(read(own / ORDER), reading.cases))
    sections.append(reading.add_operations(list(generated.cases())))
    sections += [reading.add_project(file) for file in files if file.cases]
    for file in files:
        apply(file, reading.cases, basis.requests, answers)
    sections.sort(key=lambda section: section.title in AFTER_ALL)
    return Matrix(
        sections=tuple(
            replace(section, cases=tuple(reading.cases[case.name] for case in section.cases))
            for section in sections
        ),
        reads=basis.reads,
    )


class _Reading:
    """Reads cases one file after the other, and notes why the contract rules some out."""

    def __init__(
        self, basis: Basis, routes: Routes, answers: Mapping[str, Expect], *, verifies: bool
    ) -> None:
        self.cases: dict[str, Case] = {}
        self._basis = basis
        self._routes = routes
        self._answers = answers
        self._verifies = verifies

    def add_own(self, file: Path) -> None:
        for node in read(file).members(("cases",), required=("cases",))["cases"].items():
            case = self._read(node)
            if file.name != FAULTS and case.expect.gate is not Gate(file.stem.replace("_", "-")):
                raise node.error(
                    f"the gate of the case is {case.expect.gate}, which has another file"
                )
            self.add(case, node)

    def add_project(self, file: ProjectFile) -> Section:
        cases = [self._read(node) for node in file.cases]
        for case, node in zip(cases, file.cases, strict=True):
            self.add(case, node)
        return Section(title=file.title, cases=tuple(cases))

    def add_operations(self, cases: Sequence[Case]) -> Section:
        self.cases |= {case.name: case for case in cases}
        return Section(title=OPERATIONS, cases=tuple(cases))

    def add(self, case: Case, node: YamlNode) -> None:
        if case.name in self.cases:
            raise node.error(f"there is another case {case.name!r}")
        self.cases[case.name] = case

    def _read(self, node: YamlNode) -> Case:
        case = read_case(node, self._basis.requests, self._answers)
        if case.uses == READ and case.expect.gate is Gate.BACKEND:
            case = replace(case, changes_data=self._basis.read.method != "GET")
        reason = self._left_out(case)
        return case.dropped(reason) if reason else case

    def _left_out(self, case: Case) -> str:
        request = case.request
        if request.destination is Destination.BACKEND:
            return "" if self._verifies else NO_VERIFICATION
        if case.uses == WRITE and not self._basis.has_write:
            return "" if case.expect.gate in _BEFORE_THE_ROUTE else NO_BODY
        if case.expect.gate is Gate.ROUTE:
            path = request.path.replace(STAGE, "stage")
            return EVERY_PATH if self._routes.find(request.method, path) else ""
        return ""


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

"""Reads the cases of case files, and notes why a contract rules some of them out."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from portcullis.acceptance.catalog.basis import WRITE, Basis
from portcullis.acceptance.catalog.project_file import ProjectFile
from portcullis.acceptance.generated.routes import Routes
from portcullis.acceptance.matrix.case import Case
from portcullis.acceptance.matrix.expectation import Expect
from portcullis.acceptance.matrix.gate import BEFORE_THE_AUTHORIZER, Gate
from portcullis.acceptance.matrix.reader import READ, read_case
from portcullis.acceptance.matrix.request import STAGE, Destination
from portcullis.acceptance.matrix.yaml_node import YamlNode, read

FAULTS: Final = "faults.yaml"  # each other file of ours holds the cases of one gate
NO_BODY: Final = "needs an operation with a JSON body in the contract"
EVERY_PATH: Final = "needs a path or method that the contract does not have"
NO_VERIFICATION: Final = (
    "needs a backend that verifies the token; if yours does, write verifiesTokens: true in "
    "acceptance/backend.yaml"
)
_BEFORE_THE_ROUTE = frozenset({Gate.TLS, Gate.HTTP, Gate.TRUSTSTORE, Gate.WEB_ACL})


class CaseReading:
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
            self._add(case, node)

    def add_operations(self, cases: Iterable[Case]) -> tuple[Case, ...]:
        found = tuple(cases)
        self.cases |= {case.name: case for case in found}
        return found

    def add_project(self, file: ProjectFile) -> tuple[Case, ...]:
        cases = tuple(self._read(node) for node in file.cases)
        for case, node in zip(cases, file.cases, strict=True):
            self._add(case, node)
        return cases

    def _add(self, case: Case, node: YamlNode) -> None:
        if case.name in self.cases:
            raise node.error(f"there is another case {case.name!r}")
        self.cases[case.name] = case

    def _read(self, node: YamlNode) -> Case:
        case = read_case(node, self._basis.requests, self._answers)
        if case.uses == READ and case.expect.gate is Gate.BACKEND:
            case = replace(case, changes_data=self._basis.read.method != "GET")
        if case.expect.gate in BEFORE_THE_AUTHORIZER:
            case = case.by_any_client()
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

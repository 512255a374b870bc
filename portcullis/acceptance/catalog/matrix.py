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

from portcullis.acceptance.catalog.basis import choose
from portcullis.acceptance.catalog.case_reading import CaseReading
from portcullis.acceptance.catalog.project_file import apply, project_files
from portcullis.acceptance.generated.large_bodies import REFUSED, large_body_cases, on_another_route
from portcullis.acceptance.generated.operation_cases import OperationCases
from portcullis.acceptance.generated.renewal_cases import TITLE as RENEWAL
from portcullis.acceptance.generated.renewal_cases import RenewalTarget
from portcullis.acceptance.generated.routes import Routes
from portcullis.acceptance.matrix.case import Case
from portcullis.acceptance.matrix.reader import read_answer
from portcullis.acceptance.matrix.request import CaseRequest
from portcullis.acceptance.matrix.yaml_node import YamlNode, read
from portcullis.contract.contract import Contract
from portcullis.contract.inputs import ContractInputs

FOLDER: Final = Path(__file__).parents[1] / "cases"
ANSWERS: Final = "answers.yaml"
ORDER: Final = "order.yaml"
OPERATIONS: Final = "Each operation of the contract"
AFTER_ALL: Final = ("Rate limit", "Broken parts")  # they change the answers of later cases


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


# One line for each source of cases, in the order of the sections.
def build(
    contract: Path,
    folders: Sequence[Path] = (),
    *,
    taps: bool = True,
    large_bodies: Sequence[str] = (),
    renewal: RenewalTarget | None = None,
    own: Path = FOLDER,
) -> Matrix:
    """The attack matrix of a contract.

    Args:
        contract: an OpenAPI document.
        folders: of case files of the project.
        taps: whether what was sent to the backend can be seen.
        large_bodies: routes that the web ACL excepts from its limit of 8 KB.
        renewal: the route at which clients renew their certificates.
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
    calls = generated.valid_calls()
    basis = choose(contract, inputs, routes, calls, given)
    reading = CaseReading(basis, routes, answers, verifies=any(f.verifies_tokens for f in files))
    for path in sorted(own.glob("*.yaml")):
        if path.name not in (ANSWERS, ORDER):
            reading.add_own(path)
    if REFUSED in reading.cases:
        blocked = on_another_route(reading.cases[REFUSED], large_bodies, routes, basis.requests)
        reading.cases[REFUSED] = blocked
    sections = list(_sections(read(own / ORDER), reading.cases))
    operations = reading.add_operations(
        [*generated.cases(), *large_body_cases(large_bodies, calls, answers, taps=taps)]
    )
    sections.append(Section(title=OPERATIONS, cases=operations))
    if renewal is not None:
        renewals = reading.add_operations(renewal.cases(answers))
        sections.append(Section(title=RENEWAL, cases=renewals))
    sections += [
        Section(title=file.title, cases=reading.add_project(file)) for file in files if file.cases
    ]
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

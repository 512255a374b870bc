"""The cases of each operation: a valid call, and what API Gateway must refuse of it.

API Gateway checks that a required parameter is there and not blank, and that a JSON body fits its
model. Values of parameters, and bodies of other content types, are the backend's to check. Source:
API Gateway Developer Guide, "Request validation for REST APIs"; docs/gateway-parity.md.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from portcullis.acceptance.generated.bad_bodies import bad_bodies
from portcullis.acceptance.generated.calls import Calls
from portcullis.acceptance.generated.routes import Routes
from portcullis.acceptance.generated.values import NoValueError, Values
from portcullis.acceptance.matrix.caller import CaseCaller
from portcullis.acceptance.matrix.case import Case
from portcullis.acceptance.matrix.expectation import Expect
from portcullis.acceptance.matrix.gate import Gate
from portcullis.acceptance.matrix.request import CaseRequest
from portcullis.contract.inputs import ContractInputs, OperationInputs
from portcullis.contract.operations import ContractOperation

_CHANGES_NOTHING = frozenset({"GET", "HEAD", "OPTIONS"})
# API Gateway counts a blank parameter as missing.
_ABSENCES: tuple[tuple[str, str, list[str]], ...] = (
    ("missing", "without", []),
    ("blank", "with a blank", [" "]),
)
_PARAMETER = re.compile(r"\{[^}/]+\}")


class OperationCases:
    """Makes the cases of one contract."""

    def __init__(
        self, inputs: ContractInputs, routes: Routes, answers: Mapping[str, Expect], *, taps: bool
    ) -> None:
        """``taps``: what was sent to the backend can be seen."""
        self._inputs = inputs
        self._routes = routes
        self._answers = answers
        self._taps = taps
        self._values = Values(inputs.schemas, inputs.models)
        self._calls = Calls(self._values)
        self._names: set[str] = set()
        self._paths: set[str] = set()

    def valid_calls(self) -> dict[str, CaseRequest]:
        """A valid call of each operation that one can be made of, by method and path."""
        found = {}
        for one in self._inputs.operations:
            try:
                found[f"{one.operation.method} {one.operation.path}"] = self._calls.valid(one)
            except NoValueError:
                continue
        return found

    def cases(self) -> Iterator[Case]:
        for one in self._inputs.operations:
            name = self._name(one.operation)
            try:
                request = self._calls.valid(one)
            except NoValueError as error:
                yield self._not_made(name, one.operation, str(error))
                yield self._missing_scope(name, one.operation, _bare(one.operation))
                continue
            yield self._valid(name, one.operation, request)
            yield self._missing_scope(name, one.operation, request)
            yield from self._wrong_method(name, one.operation, request)
            yield from self._parameters(name, one)
            yield from self._bodies(name, one, request)

    def _name(self, operation: ContractOperation) -> str:
        path = operation.path if operation.path != "/" else "root"
        name = _slug(f"{operation.method} {path}")
        while name in self._names:
            name += "-2"
        self._names.add(name)
        return name

    def _valid(self, name: str, operation: ContractOperation, request: CaseRequest) -> Case:
        return Case(
            name=f"{name}-valid",
            attack=f"{_title(operation)} as the contract has it.",
            caller=CaseCaller.CLIENT,
            request=request,
            expect=self._answer("accepted", operation),
            arrives=self._taps,
            changes_data=operation.method not in _CHANGES_NOTHING,
        )

    def _not_made(self, name: str, operation: ContractOperation, error: str) -> Case:
        case = self._valid(name, operation, _bare(operation))
        return replace(case, left_out=f"needs an example in the contract: {error}")

    def _missing_scope(self, name: str, operation: ContractOperation, request: CaseRequest) -> Case:
        return Case(
            name=f"{name}-missing-scope",
            attack=f"{_title(operation)} by a client without {operation.scope}.",
            caller=CaseCaller.WITHOUT_SCOPE,
            request=request,
            expect=self._answer("not-permitted", operation),
        )

    def _wrong_method(
        self, name: str, operation: ContractOperation, request: CaseRequest
    ) -> Iterator[Case]:
        """Once for each path."""
        method = self._routes.unknown_method(request.path)
        if method is None or operation.path in self._paths:
            return
        self._paths.add(operation.path)
        yield Case(
            name=f"{name}-wrong-method",
            attack=f"{method} {operation.path}, which the contract does not have.",
            caller=CaseCaller.CLIENT,
            request=replace(request, method=method, scope=""),
            expect=self._answers["no-route"],
        )

    def _parameters(self, name: str, one: OperationInputs) -> Iterator[Case]:
        for parameter in one.parameters:
            if not parameter.is_validated:
                continue
            message = f"Missing required request parameters: [{parameter.name}]"
            missing = Expect(gate=Gate.VALIDATION, statuses=(400,), body={"message": message})
            for kind, words, value in _ABSENCES:
                yield Case(
                    name=f"{name}-{_slug(parameter.name)}-{kind}",
                    attack=f"{_title(one.operation)} {words} {parameter.place} {parameter.name}.",
                    caller=CaseCaller.CLIENT,
                    request=self._calls.valid(one, {parameter.name: value}),
                    expect=_without_body_of_head(missing, one.operation),
                )

    def _bodies(self, name: str, one: OperationInputs, request: CaseRequest) -> Iterator[Case]:
        if one.body is None or one.body.model is None:
            return
        for bad in bad_bodies(self._values, one.body, request.body):
            yield Case(
                name=f"{name}-body-{bad.name}",
                attack=f"{_title(one.operation)}: {bad.attack[0].lower()}{bad.attack[1:]}",
                caller=CaseCaller.CLIENT,
                request=replace(request, body=bad.body),
                expect=self._answers["bad-body"],
            )
        headers = [(n, v) for n, v in request.headers if n.lower() != "content-type"]
        yield Case(
            name=f"{name}-body-of-another-media-type",
            attack=f"{_title(one.operation)}: a body of another media type is passed on.",
            caller=CaseCaller.CLIENT,
            request=replace(request, body=b"{", headers=(*headers, ("Content-Type", "text/plain"))),
            expect=self._answers["passed-on"],
            arrives=self._taps,
            changes_data=True,
        )

    def _answer(self, name: str, operation: ContractOperation) -> Expect:
        return _without_body_of_head(self._answers[name], operation)


def _without_body_of_head(expect: Expect, operation: ContractOperation) -> Expect:
    return replace(expect, body=None, contains="") if operation.method == "HEAD" else expect


def _bare(operation: ContractOperation) -> CaseRequest:
    """The path of an operation and nothing else: the authorizer comes before the validation."""
    return CaseRequest(
        method=operation.method,
        target=_PARAMETER.sub("example", operation.path),
        scope=operation.scope or "",
    )


def _title(operation: ContractOperation) -> str:
    return f"{operation.method} {operation.path}"


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")

"""The requests that the cases of every API start from, chosen from the contract by what they need.

``read`` is a call that changes nothing. ``write`` is one with a JSON body that API Gateway
validates; a contract without such an operation has none. ``unknown`` leads nowhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from portcullis.acceptance.errors import NoReadError
from portcullis.acceptance.generated.routes import Routes
from portcullis.acceptance.matrix.reader import READ, UNKNOWN
from portcullis.acceptance.matrix.request import CaseRequest
from portcullis.contract.inputs import ContractInputs

WRITE = "write"


@dataclass(frozen=True, kw_only=True)
class Basis:
    """The requests by name, and those by method and path. ``has_write``: the contract has one."""

    requests: Mapping[str, CaseRequest]
    has_write: bool

    @property
    def read(self) -> CaseRequest:
        return self.requests[READ]

    @property
    def reads(self) -> tuple[CaseRequest, ...]:
        """Calls that change nothing, ``read`` first."""
        return tuple(request for request in self.requests.values() if request.method == "GET")


def choose(
    contract: Path,
    inputs: ContractInputs,
    routes: Routes,
    calls: Mapping[str, CaseRequest],
    given: Mapping[str, CaseRequest],
) -> Basis:
    """The basis of a contract.

    Args:
        contract: its file, for an error.
        inputs: its operations.
        routes: which of them a path leads to.
        calls: a valid call of each operation, by method and path.
        given: requests that a project names itself.

    Raises:
        NoReadError: no call that changes nothing can be made.
    """
    reads = [(name, request) for name, request in calls.items() if request.method == "GET"]
    read = given.get(READ) or min(reads, key=_wants, default=("", None))[1]
    if read is None:
        raise NoReadError(contract)
    models = [
        f"{one.operation.method} {one.operation.path}"
        for one in inputs.operations
        if one.body is not None and one.body.model is not None
    ]
    write = given.get(WRITE) or next((calls[name] for name in models if name in calls), None)
    nothing = replace(read, method="POST", body=b"{}")
    return Basis(
        requests={
            READ: read,
            WRITE: write or nothing,
            **calls,
            **given,
            UNKNOWN: CaseRequest(target=routes.unknown_path() or "/admin", scope=read.scope),
        },
        has_write=write is not None,
    )


def _wants(call: tuple[str, CaseRequest]) -> tuple[int, int, int]:
    """How much a call needs: a path without parameters, few headers and a short target first."""
    name, request = call
    return name.count("{"), len(request.headers) + ("?" in request.target), len(request.target)

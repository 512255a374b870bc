"""The requests that the cases of every API start from, chosen from the contract by what they need.

``read`` is a GET, or in a contract without one any call. ``write`` is one with a JSON body that API
Gateway validates; a contract without such an operation has none. ``unknown`` leads nowhere.
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
    """The requests by name, and those by method and path. ``has_write``: the contract has one.

    ``reads`` are ``read`` and every GET.
    """

    requests: Mapping[str, CaseRequest]
    reads: tuple[CaseRequest, ...]
    has_write: bool

    @property
    def read(self) -> CaseRequest:
        return self.requests[READ]


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
        NoReadError: no call can be made.
    """
    if not calls and READ not in given:
        raise NoReadError(contract)
    read = given.get(READ) or min(calls.items(), key=_wants)[1]
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
        reads=(read, *(request for request in calls.values() if request.method == "GET")),
        has_write=write is not None,
    )


def _wants(call: tuple[str, CaseRequest]) -> tuple[bool, int, int, int]:
    """How much a call needs: a GET, no parameter in the path, few headers and a short target."""
    name, request = call
    needed = len(request.headers) + ("?" in request.target)
    return request.method != "GET", name.count("{"), needed, len(request.target)

"""Cases of routes that bodies over 8 KB may reach: exceptions of the web ACL's core rule set."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from portcullis.acceptance.generated.routes import Routes
from portcullis.acceptance.matrix.caller import CaseCaller
from portcullis.acceptance.matrix.case import Case
from portcullis.acceptance.matrix.expectation import Expect
from portcullis.acceptance.matrix.reader import UNKNOWN
from portcullis.acceptance.matrix.request import CaseRequest

REFUSED = "body-over-8-kb"  # the case of every API, on a route without an exception
_PADDING = b" " * 9000  # white space after a JSON text is part of it
_WITH_BODY = frozenset({"DELETE", "PATCH", "POST", "PUT"})


def large_body_cases(
    routes: Collection[str],
    calls: Mapping[str, CaseRequest],
    answers: Mapping[str, Expect],
    *,
    taps: bool,
) -> Iterator[Case]:
    """A valid call of each route with a larger body, which the backend must get.

    Args:
        routes: method and path of each exception.
        calls: a valid call of each operation that one can be made of, by method and path.
        answers: the answers by name.
        taps: whether what was sent to the backend can be seen.
    """
    for route in routes:
        call = calls.get(route)
        if call is not None and call.method in _WITH_BODY:
            yield Case(
                name=re.sub(r"[^a-z0-9]+", "-", route.lower()).strip("-") + "-large-body",
                attack=f"{route} with a body over 8 KB, which webAclExceptions permits.",
                caller=CaseCaller.CLIENT,
                request=replace(call, body=call.body + _PADDING),
                expect=answers["accepted"],
                arrives=taps,
                changes_data=True,
            )


def on_another_route(
    case: Case, routes: Collection[str], known: Routes, requests: Mapping[str, CaseRequest]
) -> Case:
    """The case that must be blocked, moved to a path without an exception."""
    request = case.request
    found = known.find(request.method, request.path)
    if found is None or f"{found.method} {found.path}" not in routes:
        return case
    return replace(case, uses="", request=replace(request, target=requests[UNKNOWN].target))

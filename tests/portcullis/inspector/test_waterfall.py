"""Each call's gates: which passed, which ended the call, which it did not reach, and when."""

import asyncio

import pytest

from portcullis.gateway.exchange import Endpoint, Layer, UpstreamAnswer, VerifyFailure
from portcullis.inspector.waterfall import answered_gates
from tests.portcullis.inspector.inspected import answer
from tests.portcullis.inspector.sample_calls import TENANT

EXPIRED = VerifyFailure(code=10, depth=0, message="certificate has expired")


def verdicts(watched, **call):
    asyncio.run(watched.call(**call))
    return {row["gate"]: row["verdict"] for row in watched.last()["gates"]}


def end_of(found):
    """The gate that ended the call; before it all have passed or are absent, after it none."""
    names = list(found)
    (end,) = [name for name in names if found[name] in {"refused", "answered"}]
    before, after = names[: names.index(end)], names[names.index(end) + 1 : -1]
    assert {found[name] for name in before} <= {"passed", "absent"}
    assert {found[name] for name in after} <= {"unreached"}
    return end, found[end]


@pytest.mark.parametrize(
    ("call", "end"),
    [
        ({"verify_failure": EXPIRED}, (Layer.TRUSTSTORE, "refused")),
        ({"endpoint": Endpoint.DEFAULT}, (Layer.DEFAULT_ENDPOINT, "refused")),
        ({"host": "other.test"}, (Layer.CUSTOM_DOMAIN, "refused")),
        ({"source_ip": "192.0.2.1"}, (Layer.WEB_ACL, "refused")),
        ({"target": "/nowhere"}, (Layer.ROUTE, "refused")),
        ({"target": "/pets/7"}, (Layer.VALIDATION, "refused")),
        ({"target": "/pets/7", "headers": (TENANT,)}, (Layer.BACKEND, "answered")),
    ],
    ids=lambda value: str(value[0]) if isinstance(value, tuple) else "",
)
def test_a_call_ends_at_one_gate(watched, call, end):
    assert end_of(verdicts(watched, **call)) == end


def test_a_refusal_of_the_authorizer_ends_there(watched):
    watched.laptop.functions.answer = answer("Deny", reason="suspended")
    assert end_of(verdicts(watched)) == (Layer.AUTHORIZER, "refused")


def test_an_error_of_the_backend_is_the_backends_answer(watched):
    watched.laptop.upstream.answer = UpstreamAnswer(status=503, headers=(), body=b"")
    assert end_of(verdicts(watched)) == (Layer.BACKEND, "answered")


def test_a_gate_that_the_stack_lacks_is_absent(watched):
    found = verdicts(watched, target="/pets")
    assert found[Layer.VALIDATION] == "absent"
    assert found[Layer.WEB_ACL] == "passed"


@pytest.mark.parametrize(("status", "gate"), [(None, Layer.TLS), (431, "front")])
def test_a_call_without_a_request_ends_before_the_gates(watched, status, gate):
    watched.refuse("why it was refused", status=status)
    rows = watched.last()["gates"]
    (end,) = [row for row in rows if row["verdict"] == "refused"]
    assert (end["gate"], end["note"]) == (gate, "why it was refused")
    assert all("ms" not in row for row in rows)


def test_gates_follow_each_other_in_time_and_add_up_to_the_call(watched):
    asyncio.run(watched.call("/pets/7", headers=(TENANT,), connection_id="c", handshake_ms=3.0))
    ((_, call),) = watched.recent.since(0, at_most=1)
    times = call.exchange.timings_ms
    times.clear()
    times.update(
        {"web-acl": 0.5, "authorizer": 4.0, "validation": 0.25, "integration": 2.0, "total": 7.0}
    )
    first = answered_gates(call, is_refused=False, is_first_of_connection=True)
    assert [(row["gate"], row["atMs"], row["ms"]) for row in first if "ms" in row] == [
        ("tls", 0.0, 3.0),
        ("web-acl", 3.0, 0.5),
        ("authorizer", 3.5, 4.0),
        ("validation", 7.5, 0.25),
        ("integration", 7.75, 2.0),
        ("rest", 9.75, 0.25),
    ]
    later = answered_gates(call, is_refused=False, is_first_of_connection=False)
    assert next(row for row in later if "ms" in row)["gate"] == "web-acl"
    assert later[0]["note"].endswith("connection reused")

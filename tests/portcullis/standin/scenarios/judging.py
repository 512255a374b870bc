"""Judges every state between the operations of an update, in the order taken and in others."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from portcullis.graph.resource import UNKNOWN, Graph
from portcullis.standin.account import Account, Held, existing, key_of
from portcullis.standin.conflicts import AwsRefusedError, check_create, check_delete
from portcullis.standin.journal import AwsOperation, Verb, applied
from tests.portcullis.standin.scenarios.model_engine import Update
from tests.portcullis.standin.scenarios.reachability import (
    REST_API,
    Callers,
    Passed,
    passing,
    resolvable,
)

ORDERS = 12  # tried besides the one taken
Window = tuple[str, str]  # the operations that begin and end an interruption


@dataclass
class Judgement:
    """What is wrong with the states of an update, and how many states were judged."""

    states: int = 0
    faults: list[str] = field(default_factory=list)


def judge(
    update: Update,
    *,
    goal: Account,
    interruptions: Iterable[Window] = (),
    orders: int = ORDERS,
) -> Judgement:
    """Judge each state of an update that leads to ``goal``, or towards it.

    No call may pass that passes neither before the update nor in the goal. A call that passes in
    both may be refused only within one of the ``interruptions``.
    """
    judgement = Judgement()
    for operations in (update.operations, *map(update.reordered, range(orders))):
        _judge_order(
            update.before,
            tuple(operations),
            goal,
            tuple(interruptions),
            judgement,
            finished=update.graph is not None,
        )
    return judgement


def _judge_order(
    before: Account,
    operations: tuple[AwsOperation, ...],
    goal: Account,
    interruptions: tuple[Window, ...],
    judgement: Judgement,
    *,
    finished: bool,
) -> None:
    callers = Callers.of([before, goal])
    permitted = passing(before, callers) | passing(goal, callers)
    valid = _valid(before, callers) & _valid(goal, callers)
    account = before
    for position, operation in enumerate(operations):
        try:
            check(account, operation)
        except AwsRefusedError as refused:
            judgement.faults.append(f"AWS refuses {operation}: {refused}")
            return
        account = applied(account, operation)
        judgement.states += 1
        passed = passing(account, callers)
        excused = any(_is_open(w, operations, position, finished=finished) for w in interruptions)
        judgement.faults += _faults(operation, "passes", passed - permitted)
        if not excused:
            refused_calls = valid - resolvable(account, passed)
            judgement.faults += _faults(operation, "is refused", refused_calls)


def check(account: Account, operation: AwsOperation) -> None:
    """Check that AWS would accept the operation in this state.

    Raises:
        AwsRefusedError: it would not.
    """
    held = Held(type=operation.type, id=operation.id, properties=operation.properties)
    if operation.verb is Verb.CREATE and not existing(account, held.type, held.properties):
        check_create(account, held)
    found = account.get(key_of(held.type, held.id, held.properties))
    if operation.verb is Verb.DELETE and found is not None:
        check_delete(account, found)


def differences(account: Account, graph: Graph) -> list[str]:
    """Where the account is not as the program declares it."""
    declared = {key_of(r.type, r.id, r.outputs): r for r in graph}
    retained = {key for key, held in account.items() if held.type.endswith("account:Account")}
    found = [f"{r.type} {r.name} is missing" for key, r in declared.items() if key not in account]
    found += [f"{key} is left over" for key in account.keys() - declared.keys() - retained]
    for key, resource in declared.items():
        held = account.get(key)
        for name, value in resource.inputs.items() if held else ():
            # An export encrypts secrets, so their values cannot be compared.
            if held is not None and value != UNKNOWN and held[name] != value:
                found.append(f"{name} of {resource.name} is not as declared")
        if held is not None and resource.type == REST_API:
            source = json.loads(resource.inputs["body"]).get("x-amazon-apigateway-api-key-source")
            if source and held["apiKeySource"] != source:
                found.append(f"apiKeySource of {resource.name} is {held['apiKeySource']}")
    return found


def _valid(account: Account, callers: Callers) -> frozenset[Passed]:
    return resolvable(account, passing(account, callers))


def _is_open(
    window: Window, operations: tuple[AwsOperation, ...], position: int, *, finished: bool
) -> bool:
    """Whether the first operation of the window has happened, and not yet all of its last ones.

    The window of an interrupted update stays open until the next one.
    """
    begins, ends = window
    begun = any(str(done).startswith(begins) for done in operations[: position + 1])
    ahead = any(str(op).startswith(ends) for op in operations[position + 1 :])
    return begun and (ahead or not finished)


def _faults(operation: AwsOperation, what: str, calls: frozenset[Passed]) -> Iterator[str]:
    if calls:
        example = min(calls)
        yield (
            f"after {operation}, {example.client} from {example.address} to {example.route} of "
            f"{example.host} {what} ({example.how}; {len(calls)} such calls)"
        )

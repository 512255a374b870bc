"""Performs an update in process, in the order in which the engine orders the steps.

By default a replaced resource is created first, and the old one is deleted at the end. All
deletions at the end happen in the reverse order of dependencies. With delete before replace the old
resource is deleted first, and before it every dependent that is replaced because of it.
Source: pulumi/pulumi, pkg/resource/deploy/step_generator.go.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

from portcullis.graph.recorder import Recorder, run
from portcullis.graph.resource import UNKNOWN, Graph, Resource
from portcullis.standin import LocalKeys, StandIn
from portcullis.standin.account import Account
from portcullis.standin.journal import AwsOperation
from portcullis.standin.replacement import compare

Rewrite = Callable[[Resource], Resource]
After = frozenset[int]
ACCOUNT = "111122223333"


class EngineRefusedError(Exception):
    """The engine would refuse the step, for example for a protected resource."""


class StoppedError(Exception):
    """The update was interrupted after a number of operations."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One operation, and the indexes of the operations that the engine performs before it."""

    operation: AwsOperation
    after: After


@dataclass(frozen=True, kw_only=True)
class Update:
    """The steps of one update, and the account before it."""

    before: Account
    steps: tuple[Step, ...]
    graph: Graph | None  # what the program declares; None if the update was interrupted

    @property
    def operations(self) -> tuple[AwsOperation, ...]:
        return tuple(step.operation for step in self.steps)

    def reordered(self, seed: int) -> Iterator[AwsOperation]:
        """The operations in another possible order: the engine works in parallel."""
        chance, done = random.Random(seed), set[int]()  # noqa: S311 - an order to try
        waiting = dict(enumerate(self.steps))
        while waiting:
            index = chance.choice([i for i, step in waiting.items() if step.after <= done])
            done.add(index)
            yield waiting.pop(index).operation


@dataclass
class Stack:
    """What the engine's backend knows about one stack, and the account that it deploys to."""

    stand_in: StandIn
    keys: LocalKeys  # of the stand-in
    performed: list[AwsOperation]  # the stand-in appends to it
    resources: dict[str, Resource] = field(default_factory=dict)
    pending_deletes: list[Resource] = field(default_factory=list)
    deleted_early: set[str] = field(default_factory=set)

    def update(
        self,
        program: Callable[[], object],
        *,
        stack: str,
        config: Mapping[str, str],
        rewrite: Rewrite = lambda resource: resource,
        stop_after: int | None = None,
    ) -> Update:
        """Run the program and perform its steps, as ``pulumi up`` does.

        ``rewrite`` changes each registration, for variants of the program. ``stop_after``
        interrupts the update after this number of operations.
        """
        before = self.stand_in.account
        engine = _Engine(self, rewrite, stop_after)
        graph = None
        try:
            run(engine, program, project="portcullis", stack=stack, config=config)
            engine.finish()
        except Exception:
            if not engine.stopped:
                raise
        else:
            graph = Graph(
                project="portcullis", stack=stack, resources=tuple(self.resources.values())
            )
        return Update(before=before, steps=tuple(engine.steps), graph=graph)

    def copy(self) -> "Stack":
        """A second stack in the same state, on an account of its own."""
        copied = new_stack(existing_account=self.stand_in.account)
        copied.keys._keys.update(self.keys._keys)
        copied.resources = dict(self.resources)
        copied.pending_deletes = list(self.pending_deletes)
        copied.deleted_early = set(self.deleted_early)
        return copied

    def destroy(self) -> Update:
        """Delete everything, as ``pulumi destroy`` does."""
        before = self.stand_in.account
        engine = _Engine(self, lambda resource: resource, None)
        engine.finish()
        empty = Graph(project="portcullis", stack="", resources=())
        return Update(before=before, steps=tuple(engine.steps), graph=empty)


def new_stack(account: str = ACCOUNT, existing_account: Account | None = None) -> Stack:
    performed: list[AwsOperation] = []
    keys = LocalKeys()
    stand_in = StandIn(
        region="eu-central-1",
        account=account,
        keys=keys,
        existing_account=existing_account,
        on_operation=performed.append,
    )
    return Stack(stand_in=stand_in, keys=keys, performed=performed)


class _Engine(Recorder):
    def __init__(self, stack: Stack, rewrite: Rewrite, stop_after: int | None) -> None:
        super().__init__(preview=False, outputs=_never, lookup=stack.stand_in.lookup)
        self.steps: list[Step] = []
        self.stopped = False
        self._stack = stack
        self._rewrite = rewrite
        self._stop_after = stop_after
        self._old = dict(stack.resources)
        self._seen: set[str] = set()
        self._ready: dict[str, After] = {}  # the operations that a dependent waits for, per URN
        self._one_at_a_time = Lock()

    def registered(self, resource: Resource) -> Resource:
        with self._one_at_a_time:
            return self._registered(self._rewrite(resource))

    def _registered(self, new: Resource) -> Resource:
        after: After = frozenset().union(*(self._ready.get(d, ()) for d in new.dependencies))
        old = self._old.get(new.urn)
        self._seen.add(new.urn)
        if old is None or new.urn in self._stack.deleted_early:
            made, after = self._create(new, after)
        else:
            made, after = self._changed(old, new, after)
        self._stack.resources.pop(new.urn, None)  # the order of the state is that of the program
        self._stack.resources[new.urn] = made
        self._ready[new.urn] = after
        return made

    def _changed(self, old: Resource, new: Resource, after: After) -> tuple[Resource, After]:
        change = compare(new.type, old.inputs, new.inputs)
        if not change.changed:
            return replace(new, id=old.id, outputs=old.outputs), after
        if not change.replaces:
            self._check_interrupt()
            outputs = self._stack.stand_in.update(
                new.type,
                new.name,
                old.id,
                old=old.outputs,
                old_inputs=old.inputs,
                inputs=new.inputs,
            )
            return replace(new, id=old.id, outputs=outputs), self._note(after)
        if new.flags.delete_before_replace or change.delete_before_replace:
            for gone in (*reversed(self._replaced_with(old)), old):
                after = self._delete(gone, after)
                self._stack.deleted_early.add(gone.urn)
            return self._create(new, after)
        created = self._create(new, after)
        self._stack.pending_deletes.append(old)
        return created

    def _create(self, new: Resource, after: After) -> tuple[Resource, After]:
        self._check_interrupt()
        resource_id, outputs = self._stack.stand_in.outputs(new.type, new.name, dict(new.inputs))
        self._stack.deleted_early.discard(new.urn)
        return replace(new, id=resource_id, outputs=outputs), self._note(after)

    def _delete(self, old: Resource, after: After) -> After:
        if old.flags.protect:
            raise EngineRefusedError(f"{old.urn} is protected")
        if old.flags.retain_on_delete:
            return after
        self._check_interrupt()
        self._stack.stand_in.delete(old.type, old.name, old.id, old.outputs)
        return self._note(after)

    def _replaced_with(self, root: Resource) -> list[Resource]:
        """The dependents that are replaced if ``root`` is, in the order of dependencies."""
        replaced = {root.urn: root}
        for urn, resource in self._old.items():
            unknown = {
                key: UNKNOWN
                for key, urns in resource.property_dependencies.items()
                if key in resource.inputs and any(used in replaced for used in urns)
            }
            registered = urn in self._seen or urn in self._stack.deleted_early
            change = compare(resource.type, resource.inputs, {**resource.inputs, **unknown})
            follows = any(other in replaced for other in resource.flags.replace_with)
            if (change.replaces or follows) and not registered:
                replaced[urn] = resource
        return list(replaced.values())[1:]

    def finish(self) -> None:
        """Delete what was replaced and what the program no longer declares."""
        stack, all_before = self._stack, frozenset(range(len(self.steps)))
        removed = [r for urn, r in self._old.items() if urn not in self._seen]
        for old in removed:
            if old.urn in stack.deleted_early:
                del stack.resources[old.urn]
        waiting = [r for r in removed if r.urn not in stack.deleted_early]
        waiting += stack.pending_deletes
        stack.deleted_early -= {old.urn for old in removed}
        below = {id(old): self._dependencies(old, waiting) for old in waiting}
        deleted: dict[int, After] = {}
        users: dict[int, list[int]] = {
            id(old): [id(u) for u in waiting if old.urn in below[id(u)]] for old in waiting
        }
        while waiting:
            old = next(o for o in waiting if all(user in deleted for user in users[id(o)]))
            after = all_before.union(*(deleted[user] for user in users[id(old)]))
            deleted[id(old)] = self._delete(old, after)
            waiting.remove(old)
            if any(old is pending for pending in stack.pending_deletes):
                stack.pending_deletes = [p for p in stack.pending_deletes if p is not old]
            else:
                del stack.resources[old.urn]

    def _dependencies(self, old: Resource, gone: Iterable[Resource]) -> set[str]:
        """The URNs that a resource depended on, directly or through another one."""
        known = self._old | {resource.urn: resource for resource in gone}
        found, waiting = set[str](), list(old.dependencies)
        while waiting:
            urn = waiting.pop()
            if urn != old.urn and urn not in found:
                found.add(urn)
                waiting += known[urn].dependencies if urn in known else ()
        return found

    def _check_interrupt(self) -> None:
        if self._stop_after is not None and len(self.steps) >= self._stop_after:
            self.stopped = True
            raise StoppedError(f"interrupted after {self._stop_after} operations")

    def _note(self, after: After) -> After:
        """Add the operation that the stand-in has just performed."""
        self.steps.append(Step(operation=self._stack.performed[-1], after=after))
        return after | {len(self.steps) - 1}


def _never(*_: Any) -> tuple[str, dict[str, Any]]:
    raise AssertionError("an engine answers every registration itself")

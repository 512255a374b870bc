"""Records what the running program registers with the engine, as a graph.

The SDK calls the engine's monitor through a stub. Its methods are wrapped, so that each request and
its answer are recorded on their way.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pulumi
from pulumi.runtime import mocks
from pulumi.runtime import stack as pulumi_stack
from pulumi.runtime.settings import SETTINGS, get_monitor

from portcullis.errors import MisuseError
from portcullis.graph.recorder import STACK_TYPE, requested_resource
from portcullis.graph.resource import Graph, Resource
from portcullis.graph.wire import from_struct

# The file of `--policy-pack-config`, for the program's own judge.
POLICY_CONFIG_VARIABLE = "PORTCULLIS_POLICY_CONFIG"
WRAPPED = "portcullis_own_registrations"
REGISTRATION = "register_resource."  # the SDK's coroutine of one resource


class OwnRegistrations:
    """The resources that the program has registered so far, with the engine's answers."""

    def __init__(self) -> None:
        # The SDK calls from several threads: each request writes its own entry only.
        self._resources: dict[str, Resource] = {}
        self._stack_outputs: dict[str, Any] = {}

    def graph(self) -> Graph:
        return Graph(
            project=pulumi.get_project(),
            stack=pulumi.get_stack(),
            resources=tuple(sorted(self._resources.values(), key=lambda r: r.urn)),
            stack_outputs=self._stack_outputs,
        )

    def registered(self, request: Any, response: Any) -> None:
        if request.type == STACK_TYPE:
            return
        resource = requested_resource(request, response.urn)
        answered = from_struct(response.object)
        self._resources[response.urn] = replace(
            resource, id=response.id, outputs={**resource.outputs, **answered}
        )

    def outputs_registered(self, request: Any) -> None:
        outputs = from_struct(request.outputs)
        if f"::{STACK_TYPE}::" in request.urn:
            self._stack_outputs = outputs
        elif request.urn in self._resources:
            resource = self._resources[request.urn]
            self._resources[request.urn] = replace(resource, outputs=outputs)


def _has_registered() -> bool:
    """Whether a resource was sent to the engine already: a lookup waits for all that are declared.

    The stack itself may be. Without such a wait, declared resources are sent later.
    """
    sent = [rpc for rpc in SETTINGS.rpc_manager.rpcs if isinstance(rpc, asyncio.Task)]
    registrations = [task for task in sent if REGISTRATION in str(task.get_coro())]
    return len(registrations) > 1


def watch(
    when_complete: Callable[[Graph], None],
    before_each: Callable[[Resource], None] = lambda _: None,
) -> bool:
    """Record all registrations from now on, and hand over their graph when there will be no more.

    An exception of ``when_complete`` fails the program; one of ``before_each`` also keeps the
    resource from being registered. False if nothing is recorded: under mocks,
    whose tests see the registrations themselves, outside of a program, and at the second call.

    Raises:
        MisuseError: a resource may have been registered already, or the SDK does not report the
            end of a program.
    """
    monitor = get_monitor()
    if monitor is None or isinstance(monitor, mocks.MockMonitor) or hasattr(monitor, WRAPPED):
        return False
    if not hasattr(pulumi_stack, "_wait_for_shutdown"):
        raise MisuseError(
            "require_gates() needs a newer Pulumi SDK, which tells the engine when a program has "
            "registered everything. Run: pip install --upgrade pulumi"
        )
    if _has_registered():
        raise MisuseError(
            "require_gates() must be called before the program's first resource: what was "
            "registered earlier cannot be judged. Move the call to the top of the program."
        )
    recorded = OwnRegistrations()
    register = monitor.RegisterResource
    register_outputs = monitor.RegisterResourceOutputs
    shut_down = monitor.SignalAndWaitForShutdown

    def register_and_record(request: Any, *args: Any, **options: Any) -> Any:
        before_each(requested_resource(request, urn=""))
        response = register(request, *args, **options)
        recorded.registered(request, response)
        return response

    def register_outputs_and_record(request: Any, *args: Any, **options: Any) -> Any:
        recorded.outputs_registered(request)
        return register_outputs(request, *args, **options)

    def complete(request: Any, *args: Any, **options: Any) -> Any:
        # The SDK calls it when every registration was answered and the program has not failed.
        when_complete(recorded.graph())
        return shut_down(request, *args, **options)

    monitor.RegisterResource = register_and_record
    monitor.RegisterResourceOutputs = register_outputs_and_record
    monitor.SignalAndWaitForShutdown = complete
    setattr(monitor, WRAPPED, recorded)
    return True

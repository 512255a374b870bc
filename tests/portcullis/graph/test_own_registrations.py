"""A running program sees what it registers, and ends with an error if its judge raises one."""

import asyncio

import pulumi
import pulumi_aws as aws
import pytest
from pulumi.runtime import mocks
from pulumi.runtime.settings import SETTINGS, set_root_resource
from pulumi.runtime.stack import run_in_stack

from portcullis.errors import MisuseError
from portcullis.graph.own_registrations import watch
from portcullis.graph.recorder import Recorder
from portcullis.graph.resource import UNKNOWN
from tests.policies import running


class Monitor:
    """As the engine's stub: its methods are attributes, and it is not one of the SDK's mocks."""

    def __init__(self, recorder):
        for name in (
            "RegisterResource",
            "RegisterResourceOutputs",
            "ReadResource",
            "Invoke",
            "SupportsFeature",
            "GetDeploymentInfo",
            "SignalAndWaitForShutdown",
        ):
            setattr(self, name, getattr(recorder, name))


def run(program, *, preview=True, as_mock=False, registered=None):
    """``registered`` gets the names of what reached the engine."""
    recorder = Recorder(
        preview=preview,
        outputs=running.computed_outputs,
        lookup=lambda _token, _args: {"accountId": "0", "arn": "a", "id": "i", "userId": "u"},
    )
    monitor = recorder if as_mock else Monitor(recorder)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    mocks.set_mocks(recorder.mocks, project="p", stack="s", preview=preview, monitor=monitor)
    for task in asyncio.all_tasks(loop):
        task.cancel()  # set_mocks registers a stack of its own; run_in_stack does so too
    SETTINGS.rpc_manager.clear()
    SETTINGS.outputs.clear()
    set_root_resource(None)
    try:
        loop.run_until_complete(run_in_stack(program))
    finally:
        asyncio.set_event_loop(None)
        loop.close()
        if registered is not None:
            registered += [resource.name for resource in recorder.recorded.values()]


class Gate(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("test:index:Gate", name)
        bucket = aws.s3.Bucket(f"{name}-b", opts=pulumi.ResourceOptions(parent=self, protect=True))
        # Only known after the bucket is created.
        bucket.arn.apply(lambda arn: aws.s3.Bucket(f"{name}-late", bucket=f"{arn[-6:]}-late"))
        self.register_outputs({"arn": bucket.arn})


def watched(*, preview):
    graphs = []

    def program():
        assert watch(graphs.append)
        Gate("gate")
        pulumi.export("answer", 42)

    run(program, preview=preview)
    (graph,) = graphs
    return graph


def test_the_graph_is_complete_when_it_is_handed_over():
    graph = watched(preview=True)
    assert [r.name for r in graph] == ["gate-b", "gate"]
    (bucket,) = graph.of_type("aws:s3/bucket:Bucket")
    assert bucket.flags.protect
    assert graph.by_urn(bucket.parent).outputs == {"arn": UNKNOWN}
    assert graph.stack_outputs == {"answer": 42}
    assert (graph.project, graph.stack) == ("p", "s")


def test_an_update_knows_outputs_and_what_an_apply_registers():
    graph = watched(preview=False)
    by_name = {r.name: r for r in graph}
    assert by_name["gate-b"].outputs["arn"].endswith(":gate-b")
    assert by_name["gate-b"].id == "gate-b-id"
    assert by_name["gate-late"].inputs == {"bucket": "gate-b-late"}


def test_an_error_of_the_judge_fails_the_program():
    def refuse(_):
        raise LookupError("no gate")

    def program():
        watch(refuse)
        Gate("gate")

    with pytest.raises(LookupError, match="no gate"):
        run(program)


def test_a_program_that_fails_is_not_judged():
    def program():
        watch(lambda _: pytest.fail("judged"))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(program)


def test_a_second_call_changes_nothing():
    graphs = []

    def program():
        assert watch(graphs.append)
        assert not watch(graphs.append)

    run(program)
    assert len(graphs) == 1


def test_a_lookup_before_the_call_is_fine():
    graphs = []

    def program():
        aws.get_caller_identity()
        watch(graphs.append)
        Gate("gate")

    run(program)
    assert len(graphs[0].resources) == 2


def test_a_resource_that_was_registered_before_the_call_is_refused():
    def program():
        gate = Gate("gate")
        aws.get_caller_identity()  # waits for the engine, so that the resource is registered too
        watch(lambda _: None)
        assert gate

    with pytest.raises(MisuseError, match="top of the program"):
        run(program)


def test_a_resource_that_still_waits_is_recorded():
    graphs = []

    def program():
        Gate("gate")
        watch(graphs.append)

    run(program)
    assert len(graphs[0].resources) == 2


def test_nothing_is_watched_under_mocks():
    def program():
        assert not watch(lambda _: pytest.fail("judged"))
        Gate("gate")

    run(program, as_mock=True)

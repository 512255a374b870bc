"""Graphs of the project's own stacks, in preview semantics, with settings changed on the way."""

import runpy
from pathlib import Path

import pytest

from portcullis.graph.recorder import record
from portcullis.pki import laptop
from portcullis.settings.project import load_stack_config
from portcullis.standin import LocalKeys, StandIn

PROJECT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def truststore(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pki")
    return laptop.ensure(folder, hosts=["localhost"], clients={}).truststore_file


@pytest.fixture(scope="session")
def graph_of(truststore):
    def graph(stack, *, preview=True, **settings):
        config = load_stack_config(
            PROJECT,
            stack,
            {
                "portcullis:truststoreFile": str(truststore),
                **{key.replace("__", ":"): text for key, text in settings.items()},
            },
        )
        stand_in = StandIn(region=config.region, account=config.account_id, keys=LocalKeys())
        return record(
            lambda: runpy.run_path(str(PROJECT / "__main__.py"), run_name="__main__"),
            project="portcullis",
            stack=stack,
            config=config.raw_values,
            preview=preview,
            outputs=stand_in.outputs,
            lookup=stand_in.lookup,
        )

    return graph

"""The table is made once from the graph, and filled once from the file."""

import boto3
import pytest
from moto.server import ThreadedMotoServer

from portcullis.graph.resource import Graph, Resource
from portcullis.laptop.client_table import TABLE, deploy_tables
from portcullis.registry import ClientStatus, RegistryError
from portcullis.registry.store import set_status
from portcullis.registry.table_store import TableStore

REGION = "eu-central-1"
CLIENTS = """\
clients:
  - id: shop
    match: [{sanUri: spiffe://x/shop}]
    scopes: [pets:read]
    status: active
"""


@pytest.fixture(scope="module")
def endpoint():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def client(endpoint):
    return boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


@pytest.fixture
def clients_file(tmp_path):
    path = tmp_path / "clients.yaml"
    path.write_text(CLIENTS)
    return path


@pytest.fixture
def deploy(endpoint, clients_file):
    def run(*names):
        return deploy_tables(
            graph(*names), endpoint_url=endpoint, region=REGION, clients_file=clients_file
        )

    return run


def graph(*names):
    return Graph(
        project="portcullis",
        stack="local",
        resources=tuple(
            Resource(
                urn=f"urn:pulumi:local::portcullis::{TABLE}::{name}",
                type=TABLE,
                name=name,
                inputs={
                    "name": name,
                    "billingMode": "PAY_PER_REQUEST",
                    "hashKey": "pk",
                    "attributes": [{"name": "pk", "type": "S"}],
                },
            )
            for name in names
        ),
    )


def test_the_table_of_the_graph_holds_the_clients_of_the_file(deploy, client):
    assert deploy("first") == ["first"]
    described = client.describe_table(TableName="first")["Table"]
    assert described["KeySchema"] == [{"AttributeName": "pk", "KeyType": "HASH"}]
    assert [c.id for c in TableStore(client, "first").read().clients] == ["shop"]


def test_a_later_deploy_leaves_its_items_alone(deploy, client):
    deploy("second")
    table = TableStore(client, "second")
    table.plan(set_status("shop", ClientStatus.SUSPENDED)).write()
    assert deploy("second") == []
    (shop,) = table.read().clients
    assert shop.status is ClientStatus.SUSPENDED


def test_a_graph_without_a_table_makes_none(deploy, client):
    before = client.list_tables()["TableNames"]
    assert deploy() == []
    assert client.list_tables()["TableNames"] == before


def test_a_bad_clients_file_is_refused(deploy, clients_file):
    clients_file.write_text("clients: [{id: X}]")
    with pytest.raises(RegistryError):
        deploy("third")

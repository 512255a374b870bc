"""The registry's table on the laptop: made in moto as the graph says, filled from the file once."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3

from portcullis import registry
from portcullis.graph.resource import Graph, Resource
from portcullis.registry.table_store import TableStore

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

TABLE = "aws:dynamodb/table:Table"


def deploy_tables(graph: Graph, *, endpoint_url: str, region: str, clients_file: Path) -> list[str]:
    """Create every table of the graph that is not there yet, and fill a new one.

    A later deploy leaves the items of a table alone, as on AWS.

    Returns:
        The names of the tables that were made.

    Raises:
        RegistryError: the clients file cannot be used.
    """
    client: DynamoDBClient = boto3.client(
        "dynamodb",
        endpoint_url=endpoint_url,
        region_name=region,
        # The emulator accepts any; real credentials of this machine never reach it.
        aws_access_key_id="laptop",
        aws_secret_access_key="laptop",  # noqa: S106 - not a secret
    )
    made = [str(r.inputs["name"]) for r in graph.of_type(TABLE) if _create(client, r)]
    for name in made:
        TableStore(client, name).fill(registry.load(clients_file, known_scopes=None))
    return made


def _create(client: "DynamoDBClient", resource: Resource) -> bool:
    inputs: Mapping[str, Any] = resource.inputs
    if inputs["name"] in client.list_tables()["TableNames"]:
        return False
    client.create_table(
        TableName=inputs["name"],
        BillingMode=inputs["billingMode"],
        KeySchema=[{"AttributeName": inputs["hashKey"], "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": one["name"], "AttributeType": one["type"]}
            for one in inputs["attributes"]
        ],
    )
    return True

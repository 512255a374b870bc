"""The registry's table on the laptop: created in moto as the graph declares, filled once."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portcullis import registry
from portcullis.graph.resource import Graph, Resource
from portcullis.registry.table_store import TableStore

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

TABLE = "aws:dynamodb/table:Table"


def deploy_tables(graph: Graph, *, endpoint_url: str, region: str, clients_file: Path) -> list[str]:
    """Create the graph's tables that do not exist yet, and fill the new ones.

    A later deploy does not change the items of a table, as on AWS.

    Returns:
        The names of the new tables.

    Raises:
        RegistryError: the clients file cannot be used.
    """
    tables = graph.of_type(TABLE)
    if not tables:
        return []
    import boto3  # noqa: PLC0415 - most stacks have no table, and it takes 0.1 s

    client: DynamoDBClient = boto3.client(
        "dynamodb",
        endpoint_url=endpoint_url,
        region_name=region,
        # The emulator accepts any; real credentials of this machine never reach it.
        aws_access_key_id="laptop",
        aws_secret_access_key="laptop",  # noqa: S106 - not a secret
    )
    made = [str(r.inputs["name"]) for r in tables if _create(client, r)]
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

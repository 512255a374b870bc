"""An authorizer per test, whose clock, key, registry and log are in reach."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from authorizer.config import RevocationListSource
from authorizer.policy import Policies, Route
from authorizer.registry import PackagedRegistry, RegistrySource
from authorizer.revocations import RevocationLists
from tests.authorizer.list_places import place  # noqa: F401 - a fixture
from tests.authorizer.list_tables import lists, reader, table, verified  # noqa: F401 - fixtures
from tests.authorizer.making import ROUTES, Bench, LocalSigner, configuration, registry_document
from tests.authorizer.unhurried import unhurried


@pytest.fixture
def make_bench() -> Callable[..., Bench]:
    def make(
        document: dict[str, Any] | None = None,
        routes: tuple[Route, ...] = ROUTES,
        *,
        registry: RegistrySource | None = None,
        revocations: RevocationLists | None = None,
        **config: Any,
    ) -> Bench:
        if revocations is not None:
            config["revocation_lists"] = RevocationListSource.FILE
        return Bench(
            registry=registry or PackagedRegistry(document or registry_document()),
            revocations=revocations,
            policies=Policies(routes),
            signer=LocalSigner(),
            config=configuration(**config),
        )

    return make


@pytest.fixture
def bench(make_bench: Callable[..., Bench]) -> Bench:
    return make_bench()


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    """The address of an emulator of AWS."""
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 - a second that few tests pay

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with unhurried():
        yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def dynamodb(moto: str) -> Any:
    import boto3  # noqa: PLC0415 - as above

    return boto3.client(
        "dynamodb",
        region_name="eu-central-1",
        endpoint_url=moto,
        aws_access_key_id="a",
        aws_secret_access_key="b",
    )

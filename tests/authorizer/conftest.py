"""An authorizer per test, whose clock, key, registry and log are in reach."""

from collections.abc import Callable
from typing import Any

import pytest

from authorizer.policy import Policies, Route
from authorizer.registry import PackagedRegistry, RegistrySource
from authorizer.revocations import RevocationLists
from tests.authorizer.making import ROUTES, Bench, LocalSigner, configuration, registry_document


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

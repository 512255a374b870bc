"""Clients for the contract of one run, where the stack's own clients do not fit it."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import yaml

from authorizer.policy import LONG_STAGE_ARN, Policies, PolicyError, Route, check_limits
from portcullis import registry
from portcullis.contract.contract import Contract
from portcullis.laptop.laptop_clients import CLIENT_URI

FILE_NAME = "clients.demo.yaml"


def clients_fit(file: Path, scopes: frozenset[str]) -> bool:
    """Whether the clients of a registry have only scopes of the contract.

    Raises:
        RegistryError: the file cannot be used.
    """
    known = registry.load(file, known_scopes=None)
    return all(scopes.issuperset(client.scopes) for client in known.clients)


def fits_a_policy(contract: Contract) -> Callable[[list[str]], bool]:
    """Whether the policy of a client with these scopes of the contract is short enough."""
    policies = Policies(
        Route(method=one.method, path=one.path, scope=one.scope)
        for one in contract.operations
        if one.scope is not None
    )

    def fits(scopes: list[str]) -> bool:
        try:
            check_limits(policies.statements(scopes), LONG_STAGE_ARN)
        except PolicyError:
            return False
        return True

    return fits


def write_demo_clients(
    folder: Path,
    scopes: Iterable[str],
    *,
    rate_plans: Iterable[str] = (),
    fits: Callable[[list[str]], bool] = lambda _scopes: True,
) -> Path:
    """A registry for a contract: a client with every scope, two with half of them, one suspended.

    Each scope of a contract with two or more is missing in one of the two; a contract with one
    scope has two clients with it. Where a policy with every scope would be too long, each client
    has some of the scopes.

    Args:
        folder: where the file is written.
        scopes: those of the contract.
        rate_plans: those of the stack; every client has the first one.
        fits: whether one client may have these scopes.
    """
    every = sorted(scopes)
    plan = next(iter(rate_plans), None)
    first, *others = _groups(every, fits)
    if others:
        clients = [
            _client(f"partner-{number}", "Has some of the contract's scopes.", group, plan)
            for number, group in enumerate([first, *others], start=1)
        ]
    else:
        description = "Has the first, third and so on of the scopes."
        clients = [
            _client("partner", "Has every scope of the contract.", every, plan),
            _client("partner-a", description, every[0::2], plan),
        ]
    if len(every) > 1 and not others:
        description = "Has the second, fourth and so on of the scopes."
        clients.append(_client("partner-b", description, every[1::2], plan))
    suspended = _client("partner-suspended", "Is refused with a valid certificate.", first, plan)
    clients.append({**suspended, "status": "suspended"})
    folder.mkdir(mode=0o700, exist_ok=True)
    file = folder / FILE_NAME
    text = yaml.safe_dump({"clients": clients}, sort_keys=False, allow_unicode=True)
    file.write_text(f"# Made by `portcullis up` for this run's contract.\n{text}", encoding="utf-8")
    return file


def _groups(scopes: list[str], fits: Callable[[list[str]], bool]) -> Iterator[list[str]]:
    """The scopes in order, as many together as fit, and at least one."""
    while scopes:
        sizes = range(1, len(scopes) + 1)
        size = max(1, bisect_left(sizes, x=True, key=lambda size: not fits(scopes[:size])))
        yield scopes[:size]
        scopes = scopes[size:]


def _client(name: str, description: str, scopes: list[str], plan: str | None) -> dict[str, object]:
    return {
        "id": name,
        "description": description,
        "match": [{"sanUri": f"{CLIENT_URI}/{name}"}],
        "scopes": list(scopes),  # a list written twice would become a YAML alias
        "status": "active",
        **({} if plan is None else {"ratePlan": plan}),
    }

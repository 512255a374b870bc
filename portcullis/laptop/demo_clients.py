"""Clients for the contract of one run, where the stack's own clients do not fit it."""

from collections.abc import Iterable
from pathlib import Path

import yaml

from portcullis import registry
from portcullis.laptop.laptop_clients import CLIENT_URI

FILE_NAME = "clients.demo.yaml"


def clients_fit(file: Path, scopes: frozenset[str]) -> bool:
    """Whether the clients of a registry have only scopes of the contract.

    Raises:
        RegistryError: the file cannot be used.
    """
    known = registry.load(file, known_scopes=None)
    return all(scopes.issuperset(client.scopes) for client in known.clients)


def write_demo_clients(
    folder: Path, scopes: Iterable[str], *, rate_plans: Iterable[str] = ()
) -> Path:
    """A registry for a contract: a client with every scope, two with half of them, one suspended.

    Each scope of a contract with two or more is missing in one of the two; a contract with one
    scope has two clients with it.

    Args:
        folder: where the file is written.
        scopes: those of the contract.
        rate_plans: those of the stack; every client has the first one.
    """
    every = sorted(scopes)
    plan = next(iter(rate_plans), None)
    clients = [
        _client("partner", "Has every scope of the contract.", every, plan),
        _client("partner-a", "Has the first, third and so on of the scopes.", every[0::2], plan),
    ]
    if len(every) > 1:
        description = "Has the second, fourth and so on of the scopes."
        clients.append(_client("partner-b", description, every[1::2], plan))
    suspended = _client("partner-suspended", "Is refused with a valid certificate.", every, plan)
    clients.append({**suspended, "status": "suspended"})
    folder.mkdir(mode=0o700, exist_ok=True)
    file = folder / FILE_NAME
    text = yaml.safe_dump({"clients": clients}, sort_keys=False, allow_unicode=True)
    file.write_text(f"# Made by `portcullis up` for this run's contract.\n{text}", encoding="utf-8")
    return file


def _client(name: str, description: str, scopes: list[str], plan: str | None) -> dict[str, object]:
    return {
        "id": name,
        "description": description,
        "match": [{"sanUri": f"{CLIENT_URI}/{name}"}],
        "scopes": list(scopes),  # a list written twice would become a YAML alias
        "status": "active",
        **({} if plan is None else {"ratePlan": plan}),
    }

"""The clients of a target, and which of them a case calls as."""

from collections.abc import Sequence
from dataclasses import dataclass

from portcullis.acceptance.matrix.caller import REGISTERED, CaseCaller
from portcullis.acceptance.wire.connection import Presented


@dataclass(frozen=True, kw_only=True)
class KnownClient:
    """A client of the registry whose certificate the matrix can present."""

    id: str | None  # None: not known, as of a deployed stack
    presented: Presented
    scopes: frozenset[str] | None  # None: every scope
    is_active: bool = True

    def may(self, scope: str) -> bool:
        """Whether it may call an operation of this scope; of none, if it is active."""
        return self.is_active and (not scope or self.scopes is None or scope in self.scopes)


@dataclass(frozen=True, kw_only=True)
class CaseClients:
    """The clients to choose from, those with the most scopes first."""

    registered: Sequence[KnownClient]

    def of(self, caller: CaseCaller, scope: str) -> KnownClient | None:
        """The client of a case whose request needs ``scope``; None if there is none."""
        if caller not in REGISTERED:
            return None
        holders = [client for client in self.registered if client.may(scope)]
        if caller is CaseCaller.CLIENT:
            return next(iter(holders), None)
        if caller is CaseCaller.OTHER_CLIENT:
            return next(iter(holders[1:]), None)
        if caller is CaseCaller.SUSPENDED:
            return next((one for one in self.registered if not one.is_active), None)
        others = (one for one in self.registered if one.is_active and not one.may(scope))
        return next(others, None)


def missing_client(caller: CaseCaller, scope: str) -> str:
    """The reason for skipping a case that no client of the target can make."""
    wanted = {
        CaseCaller.CLIENT: f"an active client with the scope {scope}" if scope else "a client",
        CaseCaller.OTHER_CLIENT: f"two active clients with the scope {scope}",
        CaseCaller.WITHOUT_SCOPE: f"an active client without the scope {scope}",
        CaseCaller.SUSPENDED: "a suspended client",
    }[caller]
    return f"needs {wanted}"

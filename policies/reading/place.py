"""Decides whether two resources are in the same account and region, as far as a preview knows.

A guard in another account, region or emulator has no effect on what it is declared for.
"""

import json
from collections.abc import Iterator
from typing import Any

from policies.reading.resource import JudgedResource

# Settings of a provider that lead to another account, or to a service that is not AWS.
ELSEWHERE = ("assumeRoles", "assumeRoleWithWebIdentity", "endpoints")
# The same, where both providers are known; a default provider may have them in its environment.
CREDENTIALS = ("accessKey", "profile")


def is_same_place(one: JudgedResource, other: JudgedResource, *, region: bool = True) -> bool:
    """Whether both are in the same account and, unless it does not matter, in the same region."""
    regions = {name for resource in (one, other) for name in regions_of(resource)}
    if (region and len(regions) > 1) or any(
        _setting(one, k) != _setting(other, k) for k in ELSEWHERE
    ):
        return False
    known = one.provider is not None and other.provider is not None
    return not known or all(_setting(one, k) == _setting(other, k) for k in CREDENTIALS)


def regions_of(resource: JudgedResource) -> Iterator[str]:
    """The region of a resource, if it is known: its own, or else that of its provider."""
    if resource["region"].is_text:
        yield resource["region"].text()
    elif resource.provider is not None and resource.provider["region"].is_text:
        yield resource.provider["region"].text()


def _setting(resource: JudgedResource, key: str) -> Any:
    """The value of a provider's setting, which the engine passes on as a JSON string."""
    if resource.provider is None or not resource.provider[key].known:
        return None
    value = resource.provider[key]
    plain = value.text() if value.is_text else json.dumps(value.plain(), sort_keys=True)
    try:
        return json.loads(plain) or None
    except ValueError:
        return plain or None

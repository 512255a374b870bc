"""Finds the parts of an asset or archive that the engine downloads when it deploys."""

from typing import Any

import pulumi

REMOTE = (pulumi.RemoteAsset, pulumi.RemoteArchive)


def is_remote(value: Any) -> bool:
    """Whether an asset, an archive or a part of one is downloaded from a URL."""
    if isinstance(value, pulumi.AssetArchive):
        return any(map(is_remote, value.assets.values()))
    return isinstance(value, REMOTE)

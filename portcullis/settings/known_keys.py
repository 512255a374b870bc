"""Which configuration keys something reads: our settings, the AWS provider, the engine itself.

A misspelt key would otherwise leave a setting at its default, without any sign.
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from portcullis.settings.setting import NAMESPACE, SettingError

PROVIDER = "aws"
# Pulumi docs, "Configuration": keys that the engine reads.
ENGINE_KEYS = frozenset(
    {
        "pulumi:autonaming",
        "pulumi:disable-default-providers",
        "pulumi:tags",
        "pulumi:template",
    }
)


def refuse_unknown_keys(given: Iterable[str], own: frozenset[str], *, project: str) -> None:
    """Refuse a key that nothing reads.

    Args:
        given: every key of the stack's configuration, with its namespace.
        own: the keys of our settings.
        project: the project's name. Its own keys belong to its program, but for those that are
            called like a setting.

    Raises:
        SettingError: the first unknown key, with the one that was probably meant.
    """
    known = own | ENGINE_KEYS | provider_keys()
    for key in sorted(given):
        namespace, _, name = key.partition(":")
        meant = f"{NAMESPACE}:{name}"
        if namespace == project != NAMESPACE and meant not in own:
            continue
        if key not in known:
            near = [meant] if meant in own else get_close_matches(key, sorted(known), n=1)
            # Without a suggestion, the whole list helps.
            names = ", ".join(sorted(one.removeprefix(f"{NAMESPACE}:") for one in own))
            listed = "" if near else f" ({names})"
            raise SettingError(
                key=key,
                found="is set",
                because="the setting does not exist"
                + (f" (did you mean {near[0]}?)" if near else ""),
                accepts=f"a setting of the stack{listed}, or a key of the {PROVIDER} provider",
                mend=f"pulumi config rm {key}",
            )


@cache
def provider_keys() -> frozenset[str]:
    """The keys of the AWS provider, from its SDK's own list; importing it would take seconds."""
    spec = find_spec("pulumi_aws")
    if spec is None or spec.origin is None:
        raise ImportError("pulumi_aws is not installed")
    source = (Path(spec.origin).parent / "config" / "vars.py").read_text(encoding="utf-8")
    names = re.findall(r"__config__\.get(?:_[a-z]+)?\('([A-Za-z0-9]+)'\)", source)
    return frozenset(f"{PROVIDER}:{name}" for name in names)

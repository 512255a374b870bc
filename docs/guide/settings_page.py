"""Renders settings.md beside it and the config block of Pulumi.yaml from the settings' metadata.

Run after a change of the settings: .venv/bin/python docs/guide/settings_page.py
"""

import dataclasses
import json
import sys
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from portcullis.settings.rate_plans import RatePlan  # noqa: E402 - found by the line above
from portcullis.settings.setting import command  # noqa: E402
from portcullis.settings.stack_settings import StackSettings  # noqa: E402
from portcullis.settings.web_acl_exceptions import WebAclException  # noqa: E402

PAGE = Path(__file__).with_name("settings.md")
PROJECT_FILE = PROJECT / "Pulumi.yaml"
CONFIG_MARK = "\nconfig:\n"  # the block is the last of its file

HEAD = """\
# Settings

Every key of `Pulumi.<stack>.yaml`, checked by `portcullis/settings/` before anything is registered:
a value that is refused ends the run with its name, the value, what is accepted, and the command
that mends it. A key that nothing reads is refused too, whatever its namespace, so that a typing
error cannot leave a default in force.

The laptop reads the file as the Pulumi engine does: `true` and `false` are the only booleans (`yes`
and `off` are strings), `0o17` and `017` are the number 15, and a key may be set only once. Write an
account number in quotes: as a number it loses a leading zero.

Set one with `pulumi config set KEY VALUE`, an entry of a list with
`pulumi config set --path 'KEY[0]' VALUE`.

_This page is generated from `portcullis/settings/` by `docs/guide/settings_page.py`._
"""


def config_block() -> dict[str, Any]:
    """The ``config:`` block of Pulumi.yaml: type, default and description of every key.

    The engine demands a value for a key without a default, so an optional text defaults to "".
    """
    block: dict[str, Any] = {}
    for setting in StackSettings.settings():
        if setting.qualified:  # the stack's name, and a key of the provider's own namespace
            continue
        entry: dict[str, Any] = {"type": _engine_type(setting.kind)}
        if entry["type"] == "array":
            entry["items"] = {"type": "string"}
        if setting.default is not dataclasses.MISSING:
            entry["default"] = _plain(setting.default)
        entry["description"] = f"{setting.why} Accepted: {setting.accepts}."
        block[setting.key] = entry
    return block


def page() -> str:
    """The whole of settings.md."""
    return "\n".join([HEAD, *_sections()])


def _sections() -> Iterator[str]:
    for setting in StackSettings.settings():
        if setting.field == "stack":
            continue
        required = setting.default is dataclasses.MISSING
        default = "none, required" if required else f"`{json.dumps(_plain(setting.default))}`"
        yield f"## `{setting.name}`\n"
        yield f"{setting.why}\n"
        yield f"- Accepted: {setting.accepts}"
        yield f"- Default: {default}"
        yield f"- Set it: `{command(setting)}`\n"


def _engine_type(kind: Any) -> str:
    if kind == tuple[str, ...]:
        return "array"
    if kind in (Mapping[str, RatePlan], Mapping[str, WebAclException], Mapping[str, str]):
        return "object"
    return {int: "integer", bool: "boolean"}.get(kind, "string")


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, StrEnum) else value


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")
    kept, mark, _ = PROJECT_FILE.read_text(encoding="utf-8").partition(CONFIG_MARK)
    block = yaml.safe_dump({"config": config_block()}, sort_keys=False, width=100)
    PROJECT_FILE.write_text(kept + mark[:1] + block, encoding="utf-8")


if __name__ == "__main__":
    main()

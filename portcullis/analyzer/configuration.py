"""Reads enforcement levels and settings of a pack, in the format of ``--policy-pack-config``.

    {"all": "mandatory", "logs-group-has-retention": {"minimumDays": 30}, "some-rule": "advisory"}

Source: Pulumi docs, "Configuring policy packs".
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import analyzer_pb2

from portcullis.analyzer.configuration_file import PolicyConfigError
from portcullis.analyzer.verdict import Level, PackRule

LEVEL_KEY = "enforcementLevel"
ALL = "all"

_WIRE = {
    Level.ADVISORY: analyzer_pb2.ADVISORY,
    Level.MANDATORY: analyzer_pb2.MANDATORY,
    Level.DISABLED: analyzer_pb2.DISABLED,
    Level.REMEDIATE: analyzer_pb2.REMEDIATE,
}
_LEVELS = {wire: level for level, wire in _WIRE.items()}


def level_of(wire: analyzer_pb2.EnforcementLevel.ValueType) -> Level:
    return _LEVELS[wire]


def configure_request(
    rules: Iterable[PackRule], config: Mapping[str, Any]
) -> analyzer_pb2.ConfigureAnalyzerRequest:
    """Levels and settings for every rule of the pack, with defaults as the engine adds them.

    A rule with settings but without a level keeps its own level. In the protocol an absent level
    has the same number as "advisory", which would make the rule advisory.

    Raises:
        PolicyConfigError: an unknown rule or level, or a value that the rule's schema refuses.
    """
    known = {rule.name: rule for rule in rules}
    unknown = sorted(set(config) - set(known) - {ALL})
    if unknown:
        raise PolicyConfigError(
            f"The policy configuration names {unknown[0]!r}, but this pack has no such rule. "
            f"{_nearest(unknown[0], known)}"
        )
    everywhere = _level(ALL, config[ALL]) if ALL in config else None
    request = analyzer_pb2.ConfigureAnalyzerRequest()
    for name, rule in known.items():
        level, settings = _split(rule, config.get(name, {}), everywhere)
        properties = Struct()
        properties.update(settings)
        request.policyConfig[name].CopyFrom(
            analyzer_pb2.PolicyConfig(enforcementLevel=_WIRE[level], properties=properties)
        )
    return request


def _nearest(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, sorted(known), n=1)
    return f"Did you mean {close[0]!r}?" if close else f"Rules: {', '.join(sorted(known))}."


def _split(rule: PackRule, given: Any, everywhere: Level | None) -> tuple[Level, dict[str, Any]]:
    if isinstance(given, str):
        given = {LEVEL_KEY: given}
    if not isinstance(given, Mapping):
        raise PolicyConfigError(
            f"The policy configuration of {rule.name!r} must be a level or a mapping of settings."
        )
    level = everywhere or rule.level
    if LEVEL_KEY in given:
        level = _level(rule.name, given[LEVEL_KEY])
    settings = {key: value for key, value in given.items() if key != LEVEL_KEY}
    unknown = sorted(set(settings) - set(rule.schema))
    if unknown:
        raise PolicyConfigError(
            f"Rule {rule.name!r} has no setting {unknown[0]!r}. "
            f"Settings: {', '.join(sorted(rule.schema)) or 'none'}."
        )
    if settings:
        import jsonschema  # noqa: PLC0415 - needed for a configured setting only

    for key, value in settings.items():
        try:
            jsonschema.validate(value, rule.schema[key])
        except jsonschema.ValidationError as error:
            raise PolicyConfigError(
                f"Setting {key!r} of rule {rule.name!r}: {error.message}."
            ) from error
    defaults = {k: schema["default"] for k, schema in rule.schema.items() if "default" in schema}
    return level, defaults | settings


def _level(name: str, value: object) -> Level:
    try:
        return Level(str(value))
    except ValueError:
        raise PolicyConfigError(
            f"The policy configuration gives {name!r} the level {value!r}; "
            f"levels are {', '.join(Level)}."
        ) from None

"""A group of settings: a frozen dataclass whose fields carry their own parsing and checks."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields, replace
from functools import cache
from typing import Any, NoReturn, Self, get_type_hints

from portcullis.settings.parsing import Declaration, parse
from portcullis.settings.project import StackConfig
from portcullis.settings.setting import Problem, Setting, refusal


@dataclass(frozen=True, kw_only=True)
class SettingGroup:
    """Every field is a `setting_field`. An instance never holds a refused value."""

    def __post_init__(self) -> None:
        for declared in self.declarations():
            value = getattr(self, declared.name)
            if problem := declared.setting.check(value):
                raise refusal(declared.setting, value, problem)
        self._check_together()

    @classmethod
    @cache
    def declarations(cls) -> tuple[Declaration, ...]:
        """Every setting of the group, in the order of the guide."""
        kinds = get_type_hints(cls)
        return tuple(_declaration(one, kinds[one.name]) for one in fields(cls))

    @classmethod
    def setting(cls, name: str) -> Setting:
        """The description of the field of this name."""
        (setting,) = (d.setting for d in cls.declarations() if d.name == name)
        return setting

    @classmethod
    def key(cls, name: str) -> str:
        """The configuration key of the field of this name, as in ``portcullis:domain``."""
        return cls.setting(name).name

    @classmethod
    def read(cls, config: StackConfig) -> Self:
        """Read this group's settings; those of other groups may be missing or wrong.

        Raises:
            SettingError: a required key is missing, or a value is refused.
        """
        values: dict[str, Any] = {}
        for declared in cls.declarations():
            text = _text(config, declared.setting)
            if text is not None:
                values[declared.name] = parse(declared, text)
            elif declared.default is MISSING:
                absent = Problem(because="the stack needs it", shown="is not set")
                raise refusal(declared.setting, None, absent)
        return cls(**values)

    def _check_together(self) -> None:
        """Refuse values that are accepted alone but not in combination.

        A group that overrides this calls ``super()`` first, so that the checks run in the order of
        the guide.
        """

    def _refuse(
        self, name: str, because: str, *, suggestion: str | None = None, mend: str | None = None
    ) -> NoReturn:
        value = getattr(self, name)
        index = 0 if isinstance(value, tuple) else None
        problem = Problem(because=because, suggestion=suggestion, index=index)
        raise refusal(self.setting(name), value, problem, mend=mend)


def _text(config: StackConfig, setting: Setting) -> str | None:
    if setting.key == "stack":  # the only one that is not a configuration key
        return config.stack
    values: Mapping[str, str] = config.raw_values
    if setting.name not in values and setting.from_project is not None:
        return setting.from_project(config.project)
    return values.get(setting.name)


def _declaration(declared: Field[Any], kind: Any) -> Declaration:
    first, *words = declared.name.split("_")
    key = first + "".join(word.capitalize() for word in words)
    made = declared.default_factory
    return Declaration(
        name=declared.name,
        kind=kind,
        setting=replace(declared.metadata[Setting], key=key, many=kind == tuple[str, ...]),
        default=declared.default if made is MISSING else made(),
    )

"""A group of settings: a frozen dataclass whose fields carry their own parsing and checks."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, replace
from functools import cache
from typing import Any, NoReturn, Self, get_type_hints

from portcullis.settings.parsing import parse
from portcullis.settings.project import StackConfig
from portcullis.settings.setting import Problem, Setting, refusal


@dataclass(frozen=True, kw_only=True)
class SettingGroup:
    """Every field is a `setting_field`. An instance never holds a refused value."""

    def __post_init__(self) -> None:
        for setting in self.settings():
            value = getattr(self, setting.field)
            if problem := setting.check(value):
                raise refusal(setting, value, problem)
        self._check_together()

    @classmethod
    @cache
    def settings(cls) -> tuple[Setting, ...]:
        """Every setting of the group, in the order of the guide."""
        kinds = get_type_hints(cls)
        return tuple(
            replace(field.metadata[Setting], field=field.name, kind=kinds[field.name])
            for field in fields(cls)
        )

    @classmethod
    def setting(cls, name: str) -> Setting:
        """The description of the field of this name."""
        (setting,) = (setting for setting in cls.settings() if setting.field == name)
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
        for setting in cls.settings():
            text = _text(config, setting)
            if text is not None:
                values[setting.field] = parse(setting, text)
            elif setting.default is MISSING:
                absent = Problem(because="the stack needs it", shown="is not set")
                raise refusal(setting, None, absent)
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

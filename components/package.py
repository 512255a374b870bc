"""The component package: the components for programs in Python, TypeScript, YAML and others.

`components/__main__.py` serves it; `components/schema.json` is its schema, compared in a test.
"""

import dataclasses
import importlib
import inspect
import json
import re
import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Union, get_args, get_origin

import pulumi
from pulumi.provider.experimental import component as sdk
from pulumi.provider.experimental import component_provider_host
from pulumi.provider.experimental.analyzer import Analyzer, PropertyDefinition
from pulumi.provider.experimental.util import camel_case

from components.contract_api import ContractApi
from components.guarded_api import GuardedApi
from components.jwt_authorizer import JwtAuthorizer
from components.mtls_domain import MtlsDomain
from components.references import MadeComponents
from components.waf_shield import WafShield
from portcullis.errors import PortcullisError
from portcullis.package import VERSION

_SNAKE_CASE = re.compile(r"`([a-z]+(?:_[a-z]+)+)`")
NAME = "portcullis"  # tokens are portcullis:index:GuardedApi, as in our own programs


def _with_contract() -> list[type[ContractApi]]:
    """The classes of ``*_api.py`` that are a ContractApi and bring their contract."""
    here = Path(__file__).parent
    for module in sorted(here.glob("*_api.py")):
        importlib.import_module(f"{__package__}.{module.stem}")
    return ContractApi.__subclasses__()


COMPONENTS: tuple[type[pulumi.ComponentResource], ...] = (
    GuardedApi,
    MtlsDomain,
    WafShield,
    JwtAuthorizer,
    ContractApi,
    *_with_contract(),
)

_MADE = MadeComponents()  # the engine starts one process for all components of a program


class ArgumentAnalyzer(Analyzer):
    """Reads argument classes that are dataclasses: defaults, and texts of inherited fields."""

    def analyze_type(
        self, typ: type, *, is_component_output: bool
    ) -> tuple[dict[str, PropertyDefinition], dict[str, str]]:
        """As in the base class, and a field with a default is optional."""
        properties, names = super().analyze_type(typ, is_component_output=is_component_output)
        for field in dataclasses.fields(typ) if dataclasses.is_dataclass(typ) else ():
            required = field.default is field.default_factory is dataclasses.MISSING
            if not required:
                properties[camel_case(field.name)].optional = True
        return properties, names

    def get_docstring(self, typ: type, name: str) -> str | None:
        """The text below the field, with its default and the names that the schema has."""
        text = documentation(typ, name)
        if default := default_of(typ, name):
            text = f"{text} Default: {default}."
        return _SNAKE_CASE.sub(lambda found: f"`{camel_case(found[1])}`", text) or None


def documentation(kind: type, name: str) -> str:
    """The text below a field, in the class or the nearest base that declares it, as one line."""
    for declaring in kind.__mro__:
        if name in inspect.get_annotations(declaring):
            # The base class reads the text from the source of the declaring class alone.
            return " ".join((Analyzer(NAME).get_docstring(declaring, name) or "").split())
    return ""


def default_of(kind: type, name: str) -> str:
    """The default of a dataclass's field in JSON, or nothing where its text says what it means."""
    for field in dataclasses.fields(kind) if dataclasses.is_dataclass(kind) else ():
        if (
            field.name == name
            and field.default != ()
            and isinstance(field.default, str | int | tuple)
        ):
            return f"`{json.dumps(field.default)}`"
    return ""


class BadArgumentsError(Exception):
    """What is wrong with a component's arguments, in the host's one line without its frames."""

    # Also where a context manager sets it.
    __traceback__ = property(lambda _: None, lambda _, __: None)


def serve() -> None:
    """Serve the package to the engine that started this process; it ends with the process."""
    _use_our_analyzer()
    component_provider_host(components=[hosted(one) for one in COMPONENTS], **_package())


def schema() -> dict[str, Any]:
    """The package's schema, as the engine gets it."""
    _use_our_analyzer()
    provider = sdk.ComponentProvider([hosted(one) for one in COMPONENTS], **_package())
    written: dict[str, Any] = json.loads(provider.schema or "")
    return written


def hosted(kind: type[pulumi.ComponentResource]) -> type[pulumi.ComponentResource]:
    """The component as the package needs it: the host calls it with a mapping of arguments."""
    args_type = inspect.get_annotations(kind.__init__)["args"]

    def initialise(
        self: pulumi.ComponentResource,
        name: str,
        args: Mapping[str, Any],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        try:
            given = _MADE.followed(typed(args_type, args))
            kind.__init__(self, name, given, opts)  # type: ignore[arg-type]
            _MADE.add(self)
        except (PortcullisError, ValueError, TypeError) as error:
            raise BadArgumentsError(str(error)) from error

    initialise.__annotations__["args"] = args_type
    text = inspect.cleandoc(kind.__doc__ or "")
    members = {"__init__": initialise, "__doc__": text, "__module__": kind.__module__}
    return type(kind.__name__, (kind,), members)


def typed(hint: Any, value: Any) -> Any:
    """A value of the host as the annotation asks for it: a dataclass for a mapping, int for float.

    An Output stays as it is.

    Raises:
        TypeError: a whole number is expected, and the value is none.
    """
    if get_origin(hint) in {Union, types.UnionType}:
        plain = [one for one in get_args(hint) if one is not types.NoneType]
        return typed(plain[0], value)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type) and isinstance(value, Mapping):
        hints = {field.name: field.type for field in dataclasses.fields(hint)}
        return hint(**{name: typed(hints[name], given) for name, given in value.items()})
    if get_origin(hint) is Mapping and isinstance(value, Mapping):
        _, inner = get_args(hint)
        return {key: typed(inner, given) for key, given in value.items()}
    if get_origin(hint) is Sequence and isinstance(value, Sequence) and not isinstance(value, str):
        (inner,) = get_args(hint)
        return [typed(inner, given) for given in value]
    if hint is int and isinstance(value, float):
        if not value.is_integer():
            raise TypeError(f"{value} must be a whole number")
        return int(value)
    return value


def _package() -> dict[str, str]:
    return {"name": NAME, "version": VERSION}


def _use_our_analyzer() -> None:
    # component_provider_host offers no other place for it; the schema's test shows if it is used.
    sdk.Analyzer = ArgumentAnalyzer  # type: ignore[attr-defined]

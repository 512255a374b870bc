"""Makes the package schema of the AWS types that a program names, from the installed Python SDK.

The YAML language asks the provider for the schema of its package. The wheel of pulumi-aws has none,
but its classes hold the same names, types and required properties. Nested objects may hold
anything.
Source: Pulumi, "Pulumi package schema".
"""

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from portcullis.standin.unlisted_lookup import result_type

SUFFIXES = frozenset({".yaml", ".yml", ".json"})  # of the files of a YAML program
ANY = {"$ref": "pulumi.json#/Any"}
_TOKEN = re.compile(r"\baws:(?:[\w/-]+:)?\w+")
_SCALARS: Mapping[Any, str] = {str: "string", bool: "boolean", int: "integer", float: "number"}


def package_schema(program: Path) -> dict[str, Any]:
    """The schema of every AWS resource and function that a file in the folder names."""
    files = [file for file in program.iterdir() if file.suffix in SUFFIXES]
    texts = (file.read_text(encoding="utf-8", errors="replace") for file in files)
    tokens = sorted({token for text in texts for token in _TOKEN.findall(text)})
    sdk = import_module("pulumi_aws")
    return {
        "name": "aws",
        "version": version("pulumi-aws"),
        "provider": _resource(sdk.Provider, sdk.ProviderArgs),
        "resources": dict(_resources(tokens)),
        "functions": dict(_functions(tokens)),
    }


def _resources(tokens: Iterable[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    registered = {
        token.lower(): (token, module.mod_info["fqn"], name)
        for modules in import_module("pulumi.runtime.rpc")._RESOURCE_MODULES.values()
        for module in modules
        if module.mod_info["pkg"] == "aws"
        for token, name in module.mod_info["classes"].items()
    }
    for token in tokens:
        # As the YAML language looks for it: without regard to case.
        module, name = _parts(token.lower())
        if found := registered.get(f"aws:{module}/{name}:{name}"):
            canonical, package, class_name = found
            classes = import_module(package)
            resource, args = (getattr(classes, n) for n in (class_name, f"{class_name}Args"))
            yield canonical, _resource(resource, args)


def _functions(tokens: Iterable[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    for token in tokens:
        module, name = _parts(token)
        canonical = f"aws:{module}/{name}:{name}"
        if name.startswith("get") and (result := result_type(canonical)):
            # A function returns its arguments too.
            properties = {"properties": _outputs(result)}
            yield canonical, {"inputs": properties, "outputs": properties}


def _parts(token: str) -> tuple[str, str]:
    """Module and name of ``aws:s3/bucket:Bucket``, ``aws:s3:Bucket`` or ``aws:getRegion``."""
    _, *modules, name = token.split(":")
    return (modules[0].partition("/")[0] if modules else "index"), name


def _resource(resource: type, args: type) -> dict[str, Any]:
    from pulumi import _types  # noqa: PLC0415 - only a program in YAML needs it

    names = _types.input_type_py_to_pulumi_names(args)
    parameters = inspect.signature(args).parameters.values()
    outputs = {name: _type(of) for name, of in _types.resource_types(resource).items()}
    return {
        "inputProperties": {n: _type(of) for n, of in _types.input_type_types(args).items()},
        "requiredInputs": [
            names[p.name] for p in parameters if p.default is inspect.Parameter.empty
        ],
        "properties": outputs,
        "required": sorted(outputs),
    }


def _outputs(result: type) -> dict[str, Any]:
    from pulumi import _types  # noqa: PLC0415 - see above

    return {name: _type(of) for name, of in _types.output_type_types(result).items()}


def _type(of: Any) -> dict[str, str]:
    return {"type": _SCALARS[of]} if of in _SCALARS else ANY

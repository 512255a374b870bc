"""Only portcullis/settings/ reads raw configuration; all other code gets typed settings.

A read is found in the syntax tree: a configuration key as a literal, a look into
``StackConfig.raw_values``, a Pulumi file given to a YAML parser, or the SDK's own ``Config``.
"""

import ast
import re
from pathlib import Path

import pytest

from tests.source_tree import parsed

ROOT = Path(__file__).parents[3]
PRODUCT = (
    "__main__.py",
    "components",
    "authorizer",
    "policies",
    "portcullis",
    "benchmarks",
    "docs",
)
READER = ROOT / "portcullis" / "settings"
KEY = re.compile(r"(portcullis:(?!index:)|aws:(region|profile|defaultTags)\b)[A-Za-z]*")
PULUMI_FILE = re.compile(r"Pulumi(\.|\..*\.)yaml")
SDK_CONFIG = {"Config", "get_config", "get_config_env", "get_all_config", "CONFIG"}
# The pack stands alone and imports nothing of portcullis/: it reads names of projects, no settings.
NAMES_ONLY = {("policies/projects.py", "a Pulumi file given to a YAML parser")}
YAML_PARSERS = {"safe_load", "load", "compose", "parse", "full_load", "unsafe_load"}


def raw_reads(source):
    """Line and kind of every read of raw configuration in a module."""
    tree = parsed(source)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if KEY.fullmatch(node.value):
                yield node.lineno, f"the key {node.value!r}"
        elif isinstance(node, ast.Attribute) and node.attr == "raw_values":
            user = parents[node]  # the whole may be handed on; its members may not be read
            if not isinstance(user, (ast.Call, ast.keyword)):
                yield node.lineno, "a look into raw_values"
        elif isinstance(node, ast.Attribute) and node.attr in SDK_CONFIG:
            if "pulumi" in ast.unparse(node):
                yield node.lineno, f"the SDK's {node.attr}"
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pulumi"):
            for alias in node.names:
                if node.module == "pulumi.runtime.config" or alias.name in SDK_CONFIG:
                    yield node.lineno, f"the SDK's {alias.name}"
        elif _is_function(node) and _names_pulumi_file(node) and _parses_yaml(node):
            yield node.lineno, "a Pulumi file given to a YAML parser"


def _is_function(node):
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def _names_pulumi_file(function):
    for node in ast.walk(function):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if PULUMI_FILE.fullmatch(node.value):
                return True
        elif isinstance(node, ast.JoinedStr):
            text = "".join(
                part.value if isinstance(part, ast.Constant) else "x" for part in node.values
            )
            if PULUMI_FILE.fullmatch(text):
                return True
    return False


def _parses_yaml(function):
    return any(
        isinstance(node, ast.Attribute)
        and node.attr in YAML_PARSERS
        and ast.unparse(node.value) == "yaml"
        for node in ast.walk(function)
    )


def product_modules():
    for name in PRODUCT:
        path = ROOT / name
        yield from [path] if path.is_file() else sorted(path.rglob("*.py"))


def test_no_module_outside_the_settings_reads_configuration():
    found = [
        f"{path.relative_to(ROOT)}:{line}: {kind}"
        for path in product_modules()
        if READER not in path.parents
        for line, kind in raw_reads(path.read_text(encoding="utf-8"))
        if (str(path.relative_to(ROOT)), kind) not in NAMES_ONLY
    ]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        'limit = int(values["portcullis:rateLimit"])',
        'region = values.get("aws:region", "")',
        'KEY = "portcullis:signingKeys"',
        'key = f"portcullis:{name}"',
        "values = config.raw_values",
        "limit = load_stack_config(folder, stack).raw_values[key]",
        "limit = config.raw_values.get(key)",
        "config = pulumi.Config()",
        "from pulumi import Config",
        "from pulumi.runtime.config import get_config",
        'def read():\n    return yaml.safe_load(Path("Pulumi.yaml").read_text())',
        'def read(s):\n    return yaml.safe_load(Path(f"Pulumi.{s}.yaml").read_text())',
    ],
)
def test_a_raw_read_is_found(source):
    assert list(raw_reads(source))


@pytest.mark.parametrize(
    "source",
    [
        '"""Changes Pulumi.yaml, and portcullis:domain in it."""',
        'super().__init__("portcullis:index:WafShield", name, None, opts)',
        'message = f"portcullis:accountId is {expected!r}, but the credentials belong to {found}"',
        "job = dict(config.raw_values)",
        "settings = StackSettings.read(load_stack_config(folder, stack))",
        "overrides[StackSettings.key('backend_url')] = url",
    ],
)
def test_other_code_is_left_alone(source):
    assert not list(raw_reads(source))

"""Rewrites imports between the repository's packages into relative ones.

In the repository `components`, `authorizer`, `policies` and `portcullis` stand at the top, and a
module imports another by its whole path. In the wheel they stand below one package. A relative
import works in both places, and in the Lambda zip, whose top again is `authorizer`.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePath

_FROM = re.compile(rb"from\s+([\w.]+)")


class AbsoluteImportError(Exception):
    """An import that has no relative form: ``import components.arn``."""

    def __init__(self, path: PurePath, line: int) -> None:
        super().__init__(
            f"{path}:{line}: write `from PACKAGE import MODULE`, which can be relative."
        )


def relative(source: bytes, path: PurePath, packages: frozenset[str]) -> bytes:
    """The source of a module with relative imports; everything else keeps its bytes.

    Args:
        source: the module.
        path: its path from the root of the repository.
        packages: the top-level packages whose imports are rewritten.

    Raises:
        AbsoluteImportError: the module has ``import PACKAGE`` or ``import PACKAGE.MODULE``.
    """
    lines = source.splitlines(keepends=True)
    for node in reversed(list(_imports(ast.parse(source), path, packages))):
        line = lines[node.lineno - 1]
        found = _FROM.match(line, node.col_offset)
        if found is None:  # a line break by backslash, which the formatter removes
            raise AbsoluteImportError(path, node.lineno)
        begin, end = found.span(1)
        name = _relative_name(found[1].decode(), path.parent.parts)
        lines[node.lineno - 1] = line[:begin] + name.encode() + line[end:]
    return b"".join(lines)


def _imports(
    tree: ast.Module, path: PurePath, packages: frozenset[str]
) -> Iterator[ast.ImportFrom]:
    """The ``from`` imports of our packages, in the order of the file."""
    found: list[ast.ImportFrom] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            if any(_is_ours(alias.name, packages) for alias in node.names):
                raise AbsoluteImportError(path, node.lineno)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found += [node] if _is_ours(node.module, packages) else []
    yield from sorted(found, key=lambda node: (node.lineno, node.col_offset))


def _is_ours(module: str, packages: frozenset[str]) -> bool:
    return module.split(".", maxsplit=1)[0] in packages


def _relative_name(module: str, package: tuple[str, ...]) -> str:
    """The module as a module of ``package`` imports it: ``..errors``."""
    target = module.split(".")
    common = 0
    while common < min(len(target), len(package)) and target[common] == package[common]:
        common += 1
    return "." * (len(package) - common + 1) + ".".join(target[common:])

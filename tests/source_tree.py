"""Parses a module for the tests that read the project's own source."""

import ast
import gc


def parsed(source):
    """The syntax tree of a module.

    CPython 3.11 may raise SystemError (AST constructor recursion depth mismatch) where garbage
    whose finalizers run code is collected in the middle of a parse. It is then gone.
    """
    for _ in range(3):
        try:
            return ast.parse(source)
        except SystemError:
            gc.collect()
    return ast.parse(source)

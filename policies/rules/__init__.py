"""Lists every rule of the pack: the ``RULE`` of each module in this folder."""

from importlib import import_module
from pkgutil import iter_modules

from policies.rule import ResourceRule, StackRule

RULES: tuple[ResourceRule | StackRule, ...] = tuple(
    import_module(f"{__name__}.{name}").RULE
    for name in sorted(module.name for module in iter_modules(__path__))
)

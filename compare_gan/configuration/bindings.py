# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The bindings of a configuration's text, and which parts refer to which. Binds nothing."""

import dataclasses
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gin import config_parser

from compare_gan.configuration import registry
from compare_gan.configuration.errors import ConfigurationError, one_line

# (scope, full name, parameter) -> value.
TextBindings = Mapping[tuple[str, str, str], Any]


@dataclasses.dataclass(frozen=True)
class Reference:
    """`@scope/name` or `@scope/name()`, its name made full where it is registered."""

    name: str
    evaluate: bool

    def __repr__(self) -> str:
        scope, _, name = self.name.rpartition("/")
        name = registry.short_name(name) if registry.is_registered(name) else name
        return f"@{scope}/{name}".replace("@/", "@") + ("()" if self.evaluate else "")


@dataclasses.dataclass(frozen=True)
class _Macro:
    name: str

    def __repr__(self) -> str:
        return f"%{self.name}"


def read_bindings(text: str) -> dict[tuple[str, str, str], Any]:
    """Parses a text, as `save_config` writes it, into {(scope, full name, parameter): value}.

    References become `Reference`, macros what they stand for.

    Raises:
      ConfigurationError: The text can't be parsed.
    """
    bindings: dict[tuple[str, str, str], Any] = {}
    macros: dict[str, Any] = {}
    try:
        for statement in config_parser.ConfigParser(text, _Delegate()):
            if isinstance(statement, config_parser.IncludeStatement):
                raise ConfigurationError(
                    f"a saved configuration has no `include`, but this one includes "
                    f"'{statement.filename}'; compare what `save_config` writes."
                )
            if not isinstance(statement, config_parser.BindingStatement):
                continue
            scope, name, parameter, value, _ = statement
            if parameter:
                bindings[scope, _full_name(name), parameter] = value
            else:
                macros[f"{scope}/{name}".lstrip("/")] = value
    except (SyntaxError, tokenize.TokenError) as error:
        raise ConfigurationError(
            f"a saved configuration can't be parsed: {one_line(error.args[0])}"
        ) from error
    return {key: _expand(value, macros, ()) for key, value in bindings.items()}


def reached(bindings: TextBindings, roots: Iterable[str]) -> set[str]:
    """Returns `roots`, what they refer to, what that refers to, and so on: full names.

    A part refers to what its bindings do, in any scope, and its defaults where nothing is bound.
    """
    found: set[str] = set()
    pending = list(roots)
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending.extend(_referred_to(bindings, name))
    return found


def _referred_to(bindings: TextBindings, full_name: str) -> Iterator[str]:
    """The full names that one part refers to."""
    values = {key: value for key, value in bindings.items() if key[1] == full_name}
    bound = {parameter for scope, _, parameter in values if not scope}
    defaults = registry.defaults(full_name)
    unbound = [value for parameter, value in defaults.items() if parameter not in bound]
    for leaf in registry.leaves([*values.values(), *unbound]):
        if isinstance(leaf, Reference):
            yield leaf.name.rpartition("/")[2]
        elif callable(leaf):
            part = registry.find_function(leaf)
            if part is not None:
                yield part.selector


class _Delegate(config_parser.ParserDelegate):
    """Makes references that need nothing to be registered."""

    def configurable_reference(self, scoped_configurable_name, evaluate):
        scope, _, name = scoped_configurable_name.rpartition("/")
        return Reference(f"{scope}/{_full_name(name)}".lstrip("/"), evaluate)

    def macro(self, macro_name):
        return _Macro(macro_name)


def _full_name(name: str) -> str:
    try:
        configurable = registry.find(name)
    except ConfigurationError:
        return name
    return configurable.selector if configurable else name


def _expand(value: Any, macros: dict[str, Any], inside: tuple[str, ...]) -> Any:
    """Replaces macros by their values; one without a value, or inside itself, stays a name."""
    if isinstance(value, _Macro) and value.name in macros and value.name not in inside:
        return _expand(macros[value.name], macros, (*inside, value.name))
    if isinstance(value, list | tuple):
        return type(value)(_expand(item, macros, inside) for item in value)
    if isinstance(value, dict):
        return {
            _expand(key, macros, inside): _expand(item, macros, inside)
            for key, item in value.items()
        }
    return value

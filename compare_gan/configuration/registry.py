# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What gin knows: registered names, their parameters, the values bound, the values used.

gin 0.5 offers no public way to ask for these, so this file reads its internals and is the only one
that does, beside `parsing`, which needs its import contexts.
"""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import gin
from gin import config as gin_config

from compare_gan.configuration import errors

# (scope, full name of the configurable) -> {parameter: value}.
Bindings = dict[tuple[str, str], dict[str, Any]]


# Annotations, as they are written or printed, of what is True or False, or perhaps None.
_BOOLS = ("bool", "bool | None", "None | bool", "Optional[bool]", "typing.Optional[bool]")

# Full names that are second names of something; see `find`.
_aliases: set[str] = set()


def note_alias(full_name: str) -> None:
    """Remembers that a registered name is a second name."""
    _aliases.add(full_name)


def find(name: str) -> gin_config.Configurable | None:
    """Returns the configurable that a full name, or the unambiguous end of one, stands for.

    Second names come last: `normal` is `latents.normal`, although `tf.random.normal` ends so too.

    Raises:
      ConfigurationError: The name stands for several.
    """
    matches = gin_config._REGISTRY.matching_selectors(name)
    if len(matches) > 1:
        matches = [match for match in matches if match not in _aliases] or matches
    if len(matches) > 1:
        raise errors.ConfigurationError(
            f"'{name}' stands for several: {', '.join(sorted(matches))}; write more of the name."
        )
    return gin_config._REGISTRY[matches[0]] if matches else None


def find_function(function: Callable) -> gin_config.Configurable | None:
    """Returns the configurable that a function or class is registered as."""
    return gin_config._inverse_lookup(function, allow_decorators=True)


def is_registered(full_name: str) -> bool:
    """Says whether something is registered under exactly this name."""
    return full_name in gin_config._REGISTRY


def names_of_classes(kind: type) -> list[str]:
    """Returns the shortest names of all registered subclasses of `kind`, sorted."""
    return sorted(
        short_name(full_name)
        for full_name, configurable in gin_config._REGISTRY.items()
        if inspect.isclass(configurable.wrapped) and issubclass(configurable.wrapped, kind)
    )


def short_name(full_name: str) -> str:
    """Returns the shortest name by which a configuration can refer to a registered name."""
    return gin_config._REGISTRY.minimal_selector(full_name)


def binding_key(scope: str, full_name: str, parameter: str) -> str:
    """Returns a binding's key as a configuration writes it, macros by their name alone."""
    if is_macro(full_name):
        return scope
    return f"{scope}/{short_name(full_name)}.{parameter}".lstrip("/")


def is_macro(full_name: str) -> bool:
    """Says whether a registered name is that of gin's macros (`name = value`, used as `%name`)."""
    return full_name == "gin.macro"


def all_parameters(configurable: gin_config.Configurable) -> list[str]:
    """Returns the parameters' names, those included that only the program may give."""
    specification = _argument_specification(configurable)
    names = specification.args + specification.kwonlyargs
    if inspect.isclass(configurable.wrapped) or configurable.is_method:
        return names[1:]  # Without `self`.
    return names


def parameters(configurable: gin_config.Configurable) -> list[str]:
    """Returns the parameters that a configuration may set."""
    names = all_parameters(configurable)
    if configurable.allowlist:
        return [name for name in names if name in configurable.allowlist]
    return [name for name in names if name not in (configurable.denylist or ())]


def accepts(configurable: gin_config.Configurable, parameter: str) -> bool:
    """Says whether a configuration may set this parameter."""
    if parameter in parameters(configurable):
        return True
    closed = configurable.allowlist or parameter in (configurable.denylist or ())
    return not closed and _argument_specification(configurable).varkw is not None


def has_default(full_name: str, parameter: str) -> tuple[bool, Any]:
    """Returns whether a parameter of a registered name has a default value, and that value."""
    if not is_registered(full_name):
        return False, None
    specification = _argument_specification(gin_config._REGISTRY[full_name])
    names = specification.args[::-1]
    values = dict(zip(names, (specification.defaults or ())[::-1]))
    values.update(specification.kwonlydefaults or {})
    value = values.get(parameter, gin.REQUIRED)
    return value is not gin.REQUIRED, value


def defaults(full_name: str) -> dict[str, Any]:
    """Returns the default values of a registered name's parameters; none of an unknown name's."""
    if not is_registered(full_name):
        return {}
    names = all_parameters(gin_config._REGISTRY[full_name])
    known = {name: has_default(full_name, name) for name in names}
    return {name: value for name, (is_known, value) in known.items() if is_known}


def is_truth_value(full_name: str, parameter: str) -> bool:
    """Says whether a parameter of a registered name is True or False.

    It is by its annotation, or where it has none by its default.
    """
    if not is_registered(full_name):
        return False
    annotations = _argument_specification(gin_config._REGISTRY[full_name]).annotations
    if parameter not in annotations:
        return isinstance(has_default(full_name, parameter)[1], bool)
    annotation = annotations[parameter]
    # A module may postpone the evaluation of its annotations: then they are text.
    return annotation is bool or str(annotation) in _BOOLS


def names_object(full_name: str, value: Any) -> bool:
    """Says whether a registered name stands for this function or class."""
    if not is_registered(full_name):
        return False
    configurable = gin_config._REGISTRY[full_name]
    return value is configurable.wrapped or value is configurable.wrapper


def nearest_name(name: str) -> str | None:
    """Returns the name of the registered part that is spelt most like `name`."""
    length = name.count(".") + 1
    names = {}
    for full_name in list(dict(gin_config._REGISTRY.items())):
        short = short_name(full_name)
        names[short] = short
        # `resnet_bigan.Generator` is nearer to `resnet_biggan.Generator` than to `Generator`, which
        # would do as long as there is only one.
        ending = ".".join(full_name.split(".")[-length:])
        unique = len(gin_config._REGISTRY.matching_selectors(ending)) == 1
        names[ending] = ending if unique else short
    match = errors.nearest(name, names)
    return names[match] if match else None


def owners_of(parameter: str) -> list[str]:
    """Returns the package's parts that have a parameter of this name."""
    return sorted(
        short_name(full_name)
        for full_name, configurable in gin_config._REGISTRY.items()
        if configurable.wrapped.__module__.startswith("compare_gan.")
        and parameter in parameters(configurable)
    )


def registered_in(package: str) -> list[str]:
    """Returns the full names of what is defined in a package's modules, without second names."""
    return sorted(
        full_name
        for full_name, configurable in gin_config._REGISTRY.items()
        if f"{configurable.wrapped.__module__}.".startswith(f"{package}.")
        and full_name not in _aliases
    )


def bound() -> Bindings:
    """Returns every value that the configuration binds."""
    return gin_config._CONFIG


def drop_bindings(scope: str, full_name: str, parameter: str) -> None:
    """Forgets what is bound to a parameter in a scope and in those within it."""
    for (bound_in, name), parameters in gin_config._CONFIG.items():
        if name == full_name and f"{bound_in}/".startswith(f"{scope}/".lstrip("/")):
            parameters.pop(parameter, None)


def used() -> Bindings:
    """Returns every value that a call of a configurable has used so far, defaults included."""
    with gin_config._OPERATIVE_CONFIG_LOCK:
        return {key: dict(values) for key, values in gin_config._OPERATIVE_CONFIG.items()}


def referred_to(part: Callable) -> gin_config.Configurable | None:
    """Returns the configurable that something is, or that it refers to, scoped or not."""
    # A reference to a class is a subclass of it, made by gin; one with a scope is a wrapper.
    candidates = part.__mro__ if inspect.isclass(part) else (part,)
    return next(filter(None, map(find_function, candidates)), None)


def unwrapped(function: Callable) -> Callable:
    """Returns the function or class that gin's wrappers call; other decorators stay around it."""
    while True:
        configurable = gin_config._inverse_lookup(function, allow_decorators=False)
        if configurable is not None and configurable.selector not in _aliases:
            return configurable.wrapped
        if configurable is not None:
            function = configurable.wrapped.__wrapped__
            continue
        # What a reference with a scope became: see `scope_of`.
        named = inspect.getclosurevars(function).nonlocals if inspect.isfunction(function) else {}
        if "scope_components" not in named:
            return function
        function = function.__wrapped__


def settings_of(part: Callable) -> dict[str, Any] | None:
    """Returns what a function or class would be called with: what is bound, or else the defaults.

    Args:
      part: A configurable, or what a reference to one, scoped or not, became.

    Returns:
      Values by parameter, those without a value left out; None if `part` is not registered.
    """
    configurable = referred_to(part)
    if configurable is None:
        return None
    with gin.config_scope(scope_of(part)):
        values = dict(gin.get_bindings(configurable.wrapped))
    for parameter in all_parameters(configurable):
        known, default = has_default(configurable.selector, parameter)
        if known:
            values.setdefault(parameter, default)
    return values


def scope_of(part: Callable) -> list[str]:
    """Returns the scope that a reference such as `@wide/latents.normal` enters, else the current.

    Args:
      part: A configurable, or what a reference to one, scoped or not, became.
    """
    # gin wraps a scoped function in a closure, and gives a scoped class such a metaclass.
    maker = type(part).__call__ if inspect.isclass(part) else part
    named = inspect.getclosurevars(maker).nonlocals if inspect.isfunction(maker) else {}
    return list(named.get("scope_components") or gin.current_scope())


def leaves(value: Any) -> Iterator[Any]:
    """Yields what is inside nested lists, tuples and dictionaries, keys included."""
    if isinstance(value, dict):
        for item in value.items():
            yield from leaves(item)
    elif isinstance(value, list | tuple) and type(value) in (list, tuple):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def _argument_specification(configurable: gin_config.Configurable) -> inspect.FullArgSpec:
    function: Callable = configurable.wrapped
    if inspect.isclass(function):
        # Not inspect.signature: it looks at Keras' `__new__(*args, **kwargs)` first.
        function = gin_config._find_class_construction_fn(function)
    return inspect.getfullargspec(inspect.unwrap(function))

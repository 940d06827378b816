# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Says what is wrong with a binding, a reference or a file, and what may have been meant.

Each function returns the end of a sentence that begins with the place and the binding.
"""

import difflib
import os

import tensorflow as tf
from gin import config as gin_config

from compare_gan.configuration import registry, v3_bindings
from compare_gan.configuration.errors import nearest, one_line


def suggestion(name: str | None, prefix: str = "") -> str:
    """Returns the question whether `name` was meant, or a full stop where nothing is near."""
    return f"; did you mean {prefix}{name}?" if name else "."


def syntax(message: str) -> str:
    """Explains gin's syntax error: most often a text without quotation marks."""
    message = one_line(message)
    _, found, token = message.partition("Failed to parse token ")
    if not found:
        return message
    token = token[1:-1]  # Without its quotation marks.
    if not token.isidentifier():
        return f"{token} is no value."
    literal = nearest(token, ("True", "False", "None"))
    if literal and literal.lower() == token.lower():
        return f"write {literal}."
    return f'text needs quotation marks, "{token}", and a reference an @, @{token}.'


def no_truth_value(value: object) -> str:
    """Says how to write what a value, which is neither True nor False, may have been meant for."""
    if not isinstance(value, str):
        return "is neither True nor False: write one of them."
    meant = nearest(value, ("True", "False"))
    return f"is text: write {meant or 'True or False'}, without quotes."


def missing_file(path: str) -> str:
    """Says why a `.gin` file can't be opened."""
    folder = os.path.dirname(path)
    if tf.io.gfile.isdir(path):
        return f"gin file '{path}' is a folder."
    if folder and not tf.io.gfile.isdir(folder):
        return f"gin file '{path}' does not exist, nor does its folder."
    names = [name for name in tf.io.gfile.listdir(folder or ".") if name.endswith(".gin")]
    match = difflib.get_close_matches(os.path.basename(path), names, n=1)
    near = suggestion(os.path.join(folder, match[0]) if match else None)
    return f"gin file '{path}' does not exist{near}"


def unknown_name(name: str, prefix: str = "", suffix: str = "") -> str:
    """Says that nothing is registered as `name`; `prefix` and `suffix` dress what was meant."""
    match = registry.nearest_name(name)
    if match:
        return f"nothing is registered as '{name}'{suggestion(match + suffix, prefix)}"
    return (
        f"nothing is registered as '{name}'; if it is your own, import its module "
        "at the top of the .gin file."
    )


def unknown_binding(configurable: gin_config.Configurable | None, name: str, parameter: str) -> str:
    """Says why `name.parameter` can't be bound; `configurable` is None if `name` is unknown."""
    if configurable is None:
        return unknown_name(name, suffix=f".{parameter}")
    owners = registry.owners_of(parameter)
    # What all networks of a kind share is bound once: by G for a Generator, by D for its opponent.
    base = [owner for owner in owners if name.rpartition(".")[2].startswith(owner)]
    if parameter in registry.all_parameters(configurable):
        advice = suggestion(f"{base[0]}.{parameter}" if base else None)
        return (
            f"{name} has a parameter '{parameter}', but it is given by the program, not by gin"
            f"{advice}"
        )
    known = registry.parameters(configurable)
    match = nearest(parameter, known)
    if match:
        return f"{name} has no parameter '{parameter}'{suggestion(f'{name}.{match}')}"
    if owners:
        owner = (base or owners)[0]
        return f"{name} has no parameter '{parameter}'{suggestion(f'{owner}.{parameter}')}"
    handed_on = v3_bindings.find_base(configurable.selector)
    match = handed_on and nearest(parameter, registry.parameters(registry.find(handed_on.name)))
    if match:
        return f"{name} has no parameter '{parameter}'{suggestion(f'{handed_on.name}.{match}')}"
    return f"{name} has no parameter '{parameter}'; it has {', '.join(known) or 'none'}."

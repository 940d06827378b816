# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Reads `.gin` files and bindings, so that nothing misspelt gets through.

This is `gin.parse_config_files_and_bindings`, statement by statement, with three differences: an
error is one line that says where it is and what may have been meant; a binding of v3 that is gone
is ignored with a warning or refused, and one that a class handed on is bound at its base
(`v3_bindings`); an included file is also looked for beside the file that includes it.
"""

import importlib
import inspect
import io
import logging
import os
import pkgutil
import tokenize
from collections.abc import Sequence
from typing import Any, NamedTuple

import gin
import tensorflow as tf
from gin import config as gin_config
from gin import config_parser

import compare_gan
from compare_gan.configuration import (
    aliases,
    diagnosis,
    keras_references,
    registry,
    v3_bindings,
)
from compare_gan.configuration.errors import ConfigurationError, nearest, one_line

_log = logging.getLogger(__name__)


def register_parts() -> None:
    """Loads every folder of the package, so that all that is registered can be named in gin.

    The commands at the package's top are left alone: they define flags. A new loss, metric, … is
    found here because its file lies in its folder; no table lists it.
    """
    for module in pkgutil.iter_modules(compare_gan.__path__):
        if module.ispkg:
            package = importlib.import_module(f"compare_gan.{module.name}")
            for part in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
                importlib.import_module(part.name)
    keras_references.register_keras()
    aliases.register_latent_aliases()
    # So that gin's own functions open remote files too; gin's import of TensorFlow is broken.
    gin.config.register_file_reader(tf.io.gfile.GFile, tf.io.gfile.exists)


def parse(gin_files: Sequence[str] | str = (), gin_bindings: Sequence[str] | str = ()) -> None:
    """Sets gin's configuration: the files in their order, then the bindings; then locks it.

    What was configured before is dropped. A failed parse leaves gin unlocked and empty.

    Args:
      gin_files: Paths of `.gin` files; of any file system that TensorFlow reads.
      gin_bindings: Lines as a file has them, such as "options.batch_size = 64".

    Raises:
      ConfigurationError: A file is missing or isn't gin, a module that it imports can't be loaded,
        a name, a parameter, a reference or a macro is unknown, what is True or False is set to
        something else, or a binding of v3 is refused.
    """
    gin_files = [gin_files] if isinstance(gin_files, str) else gin_files
    gin_bindings = [gin_bindings] if isinstance(gin_bindings, str) else gin_bindings
    gin.clear_config()
    register_parts()
    try:
        reader = _Reader()
        for path in gin_files:
            reader.read_file(path)
        reader.read("\n".join(gin_bindings))
        reader.hand_on()
        reader.check_macros()
        reader.check_truth_values()
        reader.drop_retired()
        try:
            gin.finalize()
        except ValueError as error:
            raise ConfigurationError(one_line(error)) from error
    except BaseException:
        gin.clear_config()
        raise


class _UnknownReference(NamedTuple):
    """Stands where a reference should, until the binding around it is known."""

    name: str
    problem: str


class _HandedOn(NamedTuple):
    """A binding of a class of v3 for an argument of its base."""

    key: str
    value: Any
    place: str
    configurable: gin_config.Configurable
    base: v3_bindings.Base


class _Delegate(gin_config.ParserDelegate):
    """Makes gin's references, and takes a note of those that gin does not know."""

    def configurable_reference(self, scoped_selector, evaluate):
        scope, slash, name = scoped_selector.rpartition("/")
        try:
            configurable = _look_up(name)
        except ConfigurationError as error:
            return _UnknownReference(name, str(error))
        if configurable is None:
            retired = v3_bindings.find_retired_reference(name)
            problem = f"{retired}." if retired else diagnosis.unknown_name(name, prefix="@")
            return _UnknownReference(name, problem)
        if not _is_known_to_gin(name):
            scoped_selector = f"{scope}{slash}{configurable.selector}"
        return gin_config.ConfigurableReference(scoped_selector, evaluate)


def _look_up(name: str) -> gin_config.Configurable | None:
    """Finds a registered name as the file being read sees it; as v3 knew it, if it is not there."""
    context = gin_config._parse_context()
    try:
        found = context.get_configurable(name)
        return found or registry.find(v3_bindings.without_modules(name))
    except KeyError:
        return registry.find(name)  # Says what is ambiguous, unless an alias makes it so.
    except (NameError, AttributeError) as error:
        # The file asked for gin's dynamic registration: names are those of its imports.
        raise ConfigurationError(one_line(error)) from error


def _is_known_to_gin(name: str) -> bool:
    """Says whether gin alone finds a name: one that is not of v3, nor stands for several."""
    try:
        return gin_config._parse_context().get_configurable(name) is not None
    except KeyError:
        return False


class _Reader:
    """Reads statements into gin's configuration, and remembers where each binding was made."""

    def __init__(self):
        self._open_files: list[str] = []
        self._places: dict[tuple[str, str, str], str] = {}
        # Judged at the end: a later binding may have made an earlier one harmless.
        self._retired: dict[tuple[str, str], tuple[v3_bindings.RetiredBinding, Any, str]] = {}
        self._handed_on: dict[tuple[str, str, str], _HandedOn] = {}
        self._ignored: list[str] = []

    def read_file(self, path: str, included_from: str = "") -> None:
        """Reads a file and what it includes."""
        if path in self._open_files:
            raise ConfigurationError(f"{included_from}gin file '{path}' includes itself.")
        try:
            if not tf.io.gfile.exists(path) or tf.io.gfile.isdir(path):
                raise ConfigurationError(f"{included_from}{diagnosis.missing_file(path)}")
            with tf.io.gfile.GFile(path) as file:
                text = file.read()
        except (UnicodeDecodeError, tf.errors.OpError) as error:
            raise ConfigurationError(
                f"{included_from}gin file '{path}' can't be read: {one_line(error)}"
            ) from error
        self._open_files.append(path)
        self.read(text, path)
        self._open_files.pop()

    def read(self, text: str, path: str | None = None) -> None:
        """Reads the text of a file, or bindings, which have no path."""
        stream = io.StringIO(text, newline=None)
        stream.name = path
        with gin_config._parse_scope() as context:
            for statement in _statements(stream):
                place = _place(statement.location)
                if isinstance(statement, config_parser.BindingStatement):
                    self._bind(statement, place)
                elif isinstance(statement, config_parser.BlockDeclaration):
                    pass  # Its bindings follow as statements of their own.
                elif isinstance(statement, config_parser.ImportStatement):
                    if v3_bindings.is_retired_import(statement.module):
                        self._ignored.append(f"{statement.format()} (its names are known without)")
                    else:
                        _import(context, statement, place)
                else:
                    self.read_file(_beside(statement.filename, path), place)
            # gin writes these into the configuration that it saves.
            gin_config._IMPORTS.update(context.imports)

    def hand_on(self) -> None:
        """Binds at the base what v3's classes handed on to it, of those classes that are chosen.

        As in v3, what is bound at the class goes before what is bound at its base, also in scopes
        within the class's.

        Raises:
          ConfigurationError: It can't be told whether a class is chosen.
        """
        by_depth = sorted(self._handed_on.items(), key=lambda item: item[0][0].count("/"))
        for (scope, _, parameter), handed in by_depth:
            key, base = handed.key, handed.base
            chosen = _is_chosen(handed.configurable, base)
            if chosen is None:
                raise ConfigurationError(
                    f"{handed.place}{key}: whether {base.chosen_by} makes use of it can't be told; "
                    f"bind {f'{scope}/{base.name}'.lstrip('/')}.{parameter} instead."
                )
            if not chosen:
                self._ignored.append(f"{key} ({base.chosen_by} is not {base.choice})")
                continue
            selector = registry.find(base.name).selector
            registry.drop_bindings(scope, selector, parameter)
            gin.bind_parameter((scope, selector, parameter), handed.value)
            self._places[scope, selector, parameter] = f"{handed.place}{key}, that is "

    def check_macros(self) -> None:
        """Raises an error if a macro is used that has no value."""
        bound = registry.bound()
        defined = [scope for scope, full_name in bound if registry.is_macro(full_name)]
        for (scope, full_name), parameters in bound.items():
            for parameter, value in parameters.items():
                for leaf in registry.leaves(value):
                    macro = _macro_name(leaf)
                    if macro is not None and macro not in defined:
                        place = self._places[scope, full_name, parameter]
                        key = registry.binding_key(scope, full_name, parameter)
                        suggestion = diagnosis.suggestion(nearest(macro, defined), prefix="%")
                        raise ConfigurationError(
                            f"{place}{key} is set to %{macro}, which has no value{suggestion}"
                        )

    def check_truth_values(self) -> None:
        """Raises an error if what is True or False is set to something else: a text is always true.

        0, 1 and None pass, since they do the same, here and in v3.
        """
        bound = registry.bound()
        for (scope, full_name), parameters in bound.items():
            for parameter, value in parameters.items():
                if not registry.is_truth_value(full_name, parameter):
                    continue
                place = self._places[scope, full_name, parameter]
                told = f"{registry.binding_key(scope, full_name, parameter)} = {value!r}"
                value, macros = _resolve(value)
                told += "".join(f", and {macro} = {its!r}" for macro, its in macros.items())
                # What a reference such as @x() gives is not known before it is called.
                is_called = isinstance(value, gin_config.ConfigurableReference) and value.evaluate
                if not is_called and value not in (False, True, None):
                    raise ConfigurationError(f"{place}{told} {diagnosis.no_truth_value(value)}")

    def drop_retired(self) -> None:
        """Warns of what is ignored of v3; raises an error for a binding that changes results."""
        ignored = self._ignored
        for (scope, _), (retired, value, place) in self._retired.items():
            key = f"{scope}/{retired.name}".lstrip("/")
            try:
                value, _ = _resolve(value)
            except KeyError as error:
                raise ConfigurationError(
                    f"{place}{key} is set to %{error.args[0]}, which has no value."
                ) from error
            if retired.is_refused(value):
                raise ConfigurationError(
                    f"{place}{key} = {value!r} is refused, since results would differ from Compare "
                    f"GAN v3's: {retired.reason}. Remove the line to train without it."
                )
            ignored.append(f"{key} ({retired.reason})")
        if ignored:
            _log.warning("Ignored, since it is of Compare GAN v3: %s.", "; ".join(ignored))

    def _bind(self, statement: config_parser.BindingStatement, place: str) -> None:
        scope, name, parameter, value, _ = statement
        key = f"{scope}/{name}.{parameter}".strip("/.")
        for leaf in registry.leaves(value):
            if isinstance(leaf, _UnknownReference):
                raise ConfigurationError(f"{place}{key} = @{leaf.name}: {leaf.problem}")
        if not parameter:
            macro = f"{scope}/{name}".lstrip("/")
            gin.bind_parameter((macro, "gin.macro", "value"), value)
            self._places[macro, "gin.macro", "value"] = place
            return
        try:
            configurable = _look_up(name)
        except ConfigurationError as error:
            raise ConfigurationError(f"{place}{key}: {error}") from error
        if configurable is None or not registry.accepts(configurable, parameter):
            base = configurable and v3_bindings.find_base(configurable.selector)
            retired = v3_bindings.find_retired(name, parameter)
            if retired is None and base:
                retired = v3_bindings.find_retired(base.name, parameter)
            if retired is None and base and registry.accepts(registry.find(base.name), parameter):
                self._handed_on[scope, configurable.selector, parameter] = _HandedOn(
                    key, value, place, configurable, base
                )
                return
            if retired is None:
                refused = None if configurable else v3_bindings.find_retired_reference(name)
                problem = (
                    f"{refused}."
                    if refused
                    else diagnosis.unknown_binding(configurable, name, parameter)
                )
                raise ConfigurationError(f"{place}{key}: {problem}")
            self._retired[scope, retired.name] = (retired, value, place)
            return
        if not _is_known_to_gin(name):
            name = configurable.selector
        gin.bind_parameter((scope, name, parameter), value)
        self._places[scope, configurable.selector, parameter] = place


def _statements(stream: io.StringIO):
    """Yields a stream's statements; whatever isn't one is a `ConfigurationError`."""
    try:
        yield from config_parser.ConfigParser(stream, _Delegate())
    except SyntaxError as error:
        message, *location = error.args
        location = location[0] if location else (stream.name, error.lineno, None, "")
        place = _place(config_parser.Location(stream.name, *tuple(location)[1:4]))
        line = one_line(location[3] or "")
        raise ConfigurationError(
            f"{place}`{line}` can't be read: {diagnosis.syntax(message)}"
        ) from error
    except tokenize.TokenError as error:
        message, (line, _) = error.args
        place = _place(config_parser.Location(stream.name, line, None, ""))
        raise ConfigurationError(
            f"{place}{one_line(message)}: a bracket or a quotation mark isn't closed."
        ) from error


def _import(
    context: gin_config.ParseContext, statement: config_parser.ImportStatement, place: str
) -> None:
    """Imports a module that a file names; its registered parts are known from then on."""
    try:
        context.process_import(statement)
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"{place}`{statement.format()}`: no module named '{error.name}'; "
            "is its folder on PYTHONPATH?"
        ) from error
    # Whatever a user's module may raise while it is loaded is an error of the configuration.
    except Exception as error:
        raise ConfigurationError(
            f"{place}`{statement.format()}` failed: {type(error).__name__}: {one_line(error)}"
        ) from error


def _place(location: config_parser.Location) -> str:
    if location.filename:
        return f"{location.filename}, line {location.line_num}: "
    return "gin bindings: "


def _beside(path: str, including_file: str | None) -> str:
    """Returns where an included file is: as it is named, or beside the file that includes it."""
    if including_file and not tf.io.gfile.exists(path):
        beside = os.path.join(os.path.dirname(including_file), path)
        if tf.io.gfile.isdir(os.path.dirname(beside) or "."):
            return beside
    return path


def _is_chosen(configurable: gin_config.Configurable, base: v3_bindings.Base) -> bool | None:
    """Says whether a class of v3, or one derived from it, is what the run is made of.

    None if it can't be told: a function of the user's own may make use of it; and a network's base
    is not looked up within the scope of a reference.
    """
    try:
        choice, _ = _resolve(gin.query_parameter(base.chosen_by))
    except (ValueError, KeyError):  # Not bound: for those to say who need it.
        return False
    if isinstance(choice, gin_config.ConfigurableReference):
        chosen, is_scoped = choice.configurable, bool(choice.config_key[0])
    else:
        chosen, is_scoped = registry.find(choice) if isinstance(choice, str) else None, False
    if chosen is None:
        return False  # As above.
    if inspect.isclass(chosen.wrapped):
        return issubclass(chosen.wrapped, configurable.wrapped)
    if not chosen.wrapped.__module__.startswith("compare_gan."):
        return None
    is_chosen = chosen is registry.find(base.choice)
    return None if is_chosen and is_scoped else is_chosen


def _resolve(value: Any) -> tuple[Any, dict[str, Any]]:
    """Returns what a value stands for, and the macros it goes through, with what each is bound to.

    Macros that lead back to themselves stand for themselves.

    Raises:
      KeyError: A macro, named by the error, is not bound.
    """
    passed: dict[str, Any] = {}
    while (macro := _macro_name(value)) is not None and macro not in passed:
        bindings = registry.bound().get((macro, "gin.macro"))
        if bindings is None:
            raise KeyError(macro)
        passed[macro] = value = bindings["value"]
    return value, passed


def _macro_name(value: Any) -> str | None:
    """Returns the name of the macro that a bound value refers to, if it is one."""
    if isinstance(value, gin_config.ConfigurableReference):
        scope, full_name = value.config_key
        return scope if registry.is_macro(full_name) else None
    return None

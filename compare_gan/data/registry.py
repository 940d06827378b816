# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The names that `dataset.name` understands: each source of images registers its own.

A new data set is one decorated function in any module, also outside this package:

    @register_dataset("my_dataset")
    def my_dataset(settings):
        return ArraySource("my_dataset", {"train": (images, labels), "test": ...}, num_classes=10)

A name that ends with a colon is a form: "folder:" receives what follows the colon as the
argument `location`.
"""

import dataclasses
import difflib
import inspect
from collections.abc import Callable

from compare_gan.data.sources import ImageSource


@dataclasses.dataclass(frozen=True)
class DataSettings:
    """How data are read, whatever the data set: given to every registered function.

    Attributes:
      tfds_data_dir: Where prepared TFDS data sets lie; None stands for TFDS's own default.
      memory_limit: The most bytes of decoded images of a split that are held in memory.
      shuffle_buffer: How many records a streamed data set shuffles at a time.
    """

    tfds_data_dir: str | None = None
    memory_limit: int = 4 * 2**30
    shuffle_buffer: int = 10_000


_registered: dict[str, Callable[..., ImageSource]] = {}

# How the forms are written in messages.
_FORM_ARGUMENTS = {"tfds:": "NAME", "folder:": "PATH"}


def register_dataset(name: str) -> Callable[[Callable[..., ImageSource]], Callable]:
    """Decorates a function that makes an `ImageSource`, and gives it a name.

    The function takes `settings` (`DataSettings`), for a form also `location`, and the options of
    `get_dataset` that it supports, by their names and with None as their default.

    Raises:
      ValueError: If another function has the name.
    """

    def register(function: Callable[..., ImageSource]) -> Callable[..., ImageSource]:
        other = _registered.get(name)
        if other is not None and (other.__module__, other.__qualname__) != (
            function.__module__,
            function.__qualname__,
        ):
            raise ValueError(
                f"Two functions are registered as the data set {name!r}, {other.__module__}."
                f"{other.__qualname__} and {function.__module__}.{function.__qualname__}: "
                "give one of them another name."
            )
        _registered[name] = function
        return function

    return register


def known_datasets() -> list[str]:
    """All names to choose from for `dataset.name`, the forms last, as they are written."""
    names = sorted(name for name in _registered if not name.endswith(":"))
    forms = sorted(name for name in _registered if name.endswith(":"))
    return names + [form + _FORM_ARGUMENTS.get(form, "...") for form in forms]


def _unknown(name: str) -> ValueError:
    candidates = {known.casefold(): known for known in known_datasets()}
    folded = name.casefold().replace("_", "-")
    spellings = {known.replace("_", "-"): real for known, real in candidates.items()}
    nearest = difflib.get_close_matches(folded, spellings, n=1)
    advice = f" Did you mean {spellings[nearest[0]]!r}?" if nearest else ""
    return ValueError(
        f"dataset.name is {name!r}, which is no known data set.{advice} "
        f"Known: {', '.join(known_datasets())}."
    )


def make_source(
    name: str | Callable[..., ImageSource], settings: DataSettings, **options: object
) -> ImageSource:
    """Makes the source of a data set.

    Args:
      name: A registered name, a form with its argument, or a function like a registered one.
      settings: How data are read.
      **options: The data set's own options; those that are None count as not given.

    Raises:
      ValueError: If the name is unknown or the data set has no such option.
    """
    arguments: dict[str, object] = {}
    if callable(name):
        function = name
    elif name in _registered and not name.endswith(":"):
        function = _registered[name]
    else:
        prefix, colon, location = str(name).partition(":")
        function = _registered.get(prefix + ":") if colon else None
        if function is None:
            raise _unknown(str(name))
        if not location:
            form = prefix + ":" + _FORM_ARGUMENTS.get(prefix + ":", "...")
            raise ValueError(
                f"dataset.name is {name!r}, but something belongs after the colon: {form}."
            )
        arguments["location"] = location
    accepted = inspect.signature(function).parameters
    for option, value in options.items():
        if value is None:
            continue
        if option not in accepted:
            allowed = [other for other in options if other in accepted]
            raise ValueError(
                f"dataset.{option} is {value!r}, but the data set {name!r} does not have this "
                f"option: remove it"
                + (f" (it has: {', '.join(allowed)})." if allowed else " (it has none).")
            )
        arguments[option] = value
    return function(settings, **arguments)

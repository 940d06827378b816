# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The list has every part that is registered with gin or that a room of the package hands on."""

import importlib
import inspect
import re
from typing import Any

import gin
import keras
import pytest

from compare_gan import layers
from compare_gan.augmentation import Augmentation
from compare_gan.configuration import register_parts, registry
from compare_gan.gans.auxiliary import AuxiliaryTask
from compare_gan.losses import GANLoss
from compare_gan.regularizers.base import CALL_ARGUMENTS
from tests.conformance.kinds import CHECKS, Layer
from tests.conformance.parts import PARTS

_ROOMS = (
    "losses",
    "regularizers",
    "normalizers",
    "layers",
    "architectures",
    "gans.auxiliary",
    "gans.latents",
    "gans.top_k",
    "augmentation",
)

# Registered, or handed on, but no part that could be chosen; what becomes one must leave.
NO_PARTS = {
    "D": "arguments of discriminators",
    "G": "arguments of generators",
    "eval_z": "arguments of priors",
    "spectral_norm": "settings of layers with a kernel, two of which are in the list with it",
    "standardize_batch": "settings of batch normalizers",
    "weights": "the name of an initializer",
    "z": "arguments of priors",
    "AuxiliaryTask": "the base of auxiliary tasks",
    "BatchStandardizer": "the base of batch normalizers",
    "KernelLayer": "the base of layers with a kernel",
}


def _is_network(thing: Any) -> bool:
    """Networks of a family: the list has the function that returns them. Encoders stand alone."""
    made_by_family = ("Generator", "Discriminator")
    return inspect.isclass(thing) and thing.__name__ in made_by_family


def _is_part(thing: Any) -> bool:
    """Whether something that a room hands on can only be a part, registered or not."""
    if inspect.isclass(thing):
        kinds = keras.layers.Layer, AuxiliaryTask, Augmentation
        concrete = issubclass(thing, kinds) and not inspect.isabstract(thing)
        return concrete and not issubclass(thing, keras.Model)
    if not inspect.isfunction(thing):
        return False
    signature = inspect.signature(thing)
    is_loss = signature.return_annotation is GANLoss
    return is_loss or set(CALL_ARGUMENTS) <= signature.parameters.keys()


def _parts() -> dict[Any, str]:
    """The parts of all rooms, and what gin calls them, or else their own names."""
    register_parts()
    found = {}
    for room in _ROOMS:
        package = importlib.import_module(f"compare_gan.{room}")
        for name in getattr(package, "__all__", ()):
            if _is_part(getattr(package, name)):
                thing = getattr(package, name)
                found[inspect.unwrap(thing)] = thing.__name__
        for full_name in registry.registered_in(package.__name__):
            thing = inspect.unwrap(registry.find(full_name).wrapped)
            if not _is_network(thing):
                found[thing] = registry.short_name(full_name)
    return found


def _listed() -> set[Any]:
    things = set()
    for part in PARTS:
        if not isinstance(part, Layer):
            part.configure()  # imports what is not of the package
        made_by_network = isinstance(part, Layer)
        thing = part.documented()[0] if made_by_network else registry.find(part.name).wrapped
        things.add(inspect.unwrap(thing))
    return things


def test_every_part_is_in_the_list():
    listed = _listed()
    missing = {name for thing, name in _parts().items() if thing not in listed}
    assert missing == NO_PARTS.keys(), (
        f"{sorted(missing - NO_PARTS.keys())}: add a line to tests/conformance/parts.py, or, of "
        "what is no part but settings or a base class, to NO_PARTS here. No longer there: "
        f"{sorted(NO_PARTS.keys() - missing)}."
    )


@gin.configurable(module="compare_gan.losses.forgotten")
def _forgotten(real_logits, fake_logits):
    """A loss of the package that nobody has put on the list."""


def test_a_part_that_is_not_in_the_list_is_found(monkeypatch):
    monkeypatch.setattr(_forgotten.__wrapped__, "__module__", "compare_gan.losses.forgotten")
    found = _parts()
    assert found[_forgotten.__wrapped__].endswith("_forgotten")
    assert _forgotten.__wrapped__ not in _listed()
    # Handed on, without gin.
    assert found[layers.Conv2D] == "Conv2D"


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.id)
def test_entries(part):
    assert sum(other.id == part.id for other in PARTS) == 1, "two entries need labels"
    for exemptions in (part.cannot, part.slow):
        assert exemptions.keys() <= set(part.checks), "a check that is not made of this kind"
        assert all(re.search(r"\w+", reason) for reason in exemptions.values())
    if not isinstance(part, Layer):
        part.configure()
        assert registry.find(part.name) is not None
    assert set(part.checks) <= set(CHECKS)

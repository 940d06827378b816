# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The list has every part that is registered with gin or that a room of the package hands on."""

import inspect
import re
import sys
from typing import Any

import gin
import keras
import pytest

from compare_gan import layers
from compare_gan.architectures import Architecture
from compare_gan.architectures.resnet_encoder import EncoderNetwork
from compare_gan.augmentation import Augmentation
from compare_gan.configuration import register_parts, registry
from compare_gan.gans.auxiliary import AuxiliaryTask
from compare_gan.losses import GANLoss
from compare_gan.regularizers.base import CALL_ARGUMENTS
from tests.conformance.kinds import CHECKS, Layer
from tests.conformance.parts import PARTS

# What is registered here trains, evaluates or labels, and has tests of its own. Whatever is
# registered elsewhere, in a folder that is yet to come too, is a part.
_WITHOUT_PARTS = (
    "configuration",
    "data",
    "gans.modular_gan",
    "gans.options",
    "gans.penalty",
    "gans.s3gan",
    "gans.ssgan",
    "label_inference",
    "metrics",
    "schedules",
    "training",
)

# Registered, or handed on, but no part that could be chosen; what becomes one must leave.
NO_PARTS = {
    "BigGanResNetBlock": "a setting of BigGAN's blocks",
    "D": "arguments of discriminators",
    "G": "arguments of generators",
    "cross_replica_moments": "a setting of batch normalizers",
    "eval_z": "arguments of priors",
    "spectral_norm": "settings of layers with a kernel, two of which are in the list with it",
    "standardize_batch": "settings of batch normalizers",
    "weights": "the name of an initializer",
    "z": "arguments of priors",
    "AuxiliaryTask": "the base of auxiliary tasks",
    "BatchStandardizer": "the base of batch normalizers",
    "KernelLayer": "the base of layers with a kernel",
    "WeightNormLayer": "the base of layers with weight normalization",
}


def _is_network(thing: Any) -> bool:
    """Networks of a family: the list has the function that returns them. Encoders stand alone."""
    made_by_family = ("Generator", "Discriminator")
    return inspect.isclass(thing) and thing.__name__ in made_by_family


def _is_part(thing: Any) -> bool:
    """Whether something can only be a part, wherever it is and registered or not."""
    if inspect.isclass(thing):
        if inspect.isabstract(thing):
            return False
        kinds = keras.layers.Layer, AuxiliaryTask, Augmentation
        is_network = issubclass(thing, keras.Model) and not issubclass(thing, EncoderNetwork)
        return issubclass(thing, kinds) and not is_network
    if not inspect.isfunction(thing):
        return False
    signature = inspect.signature(thing)
    given, returned = list(signature.parameters), signature.return_annotation
    required = [name for name, p in signature.parameters.items() if p.default is p.empty]
    is_regularizer = set(CALL_ARGUMENTS) <= set(given)
    is_family = returned is Architecture and not required
    is_view = given[:3] == ["images", "draws", "name"]
    is_layer = given == ["x"]
    return returned is GANLoss or is_regularizer or is_family or is_view or is_layer


def _parts() -> dict[Any, str]:
    """The parts of the package, and what gin calls them, or else their own names."""
    register_parts()
    found = {}
    modules = [module for name, module in sys.modules.items() if name.startswith("compare_gan.")]
    for module in modules:
        for thing in (getattr(module, name) for name in getattr(module, "__all__", ())):
            if _is_part(thing):
                found[inspect.unwrap(thing)] = thing.__name__
    without = [f"compare_gan.{name}." for name in _WITHOUT_PARTS]
    for full_name in registry.registered_in("compare_gan"):
        thing = inspect.unwrap(registry.find(full_name).wrapped)
        elsewhere = f"{thing.__module__}.".startswith(tuple(without))
        if _is_part(thing) or not (elsewhere or _is_network(thing)):
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


@gin.configurable
def forgotten_function(real_logits, fake_logits):
    """A loss, a prior, a selection: what a function is depends on its folder."""


@gin.register
class ForgottenTask(AuxiliaryTask):
    name = "forgotten"


@gin.register
class ForgottenClass:
    """A normalizer, an encoder, an augmentation."""


class ForgottenLayer(keras.layers.Layer):
    pass


def forgotten_layer(x):
    return x


def forgotten_view(images, draws, name, strength=1.0):
    return images


def forgotten_family(wide=True) -> Architecture:
    return None


@pytest.mark.parametrize(
    "thing, folder",
    [
        *((inspect.unwrap(forgotten_function), room) for room in ("losses", "gans", "new_room")),
        *((ForgottenClass, room) for room in ("normalizers", "augmentation", "architectures")),
        *((ForgottenTask, room) for room in ("gans.auxiliary", "metrics")),
    ],
)
def test_a_registered_part_that_is_not_in_the_list_is_found(thing, folder, monkeypatch):
    monkeypatch.setattr(thing, "__module__", f"compare_gan.{folder}.forgotten")
    assert _parts()[thing].endswith(thing.__name__)


@pytest.mark.parametrize(
    "thing", [ForgottenLayer, forgotten_layer, forgotten_view, forgotten_family]
)
def test_a_part_that_is_handed_on_without_gin_is_found(thing, monkeypatch):
    monkeypatch.setattr(layers, "forgotten", thing, raising=False)
    monkeypatch.setattr(layers, "__all__", [*layers.__all__, "forgotten"])
    assert _parts()[thing] == thing.__name__


def test_what_is_no_part_is_not_taken_for_one():
    found = set(_parts().values())
    assert not found & {"dataset", "ModularGAN", "fid", "get_architecture", "Generator"}
    for name in _WITHOUT_PARTS:
        assert registry.registered_in(f"compare_gan.{name}"), f"nothing is registered in {name}"


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

# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Any network that Keras has saved as a backbone."""

import hashlib
import os
import pathlib
import re

import gin
import keras

from compare_gan.metrics.backbones.base import (
    agreed_resize,
    agreed_size,
    hash_with_settings,
    reason,
)
from compare_gan.metrics.backbones.keras_network import KerasBackbone, ends_in_softmax
from compare_gan.metrics.backbones.value_range import checked_range, to_range

_ENDINGS = (".keras", ".h5", ".hdf5")
_NAMED = 12


@gin.register("keras_file")
class KerasFile(KerasBackbone):
    """A network from a file that `model.save` wrote: .keras, .h5 or .hdf5.

        x        = low + (high − low) · resize(image),    value_range = (low, high)
        features = what the layer `features` gives for x; with positions, the mean over them
        logits   = what the layer `logits` gives for x; log of it, if it has a softmax

    It takes images `[batch, height, width, 1 or 3]` and nothing else. The file is read in Keras'
    safe mode: nothing is unpickled, and no Python code in it runs, so that networks with lambda
    layers are refused. Layers of your own are found if the configuration imports the module that
    registers them (`keras.saving.register_keras_serializable`). (Keras, "Save, serialize, and
    export models", https://keras.io/guides/serialization_and_saving/.)

    Args:
      path: The file.
      value_range: (lowest, highest) value of the images that the network takes: (0, 1), (-1, 1) or
        (0, 255). There is no default, since a wrong one gives plausible nonsense.
      features: The layer whose outputs are the features; None takes what the network returns, if
        that is not probabilities.
      logits: The layer whose outputs are the logits; None for none. A layer with a softmax gives
        logarithms of its probabilities.
      name: What it is called in scores; by default the file's name.
      input_size: (height, width) that the network is given, if it takes several.
      resize: How images are brought to the network's size, if it has one; None is "pil_bicubic".

    Raises:
      ValueError: The file cannot be read, or is no such network; a setting is not possible.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] = "",
        value_range: tuple[float, float] | None = None,
        features: str | None = None,
        logits: str | None = None,
        name: str | None = None,
        input_size: tuple[int, int] | None = None,
        resize: str | None = None,
    ):
        file = pathlib.Path(path)
        if not path or not file.is_file() or file.suffix.lower() not in _ENDINGS:
            raise ValueError(
                f"keras_file.path must be a file ending with {', '.join(_ENDINGS)}; received "
                f"{str(path)!r}. A folder of a SavedModel is for @saved_model."
            )
        low, high = checked_range("keras_file.value_range", value_range)
        network = _load(file)
        height, width, self.channels = _image_shape(file, network)
        self.input_size = agreed_size("keras_file.input_size", (height, width), input_size)
        self.resize = agreed_resize("keras_file.resize", resize, self.input_size)
        self.name = re.sub(r"\W+", "_", name or file.stem)
        with open(file, "rb") as contents:
            digest = hashlib.file_digest(contents, "sha256").hexdigest()
        self.hash = hash_with_settings(
            digest,
            value_range=(low, high),
            features=features,
            logits=logits,
            input_size=self.input_size,
        )
        outputs = [_features(file, network, features)]
        are_probabilities = False
        if logits is not None:
            layer = _layer(file, network, "logits", logits)
            outputs.append(_output(layer))
            are_probabilities = ends_in_softmax(layer)
        self._compile(
            network, outputs, lambda images: to_range(images, low, high), are_probabilities
        )


def _load(file: pathlib.Path) -> keras.Model:
    try:
        return keras.saving.load_model(file, compile=False, safe_mode=True)
    except Exception as error:  # of zipfile, h5py or Keras, each with its own classes
        if "lambda" in str(error).lower():
            raise ValueError(
                f"keras_file.path: {file} holds Python code, which is not run, as it could do "
                "anything: save the network with other layers in the place of its lambda layers."
            ) from error
        raise ValueError(
            f"keras_file.path: {file} cannot be read ({reason(error)}): is it complete, and does "
            "the configuration import the modules that register layers of its own?"
        ) from error


def _image_shape(file: pathlib.Path, network: keras.Model) -> tuple[int | None, int | None, int]:
    """(height, width, channels), the first two None where the network takes any."""
    inputs = getattr(network, "inputs", None)
    if not inputs:
        raise ValueError(
            f"keras_file.path: {file} is a network whose layers are called by Python code, so that "
            "its inside cannot be seen: save a functional or sequential model, or "
            "`model.export` it and choose @saved_model."
        )
    shapes = [tuple(tensor.shape) for tensor in inputs]
    if len(shapes) != 1 or len(shapes[0]) != 4 or shapes[0][3] not in (1, 3):
        raise ValueError(
            f"keras_file.path: {file} must be of a network that takes images [batch, height, "
            f"width, 1 or 3], but it takes {', '.join(map(str, shapes))}."
        )
    return shapes[0][1:]


def _features(file: pathlib.Path, network: keras.Model, wanted: str | None) -> keras.KerasTensor:
    if wanted is None and len(network.outputs) != 1:
        raise ValueError(
            f"keras_file.features is missing: {file} returns {len(network.outputs)} values. Name "
            f"one of its layers: {_names(network)}."
        )
    if wanted is None:
        output = network.outputs[0]
        layer = output._keras_history.operation
    else:
        layer = _layer(file, network, "features", wanted)
        output = _output(layer)
    if ends_in_softmax(layer):
        raise ValueError(
            f"keras_file.features = {wanted!r} would take the probabilities of {layer.name!r} in "
            f"{file} for features: name a layer before it: {_names(network)}."
        )
    return output


def _layer(file: pathlib.Path, network: keras.Model, setting: str, name: str) -> keras.layers.Layer:
    found = [layer for layer in network.layers if layer.name == name]
    if not found or isinstance(found[0], keras.layers.InputLayer):
        raise ValueError(
            f"keras_file.{setting} = {name!r} is no layer of {file}, which has {_names(network)}."
        )
    return found[0]


def _names(network: keras.Model) -> str:
    """The layers' names, the last ones of many."""
    inputs = keras.layers.InputLayer
    names = [layer.name for layer in network.layers if not isinstance(layer, inputs)]
    return ("…, " if len(names) > _NAMED else "") + ", ".join(names[-_NAMED:])


def _output(layer: keras.layers.Layer) -> keras.KerasTensor:
    """What a layer gives inside the network that was loaded.

    Not `layer.output`: of a network within the network that is another tensor.
    """
    return layer._inbound_nodes[-1].output_tensors[0]

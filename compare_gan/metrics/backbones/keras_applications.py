# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The networks of Keras Applications as backbones."""

import hashlib
import os
import pathlib
import re
import sys
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import gin
import keras
import numpy as np

from compare_gan.configuration.errors import nearest
from compare_gan.metrics.backbones.base import hash_with_settings, reason
from compare_gan.metrics.backbones.keras_network import KerasBackbone
from compare_gan.metrics.resize import check_policy

# What says which variant of a network it is; the rest is ours.
_ARGUMENTS = ("alpha", "depth_multiplier", "minimalistic", "classes")
# Of networks that take any: what they were trained with.
_USUAL_SIZE = (224, 224)


@gin.register("keras_applications")
class KerasApplication(KerasBackbone):
    """A classifier of `keras.applications`: what goes into its last layer, and its logits.

        x        = preprocess_input(255 · resize(image))
        features = what the last layer with weights is given
        logits   = network(x) without its softmax

    `resize` brings images in [0, 1] to the network's usual size; `preprocess_input` is that of its
    family. Features are pooled over positions by nearly all of these networks, and by the backbone
    where they are not. (Keras Applications, https://keras.io/api/applications/.)

    Weights of ImageNet are downloaded by Keras into `$KERAS_HOME/models` (`~/.keras/models`) where
    they are not there yet. Keras knows the check sums of these files and refuses others, except for
    MobileNet and MobileNetV2: there a file of the right name and shapes is taken as it is. The hash
    in every score is of the weights themselves, which tells scores of others apart.

    Args:
      model: What Keras calls it, such as "ResNet50".
      weights: "imagenet", or a file of weights of exactly this network with its last layer, as
        `save_weights` or `save` writes it (.weights.h5, .h5, .keras).
      arguments: Which variant it is, for its constructor: alpha, depth_multiplier, minimalistic or
        classes, such as {"alpha": 0.35} of "MobileNetV2".
      name: What it is called in scores; by default "keras_", the network's name and that of the
        file of weights.
      resize: How images are brought to the network's size.

    Raises:
      ValueError: There is no such network, or no weights for it.
    """

    def __init__(
        self,
        model: str = "ResNet50",
        weights: str | os.PathLike[str] = "imagenet",
        arguments: Mapping[str, Any] | None = None,
        name: str | None = None,
        resize: str = "pil_bicubic",
    ):
        check_policy("keras_applications.resize", resize)
        constructor = _constructor(model)
        arguments = _checked_arguments(arguments)
        _check_weights(weights)
        network = _build(model, constructor, weights, arguments)
        own = "" if weights == "imagenet" else f"_{pathlib.Path(weights).name.split('.')[0]}"
        self.name = re.sub(r"\W+", "_", name or f"keras_{model.lower()}{own}")
        self.hash = hash_with_settings(hash_of_weights(network), model=model, **arguments)
        _, height, width, self.channels = network.input_shape
        self.input_size = _USUAL_SIZE if None in (height, width) else (height, width)
        self.resize = resize
        last = [layer for layer in network.layers if layer.weights][-1]
        # Keras keeps a family's function beside its constructors.
        preprocess = sys.modules[constructor.__module__].preprocess_input
        self._compile(
            network, [last.input, network.outputs[0]], lambda images: preprocess(255.0 * images)
        )


def _constructors() -> dict[str, Callable[..., keras.Model]]:
    values = {name: getattr(keras.applications, name) for name in dir(keras.applications)}
    return {name: value for name, value in values.items() if callable(value)}


def _constructor(model: str) -> Callable[..., keras.Model]:
    known = _constructors()
    if model not in known:
        close = nearest(str(model), known)
        hint = f"; did you mean {close!r}?" if close else "."
        raise ValueError(
            f"keras_applications.model = {model!r} is no network of keras.applications{hint} There "
            f"are {', '.join(sorted(known))}."
        )
    return known[model]


def _checked_arguments(arguments: Mapping[str, Any] | None) -> dict[str, Any]:
    arguments = {} if arguments is None else arguments
    if not isinstance(arguments, Mapping) or not set(arguments) <= set(_ARGUMENTS):
        raise ValueError(
            f"keras_applications.arguments takes a dictionary of {', '.join(_ARGUMENTS)}, such as "
            f'{{"alpha": 0.35}}; received {arguments!r}.'
        )
    return dict(arguments)


def _check_weights(weights: str | os.PathLike[str]) -> None:
    if weights is None:
        raise ValueError(
            "keras_applications.weights = None would give random features, which depend on the "
            'run: set it to "imagenet" or a file of weights, or choose @random_features, whose '
            "weights follow from a seed."
        )
    if weights != "imagenet" and not os.path.isfile(weights):
        raise ValueError(
            f'keras_applications.weights must be "imagenet" or a file; there is no {weights!r}.'
        )


def _build(
    model: str,
    constructor: Callable[..., keras.Model],
    weights: str | os.PathLike[str],
    arguments: dict[str, Any],
) -> keras.Model:
    """The network with its last layer, which gives logits."""
    from_imagenet = weights == "imagenet"
    try:
        network = constructor(
            weights="imagenet" if from_imagenet else None, classifier_activation=None, **arguments
        )
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"keras_applications cannot build {model} with {arguments or 'no arguments'} and "
            f"weights {str(weights)!r}: {reason(error)}"
        ) from error
    except Exception as error:  # the class that Keras raises where a download fails
        raise ValueError(
            f'keras_applications.weights = "imagenet" of {model} cannot be downloaded '
            f"({reason(error)}): put that file into ~/.keras/models (or $KERAS_HOME/models) by "
            "hand, or set keras_applications.weights to a file of weights."
        ) from error
    if not from_imagenet:
        _load_weights(network, model, os.fspath(weights))
    return network


def _load_weights(network: keras.Model, model: str, path: str) -> None:
    """Loads all weights: what a file lacks Keras would leave random, with a mere warning."""
    for weight in network.weights:
        weight.assign(np.full(weight.shape, np.nan))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            network.load_weights(path)
    except Exception as error:  # of h5py, zipfile or Keras, each with its own classes
        raise ValueError(
            f"keras_applications.weights: {path} cannot be read as weights of {model} "
            f"({reason(error)}). It must be of this very network, with its last layer and the same "
            "keras_applications.arguments."
        ) from error
    missing = [weight.path for weight in network.weights if np.isnan(weight.numpy()).any()]
    if missing:
        raise ValueError(
            f"keras_applications.weights: {path} lacks {len(missing)} of the "
            f"{len(network.weights)} weights of {model}, such as {missing[0]}, or holds NaN there: "
            "it is of another network, or damaged."
        )


def hash_of_weights(network: keras.Model) -> str:
    """SHA-256 of the shapes and values of all weights, in the network's order."""
    digest = hashlib.sha256()
    for weight in network.weights:
        value = weight.numpy()
        digest.update(f"{value.dtype} {value.shape}\0".encode() + value.tobytes())
    return digest.hexdigest()

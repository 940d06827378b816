# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Any SavedModel from images to features as a backbone."""

import hashlib
import pathlib
import re
from typing import Any

import gin
import numpy as np
import tensorflow as tf

from compare_gan.metrics.backbones.base import (
    Backbone,
    agreed_resize,
    agreed_size,
    hash_with_settings,
    reason,
)
from compare_gan.metrics.backbones.value_range import checked_range, to_range


@gin.register("saved_model")
class SavedModel(Backbone):
    """A network from a SavedModel folder.

        x        = low + (high − low) · resize(image),    value_range = (low, high)
        features = signature(x)[features], flattened
        logits   = signature(x)[logits], flattened

    A signature of it takes one float32 input, images `[batch, height, width, channels]`, and
    returns features `[batch, …]` (flattened) and perhaps logits `[batch, num_logits]`. A SavedModel
    is a program of TensorFlow's operations: load those only whose source you trust. (TensorFlow,
    "Using the SavedModel format", https://www.tensorflow.org/guide/saved_model.)

    Args:
      path: The SavedModel folder (with `saved_model.pb` in it).
      name: What it is called in scores; by default the folder's name.
      signature: Which of the model's signatures to call.
      features: The name of the output that holds features, such as "output_0" of a network that
        Keras exported.
      logits: The name of the output that holds logits; None for none.
      value_range: (lowest, highest) value of the images that the signature takes.
      input_size: (height, width) the signature needs, if it neither says so nor resizes by itself.
      resize: How images are brought to the size that the signature needs; None is "pil_bicubic".

    Raises:
      ValueError: There is no such folder or signature, it cannot be read, or its inputs and outputs
        do not fit.
    """

    def __init__(
        self,
        path: str = "",
        name: str | None = None,
        signature: str = "serving_default",
        features: str = "features",
        logits: str | None = "logits",
        value_range: tuple[float, float] = (0, 1),
        input_size: tuple[int, int] | None = None,
        resize: str | None = None,
    ):
        folder = pathlib.Path(path)
        if not path or not (folder / "saved_model.pb").is_file():
            raise ValueError(
                "saved_model.path must be a SavedModel folder, with a file saved_model.pb in it; "
                f"received {str(path)!r}."
            )
        self._range = checked_range("saved_model.value_range", value_range)
        self.name = re.sub(r"\W+", "_", name or folder.resolve().name)
        # Kept, since the signature's variables live only as long as the model.
        self._model = _load(folder)
        if signature not in self._model.signatures:
            raise ValueError(
                f"saved_model.signature={signature!r} is not in {folder}, which has: "
                f"{', '.join(sorted(self._model.signatures)) or 'none'}."
            )
        self._signature = self._model.signatures[signature]
        inputs = self._signature.structured_input_signature[1]
        outputs = self._signature.structured_outputs
        if len(inputs) != 1 or features not in outputs:
            raise ValueError(
                f"The signature {signature!r} of {folder} must take images and return `{features}` "
                f"(and perhaps `logits`); it takes {sorted(inputs)} and returns {sorted(outputs)}. "
                "Others of its outputs are named by saved_model.features and saved_model.logits."
            )
        # "logits" is what they are usually called, not a promise that there are any.
        if logits not in (None, "logits", *outputs):
            raise ValueError(
                f"saved_model.logits = {logits!r} is no output of the signature {signature!r} of "
                f"{folder}, which returns {sorted(outputs)}."
            )
        self._features, self._logits = features, logits if logits in outputs else None
        [(self._input_name, specification)] = inputs.items()
        if specification.dtype != tf.float32:
            raise ValueError(
                f"The signature {signature!r} of {folder} takes {specification.dtype.name} images; "
                "it must take float32: export it with another signature."
            )
        shape = specification.shape
        _, *own, self.channels = shape.as_list() if shape.rank == 4 else [None] * 4
        self.input_size = agreed_size("saved_model.input_size", tuple(own), input_size)
        self.resize = agreed_resize("saved_model.resize", resize, self.input_size)
        self.hash = hash_with_settings(
            _hash_of_folder(folder),
            signature=signature,
            outputs=[self._features, self._logits],
            value_range=self._range,
            input_size=self.input_size,
        )
        # One black image, as signatures rarely tell their outputs' shapes.
        height, width = self.input_size or (64, 64)
        found = self.forward(np.zeros((1, height, width, self.channels or 3), np.float32))
        self.feature_dim = found[0].shape[1]
        self.num_logits = 0 if found[1] is None else found[1].shape[1]

    def forward(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """The signature's outputs."""
        given = to_range(tf.constant(images), *self._range)
        outputs = self._signature(**{self._input_name: given})
        features = outputs[self._features].numpy().reshape(len(images), -1)
        if self._logits is None:
            return features, None
        return features, outputs[self._logits].numpy().reshape(len(images), -1)


def _load(folder: pathlib.Path) -> Any:
    try:
        return tf.saved_model.load(str(folder))
    except Exception as error:  # TensorFlow has many for damaged files
        raise ValueError(
            f"saved_model.path: {folder} cannot be read ({reason(error)}): is the copy complete, "
            "with its folder `variables`?"
        ) from error


def _hash_of_folder(folder: pathlib.Path) -> str:
    """SHA-256 over the names, lengths and contents of all files."""
    digest = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = file.relative_to(folder).as_posix()
        digest.update(f"{name}\0{file.stat().st_size}\0".encode())
        with open(file, "rb") as contents:
            while block := contents.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()

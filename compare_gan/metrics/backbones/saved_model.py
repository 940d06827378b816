# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Any SavedModel from images to features as a backbone."""

import hashlib
import pathlib
import re

import gin
import numpy as np
import tensorflow as tf

from compare_gan.metrics.backbones.base import Backbone


@gin.register("saved_model")
class SavedModel(Backbone):
    """A network from a SavedModel folder.

    Its signature takes one float32 input, images `[batch, height, width, channels]` in [0, 1], and
    returns `features` `[batch, …]` (flattened) and perhaps `logits` `[batch, num_logits]`.

    Args:
      path: The SavedModel folder (with `saved_model.pb` in it).
      name: What it is called in scores; by default the folder's name.
      signature: Which of the model's signatures to call.
      input_size: (height, width) the signature needs, if it does not resize by itself.
      resize: How images are brought to `input_size`.

    Raises:
      ValueError: There is no such folder or signature, or its inputs and outputs do not fit.
    """

    def __init__(
        self,
        path: str = "",
        name: str | None = None,
        signature: str = "serving_default",
        input_size: tuple[int, int] | None = None,
        resize: str = "pil_bicubic",
    ):
        folder = pathlib.Path(path)
        if not path or not (folder / "saved_model.pb").is_file():
            raise ValueError(
                "saved_model.path must be a SavedModel folder, with a file saved_model.pb in it; "
                f"received {str(path)!r}."
            )
        self.name = re.sub(r"\W+", "_", name or folder.resolve().name)
        self.hash = _hash_of_folder(folder)
        self.input_size = None if input_size is None else tuple(input_size)
        self.resize = "none" if input_size is None else resize
        # Kept, since the signature's variables live only as long as the model.
        self._model = tf.saved_model.load(str(folder))
        if signature not in self._model.signatures:
            raise ValueError(
                f"saved_model.signature={signature!r} is not in {folder}, which has: "
                f"{', '.join(sorted(self._model.signatures)) or 'none'}."
            )
        self._signature = self._model.signatures[signature]
        inputs = self._signature.structured_input_signature[1]
        outputs = self._signature.structured_outputs
        if len(inputs) != 1 or "features" not in outputs:
            raise ValueError(
                f"The signature {signature!r} of {folder} must take images and return `features` "
                f"(and perhaps `logits`); it takes {sorted(inputs)} and returns {sorted(outputs)}."
            )
        [(self._input_name, specification)] = inputs.items()
        self.channels = specification.shape[-1] if specification.shape.rank == 4 else None
        self._has_logits = "logits" in outputs
        features, logits = self._probe(specification)
        self.feature_dim = features.shape[1]
        self.num_logits = 0 if logits is None else logits.shape[1]

    def _probe(self, specification: tf.TensorSpec) -> tuple[np.ndarray, np.ndarray | None]:
        """Runs one black image, as signatures rarely tell their outputs' shapes."""
        shape = specification.shape.as_list() if specification.shape.rank == 4 else [None] * 4
        height, width = self.input_size or (shape[1] or 64, shape[2] or 64)
        return self.forward(np.zeros((1, height, width, self.channels or 3), np.float32))

    def forward(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """The signature's outputs."""
        outputs = self._signature(**{self._input_name: tf.constant(images)})
        features = outputs["features"].numpy()
        logits = outputs["logits"].numpy() if self._has_logits else None
        return features.reshape(len(images), -1), logits


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

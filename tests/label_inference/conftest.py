# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""An encoder of a few numbers, and images that it can learn."""

import gin
import keras
import numpy as np
import pytest
import tensorflow as tf

from compare_gan.data import ArraySource, Dataset, LabelSource, TrueLabels
from compare_gan.label_inference import InferenceData, InferenceRun, LabelInferenceSettings
from compare_gan.normalizers import BatchNorm
from compare_gan.training import LoopSettings

SIZE = 4
CLASSES = 3
FEATURES = 5
KNOWN = 30


@gin.register("toy_encoder", module="tests")
class ToyEncoder(keras.Model):
    """features = elu(norm(x W)), pixels in a row."""

    def __init__(self, image_shape, name="encoder", normalize=True):
        super().__init__(name=name)
        self.image_shape = tuple(image_shape)
        self.normalize = normalize
        self.feature_size = FEATURES
        pixels = int(np.prod(image_shape))
        self.kernel = self.add_weight(
            shape=(pixels, FEATURES),
            initializer=keras.initializers.GlorotUniform(seed=keras.random.SeedGenerator(1)),
            name="kernel",
        )
        self.norm = BatchNorm({"decay": 0.9}) if normalize else None
        if normalize:
            self.norm.build((None, FEATURES))
        self.built = True

    def call(self, images, training=False):
        flat = tf.reshape(images, [-1, self.kernel.shape[0]]) @ self.kernel.value
        return tf.nn.elu(self.norm(flat, training=training) if self.normalize else flat)

    def get_config(self):
        return {"image_shape": list(self.image_shape), "name": self.name}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)


def toy_images(count, seed):
    """Images whose class is the bright column, and their classes."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, CLASSES, count)
    images = rng.integers(0, 120, [count, SIZE, SIZE, 1])
    images[np.arange(count), :, labels] += 120
    return images.astype(np.uint8), labels


def toy_source(permute_hidden_of=None, train=90, test=30):
    """A data set of them; labels of training images beyond the first 30 may be permuted."""
    images, labels = toy_images(train, 0)
    if permute_hidden_of is not None:
        hidden = np.arange(train) >= permute_hidden_of
        labels = labels.copy()
        labels[hidden] = (labels[hidden] + 1) % CLASSES
    ids = np.array([f"image-{index:03d}" for index in range(train)])
    order = np.random.default_rng(1).permutation(train)  # ids are not in their order
    test_images, test_labels = toy_images(test, 2)
    test_ids = np.array([f"test-{index:03d}" for index in range(test)])
    return ArraySource(
        "toy",
        {
            "train": (images[order], labels[order], ids[order]),
            "test": (test_images, test_labels, test_ids),
        },
        CLASSES,
    )


class FirstLabels(LabelSource):
    """The true labels of image-000 to image-029; the others are hidden."""

    hides_labels = True

    def labels(self, source, split, ids, true_labels):
        known = np.isin(ids, [b"image-%03d" % index for index in range(KNOWN)])
        return np.where(known | (split == "test"), true_labels, -1).astype(np.int32)


@pytest.fixture
def first_labels():
    """A label source that knows the labels of 30 images, whatever the others' are."""
    return FirstLabels()


@pytest.fixture
def toy_encoder():
    """The class of a small encoder."""
    return ToyEncoder


@pytest.fixture
def toy():
    """`toy(**arguments)` makes a small data set."""
    return toy_source


@pytest.fixture
def images_of():
    """`images_of(count, seed)` are images of that data set and their classes, in a row."""
    return toy_images


@pytest.fixture
def method_run(tmp_path):
    """`method_run(source, known, *bindings, features=…)` makes what a method works with.

    `features` are (ids, rows) of a file of the user's; without them the encoder is the small one.
    """

    def make(source, known, *bindings, features=None, fake=False):
        gin.clear_config()
        settings = ["label_inference.encoder = @toy_encoder", *bindings]
        if features is not None:
            path = tmp_path / "features.npz"
            np.savez(path, ids=features[0], features=features[1])
            settings.append(f"label_inference.features = '{path}'")
        gin.parse_config(settings)
        truth = Dataset(source, TrueLabels(), seed=5)
        data = InferenceData(
            truth.with_labels(known), truth.with_labels(known, only_labelled=True), truth, fake
        )
        return InferenceRun(
            LabelInferenceSettings(known_labels=known),
            data,
            tmp_path / "run" / "label_inference",
            LoopSettings(0, seed=3),
            tf.distribute.get_strategy(),
        )

    return make

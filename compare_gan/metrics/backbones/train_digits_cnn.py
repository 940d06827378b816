# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Trains the backbone `digits_cnn` from scratch: half a minute on one core.

    python -m compare_gan.metrics.backbones.train_digits_cnn --output=/tmp/digits_cnn.npz

All randomness comes from one NumPy stream that is frozen for good, and TensorFlow runs its
deterministic kernels in one thread, so the same machine gives the same file; other processors
round differently, and give a network as good with other weights.

Features are to compare distributions, so the network must not know training images better than
others: images are shifted, turned and scaled a little each time, half of the features are dropped,
labels are smoothed.
"""

import argparse
from collections.abc import Iterator

import numpy as np
import scipy.ndimage
import tensorflow as tf

from compare_gan.atomic_files import write_atomically
from compare_gan.data.digits import load_digits
from compare_gan.metrics.backbones.digits_cnn import (
    WEIGHT_SHAPES,
    WEIGHTS_FILE,
    digits_network,
    hash_of_weights,
)

_EPOCHS = 120
_BATCHES = 20  # of 63: all 1260 training images
_PEAK_LEARNING_RATE = 3e-3
_WEIGHT_DECAY = 1e-4
_LABEL_SMOOTHING = 0.1
_KEPT_FEATURES = 0.5


def distort(images: np.ndarray, random: np.random.RandomState) -> np.ndarray:
    """Each image `[8, 8, 1]` turned, scaled and shifted by half a pixel or less, with noise."""
    distorted = np.empty_like(images)
    center = np.array([3.5, 3.5])
    for index, image in enumerate(images):
        angle, scale = random.normal(0, 0.08), np.exp(random.normal(0, 0.06))
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        matrix = scale * turn
        offset = center - matrix @ center + random.uniform(-0.5, 0.5, 2)
        distorted[index, :, :, 0] = scipy.ndimage.affine_transform(
            image[:, :, 0], matrix, offset, order=1
        )
    level = 0.02 * random.uniform(size=(len(images), 1, 1, 1))
    return np.clip(distorted + level * random.normal(size=images.shape), 0, 1)


def _batches(random: np.random.RandomState) -> Iterator[tuple[np.ndarray, ...]]:
    """Batches of images, labels and dropout masks, for the whole training."""
    images, labels, _ = load_digits("train")
    images = images / 255.0
    for _ in range(_EPOCHS):
        distorted = distort(images, random)
        for rows in np.split(random.permutation(len(images)), _BATCHES):
            mask = random.uniform(size=(len(rows), WEIGHT_SHAPES["hidden/bias"][0]))
            mask = (mask < _KEPT_FEATURES) / _KEPT_FEATURES
            yield distorted[rows].astype(np.float32), labels[rows], mask.astype(np.float32)


def _initial_weights(random: np.random.RandomState) -> dict[str, tf.Variable]:
    """He-normal kernels and zero biases."""
    weights = {}
    for name, shape in WEIGHT_SHAPES.items():
        scale = np.sqrt(2.0 / np.prod(shape[:-1])) if name.endswith("kernel") else 0.0
        weights[name] = tf.Variable((scale * random.normal(size=shape)).astype(np.float32))
    return weights


def train(seed: int) -> dict[str, np.ndarray]:
    """Returns the trained weights by name, in half precision."""
    random = np.random.RandomState(seed)
    weights = _initial_weights(random)
    variables = list(weights.values())
    kernels = [weight for name, weight in weights.items() if name.endswith("kernel")]
    # Adam in plain sight: its result must not change with a library's version.
    means = [tf.Variable(tf.zeros_like(variable)) for variable in variables]
    squares = [tf.Variable(tf.zeros_like(variable)) for variable in variables]

    @tf.function
    def step(images, labels, mask, rate):
        with tf.GradientTape() as tape:
            _, logits = digits_network(weights, images, mask)
            targets = tf.one_hot(labels, 10) * (1 - _LABEL_SMOOTHING) + _LABEL_SMOOTHING / 10
            loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(targets, logits))
            loss += 2 * _WEIGHT_DECAY * tf.add_n([tf.nn.l2_loss(kernel) for kernel in kernels])
        gradients = tape.gradient(loss, variables)
        for variable, gradient, mean, square in zip(variables, gradients, means, squares):
            mean.assign(0.9 * mean + 0.1 * gradient)
            square.assign(0.999 * square + 0.001 * tf.square(gradient))
            variable.assign_sub(rate * mean / (tf.sqrt(square) + 1e-7))

    steps = _EPOCHS * _BATCHES
    for index, batch in enumerate(_batches(random)):
        decay = 0.5 + 0.5 * np.cos(np.pi * index / steps)
        debias = np.sqrt(1 - 0.999 ** (index + 1)) / (1 - 0.9 ** (index + 1))
        step(*batch, tf.constant(_PEAK_LEARNING_RATE * decay * debias, tf.float32))
    return {name: weight.numpy().astype(np.float16) for name, weight in weights.items()}


def accuracy(weights: dict[str, np.ndarray], split: str) -> float:
    """The fraction of a split's images that the network names rightly."""
    images, labels, _ = load_digits(split)
    weights = {name: tf.constant(value, tf.float32) for name, value in weights.items()}
    _, logits = digits_network(weights, tf.constant(images / 255.0, tf.float32))
    return float(np.mean(logits.numpy().argmax(axis=1) == labels))


def main() -> None:
    """Trains, says how good the network is, and writes its weights."""
    # Not absl's flags, which would belong to every program that imports this module.
    parser = argparse.ArgumentParser(description="Trains the backbone digits_cnn.")
    parser.add_argument("--output", default=str(WEIGHTS_FILE), help="where the weights go")
    parser.add_argument("--seed", type=int, default=0, help="of weights, order and noise")
    arguments = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()
    weights = train(arguments.seed)
    print(f"accuracy: train {accuracy(weights, 'train'):.4f}, test {accuracy(weights, 'test'):.4f}")
    write_atomically(arguments.output, lambda file: np.savez_compressed(file, **weights))
    print(f"{arguments.output}: SHA-256 of the weights {hash_of_weights(weights)}")


if __name__ == "__main__":
    main()

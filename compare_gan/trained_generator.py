# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A trained G with its priors: sampling, interpolating, and the statistics of its batch norm."""

import inspect
import math
from collections.abc import Callable, Iterator, Sequence

import keras
import numpy as np
import tensorflow as tf
import tqdm

from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.gans.latents import LatentPrior, normal
from compare_gan.gans.paths import lerp, slerp
from compare_gan.losses import GANLoss
from compare_gan.normalizers import (
    BN_MODES,
    accumulate_statistics,
    has_standing_statistics,
    own_bn_mode,
    reset_statistics,
    uses_batch_statistics,
)
from compare_gan.randomness import Draws

# Images made at once. Fixed, so that the same seed gives the same images however many are asked
# for.
_BATCH = 64

_FROM_RUN = "take it from the model_dir of its run, by compare_gan.load_generator."


def check_bn_mode(mode: str, network: keras.layers.Layer, setting: str = "eval.bn_mode") -> None:
    """Checks that a network can have the statistics which `mode` asks batch norm to use.

    Those of the batch are always at hand, standing ones can be gathered, and without batch norm all
    modes are one.

    Args:
      mode: One of `BN_MODES`.
      network: G, or one of its normalizers.
      setting: What messages call the mode.

    Raises:
      ValueError: There is no such mode, or the network was trained without moving averages.
    """
    if mode not in BN_MODES:
        raise ValueError(f"{setting} must be one of {', '.join(BN_MODES)}; received {mode!r}.")
    if mode == "moving" and has_standing_statistics(network):
        raise ValueError(
            f"{setting}='moving', but this generator has no moving averages, since it is trained "
            f"with standardize_batch.use_moving_averages = False: set {setting} to 'standing', "
            "'batch' or 'auto'."
        )


class TrainedGenerator:
    """A generator with its latent prior and label prior.

    Args:
      network: G; `network(latents, labels, training)` gives images [batch, height, width, channels]
        in [0, 1].
      prior: Where latents come from.
      z_dim: Their length.
      label_frequencies: The probability of each class [classes]; empty for an unconditional G.
      class_names: What the classes are called.
      step: The training step of the weights.
      averaged: Whether the weights are an exponential moving average.
    """

    def __init__(
        self,
        network: keras.Model,
        prior: LatentPrior,
        z_dim: int,
        label_frequencies: np.ndarray,
        class_names: Sequence[str] = (),
        step: int = 0,
        averaged: bool = False,
    ):
        self.network = network
        self.prior = prior
        self.z_dim = z_dim
        self.label_frequencies = np.asarray(label_frequencies, np.float32)
        self.class_names = list(class_names)
        self.step = step
        self.averaged = averaged
        self._bn_mode = own_bn_mode(network)
        self._draw = tf.function(self._drawn, autograph=False)
        self._gather = tf.function(self._gathered, autograph=False)
        self._make = tf.function(self._images, autograph=False)

    @property
    def bn_mode(self) -> str:
        """Which statistics batch norm uses: "moving" averages, "standing" statistics, or those of
        the "batch". It can be set to what `check_bn_mode` accepts; but "standing" statistics would
        take the place of moving averages, which a training may go on with, so only a generator
        loaded from its run can change to them.
        """
        return self._bn_mode

    @bn_mode.setter
    def bn_mode(self, mode: str) -> None:
        check_bn_mode(mode, self.network)
        if mode == "standing":
            self._check_own_accumulators()
        self._bn_mode = mode

    def _check_own_accumulators(self) -> None:
        if uses_batch_statistics(self.network) and not has_standing_statistics(self.network):
            raise ValueError(
                "Standing statistics would take the place of this generator's moving averages: "
                "load it from its run by compare_gan.load_generator, whose bn_mode can be set to "
                "'standing'."
            )

    @property
    def num_classes(self) -> int:
        """How many classes can be asked for; 0 if G is unconditional."""
        return len(self.label_frequencies)

    def sample(
        self,
        n: int,
        labels: int | Sequence[int] | np.ndarray | None = None,
        truncation: float | None = None,
        seed: int = 0,
    ) -> np.ndarray:
        """Draws `n` images.

        Args:
          n: How many.
          labels: The class of all of them, or of each; None draws classes as they were drawn in
            training.
          truncation: Latents beyond so many standard deviations are drawn anew; for normal priors.
          seed: The same seed gives the same images.

        Returns:
          float32 [n, height, width, channels] in [0, 1].

        Raises:
          ValueError: The number, the labels or the truncation make no sense for this generator.
        """
        return np.concatenate([images for images, _ in self.batches(n, labels, truncation, seed)])

    def batches(
        self,
        n: int,
        labels: int | Sequence[int] | np.ndarray | None = None,
        truncation: float | None = None,
        seed: int = 0,
        shard: tuple[int, int] = (0, 1),
    ) -> Iterator[tuple[np.ndarray, np.ndarray | None]]:
        """The images of `sample` with their classes, a batch at a time: exactly `n` in all.

        Args:
          n: As for `sample`, like all that follow but the last.
          labels: See `sample`.
          truncation: See `sample`.
          seed: See `sample`.
          shard: (index, count): of all batches, the same ones, only every count-th is made, from
            the one numbered index. So several processes make the images of one.

        Yields:
          float32 [batch, height, width, channels] in [0, 1] and int32 [batch], or None without
          classes.
        """
        check_whole_number("The number of images", n)
        wanted = self._wanted(labels, n)
        for size, latents, classes in self._inputs(wanted, truncation, seed, shard=shard):
            images = self._make(latents, self._one_hot(classes), self.bn_mode == "batch")
            yield images.numpy()[:size], classes.numpy()[:size] if self.num_classes else None

    def interpolate(
        self,
        rows: int,
        columns: int,
        labels: int | Sequence[int] | np.ndarray | None = None,
        end_labels: int | Sequence[int] | np.ndarray | None = None,
        truncation: float | None = None,
        seed: int = 0,
    ) -> np.ndarray:
        """Draws rows of images that change in equal steps.

        A row goes from one latent to another within its class; or, with `end_labels`, from its
        class to another while its latent stays: the label is then (1 − t) onehot(label) + t
        onehot(end_label). Between latents of a normal prior the way is an arc (see
        `compare_gan.gans.paths.slerp`), otherwise a straight line. Rows begin with the
        images of `sample(rows, labels, truncation, seed)`, unless batch norm uses statistics of the
        batch.

        Args:
          rows: How many ways.
          columns: How many images each has, at least 2: both ends are among them.
          labels: The class of all rows, or of each; None draws classes as they were drawn in
            training.
          end_labels: The class that all rows, or each, end with; None stays within a class.
          truncation: As for `sample`.
          seed: The same seed gives the same images.

        Returns:
          float32 [rows, columns, height, width, channels] in [0, 1].

        Raises:
          ValueError: A number, the labels or the truncation make no sense for this generator.
        """
        check_whole_number("rows", rows)
        check_whole_number("columns", columns, least=2)
        wanted = self._wanted(labels, rows)
        ends = None if end_labels is None else self._wanted(end_labels, rows)
        drawn = [
            [array.numpy()[:size] for array in arrays]
            for size, *arrays in self._inputs(wanted, truncation, seed, with_ends=True)
        ]
        starts, classes, stops = (np.concatenate(arrays) for arrays in zip(*drawn))
        t = np.linspace(0.0, 1.0, columns)
        if ends is None:
            arc = inspect.unwrap(self.prior.distribution_fn) is normal
            latents, ends = (slerp if arc else lerp)(starts, stops, t), classes
        else:
            latents = np.repeat(starts[:, None], columns, axis=1)
        latents = latents.reshape(rows * columns, -1)
        mixed = None
        if self.num_classes:
            one_hot = np.eye(self.num_classes)
            mixed = lerp(one_hot[classes], one_hot[ends], t).reshape(rows * columns, -1)
        images = []
        for start in range(0, len(latents), _BATCH):
            # The last batch is filled by going round, so that nothing is traced anew.
            places = np.arange(start, start + _BATCH) % len(latents)
            made = self._make(
                tf.constant(latents[places], tf.float32),
                None if mixed is None else tf.constant(mixed[places], tf.float32),
                self.bn_mode == "batch",
            )
            images.append(made.numpy()[: len(latents) - start])
        return np.concatenate(images).reshape(rows, columns, *images[0].shape[1:])

    def accumulate_standing_statistics(self, num_samples: int) -> None:
        """Fills batch norm's accumulators from `num_samples` new fakes, in whole batches of 64.

        Raises:
          ValueError: G keeps moving averages instead.
        """
        self._check_own_accumulators()
        self._gather_standing_statistics(num_samples)

    def _gather_standing_statistics(self, num_samples: int) -> None:
        """Fills accumulators, or puts standing statistics in place of moving averages."""
        reset_statistics(self.network)
        frequencies = tf.constant(self.label_frequencies)
        for index in tqdm.trange(
            math.ceil(num_samples / _BATCH),
            desc="standing statistics",
            unit="batch",
            disable=None,
            delay=2,
        ):
            self._gather(tf.constant(index, tf.int64), frequencies)

    def _gathered(self, index: tf.Tensor, frequencies: tf.Tensor) -> None:
        """Another batch's part of the standing statistics. For the frequencies see `_drawn`."""
        draws = Draws(0, index, "standing_statistics")
        latents = self.prior.sample(draws, "latents", _BATCH, self.z_dim)
        labels = self._one_hot(self._drawn_labels(draws, frequencies, _BATCH))
        # Moving averages stay as they are beside accumulators.
        number = None if has_standing_statistics(self.network) else index + 1
        with accumulate_statistics(number) as updates:
            self.network(latents, labels, training=False)
        for variable, value in updates:
            variable.assign(value)

    def draw(self, draws: Draws, count: int) -> tuple[tf.Tensor, tf.Tensor | None]:
        """What G takes: latents of the prior and classes as they were drawn in training.

        Graph code, like `generate`, for those who measure G.

        Args:
          draws: Where they are from.
          count: How many.

        Returns:
          float32 [count, z_dim], and one-hot [count, classes] or None without classes.
        """
        latents = self.prior.sample(draws, "latents", count, self.z_dim)
        return latents, self._one_hot(self._drawn_labels(draws, self.label_frequencies, count))

    def generate(self, latents: tf.Tensor, labels: tf.Tensor | None) -> tf.Tensor:
        """G's images, with the statistics that `bn_mode` says.

        Args:
          latents: float32 [batch, z_dim].
          labels: One-hot [batch, classes]; None without classes.

        Returns:
          float32 [batch, height, width, channels] in [0, 1].
        """
        return self._images(latents, labels, self.bn_mode == "batch")

    def load_discriminator(self) -> keras.Model:
        """The D that was trained with this G.

        Raises:
          ValueError: It is not known.
        """
        raise ValueError(f"This generator was made without its discriminator: {_FROM_RUN}")

    def load_loss(self) -> Callable[..., GANLoss]:
        """The loss by which its D was trained: `(real_logits, fake_logits) -> GANLoss`.

        Raises:
          ValueError: It is not known.
        """
        raise ValueError(f"This generator was made without the loss of its training: {_FROM_RUN}")

    def _drawn_labels(
        self, draws: Draws, frequencies: tf.Tensor | np.ndarray, count: int
    ) -> tf.Tensor:
        if not self.num_classes:
            return tf.zeros([count], tf.int32)
        return draws.categorical("labels", frequencies, count)

    def _one_hot(self, classes: tf.Tensor) -> tf.Tensor | None:
        return tf.one_hot(classes, self.num_classes) if self.num_classes else None

    def _inputs(
        self,
        wanted: np.ndarray,
        truncation: float | None,
        seed: int,
        with_ends: bool = False,
        shard: tuple[int, int] = (0, 1),
    ) -> Iterator[tuple[int | tf.Tensor, ...]]:
        """Batches of what `_drawn` gives, after how many rows of each are asked for."""
        # Truncation is a Python number to the draw, which would be traced anew for each value; not
        # compiled, these few operations take a fraction of what G takes.
        draw = self._draw if truncation is None else self._drawn
        first, count = shard
        for index in range(first, math.ceil(len(wanted) / _BATCH), count):
            given = wanted[index * _BATCH : (index + 1) * _BATCH]
            yield (
                len(given),
                *draw(
                    tf.constant(np.pad(given, (0, _BATCH - len(given)), constant_values=-1)),
                    tf.constant(seed, tf.int64),
                    tf.constant(index, tf.int64),
                    tf.constant(self.label_frequencies),
                    truncation,
                    with_ends,
                ),
            )

    def _drawn(
        self,
        given: tf.Tensor,
        seed: tf.Tensor,
        index: tf.Tensor,
        frequencies: tf.Tensor,
        truncation: float | None,
        with_ends: bool,
    ) -> tuple[tf.Tensor, ...]:
        """Latents, classes (those given, where not −1) and, if asked for, other latents for
        interpolations to end with.

        The seed is a tensor, so that another one does not trace anew; it shares the counter with
        the batch. The frequencies are one because those of another checkpoint may differ.
        """
        draws = Draws(0, seed, "sample", index)
        latents = self.prior.sample(draws, "latents", _BATCH, self.z_dim, truncation)
        drawn = self._drawn_labels(draws, frequencies, _BATCH)
        classes = tf.where(given < 0, drawn, given)
        if not with_ends:
            return latents, classes
        ends = self.prior.sample(draws, "end_latents", _BATCH, self.z_dim, truncation)
        return latents, classes, ends

    def _images(self, latents: tf.Tensor, labels: tf.Tensor | None, training: bool) -> tf.Tensor:
        return self.network(latents, labels, training=training)

    def _wanted(self, labels: int | Sequence[int] | np.ndarray | None, n: int) -> np.ndarray:
        """int32 [n] classes; −1, to be drawn, if None."""
        return np.full([n], -1, np.int32) if labels is None else self._checked_labels(labels, n)

    def _checked_labels(self, labels: int | Sequence[int] | np.ndarray, n: int) -> np.ndarray:
        labels = np.asarray(labels)
        if not self.num_classes:
            raise ValueError(
                f"This generator is unconditional, so labels={labels.tolist()} cannot be asked for."
            )
        if labels.ndim == 0:
            labels = np.full([n], labels)
        if labels.shape != (n,) or not np.issubdtype(labels.dtype, np.integer):
            raise ValueError(
                f"labels must be one whole number or {n} of them, received {labels.dtype} of shape "
                f"{labels.shape}."
            )
        if labels.min() < 0 or labels.max() >= self.num_classes:
            raise ValueError(
                f"labels must be in 0 … {self.num_classes - 1}, received "
                f"{labels.min()} … {labels.max()}."
            )
        return labels.astype(np.int32)

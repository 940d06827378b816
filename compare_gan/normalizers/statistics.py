# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The core of all batch normalizers: moments of a batch, and what stands in for them afterwards."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import gin
import keras
import tensorflow as tf

from compare_gan.configuration import ConfigurationError
from compare_gan.configuration.real_numbers import check_number
from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.layers.precision import full_precision
from compare_gan.normalizers.channel_weights import ChannelWeights
from compare_gan.normalizers.updates import (
    is_accumulating,
    is_collecting,
    latest_value,
    numbered_pass,
    record_update,
)
from compare_gan.replicas import mean_over_group, mean_over_replicas, replica_count

# Which statistics a trained network can be asked to use; see `compare_gan.generators`.
BN_MODES = ("moving", "standing", "batch")

_EMPTY_COUNT = 1e-12


@gin.configurable("cross_replica_moments")
def configured_group_size(group_size: int | None = None) -> int | None:
    """Returns among how many replicas batch normalizers made from gin share their moments.

        mean_g     = Σ_{r in group g} mean_r / group_size
        variance_g = Σ_{r in group g} E_r[x²] / group_size - mean_g²

    mean_r and E_r[x²] are a replica's own; a group has `group_size` consecutive replicas. Without
    the need to wait for all, many replicas are faster, and moments those of a smaller batch. (Brock
    et al., https://arxiv.org/abs/1809.11096, appendix B, in which all share.)

    Args:
      group_size: A divisor of the number of replicas; None for all of them. A single replica has no
        one to share with, whatever it is.
    """
    return group_size


@gin.register("standardize_batch", denylist=["group_size"])
@dataclasses.dataclass(frozen=True)
class StandardizeBatch:
    """Settings of batch statistics, shared by all batch normalizers.

        standardized(x) = (x - mean) / sqrt(variance + epsilon)
        moving average  ← decay · moving average + (1 - decay) · batch, of mean and variance

    (Ioffe and Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing
    Internal Covariate Shift", 2015, https://arxiv.org/abs/1502.03167.)

    Attributes:
      decay: Of moving averages, which are not corrected for their start at mean 0 and variance 1.
      epsilon: Added to the variance, not negative.
      use_moving_averages: Whether inference uses moving averages collected in training, or
        "standing statistics": plain averages over batches run through the network for that purpose
        (see `accumulate_statistics`).
      use_cross_replica_mean: Whether moments are those of the joint batch of all replicas; None
        means yes.
      group_size: Of so many consecutive replicas then; None means of all. Gin sets it by
        `cross_replica_moments.group_size`.

    Raises:
      ValueError: The decay isn't in [0, 1), epsilon is negative, or a group has no replica.
    """

    decay: float = 0.999
    epsilon: float = 1e-3
    use_moving_averages: bool = True
    use_cross_replica_mean: bool | None = None
    group_size: int | None = None

    def __post_init__(self) -> None:
        check_number("standardize_batch.decay", self.decay, "[0, 1)", usual=0.999)
        check_number("standardize_batch.epsilon", self.epsilon, "[0, inf)", usual=1e-5)
        if self.group_size is not None:
            check_whole_number("cross_replica_moments.group_size", self.group_size)

    @classmethod
    def of(cls, value: "StandardizeBatch | Mapping | None") -> "StandardizeBatch":
        """Returns settings; None means those bound in gin, or else the defaults.

        Args:
          value: Settings, a mapping with their fields, or None.
        """
        if value is None:
            return gin.get_configurable(cls)(group_size=configured_group_size())
        return value if isinstance(value, StandardizeBatch) else cls(**value)


class BatchStandardizer(ChannelWeights):
    """The base of batch normalizers: standardizes each channel over the batch.

        standardized(x) = (x - mean) / sqrt(variance + ε),   variance = E[x²] - E[x]²

    with means over all axes but the last: the variance is the biased one. (Ioffe and Szegedy, 2015,
    https://arxiv.org/abs/1502.03167.) Statistics:

    * training=True: the moments of the batch, of all replicas together or of a group of them; where
      gradients are accumulated, those of a micro-batch. Nothing is written; new moving averages go
      to `collect_updates`.
    * training=False: the moving averages, in whose place `accumulate_statistics` can put standing
      statistics; or accu_mean / accu_counter and accu_variance / accu_counter, which it fills.

    Subclasses call `add_statistics` in `build` and `standardize` in `call`.

    Args:
      settings: See `StandardizeBatch`; None takes those bound in gin when the layer is made.
      dtype: Keras dtype policy; None means the global one. Statistics are computed in float32 at
        least.
      trainable: As for every Keras layer.
      name: Name of the layer.
    """

    def __init__(
        self,
        settings: StandardizeBatch | Mapping | None = None,
        dtype: Any = None,
        trainable: bool = True,
        name: str | None = None,
    ) -> None:
        super().__init__(dtype=dtype, trainable=trainable, name=name, autocast=False)
        self.settings = StandardizeBatch.of(settings)

    def add_statistics(self, channels: int) -> None:
        """Creates the non-trainable variables for so many channels."""
        if self.settings.use_moving_averages:
            self.moving_mean = self._statistic("moving_mean", (channels,), 0.0)
            self.moving_variance = self._statistic("moving_variance", (channels,), 1.0)
        else:
            self.accu_mean = self._statistic("accu_mean", (channels,), 0.0)
            self.accu_variance = self._statistic("accu_variance", (channels,), 0.0)
            self.accu_counter = self._statistic("accu_counter", (), _EMPTY_COUNT)

    def _statistic(self, name: str, shape: tuple[int, ...], start: float) -> keras.Variable:
        return self.add_weight(
            name=name,
            shape=shape,
            initializer=keras.initializers.Constant(start),
            dtype=full_precision(self),
            trainable=False,
            autocast=False,
            aggregation="mean",
        )

    @property
    def inference_statistics(self) -> tuple[keras.Variable, ...]:
        """The variables that are used with training=False."""
        if self.settings.use_moving_averages:
            return self.moving_mean, self.moving_variance
        return self.accu_mean, self.accu_variance, self.accu_counter

    def standardize(
        self,
        x: tf.Tensor,
        training: bool,
        gamma: tf.Tensor | None = None,
        beta: tf.Tensor | None = None,
    ) -> tf.Tensor:
        """Returns gamma · standardized + beta.

        Args:
          x: [batch, channels] or [batch, height, width, channels].
          training: Whether to use the batch's own moments.
          gamma: Scale, [channels], or [batch, channels] for one scale an example; None means 1.
          beta: Shift, of the same kind; None means 0.

        Returns:
          A tensor of x's shape in the compute dtype.

        Raises:
          ValueError: If x has another rank.
        """
        if x.shape.rank not in (2, 4):
            raise ValueError(
                f"{self.name}: batch normalization needs [batch, channels] or [batch, height, "
                f"width, channels], got shape {tuple(x.shape)}."
            )
        precise = full_precision(self)
        x = tf.cast(x, precise)
        centered, variance = self._center(x, training)
        scale = tf.math.rsqrt(variance + self.settings.epsilon)
        if gamma is not None:
            scale = scale * _per_channel(tf.cast(gamma, precise), x.shape.rank)
        standardized = centered * scale
        if beta is not None:
            standardized += _per_channel(tf.cast(beta, precise), x.shape.rank)
        return tf.cast(standardized, self.compute_dtype)

    def _center(self, x: tf.Tensor, training: bool) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns x - mean and the variance, and records what the pass teaches."""
        if training:
            centered, mean, variance = self._batch_moments(x)
            if self.settings.use_moving_averages and is_collecting():
                self._record_moving_averages(mean, variance)
            return centered, variance
        if self.settings.use_moving_averages:
            if numbered_pass() is not None:
                mean, variance = self._mean_moments(x, numbered_pass())
                return x - mean, variance
            return x - self.moving_mean.value, tf.convert_to_tensor(self.moving_variance.value)
        accu_mean, accu_variance = self.accu_mean.value, self.accu_variance.value
        counter = self.accu_counter.value
        if is_accumulating():
            _, mean, variance = self._batch_moments(x)
            accu_mean, accu_variance = accu_mean + mean, accu_variance + variance
            counter = counter + 1.0
            record_update(self.accu_mean, accu_mean)
            record_update(self.accu_variance, accu_variance)
            record_update(self.accu_counter, counter)
        return x - accu_mean / counter, accu_variance / counter

    def _record_moving_averages(self, mean: tf.Tensor, variance: tf.Tensor) -> None:
        decay = self.settings.decay
        for variable, batch_value in (
            (self.moving_mean, mean),
            (self.moving_variance, variance),
        ):
            record_update(variable, decay * latest_value(variable) + (1.0 - decay) * batch_value)

    def _mean_moments(self, x: tf.Tensor, count: int | tf.Tensor) -> list[tf.Tensor]:
        """Returns the means of the moments of `count` batches, of which x is the last, and records
        them in place of the moving averages.
        """
        means = []
        _, *moments = self._batch_moments(x)
        for variable, batch_value in zip((self.moving_mean, self.moving_variance), moments):
            # Of the first nothing stays, also if it was no number.
            before = tf.where(tf.equal(count, 1), tf.zeros_like(batch_value), variable.value)
            means.append(before + (batch_value - before) / tf.cast(count, before.dtype))
            record_update(variable, means[-1])
        return means

    def _batch_moments(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Returns x - mean, mean and biased variance over all axes but the last.

        `tf.nn.moments` won't do: it stops a gradient inside, which makes its second derivative,
        and so a gradient penalty through this layer, wrong.
        """
        axes = list(range(x.shape.rank - 1))
        mean = tf.reduce_mean(x, axes)
        if not self._joins_replicas():
            centered = x - mean
            return centered, mean, tf.reduce_mean(tf.square(centered), axes)
        mean_of_squares = tf.reduce_mean(tf.square(x), axes)
        moments = self._shared(tf.stack([mean, mean_of_squares]))
        mean, mean_of_squares = tf.unstack(moments)
        # Rounding can leave a constant channel with a variance just below zero.
        return x - mean, mean, tf.nn.relu(mean_of_squares - tf.square(mean))

    def _shared(self, moments: tf.Tensor) -> tf.Tensor:
        """Returns the mean over the replicas that have their moments in common."""
        size = self.settings.group_size
        if size is None:
            return mean_over_replicas(moments, whole_batch=False)
        if replica_count() % size:
            raise ConfigurationError(
                f"cross_replica_moments.group_size = {size} must divide the number of replicas, "
                f"which is {replica_count()}; leave it out to share moments among all."
            )
        return mean_over_group(moments, size)

    def _joins_replicas(self) -> bool:
        return self.settings.use_cross_replica_mean is not False and replica_count() > 1

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments as plain values, with gin's bindings resolved."""
        return {
            "settings": dataclasses.asdict(self.settings),
            "dtype": self.dtype_policy.name,
            "trainable": self.trainable,
            "name": self.name,
        }


def _per_channel(vector: tf.Tensor, rank: int) -> tf.Tensor:
    """Makes [batch, channels] multiply [batch, height, width, channels]."""
    if rank == 4 and vector.shape.rank == 2:
        return vector[:, tf.newaxis, tf.newaxis, :]
    return vector


def _standardizers(network: keras.layers.Layer) -> list[BatchStandardizer]:
    return [layer for layer in network._flatten_layers() if isinstance(layer, BatchStandardizer)]


def _accumulating(network: keras.layers.Layer) -> list[BatchStandardizer]:
    return [layer for layer in _standardizers(network) if not layer.settings.use_moving_averages]


def has_standing_statistics(network: keras.layers.Layer) -> bool:
    """Whether a network holds accumulators which must be filled before inference."""
    return bool(_accumulating(network))


def own_bn_mode(network: keras.layers.Layer) -> str:
    """Which of `BN_MODES` a network was trained to be used with: "standing" or "moving"."""
    return "standing" if has_standing_statistics(network) else "moving"


def inference_statistics(network: keras.layers.Layer) -> list[keras.Variable]:
    """What holds a network's standing statistics, in a fixed order: its accumulators, or, if it has
    none, its moving averages, whose place they take.
    """
    layers = _accumulating(network) or _standardizers(network)
    return [variable for layer in layers for variable in layer.inference_statistics]


def uses_batch_statistics(network: keras.layers.Layer) -> bool:
    """Whether an example's output in training depends on the others of its batch."""
    return bool(_standardizers(network))


def reset_statistics(network: keras.layers.Layer) -> None:
    """Empties the accumulators of a network's standing statistics."""
    for layer in _accumulating(network):
        layer.accu_mean.assign(tf.zeros(layer.accu_mean.shape, layer.accu_mean.dtype))
        layer.accu_variance.assign(tf.zeros(layer.accu_variance.shape, layer.accu_variance.dtype))
        layer.accu_counter.assign(_EMPTY_COUNT)

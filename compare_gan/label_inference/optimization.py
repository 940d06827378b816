# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""How the networks of label inference are trained: what their stages' settings share."""

import dataclasses
from collections.abc import Callable
from typing import ClassVar

import keras
import tensorflow as tf

from compare_gan.augmentation.views import weak_view
from compare_gan.configuration.real_numbers import check_number
from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.randomness import Draws
from compare_gan.self_supervision import rotate_images
from compare_gan.training.distribution import describe_parts
from compare_gan.training.learning_rates import cosine_decay
from compare_gan.training.optimizers import LearningRate

# (images [batch, height, width, channels] floats in [0, 1], draws, name) -> images alike.
View = Callable[[tf.Tensor, Draws, str], tf.Tensor]
# (learning_rate, total_steps, warmup_steps) -> a rate or a schedule of it.
RateSchedule = Callable[..., LearningRate]


@dataclasses.dataclass(frozen=True)
class StageSettings:
    """Settings that every trained stage has. Subclasses give them their gin name.

    Stochastic gradient descent with momentum, where g is the gradient of the loss plus
    `weight_decay` · Σ ½ ‖kernel‖² and r the learning rate:

        v ← m v − r g;   w ← w + m v − r g with Nesterov's momentum,   w ← w + v without.

    Attributes:
      training_steps: How many steps; 0 leaves the stage out.
      batch_size: How many of all the training images a step sees, on all replicas together.
      learning_rate: The highest, after the warm-up.
      schedule: How it falls: @cosine_decay, @step_decay or @constant_rate.
      warmup_steps: In how many steps it rises from 0.
      momentum: m.
      nesterov: Whether the momentum is Nesterov's.
      weight_decay: See above.
      view: What images go through, e.g. @weak_view.
    """

    training_steps: int = 0
    batch_size: int = 64
    learning_rate: float = 0.03
    schedule: RateSchedule = cosine_decay
    warmup_steps: int = 0
    momentum: float = 0.9
    nesterov: bool = True
    weight_decay: float = 5e-4
    view: View = weak_view

    gin_name: ClassVar[str] = ""

    def __post_init__(self) -> None:
        self.check_count("training_steps", 0)
        self.check_count("batch_size", 1)
        self.check_count("warmup_steps", 0)
        self.check("weight_decay")
        self.check("momentum", "[0, 1)")
        self.check("learning_rate")
        self.check_flag("nesterov")
        for name in ("schedule", "view"):
            self.check_reference(name)

    def check_count(self, name: str, least: int) -> None:
        """Raises ValueError unless a setting is a whole number in its range."""
        check_whole_number(f"{self.gin_name}.{name}", getattr(self, name), least)

    def check(self, name: str, interval: str = "[0, inf)") -> None:
        """Raises ValueError unless a setting is a number in its range."""
        check_number(f"{self.gin_name}.{name}", getattr(self, name), interval)

    def check_flag(self, name: str) -> None:
        """Raises ValueError unless a setting is True or False; 'False' would count as true."""
        value = getattr(self, name)
        if not isinstance(value, bool):
            raise ValueError(
                f"{self.gin_name}.{name} must be True or False, without quotes, received {value!r}."
            )

    def check_reference(self, name: str) -> None:
        """Raises ValueError unless a setting is a function."""
        value = getattr(self, name)
        if not callable(value):
            default = getattr(type(self), name)
            raise ValueError(
                f"{self.gin_name}.{name} takes a reference, such as @{default.__name__}, received "
                f"{value!r}."
            )

    def check_batches(
        self, strategy: tf.distribute.Strategy, gradient_accumulation: int = 1
    ) -> None:
        """Raises ValueError if replicas, or their micro-batches, can't share a batch evenly."""
        replicas = strategy.num_replicas_in_sync
        parts = replicas * gradient_accumulation
        for name in self.batch_sizes():
            size = getattr(self, name)
            if size % parts:
                raise ValueError(
                    f"{self.gin_name}.{name} = {size} must be divisible by "
                    f"{describe_parts(replicas, gradient_accumulation)}, for instance "
                    f"{-(-size // parts) * parts}."
                )

    def check_image_shape(self, image_shape: tuple[int, int, int]) -> None:
        """Raises ValueError if a view or a rotation that is needed fails on such images."""
        images = tf.zeros([1, *image_shape])
        for name in self.views_used():
            seen = getattr(self, name)(images, Draws(), name)
            if seen.shape != images.shape or not seen.dtype.is_floating:
                raise ValueError(
                    f"{self.gin_name}.{name} must keep the images' shape and give floats, but of "
                    f"float32 {images.shape} it makes {seen.dtype.name} {seen.shape}."
                )
        if self.rotates():
            rotate_images(images)

    def batch_sizes(self) -> tuple[str, ...]:
        """The settings that say how many images a step sees, as far as they are used."""
        return ("batch_size",)

    def views_used(self) -> tuple[str, ...]:
        """The settings that name views, as far as they are used."""
        return ("view",)

    def rotates(self) -> bool:
        """Whether images are rotated."""
        return True

    def build_optimizer(self) -> keras.optimizers.Optimizer:
        """The optimizer, with its learning rate's course."""
        rate = self.schedule(self.learning_rate, self.training_steps, self.warmup_steps)
        nesterov = self.nesterov and self.momentum > 0  # Keras has none without momentum
        return keras.optimizers.SGD(rate, momentum=self.momentum, nesterov=nesterov)

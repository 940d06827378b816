# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The kinds of parts: how a configuration chooses one, how it is built, what is checked of it.

A part is built from gin alone, so every check also sees what a configuration makes of it.
"""

import abc
import inspect
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import gin
import keras
import numpy as np
import tensorflow as tf

from compare_gan import configuration
from compare_gan.architectures import generator_options, get_architecture
from compare_gan.architectures.parts import build_normalizer
from compare_gan.configuration import registry
from compare_gan.gans import experiment_options
from compare_gan.gans.auxiliary import Half
from compare_gan.gans.joint_batch import JudgingDiscriminator
from compare_gan.gans.latents import training_prior
from compare_gan.normalizers import (
    accumulate_statistics,
    collect_updates,
    has_standing_statistics,
)
from compare_gan.randomness import Draws
from tests.conformance.instances import ROWS, Inputs, Instance, Measured, randomize
from tests.conformance.networks import CLASSES, dataset

# In the order in which they are made.
CHECKS = (
    "formula",
    "source",
    "gin",
    "checkpoint",
    "second_derivative",
    "bfloat16",
    "graph",
    "xla",
    "replicas",
)

# Those of them that are quick where a part is slow as a whole: they compute nothing, or are what
# every training does.
_QUICK = ("formula", "source", "graph")

_EXPERIMENT = (
    "import tests.conformance.networks",
    "options.gan_class = @ModularGAN",
    "options.architecture = @tiny_arch",
    f"options.batch_size = {ROWS}",
    "options.training_steps = 1",
    "options.z_dim = 4",
    "ModularGAN.conditional = True",
)
# An image without a label, and labels that two replicas share unevenly.
_LABELS = np.array([0, -1, 2, -1], np.int32)
KNOWN_LABELS = np.array([0, 1, 2, 1], np.int32)
_LABELS_OF_FAKES = np.array([1, 1, 0, 2], np.int32)


class Part(abc.ABC):
    """One entry of the list.

    Args:
      name: What gin calls the part, or the class's name where gin knows none.
      settings: Lines of a configuration that make it small, or switch on what it has.
      shape: (height, width, channels) of images.
      cannot: Checks that the part cannot pass, each with the reason. The suite fails if it could.
      slow: Checks that are left to the slow tier, each with the reason; one reason alone is for all
        checks that compute, but for the graph's.
      state: Numbers of the state, by name, that are set before `randomize` adds to them: for what
        does nothing from where it starts.
      label: Tells entries of one name apart.

    Attributes:
      checks: What is checked of this kind.
      precise: Whether results are float32 when networks compute in bfloat16.
      usually_slow: What `slow` is unless an entry says something else, if only `slow={}`.
    """

    checks: ClassVar[tuple[str, ...]] = CHECKS
    precise: ClassVar[bool] = True
    usually_slow: ClassVar[Mapping[str, str]] = {}

    def __init__(
        self,
        name: str,
        *settings: str,
        shape: tuple[int, int, int] = (8, 8, 2),
        cannot: Mapping[str, str] | None = None,
        slow: Mapping[str, str] | str | None = None,
        state: Mapping[str, float] | None = None,
        label: str = "",
    ):
        self.name = name
        self.settings = settings
        self.shape = shape
        self.cannot = dict(cannot or {})
        if isinstance(slow, str):
            slow = {check: slow for check in self.checks if check not in _QUICK}
        self.slow = dict(self.usually_slow if slow is None else slow)
        self.state = dict(state or {})
        self.label = label

    @property
    def kind(self) -> str:
        return type(self).__name__.lower()

    @property
    def id(self) -> str:
        return "-".join(filter(None, (self.kind, self.name, self.label)))

    @property
    @abc.abstractmethod
    def choice(self) -> str:
        """The line of a configuration that chooses the part."""

    def configure(self, *more: str) -> None:
        """Sets gin's configuration to an experiment with the part."""
        configuration.parse(gin_bindings=[*_EXPERIMENT, *self.settings, self.choice, *more])

    def make_gan(self) -> Any:
        """The experiment's GAN, as the package makes it."""
        options = experiment_options()
        return options.gan_class(dataset(self.shape), options)

    @abc.abstractmethod
    def build(self) -> Instance:
        """Builds the part that is configured."""

    def instance(self, seed: int = 0) -> Instance:
        """The same with values that are drawn anew for each seed."""
        return self.with_values(self.build(), seed)

    def with_values(self, instance: Instance, seed: int) -> Instance:
        """An instance of the part, whose state is now what a seed makes of it."""
        for name, value in self.state.items():
            instance.state[name].assign(value)
        randomize(instance, seed)
        return instance

    @abc.abstractmethod
    def inputs(self, rows: np.random.Generator) -> dict[str, np.ndarray]:
        """A global batch, in float64 where it consists of floats."""

    def documented(self) -> list[Any]:
        """The objects whose docstrings say what the part is."""
        return [registry.find(self.name).wrapped]

    def _images(self, values: np.random.Generator) -> np.ndarray:
        return values.uniform(0.05, 0.95, size=(ROWS, *self.shape))


def _one_hot(*classes: int) -> np.ndarray:
    return (np.array(classes)[:, None] == np.arange(CLASSES)).astype(np.float64)


class Loss(Part):
    """A function of D's logits."""

    checks = tuple(c for c in CHECKS if c not in ("checkpoint", "second_derivative"))

    @property
    def choice(self):
        return f"loss.fn = @{self.name}"

    def build(self):
        loss = gin.get_bindings("loss")["fn"]

        def outputs(inputs: Inputs, draws: Draws) -> Measured:
            return Measured({}, loss(inputs["real"], inputs["fake"])._asdict())

        return Instance(outputs)

    def inputs(self, values):
        return {name: values.normal(size=(ROWS, 1)) for name in ("real", "fake")}


class Regularizer(Part):
    """A function of D and of images. Its gradient is a second derivative of D."""

    checks = tuple(c for c in CHECKS if c != "checkpoint")

    @property
    def choice(self):
        return f"penalty.fn = @{self.name}"

    def build(self):
        penalty = gin.get_bindings("penalty")["fn"]
        discriminator = self.make_gan().discriminator

        def outputs(inputs: Inputs, draws: Draws) -> Measured:
            labels = inputs["labels_real"], inputs["labels_fake"]
            value = penalty(discriminator, inputs["real"], inputs["fake"], *labels, draws)
            return Measured({}, {"penalty": value})

        state = {"discriminator": discriminator}
        return Instance(outputs, state, variables=discriminator.trainable_variables)

    def inputs(self, values):
        return {
            "real": self._images(values),
            "fake": self._images(values),
            "labels_real": _one_hot(0, 1, 2, 0),
            "labels_fake": _one_hot(1, 1, 0, 2),
        }


class Normalizer(Part):
    """A layer called with x, z, y and training."""

    precise = False

    @property
    def choice(self):
        return f"G.batch_norm_fn = @{self.name}\nstandardize_batch.decay = 0.5"

    def build(self):
        layer = generator_options()["normalizer"].make("norm")
        build_normalizer(layer, (None, *self.shape), (None, 4), (None, CLASSES))

        def outputs(inputs: Inputs, draws: Draws) -> Measured:
            given = {"z": inputs["z"], "y": inputs["labels"]}
            with collect_updates() as updates:
                trained = layer(inputs["x"], training=True, **given)
            rows = {"trained": trained, "inferred": layer(inputs["x"], training=False, **given)}
            if has_standing_statistics(layer):
                with accumulate_statistics() as updates:
                    rows["accumulating"] = layer(inputs["x"], training=False, **given)
            return Measured(rows, {variable.name: value for variable, value in updates})

        return Instance(
            outputs, {"norm": layer}, ["norm"], layer.trainable_variables, True, ("trained",)
        )

    def inputs(self, values):
        return {
            "x": values.normal(1.0, 2.0, size=(ROWS, *self.shape)),
            "z": values.normal(size=(ROWS, 4)),
            "labels": _one_hot(0, 1, 2, 0),
        }


class Layer(Part):
    """A layer, or a function, of one tensor; networks make it, and gin doesn't choose it.

    Args:
      make: Makes it.
      shape: Of what it is given, without the batch.
    """

    checks = tuple(c for c in CHECKS if c != "gin")
    precise = False
    choice = ""

    def __init__(self, name: str, make: Callable[[], Any], *settings: str, **rest: Any):
        super().__init__(name, *settings, **rest)
        self._make = make

    def build(self):
        layer = self._make()
        is_layer = isinstance(layer, keras.layers.Layer)
        if is_layer:
            layer.build((None, *self.shape))

        def outputs(inputs: Inputs, draws: Draws) -> Measured:
            return Measured({"output": layer(inputs["x"])}, {})

        state = {"layer": layer} if is_layer else {}
        variables = layer.trainable_variables if is_layer else ()
        return Instance(outputs, state, list(state), variables, True, ("output",))

    def inputs(self, values):
        return {"x": values.normal(size=(ROWS, *self.shape))}

    def documented(self):
        made = self._make()
        return [made if inspect.isfunction(made) else type(made)]


class Architecture(Part):
    """A family of networks: images of G, and D's judgement of images."""

    usually_slow = {"xla": "it takes 3 s and more for a family"}

    @property
    def choice(self):
        return f"options.architecture = @{self.name}"

    def build(self):
        gan = self.make_gan()
        generator, discriminator = gan.generator, gan.discriminator

        def outputs(inputs: Inputs, draws: Draws) -> Measured:
            labels = inputs["labels"]
            judged = discriminator(inputs["images"], labels, training=True)
            made = generator(inputs["z"], labels, training=True)
            return Measured(
                {"logits": judged.logits, "features": judged.features, "made": made}, {}
            )

        variables = [*generator.trainable_variables, *discriminator.trainable_variables]
        state = {"generator": generator, "discriminator": discriminator}
        return Instance(outputs, state, list(state), variables, True, ("logits",))

    def inputs(self, values):
        size = experiment_options().z_dim
        return {
            "images": self._images(values),
            "z": values.normal(size=(ROWS, size)),
            "labels": _one_hot(0, 1, 2, 0),
        }

    def documented(self):
        self.configure()
        networks = get_architecture(experiment_options().architecture)
        # gin hands out subclasses without a docstring, some of them with arguments already bound.
        classes = [getattr(network, "func", network) for network in networks]
        return [cls for made in classes for cls in made.__mro__ if registry.find_function(cls)]


class Encoder(Part):
    """A network from images to features, which stages of label inference make."""

    # Nothing penalizes its gradients.
    checks = tuple(c for c in CHECKS if c not in ("gin", "second_derivative"))
    choice = ""

    def build(self):
        encoder = gin.get_configurable(self.name)(self.shape)

        def outputs(inputs: Inputs, draws: Draws) -> Measured:
            return Measured({"features": encoder(inputs["images"], training=True)}, {})

        return Instance(outputs, {"encoder": encoder}, ["encoder"], encoder.trainable_variables)

    def inputs(self, values):
        return {"images": self._images(values)}


class Auxiliary(Part):
    """A task of D, inside of both updates of a GAN."""

    usually_slow = {"xla": "it takes 1 s and more for both updates"}

    def __init__(
        self,
        *arguments: Any,
        beside: str = "",
        guesses: bool = False,
        without_term: Mapping[str, str] | None = None,
        **named: Any,
    ):
        """Names the part and what must stand `beside` it.

        Args:
          guesses: Whether it guesses labels for D, through which no gradient flows.
          without_term: Updates to whose loss it adds nothing, each with the reason. The suite fails
            if it adds something there, or nothing elsewhere.
        """
        super().__init__(*arguments, **named)
        self.beside = beside
        self.guesses = guesses
        self.without_term = dict(without_term or {})

    @property
    def choice(self):
        return f"ModularGAN.auxiliary_tasks = [@{self.name}(){self.beside}]"

    def build(self):
        gan = self.make_gan()

        def outputs(inputs: Inputs, draws: Draws) -> Measured:
            shared = {}
            for update in gan.updates:
                computed = update.gradients(inputs, draws)
                for index, gradient in enumerate(computed.gradients):
                    shared[f"{update.name}/d/d variable {index}"] = gradient
                for name, value in computed.scalars.items():
                    shared[f"{update.name}/{name}"] = value
                for variable, value in computed.assignments:
                    shared[f"{update.name}/new {variable.path}"] = value
            return Measured({}, shared)

        state = gan.checkpointables()
        own = state.keys() - {"generator", "discriminator", "label_frequencies"}
        variables = [variable for update in gan.updates for variable in update.variables]
        return Instance(outputs, state, sorted(own), variables, differentiated=False)

    @property
    def replaces_gan_loss(self) -> bool:
        """Whether the GAN that is configured has no loss of its own, and so no penalty."""
        tasks = gin.get_bindings("ModularGAN")["auxiliary_tasks"]
        return any(task.replaces_gan_loss for task in tasks)

    def added_to_loss(self, update: str, results: Mapping[str, tf.Tensor]) -> float:
        """What the tasks add to the loss of an update, of what `build` gives: all but the GAN's."""
        names = ("gan_loss",) if update == "generator" else ("loss_real", "loss_fake", "penalty")
        of_gan = [] if self.replaces_gan_loss else [results[f"{update}/{name}"] for name in names]
        return float(results[f"{update}/loss"]) - sum(map(float, of_gan))

    def build_judge(self, labels: np.ndarray = _LABELS) -> Instance:
        """What D makes of images in its update: its logits, and the tasks' part of its loss.

        `own` are the tasks' heads.
        """
        gan = self.make_gan()
        tasks = gin.get_bindings("ModularGAN")["auxiliary_tasks"]
        judge = JudgingDiscriminator(gan.discriminator, tasks, CLASSES, ROWS)
        labels, labels_of_fakes = (tf.one_hot(y, CLASSES) for y in (labels, _LABELS_OF_FAKES))

        def outputs(inputs: Inputs, draws: Draws) -> Measured:
            latents = draws.normal("latents", [ROWS, gan.generator.z_dim])
            halves = {
                "real": Half(inputs["real"], labels),
                "fake": Half(inputs["fake"], labels_of_fakes, latents, gan.generator),
            }
            judged = judge.judge("discriminator", halves, draws)
            views = zip(tasks, judged["real"].views, judged["fake"].views, strict=True)
            terms = [task.discriminator_terms(*both) for task, *both in views]
            loss = sum(term.loss for term in terms if term is not None)
            logits = {name: half.logits for name, half in judged.items()}
            return Measured(logits, {"loss": tf.cast(loss, inputs["real"].dtype)})

        state = {"discriminator": gan.discriminator, "generator": gan.generator, **judge.heads}
        for task in tasks:
            state |= task.checkpointables()
        variables, penalized = judge.trainable_variables, ("real", "fake", "loss")
        return Instance(outputs, state, list(judge.heads), variables, True, penalized)

    def inputs(self, values):
        images = values.integers(0, 256, size=(ROWS, *self.shape)).astype(np.uint8)
        return {"images": images, "labels": _LABELS}

    def judged_inputs(self, values: np.random.Generator) -> dict[str, np.ndarray]:
        """What `build_judge` judges."""
        return {name: self._images(values) for name in ("real", "fake")}


class Augmentation(Part):
    """What images go through before D sees them."""

    precise = False

    @property
    def choice(self):
        return f"ModularGAN.augmentation = @{self.name}()"

    def build(self):
        augmentation = gin.get_bindings("ModularGAN")["augmentation"]

        def outputs(inputs: Inputs, draws: Draws) -> Measured:
            rows = {"augmented": augmentation(inputs["images"], draws, "real")}
            new = augmentation.assignments(inputs["logits"])
            return Measured(rows, {variable.name: value for variable, value in new})

        state = augmentation.checkpointables()
        return Instance(outputs, state, list(state), (), True, ("augmented",))

    def inputs(self, values):
        return {"images": self._images(values), "logits": values.normal(size=(ROWS, 1))}


class View(Augmentation):
    """A changed picture of the same thing, for consistency and for learning without labels."""

    checks = tuple(c for c in CHECKS if c != "checkpoint")

    @property
    def choice(self):
        task = "ModularGAN.auxiliary_tasks = [@consistency()]"
        return f"{task}\nconsistency.view = @{self.name}"

    def build(self):
        view = gin.get_bindings("consistency")["view"]

        def outputs(inputs: Inputs, draws: Draws) -> Measured:
            return Measured({"view": view(inputs["images"], draws, "real")}, {})

        return Instance(outputs, penalized=("view",))

    def inputs(self, values):
        return {"images": self._images(values)}


class Prior(Part):
    """A distribution of latents; nothing is differentiated by it."""

    checks = ("formula", "source", "gin", "graph", "xla", "replicas")

    @property
    def choice(self):
        return f"z.distribution_fn = @{self.name}"

    def build(self):
        prior = training_prior()

        def outputs(inputs: Inputs, draws: Draws) -> Measured:
            count = inputs["images"].shape[0]
            return Measured({"latents": prior.sample(draws, "latents", count, 3)}, {})

        return Instance(outputs, differentiated=False)

    def inputs(self, values):
        return {"images": self._images(values)}


class Selection(Part):
    """Which fakes move G: logits that are handed on, with the gradients of some of them."""

    # What it hands on are the logits themselves, which no penalty differentiates through it.
    checks = tuple(c for c in CHECKS if c not in ("checkpoint", "second_derivative"))
    precise = False  # logits keep their type

    @property
    def choice(self):
        return f"ModularGAN.top_k = @{self.name}()"

    def build(self):
        selection = gin.get_bindings("ModularGAN")["top_k"]

        def outputs(inputs: Inputs, draws: Draws) -> Measured:
            # At step 0 all are chosen.
            with tf.GradientTape() as tape:
                tape.watch(inputs["logits"])
                chosen = selection.only_best(inputs["logits"], draws.step + 1)
                total = tf.reduce_sum(chosen)
            gradients = tape.gradient(total, inputs["logits"])
            return Measured({"chosen": chosen, "gradients": gradients}, {})

        return Instance(outputs, differentiated=False)

    def inputs(self, values):
        return {"logits": values.normal(size=(ROWS, 1))}


def as_tensors(inputs: Mapping[str, np.ndarray], dtype: tf.DType) -> dict[str, tf.Tensor]:
    """A batch with all of its floats in one type."""
    return {
        name: tf.constant(value, dtype if value.dtype.kind == "f" else None)
        for name, value in inputs.items()
    }

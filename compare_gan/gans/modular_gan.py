# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A GAN put together from parts: networks, a loss, a regularizer, a latent prior, optimizers."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

import gin
import keras
import numpy as np
import tensorflow as tf

from compare_gan.architectures import (
    discriminator_options,
    generator_options,
    get_architecture,
    network_config,
)
from compare_gan.augmentation import Augmentation
from compare_gan.configuration.aliases import adam_optimizer
from compare_gan.configuration.real_numbers import check_weight
from compare_gan.data import Dataset, to_unit_floats
from compare_gan.gans.augmented import augmented_halves, penalized_discriminator
from compare_gan.gans.auxiliary import AuxiliaryTask, Half, Rows, Terms
from compare_gan.gans.auxiliary.combination import judging_tasks
from compare_gan.gans.fakes import Fakes
from compare_gan.gans.fit import check_fit
from compare_gan.gans.joint_batch import Judged, JudgingDiscriminator
from compare_gan.gans.label_prior import label_frequencies
from compare_gan.gans.latents import evaluation_prior, training_prior
from compare_gan.gans.options import Options, check_callable, chosen_loss, made_part
from compare_gan.gans.penalty import Regularizer, chosen_penalty
from compare_gan.gans.top_k import TopK
from compare_gan.gans.warm_start import take_weights
from compare_gan.layers import advance_spectral_norms, mean_over_replicas
from compare_gan.losses import describe_loss
from compare_gan.normalizers import collect_updates, own_bn_mode, uses_batch_statistics
from compare_gan.randomness import Draws
from compare_gan.training.ema import ExponentialMovingAverage
from compare_gan.training.optimizers import LearningRate, OptimizerFn, build_optimizer
from compare_gan.training.task import Batch, Gradients, Task, Update, gradients_of, watch


@gin.configurable(denylist=["dataset", "options"])
class ModularGAN(Task):
    """Trains a generator G against a discriminator D.

        d_loss, g_loss = loss.fn(D(x), D(G(z)))
        loss_D = d_loss + options.lamba · penalty + terms of auxiliary tasks
        loss_G = g_loss + g_penalty_weight · g_penalty(G) + terms of auxiliary tasks

    A step makes `options.disc_iters` updates of D, each on a fresh batch of real images and fresh
    fakes, and then one update of G with fresh latents. D sees real and fake images as one joint
    batch. Auxiliary tasks may add images to that batch, heads to D, and terms to both losses; some
    take the place of the GAN's loss and penalty.

    Goodfellow et al., "Generative Adversarial Nets", 2014, https://arxiv.org/abs/1406.2661.
    GANs put together so are compared by Kurach, Lucic, Zhai, Michalski, Gelly, "A Large-Scale Study
    on Regularization and Normalization in GANs", ICML 2019, https://arxiv.org/abs/1807.04720.

    Args:
      dataset: Tells the images' shape, the number of classes and their frequencies.
      options: What the experiment is made of.
      conditional: Whether G and D are told the class.
      fit_label_distribution: Whether the classes of fakes follow those of the data set instead of
        being uniform.
      g_optimizer_fn: `(learning_rate) -> optimizer`, for G.
      d_optimizer_fn: The same for D; None takes G's.
      g_lr: G's learning rate, a number or a Keras schedule, which counts the updates of its own
        optimizer: D makes `options.disc_iters` of them in a step.
      d_lr: D's; None takes G's.
      g_use_ema: Whether to keep an exponential moving average of G's weights, which then makes
        samples and scores.
      ema_decay: Its decay.
      ema_start_step: The step from which weights are averaged.
      warm_start: The model_dir of another run, from whose newest checkpoint G and D start; its
        networks must be built alike, its optimizers and step are left behind.
      auxiliary_tasks: What D learns beside telling reals from fakes, e.g. [@rotation()].
      augmentation: What real and fake images go through before D sees them, in both updates, e.g.
        @diff_augment(). Penalties differentiate D in the images as they were before.
      g_penalty: A regularizer of G's weights, called as `g_penalty(generator)`, e.g.
        @orthogonal_penalty; None for none.
      g_penalty_weight: Its weight in G's loss; None is 1e-4.
      top_k: Which fakes G learns from, e.g. @top_k(); None for all.
      deprecated_split_disc_calls: Whether D sees reals and fakes in two batches, each with the
        images that auxiliary tasks add to it: another result where D has batch norm, whose moments
        are then those of one of them, and whose moving averages take those of the reals first and
        then those of the fakes. Penalties call D as ever.
      experimental_joint_gen_for_disc: Whether the fakes of all updates of D in a step, during which
        G stands still, come from one pass of G. They are the same, unless G has batch norm, whose
        statistics are then those of all of them. Memory holds what that pass needs, also where
        gradients are accumulated.

    Raises:
      ValueError: The parts do not fit each other or the data.
    """

    def __init__(
        self,
        dataset: Dataset,
        options: Options,
        conditional: bool = False,
        fit_label_distribution: bool = False,
        g_optimizer_fn: OptimizerFn = adam_optimizer,
        d_optimizer_fn: OptimizerFn | None = None,
        g_lr: LearningRate = 0.0002,
        d_lr: LearningRate | None = None,
        g_use_ema: bool = False,
        ema_decay: float = 0.9999,
        ema_start_step: int = 40000,
        warm_start: str | None = None,
        auxiliary_tasks: Sequence[AuxiliaryTask | Callable[[], AuxiliaryTask]] = (),
        augmentation: Augmentation | Callable[[], Augmentation] | None = None,
        g_penalty: Regularizer | None = None,
        g_penalty_weight: float | None = None,
        top_k: TopK | Callable[[], TopK] | None = None,
        deprecated_split_disc_calls: bool = False,
        experimental_joint_gen_for_disc: bool = False,
    ):
        if conditional and not dataset.num_classes:
            raise ValueError(
                f"ModularGAN.conditional=True needs classes, but the data set {dataset.name} has "
                "none. Set ModularGAN.conditional=False, or choose a data set with labels."
            )
        self._options = options
        self._warm_start = warm_start
        self._penalty = chosen_penalty()
        if g_penalty is not None:
            check_callable(
                "ModularGAN.g_penalty",
                g_penalty,
                "@orthogonal_penalty",
                takes=["generator"],
                gives=tf.Tensor,
            )
        self._g_penalty = g_penalty
        self._g_penalty_weight = check_weight(
            "ModularGAN.g_penalty_weight", 1e-4 if g_penalty_weight is None else g_penalty_weight
        )
        self._prior = training_prior()
        self.evaluation_prior = evaluation_prior(self._prior)
        self._num_classes = dataset.num_classes if conditional else 0
        self._image_shape = tuple(dataset.image_shape)
        self._class_names = list(dataset.class_names or []) if conditional else []

        # The networks.
        architecture = get_architecture(options.architecture)
        shared: dict[str, Any] = {
            "image_shape": self._image_shape,
            "num_classes": self._num_classes,
        }

        def new_generator(name: str) -> keras.Model:
            return architecture.generator(
                z_dim=options.z_dim, name=name, **shared, **generator_options()
            )

        self.generator = new_generator("generator")
        self.discriminator = architecture.discriminator(
            name="discriminator", **shared, **discriminator_options()
        )
        self.average_generator = new_generator("average_generator") if g_use_ema else None
        self._average = (
            ExponentialMovingAverage(
                self.generator, self.average_generator, ema_decay, ema_start_step
            )
            if g_use_ema
            else None
        )

        if not isinstance(auxiliary_tasks, list | tuple):
            raise ValueError(
                "ModularGAN.auxiliary_tasks takes a list of references such as [@rotation()], "
                f"received {auxiliary_tasks!r}; put it in brackets, or leave it out for none."
            )
        tasks = [
            made_part("ModularGAN.auxiliary_tasks", task, AuxiliaryTask, "[@rotation()]")
            for task in auxiliary_tasks
        ]
        own_tasks = self.own_tasks()
        self._tasks = [*own_tasks, *tasks]
        self._judge = JudgingDiscriminator(
            self.discriminator,
            self._tasks,
            self._num_classes,
            options.batch_size,
            split_calls=deprecated_split_disc_calls,
        )
        self._adversarial = not any(task.replaces_gan_loss for task in self._tasks)
        # Not looked up where it is not used, so that a binding of it is said to have no effect.
        self._loss = chosen_loss() if self._adversarial else None
        self._augmentation = (
            None
            if augmentation is None
            else made_part("ModularGAN.augmentation", augmentation, Augmentation, "@diff_augment()")
        )
        self._top_k = (
            None if top_k is None else made_part("ModularGAN.top_k", top_k, TopK, "@top_k()")
        )
        idle = [*self._penalty.idle_settings]
        if g_penalty is None and g_penalty_weight is not None:
            idle.append("ModularGAN.g_penalty_weight")
        check_fit(
            self._loss, self._penalty, own_tasks, tasks, self._augmentation, self._top_k, idle
        )

        # The classes of fakes. In the checkpoint, so that sampling needs no data.
        frequencies = (
            label_frequencies(dataset, fit_label_distribution) if conditional else np.zeros([0])
        )
        self.label_frequencies = tf.Variable(
            frequencies, dtype=tf.float32, trainable=False, name="label_frequencies"
        )
        self._fakes = Fakes(self.generator, self._prior, options.z_dim, self.label_frequencies)

        # Each update could do with its own half of the batch, but for these: D's batch norm would
        # see other statistics, a loss compares the halves, a task has rows of its own in both.
        # Where each half has statistics of its own, D's moving averages still take those of both.
        ignored = getattr(self._loss, "generator_ignores_reals", False)
        joint = uses_batch_statistics(self.discriminator)
        self._fakes_in_discriminator_update = (
            joint
            or self._adversarial
            or any("fake" in task.adds_to_discriminator_update for task in self._tasks)
        )
        self._reals_in_generator_update = (
            (joint and not deprecated_split_disc_calls)
            or (self._adversarial and not ignored)
            or any("real" in task.adds_to_generator_update for task in self._tasks)
        )
        jointly = experimental_joint_gen_for_disc and self._fakes_in_discriminator_update
        self._updates = (
            Update(
                name="discriminator",
                variables=self._judge.trainable_variables,
                optimizer=build_optimizer(
                    d_optimizer_fn or g_optimizer_fn, g_lr if d_lr is None else d_lr
                ),
                gradients=self._discriminator_gradients,
                repeats=options.disc_iters,
                prepare=self._judge.advance_spectral_norms,
                once=self._fakes.of_all_repetitions if jointly else None,
            ),
            Update(
                name="generator",
                variables=self.generator.trainable_variables,
                optimizer=build_optimizer(g_optimizer_fn, g_lr),
                gradients=self._generator_gradients,
                fresh_batch=False,
                prepare=lambda: advance_spectral_norms(self.generator),
                finish=None if self._average is None else self._average.assignments,
            ),
        )
        # A name that is taken is an error now, not at the first checkpoint. Of this class: a
        # subclass may have state that it has not made yet.
        ModularGAN.checkpointables(self)

    def own_tasks(self) -> Sequence[AuxiliaryTask]:
        """The auxiliary tasks that make a subclass what it is; they come before those asked for."""
        return ()

    @property
    def heads(self) -> Mapping[str, keras.layers.Layer]:
        """The auxiliary tasks' layers on D's features, by name."""
        return self._judge.heads

    @property
    def updates(self) -> Sequence[Update]:
        return self._updates

    @property
    def sampling_generator(self) -> keras.Model:
        """The generator that makes samples: the averaged one, where there is one."""
        return self.average_generator or self.generator

    def checkpointables(self) -> dict[str, Any]:
        state = {
            "generator": self.generator,
            "discriminator": self.discriminator,
            "label_frequencies": self.label_frequencies,
            **self._penalty.checkpointables(),
        }
        if self.average_generator is not None:
            state["average_generator"] = self.average_generator
        # What the loop adds has names too.
        loops = ["step"]
        for update in self._updates:
            loops += [f"{update.name}_optimizer", f"{update.name}_loss_scale"]
        for task in self._tasks:
            owner = f"A head of the auxiliary task {task.name!r}"
            state |= _new_names(owner, task.heads, [*state, *loops])
            owner = f"State of the auxiliary task {task.name!r}"
            state |= _new_names(owner, task.checkpointables(), [*state, *loops])
        if self._augmentation is not None:
            owned = self._augmentation.checkpointables()
            state |= _new_names("State of ModularGAN.augmentation", owned, [*state, *loops])
        return state

    def initialize(self) -> None:
        """Takes G's and D's weights from another run, if `warm_start` names one.

        Raises:
          ConfigurationError: It holds no checkpoint, or networks of another build.
        """
        if self._warm_start is None:
            return
        networks = {"generator": self.generator, "discriminator": self.discriminator}
        take_weights(networks, self._warm_start, "ModularGAN.warm_start")
        if self._average is not None:
            self._average.restart()

    def model_config(self) -> dict[str, Any]:
        """All that is needed to rebuild the networks without gin; see
        `compare_gan.load_generator`.
        """
        return {
            "generator": network_config(self.generator),
            "discriminator": network_config(self.discriminator),
            "judging_tasks": judging_tasks(self._tasks),
            "loss": self._loss and describe_loss(self._loss),
            "bn_mode": own_bn_mode(self.generator),
            "averaged": self._average is not None,
            "z_dim": self._options.z_dim,
            "prior": self.evaluation_prior.to_config(),
            "num_classes": self._num_classes,
            "class_names": self._class_names,
        }

    def _reals(self, batch: Batch) -> Half:
        """The batch's images as floats in [0, 1] with their labels: one-hot, zeros where the label
        is −1, or probabilities as they are.
        """
        labels = None
        if self._num_classes:
            labels = batch["labels"]
            is_soft = labels.dtype.is_floating
            labels = labels if is_soft else tf.one_hot(labels, self._num_classes)
        # As precise as the networks: float32, unless they are float64.
        dtype = tf.float64 if self.generator.compute_dtype == "float64" else tf.float32
        return Half(tf.cast(to_unit_floats(batch["images"]), dtype), labels)

    def _discriminator_gradients(self, batch: Batch, draws: Draws) -> Gradients:
        halves = {"real": self._reals(batch)}
        if self._fakes_in_discriminator_update:
            # Outside the tape: nothing of G is differentiated, and its averages move in its own
            # update only.
            halves["fake"] = self._fakes(batch, draws)
        seen = augmented_halves(self._augmentation, halves, draws)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            variables = watch(tape, self._judge.trainable_variables)
            with collect_updates() as moved:
                judged = self._judge.judge("discriminator", seen, draws)
            scalars, total, new = {}, tf.constant(0.0), []
            if self._adversarial:
                loss = self._loss(judged["real"].logits, judged["fake"].logits)
                total = loss.d_loss
                scalars |= {"loss_real": loss.d_loss_real, "loss_fake": loss.d_loss_fake}
            if self._adversarial or self._penalty.is_of_weights:
                fake = "fake" if "fake" in halves else "real"  # of weights: nothing is looked at
                penalty = self._penalty(
                    penalized_discriminator(self._judge, self._augmentation, draws),
                    halves["real"].images,
                    halves[fake].images,
                    judged["real"].labels,
                    judged[fake].labels,
                    draws,
                )
                total += self._options.lamba * tf.cast(penalty.loss, total.dtype)
                scalars["penalty"] = penalty.value
                new += penalty.assignments
            terms = [task.discriminator_terms(*rest) for task, *rest in self._views(judged)]
            total = self._add_terms(total, terms, scalars)
        new += [a for task, *rest in self._views(judged) for a in task.assignments(*rest)]
        if self._augmentation is not None:
            new += self._augmentation.assignments(judged["real"].logits)
            scalars |= _new_names(
                "A curve of ModularGAN.augmentation",
                self._augmentation.curves(),
                [*scalars, "loss", "loss_scale", "gradient_norm"],
            )
        # The same on every replica, though each has rows of its own. The loop takes the mean of
        # micro-batches.
        new = [(variable, mean_over_replicas(value, whole_batch=False)) for variable, value in new]
        moved = [*moved, *new]
        return Gradients(gradients_of(total, variables, tape), {**scalars, "loss": total}, moved)

    def _generator_gradients(self, batch: Batch, draws: Draws) -> Gradients:
        halves = {"real": self._reals(batch)} if self._reals_in_generator_update else {}
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            variables = watch(tape, self.generator.trainable_variables)
            with collect_updates() as moved:
                halves["fake"] = self._fakes(batch, draws)
            seen = augmented_halves(self._augmentation, halves, draws)
            judged = self._judge.judge("generator", seen, draws)
            fakes = judged["fake"]
            # Without reals, the loss has no term for G in which their logits occur.
            reals = judged.get("real", fakes)
            scalars, total = {}, tf.constant(0.0)
            if self._adversarial:
                logits = fakes.logits
                if self._top_k is not None:
                    logits = self._top_k.only_best(logits, draws.step)
                total = self._loss(reals.logits, logits).g_loss
                scalars["gan_loss"] = total
            if self._g_penalty is not None:
                penalty = self._g_penalty(self.generator)
                total += self._g_penalty_weight * tf.cast(penalty, total.dtype)
                scalars["penalty"] = penalty
            terms = [task.generator_terms(*rest) for task, *rest in self._views(judged)]
            total = self._add_terms(total, terms, scalars)
        return Gradients(gradients_of(total, variables, tape), {**scalars, "loss": total}, moved)

    def _views(
        self, judged: Mapping[str, Judged]
    ) -> Iterator[tuple[AuxiliaryTask, Rows | None, Rows | None]]:
        """Each auxiliary task with its view of the reals and of the fakes, None where the update
        has none.
        """
        nothing = [None] * len(self._tasks)
        halves = [judged[n].views if n in judged else nothing for n in ("real", "fake")]
        return zip(self._tasks, *halves, strict=True)

    def _add_terms(
        self, total: tf.Tensor, terms: Sequence[Terms | None], scalars: dict[str, tf.Tensor]
    ) -> tf.Tensor:
        """Adds the auxiliary tasks' terms to a loss, and their curves to `scalars`."""
        for task, term in zip(self._tasks, terms, strict=True):
            if term is not None:
                # As precise as the more precise of the two.
                dtype = term.loss.dtype if term.loss.dtype == tf.float64 else total.dtype
                total = tf.cast(total, dtype) + tf.cast(term.loss, dtype)
                # The last three come later, from the GAN and from the loop.
                taken = [*scalars, "loss", "loss_scale", "gradient_norm"]
                owner = f"A curve of the auxiliary task {task.name!r}"
                scalars |= _new_names(owner, term.scalars, taken)
        return total


def _new_names(owner: str, named: Mapping[str, Any], taken: Collection[str]) -> Mapping[str, Any]:
    """Returns `named` if none of its names is taken, since it would replace what has the name.

    Raises:
      ValueError: One is.
    """
    for name in named:
        if name in taken:
            raise ValueError(
                f"{owner} has the name {name!r}, which is taken already; give it a name of its "
                "own, and list each auxiliary task once."
            )
    return named

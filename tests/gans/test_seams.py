# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Auxiliary tasks and augmentations of one's own, chosen in a configuration."""

import dataclasses

import gin
import keras
import numpy as np
import pytest
import tensorflow as tf

from compare_gan import configuration, losses
from compare_gan.augmentation import Augmentation
from compare_gan.gans import ModularGAN, modular_gan
from compare_gan.gans.auxiliary import AuxiliaryTask, Half, Terms
from compare_gan.randomness import Draws
from compare_gan.training import LoopSettings, train
from tests.gans import toy

LABELS = [0, 1, 2, 1]


@gin.register(module="test_seams")
@dataclasses.dataclass
class Negatives(AuxiliaryTask):
    """Shows D the negatives of both halves; a head tells them from the originals. Not hashable."""

    weight: float = 2.0

    name = "negatives"
    adds_to_discriminator_update = ("real", "fake")
    adds_to_generator_update = ("fake",)

    def build(self, make_head, num_classes, batch_size, replicas):
        self._head = make_head("head", make_head.features, 1)

    @property
    def heads(self):
        return {"discriminator_negatives": self._head}

    def added_rows(self, half, draws):
        return Half(1.0 - half.images, half.labels)

    def _error(self, half):
        own, added = self._head(half.features), self._head(half.added.features)
        return tf.reduce_mean(tf.square(own - 1.0)) + tf.reduce_mean(tf.square(added + 1.0))

    def discriminator_terms(self, real, fake):
        error = self._error(real) + self._error(fake)
        return Terms(self.weight * error, {"negatives_error": error})

    def generator_terms(self, real, fake):
        return Terms(-self.weight * self._error(fake), {})


@gin.register(module="test_seams")
class Dimmer(Augmentation):
    """Halves the brightness of a random subset, whose size follows D's logits of the reals."""

    def __init__(self):
        self.probability = tf.Variable(0.5, trainable=False)

    def __call__(self, images, draws, name):
        dim = draws.uniform(name, [images.shape[0], 1, 1, 1]) < self.probability
        return tf.where(dim, 0.5 * images, images)

    def checkpointables(self):
        return {"augmentation_probability": self.probability}

    def assignments(self, real_logits):
        return [(self.probability, self.probability + 0.01)]

    def curves(self):
        return {"augmentation_probability": tf.convert_to_tensor(self.probability)}


class Neighbours(AuxiliaryTask):
    """Shows D what G makes of perturbed latents, and remembers the mean logit of that."""

    name = "neighbours"
    adds_to_discriminator_update = ("fake",)
    adds_to_generator_update = ("fake",)

    def __init__(self):
        self.memory = keras.Variable(1.0, trainable=False, aggregation="only_first_replica")

    def checkpointables(self):
        return {"neighbours_memory": self.memory}

    def added_rows(self, half, draws):
        noise = draws.normal("neighbours", half.latents.shape)
        images = half.generate(half.latents + noise, half.labels)
        return Half(half.augment(images), half.labels)

    def discriminator_terms(self, real, fake):
        return Terms(tf.reduce_mean(tf.square(fake.logits - fake.added.logits)))

    def generator_terms(self, real, fake):
        return Terms(-tf.reduce_mean(tf.square(fake.images - fake.added.images)))

    def assignments(self, real, fake):
        return [(self.memory, self.memory + tf.reduce_mean(fake.added.logits))]


class NegativeReals(Negatives):
    """G's update has the reals' negatives as well."""

    adds_to_generator_update = ("real", "fake")

    def generator_terms(self, real, fake):
        return Terms(self._error(real) - self._error(fake))


def _task(**attributes):
    """A task of these attributes that asks for rows of the reals in D's update."""
    defaults = {"name": "own", "adds_to_discriminator_update": ("real",)}
    return type("Task", (AuxiliaryTask,), defaults | attributes)()


def _gan(*bindings, **settings):
    with gin.unlock_config():
        gin.bind_parameter("loss.fn", losses.wasserstein)
        gin.parse_config(bindings)
    return ModularGAN(toy.dataset(), toy.options(4), conditional=True, **settings)


def _negatives_error(gan, images):
    kernel, bias = toy.head(gan, "discriminator_negatives")
    own, added = (gan.discriminator.in_numpy(x)[0] @ kernel + bias for x in (images, 1 - images))
    return ((own - 1) ** 2).mean() + ((added + 1) ** 2).mean()


def _shown(gan):
    return [images for images, _ in gan.discriminator.shown][-1]


def test_a_task_adds_rows_a_head_and_terms():
    gan = _gan("ModularGAN.auxiliary_tasks = [@Negatives()]", "Negatives.weight = 3.0")
    batch = toy.batch(LABELS)
    scalars = gan.updates[0].gradients(batch, Draws(0, 0, "discriminator")).scalars
    shown = _shown(gan)
    reals, fakes = shown[:4], shown[8:12]
    _, _, expected = gan.generator.in_numpy(Draws(0, 0, "discriminator"), 4)
    np.testing.assert_allclose(fakes, expected, atol=1e-6)
    np.testing.assert_allclose(reals, batch["images"].numpy() / 255.0, atol=1e-6)
    np.testing.assert_allclose(shown[4:8], 1 - reals, atol=1e-6)
    np.testing.assert_allclose(shown[12:], 1 - fakes, atol=1e-6)
    error = _negatives_error(gan, reals) + _negatives_error(gan, fakes)
    np.testing.assert_allclose(scalars["negatives_error"], error, rtol=1e-5)
    logits = gan.discriminator.in_numpy(shown)[1]
    loss = logits[8:12].mean() - logits[:4].mean() + 3 * error
    np.testing.assert_allclose(scalars["loss"], loss, rtol=1e-5)

    scalars = gan.updates[1].gradients(batch, Draws(0, 0, "generator")).scalars
    shown = _shown(gan)
    assert len(shown) == 8 and gan.generator.calls == 2  # once in each update
    loss = -gan.discriminator.in_numpy(shown[:4])[1].mean() - 3 * _negatives_error(gan, shown[:4])
    np.testing.assert_allclose(scalars["loss"], loss, rtol=1e-5)


def test_a_task_may_have_fakes_of_its_own_and_state():
    task = Neighbours()
    gan = _gan(auxiliary_tasks=[task])
    assert gan.checkpointables()["neighbours_memory"] is task.memory
    batch, draws = toy.batch(LABELS), Draws(3, 0, "discriminator")
    result = gan.updates[0].gradients(batch, draws)
    latents, labels, fakes = gan.generator.in_numpy(draws, 4)
    noise = draws.normal("neighbours", latents.shape).numpy()
    a, b = gan.generator.a.numpy(), gan.generator.b.numpy()
    neighbours = 1 / (1 + np.exp(-((latents + noise) @ a + labels @ b)))
    neighbours = neighbours.reshape(fakes.shape)
    reals = batch["images"].numpy() / 255.0
    joint = np.concatenate([reals, fakes, neighbours])
    np.testing.assert_allclose(_shown(gan), joint, atol=1e-5)
    real, fake, near = np.split(gan.discriminator.in_numpy(joint)[1], 3)
    loss = fake.mean() - real.mean() + ((fake - near) ** 2).mean()
    np.testing.assert_allclose(result.scalars["loss"], loss, rtol=1e-4)
    [(variable, value)] = result.assignments
    assert variable is task.memory
    np.testing.assert_allclose(value, 1 + near.mean(), rtol=1e-4)

    # G's update is differentiated through both passes of G: compared with central differences.
    draws = Draws(3, 0, "generator")
    noise = draws.normal("neighbours", latents.shape).numpy()

    def objective(a):
        latents, labels, _ = gan.generator.in_numpy(draws, 4)
        images = [
            (1 / (1 + np.exp(-(z @ a + labels @ b)))).reshape(fakes.shape)
            for z in (latents, latents + noise)
        ]
        return (
            -gan.discriminator.in_numpy(images[0])[1].mean() - ((images[0] - images[1]) ** 2).mean()
        )

    a = a.astype(np.float64)
    gradient = gan.updates[1].gradients(batch, draws).gradients[0].numpy()
    for place in ((0, 0), (2, 3)):
        change = np.zeros_like(a)
        change[place] = 1e-5
        expected = (objective(a + change) - objective(a - change)) / 2e-5
        np.testing.assert_allclose(gradient[place], expected, rtol=1e-3, atol=1e-6)


def test_a_term_of_low_precision_leaves_the_loss_as_precise_as_it_was():
    def imprecise(self, real, fake):
        return Terms(tf.constant(0.5, tf.bfloat16))

    gan, plain = _gan(auxiliary_tasks=[_task(discriminator_terms=imprecise)]), _gan()
    loss, without = (
        g.updates[0].gradients(toy.batch(LABELS), Draws(0, 0, "discriminator")).scalars["loss"]
        for g in (gan, plain)
    )
    assert loss.dtype == tf.float32
    np.testing.assert_allclose(loss, without + 0.5, rtol=1e-6)


def test_a_task_may_ask_for_reals_in_the_generators_update():
    repeating = _task(adds_to_generator_update=("fake",), added_rows=lambda self, half, draws: half)
    gan = _gan(auxiliary_tasks=[repeating, NegativeReals()])
    batch, draws = toy.batch(LABELS), Draws(0, 0, "generator")
    scalars = gan.updates[1].gradients(batch, draws).scalars
    reals, (_, _, fakes) = batch["images"].numpy() / 255.0, gan.generator.in_numpy(draws, 4)
    joint = np.concatenate([reals, 1 - reals, fakes, fakes, 1 - fakes])
    np.testing.assert_allclose(_shown(gan), joint, atol=1e-6)
    loss = _negatives_error(gan, reals) - _negatives_error(gan, fakes)
    loss -= gan.discriminator.in_numpy(fakes)[1].mean()
    np.testing.assert_allclose(scalars["loss"], loss, rtol=1e-5)


def test_a_task_may_add_no_rows():
    seen = []
    terms = lambda self, real, fake: seen.append((real, fake))  # noqa: E731
    gan = _gan(auxiliary_tasks=[_task(discriminator_terms=terms)])
    gan.updates[0].gradients(toy.batch(LABELS), Draws(0))
    assert len(_shown(gan)) == 8
    assert [half.added for half in seen[0]] == [None, None]


def test_rows_need_labels_in_a_conditional_gan():
    gan = _gan(
        auxiliary_tasks=[_task(added_rows=lambda self, half, draws: Half(half.images, None))]
    )
    with pytest.raises(ValueError, match="task 'own' adds images without labels"):
        gan.updates[0].gradients(toy.batch(LABELS), Draws(0))


@pytest.mark.parametrize("update", ["discriminator", "generator"])
@pytest.mark.parametrize("halves", ["real", ("reals",), None])
def test_rows_are_of_a_half(update, halves):
    attribute = f"adds_to_{update}_update"
    with pytest.raises(ValueError, match=f"'own' has {attribute} = .* must be a tuple"):
        _gan(auxiliary_tasks=[_task(**{attribute: halves})])


@pytest.mark.parametrize(
    "update, name",
    [(0, "loss_real"), (0, "penalty"), (0, "loss"), (1, "gan_loss"), (1, "gradient_norm")],
)
def test_a_curve_of_a_task_replaces_no_other(update, name):
    term = lambda self, real, fake: Terms(tf.constant(1.0), {name: tf.constant(2.0)})  # noqa: E731
    gan = _gan(auxiliary_tasks=[_task(discriminator_terms=term, generator_terms=term)])
    with pytest.raises(ValueError, match=f"curve of the auxiliary task 'own' has the name '{name}"):
        gan.updates[update].gradients(toy.batch(LABELS), Draws(0))


@pytest.mark.parametrize("name", ["loss_fake", "loss", "gradient_norm"])
def test_a_curve_of_an_augmentation_replaces_no_other(name):
    curves = {"curves": lambda self: {name: tf.constant(2.0)}}
    gan = _gan(augmentation=type("Named", (Dimmer,), curves))
    with pytest.raises(ValueError, match=f"ModularGAN.augmentation has the name '{name}'"):
        gan.updates[0].gradients(toy.batch(LABELS), Draws(0))


@pytest.mark.parametrize("name", ["discriminator", "label_frequencies", "generator_optimizer"])
def test_nothing_in_a_checkpoint_is_replaced(name):
    heads = property(lambda self: {key: keras.layers.Layer() for key in ("own_head", name)})
    with pytest.raises(ValueError, match=f"task 'own' has the name '{name}', which is taken"):
        _gan(auxiliary_tasks=[_task(heads=heads)])
    state = {"checkpointables": lambda self: {name: tf.Variable(0.0)}}
    with pytest.raises(ValueError, match=f"ModularGAN.augmentation has the name '{name}'"):
        _gan(augmentation=type("Named", (Dimmer,), state))


@pytest.mark.parametrize("setting", ["auxiliary_tasks", "augmentation"])
def test_an_error_of_a_part_is_not_hidden(setting):
    def broken():
        raise TypeError("a mistake inside the part")

    with pytest.raises(TypeError, match="a mistake inside the part"):
        _gan(**{setting: [broken] if setting == "auxiliary_tasks" else broken})


def test_augmentation_is_what_d_sees_in_both_updates():
    gan = _gan("ModularGAN.augmentation = @Dimmer()")
    batch, draws = toy.batch(LABELS), Draws(2, 0, "discriminator")
    computed = gan.updates[0].gradients(batch, draws)
    dim = draws.uniform("augment_real", [4, 1, 1, 1]).numpy() < 0.5
    assert 0 < dim.sum() < 4
    reals = batch["images"].numpy() / 255.0
    np.testing.assert_allclose(_shown(gan)[:4], np.where(dim, reals / 2, reals), atol=1e-6)
    dim = draws.uniform("augment_fake", [4, 1, 1, 1]).numpy() < 0.5
    _, _, fakes = gan.generator.in_numpy(draws, 4)
    assert 0 < dim.sum() < 4
    np.testing.assert_allclose(_shown(gan)[4:], np.where(dim, fakes / 2, fakes), atol=1e-6)
    ((variable, value),) = computed.assignments
    np.testing.assert_allclose([variable, value], [0.5, 0.51])
    np.testing.assert_allclose(computed.scalars["augmentation_probability"], 0.5)

    # In G's update fakes alone, and G learns through the augmentation: by the chain rule,
    # d(-mean tanh(s x F) w) / dA with x = sigmoid(z A + y B).
    draws = Draws(0, 0, "generator")
    computed = gan.updates[1].gradients(batch, draws)
    assert not computed.assignments
    z, _, fakes = gan.generator.in_numpy(draws, 4)
    scale = np.where(draws.uniform("augment_fake", [4, 1, 1, 1]).numpy() < 0.5, 0.5, 1.0)
    assert len(np.unique(scale)) == 2
    np.testing.assert_allclose(_shown(gan), scale * fakes, atol=1e-6)
    features, logits = gan.discriminator.in_numpy(scale * fakes)
    np.testing.assert_allclose(computed.scalars["loss"], -logits.mean(), rtol=1e-5)
    f, w = (v.numpy().astype(np.float64) for v in (gan.discriminator.f, gan.discriminator.w))
    x, scale = fakes.reshape(4, -1), scale.reshape(4, 1)
    expected = -z.T @ (x * (1 - x) * scale * (((1 - features**2) * w[:, 0]) @ f.T)) / 4
    (index,) = (i for i, v in enumerate(gan.updates[1].variables) if v is gan.generator.a)
    np.testing.assert_allclose(computed.gradients[index], expected, rtol=1e-4, atol=1e-6)


def test_penalties_differentiate_d_through_the_augmentation():
    """In the image itself: d tanh(s x F) w / dx = s ((1 - features²) w) Fᵀ."""
    gan = _gan("ModularGAN.augmentation = @Dimmer()", "penalty.fn = @r1_penalty")
    batch, draws = toy.batch(LABELS), Draws(2, 0, "discriminator")
    computed = gan.updates[0].gradients(batch, draws)
    scale = np.where(draws.uniform("augment_penalized", [4, 1, 1, 1]).numpy() < 0.5, 0.5, 1.0)
    assert len(np.unique(scale)) == 2
    reals = batch["images"].numpy() / 255.0
    np.testing.assert_allclose(_shown(gan)[:4], scale * reals, atol=1e-6)
    features, _ = gan.discriminator.in_numpy(scale * reals)
    f, w = (v.numpy().astype(np.float64) for v in (gan.discriminator.f, gan.discriminator.w))
    gradient = scale.reshape(4, 1) * (((1 - features**2) * w[:, 0]) @ f.T)
    expected = 0.5 * np.mean(np.sum(gradient**2, axis=1))
    np.testing.assert_allclose(computed.scalars["penalty"], expected, rtol=1e-5)


def test_state_of_an_augmentation_is_the_mean_of_the_replicas(monkeypatch):
    """Of two replicas, the other of which has a value that is larger by 2."""

    def mean(value, whole_batch):
        assert not whole_batch  # micro-batches have their mean taken by the loop
        return (value + value + 2.0) / 2

    monkeypatch.setattr(modular_gan, "mean_over_replicas", mean)
    gan = _gan("ModularGAN.augmentation = @Dimmer()")
    ((_, value),) = gan.updates[0].gradients(toy.batch(LABELS), Draws(0)).assignments
    np.testing.assert_allclose(value, 0.51 + 1.0, rtol=1e-6)


def test_state_of_an_augmentation_is_kept(tmp_path):
    batch = toy.batch(LABELS)
    data = {name: values[None] for name, values in batch.items()}
    gan = _gan("ModularGAN.augmentation = @Dimmer()")
    for steps in (2, 3):
        gan = ModularGAN(toy.dataset(), toy.options(4), conditional=True)
        train(
            gan,
            lambda step: tf.data.Dataset.from_tensors(data).repeat(),
            tmp_path,
            LoopSettings(steps),
        )
        kept = gan.checkpointables()["augmentation_probability"]
        np.testing.assert_allclose(kept.numpy(), 0.5 + 0.01 * steps, rtol=1e-6)


def test_ada_goes_on_where_it_was(tmp_path):
    """This D takes all reals for fakes, so that p falls by 2 · 4 / 80 in every second step."""
    data = {name: values[None] for name, values in toy.batch(LABELS).items()}
    bindings = {
        "probability": 0.5,
        "target": 0.0,
        "interval": 2,
        "adjustment_images": 80,
        "policy": "'flip'",
    }
    for steps, expected in ((3, 0.4), (5, 0.3)):
        gan = _gan(
            "loss.fn = @hinge",
            "ModularGAN.augmentation = @ada()",
            *(f"ada.{name} = {value}" for name, value in bindings.items()),
        )
        train(
            gan,
            lambda step: tf.data.Dataset.from_tensors(data).repeat(),
            tmp_path,
            LoopSettings(steps),
        )
        state = gan.checkpointables()
        np.testing.assert_allclose(state["augmentation_probability"].numpy(), expected, rtol=1e-6)
        # One step of the next interval.
        np.testing.assert_array_equal(state["augmentation_updates"].numpy(), 1.0)
        np.testing.assert_array_equal(state["augmentation_signs"].numpy(), -1.0)


@pytest.mark.parametrize(
    "binding, message",
    [
        (
            "ModularGAN.auxiliary_tasks = ['rotation']",
            "auxiliary_tasks takes .* of the kind Auxiliary",
        ),
        ("ModularGAN.auxiliary_tasks = 'rotation'", "auxiliary_tasks takes a list"),
        ("ModularGAN.auxiliary_tasks = @Negatives()", "auxiliary_tasks takes a list"),
        ("ModularGAN.auxiliary_tasks = None", "auxiliary_tasks takes a list .* received None"),
        ("ModularGAN.augmentation = []", "augmentation takes references"),
        ("ModularGAN.augmentation = @hinge", "augmentation takes references"),
        ("ModularGAN.augmentation = 'color'", "augmentation takes references"),
        ("ModularGAN.auxiliary_tasks = [@Negatives, @Negatives]", "list each auxiliary task once"),
    ],
)
def test_what_is_no_part_is_refused(binding, message):
    with pytest.raises(ValueError, match=message):
        _gan(binding)


_MY_PARTS = """
import gin
import tensorflow as tf
from compare_gan.augmentation import Augmentation
from compare_gan.gans.auxiliary import AuxiliaryTask, Terms

@gin.register
class flatness(AuxiliaryTask):
    name = "flatness"

    def __init__(self, weight=1.0):
        self._weight = weight

    def discriminator_terms(self, real, fake):
        return Terms(self._weight * tf.reduce_mean(tf.square(real.features)))

@gin.register
class inversion(Augmentation):
    def __call__(self, images, draws, name):
        return 1.0 - images
"""


def test_parts_from_a_module_outside_the_package(tmp_path, monkeypatch):
    (tmp_path / "my_parts.py").write_text(_MY_PARTS)
    (tmp_path / "mine.gin").write_text(
        "import my_parts\nloss.fn = @wasserstein\n"
        "ModularGAN.auxiliary_tasks = [@my_parts.flatness()]\nflatness.weight = 3.0\n"
        "ModularGAN.augmentation = @my_parts.inversion()\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    configuration.parse([str(tmp_path / "mine.gin")])
    gan = ModularGAN(toy.dataset(), toy.options(4))
    batch, draws = toy.batch(LABELS), Draws(0, 0, "discriminator")
    scalars = gan.updates[0].gradients(batch, draws).scalars
    features, real = gan.discriminator.in_numpy(1 - batch["images"].numpy() / 255.0)
    _, fake = gan.discriminator.in_numpy(1 - gan.generator.in_numpy(draws, 4)[2])
    expected = fake.mean() - real.mean() + 3 * (features**2).mean()
    np.testing.assert_allclose(scalars["loss"], expected, rtol=1e-5)

# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The checks. Each takes a `Subject` and raises if the part does not pass."""

import functools
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import gin
import keras
import numpy as np
import tensorflow as tf

from compare_gan import configuration
from compare_gan.randomness import Draws
from compare_gan.training.checkpoints import Checkpoints
from compare_gan.training.task import gradients_of, watch
from docs.docstrings import Docstring
from tests.conformance.instances import (
    ROWS,
    Inputs,
    Instance,
    Measured,
    dtype_policy,
    is_differentiable,
    measure,
    variables_of,
    weighted,
)
from tests.conformance.kinds import (
    KNOWN_LABELS,
    Architecture,
    Auxiliary,
    Encoder,
    Part,
    as_tensors,
)
from tests.conformance.networks import CLASSES

_FINITE_STEP = 1e-6  # in float64: rounding and curvature both leave about 1e-9
_SEED = 3
# Tolerances of outputs and of derivatives: on the way back rounding adds up, and it can put one
# relu of a million on the other side of its kink.
_SAME = 1e-6, 1e-6
_FLOAT32 = 1e-4, 1e-3
_BFLOAT16 = 0.03, 0.25
_DIFFERENCES = 1e-4, 1e-4


class Subject:
    """A part under check, with what several checks need, made once.

    Args:
      part: The part.
    """

    def __init__(self, part: Part):
        self.part = part
        self.traces = 0

    def inputs(self, dtype: tf.DType = tf.float32, seed: int = 0) -> dict[str, tf.Tensor]:
        """A batch. Its floats are rounded to bfloat16, so that it is the same in every type."""
        rounded = as_tensors(self.part.inputs(np.random.default_rng(seed)), tf.bfloat16)
        return {n: tf.cast(x, dtype) if x.dtype.is_floating else x for n, x in rounded.items()}

    def instance(self, policy: str, seed: int = 0) -> Instance:
        """The part, built anew for a dtype policy."""
        with dtype_policy(policy):
            return self.part.instance(seed)

    @functools.cached_property
    def single(self) -> Instance:
        """In float32."""
        return self.instance("float32")

    @functools.cached_property
    def eager(self) -> dict[str, np.ndarray]:
        """What the float32 instance gives for its first batch at step 0, without a graph."""
        return numbers(measure(self.single, self.inputs(), draws(0)))

    @functools.cached_property
    def graph(self) -> Callable[[Inputs, tf.Tensor], Measured]:
        """The same as one traced function of a batch and a step; `traces` counts."""

        instance = self.single  # made outside of the trace

        def traced(inputs: Inputs, step: tf.Tensor) -> Measured:
            self.traces += 1
            return measure(instance, inputs, draws(step))

        return tf.function(traced, autograph=False)


def draws(step: int | tf.Tensor, replica: int | tf.Tensor = 0, replicas: int = 1) -> Draws:
    """The randomness of an update."""
    return Draws(_SEED, step, "conformance", 0, replica, replicas)


def numbers(measured: Measured) -> dict[str, np.ndarray]:
    """What was measured, in NumPy."""
    return {name: value.numpy() for name, value in measured.flat().items()}


def assert_close(
    found: Mapping[str, np.ndarray],
    expected: Mapping[str, np.ndarray],
    tolerance: float,
    of_derivatives: float,
) -> None:
    """Arrays differ by at most a tolerance, relative to what is expected.

    That is their own norm plus a tenth of the largest of their kind, outputs or derivatives: some
    are 0 in exact arithmetic, as the derivative by a bias that a normalizer takes away again.
    """
    assert found.keys() == expected.keys()
    norms = {name: float(np.linalg.norm(np.float64(value))) for name, value in expected.items()}
    largest = {False: 1e-3, True: 1e-3}
    for name, norm in norms.items():
        largest[_is_derivative(name)] = max(norm, largest[_is_derivative(name)])
    for name, value in expected.items():
        assert np.isfinite(np.float64(found[name])).all(), f"{name} is not finite"
        difference = np.linalg.norm(np.float64(found[name]) - np.float64(value))
        scale = norms[name] + 0.1 * largest[_is_derivative(name)]
        allowed = (of_derivatives if _is_derivative(name) else tolerance) * scale
        assert difference <= allowed, f"{name}: {difference:.3g} of {norms[name]:.3g}"


def _is_derivative(name: str) -> bool:
    return "d/d" in name


# The checks, by their names in `kinds.CHECKS`; "replicas" is in `replicas.py`.


def formula(subject: Subject, folder: Path) -> None:
    """Its public docstring says what is computed: see `Docstring.formulas`."""
    for documented in subject.part.documented():
        assert Docstring.of(documented).formulas, f"{documented} has no formula"


def source(subject: Subject, folder: Path) -> None:
    """Its public docstring, or that of a network's module, has a link to where it comes from."""
    for documented in subject.part.documented():
        sources = Docstring.of(documented).sources
        if isinstance(subject.part, Architecture | Encoder):
            sources += Docstring.of(sys.modules[documented.__module__]).sources
        assert sources, f"{documented} names no source"


def gin_round_trip(subject: Subject, folder: Path) -> None:
    """The experiment's operative configuration names the part, and brings it back."""
    part = subject.part
    operative = _operative_configuration(part)
    assert re.search(rf"@([\w.]+\.)?{re.escape(part.name)}\b", operative), operative
    configuration.parse(gin_bindings=operative)
    assert _operative_configuration(part) == operative


def _operative_configuration(part: Part) -> str:
    """After one D and one G update of the experiment."""
    batch = {
        "images": tf.zeros([ROWS, *part.shape], tf.uint8),
        "labels": tf.range(ROWS) % CLASSES,
    }
    for update in part.make_gan().updates:
        update.gradients(batch, draws(0))
    return gin.operative_config_str()


def checkpoint(subject: Subject, folder: Path) -> None:
    """Another instance, with other values, computes the same once it has read the checkpoint."""
    saved, restored = subject.single, subject.instance("float32", seed=1)
    assert saved.own, "there is no state that belongs to the part"
    before = [variable.numpy() for variable in variables_of(saved.state)]
    others = [variable.numpy() for variable in variables_of(restored.state)]
    assert len(before) == len(others)
    assert any(not np.array_equal(a, b) for a, b in zip(before, others))
    checkpoints = Checkpoints(folder)
    checkpoints.save(1, dict(saved.state))
    checkpoints.restore(1, dict(restored.state))
    for variable, value in zip(variables_of(restored.state), before):
        np.testing.assert_array_equal(variable.numpy(), value)
    found = numbers(measure(restored, subject.inputs(), draws(0)))
    assert_close(found, subject.eager, *_SAME)


def graph(subject: Subject, folder: Path) -> None:
    """As a graph it gives the same outputs and derivatives as eagerly, and one trace serves every
    batch and step: nothing of the first is baked into it.
    """
    found = numbers(subject.graph(subject.inputs(), tf.constant(0)))
    assert_close(found, subject.eager, *_FLOAT32)
    others = subject.inputs(seed=1)
    found = numbers(subject.graph(others, tf.constant(1)))
    assert_close(found, numbers(measure(subject.single, others, draws(1))), *_FLOAT32)
    assert subject.traces == 1, f"{subject.traces} traces"


def xla(subject: Subject, folder: Path) -> None:
    """Compiled by XLA it gives the same outputs and derivatives as eagerly."""
    traced = subject.graph
    compiled = tf.function(lambda *batch: traced(*batch), autograph=False, jit_compile=True)
    found = numbers(compiled(subject.inputs(), tf.constant(0)))
    assert_close(found, subject.eager, *_FLOAT32)


def bfloat16(subject: Subject, folder: Path) -> None:
    """In networks that compute in bfloat16 outputs are near those in float32, and all is finite.

    Kinds that are `precise` give float32 all the same.
    """
    half = subject.instance("mixed_bfloat16")
    for variable, value in zip(variables_of(half.state), variables_of(subject.single.state)):
        variable.assign(value)
    inputs = subject.inputs(tf.bfloat16)
    measured = measure(half, inputs, draws(0)).flat()
    if subject.part.precise:
        # A derivative by an input has the input's type.
        for name, value in measured.items():
            is_result = value.dtype.is_floating and not name.startswith("d/d")
            assert not is_result or value.dtype == tf.float32, f"{name}: {value.dtype}"
    found = {name: tf.cast(value, tf.float32).numpy() for name, value in measured.items()}
    assert_close(found, subject.eager, *_BFLOAT16)


def second_derivative(subject: Subject, folder: Path) -> None:
    """What gradient penalties differentiate is right: checked against differences, in float64.

    Of layers, normalizers, augmentations, encoders and discriminators: the derivative of the
    gradient in a random direction of inputs and variables together. Of a regularizer: its gradient
    in D's weights, which is one already. Of an auxiliary task: both. The gradients of the losses of
    a GAN, with `wgangp_penalty`, which sees the logits that a task adds to D's, unless the task
    replaces the GAN's loss, penalty and all; to both losses the task must add something. And the
    derivative of the gradient of D's logits and of the task's part of D's loss, by images, D and
    heads: what a penalty of these would need.
    """
    part = subject.part
    if isinstance(part, Auxiliary) and not part.replaces_gan_loss:
        part.configure("penalty.fn = @wgangp_penalty")
    instance = subject.instance("float64")
    inputs = subject.inputs(tf.float64)
    if isinstance(part, Auxiliary):
        labels = inputs["labels"]
        if part.guesses:
            # Differences would move its guesses too, so that there must be none to make.
            labels = tf.constant(KNOWN_LABELS)
        _check_losses(part, instance, {**inputs, "labels": labels})
        _check_judge(part, labels.numpy())
    elif instance.penalized:
        _check_second_order(instance, inputs)
    else:
        _check_gradient(instance, inputs)


def _directions(tensors: Sequence[Any], seed: int) -> list[tf.Tensor]:
    """Of length 1 each: longer ones would push some relu over its kink."""
    values = np.random.default_rng(seed)
    directions = [values.normal(size=tensor.shape) for tensor in tensors]
    return [tf.constant(d / np.linalg.norm(d), tf.float64) for d in directions]


def _moved(variables: Sequence[Any], directions: Sequence[tf.Tensor], by: float) -> None:
    for variable, direction in zip(variables, directions, strict=True):
        variable.assign_add(tf.cast(by * direction, variable.dtype))


def _difference(
    function: Callable[[float], list[tf.Tensor]],
) -> dict[str, np.ndarray]:
    ahead, behind = function(_FINITE_STEP), function(-_FINITE_STEP)
    return {
        str(i): (a - b).numpy() / (2 * _FINITE_STEP)
        for i, (a, b) in enumerate(zip(ahead, behind, strict=True))
    }


def _check_judge(part: Auxiliary, labels: np.ndarray) -> None:
    with dtype_policy("float64"):
        judge = part.with_values(part.build_judge(labels), seed=0)
    kernels = [
        variable
        for head in judge.own
        for variable in judge.state[head].trainable_variables
        if variable.name == "kernel"
    ]
    inputs = as_tensors(part.judged_inputs(np.random.default_rng(0)), tf.float64)
    _check_second_order(judge, inputs, kernels)


def _check_second_order(
    instance: Instance, inputs: Inputs, needed: Sequence[keras.Variable] = ()
) -> None:
    """Of what is penalized; by the variables that are needed, the derivative isn't zero."""
    points = {name: x for name, x in inputs.items() if is_differentiable(name, x)}
    along_points = _directions(list(points.values()), 0)
    along_variables = _directions(instance.variables, 1)

    def gradient(given: Inputs) -> tuple[list[tf.Tensor], tf.Tensor]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(given)
            variables = watch(tape, instance.variables)
            rows, shared = instance.outputs({**inputs, **given}, draws(0))
            loss = weighted(
                Measured(
                    {name: x for name, x in rows.items() if name in instance.penalized},
                    {name: x for name, x in shared.items() if name in instance.penalized},
                )
            )
        return gradients_of(loss, [*given.values(), *variables], tape), loss

    def moved_gradient(by: float) -> list[tf.Tensor]:
        _moved(instance.variables, along_variables, by)
        given = {n: x + by * d for (n, x), d in zip(points.items(), along_points, strict=True)}
        found, _ = gradient(given)
        _moved(instance.variables, along_variables, -by)
        return found

    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(points)
        variables = watch(tape, instance.variables)
        first, _ = gradient(points)
        along = sum(tf.reduce_sum(g * d) for g, d in zip(first, [*along_points, *along_variables]))
    second = gradients_of(along, [*points.values(), *variables], tape)
    assert any(np.abs(value).max() > 1e-4 for value in second), "it is zero"
    for variable, value in zip(instance.variables, second[len(points) :], strict=True):
        is_needed = any(variable is other for other in needed)
        assert not is_needed or np.abs(value).max() > 1e-4, f"{variable.path}: it is zero"
    found = {str(index): value.numpy() for index, value in enumerate(second)}
    assert_close(found, _difference(moved_gradient), *_DIFFERENCES)


def _check_gradient(instance: Instance, inputs: Inputs) -> None:
    directions = _directions(instance.variables, 0)
    gradients = [
        value
        for name, value in measure(instance, inputs, draws(0)).shared.items()
        if _is_derivative(name)
    ]
    assert any(np.abs(value).max() > 1e-4 for value in gradients), "it is zero"

    def moved(by: float) -> list[tf.Tensor]:
        _moved(instance.variables, directions, by)
        value = weighted(instance.outputs(inputs, draws(0)))
        _moved(instance.variables, directions, -by)
        return [value]

    along = sum(tf.reduce_sum(g * d) for g, d in zip(gradients, directions, strict=True))
    assert_close({"0": along.numpy()}, _difference(moved), *_DIFFERENCES)


def _check_losses(part: Auxiliary, instance: Instance, inputs: Inputs) -> None:
    gradients = instance.outputs(inputs, draws(0)).shared
    names = [name for name in gradients if _is_derivative(name)]
    directions = _directions(instance.variables, 0)
    for update in ("discriminator", "generator"):
        # A term that is switched off would leave nothing to check.
        added = abs(part.added_to_loss(update, gradients))
        if update in part.without_term:
            assert added < 1e-6, f"it adds {added:.3g} to the {update}'s loss"
        else:
            assert added > 1e-3, f"it adds nothing to the {update}'s loss"
        own = [name.startswith(update) for name in names]
        along = sum(
            tf.reduce_sum(gradients[name] * direction)
            for name, direction, is_own in zip(names, directions, own, strict=True)
            if is_own
        )
        assert abs(along) > 1e-4, f"{update}: it is zero"
        some = [d if is_own else tf.zeros_like(d) for d, is_own in zip(directions, own)]

        def moved(by: float, update: str = update, some: list = some) -> list[tf.Tensor]:
            _moved(instance.variables, some, by)
            value = instance.outputs(inputs, draws(0)).shared[f"{update}/loss"]
            _moved(instance.variables, some, -by)
            return [value]

        assert_close({"0": along.numpy()}, _difference(moved), *_DIFFERENCES)


BY_NAME = {
    "formula": formula,
    "source": source,
    "gin": gin_round_trip,
    "checkpoint": checkpoint,
    "second_derivative": second_derivative,
    "bfloat16": bfloat16,
    "graph": graph,
    "xla": xla,
}

# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Metrics of models among the others of an evaluation."""

import dataclasses
import math

import numpy as np
import pytest
import tensorflow as tf

from compare_gan import metrics
from compare_gan.metrics import InvalidImagesError, ModelMetric, UnmeasurableError, measure_model
from tests.metrics.toy_models import ToyGenerator, toy_model

SHAPE = (2, 2, 1)
CONTEXT = dict(step=3, ema=True, bn_mode="moving", truncation=0.5)


class LatentMean(ModelMetric):
    names = ("latent_mean", "seed")
    num_real = None
    num_fake = 128

    def measure(self, model):
        latents, _ = model.generator.draw(model.draws("mean"), self.num_fake)
        return {"latent_mean": float(tf.reduce_mean(latents)), "seed": model.seed}


class Impossible(ModelMetric):
    names = ("impossible",)

    def measure(self, model):
        raise UnmeasurableError("there is no such thing")


class Misnamed(ModelMetric):
    names = ("one",)

    def measure(self, model):
        return {"other": 1.0}


def grey(value):
    return ToyGenerator(
        lambda latents, labels: tf.fill([latents.shape[0], *SHAPE], value), 2, SHAPE
    )


def fakes(calls):
    def batches(index, n, batch_size):
        calls.append(index)
        yield np.random.default_rng(index).uniform(size=[n, *SHAPE])

    return batches


def settings(**changes):
    chosen = dict(num_samples=8, num_fake_sets=2, backbone=metrics.backbones.RandomFeatures)
    return metrics.EvaluationSettings(**{**chosen, **changes})


def dataset():
    return toy_model(grey(0.5), test=np.zeros([10, *SHAPE], np.uint8)).dataset


def test_rows_beside_those_of_metrics_of_images():
    chosen = settings(metrics=[metrics.FractalDimension, LatentMean, Impossible])
    evaluator = metrics.Evaluator(dataset(), chosen)
    calls = []
    rows = {
        row.metric: row
        for row in evaluator.evaluate(fakes(calls), generator=grey(0.5), seed=9, **CONTEXT)
    }
    assert tuple(rows) == evaluator.names and calls == [0, 1]
    image_row, row = rows["fractal_dimension"], rows["latent_mean"]
    assert (image_row.num_fake_sets, image_row.truncation, image_row.n_fake) == (2, 0.5, 8)
    assert dataclasses.replace(row, mean=0, values=()) == metrics.Score(
        step=3,
        metric="latent_mean",
        mean=0,
        std=0,
        values=(),
        n_real=8,
        n_fake=128,
        num_fake_sets=1,
        split="test",
        backbone="",
        backbone_hash="",
        resize="",
        bn_mode="moving",
        ema=True,
        truncation=None,
        seed=9,
        dataset="toy",
        dataset_fingerprint="1",
    )
    assert row.mean == row.values[0] != 0 and rows["seed"].mean == 9
    assert math.isnan(rows["impossible"].mean)
    assert rows["impossible"].warning == "there is no such thing"
    # What has been evaluated is told by the same protocols.
    expected = evaluator.rows_without_values(seed=9, **CONTEXT)
    assert [row.protocol for row in expected] == [row.protocol for row in rows.values()]


def test_a_row_tells_of_no_more_real_images_than_there_are():
    class Greedy(LatentMean):
        num_real = 320

    evaluator = metrics.Evaluator(dataset(), settings(metrics=[Greedy]))
    rows = evaluator.evaluate(fakes([]), generator=grey(0.5), **CONTEXT)
    assert [(row.n_real, row.n_fake) for row in rows] == [(10, 128)] * 2


def test_alone_they_need_no_images():
    evaluator = metrics.Evaluator(dataset(), settings(metrics=[LatentMean]))
    calls = []
    rows = evaluator.evaluate(fakes(calls), generator=grey(0.5), **CONTEXT)
    assert [row.metric for row in rows] == ["latent_mean", "seed"] and not calls
    assert rows[1].mean == 42


def test_without_a_model_there_is_an_error():
    with pytest.raises(ValueError, match="LatentMean in eval.metrics measures the model itself"):
        metrics.evaluate(dataset(), fakes([]), settings(metrics=[LatentMean]), **CONTEXT)


def test_what_is_wrong_with_a_model_or_a_metric():
    with pytest.raises(InvalidImagesError, match="64 hold NaN"):
        measure_model([LatentMean()], toy_model(grey(math.nan)))
    with pytest.raises(ValueError, match="Misnamed names its values one, but gives other"):
        measure_model([Misnamed()], toy_model(grey(0.5)))
    with pytest.raises(ValueError, match="Two metrics of eval.metrics call a value 'one'"):
        settings(metrics=[Misnamed, Misnamed]).build_metrics()
    with pytest.raises(
        ValueError, match=r"metric\.ModelMetric or compare_gan\.metrics\.base\.Metric"
    ):
        settings(metrics=[lambda: 3]).build_metrics()


@pytest.mark.parametrize("n", [1, 3, 7, 20, 100])
def test_real_batches_are_evenly_spaced_and_full(n):
    images = np.arange(20, dtype=np.uint8).reshape(20, 1, 1, 1)
    generator = ToyGenerator(None, 2, (1, 1, 1), num_classes=2)
    model = toy_model(generator, test=images, test_labels=np.resize([0, 1, -1], 20))
    batches = list(model.real_batches("test", n, 4))
    count = min(n, 20)
    assert [len(images) for images, _ in batches] == [4] * (count // 4) + [count % 4] * (
        count % 4 > 0
    )
    places = np.array([20 * k // count for k in range(count)])
    np.testing.assert_allclose(
        np.concatenate([images.ravel() for images, _ in batches]), places / 255, rtol=1e-6
    )
    one_hot = np.array([[1, 0], [0, 1], [0, 0]], np.float32)
    np.testing.assert_array_equal(
        np.concatenate([labels for _, labels in batches]), one_hot[places % 3]
    )


def test_a_split_that_gives_fewer_images_than_it_says_is_refused():
    model = toy_model(grey(0.5))
    model.dataset.num_examples = lambda split: 5
    with pytest.raises(ValueError, match="'train' of toy should have 5 images, but 4 came"):
        list(model.real_batches("train", 5, 2))


def test_real_batches_of_an_unconditional_model_have_no_labels():
    [(images, labels)] = toy_model(grey(0.5)).real_batches("train", 4, 4)
    assert images.shape == (4, *SHAPE) and images.dtype == np.float32 and labels is None


def test_of_a_mixture_only_what_is_wanted_is_measured():
    chosen = settings(metrics=[metrics.FractalDimension, LatentMean])
    evaluator = metrics.Evaluator(dataset(), chosen)
    calls = []
    wanted = {"latent_mean", "seed"}
    rows = evaluator.evaluate(fakes(calls), generator=grey(0.5), names=wanted, **CONTEXT)
    assert {row.metric for row in rows} == wanted and not calls
    expected = evaluator.rows_without_values(names=wanted, **CONTEXT)
    assert [row.protocol for row in expected] == [row.protocol for row in rows]
    images = {"fractal_dimension"}
    [row] = evaluator.evaluate(fakes(calls), names=images, **CONTEXT)  # no model is needed
    assert row.metric == "fractal_dimension" and calls == [0, 1]

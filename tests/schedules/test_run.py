# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""With which configurations a run may go on, and what is said before it does."""

import sys
import types

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from compare_gan import configuration
from compare_gan.configuration import ConfigurationError, save_config
from compare_gan.data import get_dataset, load_digits, write_label_store
from compare_gan.pictures import save_png
from compare_gan.schedules import RunFlags
from compare_gan.schedules.pictures import class_grid
from compare_gan.schedules.run import (
    Experiment,
    announce,
    build_dataset,
    build_experiment,
    label_store_folder,
    refuse_other_configuration,
)
from compare_gan.trained_generator import TrainedGenerator

INFERRED = [
    "dataset.labels = @inferred_labels",
    "label_inference.method = @semi_supervised",
    "few_labels.fraction = 0.1",
    "classifier.training_steps = 3",
]


@pytest.fixture
def go_on(tmp_path):
    """`go_on(before, now)` checks one configuration against a checkpoint of another."""

    def check(before, now):
        configuration.parse([], before)
        save_config(tmp_path / "config.gin")
        manifest = tmp_path / "checkpoints" / "3" / "manifest.json"
        manifest.parent.mkdir(parents=True, exist_ok=True)
        manifest.write_text("{}")
        configuration.parse([], now)
        refuse_other_configuration(tmp_path)

    return check


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (["eval.backbone = @random_features"], ["random_features.seed = 2"]),
        (["random_features.seed = 1"], ["eval.backbone = @digits_cnn"]),
        (["eval.backbone = @a/random_features", "a/random_features.seed = 1"], []),
        ([], ["classifier.training_steps = 7", "pretraining.batch_size = 3"]),
        ([*INFERRED], [*INFERRED, "few_labels.fraction = 0.2", "small_resnet.width = 3"]),
        ([], ["weak_view.flip = True", "strong_view.flip = True"]),  # the classifier's defaults
        ([], ["run_config.tf_random_seed = 0"]),
        ([], ['run_config.precision = "float32"']),
        (["run_config.tf_random_seed = None"], ["run_config.tf_random_seed = 0"]),
    ],
)
def test_what_the_gan_does_not_use_may_change(go_on, before, now):
    go_on(before, now)
    go_on(now, before)


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        ([], ["run_config.tf_random_seed = 1"], "tf_random_seed: None -> 1"),
        (['run_config.precision = "mixed_bfloat16"'], [], "precision: 'mixed_bfloat16' -> 'float"),
        (["few_labels.fraction = 0.1"], ["few_labels.fraction = 0.2"], "few_labels.fraction"),
        # What the GAN uses, whoever else does.
        (
            [*INFERRED, "dataset.labels = @few_labels"],
            [*INFERRED, "dataset.labels = @few_labels", "few_labels.fraction = 0.2"],
            "few_labels.fraction: 0.1 -> 0.2",
        ),
        ([], ["options.z_dim = 7", "eval.seed = 3"], "configuration: options.z_dim: .* -> 7[.]"),
    ],
)
def test_what_the_gan_uses_may_not(go_on, before, now, told):
    with pytest.raises(ConfigurationError, match=told):
        go_on(before, now)


def _picture(bindings, tmp_path):
    """The untrained GAN's grid of 60 fakes: its columns, the frequencies and the classes drawn."""
    configuration.parse([], bindings)
    flags = RunFlags(tmp_path)
    experiment = build_experiment(build_dataset(flags))
    announce(flags, experiment)
    gan = experiment.gan
    frequencies = gan.label_frequencies.numpy()
    generator = TrainedGenerator(gan.sampling_generator, gan.evaluation_prior, 4, frequencies)
    generator.bn_mode = "batch"
    save_png(tmp_path / "grid.png", class_grid(generator, 60, seed=0))
    drawn = np.concatenate([classes for _, classes in generator.batches(64, seed=0)])
    with Image.open(tmp_path / "grid.png") as picture:
        return (picture.width - 2) / 66, frequencies, drawn


def test_a_single_label_is_one_class_everywhere(tiny, tmp_path, caplog):
    columns, frequencies, drawn = _picture([*tiny, "dataset.labels = @single_label"], tmp_path)
    assert columns == 8  # as if there were no classes
    assert frequencies.tolist() == [1.0] and set(drawn) == {0}
    assert "all of one class" not in caplog.text  # as was asked for


def test_clusters_are_the_classes_everywhere(tiny, tmp_path):
    _, _, ids = load_digits("train")
    clusters = np.where(np.arange(len(ids)) < 315, 0, 2).astype(np.int32)
    configuration.parse([], tiny)
    provenance = {
        "method": "clustering",
        "num_classes": 3,
        "class_names": ["a", "b", "c"],
        "dataset": {
            "name": "digits",
            "fingerprint": build_dataset(RunFlags(tmp_path)).fingerprint,
            "split": "train",
        },
    }
    write_label_store(label_store_folder(tmp_path), ids, clusters, None, provenance)
    fitted = ["dataset.labels = @inferred_labels", "ModularGAN.fit_label_distribution = True"]
    columns, frequencies, drawn = _picture([*tiny, *fitted], tmp_path)
    assert columns == 3  # a column for each, also for the empty one
    np.testing.assert_allclose(frequencies, [0.25, 0.0, 0.75])
    assert set(drawn) == {0, 2}


@pytest.mark.parametrize("step", [0, 5])
def test_a_worker_reads_its_own_rows(monkeypatch, step):
    """Row i of every batch belongs to worker i mod 3; the digits are told apart by their pixels."""
    module = sys.modules[Experiment.__module__]  # the package has a function of its name
    gan = types.SimpleNamespace(batches_per_step=2)
    options = types.SimpleNamespace(batch_size=6)
    dataset = get_dataset(name="digits", seed=3)
    experiment = Experiment(dataset, options, gan, None, tf.distribute.get_strategy())

    def element(index, count):
        workers = types.SimpleNamespace(index=index, count=count)
        monkeypatch.setattr(module, "workers_of", lambda strategy: workers)
        return next(experiment.batches(step).as_numpy_iterator())

    together = element(0, 1)
    assert together["images"].shape == (2, 6, 8, 8, 1)
    for index in range(3):
        own = element(index, 3)
        for name, values in together.items():
            np.testing.assert_array_equal(own[name], values[:, index::3])

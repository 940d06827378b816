# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""From few labels to a GAN in one command."""

import csv
import json

import gin
import numpy as np
import pytest

from compare_gan import configuration, schedules
from compare_gan.data import ArraySource, LabelStore, load_digits
from compare_gan.data.label_sources import FewLabels
from compare_gan.schedules import RunFlags
from compare_gan.schedules.run import build_dataset, build_experiment
from compare_gan.training import Checkpoints

S3GAN = [
    "options.gan_class = @S3GAN",
    "S3GAN.project_y = True",
    "S3GAN.rotated_batch_fraction = 2",
    "resnet_biggan.Discriminator.project_y = False",
]
FEW = [
    *S3GAN,
    "dataset.labels = @inferred_labels",
    "few_labels.fraction = 0.1",
    "label_inference.method = @semi_supervised",
    "label_inference.encoder = @small_resnet",
    "small_resnet.width = 4",
    "pretraining.training_steps = 2",
    "pretraining.batch_size = 8",
    "classifier.training_steps = 3",
    "classifier.batch_size = 8",
    "classifier.labelled_batch_size = 8",
    "classifier.consistency_weight = 1.0",
    "classifier.consistency_threshold = 0.0",  # every prediction becomes a target
]


@pytest.fixture(scope="module")
def finished(tmp_path_factory, tiny):
    """A finished pipeline: its folder, and how to run it again."""
    folder = tmp_path_factory.mktemp("pipeline") / "run"
    bindings = [*tiny, *FEW]
    schedules.run("pipeline", [], bindings, RunFlags(folder))
    return folder, bindings


def _times(folder):
    return {
        path.relative_to(folder): path.stat().st_mtime_ns
        for pattern in ("label_inference/*/checkpoints/*/*", "label_inference/labels/*")
        for path in folder.glob(pattern)
    } | {path: path.stat().st_mtime_ns for path in folder.glob("checkpoints/*/state*")}


def test_everything_is_made_once(finished, capsys):
    folder, bindings = finished
    before = _times(folder)
    assert before
    schedules.run("pipeline", [], bindings, RunFlags(folder))
    assert _times(folder) == before
    printed = capsys.readouterr().out
    assert "labels used" in printed and "128 of 1260" in printed
    assert "fid_digits_cnn" in printed and "training images" in printed


def test_pictures(finished):
    folder, _ = finished
    names = {path.name.split("-")[0] for path in (folder / "pictures").iterdir()}
    assert {"fakes", "samples", "interpolations", "neighbors"} <= {n.split(".")[0] for n in names}
    inferred = {path.stem for path in (folder / "label_inference" / "pictures").iterdir()}
    assert {"confusion", "confidence", "extremes", "rotations"} <= inferred


def test_the_labels_used_are_written_down(finished):
    folder, _ = finished
    ids = (folder / "label_inference" / "labelled_ids.txt").read_bytes().split()
    provenance = LabelStore(folder / "label_inference" / "labels").provenance
    assert len(ids) == provenance["known_labels"]["labels_used"] == 128
    config = json.loads((folder / "model.json").read_text())
    assert config["num_classes"] == 10


def test_other_known_labels_are_refused(finished):
    folder, bindings = finished
    with pytest.raises(configuration.ConfigurationError, match="known_labels.*fraction: 0.1 -> 0"):
        schedules.run("pipeline", [], [*bindings, "few_labels.fraction = 0.2"], RunFlags(folder))


@pytest.mark.parametrize(
    "own",
    [
        FEW,
        [
            *S3GAN,
            "S3GAN.use_predictor = True",
            "dataset.labels = @listed_labels",
        ],
    ],
    ids=["S3GAN", "S3GAN-CO"],
)
def test_hidden_labels_reach_nothing(tmp_path, tiny, own):
    """Two data sets that differ in the hidden labels alone give the same weights."""
    images, labels, ids = (values[:200] for values in load_digits("train"))
    source = ArraySource("two", {"train": (images, labels, ids)}, 10)
    drawn = np.isin(ids, FewLabels(per_class=3).drawn_ids(source, "train"))
    assert drawn.sum() == 30
    with open(tmp_path / "known.csv", "w", newline="") as file:
        rows = ((i.decode(), int(y)) for i, y in zip(ids[drawn], labels[drawn]))
        csv.writer(file).writerows([("id", "label"), *rows])
    permuted = labels.copy()
    permuted[~drawn] = np.random.default_rng(0).permutation(labels[~drawn])
    assert (permuted != labels).mean() > 0.5

    weights = {}
    for name, given in (("as they are", labels), ("permuted", permuted)):

        def make(settings, given=given):
            return ArraySource(
                "two", {"train": (images, given, ids), "test": load_digits("test")}, 10
            )

        with gin.unlock_config():
            gin.clear_config()
            registered = f"hidden_labels_{abs(hash((tmp_path, name)))}"
            gin.external_configurable(make, registered, module="test_pipeline", denylist=["given"])
        bindings = [
            *tiny, *own, f"dataset.name = @{registered}",
            "label_inference.known_labels = @listed_labels",
            f"listed_labels.path = '{tmp_path / 'known.csv'}'",
            "inferred_labels.known_labels = @listed_labels", "eval.num_samples = 30",
            "eval.num_fake_sets = 1",
        ]  # fmt: skip
        flags = RunFlags(tmp_path / name)
        schedules.run("pipeline", [], bindings, flags)
        gan = build_experiment(build_dataset(flags)).gan
        state = gan.checkpointables()
        Checkpoints(flags.model_dir / "checkpoints").restore(6, state, partial=True)
        networks = [gan.generator, gan.discriminator, *gan.heads.values()]
        weights[name] = [v.numpy() for network in networks for v in network.variables]
    for one, other in zip(*weights.values(), strict=True):
        np.testing.assert_array_equal(one, other)

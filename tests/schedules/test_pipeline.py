# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""From few labels to a GAN in one command."""

import csv
import json
import sys

import gin
import numpy as np
import pytest

from compare_gan import configuration, schedules
from compare_gan.data import ArraySource, Dataset, LabelStore, TrueLabels, load_digits
from compare_gan.data.label_sources import FewLabels
from compare_gan.metrics import Evaluator, read_scores
from compare_gan.schedules import RunFlags
from compare_gan.training import Checkpoints
from tests.schedules import processes

S3GAN = [
    "options.gan_class = @S3GAN",
    "S3GAN.project_y = True",
    "S3GAN.rotated_batch_fraction = 2",
    "infogan.Discriminator.project_y = False",
]
FEW = [
    *S3GAN,
    *processes.SMALL_INFERENCE,
    "classifier.consistency_threshold = 0.0",  # every prediction becomes a target
]


@pytest.fixture(scope="module")
def finished(tmp_path_factory, tiny):
    """A pipeline that was interrupted in each of its stages and has come to its end.

    Returns:
      Its folder, how to run it again, and the checkpoints in the order in which they were written.
    """
    folder = tmp_path_factory.mktemp("pipeline") / "run"
    bindings = [*tiny, *FEW, "run_config.save_checkpoints_steps = 1"]
    saved = []
    original = Checkpoints.save

    def save(self, step, *arguments, **options):
        original(self, step, *arguments, **options)
        saved.append((self.folder(step).parents[1].name, step))
        if step == 1:
            raise KeyboardInterrupt

    def evaluate(*_, **__):
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Checkpoints, "save", save)
        for stage in ("encoder", "classifier", "run"):
            with pytest.raises(KeyboardInterrupt):
                schedules.run("pipeline", [], bindings, RunFlags(folder))
            assert saved[-1] == (stage, 1)
        with patch.context() as in_evaluation:
            in_evaluation.setattr(Evaluator, "evaluate", evaluate)
            with pytest.raises(KeyboardInterrupt):
                schedules.run("pipeline", [], bindings, RunFlags(folder))
        schedules.run("pipeline", [], bindings, RunFlags(folder))
    return folder, bindings, saved


def test_an_interrupted_pipeline_goes_on_where_it_was(finished):
    folder, _, saved = finished
    assert saved == [
        *(("encoder", step) for step in (1, 2)),
        *(("classifier", step) for step in (1, 2, 3)),
        *(("run", step) for step in range(1, 7)),
    ]
    assert {score.step for score in read_scores(folder)} == {6}


def _times(folder):
    return {
        path.relative_to(folder): path.stat().st_mtime_ns
        for pattern in ("label_inference/*/checkpoints/*/*", "label_inference/labels/*")
        for path in folder.glob(pattern)
    } | {path: path.stat().st_mtime_ns for path in folder.glob("checkpoints/*/state*")}


def test_everything_is_made_once(finished, capsys):
    folder, bindings, _ = finished
    before = _times(folder)
    assert before
    schedules.run("pipeline", [], bindings, RunFlags(folder))
    assert _times(folder) == before
    printed = capsys.readouterr().out
    assert "labels used" in printed and "128 of 1260" in printed
    assert "fid_digits_cnn" in printed and "training images" in printed
    assert not list(folder.glob("earlier-*"))


def test_pictures(finished):
    folder, _, _ = finished
    names = {path.name.split("-")[0] for path in (folder / "pictures").iterdir()}
    assert {"fakes", "samples", "interpolations", "neighbors"} <= {n.split(".")[0] for n in names}
    inferred = {path.stem for path in (folder / "label_inference" / "pictures").iterdir()}
    assert {"confusion", "confidence", "extremes", "rotations"} <= inferred


def test_the_labels_used_are_written_down(finished):
    folder, _, _ = finished
    ids = (folder / "label_inference" / "labelled_ids.txt").read_bytes().split()
    provenance = LabelStore(folder / "label_inference" / "labels").provenance
    assert len(ids) == provenance["known_labels"]["labels_used"] == 128
    config = json.loads((folder / "model.json").read_text())
    assert config["num_classes"] == 10


def test_other_known_labels_are_refused(finished):
    folder, bindings, _ = finished
    with pytest.raises(configuration.ConfigurationError, match="known_labels.*fraction: 0.1 -> 0"):
        schedules.run("pipeline", [], [*bindings, "few_labels.fraction = 0.2"], RunFlags(folder))


def test_a_finished_pipeline_may_go_further_and_be_measured_otherwise(finished, capsys):
    folder, bindings, _ = finished
    before = _times(folder)
    changed = [
        "options.training_steps = 7",
        "eval.num_fake_sets = 1",
        "eval.metrics = [@fid]",
        "label_inference.batch_size = 100",
        "run_config.tf_random_seed = 0",
    ]
    schedules.run("pipeline", [], [*bindings, *changed], RunFlags(folder))
    assert before.items() <= _times(folder).items()
    rows = [(score.step, score.metric, score.num_fake_sets) for score in read_scores(folder)]
    old = [(6, "fid_digits_cnn", 2), (6, "inception_score_digits_cnn", 2)]
    assert sorted(rows) == sorted([*old, (7, "fid_digits_cnn", 1)])
    printed = capsys.readouterr().out
    assert "fakes of step 7" in printed and "inception_score" not in printed


@pytest.mark.parametrize(
    ("binding", "told"),
    [
        # A method's file before the data set's, which has the last word.
        ("dataset.labels = @true_labels", "dataset.labels is @true_labels.*file after"),
        ('inferred_labels.store = "elsewhere"', "inferred_labels.store is 'elsewhere' and not"),
        ("eval.num_samples = 100000", "eval.num_samples=100000"),
        (processes.HIERARCHICAL, "z_dim"),
        ("pictures.every_steps = -1", "pictures.every_steps"),
    ],
)
def test_mistakes_are_told_before_labels_are_inferred(tiny, tmp_path, binding, told):
    bindings = [*tiny, *FEW, *binding.split("\n")]
    with pytest.raises(configuration.ConfigurationError, match=told):
        schedules.run("pipeline", [], bindings, RunFlags(tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_no_method_infers_nothing(tiny, tmp_path, monkeypatch):
    done = []
    module = sys.modules[schedules.SCHEDULES["pipeline"].__module__]
    monkeypatch.setattr(module.inference, "infer_labels", lambda *_: done.append("labels"))
    monkeypatch.setattr(module, "eval_after_train", lambda *_: done.append("GAN"))
    bindings = [*tiny, *FEW, "dataset.labels = @true_labels", "label_inference.method = None"]
    schedules.run("pipeline", [], bindings, RunFlags(tmp_path / "run"))
    assert done == ["GAN"]


def test_dry_run_tells_of_every_stage(tiny, tmp_path, capsys):
    clusters = ["label_inference.method = @clustering", "clustering.num_clusters = 12"]
    flags = RunFlags(tmp_path / "run", dry_run=True)
    schedules.run("pipeline", [], [*tiny, *FEW, *clusters], flags)
    printed = capsys.readouterr().out
    assert "Stage encoder: 2 steps" in printed and "generator: trainable parameters" in printed
    assert "Images: 8 x 8 x 1, 12 classes" in printed
    resolved = printed[printed.index("# Resolved") :]
    assert "clustering.num_clusters = 12" in resolved and "options.z_dim = 4" in resolved
    assert not (tmp_path / "run").exists()


IMAGES, LABELS, IDS = (values[:200] for values in load_digits("train"))


def _source(labels):
    return ArraySource("some", {"train": (IMAGES, labels, IDS), "test": load_digits("test")}, 10)


@pytest.fixture
def train_on(tiny, tmp_path):
    """`train_on(name, labels, bindings)` trains on 200 digits with these labels, in a folder of
    that name; returns all that came of it: the last checkpoint, the label store, the ids used.
    """

    def go(name, labels, bindings):
        registered = f"hidden_labels_{abs(hash((tmp_path, name)))}"
        with gin.unlock_config():
            gin.clear_config()
            gin.external_configurable(
                lambda settings: _source(labels), registered, module="test_pipeline"
            )
        bindings = [*tiny, *SHORT, f"dataset.name = @{registered}", *bindings]
        folder = tmp_path / name
        if "dataset.labels = @inferred_labels" in bindings:
            schedules.run("infer_labels", [], bindings, RunFlags(folder))
        schedules.run("train", [], bindings, RunFlags(folder))
        result = processes.saved_values(folder, 3)
        for wanted in ("label_frequencies", "discriminator", "average_generator"):
            assert any(wanted in name for name in result), wanted
        files = [*folder.rglob("*.npy"), *folder.rglob("labelled_ids.txt")]
        return result | {str(file.relative_to(folder)): file.read_bytes() for file in files}

    return go


SHORT = [
    *S3GAN,
    "options.training_steps = 3",
    "ModularGAN.ema_start_step = 1",
    "ModularGAN.fit_label_distribution = True",
]


def test_hidden_labels_reach_nothing_from_few_to_a_gan(train_on):
    """Two data sets that differ in the hidden labels alone give the same labels and weights."""
    few = FewLabels(per_class=3)
    drawn = few.drawn_ids(_source(LABELS), "train")
    # Nearly all hidden labels become 0; those that would be drawn in the new class stay.
    changed = ~np.isin(IDS, drawn)
    while True:
        others = np.where(changed, 0, LABELS)
        wrong = np.isin(IDS, few.drawn_ids(_source(others), "train")) & changed
        if not wrong.any():
            break
        changed &= ~wrong
    assert few.drawn_ids(_source(others), "train").tolist() == drawn.tolist()
    assert (others != LABELS).mean() > 0.5
    bindings = [*FEW[len(S3GAN) :], "few_labels.fraction = None", "few_labels.per_class = 3"]
    results = [train_on(name, y, bindings) for name, y in (("one", LABELS), ("other", others))]
    assert {"label_inference/labels/hard.npy", "label_inference/labels/probabilities.npy"} <= set(
        results[0]
    )
    assert results[0] == results[1]


@pytest.mark.slow
def test_hidden_labels_reach_nothing_of_a_gan_that_is_cotrained(train_on, tmp_path):
    """As above, with S3GAN-CO on a table of labels; and a known label does reach the weights."""
    drawn = np.isin(IDS, FewLabels(per_class=3).drawn_ids(_source(LABELS), "train"))
    bindings = [
        "S3GAN.use_predictor = True",
        "dataset.labels = @listed_labels",
        f"listed_labels.path = '{tmp_path / 'known.csv'}'",
    ]

    def train(name, labels):
        with open(tmp_path / "known.csv", "w", newline="") as file:
            rows = zip(IDS[drawn].astype(str), labels[drawn], strict=True)
            csv.writer(file).writerows([("id", "label"), *rows])
        return train_on(name, labels, bindings)

    as_they_are = train("one", LABELS)
    assert as_they_are["labelled_ids.txt"].split() == sorted(IDS[drawn].tolist())
    assert train("other", np.where(drawn, LABELS, 0)) == as_they_are
    # Of the known labels, one that these few steps see.
    batches = Dataset(_source(LABELS), TrueLabels(), 547).training_batches(8, ids=True).take(4)
    seen = np.concatenate([batch["ids"].numpy() for batch in batches])
    place = np.flatnonzero(drawn & np.isin(IDS, seen))[0]
    known = LABELS.copy()
    known[place] = (known[place] + 1) % 10
    differing = train("third", known)
    assert differing.keys() == as_they_are.keys()
    moved = {name.split("/")[0] for name in differing if differing[name] != as_they_are[name]}
    assert {"discriminator", "average_generator", "label_frequencies"} <= moved


@pytest.mark.slow
def test_a_pipeline_killed_in_each_stage_ends_as_one_that_was_not(tiny, tmp_path):
    steps = [
        "pretraining.training_steps = 60",
        "classifier.training_steps = 60",
        "options.training_steps = 120",
        "run_config.save_checkpoints_steps = 20",
        "run_config.iterations_per_loop = 5",
    ]

    def start(name):
        return processes.start(tmp_path / name, [*tiny, *FEW, *steps], "pipeline")

    for stage in ("label_inference/encoder", "label_inference/classifier", ""):
        processes.kill_after(start("parts"), tmp_path / "parts" / stage, 1)
    for name in ("parts", "whole"):
        processes.finish(start(name))
    for file in ("label_inference/labels/probabilities.npy", "scores.jsonl"):
        one, other = ((tmp_path / name / file).read_bytes() for name in ("parts", "whole"))
        assert one == other

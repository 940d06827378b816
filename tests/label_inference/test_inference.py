# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""From images to a label store, with a network of a few numbers."""

import hashlib
import json
import shutil
import signal

import gin
import numpy as np
import pytest
import scipy.special
import sklearn.linear_model
import sklearn.preprocessing
import tensorflow as tf

from compare_gan.configuration import ConfigurationError
from compare_gan.data import Dataset, LabelStore, TrueLabels, to_unit_floats
from compare_gan.label_inference import (
    InferenceData,
    InferenceRun,
    LabelInferenceSettings,
    NoLabels,
    infer,
    plan,
)
from compare_gan.label_inference.stages import trained_task
from compare_gan.training import (
    CheckpointError,
    Checkpoints,
    LoopSettings,
    TrainingInterrupted,
    loop,
)

KNOWN = 30
SEMI_SUPERVISED = (
    "label_inference.method = @semi_supervised",
    "label_inference.encoder = @toy_encoder",
    "pretraining.training_steps = 3",
    "pretraining.batch_size = 16",
    "classifier.training_steps = 60",
    "classifier.batch_size = 16",
    "classifier.labelled_batch_size = 12",
    "classifier.consistency_weight = 1.0",
    "classifier.consistency_threshold = 0.5",
    "classifier.align_classes = True",
    "classifier.rotation_weight = 0.1",
    "classifier.learning_rate = 0.1",
    "classifier.ema_decay = 0.9",
    "classifier.strong_view = @weak_view",
    "weak_view.shift = 0.0",
)
FEW_STEPS = "classifier.training_steps = 2"


@pytest.fixture
def new_run(toy, first_labels, tmp_path):
    """`new_run(bindings, folder, **arguments of the data set)`."""

    def make(bindings=SEMI_SUPERVISED, folder="run", seed=0, **arguments):
        gin.clear_config()
        gin.parse_config(bindings)
        settings = LabelInferenceSettings()
        labels = first_labels if getattr(settings.method, "uses_labels", True) else NoLabels()
        truth = Dataset(toy(**arguments), TrueLabels(), seed=5)
        data = InferenceData(
            truth.with_labels(labels), truth.with_labels(labels, only_labelled=True), truth
        )
        place = tmp_path / folder / "label_inference"
        return InferenceRun(
            settings,
            data,
            place,
            LoopSettings(0, seed=seed, save_checkpoints_steps=25),
            tf.distribute.get_strategy(),
        )

    return make


@pytest.fixture(scope="module")
def done():
    """Folders of finished runs, by name: what took long is made once."""
    return {}


@pytest.fixture
def finished(new_run, done, tmp_path, tmp_path_factory):
    """`finished(folder)` puts a finished semi-supervised run there."""

    def put(folder="run"):
        if not done:
            run = new_run()
            done["provenance"] = infer(run)
            done["folder"] = shutil.copytree(run.folder, tmp_path_factory.mktemp("done") / "run")
            shutil.rmtree(run.folder)
        shutil.copytree(done["folder"], tmp_path / folder / "label_inference")
        return new_run(folder=folder), done["provenance"]

    return put


def _store(run):
    store = LabelStore(run.folder / "labels")
    return store, [np.array(a) for a in (store.ids, store.hard, store.probabilities)]


def _checkpoint(run, stage, step):
    prefix = str(Checkpoints(run.folder / stage / "checkpoints").folder(step) / "state")
    reader = tf.train.load_checkpoint(prefix)
    names = [name for name in reader.get_variable_to_shape_map() if "OBJECT_GRAPH" not in name]
    return {name: reader.get_tensor(name).tobytes() for name in sorted(names)}


def test_semi_supervised(finished, toy):
    run, provenance = finished()
    store, (ids, hard, probabilities) = _store(run)

    # Every training image has its label, found by its id.
    source = toy()
    train_ids, true = source.ids_and_true_labels("train")
    assert set(ids) == set(train_ids)
    rows = store.lookup(train_ids)
    np.testing.assert_array_equal(hard[rows], probabilities[rows].argmax(axis=1))
    np.testing.assert_allclose(probabilities.astype(float).sum(axis=1), 1, atol=2e-3)
    known = np.isin(train_ids, [b"image-%03d" % index for index in range(KNOWN)])
    assert provenance["accuracy_hidden"] == (hard[rows] == true)[~known].mean()
    assert provenance["accuracy_labelled"] == (hard[rows] == true)[known].mean()
    assert provenance["accuracy_hidden"] > 0.9  # the classes are easy to tell
    assert provenance["accuracy_test"] > 0.9
    counts = [provenance[f"{name}_count"] for name in ("hidden", "labelled", "test")]
    assert counts == [60, KNOWN, 30]

    # What it says of itself.
    assert provenance["dataset"] == {
        "name": "toy", "fingerprint": source.fingerprint, "split": "train"
    }  # fmt: skip
    assert provenance["method"] == "semi_supervised"
    assert provenance["class_names"] == ["0", "1", "2"]
    assert provenance["encoder_checkpoint"] == "label_inference/classifier/checkpoints/60"
    lines = (run.folder / "labelled_ids.txt").read_bytes()
    assert lines == b"".join(b"image-%03d\n" % index for index in range(KNOWN))
    assert provenance["labelled_ids_sha256"] == hashlib.sha256(lines).hexdigest()
    per_class = provenance["known_labels"]["labels_per_class"]
    assert per_class == np.bincount(true[known], minlength=3).tolist()
    pictures = {path.name for path in (run.folder / "pictures").iterdir()}
    assert pictures == {"confusion.png", "confidence.png", "extremes.png", "rotations.png"}


def test_hidden_labels_reach_nothing(finished, new_run):
    results = []
    permuted = new_run(folder="two", permute_hidden_of=KNOWN)
    for run, provenance in (finished("one"), (permuted, infer(permuted))):
        _, arrays = _store(run)
        weights = [_checkpoint(run, "encoder", 3), _checkpoint(run, "classifier", 60)]
        results.append((provenance, arrays, weights))
    (one, arrays, weights), (two, other_arrays, other_weights) = results
    assert one["accuracy_hidden"] > 0.9 and two["accuracy_hidden"] < 0.1  # they were permuted
    assert weights == other_weights
    for array, other in zip(arrays, other_arrays, strict=True):
        np.testing.assert_array_equal(array, other)
    different = {key for key in one if one[key] != two[key]}
    # The fingerprint and the settings name the data, whose hidden labels are others.
    assert different == {"accuracy_hidden", "accuracy_test", "dataset", "settings"} - (
        {"accuracy_test"} if one["accuracy_test"] == two["accuracy_test"] else set()
    )


class _Interrupted(loop.Interruption):
    """Says at its third look that a signal came: however many steps a call takes, before the end of
    the second stage.
    """

    looks = 0

    @property
    def received(self):
        self.looks += 1
        return signal.SIGTERM if self.looks >= 3 else None

    @received.setter
    def received(self, value):
        del value


def test_interrupted_runs_end_with_the_same_labels(finished, new_run, monkeypatch):
    whole, _ = finished("whole")
    run = new_run(folder="parts")
    monkeypatch.setattr(loop, "Interruption", _Interrupted)
    stops = 0
    for _ in range(40):
        try:
            infer(run)
            break
        except TrainingInterrupted:
            stops += 1
    assert stops >= 2
    for one, other in zip(_store(whole)[1], _store(run)[1], strict=True):
        np.testing.assert_array_equal(one, other)
    for stage, step in (("encoder", 3), ("classifier", 60)):
        assert _checkpoint(run, stage, step) == _checkpoint(whole, stage, step)


def test_what_is_done_is_not_done_again(finished, monkeypatch):
    run, first = finished()
    monkeypatch.setattr(
        "compare_gan.label_inference.inference.run_stage",
        lambda *unused: pytest.fail("nothing is left to train"),
    )
    with monkeypatch.context() as patch:
        patch.setattr(
            "compare_gan.label_inference.inference.trained_task",
            lambda *unused: pytest.fail("the labels are there"),
        )
        second = infer(run)
    assert json.loads(json.dumps(first)).items() <= second.items()

    # Without the store, only the images are labelled again; the encoder has done its part.
    for name in ("labels", "encoder"):
        (run.folder / name).rename(run.folder / f"gone-{name}")
    infer(run)
    assert not (run.folder / "encoder").exists()
    for name in ("ids.npy", "hard.npy", "probabilities.npy"):
        new, old = ((run.folder / f / name).read_bytes() for f in ("labels", "gone-labels"))
        assert new == old


def test_what_another_configuration_began_is_refused(finished, new_run):
    finished()
    for binding, place, difference in (
        ("pretraining.learning_rate = 0.5", "encoder", "pretraining.learning_rate: 0.03 -> 0.5"),
        ("classifier.label_weight = 2.0", "classifier", "classifier.label_weight: 1.0 -> 2.0"),
        ("classifier.align_classes = False", "classifier", "align_classes: true -> false"),
        ("weak_view.shift = 0.25", "encoder", "pretraining.view.shift: 0.0 -> 0.25"),
        ("label_inference.views = [@shifted_views]", "labels", r"views: \[\] -> \[\{"),
    ):
        run = new_run((*SEMI_SUPERVISED, binding))
        with pytest.raises(
            ConfigurationError, match=f"{place} was made with another .*{difference}"
        ):
            infer(run)
    with pytest.raises(ConfigurationError, match="encoder was made .*seed: 0 -> 1"):
        infer(new_run(seed=1))
    with pytest.raises(ConfigurationError, match="encoder was made .*data.fingerprint"):
        infer(new_run(train=80))
    infer(new_run((*SEMI_SUPERVISED, "label_inference.batch_size = 7")))  # only speed


def test_a_store_of_the_users_own_is_left_alone(finished):
    run, _ = finished()
    path = run.folder / "labels" / "provenance.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "settings": None}))
    with pytest.raises(ConfigurationError, match="was not made by --schedule=infer_labels"):
        infer(run)
    assert path.exists()


def test_a_stage_without_a_checkpoint_may_change(new_run):
    run = new_run((*SEMI_SUPERVISED, "pretraining.training_steps = 0", FEW_STEPS))
    (run.folder / "classifier").mkdir(parents=True)
    (run.folder / "classifier" / "stage.json").write_text('{"seed": 99}')
    infer(run)
    assert json.loads((run.folder / "classifier" / "stage.json").read_text())["seed"] == 0
    # From scratch: no encoder is trained before.
    assert not (run.folder / "encoder").exists()
    assert len(_store(run)[1][0]) == 90


def _images(run, split):
    (batch,) = run.data.known.evaluation_batches(split, run.data.known.num_examples(split))
    return to_unit_floats(batch["images"]).numpy()


def _shifts(images):
    """Each image shifted by a pixel to all sides, its edges repeated."""
    padded = np.pad(images, [(0, 0), (1, 1), (1, 1), (0, 0)], mode="edge")
    size = images.shape[1]
    return [padded[:, i : i + size, j : j + size] for i in range(3) for j in range(3)]


def _probabilities(run):
    """Those of the store, in the order of an evaluation."""
    store = LabelStore(run.folder / "labels")
    rows = store.lookup(run.data.known.ids_and_labels("train")[0])
    return np.array(store.probabilities[rows], np.float64)


def test_labels_are_means_over_views(finished, new_run):
    run, provenance = finished()
    alone = _probabilities(run)
    shutil.rmtree(run.folder / "labels")
    run = new_run((*SEMI_SUPERVISED, "label_inference.views = [@shifted_views]"))
    other = infer(run)
    network = trained_task(run.folder, plan(run).stages[-1]).average_network
    views = [network(view)["class"].numpy() for view in _shifts(_images(run, "train"))]
    expected = np.mean([scipy.special.softmax(view, axis=1) for view in views], axis=0)
    np.testing.assert_allclose(_probabilities(run), expected, atol=1e-3)
    assert np.abs(alone - expected).max() > 0.1
    assert other["settings"]["views"][0]["pixels"] == 1 and provenance["settings"]["views"] == []


def test_linear_on_features_of_an_encoder_and_of_views(new_run):
    bindings = (
        "label_inference.method = @linear_on_features",
        "label_inference.encoder = @toy_encoder",
        "pretraining.training_steps = 3",
        "pretraining.batch_size = 16",
    )
    found = []
    for views in ("[]", "[@shifted_views]"):
        run = new_run((*bindings, f"label_inference.views = {views}"))
        provenance = infer(run)
        found.append(_probabilities(run))
        (run.folder / "labels").rename(run.folder / f"labels of {views}")
    encoder = trained_task(run.folder, plan(run).stages[-1]).network.encoder
    images, labels = _images(run, "train"), run.known_labels
    features = encoder(images).numpy()
    scaler = sklearn.preprocessing.StandardScaler().fit(features)
    model = sklearn.linear_model.LogisticRegression(max_iter=2000)
    model.fit(scaler.transform(features)[labels >= 0], labels[labels >= 0])

    def expected(views):
        each = [model.predict_proba(scaler.transform(encoder(view).numpy())) for view in views]
        return np.mean(each, axis=0)

    np.testing.assert_allclose(found[0], expected([images]), atol=2e-3)
    np.testing.assert_allclose(found[1], expected(_shifts(images)), atol=2e-3)
    assert np.abs(found[0] - found[1]).max() > 0.05
    test = expected(_shifts(_images(run, "test"))).argmax(axis=1)
    right = (test == run.data.truth.ids_and_labels("test")[1]).mean()
    assert provenance["accuracy_test"] == pytest.approx(right)


def test_few_steps_are_enough_for_the_averaged_weights(new_run):
    bindings = [line for line in SEMI_SUPERVISED if "ema_decay" not in line]
    run = new_run((*bindings, "pretraining.training_steps = 0"))
    assert infer(run)["settings"]["stage"]["classifier"]["ema_decay"] == 0.999
    true = run.data.truth.ids_and_labels("train")[1]
    assert (_probabilities(run).argmax(axis=1) == true)[run.known_labels < 0].mean() > 0.9


def test_a_frozen_encoder_is_the_pre_trained_one(new_run):
    bindings = ("classifier.train_encoder = False", "classifier.rotation_weight = 0.0", FEW_STEPS)
    run = new_run((*SEMI_SUPERVISED, *bindings))
    infer(run)
    before, after = _checkpoint(run, "encoder", 3), _checkpoint(run, "classifier", 2)
    encoder = {name: value for name, value in before.items() if name.startswith("encoder/")}
    assert len(encoder) == 5  # a kernel, a gain, an offset and two moving averages
    for prefix in ("", "average_"):
        assert {name: after[f"{prefix}{name}"] for name in encoder} == encoder
    task = trained_task(run.folder, plan(run).stages[-1])
    (head,) = task.average_network.heads
    features = task.average_network.encoder(_images(run, "train")).numpy()
    logits = features @ head.kernel.numpy() + head.bias.numpy()
    np.testing.assert_allclose(
        _probabilities(run), scipy.special.softmax(logits, axis=1), atol=2e-3
    )
    assert (run.folder / "pictures" / "rotations.png").exists()  # by the pre-training's head


def test_a_damaged_encoder_is_told(finished):
    run, _ = finished()
    shutil.rmtree(run.folder / "labels")
    shutil.rmtree(run.folder / "classifier")
    checkpoints = run.folder / "encoder" / "checkpoints"
    shutil.copytree(checkpoints / "3", checkpoints / "2")  # as if there were an earlier one
    (data,) = (checkpoints / "3").glob("*.data-*")
    data.write_bytes(data.read_bytes()[:10])
    with pytest.raises(CheckpointError, match=f"step 3 is damaged.* Remove {checkpoints}/3 and"):
        infer(run)


def test_clustering(new_run):
    bindings = (
        "label_inference.method = @clustering",
        "label_inference.encoder = @toy_encoder",
        "pretraining.training_steps = 3",
        "clustering.num_clusters = 5",
    )
    run = new_run(bindings)
    assert not run.data.known.num_classes and (run.known_labels == -1).all()
    provenance = infer(run)
    store = LabelStore(run.folder / "labels")
    assert store.probabilities is None and store.num_classes == 5
    sizes = np.bincount(store.hard, minlength=5)
    assert provenance["cluster_sizes"] == sizes.tolist() and sizes.sum() == 90
    assert 1 / 3 < provenance["purity"] <= 1
    assert "known_labels" not in provenance and "labelled_ids_sha256" not in provenance
    assert not (run.folder / "labelled_ids.txt").exists()


@pytest.mark.parametrize(
    "bindings, words",
    [
        (("classifier.training_steps = 0",), "classifier.training_steps is missing"),
        (
            ("label_inference.views = [@rotated_views]",),
            "class_from_rotations = True",
        ),
        (
            (
                "classifier.train_encoder = False",
                "classifier.rotation_weight = 0.0",
                "pretraining.training_steps = 0",
            ),
            "set pretraining.training_steps",
        ),
        (
            ("label_inference.method = @clustering", "pretraining.training_steps = 0"),
            "works on features",
        ),
        (
            ("label_inference.method = @clustering", "clustering.num_clusters = 91"),
            "more than there are images, 90",
        ),
        (
            ("label_inference.method = @clustering", "clustering.batch_size = 0"),
            "clustering.batch_size must be a whole number from 1",
        ),
        (
            ("label_inference.method = @clustering", "label_inference.views = [@shifted_views]"),
            "leave label_inference.views out",
        ),
        (
            (
                "label_inference.method = @linear_on_features",
                "label_inference.views = @rotated_views",
            ),
            "says nothing about rotated ones",
        ),
        (
            (
                "label_inference.method = @linear_on_features",
                "linear_on_features.inverse_regularization = '1'",
            ),
            "must be a positive number, such as 1.0, received '1'",
        ),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_trained(new_run, bindings, words):
    run = new_run((*SEMI_SUPERVISED, *bindings))
    with pytest.raises(ConfigurationError, match=words):
        plan(run)
    assert not run.folder.exists()


@pytest.mark.parametrize(
    "bindings, words",
    [
        ((), "label_inference.method is missing"),
        (("label_inference.method = 'clustering'",), "method takes a reference"),
        (("label_inference.method = @toy_encoder",), "which is no method of label inference"),
        (
            ("label_inference.method = @clustering", "label_inference.batch_size = 0"),
            "batch_size must be a whole number",
        ),
        (
            ("label_inference.method = @clustering", "label_inference.features = 3"),
            "features takes a file's path",
        ),
        (
            ("label_inference.method = @clustering", "label_inference.views = 'rotations'"),
            r"views takes references such as \[@shifted_views\]",
        ),
    ],
)
def test_wrong_settings(bindings, words):
    gin.parse_config(bindings)
    with pytest.raises(ValueError, match=words):
        LabelInferenceSettings()

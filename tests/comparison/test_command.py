# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""`python -m compare_gan.evaluate` as a user runs it."""

import json

import gin
import numpy as np
import pytest
from PIL import Image

from compare_gan import comparison
from compare_gan.comparison import CompareFlags, command, report
from compare_gan.configuration import ConfigurationError
from compare_gan.data import load_digits
from compare_gan.metrics import frechet_distance
from compare_gan.metrics.backbones import Backbone, DigitsCNN


@gin.register("small")
class Small(Backbone):
    """Features of few dimensions, of images of any size."""

    def __init__(self):
        self.name, self.hash, self.feature_dim = "small", "5" * 64, 4
        self.input_size, self.channels, self.resize = (8, 8), 1, "pil_bicubic"

    def forward(self, images):
        return images[:, 2:4, 2:4, 0].reshape(len(images), 4), None


@gin.register("sideless")
class Sideless(Backbone):
    """Features that do not change when an image is mirrored."""

    def __init__(self):
        self.name, self.hash, self.feature_dim = "sideless", "6" * 64, 64

    def forward(self, images):
        return (images + images[:, :, ::-1]).reshape(len(images), 64), None


def _flags(**changes):
    return CompareFlags(
        **{
            "real": "dataset:digits",
            "fake": "dataset:digits@train",
            "metrics": ["fid", "prd", "per_class_fid"],
            "backbone": "digits_cnn",
            "num_samples": 300,
            "force": True,
        }
        | changes
    )


def test_table_json_pictures_and_statistics(tmp_path, capsys):
    kept = tmp_path / "statistics.npz"
    found = comparison.run(
        _flags(
            output=str(tmp_path),
            save_statistics=str(kept),
            gin_bindings=["prd.clusterings = 1"],
        )
    )
    written = json.loads((tmp_path / "comparison.json").read_text())
    assert written["values"] == found.values
    assert written["protocol"]["real"]["n"] == 300 and written["protocol"]["backbone_hash"]
    assert written["neighbors"] == {
        "searched": 300,
        "available": 537,
        "training_images": False,
        "nearest_in": "pixels",
    }
    text = capsys.readouterr().out
    assert f"fid_digits_cnn            {found.values['fid_digits_cnn']:.5g}" in text
    assert "real      digits, split test (537 images); 300 used" in text
    for name in ("neighbors", "precision_recall", "per_class"):
        with Image.open(tmp_path / f"{name}.png") as picture:
            assert len(np.unique(np.asarray(picture.convert("L")))) > 10
    with np.load(kept) as file:
        assert file["mu"].shape == (64,) and int(file["n"]) == 300
        assert str(file["resize"]) == "none" and file["input_size"].tolist() == [8, 8]
    # Statistics stand for the images they are of.
    again = comparison.run(_flags(real=str(kept), metrics=["fid"]))
    np.testing.assert_allclose(again.values["fid_digits_cnn"], found.values["fid_digits_cnn"])
    assert not again.warnings


def test_files_of_images_with_a_binding_for_a_metric(tmp_path, capsys):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, [200, 8, 8], np.uint8)
    for index, image in enumerate(images[:100]):
        Image.fromarray(image).save(tmp_path / f"{index:03d}.png")
    np.savez(tmp_path / "fakes.npz", images=images[100:])
    found = comparison.run(
        _flags(
            real=str(tmp_path),
            fake=str(tmp_path / "fakes.npz"),
            metrics=["fid", "kid"],
            num_samples=None,
            gin_bindings=["kid.estimator = 'all'"],
        )
    )
    backbone = DigitsCNN()
    features = [backbone(part[..., None] / 255.0)[0] for part in np.split(images, 2)]
    expected = frechet_distance(real=features[0], fake=features[1])
    np.testing.assert_allclose(found.values["fid_digits_cnn"], expected, rtol=1e-4)
    assert "200 images" not in capsys.readouterr().out.split("\n")[0]


def test_bootstrap_intervals():
    found = comparison.run(
        _flags(
            metrics=["fid", "kid", "bootstrap"],
            gin_bindings=["bootstrap.metrics = [@fid, @prdc]", "bootstrap.resamples = 5"],
        )
    )
    low, value, high = (
        found.values[name]
        for name in (
            "fid_bootstrap_low_digits_cnn",
            "fid_digits_cnn",
            "fid_bootstrap_high_digits_cnn",
        )
    )
    assert low < value < high
    assert found.values["recall_bootstrap_standard_error_digits_cnn"] > 0
    assert found.values["kid_standard_error_digits_cnn"] > 0


def test_backbone_with_its_settings_and_resize():
    found = comparison.run(
        _flags(
            metrics=["fid"],
            backbone="pixels",
            resize="tf1_bilinear",
            gin_bindings=["pixels.input_size = (4, 4)", "pixels.channels = 1"],
        )
    )
    sides = [load_digits(split)[0] / 255.0 for split in ("test", "train")]
    # Every other pixel of evenly spaced images, as TensorFlow 1 shrinks by whole numbers.
    features = [
        side[np.arange(300) * len(side) // 300][:, ::2, ::2].reshape(300, 16) for side in sides
    ]
    expected = frechet_distance(real=features[0], fake=features[1])
    np.testing.assert_allclose(found.values["fid_pixels"], expected, rtol=1e-4)
    assert found.protocol["resize"] == "tf1_bilinear"
    assert found.protocol["input_size"] == (4, 4)


def _write_classes(folder, counts, size=8):
    """Random images in a folder a class; gives them back in order."""
    rng = np.random.default_rng(sum(counts.values()) + size)
    written = {}
    for name, count in counts.items():
        (folder / name).mkdir(parents=True)
        written[name] = rng.integers(0, 256, [count, size, size], np.uint8)
        for index, image in enumerate(written[name]):
            Image.fromarray(image).save(folder / name / f"{index:03d}.png")
    return written


def test_pictures_of_sides_with_other_sizes_and_names_of_classes(tmp_path, monkeypatch, caplog):
    bars = {}
    monkeypatch.setattr(
        report,
        "class_bars",
        lambda values, name: bars.update(values) or np.zeros([2, 2, 3], np.uint8),
    )
    reals = _write_classes(tmp_path / "real", {"dog": 35, "cat": 40})
    fakes = _write_classes(tmp_path / "fake", {"dog": 45, "cat": 30}, size=9)
    found = comparison.run(
        _flags(
            real=str(tmp_path / "real"),
            fake=str(tmp_path / "fake"),
            metrics=["per_class_fid", "prd"],
            backbone="small",
            num_samples=None,
            output=str(tmp_path / "out"),
            gin_bindings=["prd.clusterings = 1"],
        )
    )
    backbone = Small()
    for name in ("cat", "dog"):
        features = [backbone(part[name][..., None] / 255.0)[0] for part in (reals, fakes)]
        expected = frechet_distance(real=features[0], fake=features[1])
        np.testing.assert_allclose(bars[name], expected, rtol=1e-4, err_msg=name)
    assert list(bars) == ["cat", "dog"]
    np.testing.assert_allclose(found.values["per_class_fid_small"], np.mean(list(bars.values())))
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"comparison.json", "precision_recall.png", "per_class.png"}
    assert "no picture of nearest neighbours: The real images are 8x8x1 and the" in caplog.text
    assert "small makes them alike" in found.warnings[0]


def test_copies_are_looked_for_among_training_images(tmp_path, caplog):
    """With a warning where they are others: of the metric, and of the picture."""
    for split, warned in (("test", True), ("train", False)):
        caplog.clear()
        found = comparison.run(
            _flags(
                real=f"dataset:digits@{split}",
                fake="dataset:digits@test",
                metrics=["authenticity"],
                output=str(tmp_path / split),
            )
        )
        told = [w for w in found.warnings if "authenticity looks for copies of training" in w]
        assert len(told) == len(found.warnings) == warned
        assert ("cannot show copies of training images" in caplog.text) == warned
        written = json.loads((tmp_path / split / "comparison.json").read_text())
        assert written["neighbors"]["training_images"] == (not warned)


def test_neighbours_in_features(tmp_path, monkeypatch):
    """A mirror of an image is far from it in pixels, but not in features that ignore sides."""
    rng = np.random.default_rng(0)
    reals = rng.integers(0, 256, [20, 8, 8, 1], np.uint8)
    np.save(tmp_path / "real.npy", reals)
    np.save(tmp_path / "fake.npy", reals[:8, :, ::-1])
    shown = []
    blank = np.zeros([2, 2, 3], np.uint8)
    monkeypatch.setattr(report, "image_grid", lambda images, columns: shown.append(images) or blank)
    for chosen in ("features", "pixels"):
        comparison.run(
            _flags(
                real=str(tmp_path / "real.npy"),
                fake=str(tmp_path / "fake.npy"),
                metrics=["ms_ssim"],
                backbone="sideless",
                num_samples=None,
                neighbors=chosen,
                output=str(tmp_path / chosen),
                gin_bindings=["ms_ssim.batch_size = 4", "ms_ssim.batches = 1"],
            )
        )
        images = shown.pop().reshape(8, 6, 8, 8, -1)[..., :1]
        found = np.abs(images[:, 1] - reals[:8] / 255.0).max(axis=(1, 2, 3)) < 1e-6
        assert found.all() == (chosen == "features")
        written = json.loads((tmp_path / chosen / "comparison.json").read_text())
        assert written["neighbors"]["nearest_in"] == (
            "sideless" if chosen == "features" else "pixels"
        )


def test_files_that_are_skipped_are_told_of(tmp_path, capsys):
    folder = tmp_path / "real"
    _write_classes(folder, {"": 20})
    for name in ("notes.txt", "list.csv"):
        (folder / name).write_text("no image")
    found = comparison.run(
        _flags(
            real=str(folder),
            fake="dataset:digits",
            metrics=["kid"],
            num_samples=20,
            gin_bindings=["kid.estimator = 'all'"],
            output=str(tmp_path / "out"),
        )
    )
    assert "(20 images, 2 other files skipped)" in capsys.readouterr().out
    assert found.warnings[0].startswith(f"2 files of {folder} were skipped, since they do not e")
    written = json.loads((tmp_path / "out" / "comparison.json").read_text())
    assert written["protocol"]["real"]["skipped_files"] == 2


def test_fewer_reals_than_neighbours(tmp_path, caplog):
    images = np.random.default_rng(0).integers(0, 256, [8, 8, 8, 1], np.uint8)
    np.save(tmp_path / "real.npy", images[:4])
    np.save(tmp_path / "fake.npy", images[4:])
    comparison.run(
        _flags(
            real=str(tmp_path / "real.npy"),
            fake=str(tmp_path / "fake.npy"),
            metrics=["prd"],
            num_samples=None,
            output=str(tmp_path / "out"),
            gin_bindings=["prd.clusters = 2", "prd.clusterings = 1"],
        )
    )
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"comparison.json", "precision_recall.png"}
    assert (
        "no picture of nearest neighbours: 5 nearest neighbors were asked for among 4"
        in caplog.text
    )


def test_the_table_is_printed_before_statistics_are_written(tmp_path, monkeypatch, capsys):
    def fail(*arguments):
        raise OSError("No space left")

    monkeypatch.setattr(report, "save_statistics", fail)
    with pytest.raises(OSError, match="No space left"):
        comparison.run(_flags(metrics=["fid"], save_statistics=str(tmp_path / "s.npz")))
    assert "fid_digits_cnn" in capsys.readouterr().out


def test_bindings_of_a_trainings_evaluation_are_said_to_have_no_effect(tmp_path):
    training = tmp_path / "training.gin"
    training.write_text("eval.num_samples = 100\neval.split = 'train'")
    found = comparison.run(
        _flags(
            metrics=["fid"],
            gin_config=[str(training)],
            gin_bindings=["eval.metrics = [@kid]"],
        )
    )
    assert list(found.values) == ["fid_digits_cnn"] and found.protocol["real"]["n"] == 300
    assert found.warnings == (
        "eval.metrics has no effect here: give --metrics",
        "eval.num_samples has no effect here: give --num_samples",
        "eval.split has no effect here",
    )


@pytest.mark.parametrize(
    "changes, words",
    [
        (
            {"real": "statistics.npz", "save_statistics": "s.npz"},
            "--real is a file of statistics alr",
        ),
        ({"save_statistics": "s.npy"}, "--save_statistics=s.npy must be the name of an .npz file"),
        ({"save_statistics": "full/s.npz"}, "--save_statistics: full cannot be a folder"),
        ({"output": "full"}, "--output: full cannot be a folder"),
    ],
)
def test_what_cannot_be_written_is_known_before_images_pass(changes, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "full").write_text("")
    np.savez("statistics.npz", mu=np.zeros(64), sigma=np.eye(64))
    monkeypatch.setattr(command, "compare", None)  # would be called for the images
    with pytest.raises(ConfigurationError, match=words):
        comparison.run(_flags(metrics=["fid"])._replace(**changes))


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"metrics": []}, "--metrics is empty: name some"),
        ({"metrics": [""]}, "--metrics is empty: name some"),
        ({"image_size": 0}, "--image_size=0 must be at least 1"),
        (
            {"real": "a.npy", "fake": "a.npy", "image_size": 8},
            "--image_size=8 has no effect, since",
        ),
        ({"step": 7}, "--step=7 has no effect, since neither side is the model_dir of a"),
        ({"seed": 5}, "--seed=5 has no effect, since neither side is the model_dir of a"),
        (
            {"real": "a.npy", "fake": "a.npy", "tfds_data_dir": "/data"},
            "--tfds_data_dir=/data has no effect, since neither side is a data set",
        ),
        ({"neighbors": "features"}, "--neighbors=features has no effect without --output"),
        ({"neighbors": "labels", "output": "o"}, "--neighbors=labels must be one of pixels, feat"),
        ({"force": False}, "per_class_fid of about 30 images in a class and 64 feature dimensions"),
        ({"truncation": 0.5}, "--truncation=0.5 has no effect, since neither side is the model_d"),
        ({"metrics": ["fidd"]}, "--metrics=fidd is not known; did you mean fid"),
        ({"backbone": "digits_cnm"}, "--backbone=digits_cnm is not known; did you mean digits_cnn"),
        (
            {"backbone": "keras"},
            "not known.* digits_cnn, inception_2015, keras_applications, keras_file, pixels, "
            "random_features, saved_model, sideless, small, trained_classifier, trained_encoder",
        ),
        ({"backbone": "pixels"}, "pixels.input_size is missing"),
        ({"backbone": "pixels", "resize": "area"}, "--resize must be one of none, tf1_bilinear"),
        ({"resize": "none"}, "--resize=none has no effect, since digits_cnn takes images as they"),
        ({"real": "/nowhere"}, "'/nowhere' is not there"),
        ({"num_samples": 600}, "--num_samples=600, but there are only 537 images"),
        ({"batch_size": 0}, "--batch_size=0 must be at least 1"),
        ({"metrics": ["kid"], "save_statistics": "s.npz"}, "--save_statistics needs fid"),
        ({"gin_bindings": ["kid.estimatr = 'all'"]}, "did you mean kid.estimator"),
        ({"metrics": ["fid", "fid"]}, "Two metrics of eval.metrics call a value 'fid'"),
    ],
)
def test_mistakes_are_told_in_one_line(changes, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("a.npy", np.zeros([300, 8, 8, 1], np.uint8))
    with pytest.raises(ConfigurationError, match=words) as error:
        comparison.run(_flags(**changes))
    assert "\n" not in str(error.value)

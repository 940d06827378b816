# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""`python -m compare_gan.evaluate` as a user runs it."""

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from compare_gan import comparison
from compare_gan.comparison import CompareFlags
from compare_gan.configuration import ConfigurationError
from compare_gan.metrics import frechet_distance
from compare_gan.metrics.backbones import DigitsCNN


def _flags(**changes):
    return CompareFlags(
        **{
            "real": "dataset:digits",
            "fake": "dataset:digits@train",
            "metrics": ["fid", "prd", "per_class_fid"],
            "backbone": "digits_cnn",
            "num_samples": 300,
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
    text = capsys.readouterr().out
    assert f"fid_digits_cnn            {found.values['fid_digits_cnn']:.5g}" in text
    assert "real      digits, split test (537 images); 300 used" in text
    for name in ("neighbors", "precision_recall", "per_class"):
        with Image.open(tmp_path / f"{name}.png") as picture:
            assert len(np.unique(np.asarray(picture.convert("L")))) > 10
    with np.load(kept) as file:
        assert file["mu"].shape == (64,) and int(file["n"]) == 300
    # Statistics stand for the images they are of.
    again = comparison.run(_flags(real=str(kept), metrics=["fid"]))
    np.testing.assert_allclose(again.values["fid_digits_cnn"], found.values["fid_digits_cnn"])


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
    assert "200" not in capsys.readouterr().out.split("\n")[0]


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"metrics": ["fidd"]}, "--metrics=fidd is not known; did you mean fid"),
        ({"backbone": "digits_cnm"}, "--backbone=digits_cnm is not known; did you mean digits_cnn"),
        ({"real": "/nowhere"}, "'/nowhere' is not there"),
        ({"num_samples": 600}, "--num_samples=600, but there are only 537 images"),
        ({"batch_size": 0}, "--batch_size=0 must be at least 1"),
        ({"metrics": ["kid"], "save_statistics": "s.npz"}, "--save_statistics needs fid"),
        ({"gin_bindings": ["kid.estimatr = 'all'"]}, "did you mean kid.estimator"),
        ({"metrics": ["fid", "fid"]}, "Two metrics of eval.metrics call a value 'fid'"),
    ],
)
def test_mistakes_are_told_in_one_line(changes, words):
    with pytest.raises(ConfigurationError, match=words) as error:
        comparison.run(_flags(**changes))
    assert "\n" not in str(error.value)


def test_the_command(tmp_path):
    def run(*arguments):
        command = [sys.executable, "-m", "compare_gan.evaluate", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    done = run(
        "--real=dataset:digits",
        "--fake=dataset:digits@train",
        "--backbone=digits_cnn",
        "--metrics=fid,inception_score",
    )
    assert done.returncode == 0, done.stderr
    assert "fid_digits_cnn" in done.stdout and "inception_score_digits_cnn" in done.stdout
    for arguments, words in (
        (["--real=dataset:digits"], "compare_gan: --fake is missing"),
        (["--real=a", "--fake=b", "--metrix=fid"], "metrix"),
    ):
        done = run(*arguments)
        assert done.returncode == 2 and words in done.stderr and "Traceback" not in done.stderr

# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Every configuration that is shipped: built small, trained for two steps, sampled."""

import pathlib
import re

import pytest

import compare_gan
from compare_gan import configuration, schedules
from compare_gan.metrics.backbones import TrainedClassifierBackbone
from compare_gan.schedules import RunFlags
from compare_gan.schedules.dry_run import describe
from compare_gan.schedules.run import build_dataset

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "configs"
CONFIGS = sorted(FOLDER.glob("*.gin"))
# Trained in the slow tier: networks that take long, or that the quick tier trains already.
SLOW = {
    "biggan_deep_imagenet128",
    "biggan_fashion_mnist",
    "biggan_folder64",
    "biggan_imagenet128",
    "dcgan_celeba64",
    "resnet_lsun-bedroom128",
    "self_modulation_cifar10",
    "ssgan_cifar10",
    "ssgan_imagenet128",
    "sndcgan_celebahq128",
    "sngan_stl10",
}
# A data set's file is the supervised method; every other method is one more file after it.
DATASETS = sorted((FOLDER / "few_labels").glob("*.gin"))
METHODS = sorted((FOLDER / "few_labels" / "methods").glob("*.gin"))
CLASSIFIERS = sorted((FOLDER / "few_labels" / "classifiers").glob("*.gin"))
COUNTED = [path for path in (*CONFIGS, *DATASETS) if "counted by --dry_run" in path.read_text()]
SMALL = {
    "options.batch_size": 8,
    "options.training_steps": 2,
    "eval.num_samples": 40,
    "eval.num_fake_sets": 1,
    "eval.standing_samples": 64,
}
# What only some configurations have a use for, by what they name.
SMALL_IF = {
    '"resnet_biggan_arch"': {
        "resnet_biggan.Generator.ch": 4,
        "resnet_biggan.Discriminator.ch": 4,
    },
    '"resnet_biggan_deep_arch"': {
        "resnet_biggan_deep.Generator.ch": 4,
        "resnet_biggan_deep.Discriminator.ch": 4,
    },
    '"resnet_cifar_arch"': {
        "resnet_cifar.Generator.ch": 4,
        "resnet_cifar.Discriminator.ch": 4,
    },
    "@SSGAN": {"SSGAN.rotated_batch_size": 8},
}
SMALL_STAGES = {
    "S3GAN.rotated_batch_fraction": 2,
    "small_resnet.width": 4,
    "pretraining.batch_size": 4,
    "pretraining.warmup_steps": 0,
    "classifier.warmup_steps": 0,
    "pretraining.training_steps": 2,
    "classifier.batch_size": 4,
    "classifier.labelled_batch_size": 4,
    "classifier.training_steps": 2,
}


def _small_bindings(text, more=None):
    """Of `SMALL` and `SMALL_IF`, what a configuration has a use for."""
    chosen = [values for name, values in SMALL_IF.items() if name in text]
    small = {
        name: value for values in (SMALL, *chosen, more or {}) for name, value in values.items()
    }
    return [f"{name} = {value}" for name, value in small.items()]


@pytest.fixture
def folder_of_images(tmp_path):
    """Where a configuration for one's own images finds some."""
    import numpy as np
    from PIL import Image

    rng = np.random.default_rng(0)
    for split, count in (("train", 30), ("test", 20)):
        for label in ("a", "b"):
            folder = tmp_path / "images" / split / label
            folder.mkdir(parents=True)
            for index in range(count):
                pixels = rng.integers(0, 256, [64, 64, 3]).astype(np.uint8)
                Image.fromarray(pixels).save(folder / f"{index}.png")
    return tmp_path / "images"


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.stem, marks=pytest.mark.slow if path.stem in SLOW else ())
        for path in CONFIGS
        if path.stem != "s3gan_digits"
    ],
)
def test_shipped_configuration(path, tmp_path, folder_of_images):
    text = path.read_text()
    bindings = _small_bindings(text)
    own_images = "folder:" in text
    if own_images:
        bindings.append(f'dataset.name = "folder:{folder_of_images}"')
    if "inception_2015" in text or "eval." not in text:
        bindings.append("eval.backbone = @random_features")  # Inception's file is not shipped
        bindings.append("eval.metrics = [@fid]")
    flags = RunFlags(tmp_path / "run", fake_dataset=not own_images)
    schedules.run("train", [str(path)], bindings, flags)
    images = compare_gan.load_generator(tmp_path / "run", standing_samples=64).sample(3)
    assert images.shape[0] == 3 and 0 <= images.min() <= images.max() <= 1


def _train_with_few_labels(paths, folder):
    """Infers labels if the configuration says so, and trains, both for two steps on fake images."""
    text = "".join(path.read_text() for path in paths)
    bindings = _small_bindings(text, SMALL_STAGES)
    bindings += ["eval.backbone = @random_features", "eval.metrics = [@fid]"]
    if any(path.stem == "imagenet128" for path in paths):
        bindings.append("resnet50_v2.width_factor = 1")
    flags = RunFlags(folder, fake_dataset=True)
    if "label_inference.method" in text:
        schedules.run("infer_labels", list(map(str, paths)), bindings, flags)
        assert (folder / "label_inference" / "labels" / "provenance.json").exists()
    schedules.run("train", list(map(str, paths)), bindings, flags)
    assert compare_gan.load_generator(folder, standing_samples=64).sample(3).shape[0] == 3


@pytest.mark.parametrize(
    "dataset, method",
    [
        ("digits", "supervised_few"),
        ("digits", "clustering_ss"),
        ("digits", "s3gan_co"),
    ],
)
def test_methods(dataset, method, tmp_path):
    """Those that have every part of the others; all of them are tried in the slow tier."""
    folder = FOLDER / "few_labels"
    paths = [folder / f"{dataset}.gin", folder / "methods" / f"{method}.gin"]
    _train_with_few_labels(paths, tmp_path / "run")


@pytest.mark.parametrize("path", CLASSIFIERS, ids=lambda path: path.stem)
def test_classifiers_that_score(path, tmp_path):
    """They are trained without a GAN, and the data set's file finds them in the header's folder."""
    bindings = ["small_resnet.width = 4", "classifier.labelled_batch_size = 4"]
    bindings += ["classifier.training_steps = 2"]
    flags = RunFlags(tmp_path / "run", fake_dataset=True)
    schedules.run("infer_labels", [str(path)], bindings, flags)
    (folder,) = re.findall(r"--model_dir=(\S+)", path.read_text())
    assert f'trained_classifier.model_dir = "{folder}"' in (path.parents[1] / path.name).read_text()
    backbone = TrainedClassifierBackbone(tmp_path / "run")
    assert backbone.name == "trained_classifier_fashion_mnist"


@pytest.mark.slow
@pytest.mark.parametrize("method", [None, *METHODS], ids=lambda path: path and path.stem)
@pytest.mark.parametrize("dataset", DATASETS, ids=lambda path: path.stem)
def test_every_method_on_every_data_set(dataset, method, tmp_path):
    _train_with_few_labels([dataset, method] if method else [dataset], tmp_path / "run")


@pytest.mark.parametrize(
    "path", [*CONFIGS, *DATASETS, *METHODS, *CLASSIFIERS], ids=lambda path: path.stem
)
def test_header_says_what_it_is(path):
    header = re.match(r"(#.*\n)+", path.read_text()).group()
    assert "Paper:" in header and "Command:" in header
    assert ("Scores:" in header or "Published:" in header) and "Hardware:" in header
    # A method's file takes the time of the data set's.
    assert "Time:" in header or "minutes" in header or "hour" in header or path in METHODS
    assert f"--gin_config=configs/{path.relative_to(FOLDER).as_posix()}" in header
    configuration.parse([str(path)])


@pytest.mark.slow
@pytest.mark.parametrize("path", COUNTED, ids=lambda path: path.stem)
def test_header_says_what_a_step_computes(path, tmp_path):
    header = re.match(r"(#.*\n)+", path.read_text()).group().replace("\n#", "")
    steps, said = re.search(r"Time: +([\d,]+) steps .* ([\d.]+) TFLOP each", header).groups()
    said_hours, rate, unit = re.search(
        r"([\d.]+) hours +where +([\d.]+) ([TP])FLOP/s", header
    ).groups()
    paths = [str(FOLDER.parent / name) for name in re.findall(r"--gin_config=(\S+)", header)]
    # Inferred labels would have to be there, and orthogonal weights take a minute to make.
    bindings = ["dataset.labels = @true_labels"] if len(paths) > 1 else []
    configuration.parse(paths, [*bindings, "weights.initializer = 'normal'"])
    described = describe(build_dataset(RunFlags(tmp_path, fake_dataset=True)), tmp_path)
    counted = float(re.search(r"(\S+) GFLOP", described)[1].replace(",", "")) / 1e3
    assert f"{counted:.{len(said.partition('.')[2])}f}" == said
    hours = int(steps.replace(",", "")) * counted / (float(rate) * {"T": 1, "P": 1e3}[unit]) / 3600
    assert float(f"{hours:.2g}") == float(said_hours)

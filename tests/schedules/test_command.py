# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What a user gets wrong: one clear line, and exit code 2."""

import os
import shutil
import subprocess
import sys

import gin
import numpy as np
import pytest
from PIL import Image

from compare_gan import schedules, training
from compare_gan.configuration import ConfigurationError
from compare_gan.metrics import Metric
from compare_gan.schedules import RunFlags, SampleFlags
from compare_gan.training import CheckpointError
from tests.schedules import processes


@pytest.mark.parametrize(
    ("binding", "message"),
    [
        ("options.bach_size = 8", "bach_size.*batch_size"),
        ("ModularGAM.g_lr = 1", "ModularGAM.*ModularGAN"),
        ("loss.fn = @hinj", "hinj.*hinge"),
        ('options.architecture = "resnet_bigan_arch"', "resnet_bigan_arch.*resnet_biggan_arch"),
        ('dataset.name = "digitz"', "digitz.*digits"),
        ('dataset.name = "folder:/no/such/folder"', "/no/such/folder"),
        ('dataset.name = "tfds:no_such_data_set"', "no_such_data_set"),
        (
            "options.batch_size = 0",
            "options.batch_size must be a whole number from 1, received 0",
        ),
        ("options.z_dim = 2.5", "options.z_dim must be a whole number from 1, received 2.5"),
        ("options.lamba = -1", r"options.lamba must be a number in \[0, inf\), received -1"),
        ("run_config.keep_checkpoint_max = 0", "run_config.keep_checkpoint_max.*from 1"),
        ("run_config.gradient_accumulation = 0", "run_config.gradient_accumulation.*from 1"),
        (
            "run_config.gradient_accumulation = 3",
            "options.batch_size=8 must be divisible by run_config.gradient_accumulation=3",
        ),
        ("ModularGAN.ema_decay = 1.5", "ModularGAN.ema_decay"),
        ("ModularGAN.g_lr = 'fast'", "ModularGAN.g_lr"),
        ('loss.fn = "hinge"', "loss.fn takes a reference such as @hinge"),
        ("loss.fn = @hinge()", "write @hinge, without"),
        ('penalty.fn = "wgangp_penalty"', "penalty.fn takes a reference"),
        ('options.gan_class = "ModularGAN"', "options.gan_class takes a reference"),
        (
            "options.gan_class = @hinge",
            "gan_class is called with .dataset, options.* @hinge",
        ),
        ('options.architecture = "hinge"', "architecture = 'hinge' must name a function that"),
        ("options.architecture = @resnet_cifar.Generator", "must name a function that"),
        ("ModularGAN.d_optimizer_fn = @hinge", "d_optimizer_fn take a function of learning_rate"),
        ("z.stddev = -2.0", "z.stddev must be a number in .0, inf., received -2.0"),
        ('z.distribution_fn = "normal"', "z.distribution_fn.* take a reference"),
        ('options.lamba = "1"', "options.lamba"),
        ("pictures.every_steps = -1", "pictures.every_steps"),
        ("eval.num_samples = 100000", "eval.num_samples=100000.*537 images"),
        ("eval.backbone = @inception_2015", "classify_image_graph_def.pb"),
        (processes.HIERARCHICAL, "z_dim"),
        (
            'options.architecture = "resnet_cifar_arch"\n'
            "resnet_cifar.Generator.attention_resolutions = (32,)",  # digits are 8 x 8
            "no block of this network leaves a map of height 32",
        ),
        (
            'options.architecture = "dcgan_arch"\nrun_config.rematerialize = True\n'
            "dcgan.Generator.ch = 1\ndcgan.Discriminator.ch = 1",
            "rematerialize = True .* generator and discriminator have none",
        ),
        ('spectral_norm.singular_value = "middle"', "spectral_norm.singular_value.*'left'"),
    ],
)
def test_configuration_errors(tiny, tmp_path, binding, message):
    bindings = [*tiny, *binding.split("\n")]
    with pytest.raises(ConfigurationError, match=f"(?s){message}") as caught:
        schedules.run("eval_after_train", [], bindings, RunFlags(tmp_path))
    assert len(str(caught.value).splitlines()) == 1
    assert not (tmp_path / "checkpoints").exists()


def test_dry_run_tells_what_the_networks_refuse_when_they_are_traced(tiny, tmp_path):
    bindings = [
        *tiny,
        'options.architecture = "dcgan_arch"',
        "dcgan.Generator.ch = 1",
        "dcgan.Discriminator.ch = 1",
        "D.batch_norm_fn = @instance_norm",
    ]
    with pytest.raises(ConfigurationError, match="^d_bn3: instance_norm normalizes each channel"):
        schedules.run("train", [], bindings, RunFlags(tmp_path, dry_run=True))


def test_unknown_schedule(tiny, tmp_path):
    with pytest.raises(ConfigurationError, match="--schedule=trian.*did you mean train"):
        schedules.run("trian", [], tiny, RunFlags(tmp_path))


def test_no_configuration(tmp_path):
    with pytest.raises(ConfigurationError, match="needs a configuration: give --gin_config"):
        schedules.run("train", [], [], RunFlags(tmp_path))


def test_sampling_from_nothing(tmp_path):
    with pytest.raises(ConfigurationError, match="nothing was trained there"):
        schedules.run("sample", [], [], RunFlags(tmp_path))


@pytest.fixture(scope="module")
def trained(tiny, tmp_path_factory):
    """The folder of a tiny run."""
    folder = tmp_path_factory.mktemp("trained")
    schedules.run("train", [], [*tiny, "options.training_steps = 1"], RunFlags(folder))
    return folder


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (SampleFlags(count=0), "--num_samples must be at least 1"),
        (SampleFlags(labels=["cat"]), "no class 'cat'"),
        (SampleFlags(labels=["10"]), "no class '10'"),
        (SampleFlags(step=5), "no checkpoint of step 5"),
        (SampleFlags(truncation=-1.0), "truncation must be a positive"),
    ],
)
def test_sampling_what_cannot_be_drawn(trained, asked, message):
    with pytest.raises(ConfigurationError, match=message):
        schedules.run("sample", [], [], RunFlags(trained, sample=asked))


def _truncate_weights(folder, step):
    (path,) = (folder / "checkpoints" / str(step)).glob("*.data-*")
    os.truncate(path, path.stat().st_size // 2)


@pytest.mark.parametrize("step", [None, 1])
def test_sampling_a_damaged_checkpoint_is_a_failure_and_no_wrong_usage(trained, tmp_path, step):
    folder = shutil.copytree(trained, tmp_path / "run")
    _truncate_weights(folder, 1)
    flags = RunFlags(folder, sample=SampleFlags(count=1, step=step))
    with pytest.raises(CheckpointError, match="step 1 is damaged"):
        schedules.run("sample", [], [], flags)
    assert not list(folder.glob("pictures/samples*"))


def test_sampling_a_damaged_checkpoint_ends_with_code_1(trained, tmp_path):
    folder = shutil.copytree(trained, tmp_path / "run")
    _truncate_weights(folder, 1)
    done = _main("--schedule=sample", f"--model_dir={folder}")
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    (message,) = [line for line in done.stderr.splitlines() if line.startswith("compare_gan: ")]
    assert "The checkpoint of step 1 is damaged" in message


def test_sampling_falls_back_to_a_whole_checkpoint(tiny, tmp_path, caplog):
    bindings = [*tiny, "options.training_steps = 2", "run_config.save_checkpoints_steps = 1"]
    schedules.run("train", [], bindings, RunFlags(tmp_path))
    _truncate_weights(tmp_path, 2)
    schedules.run("sample", [], [], RunFlags(tmp_path, sample=SampleFlags(count=1)))
    assert "The checkpoint of step 1 is used." in caplog.text
    assert (tmp_path / "pictures" / "samples-0000001-seed0.png").exists()


def _main(*arguments):
    command = [sys.executable, "-m", "compare_gan.main", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--gin_bindings=options.batch_size=1"], "--model_dir is missing"),
        (["--model_dir=x", "--no_such_flag"], "no_such_flag"),
        (["--model_dir=x", "train"], "unexpected argument 'train'"),
        (["--model_dir=x", "--step=bst"], "--step=bst: it must be a whole number or best"),
        (
            ["--model_dir=x", "--use_tpu", "--strategy=one"],
            "--use_tpu and --strategy=one contradict each other",
        ),
    ],
)
def test_wrong_flags_end_with_code_2(arguments, message):
    done = _main(*arguments)
    assert done.returncode == 2
    assert message in done.stderr and "Traceback" not in done.stderr


def test_configuration_error_ends_with_code_2(tmp_path):
    done = _main(f"--model_dir={tmp_path}", "--gin_bindings=options.bach_size=1")
    assert done.returncode == 2
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("compare_gan: ") and "batch_size" in last
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("schedule", ["train", "eval_after_train"])
def test_damaged_folder_ends_with_one_line(schedule, tiny, tmp_path):
    for index in range(20):
        folder = tmp_path / "images" / str(index % 2)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{index}.png").write_bytes(b"no image")
    bindings = [f'dataset.name = "folder:{tmp_path / "images"}"', "dataset.image_size = 8"]
    with pytest.raises(ConfigurationError, match="images"):
        schedules.run(schedule, [], [*tiny, *bindings], RunFlags(tmp_path / "run"))


def test_conditional_on_flat_folder(tiny, tmp_path):
    (tmp_path / "images").mkdir()
    rng = np.random.default_rng(0)
    for index in range(20):
        pixels = rng.integers(0, 256, [8, 8, 3]).astype(np.uint8)
        Image.fromarray(pixels).save(tmp_path / "images" / f"{index}.png")
    bindings = [f'dataset.name = "folder:{tmp_path / "images"}"']
    with pytest.raises(ConfigurationError, match="conditional=True needs classes"):
        schedules.run("train", [], [*tiny, *bindings], RunFlags(tmp_path / "run"))


NO_EFFECT = "These bindings had no effect"


def _unused(caplog):
    """The bindings that a training's warning lists; none without a warning."""
    warnings = [message for message in caplog.messages if message.startswith(NO_EFFECT)]
    assert len(warnings) <= 1
    return warnings[0].partition(": ")[2].rstrip(".").split(", ") if warnings else []


@gin.register(module="test_command")
class Sharpness(Metric):
    """A user's own metric, with a part of its own."""

    names = ("sharpness",)

    def __init__(self, filter_fn=None):
        self.filter_fn = filter_fn


@gin.register(module="test_command")
def own_filter(width=3):
    """A part of a user's own metric."""
    return width


@gin.configurable(module="test_command", allowlist=["margin"])
def own_loss(real_logits, fake_logits, margin=1.0):
    """A user's own loss, which the first step calls."""


@pytest.mark.parametrize(
    ("bindings", "unused"),
    [
        (["loss.fn = @own_loss", "own_loss.margin = 2.0"], []),
        (
            ["wgangp_penalty.interpolate_labels = False", "own_loss.margin = 2.0"],
            ["own_loss.margin", "wgangp_penalty.interpolate_labels"],
        ),
        (["inception_2015.path = 'x'"], []),  # the backbone where none is bound
        (["eval.backbone = @random_features", "random_features.seed = 3"], []),
        (["eval.backbone = @few/random_features", "few/random_features.seed = 3"], []),
        (
            [
                "eval.backbone = %BACKBONE",
                "BACKBONE = @random_features",
                "random_features.seed = 3",
            ],
            [],
        ),
        (["eval.metrics = [@Sharpness]", "Sharpness.filter_fn = @own_filter"], []),
        (["label_inference.encoder = @small_resnet", "small_resnet.width = 8"], []),
        (["weak_view.flip = True", "strong_view.flip = True"], []),  # the classifier's defaults
        (["label_inference.method = @clustering", "small_resnet.width = 8"], []),
        (["clustering.num_clusters = 3", "small_resnet.width = 8"], ["small_resnet.width"]),
        (
            [
                "eval.metrics = [@Sharpness]",
                "Sharpness.filter_fn = @own_filter",
                "own_filter.width = 5",
                "random_features.seed = 3",
                "hinge_unused/loss.fn = @hinge",
            ],
            ["hinge_unused/loss.fn", "random_features.seed"],
        ),
    ],
)
def test_training_warns_of_what_neither_it_nor_an_evaluation_will_use(
    tiny, tmp_path, caplog, monkeypatch, bindings, unused
):
    monkeypatch.setattr(training, "train", lambda *arguments: None)
    kept = [binding for binding in tiny if not binding.startswith("eval.")]
    more = ["continuous_eval.poll_seconds = 1", *bindings]
    schedules.run("train", [], [*kept, *more], RunFlags(tmp_path))
    assert _unused(caplog) == unused

# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Every binding of Compare GAN v3 has a fate, the documented one."""

import logging
import pathlib
import re

import gin
import pytest

from compare_gan.configuration import ConfigurationError, parse, register_parts, registry
from compare_gan.configuration.v3_bindings import RETIRED_BINDINGS, find_retired

DOCUMENT = pathlib.Path(__file__).parents[2] / "docs" / "v3_bindings.md"

# Everything that v3's gin could bind.
V3 = {
    "options": "batch_size gan_class architecture training_steps discriminator_normalization lamba"
    " disc_iters z_dim",
    "run_config": "tf_random_seed single_core iterations_per_loop save_checkpoints_steps"
    " keep_checkpoint_max",
    "dataset": "name seed",
    "replace_labels": "file_pattern",
    "train_imagenet_transform": "crop_method",
    "eval_imagenet_transform": "crop_method",
    "ModularGAN": "deprecated_split_disc_calls experimental_joint_gen_for_disc"
    " experimental_force_graph_unroll g_use_ema ema_decay ema_start_step g_optimizer_fn"
    " d_optimizer_fn g_lr d_lr conditional fit_label_distribution",
    "SSGAN": "self_supervision rotated_batch_size weight_rotation_loss_d weight_rotation_loss_g",
    "S3GAN": "self_supervision rotated_batch_fraction weight_rotation_loss_d"
    " weight_rotation_loss_g project_y use_predictor use_soft_pred weight_class_loss"
    " use_soft_labels",
    "z": "distribution_fn minval maxval stddev",
    "eval_z": "distribution_fn minval maxval stddev",
    "loss": "fn",
    "penalty": "fn",
    "G": "batch_norm_fn spectral_norm",
    "D": "batch_norm_fn layer_norm spectral_norm",
    "resnet_cifar.Generator": "hierarchical_z embed_z embed_y",
    "resnet_cifar.Discriminator": "project_y",
    "resnet_biggan.Generator": "ch blocks_with_attention hierarchical_z embed_z embed_y"
    " embed_y_dim embed_bias",
    "resnet_biggan.Discriminator": "ch blocks_with_attention project_y",
    "BigGanResNetBlock": "add_shortcut",
    "resnet_biggan_deep.Generator": "ch embed_y embed_y_dim experimental_fast_conv_to_rgb",
    "resnet_biggan_deep.Discriminator": "ch blocks_with_attention project_y",
    "weights": "initializer stddev",
    "standardize_batch": "decay epsilon use_moving_averages use_cross_replica_mean",
    "conditional_batch_norm": "use_bias",
    "self_modulated_batch_norm": "num_hidden",
    "spectral_norm": "epsilon singular_value",
    "cross_replica_moments": "parallel group_size",
    "tf.train.AdamOptimizer": "beta1 beta2 epsilon",
    "tf.train.MomentumOptimizer": "momentum use_nesterov",
    "tf.train.RMSPropOptimizer": "decay momentum epsilon centered",
}
V3_NAMES = [f"{part}.{name}" for part, names in V3.items() for name in names.split()]


def _documented_fates() -> dict[str, str]:
    rows = re.findall(r"^\| `([\w.]+)` \| ([^|]+) \|", DOCUMENT.read_text(), re.MULTILINE)
    assert len(rows) == len({name for name, _ in rows})
    return dict(rows)


FATES = _documented_fates()


@pytest.fixture(scope="module", autouse=True)
def registered_parts():
    gin.clear_config()
    register_parts()


def test_the_document_has_each_binding_of_v3_and_no_other():
    assert sorted(FATES) == sorted(V3_NAMES)
    assert set(FATES.values()) == {"kept", "accepted with a warning", "refused"}
    retired = {name for name, fate in FATES.items() if fate != "kept"}
    assert retired == set(RETIRED_BINDINGS)


@pytest.mark.parametrize("name", V3_NAMES)
def test_the_documented_fate_is_the_true_one(name, caplog):
    part, _, parameter = name.rpartition(".")
    fate = FATES[name]
    if fate == "kept":
        configurable = registry.find(part)
        assert configurable is not None
        assert registry.accepts(configurable, parameter)
        parse([], [f"{name} = None", f"some/scope/{name} = None"])
        return
    with caplog.at_level(logging.WARNING):
        if fate == "refused":
            for scope in ("", "some/scope/"):
                with pytest.raises(
                    ConfigurationError, match=f"{scope}{name} = 2 is refused"
                ) as caught:
                    parse([], [f"{scope}{name} = 2"])
                assert "\n" not in str(caught.value)
            assert not caplog.records
            parse([], [f"{name} = {RETIRED_BINDINGS[name].harmless_value}"])
        else:
            parse([], [f"{name} = 2", f"some/scope/{name} = 2"])
    assert len(caplog.records) == 1
    assert name in caplog.text
    assert gin.config_str() == ""  # Nothing of it is saved: a resumed run does not warn again.


def test_the_last_value_decides():
    name = "ModularGAN.deprecated_split_disc_calls"
    parse([], [f"{name} = True", f"{name} = False"])
    with pytest.raises(ConfigurationError, match="refused"):
        parse([], [f"{name} = False", f"{name} = True"])


def test_a_value_given_by_a_macro_is_looked_at():
    name = "ModularGAN.deprecated_split_disc_calls"
    parse([], [f"{name} = %SPLIT", "SPLIT = False"])
    with pytest.raises(ConfigurationError, match="= True is refused"):
        parse([], [f"{name} = %SPLIT", "SPLIT = True"])
    with pytest.raises(ConfigurationError, match="%SPLIT, which has no value"):
        parse([], [f"{name} = %SPLIT"])


def test_blocks_and_modules_in_the_name(tmp_path):
    path = tmp_path / "run.gin"
    path.write_text("options:\n  discriminator_normalization = 'none'\n")
    parse([str(path)])
    path.write_text("\ncross_replica_moments:\n  group_size = 4\n")
    with pytest.raises(
        ConfigurationError, match="run.gin, line 3: cross_replica_moments.group_size"
    ):
        parse([str(path)])
    assert find_retired("compare_gan.gans.modular_gan.ModularGAN", "deprecated_split_disc_calls")
    assert find_retired("NotModularGAN", "deprecated_split_disc_calls") is None


def test_one_warning_names_all_that_is_ignored(caplog):
    with caplog.at_level(logging.WARNING):
        parse([], ["weights.stddev = 0.1", "run_config.single_core = True"])
    assert len(caplog.records) == 1
    assert "weights.stddev" in caplog.text
    assert "run_config.single_core" in caplog.text


def _example(
    settings: tuple,
    norm: str,
    spectral_norm: tuple,
    loss: tuple,
    adam: tuple,
    z: str,
    extra: str = "",
) -> str:
    dataset, architecture, batch_size, lamba, training_steps, disc_iters = settings
    g_lr, d_lr, beta1, beta2 = adam
    return f"""
dataset.name = "{dataset}"
options.architecture = "{architecture}"
options.batch_size = {batch_size}
options.gan_class = @ModularGAN
options.lamba = {lamba}
options.training_steps = {training_steps}
options.disc_iters = {disc_iters}
weights.initializer = "normal"
G.batch_norm_fn = @{norm}
G.spectral_norm = {spectral_norm[0]}
D.spectral_norm = {spectral_norm[1]}
standardize_batch.decay = 0.9
standardize_batch.epsilon = 1e-5
loss.fn = @{loss[0]}
penalty.fn = @{loss[1]}
ModularGAN.g_lr = {g_lr}
ModularGAN.d_lr = {d_lr}
ModularGAN.g_optimizer_fn = @tf.train.AdamOptimizer
tf.train.AdamOptimizer.beta1 = {beta1}
tf.train.AdamOptimizer.beta2 = {beta2}
z.distribution_fn = @tf.random.{z}
eval_z.distribution_fn = @tf.random.{z}
{extra}"""


BIGGAN = """
options.z_dim = 120
weights.initializer = "orthogonal"
spectral_norm.singular_value = "auto"
standardize_batch.use_moving_averages = False
ModularGAN.conditional = True
ModularGAN.g_use_ema = True
resnet_biggan.Generator.hierarchical_z = True
resnet_biggan.Generator.embed_y = True
resnet_biggan.Discriminator.project_y = True
run_config.iterations_per_loop = 500
run_config.save_checkpoints_steps = 2500
"""
PLAIN = ("non_saturating", "no_penalty")
EXAMPLES = {
    "biggan_imagenet128": _example(
        ("imagenet_128", "resnet_biggan_arch", 2048, 1, 250000, 2),
        "conditional_batch_norm",
        (True, True),
        ("hinge", "no_penalty"),
        (1e-4, 5e-4, 0.0, 0.999),
        "normal",
        BIGGAN,
    ),
    "dcgan_celeba64": _example(
        ("celeb_a", "dcgan_arch", 64, 1, 100000, 1),
        "batch_norm",
        (False, False),
        PLAIN,
        (2e-4, 2e-4, 0.5, 0.999),
        "uniform",
    ),
    "resnet_cifar10": _example(
        ("cifar10", "resnet_cifar_arch", 64, 1, 40000, 5),
        "batch_norm",
        (False, True),
        PLAIN,
        (2e-4, 2e-4, 0.5, 0.999),
        "uniform",
    ),
    "resnet_lsun_bedroom128": _example(
        ("lsun-bedroom", "resnet5_arch", 64, 10, 40000, 5),
        "batch_norm",
        (False, False),
        ("wasserstein", "wgangp_penalty"),
        (1e-4, 1e-4, 0.5, 0.9),
        "uniform",
    ),
    "sndcgan_celebahq128": _example(
        ("celeb_a_hq_128", "sndcgan_arch", 64, 1, 100000, 1),
        "batch_norm",
        (False, True),
        PLAIN,
        (2e-4, 2e-4, 0.5, 0.999),
        "uniform",
    ),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_v3s_example_configurations_are_read_without_a_warning(name, tmp_path, caplog):
    (tmp_path / f"{name}.gin").write_text(EXAMPLES[name])
    with caplog.at_level(logging.WARNING):
        parse([str(tmp_path / f"{name}.gin")])
    assert not caplog.records
    assert gin.query_parameter("options.batch_size") == (2048 if "biggan" in name else 64)

# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Every binding of Compare GAN v3 has a fate, the documented one."""

import inspect
import logging
import pathlib
import re
from typing import Any

import gin
import pytest

from compare_gan.architectures import Architecture, resnet_cifar
from compare_gan.configuration import ConfigurationError, parse, register_parts, registry
from compare_gan.configuration.v3_bindings import (
    RETIRED_BINDINGS,
    RETIRED_REFERENCES,
    find_retired,
)
from compare_gan.data import known_datasets
from compare_gan.gans import SSGAN

DOCUMENT = pathlib.Path(__file__).parents[2] / "docs" / "v3_bindings.md"

# Everything that v3's gin could bind -> its default there; texts that begin with @ are references.
REQUIRED = "required"
GIVEN = "given by the program"  # so that what was bound never had an effect
V3 = {
    "options": dict(
        batch_size=REQUIRED,
        gan_class=REQUIRED,
        architecture=REQUIRED,
        training_steps=REQUIRED,
        discriminator_normalization=None,
        lamba=1,
        disc_iters=1,
        z_dim=128,
    ),
    "run_config": dict(
        tf_random_seed=None,
        single_core=False,
        iterations_per_loop=1000,
        save_checkpoints_steps=5000,
        keep_checkpoint_max=1000,
    ),
    "dataset": dict(name=REQUIRED, seed=547),
    "replace_labels": dict(file_pattern=None),
    "train_imagenet_transform": dict(crop_method="distorted"),
    "eval_imagenet_transform": dict(crop_method="middle"),
    "ModularGAN": dict(
        deprecated_split_disc_calls=False,
        experimental_joint_gen_for_disc=False,
        experimental_force_graph_unroll=False,
        g_use_ema=False,
        ema_decay=0.9999,
        ema_start_step=40000,
        g_optimizer_fn="@tf.train.AdamOptimizer",
        d_optimizer_fn=None,
        g_lr=0.0002,
        d_lr=None,
        conditional=False,
        fit_label_distribution=False,
    ),
    "SSGAN": dict(
        self_supervision="rotation_gan",
        rotated_batch_size=REQUIRED,
        weight_rotation_loss_d=1.0,
        weight_rotation_loss_g=0.2,
    ),
    "S3GAN": dict(
        self_supervision="rotation",
        rotated_batch_fraction=REQUIRED,
        weight_rotation_loss_d=1.0,
        weight_rotation_loss_g=0.2,
        project_y=False,
        use_predictor=False,
        use_soft_pred=False,
        weight_class_loss=1.0,
        use_soft_labels=False,
    ),
    "z": dict(distribution_fn="@tf.random.uniform", minval=-1, maxval=1, stddev=1),
    "eval_z": dict(distribution_fn="@tf.random.uniform", minval=-1, maxval=1, stddev=1),
    "loss": dict(fn="@non_saturating"),
    "penalty": dict(fn="@no_penalty"),
    "G": dict(batch_norm_fn=None, spectral_norm=False),
    "D": dict(batch_norm_fn=None, layer_norm=False, spectral_norm=False),
    "resnet_cifar.Generator": dict(hierarchical_z=False, embed_z=False, embed_y=False),
    "resnet_cifar.Discriminator": dict(project_y=False),
    "resnet_biggan.Generator": dict(
        ch=96,
        blocks_with_attention="B4",
        hierarchical_z=True,
        embed_z=False,
        embed_y=True,
        embed_y_dim=128,
        embed_bias=False,
    ),
    "resnet_biggan.Discriminator": dict(ch=96, blocks_with_attention="B1", project_y=True),
    "BigGanResNetBlock": dict(add_shortcut=True),
    "resnet_biggan_deep.Generator": dict(
        ch=128, embed_y=True, embed_y_dim=128, experimental_fast_conv_to_rgb=False
    ),
    "resnet_biggan_deep.Discriminator": dict(ch=128, blocks_with_attention="B1", project_y=True),
    "weights": dict(initializer="normal", stddev=GIVEN),
    "standardize_batch": dict(
        decay=0.999, epsilon=1e-3, use_moving_averages=True, use_cross_replica_mean=None
    ),
    "conditional_batch_norm": dict(use_bias=False),
    "self_modulated_batch_norm": dict(num_hidden=32),
    "spectral_norm": dict(epsilon=1e-12, singular_value="left"),
    "cross_replica_moments": dict(parallel=True, group_size=None),
    # TensorFlow 1's own.
    "tf.train.AdamOptimizer": dict(
        learning_rate=GIVEN, beta1=0.9, beta2=0.999, epsilon=1e-8, use_locking=False, name=GIVEN
    ),
    "tf.train.GradientDescentOptimizer": dict(learning_rate=GIVEN, use_locking=False, name=GIVEN),
    "tf.train.MomentumOptimizer": dict(
        learning_rate=GIVEN, momentum=REQUIRED, use_locking=False, name=GIVEN, use_nesterov=False
    ),
    "tf.train.RMSPropOptimizer": dict(
        learning_rate=GIVEN,
        decay=0.9,
        momentum=0.0,
        epsilon=1e-10,
        use_locking=False,
        centered=False,
        name=GIVEN,
    ),
    "tf.train.AdagradOptimizer": dict(
        learning_rate=GIVEN, initial_accumulator_value=0.1, use_locking=False, name=GIVEN
    ),
    "tf.train.AdadeltaOptimizer": dict(
        learning_rate=GIVEN, rho=0.95, epsilon=1e-8, use_locking=False, name=GIVEN
    ),
    "tf.train.FtrlOptimizer": dict(
        learning_rate=GIVEN,
        learning_rate_power=-0.5,
        initial_accumulator_value=0.1,
        l1_regularization_strength=0.0,
        l2_regularization_strength=0.0,
        use_locking=False,
        name=GIVEN,
        accum_name=None,
        linear_name=None,
        l2_shrinkage_regularization_strength=0.0,
    ),
    "tf.random.normal": dict(mean=0.0, stddev=GIVEN, seed=None, name=None),
    "tf.random.truncated_normal": dict(mean=0.0, stddev=GIVEN, seed=None, name=None),
    "tf.random.uniform": dict(minval=GIVEN, maxval=GIVEN, seed=None, name=None),
}
V3_NAMES = [f"{part}.{name}" for part, names in V3.items() for name in names]
# What happens without these is tested with the parts themselves: samples are drawn as in training,
# and attention is where the map has the size that it had in v3's networks.
NOT_BY_DEFAULT = {
    *(f"eval_z.{name}" for name in V3["eval_z"]),
    "resnet_biggan.Generator.blocks_with_attention",
    "resnet_biggan.Discriminator.blocks_with_attention",
}


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
    name = "tf.random.normal.mean"
    parse([], [f"{name} = 1.0", f"{name} = 0.0"])
    with pytest.raises(ConfigurationError, match="refused"):
        parse([], [f"{name} = 0.0", f"{name} = 1.0"])


def test_a_value_given_by_a_macro_is_looked_at():
    name = "tf.random.normal.mean"
    parse([], [f"{name} = %MEAN", "MEAN = 0.0"])
    with pytest.raises(ConfigurationError, match="= 1.0 is refused"):
        parse([], [f"{name} = %MEAN", "MEAN = 1.0"])
    with pytest.raises(ConfigurationError, match="%MEAN, which has no value"):
        parse([], [f"{name} = %MEAN"])


def test_blocks_and_modules_in_the_name(tmp_path):
    path = tmp_path / "run.gin"
    path.write_text("options:\n  discriminator_normalization = 'none'\n")
    parse([str(path)])
    path.write_text("\ntf.random.normal:\n  mean = 4\n")
    with pytest.raises(ConfigurationError, match="run.gin, line 3: tf.random.normal.mean"):
        parse([str(path)])
    name = "experimental_force_graph_unroll"
    assert find_retired("compare_gan.gans.modular_gan.ModularGAN", name)
    assert find_retired("NotModularGAN", name) is None


def test_one_warning_names_all_that_is_ignored(caplog):
    with caplog.at_level(logging.WARNING):
        parse([], ["weights.stddev = 0.1", "run_config.single_core = True"])
    assert len(caplog.records) == 1
    assert "weights.stddev" in caplog.text
    assert "run_config.single_core" in caplog.text


def _default(name: str) -> Any:
    """A binding's default today: the value, or `REQUIRED`."""
    part, _, parameter = name.rpartition(".")
    known, value = registry.has_default(registry.find(part).selector, parameter)
    # Some are missed when the part is made, in words of its own.
    required = not known or (value is None and V3[part][parameter] == REQUIRED)
    return REQUIRED if required else value


def _comparable_defaults() -> list[str]:
    kept = [name for name in V3_NAMES if FATES.get(name) == "kept" and name not in NOT_BY_DEFAULT]
    # What the program always gave had no default.
    return [name for name in kept if V3[name.rpartition(".")[0]][name.rpartition(".")[2]] != GIVEN]


@pytest.mark.parametrize("name", _comparable_defaults())
def test_defaults_are_v3s(name):
    part, _, parameter = name.rpartition(".")
    default = V3[part][parameter]
    if isinstance(default, str) and default.startswith("@"):
        function = registry.find(default[1:]).wrapped
        assert inspect.unwrap(_default(name)) is inspect.unwrap(function)
    else:
        assert _default(name) == default


def test_the_defaults_that_v3_saved_with_a_run_are_read(caplog):
    """Its operative configuration has all of them, also those of bindings that are gone."""
    saved = []
    for name in V3_NAMES:
        part, _, parameter = name.rpartition(".")
        default = V3[part][parameter]
        if default not in (REQUIRED, GIVEN):
            is_reference = isinstance(default, str) and default.startswith("@")
            saved.append(f"{name} = {default if is_reference else repr(default)}")
    with caplog.at_level(logging.WARNING):
        parse([], saved)
    (record,) = caplog.records
    retired = [name for name in RETIRED_BINDINGS if f"{name} = " in "\n".join(saved)]
    assert retired and all(name in record.getMessage() for name in retired)


# What a binding could be set to, other than a number, True, False or None.
CHOICES = {
    "options.gan_class": "@ModularGAN @SSGAN @S3GAN",
    "ModularGAN.g_optimizer_fn": "@tf.train.AdamOptimizer @tf.train.GradientDescentOptimizer"
    " @tf.train.MomentumOptimizer @tf.train.RMSPropOptimizer @tf.train.AdagradOptimizer"
    " @tf.train.AdadeltaOptimizer @tf.train.FtrlOptimizer",
    "z.distribution_fn": "@tf.random.uniform @tf.random.normal @tf.random.truncated_normal"
    " @tf.random_uniform @tf.random_normal",
    "loss.fn": "@non_saturating @wasserstein @least_squares @hinge @loss_lib.hinge",
    "penalty.fn": "@no_penalty @dragan_penalty @wgangp_penalty @l2_penalty"
    " @penalty_lib.l2_penalty @compare_gan.gans.penalty_lib.l2_penalty",
    "G.batch_norm_fn": "@no_batch_norm @batch_norm @conditional_batch_norm"
    " @self_modulated_batch_norm @arch_ops.batch_norm",
    "D.batch_norm_fn": "@no_batch_norm @batch_norm @conditional_batch_norm",
}
CHOSEN = [(name, choice) for name, choices in CHOICES.items() for choice in choices.split()]


@pytest.mark.parametrize(("name", "choice"), CHOSEN)
def test_references_of_v3_are_kept(name, choice, caplog):
    with caplog.at_level(logging.WARNING):
        parse([], [f"{name} = {choice}"])
    assert not caplog.records
    assert callable(gin.query_parameter(name).configurable.wrapped)


def test_data_sets_of_v3_are_kept():
    names = "celeb_a celeb_a_hq_128 cifar10 fashion-mnist lsun-bedroom mnist imagenet_64"
    names += " imagenet_128 imagenet_256 imagenet_512 imagenet_512_hq400 soft_labeled_imagenet_128"
    names += " single_class_imagenet_128 random_class_imagenet_128 labeled_only_imagenet_128"
    assert set(names.split()) <= set(known_datasets())


@pytest.mark.parametrize("name", RETIRED_REFERENCES)
def test_references_of_tensorflow_1_that_are_gone_say_what_to_use(name):
    binding = "z.distribution_fn" if "random" in name else "ModularGAN.g_optimizer_fn"
    for spelling in (name, name.removeprefix("tf."), f"some/scope/{name}"):
        with pytest.raises(ConfigurationError, match=re.escape(f"{binding} = @")) as caught:
            parse([], [f"{binding} = @{spelling}"])
        assert "did you mean" not in str(caught.value)
    with pytest.raises(ConfigurationError, match=re.escape(f"{name}.x: ")) as of_binding:
        parse([], [f"{name}.x = 1"])
    # What is recommended is there.
    recommended = re.findall(r"@([\w.]+\w)", str(of_binding.value))
    assert recommended and all(registry.find(other) for other in recommended)


HANDED_ON = [
    ("SSGAN.g_lr = 0.1", "ModularGAN.g_lr", 0.1, "options.gan_class = @SSGAN"),
    ("gans.s3gan.S3GAN.g_lr = 0.1", "ModularGAN.g_lr", 0.1, "options.gan_class = @S3GAN"),
    *(
        (f"{family}.{network}.spectral_norm = True", f"{network[0]}.spectral_norm", True, chosen)
        for family in ("resnet_cifar", "resnet_biggan", "resnet_biggan_deep")
        for network in ("Generator", "Discriminator")
        for chosen in [f"options.architecture = '{family}_arch'"]
    ),
    (
        "compare_gan.architectures.resnet_biggan.Discriminator.layer_norm = True",
        "D.layer_norm",
        True,
        "options.architecture = 'resnet_biggan_arch'",
    ),
]


@pytest.mark.parametrize(("binding", "meant", "value", "chosen"), HANDED_ON)
def test_what_a_class_handed_on_reaches_its_base(binding, meant, value, chosen, caplog):
    base = f"{meant} = None"
    for lines in ([binding, chosen], [chosen, base, binding], [binding, base, chosen]):
        parse([], [*lines, f"some/scope/{binding}"])
        assert gin.query_parameter(meant) == value
        assert gin.query_parameter(f"some/scope/{meant}") == value
    assert not caplog.records
    parse([], gin.config_str().splitlines())  # What is saved can be read again.
    assert gin.query_parameter(meant) == value


@pytest.mark.parametrize(("binding", "meant", "value", "chosen"), HANDED_ON)
def test_a_class_that_is_not_chosen_hands_nothing_on(binding, meant, value, chosen, caplog):
    del value
    name, _, choice = chosen.partition(" = ")
    warning = f"{name} is not {choice.strip('@').strip(chr(39))}"
    for others in (
        [],
        [f"{name} = @ModularGAN"],
        [f"{name} = 'dcgan_arch'"],
        [f"{name} = %OTHER", "OTHER = 'no_arch'"],
    ):
        caplog.clear()
        parse([], [binding, f"{meant} = 0", *others])
        assert gin.query_parameter(meant) == 0
        (record,) = caplog.records
        assert warning in record.getMessage()


def test_what_is_handed_on_may_be_a_macro_and_so_may_be_the_choice():
    lines = ["SSGAN.d_lr = %RATE", "RATE = 0.5", "options.gan_class = %GAN", "GAN = @SSGAN"]
    parse([], lines)
    assert gin.query_parameter("ModularGAN.d_lr").scoped_configurable_fn() == 0.5
    with pytest.raises(ConfigurationError, match="%RATE, which has no value"):
        parse([], [lines[0], *lines[2:]])


class Derived(SSGAN):
    """Of the user's own."""


def _makes_ssgan(dataset, options):
    return SSGAN(dataset, options)


def _own_arch():
    return Architecture(resnet_cifar.Generator, resnet_cifar.Discriminator)


gin.register(Derived, module="own")
gin.register(_makes_ssgan, module="own")
gin.register(_own_arch, module="own")


def test_a_class_derived_from_it_hands_on_too():
    parse([], ["SSGAN.g_lr = 0.5", "options.gan_class = @own.Derived"])
    assert gin.query_parameter("ModularGAN.g_lr") == 0.5


@pytest.mark.parametrize(
    ("binding", "choice"),
    [
        ("SSGAN.g_lr", "options.gan_class = @own._makes_ssgan"),
        ("resnet_cifar.Generator.spectral_norm", "options.architecture = @own._own_arch"),
        ("resnet_cifar.Generator.spectral_norm", "options.architecture = 'own._own_arch'"),
        # Read in no scope, while the class's own parameters are read in this one.
        ("a/resnet_cifar.Generator.spectral_norm", "options.architecture = @a/resnet_cifar_arch"),
        ("SSGAN.g_lr", "options.gan_class = %CIRCLE\nCIRCLE = %CIRCLE"),
    ],
)
def test_what_may_make_use_of_a_class_has_its_base_bound(binding, choice):
    scope, _, _ = binding.rpartition("/")
    base = "ModularGAN.g_lr" if "SSGAN" in binding else "G.spectral_norm"
    key = f"{scope}/{base}".lstrip("/")
    with pytest.raises(ConfigurationError, match=f"{binding}: whether .* bind {key} instead.$"):
        parse([], [f"{binding} = True", choice])


def test_a_class_goes_before_its_base_also_in_inner_scopes():
    """In v3 its argument was given, and what is given goes before what is bound anywhere."""
    lines = ["options.gan_class = @train/SSGAN", "SSGAN.g_lr = 2.0", "train/ModularGAN.g_lr = 1.0"]
    parse([], lines)
    with gin.config_scope("train"):
        assert gin.get_bindings("ModularGAN")["g_lr"] == 2.0
    parse([], [*lines, "train/SSGAN.g_lr = 3.0", "trainer/ModularGAN.d_lr = 4.0"])
    with gin.config_scope("train"):
        assert gin.get_bindings("ModularGAN") == {"g_lr": 3.0}
    with gin.config_scope("trainer"):
        assert gin.get_bindings("ModularGAN") == {"g_lr": 2.0, "d_lr": 4.0}


@pytest.mark.parametrize("name", ["SSGAN", "S3GAN", "gans.ssgan.SSGAN"])
def test_what_is_gone_of_a_base_is_ignored_at_the_class_too(name, caplog):
    parse([], [f"{name}.experimental_force_graph_unroll = True"])
    (record,) = caplog.records
    assert "ModularGAN.experimental_force_graph_unroll" in record.getMessage()


def test_what_is_handed_on_is_checked_as_at_the_base():
    chosen = "options.architecture = 'resnet_cifar_arch'"
    with pytest.raises(
        ConfigurationError,
        match="^gin bindings: resnet_cifar.Generator.spectral_norm, that is G.spectral_norm = 'yes'"
        " is text",
    ):
        parse([], ["resnet_cifar.Generator.spectral_norm = 'yes'", chosen])
    # G has no layer norm, nor had it in v3.
    with pytest.raises(ConfigurationError, match="did you mean D.layer_norm"):
        parse([], ["resnet_cifar.Generator.layer_norm = True", chosen])


@pytest.mark.parametrize(
    ("binding", "meant"),
    [
        ("SSGAN.g_lrr = 0.1", "ModularGAN.g_lr"),
        # v3 had no bindings of these classes.
        ("dcgan.Generator.batch_norm_fn = @batch_norm", "G.batch_norm_fn"),
        ("sndcgan.Discriminator.spectral_norm = True", "D.spectral_norm"),
    ],
)
def test_what_was_not_handed_on_says_where_it_is_bound(binding, meant):
    with pytest.raises(ConfigurationError, match=f"did you mean {meant}\\?$"):
        parse([], [binding])


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("arch_ops.weights.initializer", "weights.initializer"),
        ("compare_gan.architectures.arch_ops.weights.initializer", "weights.initializer"),
        ("abstract_arch.G.spectral_norm", "G.spectral_norm"),
        (
            "compare_gan.architectures.resnet_cifar.Generator.embed_z",
            "resnet_cifar.Generator.embed_z",
        ),
        ("modular_gan.ModularGAN.g_lr", "ModularGAN.g_lr"),
        ("gans.ssgan.SSGAN.rotated_batch_size", "SSGAN.rotated_batch_size"),
        ("datasets.dataset.seed", "dataset.seed"),
        ("AdamOptimizer.beta1", "tf.train.AdamOptimizer.beta1"),
    ],
)
def test_v3s_modules_may_stand_before_a_name(name, found):
    parse([], [f"{name} = 1", f"some/scope/{name} = 0"])
    assert gin.query_parameter(found) == 1
    assert gin.query_parameter(f"some/scope/{found}") == 0
    parse([], gin.config_str().splitlines())  # What is saved can be read again.
    assert gin.query_parameter(found) == 1


def test_v3s_modules_do_not_hide_a_misspelt_name():
    with pytest.raises(ConfigurationError, match="weights has no parameter 'initialiser'; did you"):
        parse([], ["arch_ops.weights.initialiser = 'normal'"])
    with pytest.raises(ConfigurationError, match="nothing is registered as 'loss_lib.hing'"):
        parse([], ["loss.fn = @loss_lib.hing"])


@pytest.mark.parametrize("name", ["AdamOptimizer.use_locking", "train.AdamOptimizer.use_locking"])
def test_a_retired_binding_may_be_shortened_as_gin_allows(name, caplog):
    with caplog.at_level(logging.WARNING):
        parse([], [f"{name} = False"])
    assert "AdamOptimizer.use_locking" in caplog.text


@pytest.mark.parametrize(
    "statement",
    [
        "import gin.tf",
        "import gin.tf.external_configurables",
        "from gin.tf import utils",
        "import compare_gan.gans.loss_lib",
        "import compare_gan.architectures.arch_ops",
        "import compare_gan.tpu.tpu_ops",
    ],
)
def test_modules_that_are_gone_need_not_be_imported(statement, tmp_path, caplog):
    (tmp_path / "run.gin").write_text(f"{statement}\noptions.batch_size = 3\n")
    with caplog.at_level(logging.WARNING):
        parse([str(tmp_path / "run.gin")], ["weights.stddev = 1.0"])
    (record,) = caplog.records
    assert statement in record.getMessage() and "weights.stddev" in record.getMessage()
    assert gin.query_parameter("options.batch_size") == 3

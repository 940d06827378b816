# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Numbers of trained parameters, as measured in Compare GAN v3.

Variables are created in a stateless scope that never gives them values, so that even the 512-pixel
networks cost milliseconds.
"""

import functools

import keras
import pytest

from compare_gan.architectures import (
    dcgan,
    infogan,
    resnet5,
    resnet30,
    resnet_biggan,
    resnet_biggan_deep,
    resnet_cifar,
    resnet_stl,
    sndcgan,
)
from compare_gan.normalizers import (
    BatchNorm,
    ConditionalBatchNorm,
    LayerNorm,
    SelfModulatedBatchNorm,
)

CONDITIONAL = ConditionalBatchNorm
SELF_MODULATED = SelfModulatedBatchNorm


@pytest.fixture(scope="module", autouse=True)
def forget_variables():
    """Keras keeps a list of variables without values, and gives them some in a later test."""
    yield
    keras.utils.clear_session()


def count(network_class, *arguments, **options):
    with keras.StatelessScope(initialize_variables=False):
        return network_class(*arguments, **options).trainable_parameter_count()


def rgb(size):
    return (size, size, 3)


def grey(size):
    return (size, size, 1)


DCGAN = [
    # image shape, G's options, D's options, G's parameters, D's parameters
    (grey(28), {"normalizer": BatchNorm}, {}, 4_568_961, 4_305_409),
    (grey(32), {"normalizer": BatchNorm}, {}, 4_568_961, 4_305_409),
    (rgb(32), {"normalizer": BatchNorm}, {}, 4_572_163, 4_308_609),
    (rgb(48), {"normalizer": BatchNorm}, {}, 4_902_403, 4_311_169),
    (rgb(64), {"normalizer": BatchNorm}, {}, 5_364_739, 4_314_753),
    (rgb(128), {"normalizer": BatchNorm}, {}, 8_535_043, 4_339_329),
    (rgb(256), {"normalizer": BatchNorm}, {}, 21_216_259, 4_437_633),
    (rgb(64), {}, {"spectral_norm": True}, 5_362_819, 4_314_753),
    (rgb(64), {"normalizer": SELF_MODULATED}, {"normalizer": BatchNorm}, 5_442_691, 4_316_545),
    (
        rgb(32),
        {"normalizer": CONDITIONAL, "num_classes": 10},
        {"spectral_norm": True, "num_classes": 10},
        4_589_443,
        4_308_609,
    ),
]


@pytest.mark.parametrize("image_shape, g_options, d_options, g_count, d_count", DCGAN)
def test_dcgan(image_shape, g_options, d_options, g_count, d_count):
    assert count(dcgan.Generator, image_shape, **g_options) == g_count
    assert count(dcgan.Discriminator, image_shape, **d_options) == d_count


PLAIN = {"normalizer": BatchNorm}
SPECTRAL = {"spectral_norm": True}
NO_HIDDEN = functools.partial(SelfModulatedBatchNorm, num_hidden=0)
WITH_BIAS = functools.partial(ConditionalBatchNorm, use_bias=True)
PROJECTION = {"num_classes": 10, "project_y": True}
CIFAR = {
    "32x32x1_example": (grey(32), PLAIN, SPECTRAL, 5_844_993, 1_478_529),
    "32x32x3_example": (rgb(32), PLAIN, SPECTRAL, 5_849_603, 1_483_137),
    "32_plain": (rgb(32), {}, {}, 5_846_019, 1_483_137),
    "32_Gsn_selfmod_Dsn": (
        rgb(32),
        {"normalizer": SELF_MODULATED, **SPECTRAL},
        SPECTRAL,
        5_993_187,
        1_483_137,
    ),
    "32_Gsn_selfmod_nohidden": (
        rgb(32),
        {"normalizer": NO_HIDDEN, **SPECTRAL},
        SPECTRAL,
        6_308_355,
        1_483_137,
    ),
    "32_cond10_cbn_projy": (
        rgb(32),
        {"normalizer": CONDITIONAL, "num_classes": 10},
        PROJECTION,
        5_881_859,
        1_484_417,
    ),
    "32_cond10_cbn_bias_projy": (
        rgb(32),
        {"normalizer": WITH_BIAS, "num_classes": 10},
        PROJECTION,
        5_885_443,
        1_484_417,
    ),
    "32_cond10_hier_embed_all": (
        rgb(32),
        {
            "normalizer": CONDITIONAL,
            "num_classes": 10,
            "hierarchical_z": True,
            "embed_z": True,
            "embed_y": True,
        },
        PROJECTION,
        6_027_779,
        1_484_417,
    ),
    "32_D-layernorm": (rgb(32), PLAIN, {"layer_norm": True}, 5_849_603, 1_484_935),
    "32_D-bn": (rgb(32), PLAIN, PLAIN, 5_849_603, 1_484_935),
}


@pytest.mark.parametrize(
    "image_shape, g_options, d_options, g_count, d_count", CIFAR.values(), ids=CIFAR
)
def test_resnet_cifar(image_shape, g_options, d_options, g_count, d_count):
    assert count(resnet_cifar.Generator, image_shape, **g_options) == g_count
    assert count(resnet_cifar.Discriminator, image_shape, **d_options) == d_count


INFOGAN = [
    # image shape, G's options, D's options, G's parameters, D's parameters
    (grey(28), PLAIN, {}, 6_707_777, 6_556_865),
    (grey(32), PLAIN, {}, 8_679_617, 8_522_945),
    (rgb(32), PLAIN, {}, 8_681_667, 8_524_993),
    (rgb(48), PLAIN, {}, 19_198_147, 19_010_753),
    (rgb(64), PLAIN, {}, 33_921_219, 33_690_817),
    (rgb(128), PLAIN, {}, 134_879_427, 134_354_113),
    (rgb(256), PLAIN, {}, 538_712_259, 537_007_297),
    # v3's generator had batch norm also where it was to have none, or another one: the settings
    # were "no norm", "self-modulated" and "conditional" here.
    (rgb(64), PLAIN, SPECTRAL, 33_921_219, 33_690_817),
    (rgb(64), PLAIN, PLAIN, 33_921_219, 33_693_121),
    (rgb(32), {**PLAIN, "num_classes": 10}, {**SPECTRAL, "num_classes": 10}, 8_681_667, 8_524_993),
]


@pytest.mark.parametrize("image_shape, g_options, d_options, g_count, d_count", INFOGAN)
def test_infogan(image_shape, g_options, d_options, g_count, d_count):
    assert count(infogan.Generator, image_shape, **g_options) == g_count
    assert count(infogan.Discriminator, image_shape, **d_options) == d_count


SNDCGAN = [
    # image shape, G's options, G's parameters, D's parameters
    (grey(28), PLAIN, 3_827_585, 5_859_713),
    (grey(32), PLAIN, 3_827_585, 5_859_713),
    (rgb(32), PLAIN, 3_828_739, 5_860_865),
    (rgb(48), PLAIN, 5_170_179, 5_871_105),
    (rgb(64), PLAIN, 7_048_195, 5_885_441),
    (rgb(128), PLAIN, 19_926_019, 5_983_745),
    (rgb(256), PLAIN, 71_437_315, 6_376_961),
    (rgb(64), {}, 6_981_763, 5_885_441),
]


@pytest.mark.parametrize("image_shape, g_options, g_count, d_count", SNDCGAN)
def test_sndcgan(image_shape, g_options, g_count, d_count):
    assert count(sndcgan.Generator, image_shape, **g_options) == g_count
    assert count(sndcgan.Discriminator, image_shape, **SPECTRAL) == d_count


SELF_MODULATED_SPECTRAL = {"normalizer": SELF_MODULATED, **SPECTRAL}
CONDITIONAL_SPECTRAL = {"normalizer": CONDITIONAL, "num_classes": 10, **SPECTRAL}
RESNETS = {
    # module, image shape, G's options, D's options, G's parameters, D's parameters
    "stl_48x48x1": (resnet_stl, grey(48), PLAIN, SPECTRAL, 6_253_185, 25_112_513),
    "stl_48x48x3": (resnet_stl, rgb(48), PLAIN, SPECTRAL, 6_254_339, 25_114_817),
    "stl_48_selfmod_Gsn_Dsn": (
        resnet_stl,
        rgb(48),
        SELF_MODULATED_SPECTRAL,
        SPECTRAL,
        6_373_347,
        25_114_817,
    ),
    "resnet5_32_example": (resnet5, rgb(32), PLAIN, {}, 13_786_115, 15_086_529),
    "resnet5_32_Dsn": (resnet5, rgb(32), PLAIN, SPECTRAL, 13_786_115, 15_086_529),
    "resnet5_64_example": (resnet5, rgb(64), PLAIN, {}, 13_786_115, 15_086_529),
    "resnet5_64_Dsn": (resnet5, rgb(64), PLAIN, SPECTRAL, 13_786_115, 15_086_529),
    "resnet5_128_example": (resnet5, rgb(128), PLAIN, {}, 13_786_115, 15_086_529),
    "resnet5_128_Dsn": (resnet5, rgb(128), PLAIN, SPECTRAL, 13_786_115, 15_086_529),
    "resnet5_128_D-layernorm": (
        resnet5,
        rgb(128),
        PLAIN,
        {"layer_norm": True},
        13_786_115,
        15_092_423,
    ),
    "resnet5_128_cond10_cbn_Gsn": (
        resnet5,
        rgb(128),
        CONDITIONAL_SPECTRAL,
        {"num_classes": 10},
        13_839_107,
        15_086_529,
    ),
    "resnet5_32x32x1": (resnet5, grey(32), PLAIN, {}, 13_784_961, 15_084_225),
    "resnet30_128": (resnet30, rgb(128), PLAIN, {}, 52_199_667, 53_486_449),
    "resnet30_128_Dsn": (resnet30, rgb(128), PLAIN, SPECTRAL, 52_199_667, 53_486_449),
}


@pytest.mark.parametrize(
    "module, image_shape, g_options, d_options, g_count, d_count", RESNETS.values(), ids=RESNETS
)
def test_resnets_of_one_block_after_another(
    module, image_shape, g_options, d_options, g_count, d_count
):
    assert count(module.Generator, image_shape, **g_options) == g_count
    assert count(module.Discriminator, image_shape, **d_options) == d_count


# (size, z_dim, G's block with attention, D's), with v3's recommendation for each size.
BIGGAN_SIZES = {
    32: (120, "B4", "B1"),
    64: (120, "B4", "B1"),
    128: (120, "B4", "B1"),
    256: (140, "B5", "B2"),
    512: (160, "B4", "B3"),
}


def test_resnet_biggan_without_shortcuts():
    """Less by the 1×1 convolutions with their biases: v3's blocks then had none at all."""
    widths = [1536, 1536, 768, 384, 192, 96]
    fewer = sum((inputs + 1) * outputs for inputs, outputs in zip(widths, widths[1:]))
    assert fewer == 3_928_992
    shared = {"num_classes": 1000, "normalizer": CONDITIONAL, "spectral_norm": True}
    found = count(resnet_biggan.Generator, rgb(128), 120, add_shortcut=False, **shared)
    assert found == 70_433_988 - fewer


BIGGAN = [
    # size, classes, G's parameters, D's parameters
    (32, 10, 9_339_395, 2_378_114),
    (32, 1000, 9_466_115, 2_568_194),
    (32, 0, 8_768_067, 2_376_194),
    (64, 10, 70_112_388, 86_231_618),
    (64, 1000, 70_239_108, 87_752_258),
    (64, 0, 68_426_756, 86_216_258),
    (128, 10, 70_307_268, 86_461_730),
    (128, 1000, 70_433_988, 87_982_370),
    (128, 0, 68_612_548, 86_446_370),
    (256, 10, 81_970_884, 97_114_658),
    (256, 1000, 82_097_604, 98_635_298),
    (256, 0, 79_924_228, 97_099_298),
    (512, 10, 82_341_348, 97_280_738),
    (512, 1000, 82_468_068, 98_801_378),
    (512, 0, 80_251_876, 97_265_378),
]


@pytest.mark.parametrize("size, classes, g_count, d_count", BIGGAN)
def test_resnet_biggan(size, classes, g_count, d_count):
    z_dim, g_attention, d_attention = BIGGAN_SIZES[size]
    shared = {"num_classes": classes, "spectral_norm": True, "initializer": "orthogonal"}
    generator = count(
        resnet_biggan.Generator,
        rgb(size),
        z_dim,
        normalizer=CONDITIONAL if classes else SELF_MODULATED,
        blocks_with_attention=g_attention,
        **shared,
    )
    discriminator = count(
        resnet_biggan.Discriminator, rgb(size), blocks_with_attention=d_attention, **shared
    )
    assert (generator, discriminator) == (g_count, d_count)


@pytest.mark.parametrize("spectral_norm", [None, {"singular_value": "left", "epsilon": 1e-12}])
def test_resnet_biggan_128_spectral_norm_does_not_count(spectral_norm):
    shared = {"num_classes": 1000, "spectral_norm": spectral_norm}
    generator = count(resnet_biggan.Generator, rgb(128), 120, normalizer=CONDITIONAL, **shared)
    assert generator == 70_433_988
    assert count(resnet_biggan.Discriminator, rgb(128), **shared) == 87_982_370


@pytest.mark.parametrize("center_gamma", [True, False])
def test_resnet_biggan_64_ch64_nohier_embedz(center_gamma):
    generator = count(
        resnet_biggan.Generator,
        rgb(64),
        128,
        num_classes=10,
        normalizer=ConditionalBatchNorm(center_gamma=center_gamma),
        ch=64,
        blocks_with_attention="B3",
        hierarchical_z=False,
        embed_z=True,
        embed_bias=True,
    )
    assert generator == 33_336_068
    discriminator = count(
        resnet_biggan.Discriminator, rgb(64), num_classes=10, ch=64, blocks_with_attention="B2"
    )
    assert discriminator == 38_394_242


def test_resnet_biggan_32_ch16_attention_inside():
    generator = count(
        resnet_biggan.Generator,
        rgb(32),
        120,
        num_classes=10,
        normalizer=CONDITIONAL,
        ch=16,
        blocks_with_attention="B2",
    )
    assert generator == 395_396
    discriminator = count(
        resnet_biggan.Discriminator, rgb(32), num_classes=10, ch=16, blocks_with_attention="B2"
    )
    assert discriminator == 67_394


BIGGAN_DEEP = [
    # size, classes, G's parameters, D's parameters
    (32, 10, 8_320_899, 758_593),
    (32, 1000, 8_447_619, 1_012_033),
    (32, 0, 4_589_315, 756_033),
    (64, 10, 49_457_156, 32_262_145),
    (64, 1000, 49_583_876, 34_289_665),
    (64, 0, 36_602_116, 32_241_665),
    (128, 10, 50_117_764, 32_562_690),
    (128, 1000, 50_244_484, 34_590_210),
    (128, 0, 36_896_132, 32_542_210),
    (256, 10, 55_609_988, 36_219_906),
    (256, 1000, 55_736_708, 38_247_426),
    (256, 0, 40_822_916, 36_199_426),
    (512, 10, 55_893_060, 36_273_602),
    (512, 1000, 56_019_780, 38_301_122),
    (512, 0, 40_939_204, 36_253_122),
]


@pytest.mark.parametrize("size, classes, g_count, d_count", BIGGAN_DEEP)
def test_resnet_biggan_deep(size, classes, g_count, d_count):
    normalizer = CONDITIONAL if classes else SELF_MODULATED
    shared = {"num_classes": classes, "spectral_norm": True, "initializer": "orthogonal"}
    generator = count(resnet_biggan_deep.Generator, rgb(size), 128, normalizer=normalizer, **shared)
    discriminator = count(resnet_biggan_deep.Discriminator, rgb(size), **shared)
    assert (generator, discriminator) == (g_count, d_count)


@pytest.mark.parametrize("fast, g_count", [(False, 50_244_484), (True, 50_388_609)])
def test_resnet_biggan_deep_128_without_spectral_norm(fast, g_count):
    generator = count(
        resnet_biggan_deep.Generator,
        rgb(128),
        128,
        num_classes=1000,
        normalizer=CONDITIONAL,
        experimental_fast_conv_to_rgb=fast,
    )
    assert generator == g_count
    discriminator = count(resnet_biggan_deep.Discriminator, rgb(128), num_classes=1000)
    assert discriminator == 34_590_210


def test_layer_norm_as_a_normalizer_counts_like_batch_norm():
    assert count(resnet_cifar.Discriminator, rgb(32), normalizer=LayerNorm) == 1_484_935

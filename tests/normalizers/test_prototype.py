# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""One setting becomes a prototype, which becomes many layers."""

import gin
import pytest

from compare_gan.layers import SpectralNorm
from compare_gan.normalizers import (
    BatchNorm,
    ConditionalBatchNorm,
    Prototype,
    StandardizeBatch,
)


def test_all_forms_give_the_same():
    layer = ConditionalBatchNorm(use_bias=True)
    prototype = Prototype.of(layer)
    forms = [
        prototype,
        prototype.describe(),
        lambda: ConditionalBatchNorm(use_bias=True, name=layer.name),
    ]
    for form in forms:
        assert Prototype.of(form) == prototype
    assert Prototype.of(ConditionalBatchNorm).layer_class is ConditionalBatchNorm
    assert Prototype.of(None) is None


def test_a_function_is_called_once():
    calls = []

    def make():
        calls.append(1)
        return BatchNorm()

    prototype = Prototype.of(make)
    prototype.make("first")
    prototype.make("second")
    assert calls == [1]


def test_sites_share_settings_but_not_variables():
    prototype = Prototype.of(BatchNorm(StandardizeBatch(decay=0.5)))
    first, second = prototype.make("bn1"), prototype.make("bn2", dtype="float64")
    assert first.name == "bn1"
    assert first.settings == second.settings == StandardizeBatch(decay=0.5)
    assert second.compute_dtype == "float64"
    first.build((None, 2))
    second.build((None, 2))
    assert first.gamma is not second.gamma


def test_overrides_reach_only_what_the_layer_has():
    settings = SpectralNorm("auto")
    conditional = Prototype.of(ConditionalBatchNorm).make("bn", spectral_norm=settings)
    assert conditional.spectral_norm == settings
    Prototype.of(BatchNorm).make("bn", spectral_norm=settings)


def test_gin_bindings_are_resolved_when_the_prototype_is_made():
    gin.parse_config("standardize_batch.epsilon = 1e-5\nself_modulated_batch_norm.num_hidden = 8")
    prototype = Prototype.of(gin.get_configurable("self_modulated_batch_norm"))
    gin.clear_config()
    layer = prototype.make("bn")
    assert layer.num_hidden == 8
    assert layer.settings.epsilon == 1e-5


def test_errors_are_explained():
    with pytest.raises(ValueError, match="must be a Keras layer.*@batch_norm"):
        Prototype.of("batch_norm")
    with pytest.raises(ValueError, match="must be a Keras layer"):
        Prototype.of(lambda: 3)
    # A loss, for one: a normalizer is made before there is anything to tell it.
    with pytest.raises(ValueError, match="being told anything; got .* D.batch_norm_fn = @batch"):
        Prototype.of(lambda real_logits, fake_logits: 3, "D.batch_norm_fn")

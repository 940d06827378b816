# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Which parts of a configuration a GAN is not built of: its steps or other stages use them."""

import gin

from compare_gan.architectures.resnet_encoder import SmallResNet
from compare_gan.configuration import registry
from compare_gan.configuration.bindings import TextBindings, reached, read_bindings
from compare_gan.data import FewLabels
from compare_gan.label_inference import LabelInferenceSettings
from compare_gan.metrics import EvaluationSettings

_INFERENCE = "compare_gan.label_inference"
_METRICS = "compare_gan.metrics"


def parts_that_may_be_used_later() -> set[str]:
    """The registered names of what a training that is about to begin has not called yet.

    What evaluation and label inference are configured with (metrics, backbone, classifier, encoder,
    and what they refer to): a training builds none of them, so it knows no more of their bindings
    than that they may be used. And what the parts that were called refer to, such as the loss:
    steps call it.
    """
    bindings = read_bindings(gin.config_str())
    roots = [_full_name(EvaluationSettings), *registry.registered_in(_INFERENCE)]
    called = {full_name for _, full_name in registry.used()}
    in_steps = reached(bindings, called) - called
    return in_steps | reached(bindings, [*roots, *_inference_defaults(bindings)])


def parts_beside_the_gan(*config_texts: str) -> list[str]:
    """The names of the parts that decide nothing of a GAN's training, in some configurations.

    Those of evaluation and label inference, and what only they refer to.
    """
    beside: set[str] = set()
    of_the_gan: set[str] = set()
    packages = [*registry.registered_in(_METRICS), *registry.registered_in(_INFERENCE)]
    for bindings in map(read_bindings, config_texts):
        parts = reached(bindings, [*packages, *_inference_defaults(bindings)])
        beside |= parts
        of_the_gan |= reached(bindings, {full_name for _, full_name, _ in bindings} - parts)
    return sorted(
        registry.short_name(part)
        for part in beside - of_the_gan
        if registry.is_registered(part) and not registry.is_macro(part)
    )


def inference_parts() -> list[str]:
    """The names of label inference's own parts, as a configuration writes them."""
    return [registry.short_name(name) for name in registry.registered_in(_INFERENCE)]


def _inference_defaults(bindings: TextBindings) -> list[str]:
    """What label inference takes where nothing is bound, if there is any."""
    method = bindings.get(("", _full_name(LabelInferenceSettings), "method"))
    return [] if method is None else [_full_name(FewLabels), _full_name(SmallResNet)]


def _full_name(part: type) -> str:
    return registry.find_function(part).selector

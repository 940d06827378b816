# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""THE list: a tiny instance of every part. A new part is one more line.

`Kind("name as gin knows it", "line of gin", …)`. What a part cannot do stands in `cannot`, with the
reason; what takes too long for the quick tier stands in `slow`. See `kinds` and `checks`.
"""

from compare_gan import layers
from tests.conformance.kinds import (
    Architecture,
    Augmentation,
    Auxiliary,
    Encoder,
    Layer,
    Loss,
    Normalizer,
    Part,
    Prior,
    Regularizer,
    Selection,
    View,
)

_EXAMPLE = "import tests.conformance.example_module"

_CHAOTIC = "50 layers, each normalized over 4 random images, make rounding large"
_AS_LINEAR = "of WeightNormLinear, and of the layer without it, it is quick"
_AS_ADA = {"xla": "4 s, for what ada is made of too"}
# Guesses are for a projection.
_PROJECTION = ", @label_projection()"
_OF_D = {"generator": "it is about what D learns"}
PARTS: list[Part] = [
    Loss("hinge"),
    Loss("least_squares"),
    Loss("non_saturating"),
    Loss("relativistic_average"),
    Loss("relativistic_average_hinge"),
    Loss("relativistic_paired"),
    Loss("wasserstein"),
    Regularizer("dragan_penalty"),
    Regularizer("l2_penalty"),
    Regularizer(
        "no_penalty",
        cannot={"second_derivative": "it is 0", "source": "nobody had to invent 0"},
    ),
    Regularizer("one_sided_penalty"),
    Regularizer("orthogonal_penalty"),
    Regularizer("r1_penalty"),
    Regularizer("r2_penalty"),
    Regularizer("wgangp_penalty"),
    Regularizer("zero_centered_penalty"),
    Normalizer("batch_norm"),
    Normalizer(
        "batch_norm",
        "standardize_batch.use_cross_replica_mean = False",
        label="of each replica",
        cannot={"replicas": "each replica has moments of its own, as asked for"},
        slow={"xla": "as of the other"},
    ),
    Normalizer("conditional_batch_norm"),
    Normalizer(
        "conditional_batch_norm",
        "standardize_batch.use_moving_averages = False",
        label="standing statistics",
        slow={"xla": "as of the other"},
    ),
    Normalizer("evonorm_s0", "evonorm_s0.groups = 2"),
    Normalizer("group_norm", "group_norm.groups = 2"),
    Normalizer("instance_norm"),
    Normalizer("layer_norm"),
    Normalizer(
        "no_batch_norm",
        cannot={"checkpoint": "no variables", "source": "nobody had to invent x"},
    ),
    Normalizer("self_modulated_batch_norm"),
    Layer("Conv2D", lambda: layers.Conv2D(3, spectral_norm=True), shape=(5, 4, 2)),
    Layer("Conv2D", lambda: layers.Conv2D(3, resample="up"), shape=(3, 4, 2), label="up"),
    Layer("Conv2D", lambda: layers.Conv2D(3, resample="down"), shape=(4, 5, 2), label="down"),
    Layer("Linear", lambda: layers.Linear(3, spectral_norm=True), shape=(5,)),
    Layer("NonLocalBlock", lambda: layers.NonLocalBlock(spectral_norm=True), shape=(4, 3, 8)),
    Layer("TransposedConv2D", lambda: layers.TransposedConv2D(3, 3), shape=(3, 4, 2)),
    Layer(
        "WeightNormConv2D",
        lambda: layers.WeightNormConv2D(3),
        shape=(4, 5, 2),
        slow=_AS_LINEAR,
    ),
    Layer("WeightNormLinear", lambda: layers.WeightNormLinear(3), shape=(5,)),
    Layer(
        "WeightNormTransposedConv2D",
        lambda: layers.WeightNormTransposedConv2D(3, 3),
        shape=(3, 4, 2),
        slow=_AS_LINEAR,
    ),
    Layer(
        "average_pool",
        lambda: layers.average_pool,
        shape=(4, 5, 2),
        cannot={"checkpoint": "a function"},
    ),
    Layer("unpool", lambda: layers.unpool, shape=(4, 5, 2), cannot={"checkpoint": "a function"}),
    # 17 is the smallest size whose smallest map is 2×2: of a 1×1 map, TensorFlow's kernels for CPUs
    # (oneDNN) leave the kernel's derivative in bfloat16 partly unwritten.
    Architecture(
        "dcgan_arch", "dcgan.Generator.ch = 2", "dcgan.Discriminator.ch = 2", shape=(17, 17, 1)
    ),
    Architecture(
        "infogan_arch",
        "infogan.Generator.ch = 2",
        "infogan.Discriminator.ch = 2",
        shape=(8, 8, 1),
    ),
    Architecture(
        "resnet5_arch",
        "resnet5.Generator.ch = 2",
        "resnet5.Discriminator.ch = 2",
        slow="ten blocks",
    ),
    Architecture(
        "resnet30_arch",
        "resnet30.Generator.ch = 2",
        "resnet30.Discriminator.ch = 2",
        slow="dozens of blocks",
    ),
    Architecture(
        "resnet_biggan_arch", "resnet_biggan.Generator.ch = 2", "resnet_biggan.Discriminator.ch = 2"
    ),
    Architecture(
        "resnet_biggan_deep_arch",
        "resnet_biggan_deep.Generator.ch = 4",
        "resnet_biggan_deep.Discriminator.ch = 4",
    ),
    Architecture(
        "resnet_cifar_arch",
        "resnet_cifar.Generator.ch = 1",
        "resnet_cifar.Discriminator.ch = 2",
        shape=(16, 16, 1),
    ),
    Architecture(
        "resnet_stl_arch",
        "resnet_stl.Generator.ch = 2",
        "resnet_stl.Discriminator.ch = 2",
        "resnet_stl.Generator.attention_resolutions = (8,)",
        "resnet_stl.Discriminator.attention_resolutions = (4,)",
    ),
    Architecture(
        "sndcgan_arch",
        "sndcgan.Generator.ch = 2",
        "sndcgan.Discriminator.ch = 2",
        "sndcgan.Generator.attention_resolutions = (4, 8)",
        "sndcgan.Discriminator.attention_resolutions = (8,)",
        shape=(16, 16, 1),
    ),
    Encoder("small_resnet", "small_resnet.width = 2", slow={"xla": "2 s"}),
    Encoder(
        "resnet50_v2",
        cannot={"bfloat16": _CHAOTIC, "xla": _CHAOTIC},
        slow=dict.fromkeys(
            ["checkpoint", "bfloat16", "graph", "xla", "replicas"],
            "23 million numbers, the fewest it can have",
        ),
    ),
    Auxiliary("consistency", cannot={"checkpoint": "it has no state"}, without_term=_OF_D),
    Auxiliary("d2d_ce", "d2d_ce.dimensions = 4", slow={}),
    Auxiliary("label_predictor", beside=_PROJECTION, without_term=_OF_D),
    Auxiliary(
        "label_projection",
        slow={},
        without_term=dict.fromkeys(["discriminator", "generator"], "it adds to D's logits"),
    ),
    # Of near neighbours G's term would be lost among the rest of G's loss.
    Auxiliary(
        "latent_consistency",
        "latent_consistency.stddev = 1.0",
        cannot={"checkpoint": "it has no state"},
    ),
    Auxiliary(
        "lecam",
        "lecam.start_update = 1",
        "lecam.decay = 0.5",
        # It has started, and most logits are on the sides of the averages that it punishes.
        state={"lecam_updates": 5.0, "lecam_real_average": 1.0, "lecam_fake_average": -1.0},
        without_term=_OF_D,
    ),
    Auxiliary("multi_hinge"),
    Auxiliary(
        "open_set_predictor",
        beside=_PROJECTION,
        guesses=True,
        without_term=_OF_D,
    ),
    Auxiliary("rotation", "rotation.rotated_images = 2", slow={}),
    Auxiliary(
        "rotation_label_augmentation",
        "rotation_label_augmentation.rotated_images = 2",
    ),
    Auxiliary("rotation_minimax", "rotation_minimax.rotated_images = 2"),
    Augmentation(
        "ada",
        "ada.interval = 1",
        "ada.probability = 0.5",
        "ada.policy = ('blit', 'geometric', 'color', 'noise', 'cutout')",
        shape=(8, 8, 3),
    ),
    Augmentation("diff_augment", shape=(8, 8, 3), cannot={"checkpoint": "it has no state"}),
    View("strong_view", "strong_view.flip = True", slow=_AS_ADA),
    View(
        "weak_view",
        "weak_view.flip = True",
        "weak_view.crop_area = (0.2, 1.0)",
        slow=_AS_ADA,
    ),
    Selection("top_k", "top_k.decay_steps = 1", "top_k.decay = 0.7"),
    Prior("latents.normal"),
    Prior("latents.truncated_normal"),
    Prior("latents.uniform"),
    # A user's module.
    Loss("logistic_with_margin", _EXAMPLE, "logistic_with_margin.margin = 0.5"),
    Normalizer("scale_norm", _EXAMPLE),
    Auxiliary("brightness", _EXAMPLE, without_term=_OF_D),
]

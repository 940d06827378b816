# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The data sets that Compare GAN has had names for since v3, as TFDS prepares them.

Sizes, splits, preprocessing and the number of examples in an evaluation are v3's.
"""

from collections.abc import Callable

import gin

from compare_gan.data.label_sources import LabelSource, RandomLabels, SingleLabel, soft_labels
from compare_gan.data.registry import DataSettings, register_dataset
from compare_gan.data.tfds_source import TfdsDescription, TfdsSource, fit_or_keep
from compare_gan.data.transforms import (
    CropOrPad,
    CropThenResize,
    eval_imagenet_transform,
    train_imagenet_transform,
)


def _register_small(name: str, builder: str, stored_shape: tuple[int, int, int]) -> None:
    """Registers a data set of 10 classes whose images are all of one small size."""

    @register_dataset(name)
    def small(
        settings: DataSettings,
        image_size: int | tuple[int, int] | None = None,
        channels: int | None = None,
        crop: str | None = None,
    ) -> TfdsSource:
        shape, transform = fit_or_keep(stored_shape, image_size, channels, crop, name)
        description = TfdsDescription(
            name=name,
            builder=builder,
            image_shape=shape,
            num_classes=10,
            splits={"train": "train", "test": "test"},
            train_transform=transform,
            eval_transform=transform,
            evaluation_limit=10_000,
        )
        return TfdsSource(description, settings)


_register_small("mnist", "mnist", (28, 28, 1))
_register_small("fashion-mnist", "fashion_mnist", (28, 28, 1))
_register_small("cifar10", "cifar10", (32, 32, 3))


@register_dataset("celeb_a")
def celeb_a(settings: DataSettings) -> TfdsSource:
    """CelebA, the middle 160 x 160 pixels at 64 x 64, without labels."""
    transform = CropThenResize(crop=160, size=64)
    description = TfdsDescription(
        name="celeb_a",
        builder="celeb_a",
        image_shape=(64, 64, 3),
        num_classes=0,
        splits={"train": "train", "test": "test"},
        train_transform=transform,
        eval_transform=transform,
        evaluation_limit=10_000,
    )
    return TfdsSource(description, settings)


@register_dataset("celeb_a_hq_128")
def celeb_a_hq_128(settings: DataSettings) -> TfdsSource:
    """CelebA-HQ at 128 x 128, without labels; v3 had a configuration for it but not the data set.

    TFDS has one split of 30,000 images. As in Kurach et al., "A Large-Scale Study on Regularization
    and Normalization in GANs" (ICML 2019), 3,000 of them are for evaluation.
    """
    description = TfdsDescription(
        name="celeb_a_hq_128",
        builder="celeb_a_hq/128",
        image_shape=(128, 128, 3),
        num_classes=0,
        splits={"train": "train[:90%]", "test": "train[90%:]"},
        evaluation_limit=3_000,
    )
    return TfdsSource(description, settings)


@register_dataset("lsun-bedroom")
def lsun_bedroom(settings: DataSettings) -> TfdsSource:
    """LSUN bedrooms, the middle 128 x 128 pixels (not resized), without labels."""
    transform = CropOrPad(128)
    description = TfdsDescription(
        name="lsun-bedroom",
        builder="lsun/bedroom",
        image_shape=(128, 128, 3),
        num_classes=0,
        splits={"train": "train[:99%]", "test": "train[99%:]"},
        train_transform=transform,
        eval_transform=transform,
        evaluation_limit=30_000,
    )
    return TfdsSource(description, settings)


def _register_imagenet(
    name: str,
    size: int,
    minimum_side: int = 0,
    default_labels: Callable[[], LabelSource] | None = None,
    only_labelled: bool = False,
) -> None:
    """Registers ImageNet at one resolution."""

    @register_dataset(name)
    def imagenet(settings: DataSettings) -> TfdsSource:
        description = TfdsDescription(
            name=name,
            builder="imagenet2012",
            image_shape=(size, size, 3),
            num_classes=1000,
            splits={"train": "train", "validation": "validation"},
            train_transform=train_imagenet_transform(size),
            eval_transform=eval_imagenet_transform(size),
            evaluation_limit=50_000,
            minimum_side=minimum_side,
            default_labels=default_labels,
            only_labelled=only_labelled,
        )
        return TfdsSource(description, settings)


def _random_classes() -> LabelSource:
    return gin.get_configurable(RandomLabels)(num_classes=1000, redraw=True)


for _size in (64, 128, 256, 512):
    _register_imagenet(f"imagenet_{_size}", _size)
# Only images of which not too much is made up when they are enlarged to 512 pixels.
_register_imagenet("imagenet_512_hq400", 512, minimum_side=400)
_register_imagenet("single_class_imagenet_128", 128, default_labels=SingleLabel)
_register_imagenet("random_class_imagenet_128", 128, default_labels=_random_classes)
_register_imagenet("soft_labeled_imagenet_128", 128, default_labels=soft_labels)
_register_imagenet("labeled_only_imagenet_128", 128, only_labelled=True)

# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""An empty cache for each test, and small TFDS data sets prepared without a network."""

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def empty_cache(tmp_path, monkeypatch):
    """No test reads what another, or a real run, has left in the cache."""
    monkeypatch.setenv("COMPARE_GAN_CACHE", str(tmp_path / "cache"))


def drawn_image(index: int, height: int, width: int, channels: int = 3) -> np.ndarray:
    """A smooth image that differs from those of other indices, so that JPEG keeps it roughly."""
    rows = np.linspace(0, 255, height)[:, None, None]
    columns = np.linspace(0, 255, width)[None, :, None]
    shift = np.array([0, 50, 100])[:channels]
    return ((rows + columns + shift + 37 * index) / 2 % 256).astype(np.uint8)


@pytest.fixture(scope="session")
def prepared_dir(tmp_path_factory) -> str:
    """A TFDS data directory with `cifar10`, `celeb_a`, `imagenet2012` and `photos`, all tiny."""
    import tensorflow_datasets as tfds

    class Builder(tfds.core.GeneratorBasedBuilder, skip_registration=True):
        VERSION = tfds.core.Version("1.0.0")
        pkg_dir_path = tmp_path_factory.mktemp("code")

        def _split_generators(self, dl_manager):
            return {split: self._generate_examples(split, n) for split, n in self.sizes.items()}

    class Cifar10(Builder):
        sizes = {"train": 40, "test": 12}

        def _info(self):
            return self.dataset_info_from_configs(
                features=tfds.features.FeaturesDict(
                    {
                        "id": tfds.features.Text(),
                        "image": tfds.features.Image(shape=(32, 32, 3)),
                        "label": tfds.features.ClassLabel(num_classes=10),
                    }
                )
            )

        def _generate_examples(self, split, n):
            for index in range(n):
                image = drawn_image(index, 32, 32)
                yield index, {"id": f"{split}_{index}", "image": image, "label": index % 10}

    class CelebA(Builder):
        sizes = {"train": 6, "test": 4}

        def _info(self):
            return self.dataset_info_from_configs(
                features=tfds.features.FeaturesDict(
                    {
                        "image": tfds.features.Image(shape=(218, 178, 3), encoding_format="jpeg"),
                        "attributes": {"Smiling": np.bool_},
                    }
                )
            )

        def _generate_examples(self, split, n):
            for index in range(n):
                image = drawn_image(index, 218, 178)
                yield index, {"image": image, "attributes": {"Smiling": True}}

    class Imagenet2012(Builder):
        sizes = {"train": 30, "validation": 7}

        def _info(self):
            return self.dataset_info_from_configs(
                features=tfds.features.FeaturesDict(
                    {
                        "image": tfds.features.Image(encoding_format="jpeg"),
                        "label": tfds.features.ClassLabel(num_classes=1000),
                        "file_name": tfds.features.Text(),
                    }
                )
            )

        def _generate_examples(self, split, n):
            for index in range(n):
                # A third of them has a side below 400 pixels.
                height, width = (401 + index, 500) if index % 3 else (500, 300 + index)
                example = {
                    "image": drawn_image(index, height, width),
                    "label": index,
                    "file_name": f"{split}_{index}.JPEG",
                }
                yield index, example

    class Photos(Builder):
        """One split, images of different sizes, no id, a label with another name."""

        sizes = {"train": 50}

        def _info(self):
            return self.dataset_info_from_configs(
                features=tfds.features.FeaturesDict(
                    {
                        "picture": tfds.features.Image(),
                        "kind": tfds.features.ClassLabel(names=["cat", "dog"]),
                    }
                )
            )

        def _generate_examples(self, split, n):
            for index in range(n):
                image = drawn_image(index, 20 + index % 3, 24)
                yield index, {"picture": image, "kind": index % 2}

    data_dir = str(tmp_path_factory.mktemp("tfds"))
    for name, builder in (
        ("cifar10", Cifar10),
        ("celeb_a", CelebA),
        ("imagenet2012", Imagenet2012),
        ("photos", Photos),
    ):
        builder.name = name
        builder(data_dir=data_dir).download_and_prepare(
            download_config=tfds.download.DownloadConfig(try_download_gcs=False, num_shards=3)
        )
    return data_dir


@pytest.fixture
def prepare(tmp_path):
    """Gives `prepare(name, features, examples)`, which has TFDS prepare a data set of one split."""
    import tensorflow_datasets as tfds

    code = tmp_path / "code"
    code.mkdir()

    def prepare_one(name, features, examples) -> str:
        class Builder(tfds.core.GeneratorBasedBuilder, skip_registration=True):
            VERSION = tfds.core.Version("1.0.0")
            pkg_dir_path = code

            def _info(self):
                return self.dataset_info_from_configs(features=tfds.features.FeaturesDict(features))

            def _split_generators(self, dl_manager):
                return {"train": self._generate_examples()}

            def _generate_examples(self):
                yield from enumerate(examples)

        Builder.name = name
        data_dir = str(tmp_path / "tfds")
        Builder(data_dir=data_dir).download_and_prepare(
            download_config=tfds.download.DownloadConfig(try_download_gcs=False)
        )
        return data_dir

    return prepare_one

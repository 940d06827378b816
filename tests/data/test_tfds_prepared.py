# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Finding and describing what TFDS has prepared."""

import pathlib
import shutil

import pytest

from compare_gan.data import dataset_shape, get_dataset
from compare_gan.data.tfds_prepared import locate


def test_a_path_instead_of_a_name(prepared_dir):
    by_name = get_dataset("tfds:cifar10", tfds_data_dir=prepared_dir)
    path = pathlib.Path(prepared_dir, "cifar10", "1.0.0")
    for location in (path, path.parent):
        by_path = get_dataset(f"tfds:{location}")
        assert by_path.fingerprint == by_name.fingerprint
        assert by_path.num_examples("train") == 40
    assert get_dataset("tfds:cifar10:1.*.*", tfds_data_dir=prepared_dir).num_examples("test") == 12
    shape = dataset_shape("tfds:cifar10", tfds_data_dir=prepared_dir)
    assert shape == ((32, 32, 3), 10)


def test_versions_and_configurations(prepared_dir, tmp_path):
    source = pathlib.Path(prepared_dir, "cifar10", "1.0.0")
    for version in ("1.0.0", "1.10.0", "1.9.0"):
        shutil.copytree(source, tmp_path / "sets" / "plain" / version)
    assert locate("sets/plain", str(tmp_path)).endswith("1.10.0")
    assert locate("sets/plain:1.9.*", str(tmp_path)).endswith("1.9.0")
    with pytest.raises(ValueError, match="not prepared"):
        locate("sets/plain:2.0.0", str(tmp_path))
    assert locate("sets", str(tmp_path)).endswith("plain/1.10.0")
    shutil.copytree(source, tmp_path / "sets" / "other" / "1.0.0")
    with pytest.raises(ValueError, match="choose one as sets/other, sets/plain"):
        locate("sets", str(tmp_path))


def test_what_is_not_prepared_is_explained(prepared_dir, tmp_path):
    with pytest.raises(ValueError, match=f"looked for in {tmp_path}.*--tfds_data_dir.*tfds build"):
        get_dataset("cifar10", tfds_data_dir=str(tmp_path))
    with pytest.raises(ValueError, match="Did you mean 'cifar10', which is there"):
        get_dataset("tfds:cifar_10", tfds_data_dir=prepared_dir)
    with pytest.raises(ValueError, match="no dataset_info.json"):
        get_dataset(f"tfds:{tmp_path}")
    with pytest.raises(ValueError, match="label features .* are: label"):
        get_dataset("tfds:cifar10", tfds_data_dir=prepared_dir, label_key="coarse")
    with pytest.raises(ValueError, match="no split 'dev': it has test, train"):
        get_dataset("tfds:cifar10", tfds_data_dir=prepared_dir, train_split="dev")

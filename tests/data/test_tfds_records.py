# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Records, their ids and labels, without the images."""

import pytest

from compare_gan.data import get_dataset
from compare_gan.data.tfds_examples import RecordExamples
from compare_gan.data.tfds_records import Records
from tests.data.tfds_reading import copy_prepared, evaluated, read_by_tfds, rewrite_records, trained


@pytest.mark.parametrize("memory_limit", [2**30, 10])
def test_own_ids_that_are_not_distinct_are_not_used(prepared_dir, tmp_path, memory_limit):
    data_dir, shards = copy_prepared(prepared_dir, tmp_path, "cifar10")
    for shard in shards:
        rewrite_records(
            shard, lambda number, features: features["id"].bytes_list.value.__setitem__(0, b"x")
        )
    dataset = get_dataset("tfds:cifar10", tfds_data_dir=data_dir, memory_limit=memory_limit)
    expected = set(read_by_tfds(data_dir, "cifar10", "train"))
    assert set(dataset.ids_and_labels("train")[0].tolist()) == expected
    assert set(evaluated(dataset, "train")["ids"].tolist()) == expected
    assert set(trained(dataset, 1, 40)[0]["ids"].tolist()) == expected
    # The other split's are.
    assert dataset.ids_and_labels("test")[0][0].startswith(b"test_")
    with pytest.raises(ValueError, match="some occur more than once"):
        get_dataset("cifar10", tfds_data_dir=data_dir).ids_and_labels("train")


@pytest.mark.parametrize("memory_limit", [2**30, 10])
def test_damaged_files_are_named(prepared_dir, tmp_path, memory_limit):
    data_dir, shards = copy_prepared(prepared_dir, tmp_path, "cifar10")
    content = bytearray(shards[1].read_bytes())
    content[len(content) // 2] ^= 255
    shards[1].write_bytes(content)
    dataset = get_dataset("cifar10", tfds_data_dir=data_dir, memory_limit=memory_limit)
    with pytest.raises(ValueError, match=f"{shards[1].name} is damaged.*prepare it anew"):
        dataset.class_histogram("train")
    shards[1].write_bytes(b"")
    dataset = get_dataset("cifar10", tfds_data_dir=data_dir, memory_limit=memory_limit)
    with pytest.raises(ValueError, match="should hold 40 examples, but they hold"):
        dataset.class_histogram("train")
    shards[1].unlink()
    with pytest.raises(ValueError, match=f"lacks the file .*{shards[1].name}"):
        get_dataset("cifar10", tfds_data_dir=data_dir)


def test_labels_are_counted_and_logged_without_decoding(prepared_dir, monkeypatch, caplog):
    monkeypatch.setattr(RecordExamples, "_decoded", None)
    dataset = get_dataset("cifar10", tfds_data_dir=prepared_dir, memory_limit=10)
    assert "; 10 classes;" in dataset.describe()
    with caplog.at_level("INFO", logger="absl"):
        for _ in range(2):
            assert dataset.class_histogram("train").tolist() == [4] * 10
    assert caplog.text.count("10 classes with 4, 4, 4, 4, 4, 4, 4, 4, 4, 4 training images") == 1
    assert "4, 4 training images" in dataset.describe()


def test_description_does_not_read_a_large_data_set(prepared_dir, monkeypatch):
    def forbidden(self):
        raise AssertionError("read all labels")

    monkeypatch.setattr(Records, "_scan", forbidden)
    dataset = get_dataset("imagenet_64", tfds_data_dir=prepared_dir, memory_limit=10)
    assert "30 train, 7 validation images of 64x64x3; 1000 classes;" in dataset.describe()

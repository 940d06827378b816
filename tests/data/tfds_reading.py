# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""How the tests read what TFDS has prepared, and change it."""

import pathlib
import shutil

import numpy as np
import tensorflow as tf

from compare_gan.data.tfds_prepared import locate


def evaluated(dataset, split, batch_size=8):
    """All examples of a split, as an evaluation reads them."""
    batches = list(dataset.evaluation_batches(split, batch_size).as_numpy_iterator())
    return {
        name: np.concatenate([batch[name] for batch in batches])
        for name in ("images", "labels", "ids")
    }


def trained(dataset, batches, batch_size, **options):
    """The first batches of a training."""
    stream = dataset.training_batches(batch_size, ids=True, **options).take(batches)
    return list(stream.as_numpy_iterator())


def read_by_tfds(data_dir, name, split):
    """All examples as TFDS itself reads them, by their ids."""
    import tensorflow_datasets as tfds

    builder = tfds.builder_from_directory(locate(name, data_dir))
    config = tfds.ReadConfig(add_tfds_id=True, try_autocache=False)
    examples = tfds.as_numpy(builder.as_dataset(split=split, read_config=config))
    return {example["tfds_id"]: example for example in examples}


def copy_prepared(prepared_dir, tmp_path, name):
    """A copy of a data set whose files may be changed: its folder, and the shards of "train"."""
    shutil.copytree(pathlib.Path(prepared_dir, name), tmp_path / "sets" / name)
    folder = tmp_path / "sets" / name / "1.0.0"
    return str(tmp_path / "sets"), sorted(folder.glob("*-train.tfrecord*"))


def rewrite_records(path, change):
    """Changes every example in a TFRecord file."""
    records = [record.numpy() for record in tf.data.TFRecordDataset(str(path))]
    with tf.io.TFRecordWriter(str(path)) as writer:
        for number, record in enumerate(records):
            example = tf.train.Example.FromString(record)
            change(number, example.features.feature)
            writer.write(example.SerializeToString())

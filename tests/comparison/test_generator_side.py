# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A run's generator as a side."""

import numpy as np
import pytest
import tensorflow as tf

from compare_gan import schedules
from compare_gan.comparison import parse_side
from compare_gan.comparison.generator_side import GeneratorSide
from compare_gan.schedules import RunFlags
from tests.comparison.images import all_of


def test_a_generator(tmp_path, tiny):
    schedules.run("train", [], [*tiny, "options.training_steps = 1"], RunFlags(tmp_path))
    side = parse_side(str(tmp_path), truncation=0.5, seed=3)
    images, labels = all_of(side, 20)
    again, _ = all_of(parse_side(str(tmp_path), truncation=0.5, seed=3), 20)
    untruncated = parse_side(str(tmp_path), seed=3)
    other, _ = all_of(untruncated, 20)
    np.testing.assert_array_equal(images, again)
    assert not np.array_equal(images, other)
    assert side.image_shape == images.shape[1:]
    assert images.shape == (20, 8, 8, 1) and labels.shape == (20,) and side.count is None
    assert side.protocol["step"] == 1 and side.protocol["truncation"] == 0.5
    with pytest.raises(ValueError, match="step"):
        parse_side(str(tmp_path), step=5)
    # Whatever passes at once, the images are the same.
    for size in (7, 64, 100):
        sizes = [len(batch.images) for batch in untruncated.batches(150, size)]
        assert sizes == [size] * (150 // size) + [150 % size]
        found, classes = all_of(untruncated, 150, size)
        if size == 7:
            first, of_first = found, classes
        np.testing.assert_array_equal(found, first)
        np.testing.assert_array_equal(classes, of_first)
    of_batches = parse_side(str(tmp_path), seed=3, bn_mode="batch")
    assert (of_batches.protocol["bn_mode"], untruncated.protocol["bn_mode"]) == (
        "batch",
        "standing",
    )
    assert not np.array_equal(all_of(of_batches, 20)[0], other)
    assert untruncated.protocol["standing_samples"] == 128
    assert of_batches.protocol["standing_samples"] is None
    # A damaged file of standing statistics is written anew.
    (kept,) = tmp_path.glob("checkpoints/1/standing_statistics.npz")
    kept.write_bytes(kept.read_bytes()[:100])
    again, _ = all_of(parse_side(str(tmp_path), seed=3), 20)
    np.testing.assert_array_equal(again, other)
    assert kept.stat().st_size > 100
    with pytest.raises(ValueError, match="--bn_mode='moving', but .* set --bn_mode to 'standing'"):
        parse_side(str(tmp_path), bn_mode="moving")
    with pytest.raises(ValueError, match="--bn_mode must be one of .* received 'none'"):
        parse_side(str(tmp_path), bn_mode="none")
    # Another run's generator has other weights, or is another network.
    fingerprint = side.fingerprint(20)
    assert untruncated.fingerprint(20) == fingerprint
    weight = side.generator.network.trainable_variables[-1]
    weight.assign_add(tf.fill(weight.shape, 1e-3))
    assert side.fingerprint(20) != fingerprint
    (tmp_path / "model.json").write_text((tmp_path / "model.json").read_text() + " ")
    assert untruncated.fingerprint(20) != fingerprint


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"generator": ', "model.json cannot be read: Expecting value"),
        ("{}", "model.json does not tell 'generator', which is needed"),
        (b"\xff\xfe", "model.json cannot be read: 'utf-8' codec"),
        (None, "holds no model.json"),
    ],
)
def test_a_damaged_description_is_one_line(tmp_path, content, words):
    if content is not None:
        data = content if isinstance(content, bytes) else content.encode()
        (tmp_path / "model.json").write_bytes(data)
    with pytest.raises(ValueError, match=words) as caught:
        GeneratorSide(tmp_path)
    assert "\n" not in str(caught.value)

# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Backbones: the digits' classifier, random features, pixels, SavedModels, what all have in common.

Those of Keras are in test_keras_backbones.py, those that this library trains in
test_trained_networks.py.
"""

import gin
import keras
import numpy as np
import pytest
import tensorflow as tf

from compare_gan.data.digits import load_digits
from compare_gan.metrics import backbones
from compare_gan.metrics.backbones import digits_cnn


def images(height=8, width=8, channels=1, count=5, seed=0):
    rng = np.random.default_rng(seed)
    return rng.uniform(size=(count, height, width, channels)).astype(np.float32)


def convolve(x, kernel):
    """A 3x3 "SAME" convolution as a sum of nine shifted products."""
    height, width = x.shape[1:3]
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    return sum(
        padded[:, i : i + height, j : j + width] @ kernel[i, j] for i in range(3) for j in range(3)
    )


def pool(x):
    return (x[:, ::2, ::2] + x[:, 1::2, ::2] + x[:, ::2, 1::2] + x[:, 1::2, 1::2]) / 4


def test_digits_cnn_equals_its_weights_applied_in_numpy():
    with np.load(digits_cnn.WEIGHTS_FILE, allow_pickle=False) as file:
        w = {name: file[name].astype(np.float64) for name in file.files}
    x = images()
    hidden = np.maximum(convolve(x, w["conv1/kernel"]) + w["conv1/bias"], 0)
    hidden = np.maximum(convolve(hidden, w["conv2/kernel"]) + w["conv2/bias"], 0)
    hidden = np.maximum(convolve(pool(hidden), w["conv3/kernel"]) + w["conv3/bias"], 0)
    hidden = pool(hidden).reshape(len(x), -1) @ w["hidden/kernel"] + w["hidden/bias"]
    expected = np.where(hidden > 0, hidden, np.expm1(hidden))
    features, logits = backbones.DigitsCNN()(x)
    assert features.dtype == logits.dtype == np.float32
    np.testing.assert_allclose(features, expected, atol=1e-5)
    np.testing.assert_allclose(logits, expected @ w["output/kernel"] + w["output/bias"], atol=1e-5)


def test_digits_cnn_knows_unseen_digits():
    test_images, labels, _ = load_digits("test")
    backbone = backbones.DigitsCNN()
    features, logits = backbone(test_images / 255.0)
    assert np.mean(logits.argmax(axis=1) == labels) >= 0.98
    assert features.shape == (537, backbone.feature_dim) and backbone.feature_dim >= 64
    assert logits.shape == (537, backbone.num_logits)
    assert np.all(features.std(axis=0) > 0.01)  # no dead feature


def test_digits_cnn_weights_are_those_that_scores_were_published_with():
    expected = "75d525eab76daf209a5ab74b0b0f8ea6aafc9f7214bc695dd548bfb5dce5b547"
    assert backbones.DigitsCNN().hash == expected
    assert digits_cnn.WEIGHTS_FILE.stat().st_size < 200_000


@pytest.mark.slow
def test_digits_cnn_can_be_trained_again():
    from compare_gan.metrics.backbones import train_digits_cnn

    weights = train_digits_cnn.train(seed=1)
    assert train_digits_cnn.accuracy(weights, "test") >= 0.98


def test_random_features_equal_their_definition_in_numpy():
    backbone = backbones.RandomFeatures(seed=3)
    x = images(7, 5, 3)
    random = np.random.RandomState([3, 3])
    hidden, expected, inputs = 2.0 * x - 1.0, [], 3
    for width in (32, 48, 48):
        kernel = random.standard_normal((3, 3, inputs, width)) * np.sqrt(2 / (9 * inputs))
        hidden = convolve(hidden, kernel)
        hidden = np.where(hidden > 0, hidden, 0.2 * hidden)
        expected.append(hidden.mean(axis=(1, 2)))
        # Averages over what is there: the last row or column of odd sizes stands alone.
        pooled = tf.keras.ops.convert_to_numpy(tf.nn.avg_pool2d(hidden, 2, 2, "SAME"))
        hidden, inputs = pooled, width
    features, logits = backbone(x)
    assert logits is None and backbone.num_logits == 0
    assert features.shape == (5, 128) == (5, backbone.feature_dim)
    np.testing.assert_allclose(features, np.concatenate(expected, axis=1), atol=1e-5)


@pytest.mark.parametrize("shape", [(1, 1, 1), (8, 8, 1), (33, 20, 3), (64, 64, 4)])
def test_random_features_take_any_images(shape):
    features, _ = backbones.RandomFeatures()(images(*shape))
    assert features.shape == (5, 128) and np.all(np.isfinite(features))


@pytest.mark.parametrize(
    "seed, words",
    [
        ("3", "random_features.seed must be a whole number from 0, received '3'"),
        (-1, "random_features.seed must be a whole number from 0, received -1"),
        (2**32, "random_features.seed must be at most 4294967295, received 4294967296"),
    ],
)
def test_seeds_that_are_none(seed, words):
    with pytest.raises(ValueError, match=words):
        backbones.RandomFeatures(seed=seed)


def test_random_features_are_told_apart_by_their_seed():
    first, again, other = (backbones.RandomFeatures(seed=s) for s in (0, 0, 1))
    assert first.hash == again.hash != other.hash
    np.testing.assert_array_equal(first(images())[0], again(images())[0])
    assert not np.allclose(first(images())[0], other(images())[0])


def test_pixels_are_the_values_in_order():
    backbone = backbones.Pixels(input_size=(4, 3))
    x = images(4, 3, 3)
    features, logits = backbone(x)
    assert logits is None and backbone.num_logits == 0 and backbone.feature_dim == 36
    np.testing.assert_array_equal(features[2], [v for row in x[2] for pixel in row for v in pixel])
    grey = images(4, 3, 1)
    np.testing.assert_array_equal(backbone(grey)[0], np.repeat(grey.reshape(5, 12), 3, axis=1))
    alone = backbones.Pixels(input_size=(4, 3), channels=1)
    np.testing.assert_array_equal(alone(grey)[0], grey.reshape(5, 12))
    assert alone.feature_dim == 12 and len({alone.hash, backbone.hash}) == 2


def test_pixels_of_another_size_are_resized_or_refused():
    ramp = np.tile(np.arange(4, dtype=np.float32).reshape(1, 1, 4, 1) / 4, (1, 2, 1, 1))
    resizing = backbones.Pixels(input_size=(2, 2), channels=1, resize="tf1_bilinear")
    # Every other column, as TensorFlow 1 shrinks by whole numbers.
    np.testing.assert_allclose(resizing(ramp)[0], [[0, 0.5, 0, 0.5]], atol=1e-6)
    with pytest.raises(ValueError, match="pixels takes images of 2x2 .*the backbone's `resize`"):
        backbones.Pixels(input_size=(2, 2), channels=1)(ramp)


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({}, "pixels.input_size is missing"),
        ({"input_size": 8}, r"pixels.input_size must be \(height, width\).*received 8"),
        ({"input_size": (8, 0)}, r"pixels.input_size must be \(height, width\)"),
        ({"input_size": (8, 8), "channels": 2}, "pixels.channels must be 1 or 3, received 2"),
        ({"input_size": (8, 8), "resize": "area"}, "pixels.resize must be one of none, tf1_b"),
    ],
)
def test_mistakes_with_pixels_are_told(arguments, words):
    with pytest.raises(ValueError, match=words):
        backbones.Pixels(**arguments)


def save_model(folder, outputs=("features", "logits"), size=(None, None)):
    module = tf.Module()
    module.kernel = tf.Variable(np.arange(12, dtype=np.float32).reshape(3, 4))

    @tf.function(input_signature=[tf.TensorSpec([None, *size, 3], tf.float32, "images")])
    def serve(images):
        features = tf.reduce_mean(images, axis=[1, 2]) @ module.kernel
        results = {"features": features[:, None, None, :], "logits": features[:, :2] - 1.0}
        return {name: results[name] for name in outputs}

    tf.saved_model.save(module, str(folder), signatures={"serving_default": serve})
    return folder


def test_saved_model(tmp_path):
    folder = save_model(tmp_path / "my net-2")
    backbone = backbones.SavedModel(path=str(folder))
    assert backbone.name == "my_net_2"
    assert (backbone.feature_dim, backbone.num_logits, backbone.channels) == (4, 2, 3)
    x = images(9, 6, 3)
    features, logits = backbone(x)
    expected = x.mean(axis=(1, 2)) @ np.arange(12).reshape(3, 4)
    np.testing.assert_allclose(features, expected, rtol=1e-5)
    np.testing.assert_allclose(logits, expected[:, :2] - 1, rtol=1e-5)
    grey = images(9, 6, 1)
    np.testing.assert_array_equal(backbone(grey)[0], backbone(np.repeat(grey, 3, axis=3))[0])
    assert backbones.SavedModel(path=str(folder), name="other").name == "other"


def test_saved_model_of_any_size_resizes_nothing(tmp_path):
    folder = str(save_model(tmp_path / "net"))
    assert backbones.SavedModel(path=folder).resize == "none"
    words = "saved_model.resize = 'pil_bicubic' has no effect, .* by saved_model.input_size"
    with pytest.raises(ValueError, match=words):
        backbones.SavedModel(path=folder, resize="pil_bicubic")
    sized = backbones.SavedModel(path=folder, resize="pil_bicubic", input_size=(6, 6))
    assert sized.resize == backbones.SavedModel(path=folder, input_size=(6, 6)).resize


def test_saved_model_of_one_size_without_logits(tmp_path):
    folder = save_model(tmp_path / "net", outputs=("features",), size=(6, 6))
    backbone = backbones.SavedModel(path=str(folder), resize="tf1_bilinear")
    assert backbone.input_size == (6, 6)
    features, logits = backbone(images(12, 12, 3))
    # Every other pixel.
    expected = images(12, 12, 3)[:, ::2, ::2].mean(axis=(1, 2)) @ np.arange(12).reshape(3, 4)
    np.testing.assert_allclose(features, expected, rtol=1e-5)
    assert logits is None and backbone.num_logits == 0
    with pytest.raises(ValueError, match=r"input_size = \(8, 8\), but the network takes 6x6"):
        backbones.SavedModel(path=str(folder), input_size=(8, 8))


def test_saved_model_that_keras_exported(tmp_path):
    inputs = keras.Input((6, 6, 3))
    hidden = keras.layers.Flatten()(inputs)
    network = keras.Model(inputs, [hidden, keras.layers.Dense(2)(hidden)])
    network.export(str(tmp_path / "net"), verbose=False)
    outputs = {"features": "output_0", "logits": "output_1"}
    backbone = backbones.SavedModel(
        path=str(tmp_path / "net"), value_range=(-1, 1), **outputs, name="exported"
    )
    x = images(6, 6, 3)
    features, logits = backbone(x)
    np.testing.assert_allclose(features, 2 * x.reshape(5, -1) - 1, atol=1e-6)
    kernel, bias = network.layers[-1].get_weights()
    np.testing.assert_allclose(logits, features @ kernel + bias, rtol=1e-4, atol=1e-5)
    other = backbones.SavedModel(path=str(tmp_path / "net"), features="output_0")
    assert other.num_logits == 0 and other.hash != backbone.hash


def test_saved_model_hash_covers_its_files(tmp_path):
    folder = save_model(tmp_path / "net")
    before = backbones.SavedModel(path=str(folder)).hash
    assert backbones.SavedModel(path=str(folder), name="renamed").hash == before
    (folder / "assets").mkdir(exist_ok=True)
    (folder / "assets" / "note.txt").write_text("another network")
    assert backbones.SavedModel(path=str(folder)).hash != before


def test_saved_model_errors_say_what_is_wrong(tmp_path):
    with pytest.raises(ValueError, match="saved_model.path must be a SavedModel folder"):
        backbones.SavedModel()
    with pytest.raises(ValueError, match="saved_model.path must be a SavedModel folder"):
        backbones.SavedModel(path=str(tmp_path))
    folder = save_model(tmp_path / "net", outputs=("logits",))
    with pytest.raises(ValueError, match="must take images and return `features`"):
        backbones.SavedModel(path=str(folder))
    with pytest.raises(ValueError, match="signature='other'.*serving_default"):
        backbones.SavedModel(path=str(folder), signature="other")
    with pytest.raises(ValueError, match="logits = 'softmax' is no output .*'logits'"):
        backbones.SavedModel(path=str(folder), features="logits", logits="softmax")
    with pytest.raises(ValueError, match="saved_model.value_range cannot be 255"):
        backbones.SavedModel(path=str(folder), features="logits", value_range=255)
    with pytest.raises(ValueError, match="saved_model.resize must be one of none, tf1_bilinear"):
        backbones.SavedModel(path=str(folder), features="logits", resize="bicubic")
    (folder / "saved_model.pb").write_bytes(b"junk")
    with pytest.raises(ValueError, match="saved_model.path: .*net cannot be read") as error:
        backbones.SavedModel(path=str(folder))
    assert "\n" not in str(error.value)


def test_googlenet_names_the_class_of_photographs(googlenet_folder, photos_folder):
    """A real network, end to end: its features tell goldfish from school buses or the like."""
    import PIL.Image

    backbone = backbones.SavedModel(path=str(googlenet_folder))
    assert (backbone.name, backbone.feature_dim, backbone.num_logits) == (
        "googlenet_bvlc",
        1024,
        1000,
    )
    classes = sorted((photos_folder / "test").iterdir())[:2]
    features = []
    for folder in classes:
        files = sorted(folder.iterdir())[:6]
        pixels = [np.asarray(PIL.Image.open(file).convert("RGB")) / 255.0 for file in files]
        features.append(backbone(np.stack(pixels))[0])
    unit = [f / np.linalg.norm(f, axis=1, keepdims=True) for f in features]
    within = [(np.sum(u @ u.T) - len(u)) / (len(u) * (len(u) - 1)) for u in unit]
    assert np.mean(within) > np.mean(unit[0] @ unit[1].T) + 0.05


def test_images_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="digits_cnn takes images of 8x8 with 1 channels"):
        backbones.DigitsCNN()(images(32, 32, 1))
    with pytest.raises(ValueError, match="digits_cnn takes images of 8x8 with 1 channels"):
        backbones.DigitsCNN()(images(8, 8, 3))
    with pytest.raises(ValueError, match=r"\[batch, height, width, channels\]"):
        backbones.DigitsCNN()(images()[0])


def test_batches_may_have_any_size():
    backbone = backbones.DigitsCNN()
    x = images(count=7)
    features, _ = backbone(x)
    parts = [backbone(part)[0] for part in np.split(x, [1, 3])]
    np.testing.assert_allclose(np.concatenate(parts), features, atol=1e-6)


def test_all_are_known_to_gin():
    for kind in map(backbones.__dict__.get, set(backbones.__all__) - {"Backbone"}):
        assert issubclass(gin.get_configurable(kind), kind)

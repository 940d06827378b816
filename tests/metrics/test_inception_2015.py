# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The Inception-2015 backbone, on small graphs with the nodes of the public file or of TF-GAN."""

import hashlib

import numpy as np
import pytest
import tensorflow as tf

from compare_gan.metrics.backbones import Inception2015, inception_2015
from compare_gan.metrics.backbones.inception_2015 import FILE_NAME, FILE_SHA256
from compare_gan.metrics.resize import resize

FEATURES, LOGITS, STRIDE = 5, 4, 60
RNG = np.random.RandomState(0)
KERNEL = (RNG.standard_normal((3, 3, 3, FEATURES)) * 0.3).astype(np.float32)
MEAN, BETA, BIASES = RNG.standard_normal((3, 5)).astype(np.float32)
VARIANCE, GAMMA = RNG.uniform(0.5, 2, (2, FEATURES)).astype(np.float32)
WEIGHTS = RNG.standard_normal((FEATURES, LOGITS)).astype(np.float32)
EPSILON = 0.001


def expected(images):
    """Features and logits of 299x299 RGB images in [0, 1]."""
    x = (255.0 * images.astype(np.float64) - 128.0) / 128.0
    spots = range(0, 299 - 2, STRIDE)
    patches = np.stack([[x[:, i : i + 3, j : j + 3] for j in spots] for i in spots])
    maps = np.einsum("yxbijc,ijcd->byxd", patches, KERNEL)
    maps = (maps - MEAN) / np.sqrt(VARIANCE + EPSILON) * GAMMA + BETA
    features = np.maximum(maps, 0).mean(axis=(1, 2))
    return features, features @ WEIGHTS + BIASES[:LOGITS]


def stand_in(public, num_features=FEATURES, num_logits=LOGITS):
    """A serialized graph; the public one is as old as the real one, and made for one image."""
    graph = tf.Graph()
    kernel = np.resize(KERNEL, (3, 3, 3, num_features))
    mean, variance, beta, gamma = (
        np.resize(values, num_features) for values in (MEAN, VARIANCE, BETA, GAMMA)
    )
    weights = np.resize(WEIGHTS, (num_features, num_logits))
    with graph.as_default():
        v1 = tf.compat.v1
        if public:
            jpeg = v1.placeholder(tf.string, [], name="DecodeJpeg/contents")
            pixels = tf.cast(tf.io.decode_jpeg(jpeg, channels=3, name="DecodeJpeg"), tf.float32)
            batch = tf.expand_dims(pixels, 0, name="ExpandDims")
            batch = tf.raw_ops.ResizeBilinear(images=batch, size=[299, 299], name="ResizeBilinear")
            x = tf.multiply(tf.subtract(batch, 128.0, name="Sub"), 1 / 128, name="Mul")
        else:
            x = v1.placeholder(tf.float32, [None, 299, 299, 3], name="Mul")
        maps = tf.nn.conv2d(x, kernel, STRIDE, "VALID", name="conv/Conv2D")
        statistics = [
            tf.constant(value, name=f"conv/batchnorm/{name}")
            for name, value in (("m", mean), ("v", variance), ("beta", beta), ("gamma", gamma))
        ]
        maps = tf.identity(maps, name="conv/batchnorm")
        maps = tf.nn.relu(maps, name="conv")
        size = len(range(0, 297, STRIDE))
        pool = tf.nn.avg_pool2d(maps, size, 1, "VALID", name="pool_3")
        rows = 1 if public else -1
        flat = tf.reshape(pool, [rows, num_features], name="pool_3/_reshape")
        prefix = "softmax/logits" if public else "logits"
        logits = tf.matmul(flat, weights, name=f"{prefix}/MatMul")
        logits = tf.nn.bias_add(logits, np.resize(BIASES[:LOGITS], num_logits), name=prefix)
        tf.nn.softmax(logits, name="softmax")
    graph_def = graph.as_graph_def()
    # The operation of that time, which today's graphs refuse to make.
    [node] = [node for node in graph_def.node if node.name == "conv/batchnorm"]
    node.op = "BatchNormWithGlobalNormalization"
    node.input.extend(statistic.op.name for statistic in statistics)
    node.attr["variance_epsilon"].f = EPSILON
    node.attr["scale_after_normalization"].b = True
    graph_def.versions.producer = 8
    return graph_def.SerializeToString()


@pytest.fixture(params=["public", "tfgan"])
def graph_file(request, tmp_path):
    path = tmp_path / "graph.pb"
    path.write_bytes(stand_in(public=request.param == "public"))
    return path


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def images(height, width, channels, count=3):
    return np.random.default_rng(0).uniform(size=(count, height, width, channels))


def test_features_and_logits_of_a_batch(graph_file):
    backbone = Inception2015(path=str(graph_file), sha256=digest(graph_file))
    assert backbone.hash == digest(graph_file)
    assert (backbone.feature_dim, backbone.num_logits) == (FEATURES, LOGITS)
    assert (backbone.input_size, backbone.resize) == ((299, 299), "tf1_bilinear")
    x = images(299, 299, 3)
    features, logits = backbone(x)
    assert features.shape == (3, FEATURES) and logits.shape == (3, LOGITS)
    for result, target in zip((features, logits), expected(x)):
        np.testing.assert_allclose(result, target, rtol=1e-4, atol=1e-5)


def test_small_grey_images_are_tiled_and_resized_as_in_v3(graph_file):
    backbone = Inception2015(path=str(graph_file), sha256=digest(graph_file))
    x = images(28, 28, 1)
    enlarged = resize(np.repeat(x, 3, axis=3).astype(np.float32), (299, 299), "tf1_bilinear")
    for result, target in zip(backbone(x), expected(enlarged)):
        np.testing.assert_allclose(result, target, rtol=1e-4, atol=1e-5)


def test_another_resize_is_taken_where_it_is_named(graph_file):
    backbone = Inception2015(str(graph_file), digest(graph_file), resize="pil_bicubic")
    x = images(28, 28, 3).astype(np.float32)
    enlarged = resize(x, (299, 299), "pil_bicubic")
    assert backbone.resize == "pil_bicubic"
    np.testing.assert_allclose(backbone(x)[0], expected(enlarged)[0], rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="inception_2015.resize must be one of none, tf1_bilinear"):
        Inception2015(str(graph_file), digest(graph_file), resize="bicubic")


def test_a_public_graph_must_have_the_public_hash(tmp_path):
    path = tmp_path / "graph.pb"
    path.write_bytes(stand_in(public=True))
    with pytest.raises(ValueError, match=f"instead of {FILE_SHA256}"):
        Inception2015(path=str(path))


def test_a_public_graph_with_the_public_hash_is_inception(tmp_path, monkeypatch):
    path = tmp_path / FILE_NAME
    path.write_bytes(stand_in(public=True))
    monkeypatch.setenv("COMPARE_GAN_CACHE", str(tmp_path))
    monkeypatch.setattr(inception_2015, "FILE_SHA256", digest(path))
    backbone = Inception2015()
    assert (backbone.name, backbone.is_inception) == ("inception_2015", True)


@pytest.mark.parametrize("public", [True, False])
def test_a_hash_of_ones_own_admits_another_graph_under_another_name(tmp_path, public):
    path = tmp_path / "graph.pb"
    path.write_bytes(stand_in(public))
    backbone = Inception2015(path=str(path), sha256=digest(path))
    assert (backbone.name, backbone.is_inception) == ("inception_custom", False)


def test_tfgans_copy_is_known_by_its_sizes_and_its_hash_recorded(tmp_path):
    path = tmp_path / "graph.pb"
    path.write_bytes(stand_in(public=False, num_features=2048, num_logits=1008))
    backbone = Inception2015(path=str(path))
    assert (backbone.name, backbone.hash) == ("inception_2015", digest(path))
    assert backbone.is_inception
    with pytest.raises(ValueError, match=f"instead of {FILE_SHA256}"):
        Inception2015(path=str(path), sha256=FILE_SHA256)


def test_the_cache_folder_is_where_the_public_graph_is_looked_for(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPARE_GAN_CACHE", str(tmp_path))
    (tmp_path / FILE_NAME).write_bytes(stand_in(public=False))
    with pytest.raises(ValueError, match="TF-GAN's copy is given by inception_2015.path") as error:
        Inception2015()
    assert str(tmp_path / FILE_NAME) in str(error.value)


def test_a_missing_file_is_one_clear_error(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPARE_GAN_CACHE", str(tmp_path))
    with pytest.raises(ValueError) as error:
        Inception2015()
    message = str(error.value)
    for part in (str(tmp_path / FILE_NAME), "95,673,916 bytes", FILE_SHA256, "inception_2015.path"):
        assert part in message
    assert "\n" not in message


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "graph.pb"
    path.write_bytes(b"\xff" * 1000)
    with pytest.raises(ValueError, match="not a TensorFlow graph"):
        Inception2015(path=str(path))
    path.write_bytes(tf.Graph().as_graph_def().SerializeToString())
    with pytest.raises(ValueError, match="not Inception-2015"):
        Inception2015(path=str(path))

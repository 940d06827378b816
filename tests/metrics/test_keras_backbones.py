# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Networks of Keras Applications, and those of files that Keras has saved, as backbones."""

import ast
import inspect
import re
import sys
import urllib.error

import keras
import numpy as np
import pytest

from compare_gan.metrics.backbones import KerasApplication, KerasFile
from compare_gan.metrics.backbones.keras_applications import hash_of_weights

SMALL = {"alpha": 0.25, "classes": 10}
MODELS = sorted(n for n in dir(keras.applications) if callable(getattr(keras.applications, n)))


def images(height, width, channels=3, count=3):
    rng = np.random.default_rng(0)
    return rng.uniform(size=(count, height, width, channels)).astype(np.float32)


@pytest.fixture(scope="module")
def mobilenet(tmp_path_factory):
    """A small network of Keras Applications with weights that nothing was trained with."""
    network = keras.applications.MobileNet(weights=None, **SMALL)
    rng = np.random.default_rng(1)
    for weight in network.get_layer("conv_preds").weights:
        weight.assign(rng.normal(size=weight.shape))
    path = tmp_path_factory.mktemp("weights") / "mine.weights.h5"
    network.save_weights(path)
    return network, path


@pytest.fixture(scope="module")
def application(mobilenet):
    return KerasApplication("MobileNet", mobilenet[1], SMALL)


def test_application_is_that_network_with_its_own_preprocessing(mobilenet, application):
    network, _ = mobilenet
    assert (application.name, application.input_size) == ("keras_mobilenet_mine", (224, 224))
    assert (application.feature_dim, application.num_logits) == (256, 10)
    assert (application.channels, application.resize) == (3, "pil_bicubic")
    x = images(224, 224)
    features, logits = application(x)
    # MobileNet's images are in [-1, 1]; its last layer with weights is a 1x1 convolution.
    probabilities = network(2 * x - 1).numpy()
    kernel, bias = (weight.numpy() for weight in network.get_layer("conv_preds").weights)
    np.testing.assert_allclose(logits, features @ kernel[0, 0] + bias, rtol=1e-4, atol=1e-4)
    exponentials = np.exp(logits.astype(np.float64))
    softmax = exponentials / exponentials.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(probabilities, softmax, rtol=1e-3, atol=1e-6)
    assert probabilities.max() < 0.999 and probabilities.std() > 0.01  # it is no empty comparison


@pytest.mark.parametrize("model", MODELS)
def test_every_family_takes_images_up_to_255_and_has_its_preprocessing(model):
    module = sys.modules[getattr(keras.applications, model).__module__]
    black, white = (np.full((1, 2, 2, 3), value, np.float32) for value in (0.0, 255.0))
    low, high = (np.asarray(module.preprocess_input(x.copy())) for x in (black, white))
    # In [0, 255], [-1, 1], or about the means and deviations of ImageNet's channels.
    assert low.min() >= -130 and high.max() <= 255 and np.ptp(np.concatenate([low, high])) > 1.9


def test_networks_whose_files_keras_does_not_check_are_named():
    """Those whose module downloads a file without saying what its check sum is."""
    unchecked = set()
    for model in MODELS:
        module = sys.modules[getattr(keras.applications, model).__module__]
        calls = [
            node
            for node in ast.walk(ast.parse(inspect.getsource(module)))
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("get_file")
        ]
        if not all("file_hash" in {given.arg for given in call.keywords} for call in calls):
            unchecked.add(model)
    text = " ".join(KerasApplication.__doc__.split())
    named = re.search(r"knows the check sums of these files .*, except for ([^:]*):", text)[1]
    assert unchecked == set(named.split(" and ")) == {"MobileNet", "MobileNetV2"}


def test_hash_of_an_application_is_that_of_weights_and_not_of_a_file(
    mobilenet, application, tmp_path
):
    network, _ = mobilenet
    network.save(tmp_path / "whole.keras")
    again = KerasApplication("MobileNet", tmp_path / "whole.keras", SMALL, name="my net")
    assert again.hash == application.hash and again.name == "my_net"
    bias = network.get_layer("conv_preds").bias
    before, kept = hash_of_weights(network), bias.numpy()
    bias.assign(kept + 1)
    after = hash_of_weights(network)
    bias.assign(kept)
    assert hash_of_weights(network) == before != after


def test_weights_of_another_network_are_never_half_loaded(mobilenet, tmp_path):
    _, path = mobilenet
    with pytest.raises(ValueError, match="cannot be read as weights of MobileNet"):
        KerasApplication("MobileNet", path, {"alpha": 0.5, "classes": 10})
    # Keras would leave what the file lacks as it was, without an error.
    part = keras.applications.MobileNet(weights=None, **SMALL)
    part.get_layer("conv_preds").bias.assign(np.full(10, np.nan))
    part.save_weights(tmp_path / "part.weights.h5")
    with pytest.raises(ValueError, match="lacks 1 of the 137 weights of MobileNet"):
        KerasApplication("MobileNet", tmp_path / "part.weights.h5", SMALL)


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"model": "mobilenet"}, "did you mean 'MobileNet'. There are ConvNeXtBase, .*Xception"),
        ({"weights": None}, "weights = None would give random features"),
        ({"weights": "/no/file.h5"}, "must be \"imagenet\" or a file; there is no '/no/file.h5'"),
        ({"arguments": {"beta": 1}}, "takes a dictionary of alpha, .*received {'beta': 1}"),
        ({"arguments": {"classes": 10}}, "cannot build MobileNet with {'classes': 10}"),
        ({"resize": "bicubic"}, "keras_applications.resize must be one of none, tf1_bilinear"),
    ],
)
def test_mistakes_with_applications_are_told(arguments, words):
    with pytest.raises(ValueError, match=words):
        KerasApplication(**{"model": "MobileNet"} | arguments)


def test_unreadable_weights_and_failing_downloads_are_told_in_one_line(tmp_path, monkeypatch):
    (tmp_path / "junk.weights.h5").write_text("junk")
    with pytest.raises(ValueError, match="junk.weights.h5 cannot be read as weights of MobileNet"):
        KerasApplication("MobileNet", tmp_path / "junk.weights.h5", SMALL)

    def offline(*arguments):
        raise urllib.error.URLError("no network")

    file_utils = sys.modules[keras.utils.get_file.__module__]
    monkeypatch.setattr(file_utils, "urlretrieve", offline)
    monkeypatch.setattr(file_utils.config, "keras_home", lambda: str(tmp_path))
    with pytest.raises(ValueError, match="cannot be downloaded .*no network.*by hand") as error:
        KerasApplication("MobileNet", arguments={"alpha": 0.25})
    assert "\n" not in str(error.value)


def saved(path, scale=1.0, size=(8, 8), last="softmax"):
    """A network with a network inside: convolution, mean, linear layer."""
    inner = keras.Sequential(
        [keras.Input((*size, 3)), keras.layers.Conv2D(4, 3, name="maps")], name="inner"
    )
    mean = keras.layers.GlobalAveragePooling2D(name="mean")
    dense = keras.layers.Dense(5, last, name="classes", kernel_initializer="random_normal")
    inputs = keras.Input((*size, 3))
    network = keras.Model(inputs, dense(mean(inner(keras.layers.Rescaling(scale)(inputs)))))
    network.save(path)
    return network


def parts(network, x):
    """Feature maps, their means and linear outputs in NumPy, of images that the network takes."""
    kernel, bias = (w.numpy().astype(np.float64) for w in network.get_layer("inner").weights)
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(1, 2))
    maps = np.einsum("bhwcij,ijcf->bhwf", windows, kernel) + bias
    means = maps.mean(axis=(1, 2))
    kernel, bias = (w.numpy() for w in network.get_layer("classes").weights)
    return maps, means, means @ kernel + bias


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_layers_of_a_file_are_features_and_logits(tmp_path, ending):
    path = tmp_path / f"my net.{ending}"
    network = saved(path, scale=1 / 50)
    backbone = KerasFile(path, value_range=(-10, 50), features="mean", logits="classes")
    assert (backbone.name, backbone.input_size) == ("my_net", (8, 8))
    assert (backbone.feature_dim, backbone.num_logits, backbone.channels) == (4, 5, 3)
    x = images(8, 8)
    _, means, linear = parts(network, (-10 + 60 * x.astype(np.float64)) / 50)
    features, logits = backbone(x)
    assert features.dtype == logits.dtype == np.float32
    np.testing.assert_allclose(features, means, rtol=1e-4, atol=1e-5)
    # Logarithms of probabilities are logits but for a constant.
    centred = [values - values.mean(axis=1, keepdims=True) for values in (logits, linear)]
    np.testing.assert_allclose(*centred, rtol=1e-3, atol=1e-4)
    # The maps of the network inside, averaged over positions, are the same.
    maps = KerasFile(path, value_range=(-10, 50), features="inner")
    np.testing.assert_allclose(maps(x)[0], means, rtol=1e-4, atol=1e-5)
    assert maps(x)[1] is None and maps.num_logits == 0 and maps.hash != backbone.hash


def test_by_default_features_are_what_a_network_returns(tmp_path):
    path = tmp_path / "net.keras"
    network = saved(path, size=(None, None), last=None)
    backbone = KerasFile(path, value_range=(0, 1))
    assert backbone.input_size is None and backbone.resize == "none"
    assert KerasFile(path, value_range=(0, 1), resize="none").resize == "none"
    with pytest.raises(ValueError, match="keras_file.resize = 'pil_bicubic' has no effect, since"):
        KerasFile(path, value_range=(0, 1), resize="pil_bicubic")
    assert KerasFile(path, value_range=(0, 1), input_size=(5, 6)).resize == "pil_bicubic"
    x = images(9, 6)
    np.testing.assert_allclose(backbone(x)[0], parts(network, x)[2], rtol=1e-4, atol=1e-5)
    sized = KerasFile(path, value_range=(0, 1), input_size=(5, 6), resize="tf1_bilinear")
    assert (sized.input_size, sized.resize) == ((5, 6), "tf1_bilinear")
    assert sized(x)[0].shape == (3, 5) and sized.hash != backbone.hash


@pytest.mark.parametrize("head", ["network", "operation"])
def test_a_softmax_that_is_no_layer_of_its_own_is_found(tmp_path, head):
    inputs = keras.Input((8, 8, 3))
    hidden = keras.layers.Flatten(name="flat")(inputs)
    if head == "network":
        last = keras.Sequential(
            [keras.Input((192,)), keras.layers.Dense(5, activation="softmax")], name="head"
        )
        outputs = last(hidden)
    else:
        outputs = keras.ops.softmax(keras.layers.Dense(5, name="head")(hidden))
    network = keras.Model(inputs, outputs)
    path = tmp_path / "net.keras"
    network.save(path)
    with pytest.raises(ValueError, match="would take the probabilities of"):
        KerasFile(path, value_range=(0, 1))
    if head == "network":
        x = images(8, 8)
        logits = KerasFile(path, value_range=(0, 1), features="flat", logits="head")(x)[1]
        np.testing.assert_allclose(logits, np.log(network(x)), rtol=1e-4, atol=1e-5)


def test_hash_of_a_file_covers_its_contents_and_how_it_is_used(tmp_path):
    path = tmp_path / "net.keras"
    saved(path, last=None)
    hashes = [
        KerasFile(path, value_range=(0, 1)).hash,
        KerasFile(path, value_range=(0, 1.0), name="other", resize="none").hash,
        KerasFile(path, value_range=(0, 255)).hash,
        KerasFile(path, value_range=(0, 1), features="mean").hash,
        KerasFile(path, value_range=(0, 1), logits="classes").hash,
    ]
    saved(path, last=None)
    hashes.append(KerasFile(path, value_range=(0, 1)).hash)
    assert hashes[0] == hashes[1] and len(set(hashes)) == 5


class Unregistered(keras.layers.Layer):
    def call(self, x):
        return x


def test_files_that_cannot_be_used_are_refused(tmp_path):
    for ending in ("keras", "h5"):
        junk, code = tmp_path / f"junk.{ending}", tmp_path / f"code.{ending}"
        junk.write_text("junk")
        with pytest.raises(ValueError, match=f"junk.{ending} cannot be read"):
            KerasFile(junk, value_range=(0, 1))
        ran = tmp_path / "ran"
        layer = keras.layers.Lambda(lambda x, place=str(ran): (open(place, "w").close(), x)[1])
        keras.Sequential([keras.Input((8, 8, 3)), layer]).save(code)
        ran.unlink(missing_ok=True)
        with pytest.raises(ValueError, match=f"code.{ending} holds Python code, which is not run"):
            KerasFile(code, value_range=(0, 1))
        assert not ran.exists()
    keras.Sequential([keras.Input((8, 8, 3)), Unregistered()]).save(tmp_path / "own.keras")
    with pytest.raises(ValueError, match="own.keras cannot be read .*import the modules"):
        KerasFile(tmp_path / "own.keras", value_range=(0, 1))
    keras.Sequential([keras.Input((8,)), keras.layers.Dense(2)]).save(tmp_path / "flat.keras")
    with pytest.raises(ValueError, match=r"takes images .*, but it takes \(None, 8\)"):
        KerasFile(tmp_path / "flat.keras", value_range=(0, 1))


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"path": ""}, "keras_file.path must be a file ending with .keras, .h5, .hdf5"),
        ({"path": "net.tflite"}, "keras_file.path must be a file ending"),
        ({"value_range": None}, r"value_range is missing: .*\(0, 1\), \(-1, 1\) or \(0, 255\)"),
        ({"value_range": (1, 0)}, r"value_range cannot be \(1, 0\)"),
        ({"value_range": (0, float("nan"))}, "value_range cannot be"),
        ({"features": "means"}, "features = 'means' is no layer of .*, mean, classes"),
        ({"features": None}, "features = None would take the probabilities of 'classes'"),
        ({"features": "classes"}, "would take the probabilities of 'classes'"),
        ({"logits": "class"}, "logits = 'class' is no layer"),
        ({"input_size": (9, 8)}, r"input_size = \(9, 8\), but the network takes 8x8: leave"),
        ({"input_size": 8}, r"input_size must be \(height, width\)"),
        ({"resize": "bicubic"}, "keras_file.resize must be one of none, tf1_bilinear"),
    ],
)
def test_mistakes_with_files_are_told(one_file, changes, words):
    with pytest.raises(ValueError, match=words):
        KerasFile(**{"path": one_file, "value_range": (0, 1), "features": "mean"} | changes)


@pytest.fixture(scope="module")
def one_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("file") / "net.keras"
    saved(path)
    return path

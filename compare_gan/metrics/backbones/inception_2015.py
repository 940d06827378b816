# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The Inception network of 2015-12-05, whose features FID and whose logits the Inception score use.

Its graph is not part of this package and is never downloaded. TensorFlow's public archive
`inception-2015-12-05.tgz` holds it as `classify_image_graph_def.pb`; TF-GAN, and so Compare GAN v3,
used a copy frozen for any batch size, `inceptionv1_for_inception_score.pb`.
"""

import hashlib
import pathlib

import gin
import numpy as np
import tensorflow as tf

from compare_gan.data.cache import cache_root
from compare_gan.metrics.backbones.base import Backbone
from compare_gan.metrics.resize import check_policy

FILE_NAME = "classify_image_graph_def.pb"
FILE_SIZE = 95_673_916
FILE_SHA256 = "009d6814d1bc560d4e7b236e170e9b2d5ca6f4b57bd8037f6db05776204415c6"

_INPUT = "Mul"  # In the public graph what follows the decoding, resizing and scaling of one JPEG.
_FEATURES = "pool_3"
_PUBLIC_LOGITS = "softmax/logits"
_TFGAN_LOGITS = "logits"
_SIZES = (2048, 1008)


@gin.register("inception_2015")
class Inception2015(Backbone):
    """Inception-2015: `pool_3` (2048 features) and the 1008 logits before the softmax.

        x        = (255 · resize(image) − 128) / 128    [299, 299, 3]
        features = pool_3(x)
        logits   = what the softmax is taken of

    By default images go in as Compare GAN v3's did, resized by "tf1_bilinear"; grey ones are tiled
    to RGB; nothing is rounded to uint8. Logits are `softmax/logits:0` of the public graph (which
    include its biases) or `logits:0` of TF-GAN's copy. Szegedy, Vanhoucke, Ioffe, Shlens, Wojna,
    "Rethinking the Inception Architecture for Computer Vision", 2015,
    https://arxiv.org/abs/1512.00567.

    A graph that `sha256` admits, but that is neither the public file nor has the form and sizes of
    TF-GAN's copy, is called `inception_custom`, and so are its scores.

    Args:
      path: The graph's file; by default `classify_image_graph_def.pb` in `$COMPARE_GAN_CACHE` (or
        `~/.cache/compare_gan`), which must be the public one. TF-GAN's copy is taken where its path
        is given; its hash, like any, is in every score.
      sha256: The hash the file must have. None demands the public file's, but nothing of a copy of
        TF-GAN's.
      resize: How images are brought to 299x299: a policy of `compare_gan.metrics.resize`. Scores
        keep their names and say which; "pil_bicubic" is that of clean-fid.

    Raises:
      ValueError: The file is missing, has another hash, or is no such graph; there is no such
        policy.
    """

    def __init__(
        self,
        path: str | None = None,
        sha256: str | None = None,
        resize: str = "tf1_bilinear",
    ):
        check_policy("inception_2015.resize", resize)
        self.input_size = (299, 299)
        self.channels = 3
        self.resize = resize
        file = pathlib.Path(path) if path else cache_root() / FILE_NAME
        contents = _read(file)
        self.hash = hashlib.sha256(contents).hexdigest()
        graph_def, logits = _parse(file, contents)
        is_copy = bool(path) and logits == _TFGAN_LOGITS
        if sha256 is None and not is_copy:
            sha256 = FILE_SHA256
        if sha256 not in (None, self.hash):
            raise ValueError(
                f"{file} ({len(contents):,} bytes) has SHA-256 {self.hash} instead of {sha256}: "
                f"it is damaged or another network. The public {FILE_NAME} has {FILE_SIZE:,} bytes "
                f"and SHA-256 {FILE_SHA256}; TF-GAN's copy is given by inception_2015.path, a hash "
                "of your own by inception_2015.sha256."
            )
        # A session, because the graph's batch normalization is an operation that only graphs older
        # than version 9 may hold, and what a tf.function imports becomes a graph of today.
        graph = tf.Graph()
        with graph.as_default():
            self._images = tf.compat.v1.placeholder(tf.float32, [None, *self.input_size, 3])
            self._outputs = tf.graph_util.import_graph_def(
                graph_def,
                input_map={f"{_INPUT}:0": self._images},
                return_elements=[f"{_FEATURES}:0", f"{logits}:0"],
                name="",
            )
        options = tf.compat.v1.ConfigProto()
        options.gpu_options.allow_growth = True
        self._session = tf.compat.v1.Session(graph=graph, config=options)
        features, logits = self.forward(np.zeros((1, *self.input_size, 3), np.float32))
        self.feature_dim, self.num_logits = features.shape[1], logits.shape[1]
        has_its_sizes = (self.feature_dim, self.num_logits) == _SIZES
        self.is_inception = self.hash == FILE_SHA256 or (is_copy and has_its_sizes)
        self.name = "inception_2015" if self.is_inception else "inception_custom"

    def forward(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """`pool_3` `[batch, 2048]` and logits `[batch, 1008]`."""
        scaled = (images * 255.0 - 128.0) / 128.0
        features, logits = self._session.run(self._outputs, {self._images: scaled})
        return features.reshape(len(images), -1), logits.reshape(len(images), -1)


def _read(file: pathlib.Path) -> bytes:
    if not file.is_file():
        raise ValueError(
            f"FID and the Inception score need the file {file}, which does not exist. It is "
            f"{FILE_NAME} ({FILE_SIZE:,} bytes, SHA-256 {FILE_SHA256}) of TensorFlow's public "
            "archive inception-2015-12-05.tgz; it is never downloaded. Put it there, or set "
            "inception_2015.path, or choose another network: eval.backbone = @random_features."
        )
    return file.read_bytes()


def _parse(file: pathlib.Path, contents: bytes) -> tuple[tf.compat.v1.GraphDef, str]:
    """The graph, ready for batches, and the name of its logits."""
    graph_def = tf.compat.v1.GraphDef()
    try:
        graph_def.ParseFromString(contents)
    except Exception as error:  # protobuf's own class, which depends on its implementation
        raise ValueError(
            f"{file} ({len(contents):,} bytes) is not a TensorFlow graph; the public {FILE_NAME} "
            f"has {FILE_SIZE:,} bytes: is the copy complete?"
        ) from error
    nodes = {node.name: node for node in graph_def.node}
    known = [name for name in (_PUBLIC_LOGITS, _TFGAN_LOGITS) if name in nodes]
    if not known or _INPUT not in nodes or _FEATURES not in nodes:
        raise ValueError(
            f"{file} is a graph, but not Inception-2015: that has nodes {_INPUT}, {_FEATURES} and "
            f"{_PUBLIC_LOGITS} (the public file) or {_TFGAN_LOGITS} (TF-GAN's copy)."
        )
    _accept_batches(nodes)
    return graph_def, known[0]


def _accept_batches(nodes: dict[str, tf.compat.v1.NodeDef]) -> None:
    """Frees the public graph from its batch size: it flattens pool_3 to [1, 2048] exactly."""
    for node in nodes.values():
        if node.op != "Reshape" or node.input[0].split(":")[0] != _FEATURES:
            continue
        shape_node = nodes[node.input[1].split(":")[0]]
        shape = tf.make_ndarray(shape_node.attr["value"].tensor)
        if shape_node.op == "Const" and len(shape) == 2:
            free = np.array([-1, shape[1]], shape.dtype)
            shape_node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(free))

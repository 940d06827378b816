# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Two replicas learn what one learns from the joint batch; in a process of its own."""

import subprocess
import sys

import pytest

_PROGRAM = """
import sys
import keras, numpy as np, tensorflow as tf
devices = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(devices[0], [tf.config.LogicalDeviceConfiguration()] * 2)
from compare_gan.architectures.resnet_encoder import SmallResNet
from compare_gan.label_inference.classifier import ClassifierSettings, SemiSupervisedClassifier
from compare_gan.label_inference.pretraining import PretrainingSettings, RotationPretraining
from compare_gan.training import LoopSettings, train

# Labels are known of some rows only, in numbers that differ between the replicas.
def batches(step):
    def element(position):
        seed = tf.stack([position, 1])
        images = tf.random.stateless_uniform([1, 8, 8, 8, 1], seed, 0, 256, tf.int32)
        labels = tf.random.stateless_uniform([1, 8], seed, -1, 3, tf.int32)
        images = tf.cast(images, tf.uint8)
        return {"images": images, "labels": labels,
                "labelled_images": images[:, :4], "labelled_labels": labels[:, ::-1][:, :4]}
    return tf.data.Dataset.range(step, 100).map(element)

shared = {"training_steps": 3, "learning_rate": 0.05, "weight_decay": 0.01}
settings = ClassifierSettings(
    consistency_weight=1.0, consistency_threshold=0.0, rotation_weight=0.5, ema_decay=0.5,
    align_classes=True, **shared
)

def encoder():
    return SmallResNet((8, 8, 1), width=2)

def weights(strategy, name):
    found = {}
    for task_name, make in (
        ("pretraining", lambda: RotationPretraining(encoder(), PretrainingSettings(**shared))),
        ("classifier", lambda: SemiSupervisedClassifier(encoder(), encoder(), 3, settings)),
    ):
        keras.utils.set_random_seed(0)
        with strategy.scope():
            task = make()
        folder = f"{sys.argv[1]}/{name}/{task_name}"
        train(task, batches, folder, LoopSettings(3), strategy=strategy)
        for part_name, part in task.checkpointables().items():
            for index, variable in enumerate(getattr(part, "variables", [part])):
                found[f"{task_name}/{part_name}/{index}"] = variable.numpy()
    return found

one = weights(tf.distribute.get_strategy(), "one")
two = weights(tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]), "two")
assert one.keys() == two.keys()
for path in one:
    np.testing.assert_allclose(two[path], one[path], rtol=2e-4, atol=2e-5, err_msg=path)
print("equal", len(one))
"""


@pytest.mark.slow
def test_weights_are_those_of_one_replica(tmp_path):
    result = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(tmp_path)],
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr[-3000:]
    assert result.stdout.startswith("equal ")

# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Two replicas train like one with the joint batch; in a process of its own."""

import subprocess
import sys

import pytest

_PROGRAM = """
import sys, time, types
import keras, numpy as np, tensorflow as tf
import gin
devices = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(devices[0], [tf.config.LogicalDeviceConfiguration()] * 2)
keras.config.set_dtype_policy("float64")
from compare_gan import regularizers
from compare_gan.architectures import Architecture, dcgan
from compare_gan.architectures.rematerialization import rematerialize_blocks
from compare_gan.architectures.resnet_biggan import Discriminator, Generator
from compare_gan.gans import S3GAN, ModularGAN, Options, TopK, auxiliary
from compare_gan.normalizers import ConditionalBatchNorm
from compare_gan.training import LoopSettings, Workers, train
from compare_gan.training.distribution import deal_rows
from compare_gan.training.steps import CompiledSteps
from tests.training.conftest import LineTask, line_batches
from tests.training.test_loss_scale import HalfTask

folder, gan_class = sys.argv[1:]
if gan_class == "tasks":
    gin.bind_parameter("penalty.fn", regularizers.zero_centered_penalty)
    gin.bind_parameter("penalty.interval", 2)
else:
    gin.bind_parameter("penalty.fn", regularizers.dragan_penalty)
dataset = types.SimpleNamespace(
    name="toy", image_shape=(8, 8, 1), num_classes=3, class_names=None, train_split="train",
    soft_labels=False,
    class_histogram=lambda split=None: np.ones(3),
)

def generator(**arguments):
    arguments |= {"spectral_norm": True, "normalizer": ConditionalBatchNorm}
    return Generator(ch=2, hierarchical_z=False, **arguments)

def discriminator(**arguments):
    arguments |= {"spectral_norm": True, "project_y": gan_class == "ModularGAN"}
    return Discriminator(ch=2, **arguments)

for name, value in {
    "conditional": True, "g_use_ema": True, "ema_decay": 0.5, "ema_start_step": 1, "g_lr": 0.1,
    "experimental_joint_gen_for_disc": gan_class == "S3GAN",
    "g_optimizer_fn": lambda learning_rate: keras.optimizers.SGD(learning_rate),
}.items():
    gin.bind_parameter(f"ModularGAN.{name}", value)

def make_gan(options):
    if gan_class == "ModularGAN":
        return ModularGAN(dataset, options)
    if gan_class == "tasks":
        # Of 8 fakes G learns from 8, 5 and 3, which the replicas share unevenly.
        return ModularGAN(dataset, options, top_k=TopK(0.6, 1, 0.3), auxiliary_tasks=[
            auxiliary.Consistency(), auxiliary.D2DCE(dimensions=4), auxiliary.LatentConsistency(),
            auxiliary.LabelProjection(),
            auxiliary.LeCam(start_update=1), auxiliary.OpenSetPredictor(),
            auxiliary.RotationMinimax(2),
        ])
    # Two images are rotated, one on each replica; the labels that are known are shared unevenly.
    return S3GAN(dataset, options, rotated_batch_fraction=1, project_y=True, use_predictor=True)

def batches(step):
    def element(position):
        seed = tf.stack([position, 1])
        images = tf.random.stateless_uniform([2, 8, 8, 8, 1], seed, 0, 256, tf.int32)
        labels = tf.random.stateless_uniform([2, 8], seed, -1, 3, tf.int32)
        return {"images": tf.cast(images, tf.uint8), "labels": labels}
    return tf.data.Dataset.range(step, 100).map(element)

def weights(strategy, name, networks=Architecture(generator, discriminator), jit_compile=None):
    keras.utils.set_random_seed(0)
    with strategy.scope():
        options = Options(ModularGAN, lambda: networks, 8, 3, 1.0, 2, 4)
        gan = make_gan(options)
    if name == "two" and gan_class == "ModularGAN":
        rematerialize_blocks(gan.generator, gan.discriminator)
    settings = LoopSettings(3, jit_compile=jit_compile)
    train(gan, batches, f"{folder}/{name}", settings, strategy=strategy)
    networks = (gan.generator, gan.discriminator, gan.average_generator, *gan.heads.values())
    found = {v.path: v.numpy() for network in networks for v in network.variables}
    for key, state in gan.checkpointables().items():
        if key.startswith(("lecam", "latest_penalty")):
            found[key] = state.numpy()
    return found

def check_same(one, two, **tolerances):
    assert one.keys() == two.keys()
    for path in one:
        np.testing.assert_allclose(two[path], one[path], **tolerances, err_msg=path)

one = weights(tf.distribute.get_strategy(), "one")
mirrored = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
check_same(one, weights(mirrored, "two"), rtol=1e-5, atol=1e-6)

# And in micro-batches, without batch statistics, which would be those of a micro-batch.
lines = []
for name, strategy, count in (("line", tf.distribute.get_strategy(), 1), ("lines", mirrored, 2)):
    with strategy.scope():
        line = LineTask(lambda: keras.optimizers.SGD(0.1))
    settings = LoopSettings(3, gradient_accumulation=count)
    train(line, line_batches, f"{folder}/{name}", settings, strategy=strategy)
    lines.append([*line.w.numpy(), *line.average.numpy()])
np.testing.assert_allclose(*lines, rtol=1e-5)

# When XLA compiles each replica's part. Without batch statistics and a penalty of the whole batch:
# on CPUs replicas can't exchange numbers in what is compiled.
if gan_class == "ModularGAN":
    gin.bind_parameter("penalty.fn", regularizers.wgangp_penalty)
    gin.bind_parameter("ModularGAN.experimental_joint_gen_for_disc", True)
    plain = Architecture(
        lambda **arguments: dcgan.Generator(ch=2, **arguments | {"normalizer": None}),
        lambda **arguments: dcgan.Discriminator(ch=2, **arguments | {"spectral_norm": True}),
    )
    found = [weights(mirrored, f"jit {jit}", plain, jit) for jit in (False, True)]
    check_same(*found, rtol=1e-9, atol=1e-12)
found = []
for jit_compile in (False, True):
    with mirrored.scope():
        compiled = LineTask(lambda: keras.optimizers.SGD(0.1))
    settings = LoopSettings(2, jit_compile=jit_compile, gradient_accumulation=2)
    train(compiled, line_batches, f"{folder}/line {jit_compile}", settings, strategy=mirrored)
    found.append([*compiled.w.numpy(), *compiled.average.numpy()])
np.testing.assert_allclose(*found, rtol=1e-5)

# Loss scaling: the first replica's slope overflows three times as in `test_loss_scale`, and the
# second's, which never does, waits for it. Then both take the mean of their derivatives, 2^10 / 128
# and 2^6 / 128.
def slopes(step):
    rows = tf.reshape(tf.constant([2.0**10, 2.0**6]), [1, 2, 1])
    return tf.data.Dataset.from_tensors({"images": rows}).repeat()

with mirrored.scope():
    half = HalfTask()
for steps in (3, 4):
    settings = LoopSettings(steps, precision="mixed_float16")
    train(half, slopes, f"{folder}/half", settings, strategy=mirrored)
    expected = 1.0 if steps == 3 else 1.0 - 0.5 * (8.0 + 0.5) / 2
    seen = mirrored.experimental_local_results(half.w.value)
    assert [value.numpy() for value in seen] == [expected] * 2, seen

# What a worker gathers its replicas share.
workers = Workers()
workers._strategy = mirrored
for size in (3, 4, 5):
    parts = np.arange(2 * size, dtype=np.float32).reshape(2, size)
    np.testing.assert_array_equal(workers._gather(tf.constant(parts)), parts.ravel())

# Waiting for slow data is seen there too. A few batches are made ahead, while steps are traced.
def slept(value):
    time.sleep(0.03)
    return value

def slow(element):
    images = tf.numpy_function(slept, [element["images"]], tf.float32)
    return {"images": tf.ensure_shape(images, [2, 4, 3])}

steps = CompiledSteps(line, 0, tf.Variable(0, dtype=tf.int64), mirrored, gradient_accumulation=2)
iterator = iter(deal_rows(line_batches(0).map(slow), mirrored))
steps(iterator, 1)
started = time.monotonic()
_, _, waited = steps(iterator, 16)
assert 8 * 0.03 < waited < time.monotonic() - started, waited
print("equal", len(one))
"""


# S3GAN has all that the other has, but D's own projection.
@pytest.mark.parametrize(
    "gan_class",
    [
        pytest.param("ModularGAN", marks=pytest.mark.slow),
        "S3GAN",
        pytest.param("tasks", marks=pytest.mark.slow),
    ],
)
def test_weights_are_those_of_one_replica(tmp_path, gan_class):
    command = [sys.executable, "-c", _PROGRAM, str(tmp_path), gan_class]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.startswith("equal")

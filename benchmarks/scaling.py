# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What a step of S3GAN on ImageNet costs on machines that are not here: docs/scaling.md.

    python benchmarks/scaling.py            # writes the tables of docs/scaling.md anew
    python benchmarks/scaling.py --print    # prints them alone

The networks of the configuration are built and the graphs of their updates traced for what one
device of each layout gets, and once for two replicas, to see what these tell each other. Nothing is
run; it takes some eight minutes of a core and 6 GB. All that is assumed about the machines stands
in `LAYOUTS` and the constants below it.
"""

import argparse
import functools
import math
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import gin
import tensorflow as tf
from tabulate import tabulate

from compare_gan import configuration
from compare_gan.schedules.run import Experiment, RunFlags, build_dataset, build_experiment
from compare_gan.training.graphs import update_graphs
from compare_gan.training.memory import peak_live_bytes
from compare_gan.training.micro_batches import micro_gradients
from compare_gan.training.pruning import live_operations
from compare_gan.training.work import operations_of

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "scaling.md"
BEGIN, END = "<!-- benchmarks/scaling.py writes from here -->\n", "<!-- to here -->\n"
CONFIGS = [
    str(ROOT / "configs" / "few_labels" / "imagenet128.gin"),
    str(ROOT / "configs" / "few_labels" / "methods" / "s3gan.gin"),
]
BINDINGS = {
    128: [],
    256: ['dataset.name = "imagenet_256"', "options.z_dim = 140"],  # 7 equal chunks, as BigGAN's
}
BATCH_SIZE = 2048
STEPS = 250_000
PRECISIONS = {"float32": "float32", "bfloat16": "mixed_bfloat16"}


class Layout(NamedTuple):
    """A machine on which replicas share a batch.

    Attributes:
      name: What it is.
      devices: How many replicas.
      peak: Multiplications and additions of bfloat16 a second, of one device.
      bandwidth: Bytes a second to and from its memory.
      memory: Bytes of it.
      network: Bytes a second that a device sends to others; 0 if it has none.
    """

    name: str
    devices: int
    peak: float
    bandwidth: float
    memory: float
    network: float


# A TPU v3 core is half a chip of 123 TFLOP/s, 32 GiB and 900 GB/s, of which 1024 sum 340 TB/s.
_CORE = {
    "peak": 123e12 / 2,
    "bandwidth": 900e9 / 2,
    "memory": 16 * 2**30,
    "network": 340e12 / 1024 / 2,
}
LAYOUTS = (
    Layout("TPU v3-128", 128, **_CORE),
    Layout("TPU v3-8", 8, **_CORE),
    Layout("8 × H100", 8, peak=989e12, bandwidth=3.35e12, memory=80e9, network=450e9),
    Layout("one H200", 1, peak=989e12, bandwidth=4.8e12, memory=141e9, network=0),
)
# What is reached of these rates.
PEAK_SHARE = 0.5
BANDWIDTH_SHARE = 0.8
NETWORK_SHARE = 0.5
MEMORY_SHARE = 0.9  # the rest is the compiler's, the allocator's gaps and the library's
ALL_REDUCE_SECONDS = 50e-6  # before the first byte of a collective has come
# An image of ImageNet as it is stored, and what it took a core to decode one, to cut and resize it.
JPEG_BYTES = 147.9e9 / 1_281_167
DECODE_SECONDS = 4e-3

# Operations that move no data, and those whose inputs and outputs a compiler can't avoid to move.
_FREE = frozenset(
    {
        "Const",
        "ExpandDims",
        "Identity",
        "IdentityN",
        "NoOp",
        "Placeholder",
        "PreventGradient",
        "ReadVariableOp",
        "Reshape",
        "Shape",
        "ShapeN",
        "Squeeze",
        "StopGradient",
    }
)
_REDUCTIONS = frozenset(
    {
        "ArgMax",
        "AvgPool",
        "AvgPoolGrad",
        "BiasAddGrad",
        "LogSoftmax",
        "Max",
        "MaxPool",
        "MaxPoolGrad",
        "Mean",
        "Min",
        "Softmax",
        "Sum",
    }
)
_ON_THE_WAY = frozenset({"Cast", "Identity", "Neg", "Relu", "Reshape", "Square"})


class Work(NamedTuple):
    """What an operation takes.

    Attributes:
      operations: Its multiplications and additions.
      bytes: Those that it reads and writes.
      inherent: Those of them that are moved even if all else happens on the way.
    """

    operations: float
    bytes: float
    inherent: float


def works(graph: tf.Graph) -> Iterator[Work]:
    """What each operation that a graph runs takes.

    Convolutions, matrix products and reductions read their inputs, as they were before they were
    cast, squared or cut at 0, and write their outputs. Everything else could be done while these
    numbers pass. How far a compiler comes lies between both counts.
    """
    for operation in live_operations(graph):
        if operation.type in _FREE:
            continue
        outputs = sum(map(_bytes, operation.outputs))
        moved = outputs + sum(map(_bytes, operation.inputs))
        work, inherent = operations_of(operation), 0
        if work or operation.type in _REDUCTIONS:
            inherent = outputs + sum(_bytes(_origin(tensor)) for tensor in operation.inputs)
        yield Work(work, moved, min(inherent, moved))


def _bytes(tensor: tf.Tensor) -> int:
    if not tensor.shape.is_fully_defined() or tensor.dtype in (tf.resource, tf.variant):
        return 0
    return math.prod(tensor.shape) * tensor.dtype.size


def _origin(tensor: tf.Tensor) -> tf.Tensor:
    while tensor.op.type in _ON_THE_WAY:
        tensor = tensor.op.inputs[0]
    return tensor


def seconds_of(parts: list[Work], layout: Layout, fused: bool) -> tuple[float, float]:
    """Seconds that operations are bound by arithmetic, and those that they are bound by memory.

    Each takes the longer of both times, and they run one after the other.
    """
    computing = moving = 0.0
    for part in parts:
        arithmetic = part.operations / (PEAK_SHARE * layout.peak)
        memory = (part.inherent if fused else part.bytes) / (BANDWIDTH_SHARE * layout.bandwidth)
        if arithmetic >= memory:
            computing += arithmetic
        else:
            moving += memory
    return computing, moving


def all_reduce_bytes(size: float, devices: int) -> float:
    """What each of n devices sends for the sum of `size` bytes over all of them.

    2 (n - 1) / n · size, the least there is, which a ring reaches.
    """
    return 2 * (devices - 1) / devices * size


def all_reduce_seconds(sizes: list[int], layout: Layout) -> float:
    """How long sums of so many bytes take, one after the other."""
    if layout.devices == 1:
        return 0.0
    sent = all_reduce_bytes(sum(sizes), layout.devices)
    return len(sizes) * ALL_REDUCE_SECONDS + sent / (NETWORK_SHARE * layout.network)


def optimizer_bytes(trained: int, averaged: int) -> int:
    """Bytes that moving so many float32 weights by Adam takes, and averaging so many of them.

    Adam reads gradient, weight and both moments, and writes the last three; the norm of gradients
    reads them once, a power iteration kernels twice. An average reads itself and the weight, and
    writes itself.
    """
    return 4 * (7 + 1 + 2) * trained + 4 * 3 * averaged


def fitting_parts(rows: int, row_bytes: float, fixed: float, memory: float) -> int:
    """In how many equal micro-batches, a power of 2, rows fit memory beside what is fixed.

    Raises:
      ValueError: Not even a single row does.
    """
    parts = 1
    while fixed + rows / parts * row_bytes > MEMORY_SHARE * memory:
        parts *= 2
        if parts > rows:
            raise ValueError(f"{row_bytes / 1e9:.1f} GB a row and {fixed / 1e9:.1f} GB don't fit.")
    return parts


def state_bytes(trained: int, averaged: int) -> int:
    """Weights, both of Adam's moments, and averaged weights, in float32."""
    return 4 * (3 * trained + averaged)


def built(size: int, precision: str, batch_size: int, accumulation: int = 1) -> Experiment:
    """The experiment at a resolution, with other weights of the same shapes.

    `weights.initializer` is "normal", since orthogonal matrices of this size take a minute.
    """
    gin.clear_config()
    bindings = [
        "dataset.labels = @true_labels",  # inferred ones cost the same and would have to be there
        f"options.batch_size = {batch_size}",
        f"run_config.precision = '{precision}'",
        f"run_config.gradient_accumulation = {accumulation}",
        "weights.initializer = 'normal'",
        *BINDINGS[size],
    ]
    configuration.parse(CONFIGS, bindings)
    with tempfile.TemporaryDirectory() as folder:
        return build_experiment(build_dataset(RunFlags(Path(folder), fake_dataset=True)))


class Traced(NamedTuple):
    """What the graphs of one device's share of a step say.

    Attributes:
      parts: The operations of all updates and micro-batches.
      activations: The most bytes alive at once in an update's graph.
      trained: Trained parameters of D with its heads, and of G.
    """

    parts: list[Work]
    activations: int
    trained: tuple[int, int]


@functools.cache
def traced(size: int, precision: str, rows: int, accumulation: int) -> Traced:
    """Traces what a device with so many rows of a batch does in a step."""
    experiment = built(size, precision, rows, accumulation)
    gan = experiment.gan
    batch = {
        "images": tf.TensorSpec([rows, size, size, 3], tf.uint8),
        "labels": tf.TensorSpec([rows], tf.int32),
    }
    graphs = update_graphs(gan, batch, accumulation)
    parts = []
    for update, (repetition, once) in zip(gan.updates, graphs, strict=True):
        parts += list(works(repetition)) * (update.repeats * accumulation)
        parts += [] if once is None else works(once)
    trained = tuple(_parameters(update.variables) for update in gan.updates)
    activations = max(
        peak_live_bytes(graph) for pair in graphs for graph in pair if graph is not None
    )
    return Traced(parts, activations, trained)


def _parameters(variables: Any) -> int:
    return sum(math.prod(variable.shape) for variable in variables)


class Exchanged(NamedTuple):
    """Bytes of each sum over replicas in a step.

    Attributes:
      gradients: One for each update, whose gradients travel together.
      statistics: One for each batch normalizer and pass, and once more on the way back.
    """

    gradients: list[int]
    statistics: list[int]


class _Recorder(tf.distribute.ReductionToOneDevice):
    """Notes how much is summed over replicas."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[tf.distribute.ReduceOp, int]] = []

    def reduce_implementation(self, reduce_op, per_replica_value, destinations, options):
        self.calls.append((reduce_op, _bytes(per_replica_value.values[0])))
        return super().reduce_implementation(reduce_op, per_replica_value, destinations, options)


def exchanged(size: int, precision: str) -> Exchanged:
    """What two replicas tell each other in a step; its size does not depend on their number.

    Gradients are summed, batch statistics averaged. Needs two logical CPUs.
    """
    recorder = _Recorder()
    devices = [device.name for device in tf.config.list_logical_devices("CPU")]
    strategy = tf.distribute.MirroredStrategy(devices, cross_device_ops=recorder)
    result = Exchanged([], [])
    with strategy.scope():
        gan = built(size, precision, batch_size=32).gan
        for update in gan.updates:
            update.optimizer.build(list(update.variables))
    rows = {
        "images": tf.TensorSpec([16, size, size, 3], tf.uint8),
        "labels": tf.TensorSpec([16], tf.int32),
    }
    for update in gan.updates:

        def one_update(batch, update=update):
            update.prepare()
            computed, _ = micro_gradients(update, batch, (0, 0, 0))
            update.optimizer.apply(computed.gradients, list(update.variables))
            finish = () if update.finish is None else update.finish(tf.constant(1, tf.int64))
            for variable, value in (*computed.assignments, *finish):
                variable.assign(value)

        recorder.calls.clear()
        function = tf.function(
            lambda batch, f=one_update: strategy.run(f, (batch,)), autograph=False
        )
        function.get_concrete_function(rows)
        sums, means = (
            [bytes for kind, bytes in recorder.calls if kind == operation]
            for operation in (tf.distribute.ReduceOp.SUM, tf.distribute.ReduceOp.MEAN)
        )
        result.gradients.extend([sum(sums)] * update.repeats)
        result.statistics.extend(means * update.repeats)
    return result


class Cell(NamedTuple):
    """What is found out of one resolution on one layout.

    Attributes:
      layout: The layout.
      size: Height of the images.
      rows: Rows of a batch on each device.
      accumulation: In how many micro-batches they pass.
      share: What a device does, in bfloat16.
      activations: Bytes in each precision.
      exchanged: What is summed over devices.
    """

    layout: Layout
    size: int
    rows: int
    accumulation: int
    share: Traced
    activations: dict[str, int]
    exchanged: Exchanged

    @property
    def fixed_bytes(self) -> int:
        """What does not depend on the number of rows: weights, moments, averages, gradients."""
        d, g = self.share.trained
        sums = 2 if self.accumulation > 1 else 1
        return state_bytes(d + g, averaged=g) + sums * 4 * max(d, g)

    @property
    def sums(self) -> list[int]:
        """Bytes of each sum over the devices in a step."""
        return self.exchanged.gradients + self.exchanged.statistics * self.accumulation

    def seconds(self, fused: bool) -> dict[str, float]:
        """Seconds of a step, by what they are spent on."""
        computing, moving = seconds_of(self.share.parts, self.layout, fused)
        d, g = self.share.trained
        updating = optimizer_bytes(2 * d + g, averaged=g)
        if self.accumulation > 1:  # a gradient and their sum are read, the sum is written
            updating += self.accumulation * 4 * 3 * (2 * d + g)
        moving += updating / (BANDWIDTH_SHARE * self.layout.bandwidth)
        network = all_reduce_seconds(self.sums, self.layout)
        return {"arithmetic": computing, "memory": moving, "network": network}


def cells(size: int) -> list[Cell]:
    """Finds out about a resolution on all layouts."""
    told = exchanged(size, PRECISIONS["bfloat16"])
    # Activations grow in proportion to rows, so what fits follows from a few of them.
    few = traced(size, PRECISIONS["bfloat16"], 16, 1)
    d, g = few.trained
    fixed = state_bytes(d + g, averaged=g) + 2 * 4 * max(d, g)
    found = []
    for layout in LAYOUTS:
        rows = BATCH_SIZE // layout.devices
        parts = fitting_parts(rows, few.activations / 16, fixed, layout.memory)
        shares = {
            name: traced(size, precision, rows, parts) for name, precision in PRECISIONS.items()
        }
        activations = {name: share.activations for name, share in shares.items()}
        found.append(Cell(layout, size, rows, parts, shares["bfloat16"], activations, told))
    return found


def tables(found: list[Cell]) -> str:
    """All that is computed, as the page shows it."""
    return "\n\n".join(
        (
            "### The networks\n",
            _weights_table(found),
            "### The step, of all devices together\n",
            _step_table(found),
            "### Memory of a device\n",
            _memory_table(found),
            "### What devices tell each other\n",
            _network_table(found),
            "### Predicted speed\n",
            _speed_table(found),
            "### Where the time goes\n",
            _limit_table(found),
            "### Input\n",
            _input_table(found),
        )
    ).replace("\n\n\n", "\n\n")


def _table(header: list[str], rows: list[list[str]]) -> str:
    places = ["left", "left", *["right"] * (len(header) - 2)]
    return tabulate(rows, header, tablefmt="pipe", colalign=places, disable_numparse=True)


def _weights_table(found: list[Cell]) -> str:
    trained = {cell.size: cell.share.trained for cell in found}
    rows = [
        [f"{size} px", f"{g / 1e6:.1f} M", f"{d / 1e6:.1f} M"] for size, (d, g) in trained.items()
    ]
    return _table(["", "weights of G", "of D"], rows)


def _step_table(found: list[Cell]) -> str:
    rows = []
    for cell in found:
        # Every device reads the weights, so what all of them move grows with their number.
        operations, moved, inherent = (
            cell.layout.devices * sum(values) for values in zip(*cell.share.parts, strict=True)
        )
        rows.append(
            [
                f"{cell.size} px",
                cell.layout.name,
                f"{operations / 1e12:,.0f} TFLOP",
                f"{operations / BATCH_SIZE / 1e9:,.0f} GFLOP",
                f"{moved / 1e12:.1f} TB",
                f"{inherent / 1e12:.1f} TB",
            ]
        )
    header = ["", "", "a step", "an image of the batch"]
    return _table([*header, "moved, each operation by itself", "moved, fused"], rows)


def _memory_table(found: list[Cell]) -> str:
    rows = []
    for cell in found:
        fixed, activations = cell.fixed_bytes, cell.activations
        rows.append(
            [
                f"{cell.size} px",
                cell.layout.name,
                f"{cell.rows}",
                f"{cell.accumulation}",
                f"{fixed / 1e9:.1f} GB",
                f"{activations['float32'] / 1e9:.1f} GB",
                f"{activations['bfloat16'] / 1e9:.1f} GB",
                f"{(fixed + activations['bfloat16']) / 1e9:.1f} GB",
                f"{cell.layout.memory / 1e9:.0f} GB",
            ]
        )
    header = ["", "", "images", "in parts", "weights, moments, averages, gradients"]
    return _table(
        [*header, "activations, float32", "bfloat16", "in all, bfloat16", "there are"], rows
    )


def _network_table(found: list[Cell]) -> str:
    rows = []
    for cell in found:
        devices = cell.layout.devices
        if devices == 1:
            continue
        gradients, statistics = cell.exchanged
        rows.append(
            [
                f"{cell.size} px",
                cell.layout.name,
                f"{sum(gradients) / 1e6:,.0f} MB in {len(gradients)}",
                f"{cell.accumulation * sum(statistics) / 1e6:.2f} MB in "
                f"{cell.accumulation * len(statistics)}",
                f"{all_reduce_bytes(sum(cell.sums), devices) / 1e9:.2f} GB",
                f"{1e3 * all_reduce_seconds(cell.sums, cell.layout):.1f} ms",
            ]
        )
    header = ["", "", "gradients", "batch statistics", "sent by a device", "time"]
    return _table(header, rows)


def _speed_table(found: list[Cell]) -> str:
    rows = []
    for cell in found:
        slow, fast = (sum(cell.seconds(fused).values()) for fused in (False, True))
        operations = sum(part.operations for part in cell.share.parts)
        peak = cell.layout.peak
        rows.append(
            [
                f"{cell.size} px",
                cell.layout.name,
                f"{1 / slow:.2g} to {1 / fast:.2g}",
                f"{operations / slow / peak:.0%} to {operations / fast / peak:.0%}",
                f"{STEPS * fast / 86400:.1f} to {STEPS * slow / 86400:.1f} days",
            ]
        )
    header = ["", "", "steps/s", "of the peak", f"{STEPS:,} steps"]
    return _table(header, rows)


def _limit_table(found: list[Cell]) -> str:
    rows = []
    for cell in found:
        for fused in (False, True):
            seconds = cell.seconds(fused)
            total = sum(seconds.values())
            rows.append(
                [
                    f"{cell.size} px",
                    cell.layout.name,
                    "fused" if fused else "each by itself",
                    f"{1e3 * total:,.0f} ms",
                    *(f"{part / total:.0%}" for part in seconds.values()),
                ]
            )
    return _table(["", "", "operations", "a step", "arithmetic", "memory", "network"], rows)


def _input_table(found: list[Cell]) -> str:
    rows = []
    for cell in found:
        rate = images_a_second(1 / sum(cell.seconds(fused=True).values()))
        rows.append(
            [
                f"{cell.size} px",
                cell.layout.name,
                f"{rate:,.0f}",
                f"{rate * JPEG_BYTES / 1e6:,.0f} MB/s",
                f"{rate * 3 * cell.size**2 / 1e6:,.0f} MB/s",
                f"{rate * DECODE_SECONDS:.0f}",
            ]
        )
    header = ["", "", "images/s", "read as JPEG", "to the devices as uint8", "cores that decode"]
    return _table(header, rows)


def images_a_second(steps_a_second: float) -> float:
    """Images that both updates of D take."""
    return 2 * BATCH_SIZE * steps_a_second


def with_block(page: str, block: str) -> str:
    """The page with another block between its two marks.

    Raises:
      ValueError: A mark is missing.
    """
    if BEGIN not in page or END not in page:
        raise ValueError(f"{PAGE} must have the lines {BEGIN.strip()} and {END.strip()}.")
    before, rest = page.split(BEGIN)
    return f"{before}{BEGIN}\n{block}\n\n{END}{rest.split(END)[1]}"


def computed() -> str:
    """The block of the page."""
    cpu = tf.config.list_physical_devices("CPU")[0]
    two = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(cpu, two)
    return tables([cell for size in BINDINGS for cell in cells(size)])


def main() -> None:
    """Writes the page's tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--print", action="store_true", help="change nothing")
    options = parser.parse_args()
    block = computed()
    if options.print:
        print(block)
    else:
        PAGE.write_text(with_block(PAGE.read_text(encoding="utf-8"), block), encoding="utf-8")


if __name__ == "__main__":
    main()

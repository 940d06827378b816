# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The whole training step of a configuration as StableHLO, for a machine that has JAX and no
TensorFlow.

    python benchmarks/export_stablehlo.py --output=/tmp/step --gin_config=configs/gan_digits.gin

writes into the folder:

    step.mlir    the module: all updates of D and that of G, optimizers and averaged weights too
    step.npz     its arguments arr_0, arr_1, ...: a step's batches, then every variable it touches
    step.json    what they and the values of a step are, its precision and its work; with the mean
                 and deviation of each argument, so that others like them can be drawn where
                 step.npz is too large to be copied
    torch.json   what is trained, for PyTorch's version of it; left out where there is none
    losses.npz   with --check_steps=N what TensorFlow makes of the same arguments in N steps, all
                 on the same batches: `values` of each step, and the variables after the last one by
                 the names that they have in step.npz

`benchmarks/run_stablehlo.py` runs it, and `benchmarks/torch_step.py` PyTorch's. The module is for
one device; random draws are keyed by the step's number, which is one of the variables, so that
every step draws anew.
"""

import argparse
import json
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
from peers.description import describe, operations, precision, refuse_float16

from compare_gan import configuration
from compare_gan.schedules.run import Experiment, RunFlags, build_dataset, build_experiment
from compare_gan.training.steps import CompiledSteps


def export(experiment: Experiment, folder: Path, arguments: bool, check_steps: int) -> None:
    """Writes the files.

    Args:
      experiment: What is trained.
      folder: Where to.
      arguments: Whether to write the arguments themselves, too.
      check_steps: How many steps TensorFlow makes to compare with; 0 for none.
    """
    gan, settings = experiment.gan, experiment.settings
    for update in gan.updates:
        update.optimizer.build(list(update.variables))
    batches = next(iter(experiment.batches(0)))

    def steps(step: tf.Variable, jit_compile: bool) -> CompiledSteps:
        return CompiledSteps(
            gan,
            settings.seed,
            step,
            experiment.strategy,
            jit_compile,
            gradient_accumulation=settings.gradient_accumulation,
        )

    step = tf.Variable(0, dtype=tf.int64, name="step")
    compiled = steps(step, jit_compile=True)
    function = compiled.one_step.get_concrete_function(batches)
    variables = _captured_variables(function)
    module = compiled.one_step.experimental_get_compiler_ir(batches)(stage="stablehlo")
    (folder / "step.mlir").write_text(module, encoding="utf-8")

    named = [(name, batches[name].numpy()) for name in sorted(batches)]
    named += [(variable.name.removesuffix(":0"), variable.numpy()) for variable in variables]
    description = {
        "precision": precision(experiment),
        "operations": operations(experiment),
        "arguments": [{"name": name, **_description(array)} for name, array in named],
        "values": compiled.names,
    }
    (folder / "step.json").write_text(json.dumps(description, indent=1), encoding="utf-8")
    try:
        described = json.dumps(describe(experiment), indent=1)
    except ValueError as error:
        print(f"torch.json is left out. {error}")
    else:
        (folder / "torch.json").write_text(described, encoding="utf-8")
    if arguments:
        np.savez(folder / "step.npz", *[array for _, array in named])
    if check_steps:
        # Not through XLA, so that its compiler is checked as well.
        plain = steps(step, jit_compile=False)
        values = [plain.one_step(batches).numpy() for _ in range(check_steps)]
        after = {
            f"arr_{len(batches) + number}": variable.numpy()
            for number, variable in enumerate(variables)
        }
        np.savez(folder / "losses.npz", values=np.stack(values), **after)


def _captured_variables(function: tf.types.experimental.ConcreteFunction) -> list[tf.Variable]:
    """The variables whose values are the module's arguments after the inputs, in their order."""
    by_handle = {id(variable.handle): variable for variable in function.graph.variables}
    return [by_handle[id(handle)] for handle in function.captured_inputs]


def _description(array: np.ndarray) -> dict[str, object]:
    """An array's shape, type, mean and standard deviation."""
    numbers = array.astype(np.float64)
    return {
        "shape": list(array.shape),
        "dtype": str(array.dtype),
        "mean": float(numbers.mean()) if array.size else 0.0,
        "stddev": float(numbers.std()) if array.size else 0.0,
    }


def main() -> None:
    """Exports the step of a configuration."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gin_config", action="append", required=True)
    parser.add_argument("--gin_bindings", action="append", default=[])
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--no_arguments", action="store_true", help="leave step.npz out")
    parser.add_argument("--check_steps", type=int, default=0)
    options = parser.parse_args()
    configuration.parse(options.gin_config, options.gin_bindings)
    experiment = build_experiment(build_dataset(RunFlags(options.output, fake_dataset=True)))
    try:
        refuse_float16(experiment)
    except ValueError as error:
        parser.error(str(error))
    options.output.mkdir(parents=True, exist_ok=True)
    export(experiment, options.output, not options.no_arguments, options.check_steps)
    for file in sorted(options.output.iterdir()):
        print(f"{file}: {file.stat().st_size / 1e6:,.1f} MB")


if __name__ == "__main__":
    main()

# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""`python -m compare_gan.main`: trains, evaluates and samples what a `.gin` file describes."""

import logging
import os
import sys
from pathlib import Path

from absl import app, flags

from compare_gan.step_flag import define_step

FLAGS = flags.FLAGS
_SCHEDULES = "train, eval_after_train, continuous_eval, infer_labels, pipeline or sample."

flags.DEFINE_string("model_dir", None, "Where the results of the run go, or are.")
flags.DEFINE_string("schedule", "train", _SCHEDULES)
flags.DEFINE_multi_string("gin_config", [], "A .gin file; may be given several times.")
flags.DEFINE_multi_string("gin_bindings", [], "A binding; may be given several times.")
flags.DEFINE_string("strategy", "auto", "auto, one, mirrored, multi_worker or tpu.")
flags.DEFINE_bool("use_tpu", False, "The same as --strategy=tpu.")
flags.DEFINE_bool("dry_run", False, "Print configuration, networks and memory; train nothing.")
flags.DEFINE_string("tfds_data_dir", None, "Where TensorFlow Datasets are prepared.")
flags.DEFINE_bool("data_fake_dataset", False, "Train on random images of the data set's shape.")
flags.DEFINE_integer("eval_every_steps", 5000, "Evaluate at multiples of this, and the last step.")
flags.DEFINE_integer("num_eval_averaging_runs", None, "Goes before eval.num_fake_sets.")
flags.DEFINE_integer("num_samples", 64, "sample: how many images.")
flags.DEFINE_list("labels", None, "sample: the classes to draw, in turn, by number or name.")
flags.DEFINE_float("truncation", None, "sample: redraw latents beyond so many deviations.")
flags.DEFINE_integer("seed", 0, "sample: another seed gives other images.")
define_step('sample: the checkpoint to use, or "best"; the newest by default.')
flags.DEFINE_enum("format", "grid", ["grid", "png", "npz"], "sample: a picture, files, an array.")
flags.DEFINE_string("output", None, "sample: where to; in the model_dir by default.")


def main(argv: list[str]) -> None:
    """Hands the flags to the schedule; user errors end in one line and exit code 2."""
    if len(argv) > 1:
        _fail(f"unexpected argument {argv[1]!r}: options are flags, such as --model_dir=DIR.")
    if not FLAGS.model_dir and not FLAGS.dry_run:
        _fail("--model_dir is missing: say where results go, e.g. --model_dir=/tmp/gan_digits.")
    if FLAGS.use_tpu and FLAGS.strategy not in ("auto", "tpu"):
        _fail(f"--use_tpu and --strategy={FLAGS.strategy} contradict each other: leave one out.")
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr, force=True)
    # TensorFlow tells of its own affairs, some of them after an error that has its one line here.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    logging.getLogger("absl").addFilter(lambda record: record.module != "functional_saver")

    from compare_gan import schedules  # here, so that --help and a misspelt flag answer at once

    sample = schedules.SampleFlags(
        count=FLAGS.num_samples,
        labels=FLAGS.labels,
        truncation=FLAGS.truncation,
        seed=FLAGS.seed,
        step=FLAGS.step,
        format=FLAGS.format,
        output=FLAGS.output,
    )
    run_flags = schedules.RunFlags(
        model_dir=Path(FLAGS.model_dir or "."),
        tfds_data_dir=FLAGS.tfds_data_dir,
        fake_dataset=FLAGS.data_fake_dataset,
        eval_every_steps=FLAGS.eval_every_steps,
        num_fake_sets=FLAGS.num_eval_averaging_runs,
        sample=sample,
        dry_run=FLAGS.dry_run,
        strategy="tpu" if FLAGS.use_tpu else FLAGS.strategy,
    )
    schedules.run_and_exit(FLAGS.schedule, FLAGS.gin_config, FLAGS.gin_bindings, run_flags)


def _fail(message: object) -> None:
    print(f"compare_gan: {message}", file=sys.stderr)
    sys.exit(2)


def _parsed_flags(argv: list[str]) -> list[str]:
    try:
        return FLAGS(argv)
    except flags.Error as error:
        return _fail(f"{error} See --help.")


if __name__ == "__main__":
    app.run(main, flags_parser=_parsed_flags)

# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""`python -m compare_gan.evaluate`: measures one set of images against another."""

import logging
import os
import sys

from absl import app, flags

from compare_gan.step_flag import define_step

FLAGS = flags.FLAGS

_SIDES = "A folder, .npz/.npy file, model_dir, or dataset:NAME[@SPLIT]."
flags.DEFINE_string("real", None, f"The reference. {_SIDES}")
flags.DEFINE_string("fake", None, f"What is measured. {_SIDES}")
flags.DEFINE_list("metrics", ["fid", "kid"], "Gin names of metrics, e.g. fid,kid,prdc,prd.")
flags.DEFINE_string("backbone", "inception_2015", "Gin name of the network of the features.")
flags.DEFINE_string("resize", None, "How images get its size: none, tf1_bilinear, pil_bicubic.")
flags.DEFINE_integer("num_samples", None, "Images of each side; all by default.")
flags.DEFINE_integer("batch_size", 64, "Images that pass at once.")
flags.DEFINE_integer("image_size", None, "Fit the images of folders to squares of this size.")
define_step('Of a model_dir: the checkpoint, or "best"; the newest by default.')
flags.DEFINE_float("truncation", None, "Of a model_dir: redraw latents beyond so many deviations.")
flags.DEFINE_string("bn_mode", None, "Of a model_dir: auto, moving, standing or batch statistics.")
flags.DEFINE_integer("seed", None, "Of a model_dir: another seed than 42 gives other images.")
flags.DEFINE_bool("force", False, "Fit Gaussians, as fid does, to too few images (of a class).")
flags.DEFINE_string("output", None, "A folder for comparison.json and pictures.")
flags.DEFINE_string("neighbors", None, "In what the picture's are near: pixels, features.")
flags.DEFINE_string("save_statistics", None, "An .npz file for mu and sigma of the real side.")
flags.DEFINE_string("tfds_data_dir", None, "Where TensorFlow Datasets are prepared.")
flags.DEFINE_multi_string("gin_config", [], "A .gin file, e.g. one that imports your metrics.")
flags.DEFINE_multi_string("gin_bindings", [], "A binding, e.g. saved_model.path = '/dir'.")


def main(argv: list[str]) -> None:
    """Hands the flags over; user errors end in one line and exit code 2."""
    if len(argv) > 1:
        _fail(f"unexpected argument {argv[1]!r}: options are flags, such as --real=DIR.")
    for name in ("real", "fake"):
        if not FLAGS[name].value:
            _fail(f"--{name} is missing. {_SIDES}")
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr, force=True)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)

    from compare_gan import comparison  # here, so that --help and a misspelt flag answer at once

    comparison.run_and_exit(
        comparison.CompareFlags(
            **{name: FLAGS[name].value for name in comparison.CompareFlags._fields}
        )
    )


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

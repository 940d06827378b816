# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""`python -m compare_gan.evaluate` in a process of its own."""

import subprocess
import sys


def test_the_command(tmp_path):
    def run(*arguments):
        command = [sys.executable, "-m", "compare_gan.evaluate", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    done = run(
        "--real=dataset:digits",
        "--fake=dataset:digits@train",
        "--backbone=digits_cnn",
        "--metrics=fid,inception_score",
    )
    assert done.returncode == 0, done.stderr
    assert "fid_digits_cnn" in done.stdout and "inception_score_digits_cnn" in done.stdout
    for arguments, words in (
        (["--real=dataset:digits"], "compare_gan: --fake is missing"),
        (["--real=a", "--fake=b", "--metrix=fid"], "metrix"),
    ):
        done = run(*arguments)
        assert done.returncode == 2 and words in done.stderr and "Traceback" not in done.stderr

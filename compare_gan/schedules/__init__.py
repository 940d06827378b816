# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What a command does with a configuration, one file a schedule."""

from compare_gan.schedules.command import SCHEDULES, run, run_and_exit
from compare_gan.schedules.run import RunFlags, SampleFlags

__all__ = ["SCHEDULES", "RunFlags", "SampleFlags", "run", "run_and_exit"]

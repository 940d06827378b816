# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from compare_gan.training.guards import Interruption, ModelDirLock, non_finite_message

_HOLD = """
import sys
from compare_gan.training.guards import ModelDirLock
with ModelDirLock(sys.argv[1]):
    print("locked", flush=True)
    sys.stdin.read()
"""


def test_one_training_a_folder_until_the_process_ends(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout.readline().strip() == "locked"
        with pytest.raises(ValueError, match=rf"process {other.pid} on .* is training there"):
            ModelDirLock(tmp_path).__enter__()
        other.kill()
    with ModelDirLock(tmp_path):  # kill -9 left no lock behind
        pass


def test_first_of_several_is_named():
    values = np.array([1.0, np.inf, np.nan])
    message = non_finite_message(["a", "b", "c"], values, 7, None)
    assert message.startswith("b became inf at step 7; training stopped. There is no checkpoint")
    assert "step 5 is kept" in non_finite_message(["a"], np.array([np.nan]), 7, 5)


def test_signal_is_remembered_and_handlers_come_back():
    before = signal.getsignal(signal.SIGTERM)
    with Interruption() as interruption:
        assert interruption.received is None
        os.kill(os.getpid(), signal.SIGTERM)
        assert interruption.received == signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) is before

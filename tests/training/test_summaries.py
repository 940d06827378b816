# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import io
import logging
import sys

import numpy as np
import tensorflow as tf

from compare_gan.training.summaries import Curves, Progress


def test_lines_tell_rate_and_time_left(caplog, monkeypatch):
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False, raising=False)
    with caplog.at_level(logging.INFO):
        progress = Progress("training", 0, 1000)
        progress.advance(1, 1, 0.0, {"d/loss": 1.0})  # compiling is not counted
        now[0] += 30
        progress.advance(101, 100, 20.0, {"d/loss": 1.25, "d/gradient_norm": 3.0})
        now[0] += 1
        progress.advance(102, 1, 0.2, {"d/loss": 1.0})  # too early for another line
    (line,) = caplog.messages
    # 100 steps in 20 s are 5 a second, so 899 more take just below 180 s.
    assert line == "training: step 101 of 1000 (10%) · 5 steps/s · 02:59 left · d/loss 1.25"


def test_bar_on_a_terminal(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    progress = Progress("training", 10, 20)
    progress.advance(20, 10, 1.0, {"d/loss": 0.5})
    progress.close()
    assert "20/20" in terminal.getvalue() and "d/loss=0.5" in terminal.getvalue()


def test_curves_and_pictures_are_there_for_tensorboard(tmp_path):
    curves = Curves(tmp_path)
    curves.scalars(7, {"loss": 0.5})
    curves.image(7, "fakes", np.zeros([4, 4, 1], np.uint8))
    curves.close()
    (path,) = tmp_path.glob("events*")
    found = {
        value.tag: event.step
        for event in tf.compat.v1.train.summary_iterator(str(path))
        for value in event.summary.value
    }
    assert found == {"loss": 7, "fakes": 7}


def test_curves_that_cannot_be_written_end_no_training(tmp_path, caplog):
    (tmp_path / "logs").write_text("a file where the folder should be")
    curves = Curves(tmp_path / "logs")
    curves.scalars(1, {"loss": 0.5})
    curves.scalars(2, {"loss": 0.5})
    curves.close()
    assert caplog.text.count("No more curves are written") == 1

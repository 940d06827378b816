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
        progress.advance(1, 1, 0.0, 9.0, {"d/loss": 1.0})  # compiling is not counted
        now[0] += 5
        progress.advance(41, 40, 8.0, 0.1, {"d/loss": 1.5})  # too early for a line
        now[0] += 25
        progress.advance(101, 60, 12.0, 0.7, {"d/loss": 1.25, "d/gradient_norm": 3.0})
        now[0] += 30
        progress.advance(201, 100, 10.0, 5.0, {"d/loss": 1.0})
    first, second = caplog.messages
    # 100 steps in 20 s are 5 a second, so 899 more take just below 180 s; 0.8 s are 4% of 20 s.
    assert first == (
        "training: step 101 of 1000 (10%) · 5 steps/s · input wait 4.0% · 02:59 left · d/loss 1.25"
    )
    assert second == (
        "training: step 201 of 1000 (20%) · 10 steps/s · input wait 50.0% · 01:19 left · d/loss 1"
    )


def test_bar_on_a_terminal(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    progress = Progress("training", 10, 20)
    progress.advance(20, 10, 1.0, 0.25, {"d/loss": 0.5})
    progress.close()
    assert "20/20" in terminal.getvalue() and "input wait=25.0%, d/loss=0.5" in terminal.getvalue()


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

# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What a label source of one's own is told where it is half made."""

import pytest
import tensorflow as tf

from compare_gan.data import LabelSource, TrueLabels


class Promising(TrueLabels):
    redrawn = True


def test_a_source_that_redraws_needs_its_method():
    with pytest.raises(NotImplementedError, match="Promising has redrawn = True, but no method"):
        Promising().redraw(3, tf.range(2), seed=0)


def test_a_source_needs_labels():
    with pytest.raises(TypeError, match="abstract"):
        type("Half", (LabelSource,), {})()

# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What counts as a difference between two configurations."""

import gin
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compare_gan.configuration import ConfigurationError, differences, parse


@gin.configurable("compared", module="comparison_tests")
def _compared(steps=1, rate=0.1, fn=None, needed=gin.REQUIRED):
    return steps, rate, fn, needed


@gin.configurable("compared_loss", module="comparison_tests")
def _compared_loss(scale=1):
    return scale


@gin.configurable("compared_with_function", module="comparison_tests")
def _compared_with_function(fn=_compared_loss):
    return fn


def _texts(old: str, new: str, **kwargs) -> list[str]:
    return [str(difference) for difference in differences(old, new, **kwargs)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", "# Only a comment.\n"),
        ("a.x = 1\nb.y = 2", "b.y  =  2 # why\n\n\na.x=1\n"),
        ("a.x = [1, 2]", "a.x = [\n  1,\n  2,\n]"),
        ("a.x = 'text'", 'a.x = "text"'),
        ("a.x = 1\na.y = 2", "a:\n  x = 1\n  y = 2\n"),
        ("a.x = 64", "a.x = 64.0"),
        ("import gin\na.x = 1", "a.x = 1"),
        ("a.x = 3\na.x = 1", "a.x = 1"),  # The last one counts.
        ("R = 0.5\na.x = %R", "a.x = 0.5"),
        ("R = 0.5\nQ = [%R, 1]\na.x = %Q", "S = [0.5, 1]\na.x = %S"),
        ("a.x = @s/f()", "a.x = @s/f()"),
        ("compared.steps = 2", "comparison_tests.compared.steps = 2"),
        ("a.x = @compared_loss", "a.x = @comparison_tests.compared_loss"),
        ("", "compared.steps = 1"),  # The default, written out.
        ("", "compared_with_function.fn = @compared_loss"),
    ],
)
def test_no_difference(old, new):
    assert _texts(old, new) == []
    assert _texts(new, old) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("a.x = 1", "a.x = 2", "a.x: 1 -> 2"),
        ("a.x = 1", "", "a.x: 1 -> not set"),
        ("a.x = 1", "s/a.x = 2\na.x = 1", "s/a.x: not set -> 2"),
        ("a.x = @f", "a.x = @f()", "a.x: @f -> @f()"),
        ("a.x = @s/f", "a.x = @f", "a.x: @s/f -> @f"),
        ("a.x = @compared_loss", "a.x = @g", "a.x: @compared_loss -> @g"),
        ("R = 1\na.x = %R", "R = 2\na.x = %R", "a.x: 1 -> 2"),
        ("a.x = %R", "a.x = 1", "a.x: %R -> 1"),
        ("a.x = '1'", "a.x = 1", "a.x: '1' -> 1"),
        ("", "compared.steps = 2", "compared.steps: 1 -> 2"),
        ("", "compared.needed = 2", "compared.needed: not set -> 2"),
        ("", "s/compared.steps = 1", "s/compared.steps: not set -> 1"),
        ("", "compared_with_function.fn = @compared", "compared_with_function.fn: <function"),
        ("R = %Q\nQ = %R\na.x = %R", "a.x = 1", "a.x: %R -> 1"),
    ],
)
def test_a_difference(old, new, expected):
    found = _texts(old, new)
    assert len(found) == 1
    assert found[0].startswith(expected)


def test_differences_are_sorted_and_complete():
    found = _texts("b.y = 1\na.x = 1\nc.z = 1", "b.y = 2\na.x = 2\nc.z = 1")
    assert found == ["a.x: 1 -> 2", "b.y: 1 -> 2"]


def test_what_a_resumed_run_may_change():
    new = """
options.training_steps = 2
run_config.save_checkpoints_steps = 3
run_config.iterations_per_loop = 3
run_config.keep_checkpoint_max = 3
eval.batch_size = 3
dataset.data_dir = "elsewhere"
"""
    assert _texts("", new) == []
    assert _texts("", "run_config.tf_random_seed = 3") == [
        "run_config.tf_random_seed: not set -> 3"
    ] or _texts("", "run_config.tf_random_seed = 3") == ["run_config.tf_random_seed: None -> 3"]
    assert len(_texts("options.batch_size = 64", "options.batch_size = 32")) == 1


def test_the_caller_says_what_may_change():
    assert _texts("a.x = 1", "a.x = 2", allowed=["a.*"]) == []
    assert _texts("a.x = 1", "s/a.x = 1\na.x = 1", allowed=["a.*"]) == []
    assert len(_texts("a.x = 1", "a.x = 2", allowed=["b.*"])) == 1


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(-3, 3)), st.randoms())
def test_order_never_matters(values, random):
    lines = [f"toy.{name} = {value}" for name, value in values.items()]
    shuffled = random.sample(lines, len(lines))
    assert _texts("\n".join(lines), "\n".join(shuffled)) == []


def test_what_was_parsed_equals_itself_saved():
    bindings = ["compared.fn = @compared_loss", "R = 3", "compared.steps = %R"]
    parse([], bindings)
    assert _texts(gin.config_str(), "\n".join(bindings)) == []


def test_texts_that_are_no_saved_configuration():
    with pytest.raises(ConfigurationError, match="no `include`"):
        differences("include 'base.gin'", "")
    with pytest.raises(ConfigurationError, match="can't be parsed"):
        differences("a.x = ", "")
    with pytest.raises(ConfigurationError, match="can't be parsed"):
        differences("", "a.x = (1,")

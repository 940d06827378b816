# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Reading .gin files: everything said is set, and nothing misspelt gets through."""

import logging
import pathlib

import gin
import pytest
import tensorflow as tf

from compare_gan.configuration import ConfigurationError, parse


@gin.configurable("toy_run", denylist=["data"])
def toy_run(data=None, steps=1, rate=0.1, fn=None, options=None):
    return {"data": data, "steps": steps, "rate": rate, "fn": fn, "options": options}


@gin.configurable("toy_loss")
def toy_loss(scale=1):
    return scale


def _write(folder: pathlib.Path, text: str, name: str = "run.gin") -> str:
    (folder / name).write_text(text)
    return str(folder / name)


def _error(*args, **kwargs) -> str:
    with pytest.raises(ConfigurationError) as caught:
        parse(*args, **kwargs)
    message = str(caught.value)
    assert "\n" not in message
    # A failed parse leaves nothing behind.
    assert not gin.config_is_locked()
    assert gin.config_str() == ""
    return message


def test_files_then_bindings_then_locked(tmp_path):
    first = _write(
        tmp_path, "toy_run.steps = 2\ntoy_run.rate = 0.5\ntoy_run.fn = @toy_loss", "a.gin"
    )
    second = _write(tmp_path, "toy_run.rate = 0.25\ntoy_loss.scale = 3", "b.gin")
    parse([first, second], ["toy_run.steps = 7"])
    values = toy_run()
    assert (values["steps"], values["rate"], values["fn"]()) == (7, 0.25, 3)
    assert gin.config_is_locked()


def test_a_second_parse_starts_anew():
    parse([], ["toy_run.steps = 2"])
    parse([], "toy_run.rate = 0.5")
    assert toy_run()["steps"] == 1
    assert toy_run()["rate"] == 0.5


def test_scopes_blocks_macros_containers_and_evaluated_references(tmp_path):
    path = _write(
        tmp_path,
        """
# A comment.
RATE = 0.5
toy_run:
  rate = %RATE
  options = {'a': [1, (2, @toy_loss())], 'b': None}
train/toy_run.steps = 9
toy_loss.scale = \\
    4
""",
    )
    parse([path])
    assert toy_run()["rate"] == 0.5
    assert toy_run()["options"] == {"a": [1, (2, 4)], "b": None}
    assert toy_run()["steps"] == 1
    with gin.config_scope("train"):
        assert toy_run()["steps"] == 9


def test_an_include_is_found_beside_the_file_that_includes_it(tmp_path, monkeypatch):
    monkeypatch.chdir("/")
    _write(tmp_path, "toy_run.steps = 5\ntoy_run.rate = 1.0", "base.gin")
    parse([_write(tmp_path, 'include "base.gin"\ntoy_run.rate = 2.0')])
    assert (toy_run()["steps"], toy_run()["rate"]) == (5, 2.0)


def test_files_of_any_file_system_that_tensorflow_reads():
    with tf.io.gfile.GFile("ram://compare_gan_test/run.gin", "w") as file:
        file.write("toy_run.steps = 11\n")
    parse(["ram://compare_gan_test/run.gin"])
    assert toy_run()["steps"] == 11


def test_windows_line_endings(tmp_path):
    (tmp_path / "run.gin").write_bytes(b"toy_run.steps = 2\r\ntoy_run.rate = 0.5\r\n")
    parse([str(tmp_path / "run.gin")])
    assert (toy_run()["steps"], toy_run()["rate"]) == (2, 0.5)


def test_a_module_of_the_users_own_is_imported_and_saved(tmp_path, monkeypatch):
    (tmp_path / "my_toy_module.py").write_text(
        "import gin\n@gin.configurable\ndef my_toy_loss(power=2):\n  return power\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    path = _write(
        tmp_path, "import my_toy_module\ntoy_run.fn = @my_toy_loss\nmy_toy_loss.power = 5"
    )
    parse([path])
    assert toy_run()["fn"]() == 5
    saved = gin.config_str()
    assert saved.startswith("import my_toy_module")
    parse([_write(tmp_path, saved, "saved.gin")])
    assert toy_run()["fn"]() == 5


def test_gins_dynamic_registration(tmp_path, monkeypatch):
    (tmp_path / "plain_toy_module.py").write_text("def plain_toy_loss(power=2):\n  return power\n")
    monkeypatch.syspath_prepend(tmp_path)
    head = "from __gin__ import dynamic_registration\nimport plain_toy_module\n"
    parse([_write(tmp_path, head + "plain_toy_module.plain_toy_loss.power = 6")])
    assert gin.get_configurable("plain_toy_module.plain_toy_loss")() == 6
    message = _error([_write(tmp_path, head + "plain_toy_module.plain_toy_los.power = 6")])
    assert "run.gin, line 3" in message and "plain_toy_los" in message


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        (
            "\ntoy_run.stepps = 3",
            2,
            "toy_run has no parameter 'stepps'; did you mean toy_run.steps?",
        ),
        ("toy_run:\n  stepps = 3", 2, "did you mean toy_run.steps?"),
        ("a/b/toy_run.stepps = 3", 1, "a/b/toy_run.stepps: "),
        ("toy_rum.steps = 3", 1, "nothing is registered as 'toy_rum'; did you mean toy_run.steps?"),
        (
            "toy_run.fn = @toy_los",
            1,
            "toy_run.fn = @toy_los: nothing is registered as 'toy_los'; did",
        ),
        ("toy_run.options = {'a': [@toy_los()]}", 1, "did you mean @toy_loss?"),
        ("toy_run.data = 3", 1, "it is given by the program, not by gin"),
        ("RAET = 1\ntoy_run.rate = %RATE", 2, "%RATE, which has no value; did you mean %RAET?"),
        (
            "toy_run.fn = toy_loss",
            1,
            'text needs quotation marks, "toy_loss", and a reference an @',
        ),
        ("toy_run.fn = true", 1, "write True."),
        ("toy_run.steps 3", 1, "`toy_run.steps 3` can't be read"),
        ("import no_such_module_xyz", 1, "no module named 'no_such_module_xyz'; is its folder on"),
        ("import gin.no_such_part", 1, "no module named 'gin.no_such_part'"),
        ("from __gin__ import telepathy", 1, "from __gin__ import telepathy"),
        ('include "bse.gin"', 1, "bse.gin' does not exist; did you mean"),
        ('include "run.gin"', 1, "includes itself"),
        ("include 3", 1, "Expected file path as string"),
        ("tf.train.AdamOptimizer.beta_1 = 0.5", 1, "did you mean tf.train.AdamOptimizer.beta1?"),
        ("keras.optimizers.Adam.beta1 = 0.5", 1, "did you mean keras.optimizers.Adam.beta_1?"),
    ],
)
def test_errors_in_a_file_are_one_line_with_the_place(tmp_path, monkeypatch, text, line, expected):
    monkeypatch.chdir(tmp_path)
    _write(tmp_path, "", "base.gin")
    path = _write(tmp_path, text)
    message = _error([path])
    if "itself" in expected:
        path = "run.gin"  # Found in the working directory, then beside itself.
    assert f"{path}, line {line}: " in message
    assert expected in message


def test_a_bracket_that_is_not_closed(tmp_path):
    # Which line is named, the last one or the next, depends on Python's version.
    message = _error([_write(tmp_path, "toy_run.rate = 1\ntoy_run.steps = (1,\n 2")])
    assert f"{tmp_path / 'run.gin'}, line " in message
    assert "isn't closed" in message


def test_errors_in_an_included_file_name_that_file(tmp_path):
    _write(tmp_path, "\n\ntoy_run.stepps = 1", "base.gin")
    message = _error([_write(tmp_path, 'include "base.gin"')])
    assert message.startswith(f"{tmp_path / 'base.gin'}, line 3: ")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("def f(:", "SyntaxError: "),
        ("import no_such_module_xyz", "no module named 'no_such_module_xyz'"),
        ("raise ValueError('two\\nlines')", "ValueError: two lines"),
    ],
)
def test_errors_of_a_users_module_are_told_with_the_import(tmp_path, monkeypatch, source, expected):
    name = f"broken_module_{abs(hash(source))}"
    (tmp_path / f"{name}.py").write_text(source + "\n")
    monkeypatch.syspath_prepend(tmp_path)
    message = _error([_write(tmp_path, f"toy_run.steps = 2\nimport {name}")])
    assert f"run.gin, line 2: `import {name}`" in message
    assert expected in message


def test_errors_in_bindings_say_so():
    assert _error([], ["toy_run.stepps = 1"]).startswith("gin bindings: toy_run.stepps: ")
    assert _error([], ["toy_run.fn = relu"]).startswith("gin bindings: `toy_run.fn = relu` can't")


def test_missing_files(tmp_path):
    _write(tmp_path, "", "resnet_cifar10.gin")
    assert "did you mean" in _error([str(tmp_path / "resnet_cifar.gin")])
    assert "is a folder" in _error([str(tmp_path)])
    assert "nor does its folder" in _error(str(tmp_path / "nowhere" / "x.gin"))
    (tmp_path / "picture.gin").write_bytes(b"\xff\xfe\x00")
    assert "can't be read" in _error([str(tmp_path / "picture.gin")])
    assert "does not exist" in _error("no_such_scheme://bucket/x.gin")


def test_a_required_value_that_no_later_file_gives():
    assert "toy_run.rate" in _error([], ["toy_run.rate = %gin.REQUIRED"])


def test_an_ambiguous_name_lists_what_it_may_stand_for():
    for module in ("toy_one", "toy_two"):
        gin.external_configurable(lambda: None, name="ToyTwin", module=module)
    message = _error([], ["toy_run.fn = @ToyTwin"])
    assert "'ToyTwin' stands for several: toy_one.ToyTwin, toy_two.ToyTwin" in message


def test_nothing_is_said_of_a_clean_configuration(caplog):
    with caplog.at_level(logging.WARNING):
        parse([], ["toy_run.steps = 3"])
    assert not caplog.records


@gin.configurable("toy_switch")
def toy_switch(plain=False, annotated: bool = True, or_none: bool | None = None, mode: str = "a"):
    return plain, annotated, or_none, mode


@pytest.mark.parametrize(
    ("binding", "told"),
    [
        ("plain = 'False'", "toy_switch.plain = 'False' is text: write False, without quotes."),
        ("annotated = 'ture'", "toy_switch.annotated = 'ture' is text: write True, without"),
        ("or_none = 'no'", "toy_switch.or_none = 'no' is text: write True or False, without"),
        ("plain = 2", "toy_switch.plain = 2 is neither True nor False: write one of them."),
        ("annotated = @toy_loss", "toy_switch.annotated = @toy_loss is neither"),
        (
            "plain = %switch\nswitch = 'False'",
            "toy_switch.plain = %switch, and switch = 'False' is text: write False",
        ),
    ],
)
def test_what_is_true_or_false_is_nothing_else(binding, told):
    assert _error([], f"toy_switch.{binding}").startswith(f"gin bindings: {told}")
    assert _error([], f"in/toy_switch.{binding}").startswith(f"gin bindings: in/{told}")


def test_where_a_wrong_truth_value_stands(tmp_path):
    path = _write(tmp_path, "toy_run.steps = 2\nD.spectral_norm = 'False'")
    assert _error(path) == (
        f"{path}, line 2: D.spectral_norm = 'False' is text: write False, without quotes."
    )


@pytest.mark.parametrize(
    ("bindings", "values"),
    [
        ("toy_switch.plain = True\ntoy_switch.or_none = False", (True, True, False, "a")),
        ("toy_switch.plain = 1\ntoy_switch.annotated = 0", (1, 0, None, "a")),
        ("toy_switch.annotated = None\ntoy_switch.mode = 'False'", (False, None, None, "False")),
        ("toy_switch.plain = %on\non = True", (True, True, None, "a")),
        ("toy_switch.plain = @toy_loss()", (1, True, None, "a")),
    ],
)
def test_truth_values_and_what_gives_them(bindings, values):
    parse([], bindings)
    assert toy_switch() == values

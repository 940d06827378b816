# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What a user is told about a binding that is wrong."""

import gin
import pytest

from compare_gan.configuration import diagnosis, registry


@gin.configurable("diagnosed", module="diagnosis_tests", denylist=["data"])
def _diagnosed(data=None, learning_rate=0.1):
    return data, learning_rate


def _of(parameter: str) -> str:
    return diagnosis.unknown_binding(registry.find("diagnosed"), "diagnosed", parameter)


def test_a_misspelt_parameter_names_the_nearest():
    assert _of("learning_rat").endswith("; did you mean diagnosed.learning_rate?")


def test_a_parameter_of_the_program_is_said_to_be_one():
    assert _of("data").endswith("it is given by the program, not by gin.")


def test_a_stranger_gets_the_list():
    assert _of("qqq").endswith("it has learning_rate.")


def test_a_parameter_of_another_part_names_its_owner():
    import compare_gan.layers.initializers  # noqa: F401 - registers `weights`.

    assert _of("initializer").endswith("; did you mean weights.initializer?")


def test_a_misspelt_name_keeps_the_parameter():
    message = diagnosis.unknown_binding(None, "diagnosedd", "learning_rate")
    assert message.endswith("; did you mean diagnosed.learning_rate?")


def test_a_name_like_no_other_advises_an_import():
    assert "import its module" in diagnosis.unknown_name("xyzzyqqq")


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("cifar10", 'text needs quotation marks, "cifar10"'),
        ("true", "write True."),
        ("none", "write None."),
        ("f'a'", "f'a' is no value."),
    ],
)
def test_bare_words(token, expected):
    assert expected in diagnosis.syntax(f"malformed node\n    Failed to parse token '{token}'")


def test_missing_files(tmp_path):
    (tmp_path / "resnet_cifar10.gin").touch()
    near = diagnosis.missing_file(str(tmp_path / "resnet_cifar.gin"))
    assert near.endswith(f"did you mean {tmp_path / 'resnet_cifar10.gin'}?")
    assert diagnosis.missing_file(str(tmp_path)).endswith("is a folder.")
    assert diagnosis.missing_file("/no/such/x.gin").endswith("nor does its folder.")

# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What gin is asked about its registered parts."""

from typing import Optional

import gin
import keras
import pytest

from compare_gan.configuration import ConfigurationError, parse, registry


@gin.register("RegistryLayer", module="registry_one", denylist=["name"])
class _Layer(keras.layers.Layer):
    def __init__(self, units, *, slope=0.1, name=None):
        super().__init__(name=name)
        self.units = units
        self.slope = slope


@gin.configurable("RegistryLayer", module="registry_two", allowlist=["slope"])
def _function(units, slope=0.2, **rest):
    return units, slope, rest


@gin.configurable("registry_open")
def _open(value=1, **rest):
    return value, rest


def test_find_takes_any_unambiguous_ending():
    assert registry.find("registry_one.RegistryLayer").wrapped is _Layer
    assert registry.find("nothing_of_this_name") is None
    with pytest.raises(ConfigurationError, match="registry_one.RegistryLayer, registry_two"):
        registry.find("RegistryLayer")


def test_parameters_of_keras_classes_and_of_functions():
    layer = registry.find("registry_one.RegistryLayer")
    assert registry.all_parameters(layer) == ["units", "slope", "name"]
    assert registry.parameters(layer) == ["units", "slope"]
    assert registry.parameters(registry.find("registry_two.RegistryLayer")) == ["slope"]


def test_keyword_arguments_are_accepted_only_where_no_list_forbids_it():
    assert registry.accepts(registry.find("registry_open"), "anything")
    assert not registry.accepts(registry.find("registry_two.RegistryLayer"), "anything")
    assert not registry.accepts(registry.find("registry_two.RegistryLayer"), "units")
    assert not registry.accepts(registry.find("registry_one.RegistryLayer"), "name")


def test_defaults():
    name = "registry_one.RegistryLayer"
    assert registry.has_default(name, "slope") == (True, 0.1)
    assert registry.has_default(name, "name") == (True, None)
    assert not registry.has_default(name, "units")[0]
    assert not registry.has_default("nothing_of_this_name", "units")[0]


def test_nearest_name_can_be_used_in_a_configuration():
    assert registry.nearest_name("registry_tow.RegistryLayer") == "registry_two.RegistryLayer"
    assert registry.nearest_name("registry_opem") == "registry_open"
    # Both end so: the suggestion says which one it means.
    assert registry.nearest_name("RegistryLayr").count(".") == 1


@gin.register("registry_switches")
def _switches(
    a=True,
    b: bool = gin.REQUIRED,
    c: "bool" = True,
    d: bool = None,
    e: "bool | None" = True,
    f: Optional[bool] = True,  # noqa: UP045 - a user may write it so
    g: bool | str = False,
    h: int = True,
    i=None,
    j=1,
):
    """Six parameters that are True or False, and four that may be something else."""


def test_truth_values_by_annotation_or_default():
    name = registry.find("registry_switches").selector
    found = [letter for letter in "abcdefghij" if registry.is_truth_value(name, letter)]
    assert found == list("abcdef")
    open_name = registry.find("registry_open").selector
    assert not registry.is_truth_value(open_name, "one_of_the_rest")
    assert not registry.is_truth_value("gone", "a")


def test_scope_of_references():
    gin.parse_config(
        "registry_open.value = [@one/two/registry_open, @three/registry_one.RegistryLayer,"
        " @registry_open, @registry_one.RegistryLayer]"
    )
    parts, _ = _open()
    with gin.config_scope("current"):
        scopes = [registry.scope_of(part) for part in parts]
    assert scopes == [["one", "two"], ["three"], ["current"], ["current"]]


def test_leaves_are_found_at_any_depth():
    assert list(registry.leaves({"a": [1, (2, {3: "b"})]})) == ["a", 1, 2, 3, "b"]


def test_second_names_are_no_parts_of_a_package():
    parse([], [])  # Brings the aliases.
    assert registry.is_registered("tf.random.normal")
    names = registry.registered_in("compare_gan.gans.latents")
    assert "latents.normal" in names
    assert not [name for name in names if name.startswith("tf.")]

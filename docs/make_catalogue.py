# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Writes docs/catalogue.md, the page of all parts that a configuration or a notebook can pick.

    python docs/make_catalogue.py

Nothing is listed by hand: a part is what a room's `__init__` brings in and registers with gin, or
gives out with a docstring that links to a paper. What the page says of it is its docstring and its
signature.
"""

import importlib
import inspect
import pathlib
import re
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import Any, NamedTuple

from docstrings import Docstring

from compare_gan.architectures import Architecture
from compare_gan.configuration import registry

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "catalogue.md"
COMMAND = "python docs/make_catalogue.py"

_HEAD = f"""# The parts

What can be put together, with formula, source and defaults. A name is a reference in a `.gin` file
(`@hinge`); a binding shows its default value. Names that begin with `compare_gan` are functions and
classes for Python alone. "v3" is the name in Compare GAN v3, where it had the part; what became of
each of its bindings is in [v3_bindings.md](v3_bindings.md).

*Written by `{COMMAND}` from docstrings and signatures: edit those.*
"""


class Section(NamedTuple):
    """The parts of one package, those of a more special section left out."""

    title: str
    package: str
    use: str


SECTIONS = (
    Section(
        "Losses",
        "compare_gan.losses",
        "`loss.fn = @hinge`. Functions of D's logits for real and fake images.",
    ),
    Section(
        "Regularizers",
        "compare_gan.regularizers",
        "`penalty.fn = @r1_penalty`, or a list of them: they enter D's loss with the weight "
        "`options.lamba`. `ModularGAN.g_penalty = @orthogonal_penalty` for G's weights.",
    ),
    Section(
        "Normalizers",
        "compare_gan.normalizers",
        "`G.batch_norm_fn = @conditional_batch_norm`, `D.batch_norm_fn`, `D.layer_norm = True`.",
    ),
    Section(
        "Layers",
        "compare_gan.layers",
        "`G.spectral_norm = True`, `D.spectral_norm = True`. What networks are made of.",
    ),
    Section(
        "Architectures",
        "compare_gan.architectures",
        '`options.architecture = "resnet_biggan_arch"`. Settings of one network are bound to it, '
        "those of all to `G` and `D`.",
    ),
    Section(
        "GANs",
        "compare_gan.gans",
        "`options.gan_class = @S3GAN`. What is put together from the other parts.",
    ),
    Section(
        "Latent priors",
        "compare_gan.gans.latents",
        "`z.distribution_fn = @normal`, and `eval_z.distribution_fn` for samples and scores.",
    ),
    Section(
        "Auxiliary tasks",
        "compare_gan.gans.auxiliary",
        "`ModularGAN.auxiliary_tasks = [@rotation()]`. What D learns beside telling reals from "
        "fakes.",
    ),
    Section(
        "Augmentations",
        "compare_gan.augmentation",
        "`ModularGAN.augmentation = @diff_augment()` for D's images; views are for auxiliary tasks "
        "(`consistency.view = @weak_view`) and classifiers.",
    ),
    Section(
        "Metrics",
        "compare_gan.metrics",
        "`eval.metrics = [@fid, @prdc]`. The functions take arrays. How often each is measured, "
        "and which checkpoint is kept: [evaluation.md](evaluation.md).",
    ),
    Section(
        "Backbones",
        "compare_gan.metrics.backbones",
        "`eval.backbone = @inception_2015`. Whose features metrics see.",
    ),
)

# v3 is finished, so this list is too: what it called a part, by our name, or by the part's own.
_SAME_IN_V3 = """
non_saturating wasserstein least_squares hinge no_penalty dragan_penalty wgangp_penalty l2_penalty
batch_norm no_batch_norm conditional_batch_norm self_modulated_batch_norm layer_norm
standardize_batch cross_replica_moments spectral_norm weights BigGanResNetBlock G D z eval_z
loss penalty options ModularGAN SSGAN S3GAN
dcgan_arch infogan_arch sndcgan_arch resnet_cifar_arch resnet_stl_arch resnet5_arch resnet30_arch
resnet_biggan_arch resnet_biggan_deep_arch resnet_cifar.Generator resnet_cifar.Discriminator
resnet_biggan.Generator resnet_biggan.Discriminator resnet_biggan_deep.Generator
resnet_biggan_deep.Discriminator inception_score ms_ssim fractal_dimension
"""
_V3_NAMES = {name: f"`{name}`" for name in _SAME_IN_V3.split()} | {
    "compare_gan.layers.Conv2D": "`conv2d`",
    "compare_gan.layers.Linear": "`linear`",
    "compare_gan.layers.NonLocalBlock": "`non_local_block`",
    "compare_gan.layers.TransposedConv2D": "`deconv2d`",
    "compare_gan.layers.WeightNormConv2D": "`weight_norm_conv2d`",
    "compare_gan.layers.WeightNormLinear": "`weight_norm_linear`",
    "compare_gan.layers.WeightNormTransposedConv2D": "`weight_norm_deconv2d`",
    "compare_gan.layers.unpool": "`unpool`",
    "discriminator_accuracy": "`accuracy`, which no evaluation used",
    "discriminator_loss": "`accuracy`, which no evaluation used",
    "fid": "`fid_score`",
    "gilbo": "`gilbo`, which no evaluation used",
    "jacobian_conditioning": "`jacobian_conditioning`, which no evaluation used",
    "kid": "`kid_score`",
    "label_predictor": "`S3GAN.use_predictor`",
    "label_projection": "`S3GAN.project_y`",
    "latents.normal": "`tf.random.normal`",
    "latents.truncated_normal": "`tf.random.truncated_normal`",
    "latents.uniform": "`tf.random.uniform`",
    "prd": "`prd`, which no evaluation used",
    "rotation": "`SSGAN.self_supervision`, `S3GAN.self_supervision`",
}


class Part(NamedTuple):
    """One entry of the page.

    Attributes:
      name: As configurations refer to it; of what gin does not know, as Python does.
      value: The function or class.
      text: Its docstring, with the formula and the source of what it is documented by.
      function: What computes it from arrays, if the room gives it out.
      full_name: What gin registered it as; None of what it does not know.
    """

    name: str
    value: Callable[..., Any]
    text: Docstring
    function: Callable[..., Any] | None
    full_name: str | None


def parts_of(section: Section, others: Sequence[Section] = SECTIONS) -> list[Part]:
    """The parts of a section, by name; what only Python knows comes last."""
    room = importlib.import_module(section.package)
    special = [other.package for other in others if other.package.startswith(f"{section.package}.")]
    given_out = {name: getattr(room, name) for name in getattr(room, "__all__", ())}
    functions = [inspect.unwrap(value) for value in given_out.values() if inspect.isroutine(value)]

    def belongs_here(value: Any) -> bool:
        in_special = any(_is_in(value, package) for package in special)
        return _is_in(value, section.package) and not in_special

    configurables = map(registry.find, registry.registered_in(section.package))
    parts = [
        _registered_part(known, functions) for known in configurables if belongs_here(known.wrapped)
    ]
    described = [inspect.unwrap(part.function or part.value) for part in parts]
    for name, value in given_out.items():
        if not callable(value) or not belongs_here(value) or inspect.unwrap(value) in described:
            continue
        text = Docstring.of(value)
        if text.sources:
            function = None if inspect.isclass(value) else value
            parts.append(Part(f"{section.package}.{name}", value, text, function, None))
    # A family comes before its networks.
    return sorted(parts, key=lambda part: (not part.full_name, _in_order(part.name)))


def page() -> str:
    """The whole page, in Markdown."""
    listed = [(section, parts_of(section)) for section in SECTIONS]
    contents = [
        f"* **[{section.title}](#{_anchor(section.title)})**: "
        + ", ".join(f"[{_short(part)}](#{_anchor(part.name)})" for part in parts)
        for section, parts in listed
    ]
    blocks = [_HEAD.rstrip("\n"), "\n".join(contents)]
    for section, parts in listed:
        blocks += [f"## {section.title}", section.use, *map(entry, parts)]
    return "\n\n".join(blocks) + "\n"


def entry(part: Part) -> str:
    """The Markdown of one part."""
    text = part.text
    facts = [f"Source: {source}." for source in text.sources if source != text.summary.rstrip(".")]
    if part.function is not None:
        facts.append(f"Alone: `{_call(part.function)}`")
    facts += _bindings(part)
    if part.name in _V3_NAMES:
        facts.append(f"v3: {_V3_NAMES[part.name]}.")
    path = part.value.__module__.replace(".", "/") + ".py"
    facts.append(f"In [{path}](../{path}).")
    listed = "\n".join(
        f"- {_linked(fact)}" for fact in facts
    )  # "*" would go on with a formula's list
    return "\n\n".join([f"### `{part.name}`", _linked(text.summary), *text.details, listed])


def _registered_part(configurable: Any, functions: list[Callable[..., Any]]) -> Part:
    """The part that gin knows, given the functions that its room gives out."""
    value, module = configurable.wrapped, inspect.getmodule(configurable.wrapped)
    text, function = Docstring.of(value), None
    if inspect.isclass(value):
        # A metric's class names the function that it computes.
        named = [getattr(module, name, None) for name in re.findall(r"`(\w+)`", text.summary)]
        function = next(filter(inspect.isfunction, named), None)
        if function is not None:
            text = _joined(Docstring.of(function), text)
        for base in value.__mro__[1:]:
            if base.__module__.startswith("compare_gan."):
                text = text._replace(meanings=Docstring.of(base).meanings | text.meanings)
    elif inspect.signature(value).return_annotation is Architecture:
        text = Docstring.of(module)  # The file is the family.
    elif value in functions and set(inspect.signature(value).parameters) != set(
        registry.parameters(configurable)
    ):
        function = value  # It has arguments that are no settings: somebody may call it.
    if not text.sources:
        text = text._replace(sources=Docstring.of(module).sources)
    text = text._replace(meanings=_followed(text.meanings, module, function))
    by_default = configurable.module == value.__module__
    name = configurable.name if by_default else f"{configurable.module}.{configurable.name}"
    return Part(name, value, text, function, configurable.selector)


def _joined(first: Docstring, second: Docstring) -> Docstring:
    return Docstring(
        f"{first.summary} {second.summary}",
        first.details + second.details,
        first.sources + second.sources,
        second.meanings,
    )


def _followed(
    meanings: dict[str, str], module: ModuleType, function: Callable[..., Any] | None
) -> dict[str, str]:
    """Meanings, with that of the function in the place of "See there.", as of "See `name`."."""
    found = {}
    for name, meaning in meanings.items():
        see = re.fullmatch(r"See (?:there|`(\w+)`)\.", meaning)
        described = getattr(module, see[1], None) if see and see[1] else function
        told = Docstring.of(described).meanings if see and described is not None else {}
        found[name] = told.get(name, meaning)
    return found


def _bindings(part: Part) -> Iterator[str]:
    if part.full_name is None:
        return
    for parameter in registry.parameters(registry.find(part.full_name)):
        known, default = registry.has_default(part.full_name, parameter)
        binding = f"{part.name}.{parameter}"
        value = f"`{binding} = {_written(default)}`" if known else f"`{binding}`, required"
        meaning = part.text.meanings.get(parameter)
        yield f"{value}: {meaning}" if meaning else f"{value}."


def _call(function: Callable[..., Any]) -> str:
    """How a function is called: its arguments with their defaults."""
    arguments = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.default is not parameter.empty:
            arguments.append(f"{parameter.name}={_written(parameter.default)}")
        else:
            named = parameter.kind is parameter.KEYWORD_ONLY
            arguments.append(f"{parameter.name}=…" if named else parameter.name)
    return f"{_path(function)}({', '.join(arguments)})"


def _path(function: Callable[..., Any]) -> str:
    """Where a function is found: in the room that gives it out, else in its file.

    A room's name for a function hides the file of that name: `losses.hinge` is the function.
    """
    room, _, _ = function.__module__.rpartition(".")
    given_out = getattr(importlib.import_module(room), "__all__", ())
    place = room if function.__name__ in given_out else function.__module__
    return f"{place}.{function.__name__}"


def _written(value: Any) -> str:
    """A value as a configuration writes it."""
    if callable(value):
        configurable = registry.find_function(value)
        return f"@{configurable.name if configurable else value.__name__}"
    if isinstance(value, list | tuple) and any(map(callable, value)):
        return f"[{', '.join(map(_written, value))}]"
    return repr(value)


def _linked(text: str) -> str:
    """Text with its addresses marked, so that what follows one is no part of it."""
    return re.sub(r"(https://[^\s;,]*[^\s;,.)])", r"<\1>", text)


def _is_in(value: Any, package: str) -> bool:
    return f"{value.__module__}.".startswith(f"{package}.")


def _short(part: Part) -> str:
    return part.name if part.full_name else part.name.rpartition(".")[2]


def _in_order(name: str) -> str:
    return name.lower().removesuffix("_arch")


def _anchor(heading: str) -> str:
    """What GitHub makes of a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

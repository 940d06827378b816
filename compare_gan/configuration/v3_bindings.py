# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Compare GAN v3's names that are gone, and what becomes of a configuration that has one.

A binding that only chose how v3 ran is ignored with a warning. One under which v4 would give other
results is refused, unless it is bound to the value under which it does nothing. Every other binding
of v3 is kept. `docs/v3_bindings.md` lists them all.

What a class of v3 handed on to its base may be bound at the class, as it could be there. The parts
of TensorFlow 1 that v3 could refer to, and that have no counterpart, are refused. The modules of v3
may stand before a name, although most names have moved since.
"""

import dataclasses
import importlib.util
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

# Any value at all: a retired binding that never changes results.
_ANYTHING = object()


@dataclasses.dataclass(frozen=True)
class RetiredBinding:
    """A binding that v3 knew and v4 does not.

    Attributes:
      name: `configurable.parameter`.
      reason: Why it is gone, and what to do instead; the end of a sentence.
      harmless_value: The only value that is not refused. By default none is.
    """

    name: str
    reason: str
    harmless_value: Any = _ANYTHING

    def is_refused(self, value: Any) -> bool:
        """Says whether the binding would change results, were it not ignored."""
        if self.harmless_value is _ANYTHING:
            return False
        return bool(value != self.harmless_value)


def _overwritten_by_the_gan(optimizer: str) -> list[RetiredBinding]:
    """Parameters of an optimizer of TensorFlow 1 that never had an effect on a GAN."""
    name = f"tf.train.{optimizer}"
    return [
        RetiredBinding(f"{name}.learning_rate", "use ModularGAN.g_lr and ModularGAN.d_lr"),
        RetiredBinding(f"{name}.name", "it never had an effect"),
        RetiredBinding(f"{name}.use_locking", "updates never race"),
    ]


def _of_distribution(distribution: str, has_mean: bool) -> list[RetiredBinding]:
    """Parameters of TensorFlow's own distributions, which the latents' do not have."""
    name = f"tf.random.{distribution}"
    mean = RetiredBinding(f"{name}.mean", "latents are centered at 0", harmless_value=0.0)
    return [
        *([mean] if has_mean else []),
        RetiredBinding(f"{name}.name", "it never had an effect"),
        RetiredBinding(f"{name}.seed", "run_config.tf_random_seed decides every draw"),
    ]


RETIRED_BINDINGS = {
    binding.name: binding
    for binding in (
        RetiredBinding(
            "options.discriminator_normalization", "v3 ignored it too; use the D.* bindings"
        ),
        RetiredBinding("run_config.single_core", "`--strategy=one` uses one device"),
        RetiredBinding(
            "ModularGAN.experimental_force_graph_unroll",
            "one step is always disc_iters discriminator updates and one generator update",
        ),
        RetiredBinding(
            "resnet_biggan_deep.Discriminator.blocks_with_attention",
            "v3 never read it; attention is where the map is 64 x 64, or where "
            "resnet_biggan_deep.Discriminator.attention_resolutions says",
        ),
        RetiredBinding("weights.stddev", "it never had an effect; the deviation is 0.02"),
        *_overwritten_by_the_gan("AdamOptimizer"),
        *_overwritten_by_the_gan("GradientDescentOptimizer"),
        *_overwritten_by_the_gan("MomentumOptimizer"),
        *_overwritten_by_the_gan("RMSPropOptimizer"),
        *_overwritten_by_the_gan("AdagradOptimizer"),
        *_overwritten_by_the_gan("AdadeltaOptimizer"),
        *_overwritten_by_the_gan("FtrlOptimizer"),
        RetiredBinding("tf.train.FtrlOptimizer.accum_name", "it never had an effect"),
        RetiredBinding("tf.train.FtrlOptimizer.linear_name", "it never had an effect"),
        *_of_distribution("normal", has_mean=True),
        *_of_distribution("truncated_normal", has_mean=True),
        *_of_distribution("uniform", has_mean=False),
        RetiredBinding(
            "cross_replica_moments.parallel",
            "moments of several replicas are always averaged in one pass",
        ),
    )
}


_OPTIMIZER = "that optimizer of TensorFlow 1 is gone; use one of Keras', such as @keras.optimizers."
_SCHEDULE = (
    "that schedule of TensorFlow 1 is gone; use one of Keras', such as @keras.optimizers.schedules."
)
_LATENTS = (
    "latents are drawn from @tf.random.normal, @tf.random.truncated_normal or @tf.random.uniform"
)

# What gin offered of TensorFlow 1, where a GAN could have used it -> why it is no more.
RETIRED_REFERENCES = {
    "tf.train.AdagradDAOptimizer": f"{_OPTIMIZER}Adagrad",
    "tf.train.ProximalAdagradOptimizer": f"{_OPTIMIZER}Adagrad",
    "tf.train.ProximalGradientDescentOptimizer": f"{_OPTIMIZER}SGD",
    "tf.train.exponential_decay": f"{_SCHEDULE}ExponentialDecay()",
    "tf.train.inverse_time_decay": f"{_SCHEDULE}InverseTimeDecay()",
    "tf.train.natural_exp_decay": f"{_SCHEDULE}ExponentialDecay()",
    "tf.train.piecewise_constant": f"{_SCHEDULE}PiecewiseConstantDecay()",
    "tf.train.polynomial_decay": f"{_SCHEDULE}PolynomialDecay()",
    "tf.random.categorical": _LATENTS,
    "tf.random.gamma": _LATENTS,
    "tf.random.poisson": _LATENTS,
}


class Base(NamedTuple):
    """What took those arguments of a class of v3 that were not its own.

    Attributes:
      name: The configurable that has them.
      chosen_by: The binding that chooses the class, without which its bindings had no effect.
      choice: The name that this binding has then.
    """

    name: str
    chosen_by: str
    choice: str


_BASES = {
    **{name: Base("ModularGAN", "options.gan_class", name) for name in ("SSGAN", "S3GAN")},
    **{
        f"{family}.{network}": Base(base, "options.architecture", f"{family}_arch")
        for family in ("resnet_cifar", "resnet_biggan", "resnet_biggan_deep")
        for network, base in (("Generator", "G"), ("Discriminator", "D"))
    },
}

# v3's folders and modules, of which a name could begin with any that led to it.
_MODULES = re.compile(
    r"((compare_gan|main|runner_lib|datasets|eval_gan_lib|eval_utils|architectures|abstract_arch"
    r"|arch_ops|resnet_ops|gans|abstract_gan|modular_gan|ssgan|s3gan|loss_lib|penalty_lib|ops|tpu"
    r"|tpu_ops)\.)*"
)


def without_modules(name: str) -> str:
    """Returns a name without v3's modules at its front: of `arch_ops.weights`, `weights`."""
    return name[_MODULES.match(name).end() :]


def is_retired_import(module: str) -> bool:
    """Says whether a module that a file imports is gone, while its names are known without it.

    It is a module of v3, or gin's own table of TensorFlow 1 (see `aliases`).
    """
    if f"{module}.".startswith("gin.tf."):
        return True
    if not _MODULES.fullmatch(f"{module}."):
        return False
    try:
        return importlib.util.find_spec(module) is None
    except ModuleNotFoundError:  # nor is its folder there
        return True


def find_retired(configurable: str, parameter: str) -> RetiredBinding | None:
    """Returns the retired binding that a binding's name, perhaps with modules, stands for."""
    return _find(f"{configurable}.{parameter}", RETIRED_BINDINGS)


def find_retired_reference(name: str) -> str | None:
    """Returns why `@name` is refused, if it is: the end of a sentence, without its full stop."""
    return _find(name, RETIRED_REFERENCES)


def find_base(configurable: str) -> Base | None:
    """Returns what a class, by its full name, handed arguments on to in v3."""
    return _BASES.get(without_modules(configurable))


def _find(name: str, table: Mapping[str, Any]) -> Any:
    """Returns the entry of which the name is an ending, or which is an ending of the name."""
    for known, entry in table.items():
        longer, shorter = sorted((f".{name}", f".{known}"), key=len, reverse=True)
        if longer.endswith(shorter):
            return entry
    return None

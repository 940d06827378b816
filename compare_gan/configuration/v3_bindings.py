# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Compare GAN v3's bindings that are gone, and what becomes of a configuration that has one.

A binding that only chose how v3 ran is ignored with a warning. One under which v4 would give other
results is refused, unless it is bound to the value under which it does nothing. Every other binding
of v3 is kept. `docs/v3_bindings.md` lists them all.
"""

import dataclasses
from typing import Any

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


RETIRED_BINDINGS = {
    binding.name: binding
    for binding in (
        RetiredBinding(
            "options.discriminator_normalization", "v3 ignored it too; use the D.* bindings"
        ),
        RetiredBinding("run_config.single_core", "one replica is used; hide devices to choose"),
        RetiredBinding(
            "ModularGAN.deprecated_split_disc_calls",
            "the discriminator always sees real and fake images as one batch",
            harmless_value=False,
        ),
        RetiredBinding(
            "ModularGAN.experimental_joint_gen_for_disc",
            "each discriminator update generates its own images, with their own batch moments",
            harmless_value=False,
        ),
        RetiredBinding(
            "ModularGAN.experimental_force_graph_unroll",
            "one step is always disc_iters discriminator updates and one generator update",
        ),
        RetiredBinding(
            "BigGanResNetBlock.add_shortcut",
            "blocks of the generator always have their shortcut",
            harmless_value=True,
        ),
        RetiredBinding(
            "resnet_biggan_deep.Discriminator.blocks_with_attention",
            "v3 never read it; attention is where the map is 64 x 64, or where "
            "resnet_biggan_deep.Discriminator.attention_resolutions says",
        ),
        RetiredBinding("weights.stddev", "it never had an effect; the deviation is 0.02"),
        RetiredBinding(
            "cross_replica_moments.parallel",
            "moments of several replicas are always averaged in one pass",
        ),
        RetiredBinding(
            "cross_replica_moments.group_size",
            "moments are averaged over all replicas, or with "
            "standardize_batch.use_cross_replica_mean = False over none",
            harmless_value=None,
        ),
    )
}


def find_retired(configurable: str, parameter: str) -> RetiredBinding | None:
    """Returns the retired binding that a binding's name, perhaps with modules, stands for."""
    name = f"{configurable}.{parameter}"
    for retired_name, retired in RETIRED_BINDINGS.items():
        if f".{name}".endswith(f".{retired_name}"):
            return retired
    return None

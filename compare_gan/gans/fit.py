# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Which parts of a GAN go together."""

import logging
from collections.abc import Callable, Sequence

from compare_gan.augmentation import Augmentation
from compare_gan.gans.auxiliary import AuxiliaryTask
from compare_gan.gans.options import name_of
from compare_gan.gans.penalty import Penalty
from compare_gan.gans.top_k import TopK
from compare_gan.losses import GANLoss

_log = logging.getLogger(__name__)


def check_fit(
    loss: Callable[..., GANLoss] | None,
    penalty: Penalty,
    own_tasks: Sequence[AuxiliaryTask],
    listed_tasks: Sequence[AuxiliaryTask],
    augmentation: Augmentation | None,
    top_k: TopK | None,
    idle_settings: Sequence[str],
) -> None:
    """Checks that no part of a `ModularGAN` works for nothing.

    Settings of a penalty that is not there are worth a warning: a study may compare no penalty with
    several that need them. So is a penalty beside a class that leaves the GAN loss out by itself,
    as SSGAN can: nothing of it is computed.

    Args:
      loss: The GAN loss; None where one of the tasks replaces it.
      penalty: D's penalty.
      own_tasks: The auxiliary tasks that make the GAN's class what it is.
      listed_tasks: Those that were asked for. `compare_gan.gans.auxiliary.combination` checks all
        of them against each other.
      augmentation: What D's images go through.
      top_k: The choice of fakes that G learns from.
      idle_settings: What was set of penalties that are not there, by the names in gin.

    Raises:
      ValueError: A part belongs to the GAN loss, which a task replaces; an augmentation follows the
        sign of logits that have no zero; or it turns images whose rotation D is asked for.
    """
    for setting in idle_settings:
        chosen_by = "penalty.fn"
        if setting.startswith("ModularGAN."):
            chosen_by = "ModularGAN.g_penalty"
        _log.warning(
            "%s has no effect without a penalty: set %s, or leave it out.", setting, chosen_by
        )
    tasks = [*listed_tasks, *own_tasks]
    asking = [task.name for task in tasks if task.reads_rotation]
    if asking and getattr(augmentation, "turns_images", False):
        raise ValueError(
            f"The auxiliary task {asking[0]!r} asks D by how much images were turned, but "
            "ModularGAN.augmentation turns them before that, so that the answers would be wrong: "
            "leave turns out, as by ada.policy = ('flip', 'integer_translation', 'scale', "
            "'color'), or choose @diff_augment()."
        )
    reads_logits = getattr(augmentation, "reads_logits", False)
    if loss is not None:
        if reads_logits and not getattr(loss, "decides_at_zero", False):
            raise ValueError(
                "ModularGAN.augmentation follows the signs of D's logits, as ada does with "
                f"ada.adaptive = True, but loss.fn = @{name_of(loss)} gives them no meaning. "
                "It must be a loss that wants logits of reals above 0 and those of fakes below 0: "
                "@hinge, @least_squares, @non_saturating, or one of your own that says so by "
                "@compare_gan.losses.decides_at_zero. Choose one, or set ada.adaptive = False and "
                "ada.probability, or choose @diff_augment()."
            )
        return
    replacing = next(task.name for task in tasks if task.replaces_gan_loss)
    if reads_logits:
        raise ValueError(
            "ModularGAN.augmentation follows D's logits, as ada does, but the auxiliary task "
            f"{replacing!r} replaces the GAN loss, so that nothing trains them: set ada.adaptive = "
            "False and ada.probability, or choose @diff_augment()."
        )
    if top_k is not None:
        raise ValueError(
            "ModularGAN.top_k chooses fakes for the GAN loss of G, which the auxiliary task "
            f"{replacing!r} replaces here; leave it out."
        )
    if not penalty.names or penalty.is_of_weights:
        return
    if any(task.replaces_gan_loss for task in listed_tasks):
        raise ValueError(
            f"penalty.fn has {' and '.join(penalty.names)}, which enters the GAN loss "
            f"of D, but the auxiliary task {replacing!r} replaces that: set penalty.fn = "
            "@no_penalty, or keep the GAN loss where there is that choice (replaces_gan_loss = "
            "False)."
        )
    _log.warning(
        "penalty.fn has %s, which is left out: it belongs to the GAN loss, and the GAN's class "
        "leaves that out, as SSGAN does with SSGAN.self_supervision = 'rotation_only'. Set "
        "penalty.fn = @no_penalty, or SSGAN.self_supervision = 'rotation_gan' to keep both.",
        " and ".join(penalty.names),
    )

# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Which auxiliary tasks go together."""

import logging
from collections.abc import Sequence

import keras

from compare_gan.gans.auxiliary.base import AuxiliaryTask

_log = logging.getLogger(__name__)


def check_combination(tasks: Sequence[AuxiliaryTask], discriminator: keras.Model) -> None:
    """Checks that no task works for nothing; warns where D is told the class twice, or in vain.

    Raises:
      ValueError: A task guesses labels that nothing looks at; two guess them; or a task looks at
        D's logits, or adds to them, where another replaces the loss that trains them.
    """
    guessing = [task for task in tasks if _overrides(task, "complete_labels")]
    projecting = [task for task in tasks if _overrides(task, "added_logits")]
    if len(guessing) > 1:
        raise ValueError(
            f"The auxiliary tasks {guessing[0].name!r} and {guessing[1].name!r} both guess the "
            "labels that are missing: leave one out."
        )
    if guessing and not projecting:
        raise ValueError(
            f"The auxiliary task {guessing[0].name!r} guesses labels, but nothing looks at them: "
            "add @label_projection() to ModularGAN.auxiliary_tasks (S3GAN.project_y = True), and "
            "keep the discriminator from projecting by itself, e.g. "
            "resnet_biggan.Discriminator.project_y = False."
        )
    replacing = [task for task in tasks if task.replaces_gan_loss]
    needing = [*guessing, *projecting, *(task for task in tasks if task.reads_logits)]
    if replacing and needing:
        raise ValueError(
            f"The auxiliary task {replacing[0].name!r} takes the place of the GAN's loss, so that "
            f"nothing trains D's logits, which {needing[0].name!r} needs: leave one of them out, "
            "or set replaces_gan_loss to False where there is that choice."
        )
    projects = getattr(discriminator, "project_y", False)
    if replacing and projects:
        _log.warning(
            "The auxiliary task %r takes the place of the GAN's loss, so that nothing trains the "
            "discriminator's projection of labels: set its project_y = False (e.g. "
            "resnet_biggan.Discriminator.project_y), which tells D no class here.",
            replacing[0].name,
        )
        projects = False
    # Each of these tells D the class in its own way; one is enough.
    telling = [f"the auxiliary task {task.name!r}" for task in tasks if _tells_the_class(task)]
    if projects:
        telling.append(
            "the discriminator's own projection (project_y = False leaves it out, e.g. "
            "resnet_biggan.Discriminator.project_y = False)"
        )
    if len(telling) > 1:
        _log.warning("D is told the class more than once, by %s: keep one.", " and ".join(telling))


def _tells_the_class(task: AuxiliaryTask) -> bool:
    return _overrides(task, "added_logits") or task.replaces_projection


def judging_tasks(tasks: Sequence[AuxiliaryTask]) -> list[str]:
    """The names of the tasks without which D's logits are not what D was trained to answer.

    They add to the logits, or take the place of the loss that would train them.
    """
    return [
        task.name for task in tasks if task.replaces_gan_loss or _overrides(task, "added_logits")
    ]


def _overrides(task: AuxiliaryTask, method: str) -> bool:
    return getattr(type(task), method) is not getattr(AuxiliaryTask, method)

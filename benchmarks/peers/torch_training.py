# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A GAN's training in plain PyTorch, with this library's losses and order of updates."""

import copy
import time
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from peers import torch_biggan, torch_cifar, torch_dcgan
from peers.torch_layers import Linear, advance_spectral_norms, normalized_layers

_FAMILIES = {
    "resnet_biggan": torch_biggan,
    "resnet_cifar": torch_cifar,
    "dcgan": torch_dcgan,
}
_IMAGES = 100  # random ones in the place of data, as many as here


class Training:
    """A step is `disc_iters` updates of D, each on new reals and new fakes, and one of G.

    D sees reals and fakes as one batch. Fakes for D are made without a gradient, and G's update
    differentiates no weight of D. Adam is PyTorch's fused one. In bfloat16 networks go through
    PyTorch's autocast; variables, spectral norms, softmax and losses stay float32.

    Args:
      description: What `description.describe` says.
      form: One of `options.ALL_VARIANTS`: "contiguous" or "channels_last", and with "+compile"
        losses, generator and power iterations go through `torch.compile`.
      device: Where to.

    Raises:
      ValueError: A loss or family was not written for PyTorch.
    """

    def __init__(self, description: Mapping[str, Any], form: str, device: str = "cpu"):
        torch.manual_seed(0)
        memory_format, _, how = form.partition("+")
        self.device = torch.device(device)
        self.is_mixed = description["precision"] == "bfloat16"
        family, self.loss = description["family"], description["loss"]
        if family not in _FAMILIES or self.loss not in ("hinge", "non_saturating"):
            raise ValueError(f"No PyTorch version of {family} with {self.loss} was written.")
        self.batch_size = description["batch_size"]
        self.disc_iters = description["disc_iters"]
        self.z_dim, self.prior = description["z_dim"], description["prior"]
        self.num_classes = description["generator"]["num_classes"]
        self.rotation = description.get("rotation")
        self.ema_decay = description["ema_decay"]
        last = memory_format == "channels_last"
        self.memory_format = torch.channels_last if last else torch.contiguous_format

        networks = _FAMILIES[family]
        carried = (description["discriminator"]["spectral_norm"] or {}).get("singular_value")
        with self.device:
            self.generator = networks.Generator(description["generator"])
            self.discriminator = networks.Discriminator(description["discriminator"])
            self.heads = nn.ModuleDict(
                {
                    name: Linear(inputs, units, carried, use_bias="projection" not in name)
                    for name, (inputs, units) in description["heads"].items()
                }
            )
        for network in (self.generator, self.discriminator, self.heads):
            network.to(memory_format=self.memory_format)
        self.average = copy.deepcopy(self.generator) if self.ema_decay else None
        self.judge_parameters = [*self.discriminator.parameters(), *self.heads.parameters()]
        self._optimizers = {
            "discriminator": _adam(
                self.judge_parameters, description["optimizers"]["discriminator"]
            ),
            "generator": _adam(
                list(self.generator.parameters()), description["optimizers"]["generator"]
            ),
        }
        shape = description["generator"]["image_shape"]
        self._images = torch.randint(0, 256, (_IMAGES, *shape), dtype=torch.uint8).to(self.device)
        self._labels = self.fake_labels(_IMAGES)
        self.compiled = torch.compile if how == "compile" else lambda function: function
        self._fakes = self.compiled(self.mixed(self.fakes))
        self._losses = {
            "discriminator": self.compiled(self.mixed(self.discriminator_loss)),
            "generator": self.compiled(self.mixed(self.generator_loss)),
        }
        layers = {
            "discriminator": normalized_layers(self.discriminator, self.heads),
            "generator": normalized_layers(self.generator),
        }
        self._advance = {
            update: self.compiled(lambda own=own: advance_spectral_norms(own))
            for update, own in layers.items()
        }

    def mixed(self, function: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
        """The function in the training's precision."""
        if not self.is_mixed:
            return function

        def autocast(*arguments: Any) -> torch.Tensor:
            with torch.autocast(self.device.type, torch.bfloat16):
                return function(*arguments)

        return autocast

    # What is random.

    def latents(self, rows: int) -> torch.Tensor:
        """Rows from the prior: normal, or uniform in [−1, 1)."""
        draw = torch.randn if self.prior == "normal" else torch.rand
        drawn = draw((rows, self.z_dim), device=self.device)
        return drawn if self.prior == "normal" else 2 * drawn - 1

    def fake_labels(self, rows: int) -> torch.Tensor:
        """Uniform classes."""
        return torch.randint(0, max(self.num_classes, 1), (rows,), device=self.device)

    def reals(self) -> tuple[torch.Tensor, torch.Tensor]:
        """A batch of images, uint8 with channels last, and their labels."""
        rows = torch.randint(0, _IMAGES, (self.batch_size,), device=self.device)
        return self._images[rows], self._labels[rows]

    # Losses.

    def one_hot(self, labels: torch.Tensor) -> torch.Tensor | None:
        """Rows of a unit matrix, zeros for −1; None in an unconditional GAN."""
        if not self.num_classes:
            return None
        return (labels[:, None] == torch.arange(self.num_classes, device=self.device)).float()

    def fakes(self, latents: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """G's images."""
        images = self.generator(latents, self.one_hot(labels)).float()
        return images.contiguous(memory_format=self.memory_format)

    def discriminator_loss(
        self,
        images: torch.Tensor,
        labels: torch.Tensor,
        fakes: torch.Tensor,
        fake_labels: torch.Tensor,
    ) -> torch.Tensor:
        """D's loss of a batch of reals, uint8 with channels last, and of fakes."""
        reals = images.permute(0, 3, 1, 2).to(torch.float32, memory_format=self.memory_format)
        parts = [(reals / 255, self.one_hot(labels)), (fakes, self.one_hot(fake_labels))]
        if self.rotation:
            parts.insert(1, self._rotated(*parts[0]))
        logits, features = self._judge(parts)
        real_labels = parts[0][1]
        terms = []
        if "discriminator_label_predictor_head" in self.heads:
            guesses = self.heads["discriminator_label_predictor_head"](features[0]).float()
            known = real_labels.sum(dim=1) > 0.5
            entropy = -(real_labels * F.log_softmax(guesses, dim=1)).sum(dim=1)
            terms.append(entropy.sum() / known.sum().clamp_min(1))
            guessed = F.one_hot(guesses.argmax(dim=1), self.num_classes)
            real_labels = torch.where(known[:, None], real_labels, guessed.float())
        real = logits[0] + self._projected(features[0], real_labels)
        fake = logits[-1] + self._projected(features[-1], parts[-1][1])
        if self.loss == "hinge":
            total = F.relu(1 - real).mean() + F.relu(1 + fake).mean()
        else:
            total = F.softplus(-real).mean() + F.softplus(fake).mean()
        if self.rotation:
            terms.append(self.rotation["weight_d"] * self._rotation_loss(features[0], features[1]))
        return total + sum(terms)

    def generator_loss(self, latents: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """G's loss."""
        parts = [(self.fakes(latents, labels), self.one_hot(labels))]
        if self.rotation:
            parts.append(self._rotated(*parts[0]))
        logits, features = self._judge(parts)
        fake = logits[0] + self._projected(features[0], parts[0][1])
        total = -fake.mean() if self.loss == "hinge" else F.softplus(-fake).mean()
        if self.rotation:
            total = total + self.rotation["weight_g"] * self._rotation_loss(*features)
        return total

    def _judge(self, parts: list[tuple[torch.Tensor, torch.Tensor | None]]):
        """One pass of D over all parts; their logits and features."""
        images = torch.cat([part for part, _ in parts])
        labels = torch.cat([label for _, label in parts]) if self.num_classes else None
        logits, features = self.discriminator(images, labels)
        sizes = [len(part) for part, _ in parts]
        return logits.float().split(sizes), features.float().split(sizes)

    def _rotated(self, images: torch.Tensor, labels: torch.Tensor | None):
        """The last images by 90, 180 and 270 degrees."""
        last = images[-self.rotation["rows"] :]
        turned = torch.cat([torch.rot90(last, turns, (2, 3)) for turns in (1, 2, 3)])
        own = labels[-self.rotation["rows"] :].repeat(3, 1) if self.num_classes else None
        return turned.contiguous(memory_format=self.memory_format), own

    def _rotation_loss(self, upright: torch.Tensor, turned: torch.Tensor) -> torch.Tensor:
        rows = self.rotation["rows"]
        features = torch.cat([upright[-rows:], turned])
        logits = self.heads["discriminator_rotation_head"](features).float()
        turns = torch.arange(4, device=self.device)
        return F.cross_entropy(logits, turns.repeat_interleave(rows))

    def _projected(self, features: torch.Tensor, labels: torch.Tensor | None) -> torch.Tensor | int:
        if "discriminator_label_projection_embedding" not in self.heads:
            return 0
        embedded = self.heads["discriminator_label_projection_embedding"](labels).float()
        return (embedded * features).sum(dim=1, keepdim=True)

    # Updates.

    def differentiate(self, update: str, *batch: torch.Tensor) -> torch.Tensor:
        """Leaves the gradients of an update's loss at its own parameters; returns the loss.

        Args:
          update: "discriminator" or "generator".
          batch: For D images, labels, latents and classes of fakes; for G the last two.
        """
        of_generator = update == "generator"
        for parameter in self.judge_parameters:
            parameter.requires_grad_(not of_generator)
        self._optimizers[update].zero_grad(set_to_none=True)
        if of_generator:
            loss = self._losses[update](*batch)
        else:
            *reals, latents, labels = batch
            with torch.no_grad():
                fakes = self._fakes(latents, labels)
            loss = self._losses[update](*reals, fakes, labels)
        loss.backward()
        return loss.detach()

    def step(self) -> torch.Tensor:
        """One step; returns G's loss."""
        rows = self.batch_size
        for _ in range(self.disc_iters):
            self._advance["discriminator"]()
            batch = *self.reals(), self.latents(rows), self.fake_labels(rows)
            self.differentiate("discriminator", *batch)
            self._optimizers["discriminator"].step()
        self._advance["generator"]()
        loss = self.differentiate("generator", self.latents(rows), self.fake_labels(rows))
        self._optimizers["generator"].step()
        if self.average is not None:
            self._move_average()
        return loss

    @torch.no_grad()
    def _move_average(self) -> None:
        averaged, plain = list(self.average.parameters()), list(self.generator.parameters())
        torch._foreach_lerp_(averaged, plain, 1 - self.ema_decay)
        for kept, moved in zip(self.average.buffers(), self.generator.buffers(), strict=True):
            kept.copy_(moved)

    def seconds(self, steps: int) -> float:
        """How long so many steps take, until a GPU has done them too.

        Raises:
          RuntimeError: The last loss is not finite.
        """
        started = time.perf_counter()
        for _ in range(steps):
            loss = self.step()
        finite = bool(torch.isfinite(loss))  # waits for the device
        elapsed = time.perf_counter() - started
        if not finite:
            raise RuntimeError("The loss is not finite.")
        return elapsed


def _adam(parameters: list[nn.Parameter], settings: Mapping[str, float]) -> torch.optim.Adam:
    betas = settings["beta_1"], settings["beta_2"]
    return torch.optim.Adam(
        parameters, settings["learning_rate"], betas, settings["epsilon"], fused=True
    )

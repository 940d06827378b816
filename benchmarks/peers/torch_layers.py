# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""PyTorch layers with this library's arithmetic: kernels, spectral norm, batch norm, attention.

Layers and their variables have the names they have here, so that weights can be handed over
(`torch_weights`). Images are [batch, channels, height, width], in whichever memory format.
"""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional as F


class KernelLayer(nn.Module):
    """A kernel [outputs, ...], spectrally normalized or not, and perhaps a bias.

    One power iteration belongs to an update (`advance_spectral_norms`); passes only divide by
    σ = vᵀ W u, with W the kernel as [outputs, rest], v [outputs] and u [rest].

    Args:
      shape: The kernel's.
      outputs: The size of the bias.
      singular_value: "left" carries u on, "right" v, "auto" the shorter; None normalizes nothing.
      use_bias: Whether there is a bias.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        outputs: int,
        singular_value: str | None,
        use_bias: bool = True,
    ):
        super().__init__()
        self.kernel = nn.Parameter(nn.init.orthogonal_(torch.empty(shape)))
        self.bias = nn.Parameter(torch.zeros(outputs)) if use_bias else None
        self.is_normalized = singular_value is not None
        if self.is_normalized:
            rows, columns = self.kernel[0].numel(), shape[0]
            carries_u = {"left": True, "right": False, "auto": rows <= columns}
            self.carries_u = carries_u[singular_value]
            self.register_buffer("u", F.normalize(torch.randn(rows), dim=0))
            self.register_buffer("v", F.normalize(torch.randn(columns), dim=0))
            for _ in range(15):
                self.advance()

    @torch.no_grad()
    def advance(self) -> None:
        """One power iteration."""
        matrix = self.kernel.flatten(1)
        if self.carries_u:
            self.v.copy_(_unit(matrix @ self.u))
            self.u.copy_(_unit(self.v @ matrix))
        else:
            self.u.copy_(_unit(self.v @ matrix))
            self.v.copy_(_unit(matrix @ self.u))

    def weight(self) -> torch.Tensor:
        """The kernel as it is used."""
        if not self.is_normalized:
            return self.kernel
        device = self.kernel.device.type
        if torch.is_autocast_enabled(device):  # σ is computed in float32, as here
            with torch.autocast(device, enabled=False):
                return self._normalized()
        return self._normalized()

    def _normalized(self) -> torch.Tensor:
        sigma = torch.dot(self.v, self.kernel.flatten(1) @ self.u)
        return self.kernel / sigma


def _unit(vector: torch.Tensor) -> torch.Tensor:
    return vector * torch.rsqrt(vector.square().sum().clamp_min(1e-12))


def normalized_layers(*networks: nn.Module) -> list[KernelLayer]:
    """The layers of these networks whose kernels are spectrally normalized."""
    layers = [layer for network in networks for layer in network.modules()]
    return [layer for layer in layers if isinstance(layer, KernelLayer) and layer.is_normalized]


def advance_spectral_norms(layers: Sequence[KernelLayer]) -> None:
    """One power iteration for each of these layers."""
    for layer in layers:
        layer.advance()


class Linear(KernelLayer):
    """x W + b, with a kernel [units, inputs]."""

    def __init__(
        self, inputs: int, units: int, singular_value: str | None = None, use_bias: bool = True
    ):
        super().__init__((units, inputs), units, singular_value, use_bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """[batch, inputs] → [batch, units]."""
        return F.linear(x, self.weight(), self.bias)


class Conv(KernelLayer):
    """Convolution that pads as TensorFlow's SAME does: of an odd number of zeros more come after.

    "up" inserts zeros between the pixels before it, "down" averages 2×2 windows after it.
    """

    def __init__(
        self,
        inputs: int,
        filters: int,
        size: int = 3,
        singular_value: str | None = None,
        use_bias: bool = True,
        stride: int = 1,
        resample: str | None = None,
    ):
        super().__init__((filters, inputs, size, size), filters, singular_value, use_bias)
        self.size, self.stride, self.resample = size, stride, resample

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """[batch, inputs, height, width] → [batch, filters, height', width']."""
        if self.resample == "up":
            x = unpool(x)
        padding = [same_padding(n, self.size, self.stride) for n in x.shape[2:]]
        (above, below), (left, right) = padding
        if above == below and left == right:
            x = F.conv2d(x, self.weight(), self.bias, self.stride, (above, left))
        else:
            x = F.pad(x, (left, right, above, below))
            x = F.conv2d(x, self.weight(), self.bias, self.stride)
        return F.avg_pool2d(x, 2, ceil_mode=True) if self.resample == "down" else x


class TransposedConv(KernelLayer):
    """The adjoint of a SAME convolution of stride 2, with kernels [inputs, filters, size, size]."""

    def __init__(self, inputs: int, filters: int, size: int, output_size: tuple[int, int]):
        super().__init__((inputs, filters, size, size), filters, None)
        self.size, self.output_size = size, output_size

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """[batch, inputs, height, width] → [batch, filters, *output_size]."""
        height, width = self.output_size
        before = [same_padding(n, self.size, 2)[0] for n in self.output_size]
        x = F.conv_transpose2d(x, self.weight(), self.bias, 2, before)
        return x[:, :, :height, :width]


def same_padding(size: int, kernel_size: int, stride: int) -> tuple[int, int]:
    """How many zeros TensorFlow's SAME puts before and after."""
    total = max((-(-size // stride) - 1) * stride + kernel_size - size, 0)
    return total // 2, total - total // 2


def unpool(x: torch.Tensor) -> torch.Tensor:
    """Doubles height and width by inserting zeros, in x's memory format."""
    batch, channels, height, width = x.shape
    is_last = x.is_contiguous(memory_format=torch.channels_last)
    memory_format = torch.channels_last if is_last else torch.contiguous_format
    shape = (batch, channels, 2 * height, 2 * width)
    out = torch.empty(shape, dtype=x.dtype, device=x.device, memory_format=memory_format).zero_()
    out[:, :, ::2, ::2] = x
    return out


class BatchNorm(nn.Module):
    """Batch norm with one scale and shift per channel.

    Moving averages, which serve for samples, move in G's update only: fakes for D are made without
    a gradient.
    """

    def __init__(self, channels: int, epsilon: float, decay: float):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(channels))
        self.beta = nn.Parameter(torch.zeros(channels))
        self._statistics = Statistics(channels, epsilon, decay)

    def forward(self, x: torch.Tensor, y: torch.Tensor | None) -> torch.Tensor:
        """Normalizes x; y is ignored."""
        return self._statistics(x, self.gamma, self.beta)


class ConditionalBatchNorm(nn.Module):
    """Batch norm whose scale 1 + y W_γ and shift y W_β are linear in a vector y."""

    def __init__(
        self, channels: int, inputs: int, epsilon: float, decay: float, singular_value: str | None
    ):
        super().__init__()
        self.gamma = Linear(inputs, channels, singular_value, use_bias=False)
        self.beta = Linear(inputs, channels, singular_value, use_bias=False)
        self._statistics = Statistics(channels, epsilon, decay)

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Normalizes x [batch, channels, height, width] given y [batch, inputs]."""
        gamma, beta = 1 + self.gamma(y), self.beta(y)
        return self._statistics(x) * gamma[:, :, None, None] + beta[:, :, None, None]


class Statistics(nn.Module):
    """PyTorch's own batch norm, with its moving averages."""

    def __init__(self, channels: int, epsilon: float, decay: float):
        super().__init__()
        self.epsilon, self.momentum = epsilon, 1 - decay
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("variance", torch.ones(channels))

    def forward(
        self,
        x: torch.Tensor,
        gamma: torch.Tensor | None = None,
        beta: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """γ · standardized(x) + β."""
        kept = not self.training or torch.is_grad_enabled()
        mean, variance = (self.mean, self.variance) if kept else (None, None)
        return F.batch_norm(
            x, mean, variance, gamma, beta, self.training, self.momentum, self.epsilon
        )


class NonLocalBlock(nn.Module):
    """Self-attention of every position to the map pooled 2×2 (SAGAN's, as in BigGAN)."""

    def __init__(self, channels: int, singular_value: str | None):
        super().__init__()
        keys, values = max(channels // 8, 1), max(channels // 2, 1)
        self.theta = Conv(channels, keys, 1, singular_value, use_bias=False)
        self.phi = Conv(channels, keys, 1, singular_value, use_bias=False)
        self.g = Conv(channels, values, 1, singular_value, use_bias=False)
        self.attn_g = Conv(values, channels, 1, singular_value, use_bias=False)
        self.sigma = nn.Parameter(torch.zeros(()))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x + σ · attention(x)."""
        batch, _, height, width = x.shape
        theta = self.theta(x).flatten(2)
        phi = F.max_pool2d(self.phi(x), 2).flatten(2)
        g = F.max_pool2d(self.g(x), 2).flatten(2)
        attention = torch.softmax(theta.transpose(1, 2) @ phi, dim=-1, dtype=torch.float32)
        gathered = g @ attention.transpose(1, 2)
        return x + self.sigma * self.attn_g(gathered.reshape(batch, -1, height, width))

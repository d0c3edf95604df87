"""The same convolutional network in fewer steps, for one picture at a time on one thread of a processor."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def quickened(network: nn.Module) -> nn.Module:
    """Rewrite an EfficientNet-Lite in evaluation mode, in place, so that it takes two thirds of the time.

    Batch norms are folded into the convolutions before them; convolutions of one pixel become matrix products, which
    need no copy of a picture whose channels lie together; and all kernels are mirrored.  TensorFlow pads a strided
    convolution at the right and at the bottom, which in torch is a copy of the picture; a mirrored network pads at
    the left and at the top, which the padding of an ordinary convolution does where the size is even.

    Parameters
    ----------
    network : Module
        Takes (1, 3, H, W), H and W multiples of 32, and averages over the picture in the end.

    Returns
    -------
    Module
        Takes the picture mirrored in both directions, channels last; the averages are the same but for rounding.
    """
    _fold_norms(network.eval())
    _replace_convolutions(network)
    return network.to(memory_format=torch.channels_last)


class PixelProduct(nn.Module):
    """A convolution of one pixel as a matrix product."""

    def __init__(self, convolution: nn.Conv2d) -> None:
        super().__init__()
        self.weight = nn.Parameter(convolution.weight.detach().flatten(1).t().contiguous())  # (C, D)
        self.bias = nn.Parameter(_bias(convolution))

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        """(B, C, H, W) -> (B, D, H, W), both with the channels of a pixel together."""
        n, channels, height, width = picture.shape
        pixels = picture.permute(0, 2, 3, 1).reshape(-1, channels)
        product = torch.mm(pixels, self.weight).add_(self.bias)
        return product.view(n, height, width, -1).permute(0, 3, 1, 2)


def _fold_norms(module: nn.Module) -> None:
    """Fold each batch norm into the convolution before it, in place."""
    before: tuple[str, nn.Conv2d] | None = None
    for name, child in list(module.named_children()):
        if isinstance(child, nn.Conv2d):
            before = (name, child)
        elif isinstance(child, nn.BatchNorm2d) and before is not None:
            setattr(module, before[0], fuse_conv_bn_eval(before[1], child))
            setattr(module, name, child.act)
            before = None
        else:
            _fold_norms(child)


def _replace_convolutions(module: nn.Module) -> None:
    for name, child in list(module.named_children()):
        if not isinstance(child, nn.Conv2d):
            _replace_convolutions(child)
        elif child.kernel_size == (1, 1) and child.groups == 1:
            setattr(module, name, PixelProduct(child))
        else:
            setattr(module, name, _mirrored(child))


def _mirrored(convolution: nn.Conv2d) -> nn.Conv2d:
    size = convolution.kernel_size[0]
    mirrored = nn.Conv2d(
        convolution.in_channels,
        convolution.out_channels,
        size,
        convolution.stride[0],
        padding=(size - 1) // 2,
        groups=convolution.groups,
    )
    mirrored.weight = nn.Parameter(convolution.weight.detach().flip(2, 3))
    mirrored.bias = nn.Parameter(_bias(convolution))
    return mirrored.eval()


def _bias(convolution: nn.Conv2d) -> torch.Tensor:
    bias = convolution.bias
    return torch.zeros(convolution.out_channels) if bias is None else bias.detach()

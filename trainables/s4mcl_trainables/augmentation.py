"""Views of images: lossless turns and flips, intensities, a cut-out square; of labelled ones with their masks.

All of a batch at once on its device, with draws from the trial's own stream.
"""

import torch
from torch import Tensor

from s4mcl_trainables.data.resident import Resident
from s4mcl_trainables.transforms import NAMES, TransformSet

SYMMETRIES = TransformSet(NAMES)
LIGHT_INTENSITY = 0.1


def drawn(transforms: TransformSet, count: int, draws: torch.Generator) -> Tensor:
    """Numbers [count] int64 of transforms, uniform, on the device of the stream."""
    return torch.randint(len(transforms), (count,), generator=draws, device=draws.device)


def turned(resident: Resident, rows: Tensor, transforms: TransformSet, draws: torch.Generator) -> Tensor:
    """Rows [B] of the dataset to normalised images [B,1,H,W], each under a transform drawn for it."""
    return resident.take_transformed(rows, transforms, drawn(transforms, len(rows), draws))


def distorted(images: Tensor, intensity: float, cutout: float, draws: torch.Generator) -> Tensor:
    """Images [B,1,H,W] of deviation 1 to the same, with other contrast and brightness and a square of mean grey.

    Args:
        intensity: contrast is multiplied by 1 +- `intensity`, `intensity` at most is added or taken; uniform.
        cutout: the largest side of the square, as a share of the image's; the side is uniform from 0, the centre lies
            anywhere, so that a part of the square may lie outside.
    """
    count, _, height, width = images.shape
    gain, shift, side, y, x = torch.rand((5, count, 1, 1, 1), generator=draws, device=images.device)
    images = images * (1 + intensity * (2 * gain - 1)) + intensity * (2 * shift - 1)
    rows, columns = ((torch.arange(n, device=images.device) + 0.5) / n for n in (height, width))
    half = cutout * side / 2
    hole = ((rows[:, None] - y).abs() < half) & ((columns - x).abs() < half)  # [B,1,H,W]
    return images.masked_fill(hole, 0.0)


def lightly(resident: Resident, rows: Tensor, draws: torch.Generator) -> tuple[Tensor, Tensor]:
    """Rows [B] to images [B,1,H,W] and masks [B,M,H,W], both under a symmetry of the square drawn for the image.

    Images get other contrast and brightness, too, by a tenth at most (`distorted`).
    """
    tau = drawn(SYMMETRIES, len(rows), draws)
    images = resident.take_transformed(rows, SYMMETRIES, tau)
    masks = SYMMETRIES.gather(resident.masks, rows, tau).float()
    return distorted(images, LIGHT_INTENSITY, 0.0, draws), masks

"""What the published system does to choose a chord, written plainly: the baseline of `benchmarks decode`.

Kang et al. 2024 give the model all of the video and all of the chords so far for every chord that they choose: the
encoder reads 300 rows and the decoder the whole prefix, 300 times; of what comes out, the last position alone is used.
"""

from __future__ import annotations

import torch
from torch import Tensor

from v2m_bridge.model.amt import Amt


@torch.inference_mode()
def logits_after(model: Amt, prefix: Tensor, rows: Tensor, key: Tensor) -> Tensor:
    """(1, n) chords so far, (1, T, columns) rows, (1,) key -> (159,) logits of the next chord."""
    encoded = model(prefix, rows, key)
    last: Tensor = encoded[0, -1]
    return last

"""In-process Qwen3-VL by transformers, on a CPU or a GPU.

The way of one question: `engine` (event loop) → `intake` (any thread: template, pictures, grammar)
→ `worker` (the model's thread) → `batch` (prompt once, then one token a step with all others) →
`mailbox` → the event loop. What was computed of a picture or a conversation is kept (`kept`).
Only `model`, `batch`, `rows`, `choice`, `worker` and `intake` import torch, and `engine` imports
them when the first question comes.
"""

from __future__ import annotations

from yuepi.engines.qwen_vl.engine import QwenVlEngine, build
from yuepi.engines.qwen_vl.options import QwenOptions

__all__ = ["QwenOptions", "QwenVlEngine", "build"]

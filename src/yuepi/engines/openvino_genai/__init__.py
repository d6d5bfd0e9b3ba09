"""Qwen3-VL in this process through OpenVINO GenAI: the recommended way on a CPU.

Takes a folder that `yuepi models export` wrote (int8 by default) and answers one request at a
time. `build(entry)` is the only door.
"""

from yuepi.engines.openvino_genai.engine import OpenvinoEngine, build
from yuepi.engines.openvino_genai.options import OpenvinoOptions

__all__ = ["OpenvinoEngine", "OpenvinoOptions", "build"]

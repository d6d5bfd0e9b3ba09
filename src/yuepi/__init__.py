"""Yuepi (阅批): the private desk that reads attachments and decides by rules and people."""

import sys

__version__ = "0.1.0"

# OpenVINO tells its maker over the network that it was imported, by a forked child at that, and no
# variable of the environment keeps it from that. Where this module is missing it keeps silent.
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]

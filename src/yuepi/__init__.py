"""Yuepi (阅批): the private desk that reads attachments and decides by rules and people."""

import sys
from typing import Any, cast

__version__ = "0.1.0"

# OpenVINO tells its maker over the network that it was imported, by a forked child at that, and no
# variable of the environment keeps it from that. A module that is None here cannot be imported
# (Python's import system, 5.3.1), and without it OpenVINO keeps silent.
cast("dict[str, Any]", sys.modules)["openvino_telemetry"] = None

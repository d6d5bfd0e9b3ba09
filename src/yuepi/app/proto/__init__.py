"""Code made from `yuepi/v1/vision.proto` by `scripts/proto.py`."""

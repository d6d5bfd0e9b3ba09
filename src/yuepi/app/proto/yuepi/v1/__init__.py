"""`yuepi.v1.Vision`: messages and stubs, made by `scripts/proto.py`."""

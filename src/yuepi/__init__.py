"""Yuepi (阅批): the private desk that reads attachments and decides by rules and people."""

__version__ = "0.1.0"

"""Text lines by the PP-OCRv6 small models, driven directly for speed (docs/adr/0002).

`TextReader` is the way in; `detect` finds where text stands, `recognise` says what it is, and
`network` runs either model on OpenVINO or, where that is missing, on ONNX Runtime.
"""

from yuepi.sight.ocr.reader import PageText, TextReader

__all__ = ["PageText", "TextReader"]

"""What a user's own JSON Schema asks for, looked for in documents that were read. Pure.

`wanted.read_wanted` judges a schema, `extract.extract` fills it: from the fields of the recognised
kind, from what stands beside a label, from tables, and last from what a model believes and the page
supports. A value that is not there, or not of the type asked for, is null: nothing is guessed.
"""

from yuepi.documents.extraction.extract import extract
from yuepi.documents.extraction.result import ExtractedField, Extraction
from yuepi.documents.extraction.wanted import BadSchema, Wanted, read_wanted

__all__ = ["BadSchema", "ExtractedField", "Extraction", "Wanted", "extract", "read_wanted"]

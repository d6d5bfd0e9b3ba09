"""What of a document and its pieces the index must follow. Pure."""

from __future__ import annotations

from hashlib import sha256

from yuepi.library.chunk import Chunk
from yuepi.library.document import Document


def stand_of(document: Document) -> str:
    """What changes whenever the index may have to follow the document."""
    read_at = document.read_at.isoformat() if document.read_at else ""
    return f"{document.version_id} {document.version} {document.state} {read_at}"


def hash_of(chunk: Chunk) -> str:
    """Of what its vector is made from; what stands around it is not counted, and adds little."""
    return sha256(passage_of(chunk).encode("utf-8", "replace")).hexdigest()[:16]


def passage_of(chunk: Chunk) -> str:
    """What a vector is made from: the piece alone. What it stands under is for the words: in the
    vector it drowns what the piece says (hit@1 of paraphrases .79 without, .43 with it, measured
    on the made shelf)."""
    return chunk.text

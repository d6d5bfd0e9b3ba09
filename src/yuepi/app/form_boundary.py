"""How a form (`multipart/form-data`) begins: its boundary, and nothing before it."""

from __future__ import annotations

from python_multipart.multipart import parse_options_header
from starlette.requests import Request

from yuepi.app.problems import WireRefused
from yuepi.kit.errors import YuepiError


class BadForm(YuepiError):
    """A form that cannot be read, or has another shape than the route asks for."""

    code = "bad_form"
    http_status = 422


class Opening:
    """Holds back the first bytes until they are known to be the first boundary.

    The parser passes over what stands before one, or not, by how the bytes are cut into pieces.
    """

    def __init__(self, boundary: bytes) -> None:
        self._wanted = b"--" + boundary
        self._held = b""
        self._known = False

    def passed(self, chunk: bytes) -> bytes:
        """What the parser is to have now. Raises `BadForm` for a form that begins otherwise."""
        if self._known:
            return chunk
        self._held = (self._held + chunk).lstrip(b"\r\n")
        length = min(len(self._held), len(self._wanted))
        if self._held[:length] != self._wanted[:length]:
            raise unreadable("the form does not begin with its boundary")
        if length < len(self._wanted):
            return b""
        self._known = True
        return self._held


def boundary_of(request: Request) -> bytes:
    """The boundary that the request names; raises `WireRefused` (415) for what is no form."""
    kind, options = parse_options_header(request.headers.get("content-type"))
    boundary: bytes = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not boundary:
        raise WireRefused(
            "a form with files is expected here",
            remedy="send multipart/form-data with a boundary",
            code="unsupported_media_type",
            http_status=415,
        )
    return boundary


def unreadable(message: str) -> BadForm:
    """The error for a form that breaks the rules of its kind."""
    return BadForm(message, remedy="send it again, as multipart/form-data of RFC 7578")

"""Fields and content of OpenAI's language that are refused by name, and why.

Ignoring them would be worse: the caller would take the answer for one that honoured them.
"""

from __future__ import annotations

_TOOLS = "tools are not offered here; ask for JSON with 'response_format' instead"
_LOGPROBS = "the engines behind one alias do not all know the probabilities of their words"
_VOICE = "answers are text"

REFUSED_FIELDS = {
    "tools": _TOOLS,
    "tool_choice": _TOOLS,
    "functions": _TOOLS,
    "function_call": _TOOLS,
    "logprobs": _LOGPROBS,
    "top_logprobs": _LOGPROBS,
    "logit_bias": "the engines behind one alias do not share one list of tokens",
    "audio": _VOICE,
    "web_search_options": "nothing is looked up outside",
    "prediction": "answers are not predicted",
}
"""Top-level fields; each may be present with a value that asks for nothing."""

REFUSED_PARTS = {
    "input_audio": "sound is not understood here",
    "audio": "sound is not understood here",
    "file": "send the pages as pictures",
    "input_file": "send the pages as pictures",
    "video_url": "send single frames as pictures",
    "video": "send single frames as pictures",
    "input_image": "that is the responses API; here it is type image_url",
    "input_text": "that is the responses API; here it is type text",
    "refusal": "send the assistant's words as text",
}
"""Types of content parts."""

_NOTHING = frozenset((b"null", b"false", b"0", b"[]", b"{}", b'"none"'))
_NOTHING_CHARACTERS_MAX = 16


def asks_nothing(raw: bytes) -> bool:
    """Whether a raw JSON value asks for nothing: null, false, 0, empty, or "none"."""
    if len(raw) > _NOTHING_CHARACTERS_MAX:
        return False
    return b"".join(raw.split()) in _NOTHING

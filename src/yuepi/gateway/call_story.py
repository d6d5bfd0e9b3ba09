"""What is noted of one call while it runs, until it is charged and recorded."""

from __future__ import annotations

import time
from decimal import Decimal

from yuepi.engines.contract import Chat, Delta, Finish, Usage
from yuepi.gateway.answers_key import question_sha256
from yuepi.gateway.call_content import call_content
from yuepi.gateway.call_log import CallRecord
from yuepi.gateway.token_estimate import estimated_usage
from yuepi.kit.clock import utc_now

NO_USAGE = Usage(0, 0)


class CallStory:
    """One call: `chat` as it came, `asked` as it is sent on, and how far the answer got.

    `outcome` is "done", "cancelled" or the code of the error; `left`: the reader went away;
    `lost`: the backend was asked and its answer did not come, or came broken.
    """

    def __init__(self, chat: Chat, *, keep_text: bool) -> None:
        self.chat = chat
        self.asked = chat
        self.finish: Finish | None = None
        self.usage: Usage | None = None
        self.outcome = "internal_error"
        self.left = False
        self.lost = False
        # Of this very question only: a caller may use its `Call` again.
        chat.call.question_sha256 = b""
        chat.call.attempts = 0
        chat.call.wasted = None
        self._at = utc_now()
        self._began = time.monotonic()
        self._first_s: float | None = None
        self._answer_bytes = 0
        self._texts: list[str] | None = [] if keep_text else None

    def note(self, delta: Delta) -> None:
        """One piece of the answer has come."""
        if delta.text:
            if self._first_s is None:
                self._first_s = time.monotonic() - self._began
            self._answer_bytes += len(delta.text.encode("utf-8", "surrogatepass"))
            if self._texts is not None:
                self._texts.append(delta.text)
        if delta.finish is not None:
            self.finish = delta.finish
        if delta.usage is not None:
            self.usage = delta.usage

    def estimate(self) -> Usage:
        """Tokens as far as the call got."""
        return estimated_usage(self.asked, self._answer_bytes)

    def spent(self) -> Usage:
        """What the backend worked: as it says, else estimated where it had begun to.

        A call that was refused, or found its backend shut, counts nothing; one that was left, ran
        out of time or broke off counts its question and what had come. Answers that were thrown
        away (`call.wasted`) count too.
        """
        call = self.chat.call
        wasted = call.wasted
        begun = self._answer_bytes > 0 or self.finish is not None
        if self.usage is not None:
            return self.usage if wasted is None else self.usage.plus(wasted)
        if begun or self.left:
            sent = begun or call.attempts > 0
            own = self.estimate() if sent else NO_USAGE
            return own if wasted is None else own.plus(wasted)
        if wasted is not None:
            return wasted
        return self.estimate() if self.lost and call.attempts > 0 else NO_USAGE

    def record(self, usage: Usage, cost: Decimal) -> CallRecord:
        """The call as the call log keeps it."""
        call = self.chat.call
        hashed = call.question_sha256 if self.asked is self.chat else b""
        content = None
        if self._texts is not None:
            content = call_content(self.asked, "".join(self._texts))
        return CallRecord(
            id=call.id,
            at=self._at,
            tenant=call.tenant,
            key_id=call.key_id,
            route=call.route,
            deployment=call.deployment,
            model_version=call.model_version,
            prompt_version=call.prompt_version,
            request_sha256=(hashed or question_sha256(self.chat)).hex(),
            picture_sha256s=tuple(picture.sha256 for picture in self.chat.pictures),
            conversation=call.conversation,
            queued_s=call.queued_s,
            first_token_s=self._first_s,
            total_s=time.monotonic() - self._began,
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            cached_tokens=usage.cached_tokens,
            usage_estimated=usage.estimated,
            cost=cost,
            cache=call.cache,
            attempts=call.attempts,
            outcome=self.outcome,
            content=content,
        )

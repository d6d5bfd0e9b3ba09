"""What notices say, in Chinese and English. Pure.

A title is also a mail's subject, which others may see over a shoulder: it holds no amount, no name
and nothing that people wrote.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, get_args
from urllib.parse import quote

Kind = Literal[
    "claim.approved",
    "claim.rejected",
    "claim.referred",
    "claim.asked",
    "claim.answered",
    "claim.cancelled",
    "claim.quarantined",
    "appeal.opened",
    "appeal.answered",
    "recheck.disagreed",
    "review.overdue",
    "stage.demoted",
    "webhook.off",
]
"""What one may be told of; also the types of webhook events."""

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Words:
    """A notice in one language: one line, and one or two sentences. Plain text."""

    title: str
    body: str


_WORDS: Final[Mapping[Kind, tuple[Words, Words]]] = MappingProxyType(
    {
        "claim.approved": (
            Words("您的报销单已通过", "您的报销单已审批通过。"),
            Words("Your claim was approved", "Your claim has been approved."),
        ),
        "claim.rejected": (
            Words("您的报销单未通过", "您的报销单被驳回。理由见页面，您可以一键申诉。"),
            Words(
                "Your claim was rejected",
                "Your claim has been rejected. The page tells the reason; "
                "one click there lodges an appeal.",
            ),
        ),
        "claim.referred": (
            Words("有报销单等待审核", "一张报销单需要人工审核。"),
            Words("A claim waits for review", "A claim needs a person's decision."),
        ),
        "claim.asked": (
            Words("您的报销单需要补充说明", "审核人有一个问题，请在页面上回答。"),
            Words(
                "A question about your claim",
                "The reviewer has a question. Please answer it on the page.",
            ),
        ),
        "claim.answered": (
            Words("报销人已回答您的问题", "报销人已回答，报销单将重新处理。"),
            Words(
                "Your question was answered",
                "The submitter has answered; the claim is being processed again.",
            ),
        ),
        "claim.cancelled": (
            Words("报销单已撤回", "报销人撤回了您正在审核的报销单。"),
            Words(
                "A claim was withdrawn", "Its submitter withdrew a claim that you were reviewing."
            ),
        ),
        "claim.quarantined": (
            Words("有报销单处理失败", "一张报销单多次处理失败，已被隔离，请主管处理。"),
            Words(
                "A claim could not be processed",
                "A claim failed several times and was set aside. A supervisor must release it.",
            ),
        ),
        "appeal.opened": (
            Words("有报销单提出申诉", "一张报销单提出申诉，需由另一位审核人答复。"),
            Words(
                "A claim was appealed", "An appeal was lodged; another reviewer has to answer it."
            ),
        ),
        "appeal.answered": (
            Words("您的申诉已有答复", "您的申诉已有答复，结果见页面。"),
            Words("Your appeal was answered", "Your appeal was answered; the page tells how."),
        ),
        "recheck.disagreed": (
            Words("抽查与自动审批不一致", "一张自动通过的报销单在抽查中未获认可，已转人工。"),
            Words(
                "A re-check disagreed",
                "A re-check disagreed with an automatic approval; the claim waits for a person.",
            ),
        ),
        "review.overdue": (
            Words("有审核已过期限", "一项审核已过期限，请尽快处理。"),
            Words("A review is overdue", "A review has passed its deadline. Please see to it."),
        ),
        "stage.demoted": (
            Words("自动化级别已下调", "抽查准确率低于要求，一个类别的自动化级别已下调。"),
            Words(
                "A stage was demoted",
                "Sampled precision fell below its bar; a category is less automatic now.",
            ),
        ),
        "webhook.off": (
            Words("一个 Webhook 已停用", "一个 Webhook 地址长期失败或要求停用，已停用。"),
            Words(
                "A webhook was switched off",
                "A webhook failed for long, or asked to be left alone, and was switched off.",
            ),
        ),
    }
)

_PLACES: Final[Mapping[str, str]] = MappingProxyType({"stage": "/stages", "webhook": "/webhooks"})


def words_of(kind: Kind, language: Language) -> Words:
    """The notice's words. Raises KeyError for a kind that does not exist."""
    chinese, english = _WORDS[kind]
    return english if language == "en" else chinese


def place_of(kind: Kind, subject: str) -> str:
    """The path of the page that it is about."""
    return _PLACES.get(kind.partition(".")[0], f"/claims/{quote(subject, safe='')}")


def mail_of(kind: Kind, subject: str, language: Language, public_url: str) -> Words:
    """The mail: its subject line, and its text with the link."""
    words = words_of(kind, language)
    link = public_url.rstrip("/") + place_of(kind, subject)
    if language == "en":
        foot = "This mail was written by Yuepi. You can switch mails off in your settings."
        return Words(f"[Yuepi] {words.title}", f"{words.body}\n\n{link}\n\n-- \n{foot}\n")
    foot = "此邮件由阅批自动发送，可在个人设置中关闭。"
    return Words(f"[阅批] {words.title}", f"{words.body}\n\n{link}\n\n-- \n{foot}\n")

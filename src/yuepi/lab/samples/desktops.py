"""Screens that show no payment: a browser, an error dialog, a sheet, mail and chat."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from random import Random

from yuepi.lab.samples.figures import digits
from yuepi.lab.samples.ink import BLACK, GREY, WHITE, Ink, Sheet
from yuepi.lab.samples.sample import Sample, finished
from yuepi.lab.samples.wishes import Wishes, dice_of
from yuepi.lab.samples.words import person

_BAR: Ink = (222, 225, 230)
_PAGES = ("差旅报销系统 - 我的单据", "项目周报汇总", "Team calendar", "Release notes")
_ERRORS = (
    ("系统错误", "无法连接到服务器，请稍后重试", "确定"),
    ("Error", "The file could not be opened: access is denied", "OK"),
    ("提示", "保存失败：磁盘空间不足", "确定"),
    ("Connection error", "Request failed: connection timed out", "Retry"),
)
_SUBJECTS = ("会议纪要与下周安排", "关于年度体检的通知", "Minutes of the design review")
_CHATS = ("项目沟通群(12)", "行政服务群(86)", "设计讨论组(7)")
_Drawn = tuple[Sheet, dict[str, str]]


def draw(kind: str, seed: int, on: date, wishes: Wishes) -> Sample:
    """A sample of `screenshot`, by one of five programs."""
    dice = dice_of(kind, seed)
    forms: tuple[Callable[[Random, date], _Drawn], ...] = (_browser, _dialog, _sheet, _mail, _chat)
    sheet, truth = dice.choice(forms)(dice, on)
    return finished(sheet, f"{kind}-{seed}", kind, truth)


def _browser(dice: Random, on: date) -> _Drawn:
    sheet = Sheet(960, 560, WHITE)
    page = dice.choice(_PAGES)
    sheet.fill(0, 0, 960, 34, _BAR)
    sheet.text(16, 22, f"{page} - Google Chrome", 13, "hei")
    sheet.fill(0, 34, 960, 68, (246, 247, 249))
    sheet.text(90, 56, f"https://intra.example.com/page/{digits(dice, 4)}", 13, "hei", GREY)
    sheet.text(60, 130, page, 22, "hei")
    for i, text in enumerate(
        ("本页内容仅供内部查阅", "更新时间见页面底部", "如有疑问请联系管理员")
    ):
        sheet.text(60, 180 + i * 34, text, 14, "hei")
    return sheet, {"application": "Google Chrome", "title": page}


def _dialog(dice: Random, on: date) -> _Drawn:
    sheet = Sheet(960, 560, (240, 242, 245))
    sheet.fill(0, 0, 960, 30, _BAR)
    sheet.text(14, 20, "  ".join(("File", "Edit", "View", "Tools", "Help")), 13, "hei")
    title, message, button = dice.choice(_ERRORS)
    sheet.fill(260, 180, 700, 360, WHITE)
    sheet.frame(260, 180, 700, 360, GREY)
    sheet.text(280, 212, "消息" if title.isascii() is False else "Message", 15, "hei")
    sheet.text(280, 262, message, 15, "hei")
    sheet.fill(590, 316, 680, 346, (30, 110, 220), 4)
    sheet.text(635, 337, button, 13, "hei", WHITE, "middle")
    return sheet, {"application": "error dialog", "error_text": message}


def _sheet(dice: Random, on: date) -> _Drawn:
    sheet = Sheet(960, 560, WHITE)
    name = dice.choice(("考勤汇总.xlsx", "预算草案.xlsx", "roster.xlsx"))
    sheet.fill(0, 0, 960, 34, (33, 115, 70))
    sheet.text(480, 22, f"{name} - Excel", 13, "hei", WHITE, "middle")
    for i, letter in enumerate("ABCDEFG"):
        sheet.text(90 + i * 120, 62, letter, 12, "Helvetica", GREY, "middle")
        sheet.line(30 + i * 120, 46, 30 + i * 120, 420, (215, 215, 215))
    for row in range(8):
        y = 92 + row * 40
        sheet.text(14, y, str(row + 1), 12, "Helvetica", GREY)
        sheet.line(0, y + 14, 960, y + 14, (215, 215, 215))
        for i in range(5):
            cell = person(dice) if not i else str(dice.randint(1, 31))
            sheet.text(40 + i * 120, y, cell, 12, "hei")
    sheet.text(40, 548, "Sheet1", 12, "Helvetica")
    return sheet, {"application": "Excel", "title": name}


def _mail(dice: Random, on: date) -> _Drawn:
    sheet = Sheet(960, 560, WHITE)
    subject = dice.choice(_SUBJECTS)
    for i, word in enumerate(("写信", "收件箱", "已发送", "草稿箱")):
        sheet.text(24, 60 + i * 40, word, 14, "hei", GREY)
    sheet.line(140, 0, 140, 560, _BAR)
    rows = (
        f"主题：{subject}", f"发件人：{person(dice)}", f"收件人：{person(dice)}",
        f"时间：{on.year}年{on.month}月{on.day}日",
    )  # fmt: skip
    for i, row in enumerate(rows):
        sheet.text(170, 60 + i * 34, row, 14, "hei")
    for i, text in enumerate(("各位好：", "附件为本次会议的整理，请查阅。", "祝工作顺利")):
        sheet.text(170, 230 + i * 36, text, 14, "hei")
    return sheet, {"application": "mail client", "title": subject}


def _chat(dice: Random, on: date) -> _Drawn:
    sheet = Sheet(390, 844, (237, 237, 237))
    clock = f"{dice.randint(8, 21):02d}:{dice.randint(0, 59):02d}"
    group = dice.choice(_CHATS)
    sheet.text(30, 30, clock, 14, "Helvetica-Bold")
    sheet.text(310, 30, f"5G  {dice.randint(11, 99)}%", 13, "Helvetica-Bold")
    sheet.text(195, 74, group, 16, "hei", BLACK, "middle")
    talk = ("明天的会议改到下午三点", "收到", "资料已经放在共享盘里", "好的，谢谢")
    for i, text in enumerate(talk):
        y = 150 + i * 90
        width = 15.0 * len(text) + 24
        mine = bool(i % 2)
        left = 350 - width if mine else 60
        sheet.fill(left, y - 24, left + width, y + 14, (149, 236, 105) if mine else WHITE, 5)
        sheet.text(left + 12, y, text, 15, "hei")
    sheet.fill(0, 780, 390, 844, (247, 247, 247))
    sheet.text(120, 818, "按住 说话", 15, "hei", GREY)
    return sheet, {"application": "chat", "title": group, "time": clock}

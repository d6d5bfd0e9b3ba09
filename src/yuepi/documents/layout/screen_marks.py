"""What shows that a picture was taken of a screen: bars of windows, browsers and phones.

Only visible signs, each in its usual place. One weak sign is none: an invoice carries a web
address, a receipt a time of day. The programs' names are theirs; the words of menus are those of
Windows, macOS, GNOME and common Chinese programs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from yuepi.documents.layout.text import plain
from yuepi.documents.layout.view import Row, View
from yuepi.kit.boxes import Box

Application = Literal[
    "browser", "chat", "mail client", "spreadsheet", "terminal", "phone", "error dialog"
]
_MENU: Final = re.compile(
    r"(?<![A-Za-z\u4e00-\u9fff])(?:File|Edit|View|Help|Tools|Window|Insert|Format|History"
    r"|Bookmarks|Go"
    r"|文件|编辑|查看|视图|帮助|工具|窗口|插入|格式|开始|页面布局|公式|数据|审阅)"
    r"(?:\s?[(（][A-Z][)）])?(?![A-Za-z\u4e00-\u9fff])"
)
_MENU_WORDS_MIN: Final = 3
_FILE: Final = (
    r"[^\t/\\:*?\"<>|]{1,60}\.(?:png|jpe?g|gif|bmp|pdf|xlsx?|csv|docx?|pptx?|txt|ofd|xml|zip|html?)"
)
_PROGRAMS: Final = (
    r"Google Chrome|Microsoft Edge|Mozilla Firefox|Firefox|Safari|Opera|360安全浏览器|QQ浏览器"
    r"|搜狗高速浏览器"
    r"|Outlook|Foxmail|Thunderbird|Gmail|Microsoft Excel|Excel|WPS Office|WPS表格|WPS文字"
    r"|LibreOffice Calc"
    r"|Microsoft Word|Word|PowerPoint|Visual Studio Code|Postman|PyCharm|IntelliJ IDEA"
    r"|Notepad\+\+|Notepad"
    r"|记事本|画图|照片|图片查看器|Adobe Acrobat|Acrobat Reader|Adobe Reader|福昕阅读器"
    r"|Foxit Reader"
    r"|微信|WeChat|企业微信|钉钉|飞书|Slack|Microsoft Teams|Teams|Zoom|腾讯会议"
    r"|Windows PowerShell|命令提示符"
    r"|Terminal|终端|Xshell"
)
_BROWSERS: Final = re.compile(r"(?i)chrome|edge|firefox|safari|opera|浏览器")
_TITLE_BAR: Final = (
    re.compile(rf"(?P<file>{_FILE})\s*[-—–]\s*(?P<app>{_PROGRAMS})\b"),
    re.compile(rf"(?P<app>{_PROGRAMS})\s*[-—–]\s*(?P<file>{_FILE})"),
    re.compile(rf"(?P<file>[^\t]{{2,80}}?)\s*[-—–]\s+(?P<app>{_PROGRAMS})\s*$"),
)
"""Only the first two count anywhere: `Transfer - Terminal` may be a line of an invoice."""
_TITLE_BAR_SHARE: Final = 0.08
_PROGRAM_ALONE: Final = re.compile(rf"^\W*(?P<app>{_PROGRAMS})$")
_ADDRESS: Final = re.compile(
    r"(?i)(?:https?://|www\.)[\w.-]+\.[a-z]{2,}(?:[/:?]\S*)?|\b(?:localhost"
    r"|127\.0\.0\.1):\d{2,5}\b\S*"
)
_CLOCK: Final = re.compile(r"(?<![\d:.])(?P<v>(?:[01]?\d|2[0-3]):[0-5]\d)(?![\d:])")
_PHONE_SIGNS: Final = re.compile(
    r"(?i)\d{1,3}\s?%|\b[45]G\b|\bLTE\b|\bHD\b|中国移动|中国联通|中国电信|K/s|KB/s|Wi-?Fi"
)
_TRAY_CLOCK: Final = re.compile(r"20\d\d[/-]\d{1,2}[/-]\d{1,2}")
_MAIL: Final = re.compile(
    r"发件人|收件人|抄送|写信|收件箱|发件箱|草稿箱|回复全部|已发送"
    r"|(?:^|[\s\t])(?:From|To|Cc|Subject):|\bInbox\b|\bReply all\b|\bForward\b|\bCompose\b"
)
_CHAT: Final = re.compile(
    r"对方正在输入|按住\s?说话|群聊\s?[(（]\d+[)）]|发送消息|\[图片\]|撤回了一条消息"
    r"|以下是新消息|拍了拍"
    r"|Type a message|typing…|is typing"
)
_SHEET: Final = re.compile(r"\bSheet\d\b|^\W*fx\b|求和[:=]|平均值[:=]|工作表\d")
_TERMINAL: Final = re.compile(
    r"^\s*(?:\(\w+\)\s*)?[\w.-]+@[\w.-]+[:\s][~/][^\t]*[$#]|^\s*[A-Z]:\\[^\t>]*>|^\s*PS [A-Z]:\\"
    r"|Traceback \(most recent call last\)|^\s*[$#]\s(?:cd|ls|pip|python|git|sudo|docker|npm"
    r"|make)\b"
)
_ERROR: Final = re.compile(
    r"(?i)\berror\b|\bexception\b|\bfailed\b|\bfailure\b|\bdenied\b|not found|cannot|can't"
    r"|unable to"
    r"|timed? ?out|\brefused\b|invalid|错误|失败|异常|出错|无法|未找到|超时|拒绝|不可用|崩溃"
)
_BUTTON: Final = re.compile(
    r"^\W*(?:OK|Cancel|Retry|Close|Yes|No|Ignore|Abort|确定|取消|重试|关闭|是|否|忽略|知道了"
    r"|我知道了)\W*$"
)
_ERRORS_MAX: Final = 3
_COLUMNS_MIN: Final = 4


@dataclass(frozen=True, slots=True)
class Sign:
    """One visible sign of a screen. strong: it can hardly be anything else."""

    what: str
    text: str
    box: Box
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Screen:
    """The signs of a screen on a page, and what follows from them.

    program: its printed name, with its place. shown: the title of what it shows.
    """

    signs: tuple[Sign, ...]
    kinds: tuple[Application, ...]
    program: Sign | None
    shown: Sign | None
    clock: Sign | None
    errors: tuple[Sign, ...]

    @property
    def likeness(self) -> float:
        """How sure one can be that this is a screen: 0 without a strong sign or two weak ones."""
        kinds = {sign.what for sign in self.signs}
        strong = sum(1 for sign in self.signs if sign.strong)
        if not strong and len(kinds) < 2:
            return 0.0
        return min(0.85, 0.5 + 0.1 * strong + 0.05 * len(kinds))


def screen_on(view: View) -> Screen:
    """The signs of a screen on a page."""
    signs = (
        *_menu(view),
        *_title_bar(view),
        *_browser(view),
        *_phone(view),
        *_tray(view),
        *_mail(view),
        *_chat(view),
        *_sheet(view),
        *_terminal(view),
        *_dialog(view),
    )
    return Screen(
        signs=signs,
        kinds=_kinds(signs),
        program=next((s for s in _programs(view, signs)), None),
        shown=next((s for s in signs if s.what == "file"), None) or _subject(view),
        clock=next((s for s in signs if s.what in ("phone", "tray") and ":" in s.text), None),
        errors=tuple(_errors(view))[:_ERRORS_MAX],
    )


def _kinds(signs: tuple[Sign, ...]) -> tuple[Application, ...]:
    """What kind of program, by its signs: the telling ones before the mere phone."""
    order: tuple[tuple[str, Application], ...] = (
        ("dialog", "error dialog"),
        ("terminal", "terminal"),
        ("sheet", "spreadsheet"),
        ("mail", "mail client"),
        ("chat", "chat"),
        ("browser", "browser"),
        ("phone", "phone"),
    )
    seen = {sign.what for sign in signs}
    return tuple(kind for what, kind in order if what in seen)


def _top(view: View, share: float) -> Iterator[Row]:
    border = view.box.y0 + share * view.box.height
    return (row for row in view.rows if row.box.centre[1] < border)


def _menu(view: View) -> Iterator[Sign]:
    for row in _top(view, 0.2):
        words = [match.group() for match in _MENU.finditer(row.text)]
        if len(set(words)) >= _MENU_WORDS_MIN:
            yield Sign("menu", " ".join(words), row.box, strong=True)
            return


def _title_bar(view: View) -> Iterator[Sign]:
    """`name - program` anywhere: windows lie in windows."""
    for line in view.lines:
        text = plain(line.text)
        topmost = line.box.centre[1] < view.box.y0 + _TITLE_BAR_SHARE * view.box.height
        for pattern in _TITLE_BAR if topmost else _TITLE_BAR[:2]:
            if match := pattern.search(text):
                yield Sign("program", match["app"], line.box, strong=True)
                yield Sign("file", match["file"].strip(), line.box)
                if _BROWSERS.search(match["app"]):
                    yield Sign("browser", match["app"], line.box)
                break


def _programs(view: View, signs: tuple[Sign, ...]) -> Iterator[Sign]:
    """The name of the outermost program: alone in the first rows, then in a title bar."""
    for line in view.lines:
        match = _PROGRAM_ALONE.match(plain(line.text))
        if match and line.box.centre[1] < view.box.y0 + 0.06 * view.box.height:
            yield Sign("program", match["app"], line.box)
    yield from (sign for sign in signs if sign.what == "program")


def _browser(view: View) -> Iterator[Sign]:
    for row in _top(view, 0.16):
        if match := _ADDRESS.search(row.text):
            yield Sign("browser", match.group(), row.part(*match.span()))
            return


def _phone(view: View) -> Iterator[Sign]:
    """The bar at the very top of a phone: the time at the left, signal and battery at the right."""
    if view.aspect > 0.75:
        return
    for row in _top(view, 0.06):
        clock = _CLOCK.search(row.text)
        if clock and len(row.text) < 40:
            rest = row.text[clock.end() :] + row.text[: clock.start()]
            sure = bool(_PHONE_SIGNS.search(rest))
            alone = clock.group() == row.text.strip() and row.box.x0 < view.box.x0 + 0.3
            if sure or alone:
                yield Sign("phone", clock["v"], row.part(*clock.span("v")), strong=sure)
                return


def _tray(view: View) -> Iterator[Sign]:
    """The clock of a desktop at the right end of its lowest bar, with the day under the time."""
    corner = view.part(x0=view.box.x1 - 0.15, y0=view.box.y1 - 0.08)
    clock = corner.first(_CLOCK)
    if clock and corner.first(_TRAY_CLOCK):
        yield Sign("tray", clock.text("v"), clock.box("v"))


def _mail(view: View) -> Iterator[Sign]:
    hits = {hit.text().strip(): hit for hit in view.search(_MAIL)}
    if len(hits) >= 2:
        hit = next(iter(hits.values()))
        yield Sign("mail", hit.text().strip(), hit.box(), strong=len(hits) >= 3)


def _chat(view: View) -> Iterator[Sign]:
    for hit in view.search(_CHAT):
        yield Sign("chat", hit.text(), hit.box(), strong=True)
        return


def _sheet(view: View) -> Iterator[Sign]:
    """The letters over the columns of a sheet, in order, or the tabs under it."""
    for row in view.rows:
        letters = row.text.split()
        run = "".join(letters)
        whole = len(letters) >= _COLUMNS_MIN and all(len(each) == 1 for each in letters)
        if whole and run in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
            yield Sign("sheet", row.text, row.box, strong=True)
            return
    for hit in view.search(_SHEET):
        yield Sign("sheet", hit.text(), hit.box())
        return


def _terminal(view: View) -> Iterator[Sign]:
    for hit in view.search(_TERMINAL):
        yield Sign("terminal", hit.text().strip(), hit.box(), strong=True)
        return


def _dialog(view: View) -> Iterator[Sign]:
    """A message of an error over a button."""
    buttons = [line for line in view.lines if _BUTTON.match(line.text)]
    for sign in _errors(view):
        if any(button.box.y0 > sign.box.y0 for button in buttons):
            yield Sign("dialog", sign.text, sign.box)
            return


def _errors(view: View) -> Iterator[Sign]:
    for row in view.rows:
        if _ERROR.search(row.text) and len(row.text) >= 4:
            yield Sign("error", row.text.replace("\t", " ").strip(), row.box)


def _subject(view: View) -> Sign | None:
    """A mail's subject."""
    hit = view.first(r"(?:主\s*题|Subject)\s*[:：]\s*(?P<v>[^\t]{2,100})")
    return Sign("subject", hit.text("v").strip(), hit.box("v")) if hit else None

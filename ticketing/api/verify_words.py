"""What the verify page says, in both languages, and in which one it is said.

A status is a word, a shape and a colour: whoever cannot tell two of them apart has the third.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

ZH, EN = "zh", "en"
TAGS = {ZH: "zh-Hans", EN: "en"}
HONG_KONG = ZoneInfo("Asia/Hong_Kong")
LONGEST_HEADER = 1000  # characters of Accept-Language that are read
_QUALITY = r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?"
_RANGE = re.compile(
    rf"\s*([A-Za-z]{{1,8}}(?:-[A-Za-z0-9]{{1,8}})*|\*)\s*(?:;\s*q\s*=\s*({_QUALITY})\s*)?"
)

_DOTS = "".join(f"M{x - 5.5} 50a5.5 5.5 0 1 0 11 0 5.5 5.5 0 1 0-11 0z" for x in (32, 50, 68))
# Of 100 by 100, as one path: a mark is a hole in its shape, so that the two stay apart in print
# and whatever turns the page dark.
SHAPES = {
    "valid": "M50 4a46 46 0 1 0 .1 0zM22 57l21.3 21.1 34.9-41.6-8.4-7-27.1 32.4-12.8-12.8z",
    "waiting": f"M50 2l48 48-48 48L2 50z{_DOTS}",
    "used": "M6 6h88v88H6zM27 44.5h46v11H27z",
    "expired": "M50 4l48 90H2zM44.5 34h11v30h-11zM44.5 72h11v11h-11z",
    "invalid": "M31 4h38l27 27v38L69 96H31L4 69V31zM50 42.2l15-15 7.8 7.8-15 15 15 15-7.8 7.8"
    "-15-15-15 15-7.8-7.8 15-15-15-15 7.8-7.8z",
    "unknown": f"M4 30h92v40H4z{_DOTS}",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """One state of the page: its shape and colour by `look`, its word and what it means."""

    look: str
    word: dict[str, str]
    meaning: dict[str, str]
    validity: dict[str, str] | None = None

    @property
    def shape(self) -> str:
        return SHAPES[self.look]


def _said(zh: str, en: str) -> dict[str, str]:
    return {ZH: zh, EN: en}


ENDED = _said("不再有效", "No longer valid")
BY_STATUS = {
    "ACTIVE": Verdict(
        "valid",
        _said("有效", "VALID"),
        _said("此票可在入口由工作人员扫描使用。", "Staff can scan this ticket at the gate."),
        _said("使用完之前一直有效", "Valid until it is used up"),
    ),
    "PRE_GENERATED": Verdict(
        "waiting",
        _said("未激活", "NOT ACTIVE YET"),
        _said("此票尚未由销售方激活。", "The seller has not activated this ticket yet."),
        _said("激活后生效", "Valid once it is activated"),
    ),
    "USED": Verdict(
        "used",
        _said("已使用", "USED"),
        _said("此票已全部使用。", "Every use of this ticket is taken."),
        ENDED,
    ),
    "EXPIRED": Verdict(
        "expired",
        _said("已过期", "EXPIRED"),
        _said("此票已过期。", "This ticket has expired."),
        ENDED,
    ),
    "CANCELLED": Verdict(
        "invalid",
        _said("已取消", "CANCELLED"),
        _said("此票已取消。", "This ticket was cancelled."),
        ENDED,
    ),
}
INVALID = Verdict(
    "invalid",
    _said("无效", "INVALID"),
    _said(
        "这不是有效的票码。请向销售方索取新的二维码。",
        "This is not a genuine ticket code. Ask the seller for a new one.",
    ),
)
CODE_EXPIRED = Verdict(
    "expired",
    _said("二维码已过期", "CODE EXPIRED"),
    _said(
        "此二维码已过期，但票可能仍然有效。请让销售方重新生成二维码。",
        "This code has expired; the ticket may still be good. Ask the seller for a new code.",
    ),
)
REPLACED = Verdict(
    "expired",
    _said("二维码已更换", "CODE REPLACED"),
    _said("此票已重新签发。请使用最新的二维码。", "This ticket was reissued. Use its newest code."),
)
UNAVAILABLE = Verdict(
    "unknown",
    _said("暂时无法查验", "CANNOT CHECK NOW"),
    _said("请稍后再试。", "Please try again in a moment."),
)
TOO_OFTEN = Verdict(
    "unknown",
    _said("查验过于频繁", "TOO MANY CHECKS"),
    _said("请稍候一分钟再试。", "Please wait a minute and try again."),
)
LABELS = {
    ZH: {
        "title": "门票查验", "ticket": "票号", "product": "产品", "status": "状态",
        "validity": "有效期", "shown_until": "本页链接有效至 · 香港时间",
        "checked": "查验时间 · 香港时间",
        "again": "重新查验", "other": "English",
        "notice": "本页面不是入场凭证，须由工作人员扫描门票二维码。",
    },
    EN: {
        "title": "Ticket check", "ticket": "Ticket", "product": "Product", "status": "Status",
        "validity": "Validity", "shown_until": "This link ends · Hong Kong time",
        "checked": "Checked at · Hong Kong time",
        "again": "Check again", "other": "中文",
        "notice": "This page is not proof of admission: staff must scan the ticket's QR code.",
    },
}  # fmt: skip


def chosen(asked: str | None, accepted: str) -> str:
    """The language of a page: the one asked for in the address, else of Accept-Language.

    Chinese where neither says English more than Chinese.
    """
    if asked in TAGS:
        return asked
    liked = _liked(accepted)
    usual = liked.get("*", 0.0)
    zh, en = liked.get(ZH, usual), liked.get(EN, usual)
    return EN if en > zh or (zh == 0 and ZH in liked) else ZH


def _liked(accepted: str) -> dict[str, float]:
    """The highest q of each primary language; what cannot be read is passed over."""
    liked: dict[str, float] = {}
    for part in accepted[:LONGEST_HEADER].split(","):
        match = _RANGE.fullmatch(part)
        if match:
            primary = match[1].split("-")[0].lower()
            liked[primary] = max(liked.get(primary, 0.0), float(match[2] or 1))
    return liked


def moment(at: datetime) -> str:
    """A moment as the page tells it, always as long."""
    return at.astimezone(HONG_KONG).strftime("%Y-%m-%d %H:%M:%S")

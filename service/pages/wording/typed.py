"""What may be wrong with a field of a form."""

from __future__ import annotations

from service.messages import Message

TYPED: dict[str, Message] = {
    "typed.required": Message("请填写。", "Fill this in."),
    "typed.text": Message(
        "请写短一些，只用可见字符。", "Use fewer characters, all of them visible."
    ),
    "typed.count": Message("请填写范围内的整数。", "Give a whole number within the range."),
    "typed.day": Message("请填写日期，如 2026-09-01。", "Give a date like 2026-09-01."),
    "typed.time": Message("请填写时间，如 09:30。", "Give a time like 09:30."),
    "typed.too_large": Message("文件太大。", "The file is too large."),
    "typed.unreadable": Message(
        "文件无法接收，请重试。", "The file could not be received; try again."
    ),
}

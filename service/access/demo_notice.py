"""The notice of the demo: what its firms read before they consent."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from data.consent import Notice

if TYPE_CHECKING:
    from data.store import Store

VERSION = "demo-1"
TEXT = """\
本平台为双创基地企业与金融、服务机构提供对接。在您同意之前，机构只能看到不含名称的概要：行业、阶段、所在城市、企业规模、需求区间和资质数量。
您的同意按接收机构、用途和数据类别分别给出，到期自动失效，并可随时撤回；撤回不影响撤回之前已完成的提供。
每一次向机构提供的内容都会留存记录至少三年，您可以随时查看。不同意不影响您使用其他服务。平台给出的是匹配度，非信用评价。

This service introduces firms of innovation bases to institutions. Until you agree, an institution
sees a summary without your name: sector, stage, city, size class, band of the need, number of
credentials. You agree for each recipient, purpose and class of data; each consent ends by itself
and can be taken back at any time, which leaves what was provided before as it is. Every
disclosure is kept on record for at least three years, and you can read it. If you do not agree,
everything else works as before. What the service shows is a match score, not a credit rating.
"""


def ensure_notice(store: Store, *, now: dt.datetime) -> None:
    """Publish the notice of the demo, unless some notice is there."""
    if not store.consents.notices():
        store.consents.publish(Notice(version=VERSION, text=TEXT, published_at=now))

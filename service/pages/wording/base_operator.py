"""What operators of bases read."""

from __future__ import annotations

from service.messages import Message

BASE_OPERATOR: dict[str, Message] = {
    "residents.lede": Message(
        "入驻企业及其资料完整程度", "resident firms and the state of their data"
    ),
    "residents.add": Message("添加企业", "Add a firm"),
    "residents.added": Message("已添加。", "Added."),
    "residents.size": Message("企业划型", "Size class"),
    "residents.need": Message("最近需求", "Latest need"),
    "residents.state": Message("资料", "Data"),
    "residents.missing": Message("缺少", "Missing"),
    "residents.known": Message("{n}/{of} 项", "{n} of {of}"),
    "residents.complete": Message("齐全", "Complete"),
    "residents.code_fault": Message("代码待核对", "Check the code"),
    "residents.none": Message("还没有入驻企业", "No firm resides here yet"),
    "residents.none.hint": Message("在上方添加第一家企业。", "Add the first one above."),
    "base.ledger.lede": Message("服务登记与满意度", "services and how content firms are"),
    "base.open": Message("登记服务", "Open an entry"),
    "base.choose": Message("请选择", "Choose"),
    "base.firm": Message("企业", "Firm"),
    "base.offer": Message("产品或服务", "Offer"),
    "base.subject": Message("服务内容", "What is done"),
    "base.opened_on": Message("开始日期", "Opened on"),
    "base.entries": Message("服务记录", "Entries"),
    "base.entries.none": Message("还没有服务记录。", "No entries yet."),
    "base.provider": Message("服务机构", "Provider"),
    "base.state": Message("状态", "State"),
    "base.rated": Message("已评价", "Rated"),
    "base.outcome": Message("结果：{subject}", "Outcome: {subject}"),
    "base.close": Message("结束", "Close"),
    "base.closed_already": Message("这项服务已经结束。", "This service is closed already."),
    "base.done.opened": Message("已登记。", "Opened."),
    "base.done.closed": Message("已结束，企业可以评价了。", "Closed; the firm may rate it now."),
    "base.satisfaction": Message("机构满意度", "How content firms are"),
    "base.satisfaction.lede": Message(
        "只统计本基地企业的评价；票数少时仅供参考。",
        "Ratings by firms of this base alone; few votes say little.",
    ),
    "base.satisfaction.none": Message("还没有评价。", "No ratings yet."),
    "base.n_open": Message("进行中", "Running"),
    "base.n_closed": Message("已结束", "Closed"),
    "base.n_votes": Message("评价数", "Votes"),
    "base.mean": Message("平均分", "Mean"),
    "base.share": Message("满意率", "Content"),
}

"""What firms read."""

from __future__ import annotations

from service.messages import Message

FIRM: dict[str, Message] = {
    "matches.title": Message("匹配结果", "Matches"),
    "matches.lede": Message(
        "按您的需求和条件排序；每一项都说明理由和逐条资格。",
        "Ranked by your need and your circumstances, each with its reasons and conditions.",
    ),
    "matches.for_need": Message("针对需求", "For the need"),
    "matches.implied": Message(
        "您还没有提出需求，以下按企业情况推荐各类产品。",
        "You have stated no need yet; these suit your firm in general.",
    ),
    "matches.state_need": Message("提出需求", "State a need"),
    "matches.kinds": Message("类别", "Kind"),
    "matches.own_kind": Message("按我的需求", "As I asked"),
    "matches.relax": Message("清除筛选", "Clear the filters"),
    "matches.all_kinds": Message("全部类别", "All kinds"),
    "matches.only_met": Message("只看条件全部满足的", "Only those whose conditions are all met"),
    "matches.apply": Message("查看", "Show"),
    "matches.score": Message("匹配度", "Match"),
    "matches.score_of": Message("匹配度 {score}（满分 100）", "Match {score} of 100"),
    "matches.probability": Message("成交可能性", "Chance of a deal"),
    "matches.amount": Message("额度", "Amount"),
    "matches.price": Message("价格", "Price"),
    "matches.term": Message("期限", "Term"),
    "matches.months": Message("{low}–{high} 个月", "{low}–{high} months"),
    "matches.reasons": Message("为什么推荐", "Why this one"),
    "matches.conditions": Message("资格条件", "Conditions"),
    "matches.conditions_met": Message(
        "{met} 项满足，{open} 项待确认", "{met} met, {open} still open"
    ),
    "matches.residents_first": Message("基地企业优先", "Residents of bases first"),
    "matches.compare": Message("加入对比", "Compare"),
    "matches.compare_selected": Message("对比所选（最多 4 项）", "Compare the chosen (up to 4)"),
    "matches.why_not": Message("为什么没有这些产品", "Why not these"),
    "matches.why_not.lede": Message(
        "这些产品匹配度高，但有条件不满足；做到以下变化即可。",
        "These match well but a condition keeps them out; this would change it.",
    ),
    "matches.excluded": Message("排除的产品", "What was left out"),
    "matches.excluded.count": Message("{count} 项", "{count} offers"),
    "matches.nothing_helps": Message(
        "目前没有您能做的改变可以打开它。", "Nothing that you can change would open it."
    ),
    "matches.none": Message("暂时没有符合条件的产品", "No offer suits at present"),
    "matches.none.hint": Message(
        "请看下方“为什么没有这些产品”，或放宽筛选。",
        "See “Why not these” below, or relax the filters.",
    ),
    "verdict.met": Message("条件满足", "Met"),
    "verdict.unmet": Message("不满足", "Not met"),
    "verdict.unknown": Message("待补充资料", "To be confirmed"),
    "verdict.manual_review": Message("人工审核", "Manual review"),
    "verdict.not_applicable": Message("不适用", "Not applicable"),
}

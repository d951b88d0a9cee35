"""Consents, disputes, one's own data, and the service ledger."""

from __future__ import annotations

from service.messages import Message

FIRM_CONSENTS: dict[str, Message] = {
    "consents.lede": Message(
        "谁能看您的哪些数据，由您决定，随时可以撤回。",
        "You decide who sees what of your data, and may withdraw at any time.",
    ),
    "consents.parts": Message("本页内容", "On this page"),
    "consents.requests": Message("待处理的请求", "Requests"),
    "consents.requests.none": Message("没有待处理的请求。", "No request waits for you."),
    "consents.answer_days": Message(
        "同意后 {n} 天内有效，可随时撤回。", "It holds for {n} days; you can withdraw before."
    ),
    "consents.allow": Message("同意所选", "Allow what is ticked"),
    "consents.refuse": Message("拒绝", "Decline"),
    "consents.given": Message("我的授权", "What I allowed"),
    "consents.given.none": Message("您没有授权任何机构。", "You have allowed nobody anything."),
    "consents.revoke": Message("撤回", "Withdraw"),
    "consents.revoke_all": Message("全部撤回", "Withdraw all"),
    "consents.over": Message("已无有效授权", "Nothing in force"),
    "consents.until": Message("有效至 {day}", "until {day}"),
    "consents.revoked_on": Message("已于 {day} 撤回", "withdrawn {day}"),
    "consents.notice": Message("告知书 {version}", "notice {version}"),
    "consents.seen": Message("谁看过我的数据", "Who saw my data"),
    "consents.seen.lede": Message(
        "每次提供都有记录，至少保存三年。",
        "Every disclosure is on record, for at least three years.",
    ),
    "consents.seen.none": Message(
        "还没有人看过概要以外的内容。", "Nobody saw more than the summary."
    ),
    "consents.when": Message("时间", "When"),
    "consents.who": Message("接收方", "Who"),
    "consents.what": Message("数据", "What"),
    "consents.basis": Message("依据", "Basis"),
    "basis.consent": Message("您的授权", "Your consent"),
    "basis.base": Message("所在基地", "Your base"),
    "basis.administration": Message("平台管理", "Administration"),
    "consents.done.revoked": Message("已撤回，立即生效。", "Withdrawn, as of now."),
    "consents.done.granted": Message("已授权。", "Allowed."),
    "consents.done.declined": Message("已拒绝。", "Declined."),
    "consents.done.disputed": Message(
        "异议已提交，20 天内答复。", "Sent; you are answered within 20 days."
    ),
    "consents.disputes": Message("异议", "Disputes"),
    "disputes.lede": Message(
        "认为记录有误时提出，20 天内答复；期间记录会带有“异议”标记。",
        "Say what is wrong: you are answered within 20 days, and it is marked until then.",
    ),
    "disputes.new": Message("提出异议", "Open a dispute"),
    "disputes.field": Message("哪一项", "Which value"),
    "disputes.whole": Message("整条记录", "The whole record"),
    "disputes.statement": Message("哪里不对，应当是什么", "What is wrong, and what is right"),
    "disputes.send": Message("提交", "Send"),
    "disputes.empty": Message("请说明哪里不对。", "Say what is wrong."),
    "disputes.open_already": Message(
        "这一项已有异议正在处理。", "A dispute about this is open already."
    ),
    "disputes.days_left": Message("还剩 {n} 天", "{n} days left"),
    "disputes.overdue": Message("已超期 {n} 天", "{n} days overdue"),
    "disputes.opened": Message(
        "{day} 提出，应于 {due} 前答复", "Opened {day}, to be answered by {due}"
    ),
    "outcome.corrected": Message("已更正", "Corrected"),
    "outcome.explained": Message("已说明", "Explained"),
    "outcome.rejected": Message("不予更正", "Rejected"),
    "consents.data": Message("我的全部数据", "All my data"),
    "consents.data.lede": Message(
        "可以导出平台保存的全部内容，也可以要求删除。",
        "Take everything that is kept about you with you, or have it deleted.",
    ),
    "consents.export": Message("导出", "Export"),
    "consents.erase": Message("删除全部数据", "Delete everything"),
    "erase.title": Message("删除全部数据", "Delete everything"),
    "erase.what": Message(
        "企业资料、需求、联系记录和评价将被删除，账户随即关闭，无法恢复。",
        "Profile, needs, contacts and ratings go, and the accounts close. This cannot be undone.",
    ),
    "erase.stays": Message(
        "依法须留存的授权、提供记录和审计日志只保留编号。",
        "Consents, the access log and the audit log stay as the law requires, with ids only.",
    ),
    "erase.word": Message("删除", "DELETE"),
    "erase.type": Message("确认请输入：", "To confirm, type"),
    "erase.do": Message("永久删除", "Delete for good"),
    "erase.not_confirmed": Message("请输入“{word}”以确认。", "Type “{word}” to confirm."),
    "erase.held": Message(
        "数据目前依法须保留，请联系管理员。",
        "The data must be kept at present; ask the administrator.",
    ),
    "ledger.lede": Message(
        "机构为您提供的服务；结束后可评价一次。", "Services to you; rate each once after it ends."
    ),
    "ledger.running": Message("进行中", "Running"),
    "ledger.outcome.completed": Message("已完成", "Completed"),
    "ledger.outcome.partly": Message("部分完成", "Partly done"),
    "ledger.outcome.failed": Message("未成功", "Failed"),
    "ledger.outcome.cancelled": Message("已取消", "Cancelled"),
    "ledger.rate": Message("您满意吗？", "How content are you?"),
    "ledger.score.1": Message("很不满意", "Not at all"),
    "ledger.score.2": Message("不满意", "Not content"),
    "ledger.score.3": Message("一般", "So-so"),
    "ledger.score.4": Message("满意", "Content"),
    "ledger.score.5": Message("很满意", "Very content"),
    "ledger.comment": Message("补充说明（可不填）", "Comment (optional)"),
    "ledger.send": Message("提交评价", "Send the rating"),
    "ledger.once": Message("每项服务只能评价一次。", "Each service is rated once."),
    "ledger.your_score": Message("您的评价：{score} 分（满分 5 分）", "Your rating: {score} of 5"),
    "ledger.rated": Message("感谢评价。", "Thank you for rating."),
    "ledger.rated_already": Message("这项服务已评价过。", "This service has its rating."),
    "ledger.choose": Message("请选择满意程度。", "Choose how content you are."),
    "ledger.none": Message("还没有服务记录", "No services yet"),
    "ledger.none.hint": Message(
        "机构或基地为您服务后，会登记在这里。", "What providers do for you is listed here."
    ),
}

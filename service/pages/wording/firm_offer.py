"""One offer in full, offers compared, and contacting an institution."""

from __future__ import annotations

from service.messages import Message

FIRM_OFFER: dict[str, Message] = {
    "offer.back": Message("← 返回匹配结果", "← Back to matches"),
    "offer.saved": Message("已收藏。", "Saved."),
    "offer.is_saved": Message("已收藏", "Saved"),
    "offer.save": Message("收藏", "Save"),
    "offer.contact": Message("联系机构", "Contact"),
    "offer.your_side": Message("您选择它的可能性", "Chance that you want it"),
    "offer.their_side": Message("对方接受的可能性", "Chance that they agree"),
    "offer.rank": Message("排名", "Rank"),
    "offer.rank_of": Message("第 {rank} 名（共 {n} 项）", "{rank} of {n}"),
    "offer.how": Message(
        "分数由双方可能性合成，只用于排序，不用于授信。",
        "The score joins both chances; it orders offers and decides on no credit.",
    ),
    "offer.change": Message("怎样可以满足条件", "What would change it"),
    "offer.change.on": Message("最早 {day} 可达到，届时：", "At the earliest on {day}; then:"),
    "offer.open_conditions": Message(
        "有些条件还缺少资料，补充后结果会更准确。",
        "Some conditions wait for data; with them the answer is firmer.",
    ),
    "offer.known": Message("您的情况：{value}", "yours: {value}"),
    "offer.rule": Message("规则 {rule}，第 {version} 版", "Rule {rule}, version {version}"),
    "offer.rule_source": Message("依据", "source"),
    "offer.history": Message("联系记录", "What happened so far"),
    "offer.terms": Message("产品条件", "Terms"),
    "offer.fee": Message("费用", "Fee"),
    "offer.valid_to": Message("有效期至 {day}", "Valid until {day}"),
    "offer.kind": Message("机构类型", "Kind"),
    "offer.place": Message("所在地", "Place"),
    "offer.registration": Message("登记编号", "Registration no."),
    "offer.held": Message(
        "您已授权该机构查看 {n} 类数据。", "It may see {n} classes of your data."
    ),
    "compare.title": Message("产品对比", "Compare offers"),
    "compare.lede": Message(
        "不同之处已标出；左右滑动查看。", "Rows that differ are marked; scroll sideways on a phone."
    ),
    "compare.more": Message(
        "一次最多对比 4 项，其余未列出。",
        "Four offers at most are compared; the others are left out.",
    ),
    "compare.too_few": Message("请至少选择两项产品", "Choose at least two offers"),
    "compare.too_few.hint": Message(
        "在匹配结果中勾选“加入对比”。", "Tick “Compare” at offers among your matches."
    ),
    "compare.item": Message("项目", "Item"),
    "compare.kind": Message("类别", "Kind"),
    "compare.rate": Message("利率", "Rate"),
    "compare.overall": Message("资格", "Eligibility"),
    "compare.differs": Message("不同", "differs"),
    "compare.no_condition": Message("无此要求", "Not asked for"),
    "compare.actions": Message("操作", "Actions"),
    "contact.title": Message("联系{institution}", "Contact {institution}"),
    "contact.recipient": Message("接收方", "Recipient"),
    "contact.offer": Message("产品", "Offer"),
    "contact.purpose": Message("用途", "Purpose"),
    "contact.classes": Message("允许对方查看", "They may see"),
    "contact.days": Message("授权期限", "For how long"),
    "contact.days_of": Message("{n} 天", "{n} days"),
    "contact.message": Message("留言（可不填）", "Message (optional)"),
    "contact.message.hint": Message(
        "请勿填写身份证号、银行账号等敏感信息。",
        "Leave out identity and account numbers.",
    ),
    "contact.notice": Message("告知书（版本 {version}）", "Notice (version {version})"),
    "contact.notice_region": Message("告知书全文", "Text of the notice"),
    "contact.right": Message(
        "授权可随时在“授权与查阅记录”中撤回；每次查阅都有记录。",
        "You can withdraw at any time under “Consents and access log”; every look is recorded.",
    ),
    "contact.agree": Message("同意并联系", "Agree and contact"),
    "contact.no_notice": Message(
        "平台还没有发布告知书，暂时不能授权。请联系管理员。",
        "No notice is published yet, so that nobody can consent. Ask the administrator.",
    ),
    "contact.notice_changed": Message(
        "告知书刚刚更新，请阅读新版本后再同意。",
        "The notice has just changed; read the new version and agree again.",
    ),
    "contact.nothing_chosen": Message("请至少勾选一类数据。", "Tick at least one class of data."),
    "contacts.lede": Message(
        "收藏、联系和办理的进展。", "What you saved and contacted, and how it stands."
    ),
    "contacts.running": Message("进行中", "Running"),
    "contacts.saved": Message("已收藏", "Saved"),
    "contacts.ended": Message("已结束", "Ended"),
    "contacts.gone": Message("产品已下架", "An offer that is gone"),
    "contacts.history": Message("经过（{n} 条）", "History ({n})"),
    "contacts.withdraw": Message("撤回申请", "Withdraw"),
    "contacts.done.contacted": Message(
        "已授权并通知机构，请等待回复。", "The institution knows now and will answer."
    ),
    "contacts.done.withdrawn": Message(
        "已撤回。如需停止数据授权，请到“授权与查阅记录”。",
        "Withdrawn. To end access to your data, see “Consents and access log”.",
    ),
    "contacts.none": Message("还没有联系任何机构", "You have contacted nobody yet"),
    "contacts.none.hint": Message(
        "从匹配结果中选择产品，收藏或联系机构。", "Choose an offer among your matches."
    ),
    "step.save": Message("已收藏", "Saved"),
    "step.contact": Message("已联系", "Contacted"),
    "step.meeting": Message("已会面", "Met"),
    "step.application": Message("已申请", "Applied"),
    "step.approval": Message("已批准", "Approved"),
    "step.funded": Message("已成交", "Deal closed"),
    "step.declined": Message("对方婉拒", "Declined"),
    "step.withdrawn": Message("已撤回", "Withdrawn"),
    "purpose.matching": Message("融资对接", "Matching"),
    "purpose.due_diligence": Message("尽职调查", "Due diligence"),
    "purpose.roadshow": Message("资本对接会", "Roadshow"),
    "purpose.service": Message("服务", "Service"),
    "class.identity": Message("身份", "Identity"),
    "class.identity.what": Message("企业名称、统一社会信用代码", "name and company code"),
    "class.profile": Message("概况", "Profile"),
    "class.profile.what": Message("简介、行业、地址、需求说明", "texts, industry, address, need"),
    "class.financials": Message("财务", "Financials"),
    "class.financials.what": Message(
        "收入、资产、负债、研发费用、金额", "revenue, assets, debts, R&D, amounts"
    ),
    "class.credentials": Message("资质", "Credentials"),
    "class.credentials.what": Message("称号、纳税信用、知识产权", "titles, tax grade, patents"),
    "class.contact": Message("联系方式", "Contact"),
    "class.contact.what": Message("联系人和邮箱", "people and e-mail"),
}

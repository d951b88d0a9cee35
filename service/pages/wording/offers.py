"""Offers of an institution, and their rules."""

from __future__ import annotations

from service.messages import Message

OFFERS: dict[str, Message] = {
    "products.lede": Message(
        "企业按这些产品匹配；条件决定谁能看到。",
        "Firms are matched with these; the conditions decide who sees them.",
    ),
    "products.new": Message("新建产品", "New offer"),
    "products.state": Message("状态", "State"),
    "products.rules": Message("规则", "Rules"),
    "products.rules.count": Message("{n} 条有效", "{n} in force"),
    "products.open": Message("有效", "Open"),
    "products.ended": Message("已结束", "Ended"),
    "products.later": Message("未开始", "Not yet"),
    "products.none": Message("还没有产品", "No offers yet"),
    "products.none.hint": Message(
        "建立第一个产品后，项目库才有内容。", "The pipeline fills once there is an offer."
    ),
    "product.lede": Message(
        "填写条件时，右侧实时显示符合的企业数量。",
        "The number of eligible firms follows as you type.",
    ),
    "product.eligible": Message("符合条件的企业", "Eligible firms"),
    "product.count": Message("家（共 {n} 家）", "of {n} firms"),
    "product.count.met": Message("条件全部满足 {n} 家", "{n} meet every condition"),
    "product.count.open": Message("有待确认 {n} 家", "{n} with open questions"),
    "product.count.none": Message(
        "请先更正填写有误的内容。", "Correct the fields that cannot be read first."
    ),
    "product.why_out": Message("被哪些条件排除", "What keeps firms out"),
    "product.remove": Message("删除产品", "Delete the offer"),
    "product.fault.name": Message("请写产品名称。", "Give the offer a name."),
    "product.fault.long": Message("文字过长，请缩短。", "The text is too long."),
    "product.fault.whole": Message("请写整数，例如 36。", "Write a whole number, such as 36."),
    "product.fault.percent": Message(
        "请写 0 到 100 之间的数字，例如 3.2。", "Write a number from 0 to 100, such as 3.2."
    ),
    "product.fault.crossed": Message(
        "上限低于下限，请更正。", "The upper end is below the lower one."
    ),
    "product.fault.choose": Message("请选择一项。", "Choose one."),
    "product.fault.refused": Message(
        "此项不能这样填写，请更正。", "This cannot be stored as it is; correct it."
    ),
    "product.fault.changed": Message(
        "同事刚刚修改了此产品，请重新打开后再改。",
        "A colleague just changed this offer; open it again.",
    ),
    "product.fault.in_use": Message(
        "已有记录使用此产品，不能删除；请填写结束日期。",
        "Records refer to this offer, so it stays; give it a last day instead.",
    ),
    "currency.cny": Message("人民币", "Chinese yuan"),
    "currency.usd": Message("美元", "US dollar"),
    "currency.hkd": Message("港元", "Hong Kong dollar"),
    "currency.eur": Message("欧元", "Euro"),
    "currency.jpy": Message("日元", "Japanese yen"),
    "currency.gbp": Message("英镑", "Pound sterling"),
    "rule.title_of": Message("{name}：规则", "{name}: rules"),
    "rule.lede": Message(
        "产品栏目之外的条件写成规则；每次修改存为新版本，已给出的答复不变。",
        "Conditions beyond the offer's own fields; each change is a new version, and answers "
        "given before stay as they are.",
    ),
    "rule.versions": Message("规则的各个版本", "Versions of the rules"),
    "rule.title": Message("标题", "Title"),
    "rule.version": Message("版本", "Version"),
    "rule.version.hint": Message("例如 1、2、2026-09", "Such as 1, 2, 2026-09"),
    "rule.version_no": Message("版本 {version}", "version {version}"),
    "rule.effective_from": Message("生效日期", "Holds from"),
    "rule.effective_from.hint": Message(
        "今天或以后；旧版本在前一天结束", "Today or later; the version before ends on the eve"
    ),
    "rule.effective_to": Message("结束日期", "Until"),
    "rule.content": Message("内容", "Content"),
    "rule.show": Message("显示", "Show"),
    "rule.renew": Message("新版本", "New version"),
    "rule.end": Message("停用", "End"),
    "rule.holds": Message("有效", "In force"),
    "rule.over": Message("已结束", "Over"),
    "rule.none": Message("还没有规则", "No rules yet"),
    "rule.none.hint": Message(
        "产品自己的条件仍然有效。", "The offer's own conditions hold all the same."
    ),
    "rule.head": Message("规则名称", "The rule"),
    "rule.name": Message("短名", "Short name"),
    "rule.name.hint": Message(
        "字母、数字、汉字，例如 成立年限", "Letters and digits, such as firm_age"
    ),
    "rule.title_zh": Message("中文标题", "Title in Chinese"),
    "rule.title_zh.hint": Message("企业会看到", "Firms read it"),
    "rule.title_en": Message("英文标题", "Title in English"),
    "rule.title_en.hint": Message("企业会看到", "Firms read it"),
    "rule.source": Message("出处", "Source"),
    "rule.source.hint": Message("例如 产品手册第三条", "Such as the product handbook, section 3"),
    "rule.conditions": Message("条件", "Conditions"),
    "rule.conditions.hint": Message(
        "每行一个条件，须全部满足；金额写“300万元”，期限写“12个月”，比例写“5%”。",
        "One a line, all must hold; write amounts like 3000000 CNY, ages like 12 months, shares "
        "like 5%.",
    ),
    "rule.fact": Message("条件 {n}：项目", "Condition {n}: fact"),
    "rule.fact.none": Message("（无）", "(none)"),
    "rule.how": Message("条件 {n}：比较", "Condition {n}: comparison"),
    "rule.value": Message("条件 {n}：数值", "Condition {n}: value"),
    "rule.value.example": Message("数值或名称", "Number or names"),
    "rule.write": Message("写成规则文本", "Write as text"),
    "rule.text": Message("规则文本", "Text of the rule"),
    "rule.text.label": Message(
        "规则文本，可直接修改", "The rule as text; change it here if you like"
    ),
    "rule.text.hint": Message(
        "先检查，再保存；检查会显示有多少家企业符合。",
        "Check first, then save; checking says how many firms would be eligible.",
    ),
    "rule.line": Message("第 {n} 行", "Line {n}"),
    "rule.check": Message("检查并计数", "Check and count"),
    "rule.save": Message("保存为版本", "Save as a version"),
    "rule.checked": Message("规则可以使用。", "The rule can be used."),
    "rule.fault.fact": Message("没有这个项目。", "There is no such fact."),
    "rule.fault.none": Message("请至少写一个条件。", "Write at least one condition."),
    "rule.fault.number": Message("此项目用大小比较。", "Compare this fact by size."),
    "rule.fault.list": Message("此项目用列表比较。", "Compare this fact with a list."),
    "rule.fault.value": Message("请填写数值。", "Fill in the value."),
    "rule.fault.name": Message(
        "请写短名：字母、数字、汉字、点和连字符。",
        "Give it a short name of letters, digits, dots and hyphens.",
    ),
    "rule.fault.version": Message(
        "这个版本已有其他内容，请换一个版本号。",
        "This version is there with other content; give it another one.",
    ),
    "compares.min": Message("至少", "at least"),
    "compares.max": Message("至多", "at most"),
    "compares.above": Message("高于", "above"),
    "compares.below": Message("低于", "below"),
    "compares.in": Message("是其中之一", "one of"),
    "compares.not_in": Message("不是其中任何", "none of"),
    "compares.all_of": Message("全部具备", "all of"),
    "compares.yes": Message("是", "yes"),
    "compares.no": Message("否", "no"),
    "product.group.what": Message("产品", "The offer"),
    "product.group.what.hint": Message("企业首先看到的内容。", "What firms see first."),
    "product.group.terms": Message("金额、期限与价格", "Amount, term and price"),
    "product.group.terms.hint": Message("留空表示不限。", "What is left empty does not restrict."),
    "product.group.where": Message("地区与行业", "Place and industry"),
    "product.group.where.hint": Message(
        "企业所在地和从事的行业。", "Where the firm is, and what it does."
    ),
    "product.group.firm": Message("企业条件", "The firm"),
    "product.group.firm.hint": Message("成立时间、人数与收入。", "Its age, staff and revenue."),
    "product.group.proof": Message("资质、纳税与担保", "Titles, tax and security"),
    "product.group.proof.hint": Message("不选则不限。", "What is not chosen does not restrict."),
    "product.name": Message("产品名称", "Name"),
    "product.name.hint": Message("企业看到的名称", "What firms read"),
    "product.kind": Message("业务类型", "Kind"),
    "product.kind.hint": Message("决定与哪类需求匹配", "Which kind of need it answers"),
    "product.description": Message("说明", "Description"),
    "product.description.hint": Message("给企业看的几句话", "A few sentences for firms"),
    "product.valid_from": Message("开始日期", "Valid from"),
    "product.valid_from.hint": Message("空白表示已生效", "Empty: from the beginning"),
    "product.valid_to": Message("结束日期", "Valid to"),
    "product.valid_to.hint": Message("空白表示长期有效", "Empty: open-ended"),
    "product.resident_first": Message("基地企业优先", "Residents of bases first"),
    "product.resident_first.hint": Message(
        "只影响理由和排序，不排除他人", "A preference; it excludes nobody"
    ),
    "product.amount_min_minor": Message("最低金额（万）", "Least amount (in 10,000)"),
    "product.amount_min_minor.hint": Message("例如 50", "Such as 50"),
    "product.amount_max_minor": Message("最高金额（万）", "Most amount (in 10,000)"),
    "product.amount_max_minor.hint": Message("例如 1000", "Such as 1000"),
    "product.currency": Message("币种", "Currency"),
    "product.currency.hint": Message("适用于本页所有金额", "Of every amount on this page"),
    "product.term_min_months": Message("最短期限（月）", "Shortest term (months)"),
    "product.term_min_months.hint": Message("例如 6", "Such as 6"),
    "product.term_max_months": Message("最长期限（月）", "Longest term (months)"),
    "product.term_max_months.hint": Message("例如 36", "Such as 36"),
    "product.rate_low_pct": Message("最低年利率（%）", "Lowest yearly rate (%)"),
    "product.rate_low_pct.hint": Message("例如 3.2", "Such as 3.2"),
    "product.rate_high_pct": Message("最高年利率（%）", "Highest yearly rate (%)"),
    "product.rate_high_pct.hint": Message("例如 5.5", "Such as 5.5"),
    "product.fee_pct": Message("费率（%）", "Fee (%)"),
    "product.fee_pct.hint": Message("按金额一次收取，例如 0.5", "Of the amount, such as 0.5"),
    "product.regions": Message("服务地区", "Regions"),
    "product.regions.hint": Message(
        "省或城市，用逗号分开；空白不限", "Provinces or cities with commas; empty: anywhere"
    ),
    "product.base_ids": Message("指定基地", "Named bases"),
    "product.base_ids.hint": Message("不选则不限", "None chosen: any"),
    "product.base_levels": Message("基地级别", "Levels of the base"),
    "product.industries": Message("支持的行业代码", "Industry codes"),
    "product.industries.hint": Message(
        "国标行业代码的开头几位", "Beginnings of codes, such as C, I65"
    ),
    "product.industries_excluded": Message("不支持的行业代码", "Excluded industry codes"),
    "product.industries_excluded.hint": Message("例如 K", "Such as K"),
    "product.sectors": Message("支持的领域", "Sectors"),
    "product.sectors.hint": Message("企业自己的标签", "Labels as firms use them"),
    "product.stages": Message("融资阶段", "Stages"),
    "product.stages.hint": Message("例如 天使轮", "As needs state them"),
    "product.size_classes": Message("企业规模", "Size classes"),
    "product.firm_age_min_months": Message("成立至少（月）", "Least age (months)"),
    "product.firm_age_min_months.hint": Message("例如 12", "Such as 12"),
    "product.firm_age_max_months": Message("成立至多（月）", "Most age (months)"),
    "product.firm_age_max_months.hint": Message("例如 60", "Such as 60"),
    "product.employees_min": Message("职工至少（人）", "Least employees"),
    "product.employees_min.hint": Message("例如 5", "Such as 5"),
    "product.employees_max": Message("职工至多（人）", "Most employees"),
    "product.employees_max.hint": Message("例如 300", "Such as 300"),
    "product.revenue_min_minor": Message("年收入至少（万）", "Least revenue (in 10,000)"),
    "product.revenue_min_minor.hint": Message("例如 200", "Such as 200"),
    "product.revenue_max_minor": Message("年收入至多（万）", "Most revenue (in 10,000)"),
    "product.revenue_max_minor.hint": Message("例如 20000", "Such as 20000"),
    "product.class_one_ip_min": Message("一类知识产权至少（项）", "Least class I rights"),
    "product.class_one_ip_min.hint": Message("例如 1", "Such as 1"),
    "product.credentials_any": Message("需要的资质（任一）", "Credentials (any of them)"),
    "product.tax_grades": Message("纳税信用级别", "Tax credit grades"),
    "product.collateral_any": Message("接受的担保", "Security accepted"),
    "product.collateral_any.hint": Message("例如 保证、房产抵押", "As firms write it, with commas"),
    "product.purposes": Message("资金用途", "Purposes"),
    "product.purposes.hint": Message("例如 流动资金", "As needs write it, with commas"),
}

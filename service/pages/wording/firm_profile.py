"""The form of firm and need, and the health check."""

from __future__ import annotations

from service.messages import Message

FIRM_PROFILE: dict[str, Message] = {
    "profile.lede": Message(
        "资料越全，匹配越准。不清楚的可以留空，空白不会被当作不合格。",
        "The more is known the better the match. Leave out what you do not know: it counts as "
        "unknown, never as failed.",
    ),
    "profile.saved": Message("已保存。", "Saved."),
    "profile.see_matches": Message("查看匹配结果", "See your matches"),
    "profile.changed": Message(
        "资料已被他人修改。请另开页面查看后再保存。",
        "Somebody else changed the record; open the page anew, then save again.",
    ),
    "profile.import": Message("从表格填写", "Fill in from a file"),
    "profile.import.file": Message("文件", "File"),
    "profile.import.hint": Message(
        "一行表头、一行数据的 Excel 或 CSV 表，中英文表头均可。读取后请核对再保存。",
        "Excel or CSV with one row of headings, Chinese or English, and one row of data. Check it, "
        "then save.",
    ),
    "profile.import.read": Message("读取", "Read"),
    "profile.import.kind": Message("请选择 xlsx 或 csv 文件。", "Choose an xlsx or csv file."),
    "profile.import.large": Message(
        "文件过大，请只保留一行数据。", "The file is too large; keep one row."
    ),
    "profile.import.unreadable": Message(
        "文件无法读取，请检查这一列：{column}。",
        "The file cannot be read; check the column {column}.",
    ),
    "profile.imported": Message("已填入表单，请核对后保存。", "Filled in; check it, then save."),
    "profile.draft": Message(
        "此浏览器中有未保存的草稿。", "This browser holds a draft that was not saved."
    ),
    "profile.draft.take": Message("恢复草稿", "Restore it"),
    "profile.draft.drop": Message("丢弃", "Drop it"),
    "profile.draft.kept": Message("草稿已存在本机", "Draft kept in this browser"),
    "profile.new_need": Message("另提一项新需求", "State another need"),
    "profile.size": Message("按现有数据划型：{size}企业", "Size class by these figures: {size}"),
    "profile.size_open": Message(
        "填写行业代码、从业人数和营业收入后，可自动划型。",
        "With industry code, staff and revenue the size class follows.",
    ),
    "profile.code.length": Message(
        "统一社会信用代码应为 18 位。", "The company code has 18 characters."
    ),
    "profile.code.characters": Message(
        "统一社会信用代码含有不应出现的字符（如 I、O、Z）。",
        "The company code has characters that do not occur, such as I, O or Z.",
    ),
    "profile.code.check_digit": Message(
        "统一社会信用代码校验位不符，请对照营业执照核对（仍可保存）。",
        "The check digit of the company code is wrong; compare it with the licence (you can save).",
    ),
    "group.need": Message("融资或服务需求", "Your need"),
    "group.need.hint": Message(
        "要什么、要多少、做什么用。", "What you ask for, how much, what for."
    ),
    "group.identity": Message("企业信息", "The firm"),
    "group.identity.hint": Message(
        "未经您授权，机构看不到名称和代码。", "Nobody sees name and code without your consent."
    ),
    "group.business": Message("业务与人员", "Business and staff"),
    "group.business.hint": Message("用于行业匹配和企业划型。", "For sectors and the size class."),
    "group.figures": Message("财务数据", "Figures"),
    "group.figures.hint": Message(
        "上一完整年度，可写“200万元”。", "Of the last full year, in CNY, such as 2 million."
    ),
    "group.titles": Message("资质与知识产权", "Titles and patents"),
    "group.titles.hint": Message(
        "很多产品对此有要求或优惠。", "Many offers ask for these or reward them."
    ),
    "field.required": Message("必填", "required"),
    "field.need_kind": Message("需求类别", "Kind of need"),
    "field.need_kind.hint": Message("贷款选债权。", "For a loan, choose debt."),
    "field.need_amount": Message("金额", "Amount"),
    "field.need_amount.hint": Message(
        "如 200万元，或区间 100-300万元。", "Such as 2 million, or 1-3 million; in CNY."
    ),
    "field.need_term_months": Message("期限（月）", "Term in months"),
    "field.need_term_months.hint": Message("如 12。", "Such as 12."),
    "field.need_purpose": Message("用途", "Purpose"),
    "field.need_purpose.hint": Message("如流动资金周转、购置设备。", "Such as working capital."),
    "field.need_collateral": Message("可提供的担保", "Collateral"),
    "field.need_collateral.hint": Message(
        "多项用顿号隔开，如设备抵押、个人保证。", "Several with commas between them."
    ),
    "field.need_stage": Message("融资轮次", "Funding stage"),
    "field.need_stage.hint": Message("股权融资填写，如天使轮。", "For equity, such as angel."),
    "field.need_text": Message("需求说明", "In your own words"),
    "field.need_text.hint": Message(
        "几句话说明，便于按含义匹配；不要写联系方式。",
        "A few sentences help to match by meaning; leave out contact details.",
    ),
    "field.firm_name": Message("企业名称", "Name"),
    "field.firm_name.hint": Message(
        "与营业执照一致；团队填团队名。", "As on the licence, or the team's."
    ),
    "field.firm_company_code": Message("统一社会信用代码", "Company code"),
    "field.firm_company_code.hint": Message(
        "18 位；尚未注册的团队留空。", "18 characters; teams without one leave it out."
    ),
    "field.firm_founded_on": Message("成立日期", "Founded on"),
    "field.firm_founded_on.hint": Message("营业执照上的日期。", "As on the licence."),
    "field.firm_legal_form": Message("企业类型", "Legal form"),
    "field.firm_legal_form.hint": Message(
        "如有限责任公司、个体工商户。", "Such as limited company."
    ),
    "field.firm_province": Message("省份", "Province"),
    "field.firm_province.hint": Message("如江苏省。", "As in your address."),
    "field.firm_city": Message("城市", "City"),
    "field.firm_city.hint": Message("如苏州市。", "As in your address."),
    "field.firm_district": Message("区县", "District"),
    "field.firm_district.hint": Message("如相城区。", "As in your address."),
    "field.firm_industry": Message("行业代码", "Industry code"),
    "field.firm_industry.hint": Message(
        "国民经济行业分类，如 C2659。", "Of the national classification, such as C2659."
    ),
    "field.firm_sectors": Message("业务领域", "Sectors"),
    "field.firm_sectors.hint": Message("多项用顿号隔开。", "Several with commas between them."),
    "field.firm_employees": Message("从业人数", "Staff"),
    "field.firm_employees.hint": Message("期末在册人数。", "People on the payroll."),
    "field.firm_description": Message("企业简介", "What the firm does"),
    "field.firm_description.hint": Message(
        "产品、客户和优势，几句话即可。", "Products, clients, strengths."
    ),
    "field.firm_revenue_minor": Message("营业收入", "Revenue"),
    "field.firm_revenue_minor.hint": Message("如 350万元。", "In CNY, such as 3.5 million."),
    "field.firm_assets_minor": Message("资产总额", "Assets"),
    "field.firm_assets_minor.hint": Message("期末数。", "At the end of the year."),
    "field.firm_liabilities_minor": Message("负债总额", "Liabilities"),
    "field.firm_liabilities_minor.hint": Message("期末数。", "At the end of the year."),
    "field.firm_rd_expense_minor": Message("研发费用", "R&D expense"),
    "field.firm_rd_expense_minor.hint": Message("全年合计。", "Of the whole year."),
    "field.firm_credentials": Message("资质称号", "Titles"),
    "field.firm_credentials.hint": Message(
        "只勾选在有效期内的。", "Only those that are valid today."
    ),
    "field.firm_tax_grade": Message("纳税信用级别", "Tax grade"),
    "field.firm_tax_grade.hint": Message(
        "最近一次评定；经营不满三年不会是 A 级。", "The latest; firms under three years have no A."
    ),
    "field.firm_class_one_ip": Message("一类知识产权（件）", "Class I patents"),
    "field.firm_class_one_ip.hint": Message("发明专利等。", "Inventions and the like."),
    "field.firm_class_two_ip": Message("二类知识产权（件）", "Class II rights"),
    "field.firm_class_two_ip.hint": Message(
        "实用新型、软件著作权等。", "Utility models, software."
    ),
    "field.firm_key_project": Message("承担重点项目", "Key project"),
    "field.firm_key_project.hint": Message("省级及以上立项。", "At provincial level or above."),
    "fault.required": Message("请填写此项。", "Fill this in."),
    "fault.too_long": Message("内容过长，请缩短。", "This is too long."),
    "fault.unprintable": Message(
        "含有无法显示的字符。", "There are characters that cannot be shown."
    ),
    "fault.choice": Message("请从列表中选择。", "Choose from the list."),
    "fault.amount": Message(
        "金额看不懂，请写成 200万元。", "This is no amount; write it like 2 million or 2000000."
    ),
    "fault.exact_amount": Message(
        "请填写一个人民币金额，不要填区间。", "Give one amount in CNY, not a range."
    ),
    "fault.count": Message("请填写整数。", "Give a whole number."),
    "fault.day": Message("请填写日期，如 2024-03-15。", "Give a date such as 2024-03-15."),
    "fault.refused": Message(
        "此项与其他内容不一致，或超出范围，请核对。",
        "This does not fit the rest, or is out of range; check it.",
    ),
    "fault.value": Message(
        "内容看不懂，请按提示填写。", "This is not understood; follow the hint."
    ),
    "checkup.lede": Message(
        "看看缺什么资料、哪些条件差一点、哪些资质快到期，以及做什么能打开更多产品。",
        "What is missing, nearly met or about to end, and what would open more offers.",
    ),
    "checkup.saved": Message("已保存，结果会很快更新。", "Saved; results follow in a moment."),
    "checkup.missing": Message("缺少的资料", "What is missing"),
    "checkup.missing.lede": Message(
        "有产品在等这些资料才能判断资格。", "Offers wait for these before they can answer."
    ),
    "checkup.offers_wait": Message("{n} 项条件在等。", "{n} conditions wait for it."),
    "checkup.offers_of": Message("涉及 {n} 项条件", "{n} conditions"),
    "checkup.fill_in": Message("去填写", "Fill in"),
    "checkup.kind.money": Message("金额，如 300万元。", "An amount in CNY."),
    "checkup.kind.count": Message("数字，如 3。", "A number such as 3."),
    "checkup.kind.months": Message("月数，如 24个月。", "Months, such as 24."),
    "checkup.kind.percent": Message("百分比，如 5%。", "Per cent, such as 5%."),
    "checkup.kind.score": Message("分数。", "Points."),
    "checkup.kind.flag": Message("是或否。", "Yes or no."),
    "checkup.kind.word": Message("一项。", "One of a list."),
    "checkup.kind.words": Message(
        "多项用顿号隔开；没有就写“无”。", "Several with commas; “none” if there are none."
    ),
    "checkup.kind.places": Message("地名。", "Names of places."),
    "checkup.kind.code": Message("代码。", "A code."),
    "checkup.kind.day": Message("日期，如 2024-03-15。", "A date such as 2024-03-15."),
    "checkup.nothing": Message("没有发现。", "Nothing found."),
    "checkup.openers": Message("做什么能打开更多产品", "What would open more"),
    "checkup.opens": Message("可多打开 {n} 项产品", "Opens {n} more offers"),
    "checkup.up_to": Message("额度合计不超过 {amount}", "together up to {amount}"),
    "checkup.near": Message("差一点就满足", "Nearly met"),
    "checkup.you_have": Message("您现在是 {value}", "yours is {value}"),
    "checkup.ending": Message("快到期的资质和材料", "About to end"),
    "checkup.ends": Message("{day} 到期", "ends on {day}"),
    "checkup.ended": Message("已于 {day} 到期", "ended on {day}"),
    "checkup.odd": Message("前后不一致", "What does not agree"),
}

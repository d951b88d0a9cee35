"""Every sentence that the command line says, in Chinese and in English.

Placeholders are those of :meth:`str.format`. A test holds the two languages, and the keys that the
code uses, together.
"""

from __future__ import annotations

from typing import NamedTuple

from service.settings import Language


class Message(NamedTuple):
    """One sentence in both languages."""

    zh: str
    en: str


def say(language: Language, key: str, **values: object) -> str:
    """Return the message ``key`` with its placeholders filled."""
    message = MESSAGES[key]
    template = message.zh if language is Language.ZH else message.en
    return template.format(**values)


MESSAGES: dict[str, Message] = {
    # -- administration ------------------------------------------------------------------------
    "admin.created": Message("已建立管理员 {login}。", "Made the administrator {login}."),
    "admin.is_disabled": Message(
        "已停用 {login}：会话已结束，密钥已吊销。",
        "Disabled {login}: sessions have ended, keys are revoked.",
    ),
    "admin.password_changed": Message("已为 {login} 设置新密码。", "{login} has a new password."),
    "admin.key_once": Message(
        "密钥只显示这一次，有效期至 {day}。",
        "The key is shown this once only; it holds until {day}.",
    ),
    "admin.login": Message("登录名", "login"),
    "admin.name": Message("姓名", "name"),
    "admin.organisation": Message("机构", "organisation"),
    "admin.state": Message("状态", "state"),
    "admin.active": Message("可登录", "active"),
    "admin.disabled": Message("已停用", "disabled"),
    "admin.ask": Message("密码：", "Password: "),
    "admin.ask_again": Message("再输入一次：", "Once more: "),
    "admin.unequal": Message("两次输入的密码不同。", "The two passwords differ."),
    "admin.unequal.remedy": Message("请重新输入。", "Type them again."),
    "admin.no_terminal": Message(
        "没有终端可以询问密码。", "There is no terminal to ask for the password."
    ),
    "admin.no_terminal.remedy": Message(
        "请用 --password-stdin 从标准输入给出。",
        "Give it on standard input, with --password-stdin.",
    ),
    # -- errors --------------------------------------------------------------------------------
    "error.prefix": Message("错误", "error"),
    "error.kind": Message("（{kind}）", " ({kind})"),
    "error.colon": Message("：", ": "),
    "error.interrupted": Message(
        "已中断，未写完的内容已丢弃。", "Interrupted; nothing half-written stays."
    ),
    "error.memory": Message(
        "内存不足。请关闭其他程序，或换用内存更大的机器。",
        "Out of memory. Close other programs, or use a machine with more memory.",
    ),
    "error.no_space": Message(
        "磁盘空间不足（{place}）。请清理磁盘后重试。",
        "No space left on the disk ({place}). Free some space, then try again.",
    ),
    "error.system": Message(
        "无法读写 {place}：{reason}。请检查路径和权限。",
        "Cannot read or write {place}: {reason}. Check the path and the permissions.",
    ),
    "error.internal": Message(
        "程序内部出错（{summary}）。请将此行反馈给维护者。",
        "Something unforeseen happened ({summary}). Please report this line.",
    ),
    "error.internal_kept": Message(
        "程序内部出错（{summary}）。详情见 {place}，请将其反馈给维护者。",
        "Something unforeseen happened ({summary}). Please report it together with {place}.",
    ),
    "kind.usage": Message("用法", "usage"),
    "kind.system": Message("系统", "system"),
    "kind.internal": Message("内部", "internal"),
    "kind.bad_input": Message("输入有误", "bad input"),
    "kind.conflict": Message("冲突", "conflict"),
    "kind.forbidden": Message("不允许", "forbidden"),
    "kind.missing_column": Message("缺少列", "missing column"),
    "kind.unreadable_value": Message("无法识别的值", "unreadable value"),
    "kind.empty_input": Message("没有数据", "nothing there"),
    "kind.date_out_of_range": Message("日期超出范围", "date out of range"),
    "kind.duplicate_id": Message("编号重复", "duplicate id"),
    "kind.unknown_id": Message("编号不存在", "unknown id"),
    "kind.bad_argument": Message("参数有误", "bad argument"),
    "kind.store": Message("数据库", "store"),
    "kind.bundle": Message("模型包", "bundle"),
    "kind.bundle_missing": Message("没有模型包", "no bundle"),
    "kind.bundle_damaged": Message("模型包已损坏", "damaged bundle"),
    "kind.bundle_foreign": Message("模型包不兼容", "foreign bundle"),
    "kind.not_fitted": Message("模型未训练", "not fitted"),
    "kind.missing_extra": Message("缺少可选组件", "missing extra"),
    # -- usage ---------------------------------------------------------------------------------
    "usage.remedy": Message("{text} 用法见 {command} --help。", "{text} See {command} --help."),
    "usage.missing_option": Message("缺少选项 {name}。", "The option {name} is missing."),
    "usage.missing_argument": Message("缺少参数 {name}。", "The argument {name} is missing."),
    "usage.missing_command": Message("缺少命令。", "A command is missing."),
    "usage.no_option": Message("没有选项 {name}。", "There is no option {name}."),
    "usage.no_option_near": Message(
        "没有选项 {name}，是否想用 {near}？", "There is no option {name}; did you mean {near}?"
    ),
    "usage.no_command": Message("没有命令 {name}。", "There is no command {name}."),
    "usage.no_command_near": Message(
        "没有命令 {name}，是否想用 {near}？", "There is no command {name}; did you mean {near}?"
    ),
    "usage.extra": Message("多余的参数 {name}。", "Too many arguments: {name}."),
    "usage.no_value": Message("选项 {name} 需要一个值。", "The option {name} needs a value."),
    "usage.not_one_of": Message(
        "{name} 的值 {value} 无效，可选：{known}。",
        "{name} cannot be {value}; choose from {known}.",
    ),
    "usage.bad_value": Message("{name} 的值无效：{reason}", "{name}: {reason}"),
    "usage.bad_date": Message(
        "{name} 的值 {value} 不是日期，请写成 2013-01-31 的样子。",
        "{name} must be a date like 2013-01-31; got {value}.",
    ),
    # -- the store -----------------------------------------------------------------------------
    "store.absent": Message("数据库 {place} 不存在。", "There is no database at {place}."),
    "store.absent.remedy": Message(
        "请先导入数据（finmatch import），或用 --home 指定其他目录。",
        "Import something first (finmatch import), or name another folder with --home.",
    ),
    "store.empty": Message("数据库里还没有任何记录。", "The store is empty."),
    "record.base": Message("基地", "bases"),
    "record.firm": Message("企业", "firms"),
    "record.need": Message("需求", "needs"),
    "record.institution": Message("机构", "institutions"),
    "record.offer": Message("产品", "offers"),
    "record.event": Message("行为记录", "events"),
    "record.rating": Message("满意度评价", "ratings"),
    # -- import --------------------------------------------------------------------------------
    "step.import": Message("导入", "importing"),
    "import.done": Message(
        "已导入 {source}：读取 {rows} 行", "Imported {source}: {rows} rows read"
    ),
    "import.dry": Message(
        "试运行 {source}：读取 {rows} 行，没有写入",
        "Dry run of {source}: {rows} rows read, none written",
    ),
    "import.resumed": Message(
        "接着上次中断处继续（此前已完成 {batches} 批）",
        "Went on where an interrupted import stopped (after {batches} batches)",
    ),
    "import.nothing_new": Message(
        "全部记录都已在库中，没有变化。", "Everything was there already; nothing changed."
    ),
    "import.records": Message("记录", "records"),
    "import.new": Message("新增", "new"),
    "import.changed": Message("更新", "changed"),
    "import.same": Message("未变", "unchanged"),
    "import.first": Message("前几条", "the first ones"),
    "import.table": Message("{place}（{kind}）：{columns}", "{place} ({kind}): {columns}"),
    "import.left_out": Message("  未读取的列：{columns}", "  columns left out: {columns}"),
    "import.rejects": Message(
        "未能使用 {cells} 个值和 {rows} 整行，清单见 {place}",
        "{cells} values and {rows} whole rows could not be used; they are listed in {place}",
    ),
    "import.file": Message("文件", "file"),
    "import.column": Message("列", "column"),
    "import.count": Message("数量", "count"),
    # -- validate ------------------------------------------------------------------------------
    "validate.no_place": Message(
        "请给出 {source} 的文件或目录。", "Name the files or the folder of {source}."
    ),
    "validate.one_place": Message("{source} 只接受一个目录。", "{source} takes one folder only."),
    "validate.rejected": Message(
        "读取时有 {count} 处未能使用，未参与检查；导入时会列出清单。",
        "{count} cells could not be read and are not checked; an import lists them.",
    ),
    "validate.status": Message("结果", "status"),
    "validate.check": Message("检查项", "check"),
    "validate.count": Message("数量", "count"),
    "validate.share": Message("占比", "share"),
    "validate.pass": Message("全部检查通过。", "All checks pass."),
    "validate.warn": Message(
        "没有错误，但有需要留意之处。", "Nothing is wrong; some things deserve a look."
    ),
    "validate.fail": Message(
        "数据有错误，请先处理再训练。", "The data has errors; deal with them before training."
    ),
    "status.pass": Message("通过", "pass"),
    "status.warn": Message("留意", "warn"),
    "status.fail": Message("错误", "fail"),
    # -- models --------------------------------------------------------------------------------
    "models.none": Message(
        "{place} 里还没有模型包。请先训练：finmatch train。",
        "There is no model bundle in {place} yet. Train one: finmatch train.",
    ),
    "models.none_serves": Message(
        "没有启用任何模型包。请选择一个：finmatch models promote NAME。",
        "No bundle serves. Choose one: finmatch models promote NAME.",
    ),
    "models.serves": Message("启用", "serves"),
    "models.name": Message("名称", "name"),
    "models.created": Message("建立时间", "created"),
    "models.figures": Message("NDCG@10", "NDCG@10"),
    "models.gate": Message("{ours}（热门 {theirs}）", "{ours} (popularity {theirs})"),
    "models.damaged": Message("已损坏", "damaged"),
    "models.promoted": Message(
        "已启用模型包 {name}（模型版本 {version}）。",
        "{name} serves now (model version {version}).",
    ),
    "models.rolled_back": Message(
        "已恢复使用模型包 {name}（模型版本 {version}）。",
        "{name} serves again (model version {version}).",
    ),
    "models.reindexed": Message(
        "已按现有产品写出模型包 {name}（产品 {offers} 个）。",
        "{name} holds the offers that there are now ({offers}).",
    ),
    "models.current": Message("现已启用该模型包。", "It serves now."),
    # -- jobs ----------------------------------------------------------------------------------
    "jobs.none": Message("还没有任务。", "There are no jobs yet."),
    "jobs.id": Message("任务", "job"),
    "jobs.kind": Message("种类", "kind"),
    "jobs.state": Message("状态", "state"),
    "jobs.progress": Message("进度", "progress"),
    "jobs.created": Message("提交时间", "asked for"),
    "jobs.state.queued": Message("等待", "waiting"),
    "jobs.state.running": Message("运行中", "running"),
    "jobs.state.succeeded": Message("完成", "succeeded"),
    "jobs.state.failed": Message("失败", "failed"),
    "jobs.state.cancelled": Message("已取消", "cancelled"),
    "jobs.state.lost": Message("中断", "lost"),
    "jobs.one": Message("{job_id}（{kind}）：{state}", "{job_id} ({kind}): {state}"),
    "jobs.done": Message("进度 {share}  {step}", "progress {share}  {step}"),
    "jobs.error": Message("原因：{error}", "Reason: {error}"),
    "jobs.running": Message("正在处理任务；按 Ctrl-C 结束。", "Running jobs; Ctrl-C ends it."),
    # -- evaluate ------------------------------------------------------------------------------
    "step.read": Message("读取数据", "reading"),
    "step.replay": Message("重放更早的窗口", "replaying earlier windows"),
    "step.calibrate": Message("校准", "calibrating"),
    "step.rank": Message("训练排序模型", "training the ranker"),
    "step.features": Message("计算特征", "features"),
    "step.analyse": Message("比较与写报告", "comparing and writing the report"),
    "step.finmatch": Message("FinMatch 排序", "ranking with FinMatch"),
    "evaluate.out_is_file": Message("{place} 是文件，不是目录。", "{place} is a file, no folder."),
    "evaluate.out_is_file.remedy": Message("请给一个目录名。", "Name a folder."),
    "evaluate.rejected": Message(
        "有 {count} 处数据未能使用，清单见 {place}",
        "{count} cells or rows could not be used; they are listed in {place}",
    ),
    "evaluate.window": Message(
        "{split_at} 至 {until}：{queries} 个查询（首次出现的企业 {cold} 个），"
        "{candidates} 家候选机构",
        "{split_at} to {until}: {queries} queries ({cold} of firms never seen before), "
        "{candidates} candidates",
    ),
    "evaluate.method": Message("方法", "method"),
    "evaluate.coverage": Message("覆盖@10", "cover@10"),
    "evaluate.difference": Message("差值", "difference"),
    "evaluate.intervals": Message(
        "方括号为 95% 置信区间；差值与“{subject}”相比（按企业配对）："
        "▼ 更差，▲ 更好，≈ 看不出差别。",
        "In brackets: 95 % intervals. Difference to {subject}, paired by firm: "
        "▼ worse, ▲ better, ≈ none to be seen.",
    ),
    "evaluate.dropped": Message(
        "{name} 中有些行不计入：{lines}", "Lines of {name} that do not count: {lines}"
    ),
    "dropped.unknown_query": Message("查询不存在", "unknown query"),
    "dropped.not_candidate": Message("不是候选机构", "not a candidate"),
    "dropped.earlier_funder": Message("此前已投过该企业", "funded the firm before"),
    "dropped.repeated": Message("重复", "repeated"),
    "evaluate.missing": Message(
        "{name} 缺 {count} 个查询，按 0 分计。", "{name} lacks {count} queries; they score 0."
    ),
    "evaluate.left_out": Message("未运行 {name}：{why}", "{name} was not run: {why}"),
    "evaluate.written": Message("报告：{place}/report.html", "Report: {place}/report.html"),
    # -- export --------------------------------------------------------------------------------
    "step.export": Message("导出", "exporting"),
    "export.done": Message("已将 {rows} 条记录写入 {place}", "Wrote {rows} records to {place}"),
    # -- looking up records --------------------------------------------------------------------
    "lookup.none": Message(
        "没有编号或名称为 {text} 的记录。", "Nobody has the id or name {text!r}."
    ),
    "lookup.several": Message(
        "有 {count} 条记录名为 {text}。", "{count} records have the name {text!r}."
    ),
    "lookup.near": Message("相近的有：{near}。", "Near: {near}."),
    "lookup.check": Message("请核对编号。", "Check the id."),
    "lookup.mark": Message("、", ", "),
    # -- train ---------------------------------------------------------------------------------
    "step.judge": Message("与热门排序比较", "comparing with popularity"),
    "step.encode": Message("读文本", "reading texts"),
    "step.write": Message("写模型包", "writing the bundle"),
    "horizon.past": Message(
        "数据止于 {end}，以 {day} 为今天（可用 --as-of 指定）。",
        "The data ends on {end}: {day} counts as today (--as-of names another day).",
    ),
    "train.done": Message(
        "已训练模型包 {name}（处理器 {seconds} 秒）",
        "Trained {name} ({seconds} s of processor time)",
    ),
    "train.gate": Message("准入检验：{found}", "Gate: {found}"),
    "train.promoted": Message("已启用。", "It serves now."),
    "train.refused": Message(
        "未通过检验，没有启用；原有模型继续使用。仍要启用：finmatch models promote {name}",
        "It does not pass and does not serve; the model before goes on serving. "
        "To use it all the same: finmatch models promote {name}",
    ),
    "train.kept": Message(
        "按要求没有启用。启用：finmatch models promote {name}",
        "It does not serve, as asked. To use it: finmatch models promote {name}",
    ),
    "step.adapt": Message("微调编码器", "adapting the encoder"),
    "encoder.absent": Message(
        "没有安装内置编码器，文本只按字面检索。",
        "The embedded encoder is not installed here: texts are found by their wording alone.",
    ),
    "adapt.learned": Message(
        "学习 {count} 笔，验证窗口最佳在第 {steps} 步。",
        "Learned from {count} deals; the validation window was best after step {steps}.",
    ),
    "adapt.result": Message(
        "留出的 {count} 笔：NDCG@10 由 {before} 到 {after}，相差 {gain}",
        "{count} held-out deals: NDCG@10 from {before} to {after}, difference {gain}",
    ),
    "adapt.kept": Message(
        "已保存到 {place}。启用：设置 FINMATCH_ENCODER={name}，再训练模型。",
        "Kept in {place}. To use it: set FINMATCH_ENCODER={name} and train the model again.",
    ),
    "adapt.refused": Message(
        "不保留：留出的成交上，提高的 95% 区间没有全部高于零。仍用编码器 {encoder}。",
        "Not kept: on the held-out deals the 95 % interval of the gain is not above zero. "
        "The encoder remains {encoder}.",
    ),
    "adapt.unlearned": Message(
        "不保留：验证窗口上始终没有提高。仍用编码器 {encoder}。",
        "Not kept: nothing was gained on the validation window. The encoder remains {encoder}.",
    ),
    # -- meaning -------------------------------------------------------------------------------
    "meaning.way": Message("方法", "way"),
    "meaning.chinese": Message("中文", "Chinese"),
    "meaning.english": Message("英文", "English"),
    "meaning.tfidf": Message("TF-IDF（1–3 字）", "TF-IDF of 1 to 3 characters"),
    "meaning.bm25": Message("BM25", "BM25"),
    "meaning.encoder": Message("编码器", "encoder"),
    "meaning.centred": Message("编码器，减去均值", "encoder, centred"),
    "meaning.fused": Message("编码器与 BM25 融合", "encoder and BM25, fused"),
    "meaning.fused_centred": Message(
        "减去均值的编码器与 BM25 融合", "centred encoder and BM25, fused"
    ),
    "meaning.off": Message(
        "编码器已关闭，只测字面方法。", "The encoder is off: wording alone is measured."
    ),
    # -- rules ---------------------------------------------------------------------------------
    "kind.bad_rules": Message("规则有误", "bad rules"),
    "rules.valid": Message("{count} 条规则，没有错误。", "{count} rules, no errors."),
    "rules.faults": Message("{count} 处错误：", "{count} errors:"),
    "rules.written": Message("已写入 {place}", "Written to {place}"),
    "rules.added": Message(
        "新增 {new} 个版本，补上截止日 {changed} 个，未变 {unchanged} 个。",
        "{new} versions added, {changed} given their last day, {unchanged} unchanged.",
    ),
    "rules.exported": Message(
        "已将 {count} 个版本写入 {place}", "Wrote {count} versions to {place}"
    ),
    "rules.id": Message("规则", "rule"),
    "rules.version": Message("版本", "version"),
    "rules.days": Message("有效期", "holds"),
    "rules.title": Message("名称", "title"),
    "rules.marks": Message("备注", "remark"),
    "rules.unconfirmed": Message("部分未核实", "partly unconfirmed"),
    "rules.none_holds": Message(
        "{day} 没有有效的规则 {rule_id}。", "No version of the rule {rule_id} holds on {day}."
    ),
    "rules.see_list": Message("见 finmatch rules list。", "See finmatch rules list."),
    "rules.one_version": Message("版本 {version}  {days}", "version {version}  {days}"),
    "rules.fact": Message("事实", "fact"),
    "rules.meaning": Message("含义", "meaning"),
    "rules.origin": Message("来源", "from"),
    "rules.values": Message("取值", "values"),
    "rules.replayed": Message(
        "{answer_id}：{day} 的结论“{verdict}”，{count} 条规则重现一致。",
        "{answer_id}: of {day}, verdict {verdict}; {count} rules answer as they did.",
    ),
    "rules.differs": Message(
        "{rule_id} v{version}：当时为 {kept}，现在为 {again}",
        "{rule_id} v{version}: was {kept}, is {again}",
    ),
    "rules.stated": Message("已存入 {count} 条补充信息。", "{count} facts stored."),
    "origin.record": Message("登记信息", "record"),
    "origin.derived": Message("计算", "computed"),
    "origin.stated": Message("补充信息", "stated"),
    # -- demo ----------------------------------------------------------------------------------
    "step.generate": Message("生成演示数据", "generating the demo world"),
    "step.store": Message("写入数据库", "storing"),
    "demo.foreign": Message(
        "{place} 不是 finmatch demo 建立的数据库。", "{place} was not made by finmatch demo."
    ),
    "demo.foreign.remedy": Message(
        "请移走它，或用 --home 指定其他目录。", "Move it away, or name another folder with --home."
    ),
    # -- match lists ---------------------------------------------------------------------------
    "step.load": Message("载入模型", "loading the model"),
    "serving.later_model": Message(
        "模型学到了 {learned} 之前的历史，晚于 {day}：这份列表含有当时还不知道的信息。",
        "The model knows the history until {learned}, later than {day}: "
        "this list holds what nobody knew then.",
    ),
    "firm.founded": Message("{month} 成立", "founded {month}"),
    "need.implied": Message(
        "没有登记；每类产品按提出该类需求估计", "none stated; each kind as if it were asked for"
    ),
    "need.implied_firm": Message("没有登记", "none stated"),
    "need.months": Message("{months} 个月", "{months} months"),
    "need.stated": Message("{day} 提出", "stated {day}"),
    "verdict.met": Message("符合", "met"),
    "verdict.not_applicable": Message("无限制", "no bounds"),
    "verdict.unknown": Message("待确认", "open"),
    "verdict.manual_review": Message("需人工", "by hand"),
    "verdict.unmet": Message("不符合", "unmet"),
    "match.need": Message("需求：{need}", "Need: {need}"),
    "match.score": Message("匹配度", "score"),
    "match.probability": Message("可能性", "chance"),
    "match.conditions": Message("条件", "conditions"),
    "match.open": Message("待确认：{rules}", "To be found out: {rules}"),
    "match.suits": Message("最合适的产品：{offer}", "Suits best: {offer}"),
    "match.earlier": Message("此前已成交", "dealt with before"),
    "match.no_offer": Message("没有可以推荐的产品。", "There is no offer to recommend."),
    "match.drop_strict": Message(
        "去掉 --strict 可看到有待确认条件的产品。",
        "Without --strict, offers with open questions are listed too.",
    ),
    "match.no_firm": Message("没有可以推荐的企业。", "There is no firm to recommend."),
    "match.considered": Message(
        "共考察 {n} 个产品，{eligible} 个可以推荐。",
        "{n} offers looked at, {eligible} may be shown.",
    ),
    "match.needs_considered": Message(
        "共考察 {n} 项需求，{eligible} 项可以推荐。",
        "{n} needs looked at, {eligible} may be shown.",
    ),
    "match.excluded": Message("按条件排除：{rules}", "Left out by rule: {rules}"),
    "match.excluded_pairs": Message(
        "按条件排除（产品与需求的组合）：{rules}",
        "Pairs of offer and need left out by rule: {rules}",
    ),
    "match.disclaimer": Message(
        "匹配度，非信用评价。模型 {version}。",
        "A match score, not a credit rating. Model {version}.",
    ),
    "recommend.one_of": Message(
        "请给出企业或需求的编号，或用 --profile 给出企业资料，二者选一。",
        "Give either the id of a firm or need, or a --profile.",
    ),
    "recommend.one_of.remedy": Message(
        "例：finmatch recommend firm_demo_0000017",
        "For example: finmatch recommend firm_demo_0000017",
    ),
    "explain.score": Message(
        "匹配度 {score}，在 {pool} 个候选中排第 {rank}；企业侧可能性 {firm}，机构侧 {institution}",
        "Score {score}, place {rank} of {pool} candidates; chance from the firm's side {firm}, "
        "from the institution's {institution}",
    ),
    "explain.theme": Message("方面", "theme"),
    "explain.rest": Message("其余 {count} 个方面", "{count} more"),
    "explain.base": Message("基准值", "base"),
    "explain.raw": Message("原始得分（以上之和）", "raw score (the sum)"),
    "explain.contribution": Message("贡献", "contribution"),
    "explain.rule": Message("条件", "condition"),
    "explain.answer": Message("结果", "answer"),
    "explain.rule_id": Message("规则", "rule"),
    "explain.known": Message("{said}（现：{known}）", "{said} (known: {known})"),
    "explain.rule_head": Message(
        "{title}  {rule_id} v{version}  出处：{source}",
        "{title}  {rule_id} v{version}  source: {source}",
    ),
    "explain.who": Message(
        "请给出企业或需求以及产品；用 --profile 给出企业资料时只给产品。",
        "Give a firm or need and an offer; with --profile, the offer alone.",
    ),
    "explain.who.remedy": Message(
        "例：finmatch explain firm_demo_0000017 offer_demo_00030",
        "For example: finmatch explain firm_demo_0000017 offer_demo_00030",
    ),
    "explain.kept": Message(
        "已保存这次结论：{answer_id}。重现：finmatch rules replay {answer_id}",
        "Kept as {answer_id}. To replay it: finmatch rules replay {answer_id}",
    ),
    "unblock.head": Message("调整后可以申请的产品：", "What a change would open:"),
    "unblock.unmet": Message("不符合：{rules}", "Unmet: {rules}"),
    "unblock.open": Message("（其余条件尚待确认）", " (the rest stays to be found out)"),
    "unblock.pair": Message("怎样才能符合：", "What would make it eligible:"),
    "unblock.none": Message(
        "没有可行的调整能使其符合。", "Nothing that can be changed would make it eligible."
    ),
    "checkup.gaps": Message(
        "缺少的信息（使条件无法判断）", "Missing data that leaves answers open"
    ),
    "checkup.gap": Message(
        "{fact}：涉及 {count} 个产品的条件", "{fact}: asked for by {count} offers"
    ),
    "checkup.near": Message("差一点就达到的条件", "Near misses"),
    "checkup.near_one": Message(
        "{bound}，现为 {value}：涉及 {count} 个产品", "{bound}, now {value}: {count} offers"
    ),
    "checkup.endings": Message("即将到期", "About to end"),
    "checkup.ends": Message("{fact}（{value}）将于 {day} 到期", "{fact} ({value}) ends on {day}"),
    "checkup.ended": Message("{fact}（{value}）已于 {day} 到期", "{fact} ({value}) ended on {day}"),
    "checkup.oddities": Message("需要核对", "To be checked"),
    "checkup.nothing": Message("无", "nothing"),
    "checkup.openers": Message(
        "哪一项调整能打开最多的产品", "Which single change opens the most offers"
    ),
    "checkup.opener": Message(
        "{change}：新增 {count} 个产品，额度合计至多 {money}",
        "{change}: {count} more offers, up to {money} in all",
    ),
    "explain.feature": Message("特征", "feature"),
    "explain.value": Message("取值", "value"),
    "demo.generated": Message(
        "以下全部为程序生成的演示数据，不涉及任何真实企业、机构和个人。",
        "Everything below is generated: no firm, institution or person in it exists.",
    ),
    "demo.holds": Message(
        "{base} 个基地、{firm} 家企业、{need} 项需求、{institution} 家机构、{offer} 个产品、"
        "三年 {event} 条行为记录，截至 {day}。",
        "{base} bases, {firm} firms, {need} needs, {institution} institutions, {offer} offers, "
        "and {event} events of three years until {day}.",
    ),
    "demo.built": Message("已写入 {place}。", "Written to {place}."),
    "demo.reused": Message(
        "沿用 {place} 中上次生成的数据和模型，没有变化。",
        "World and model in {place} are used again: nothing has changed.",
    ),
    "demo.changed": Message(
        "沿用 {place} 中的数据；它在生成之后有过改动（--fresh 可重新生成）。",
        "The world in {place} is used again; it was changed since (--fresh builds it anew).",
    ),
    "demo.firm": Message("企业找资金：谁能满足这项需求？", "A firm asks: who would finance this?"),
    "demo.fund": Message("机构找企业：本周看哪几家？", "A fund asks: which firms this week?"),
    "demo.no_need": Message(
        "演示数据里没有未满足的需求。", "No firm of the demo has an open need."
    ),
    "demo.no_fund": Message("演示数据里没有基金。", "The demo has no fund."),
    "demo.larger": Message("请用更大的 --size。", "Use a larger --size."),
    "demo.next": Message("接下来可以试：", "Next, try:"),
    # -- roadshow ------------------------------------------------------------------------------
    "step.roadshow": Message("排会", "planning"),
    "step.roadshow_scores": Message("评分", "scoring pairs"),
    "step.roadshow_reasons": Message("说明理由", "finding reasons"),
    "roadshow.template": Message(
        "已写出 {place}，填好后运行 finmatch roadshow plan。",
        "Wrote {place}; fill it in, then run finmatch roadshow plan.",
    ),
    "roadshow.scored": Message(
        "文件中没有评分，由模型 {model} 评分。",
        "The file has no scores; the model {model} scored all pairs.",
    ),
    "roadshow.size": Message(
        "{firms} 家企业，{institutions} 家机构，{slots} 个场次，{meetings} 场会面",
        "{firms} firms, {institutions} institutions, {slots} slots, {meetings} meetings",
    ),
    "roadshow.measure": Message("指标", "measure"),
    "roadshow.figure": Message("数值", "figure"),
    "roadshow.remark": Message("说明", "remark"),
    "roadshow.warning": Message("注意：{text}", "Note: {text}"),
    "roadshow.violations": Message("未满足的要求：{count} 项", "{count} requirements are missed"),
    "roadshow.unmatched": Message("没有会面：{count} 家", "{count} participants meet nobody"),
    "roadshow.more": Message(
        "另有 {count} 项，见导出的工作簿。", "{count} more are in the exported workbook."
    ),
    "roadshow.rule": Message("要求", "requirement"),
    "roadshow.who": Message("对象", "who"),
    "roadshow.required": Message("应为", "required"),
    "roadshow.got": Message("实为", "got"),
    "roadshow.why": Message("原因", "why"),
    "roadshow.fix": Message("建议", "what helps"),
    "roadshow.when": Message("时间", "when"),
    "roadshow.firm": Message("企业", "firm"),
    "roadshow.institution": Message("机构", "institution"),
    "roadshow.place": Message("地点", "place"),
    "roadshow.meets": Message("会见", "meets"),
    "roadshow.reasons": Message("理由", "reasons"),
    "roadshow.no_meeting": Message("没有安排会面：{why}", "No meeting: {why}"),
    "roadshow.change": Message("变动", "change"),
    "roadshow.before": Message("原安排", "before"),
    "roadshow.after": Message("新安排", "now"),
    "roadshow.unchanged": Message("没有变动。", "Nothing changed."),
    "roadshow.changed": Message(
        "新增 {added} 场，取消 {removed} 场，改期 {moved} 场",
        "{added} meetings added, {removed} removed, {moved} moved",
    ),
    "roadshow.stored": Message(
        "已保存为第 {version} 版（{state}），已通过核验。",
        "Stored as version {version} ({state}); verified.",
    ),
    "roadshow.not_stored": Message(
        "试运行，没有保存；已通过核验。", "Dry run, not stored; verified."
    ),
    "roadshow.verified": Message(
        "第 {version} 版：{meetings} 场会面，没有错误。",
        "Version {version}: {meetings} meetings, no faults.",
    ),
    "roadshow.faulty": Message("发现 {count} 处错误：", "{count} faults:"),
    "roadshow.fault": Message("{code}：{message}", "{code}: {message}"),
    "roadshow.id": Message("编号", "id"),
    "roadshow.name": Message("名称", "name"),
    "roadshow.state": Message("状态", "state"),
    "roadshow.version": Message("版本", "version"),
    "roadshow.none": Message(
        "还没有对接会。先写出模板：finmatch roadshow template。",
        "There is no roadshow yet. Begin with finmatch roadshow template.",
    ),
    "roadshow.sheet": Message("工作表", "sheet"),
    "roadshow.row": Message("行", "row"),
    "roadshow.column": Message("列", "column"),
    "roadshow.trouble": Message("问题", "fault"),
    "roadshow.troubles": Message(
        "文件有 {count} 处错误，没有排会：", "Faults of the file: {count}; nothing was planned:"
    ),
    "roadshow.exported": Message(
        "已在 {place} 写出 {count} 个文件。", "Wrote {count} files to {place}."
    ),
    "roadshow.advanced": Message("{roadshow}：{state}", "{roadshow}: {state}"),
    "roadshow.ordered": Message("已排好，方案第 {version} 版。", "Planned; version {version}."),
    "roadshow.recorded": Message(
        "已记录 {reports} 场会面，新增 {events} 条行为记录。",
        "Recorded {reports} meetings; {events} new events.",
    ),
    "roadshow.closed": Message(
        "对接会 {roadshow} 已结束，方案不再改动。",
        "The roadshow {roadshow} is closed; its plan stays as it is.",
    ),
    "roadshow.published": Message(
        "对接会 {roadshow} 已发布。", "The roadshow {roadshow} is published."
    ),
    "roadshow.published.remedy": Message(
        "请用 finmatch roadshow replan 调整。", "Change it with finmatch roadshow replan."
    ),
    "roadshow.bad_instant": Message(
        "{value} 不是时间，请写成 2026-09-01T09:30 的样子。",
        "{value} is no instant; write it like 2026-09-01T09:30.",
    ),
    "roadshow.bad_late": Message(
        "{value} 应写成 编号=10:00 的样子。", "{value} must be like ID=10:00."
    ),
    # -- serve ---------------------------------------------------------------------------------
    "recommend.kept": Message(
        "已保存 {count} 条资格答案，可用 finmatch rules replay 重放（编号见 --json）。",
        "Kept {count} answers of the rules; finmatch rules replay gives them again (ids: --json).",
    ),
    "pipeline.given": Message("所给企业的匹配", "The given firm"),
    "pipeline.given_out": Message(
        "所给企业不符合条件：", "The given firm is kept out by conditions:"
    ),
    "pipeline.given_rules": Message("  {offer}：{rules}", "  {offer}: {rules}"),
    "serve.ready": Message(
        "服务已启动：{address}（Ctrl+C 结束）", "Serving at {address} (Ctrl+C ends it)"
    ),
    "serve.demo_host": Message(
        "演示只能在本机访问，不能监听 {host}。",
        "The demo is for this machine alone; it does not listen on {host}.",
    ),
    "serve.demo_host.remedy": Message(
        "去掉 --host，或不带 --demo 启动正式数据。",
        "Leave --host out, or serve real data without --demo.",
    ),
    "serve.no_demo": Message("{place} 中没有演示数据。", "There is no demo world in {place}."),
    "serve.no_demo.remedy": Message("请先运行 finmatch demo。", "Run finmatch demo first."),
    "serve.is_demo": Message(
        "{place} 是演示数据，其登录密码人人知道。",
        "{place} holds the demo world, whose passwords everybody knows.",
    ),
    "serve.is_demo.remedy": Message(
        "加上 --demo 启动演示，或换一个主目录。", "Serve it with --demo, or choose another home."
    ),
    "serve.role": Message("角色", "Role"),
    "serve.login": Message("登录名", "Login"),
    "serve.password": Message("密码", "Password"),
    "role.firm": Message("企业", "Firm"),
    "role.institution": Message("机构", "Institution"),
    "role.organizer": Message("对接会主办方", "Roadshow organizer"),
    "role.evaluator": Message("评估员", "Evaluator"),
    "role.base_operator": Message("基地运营方", "Base operator"),
    "role.administrator": Message("管理员", "Administrator"),
}

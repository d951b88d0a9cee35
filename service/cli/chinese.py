"""The help in Chinese: one text for each verb, argument and option, found by its path."""

from __future__ import annotations

from typing import Any

import typer

PANELS = {
    "Start": "开始",
    "Data": "数据",
    "Models": "模型",
    "Matches": "匹配",
    "Service": "服务",
    "Output": "输出",
    "Options": "选项",
    "Arguments": "参数",
}

EXAMPLES = "示例："

SHARED: dict[str, str] = {
    "help": "显示本说明并退出。",
    "home": "数据库和模型所在目录，代替 FINMATCH_HOME。",
    "lang": "输出语言。",
    "as_json": "输出一个 JSON 文档，代替表格。",
    "quiet": "不显示进度和提示。",
    "seed": "一切随机过程的种子。",
}
"""Options that several verbs have."""

HELP: dict[str, str] = {
    "": "为小微企业匹配融资与服务，并说明理由。\n\n显示的是匹配度，不是信用评分。",
    "version": "显示版本。",
    "demo": "生成演示数据，训练模型，为一家企业和一家基金各列出匹配结果。\n\n"
    "数据全部由程序生成，存放在主目录的 demo 子目录；再次运行会沿用。",
    "demo.size": "small、medium、large、huge，或企业数量。",
    "demo.seed": "生成数据的种子。",
    "demo.fresh": "不论已有什么，都重新生成。",
    "serve": "启动 HTTP 服务，供企业、机构、主办方和评估员使用，直到中断。\n\n"
    "接口在 /v1 下，说明见 /docs。第一位管理员用 finmatch admin create 创建。",
    "serve.host": "监听的地址。",
    "serve.port": "端口；0 表示由系统选择。",
    "serve.workers": "应答进程的数量；它们共用模型的内存。",
    "serve.demo": "启动 finmatch demo 的演示数据，附各角色的登录。",
    "serve.jobs": "同时处理后台任务；否则由 finmatch jobs run 处理。",
    "serve.log_level": "debug、info、warning 或 error。",
    "import": "把融资历史或自己的表格导入数据库。\n\n"
    "SOURCE 为 crunchbase、itjuzi、ppp（存放该数据集文件的目录）或 tables"
    "（CSV、JSON 行、Parquet、Excel，中英文表头均可）。"
    "同样的文件再次导入不会重复；中断的导入会从断点继续。",
    "import.source": "文件的种类。",
    "import.places": "数据集目录；tables 可给多个文件和目录。",
    "import.mapping": "说明陌生表头含义的文件（.json 或 .toml）。",
    "import.dry_run": "只显示将要导入什么，不写入。",
    "import.rejects": "未能使用的内容列在哪里（CSV）。",
    "import.label": "导入以什么名称记录和续传。",
    "import.for_institution": "只接受这家机构的产品。",
    "import.for_base": "只接受这个基地的企业。",
    "validate": "检查数据库，或在导入之前检查文件：十五项有名称的检查。\n\n"
    "每项给出通过、留意或错误，附数量、例子和处理办法。有错误时退出码为 1。",
    "validate.source": "文件的种类；不给则检查数据库。",
    "validate.places": "要检查的文件和目录。",
    "validate.mapping": "说明陌生表头含义的文件（.json 或 .toml）。",
    "validate.today": "这一天之后的事不可能已经发生。",
    "train": "用数据库中的历史训练模型，足够好时启用。\n\n"
    "准入检验在模型没有见过的最近几个月里与热门排序比较。"
    "要求启用而未通过时退出码为 1，原有模型继续使用。\n\n"
    "指定 encoder 时，改为用成交记录微调文本编码器（需安装 encoder 附加包）；"
    "在没有见过的最近半年里更好才保留，否则退出码为 1。",
    "train.what": "匹配模型，或它所用的文本编码器。",
    "train.as_of": "只用这一天之前发生的事训练；默认用全部。",
    "train.name": "模型包或编码器目录的名称。",
    "train.promote": "通过检验后启用。",
    "meaning": "测试文本检索：意思相同、用词不同的文本能否相遇。\n\n"
    "用随软件附带的中英文测试集，分别测量 TF-IDF、BM25、编码器以及它们的融合。",
    "meaning.encoder": "off、embedded、目录或模型名，代替 FINMATCH_ENCODER；默认 embedded。",
    "evaluate": "用某一天之前的数据训练，为之后的每一轮融资排序，并与其他方法比较。\n\n"
    "OUT 中将有 qrels.txt、每个方法的 run.METHOD.txt（TREC 格式）、metrics.json、"
    "per_query.parquet，以及供阅读的 report.html。",
    "evaluate.data_set": "融资历史的种类。",
    "evaluate.data": "存放该数据集文件的目录。",
    "evaluate.split_at": "窗口的第一天；只用更早的数据训练。",
    "evaluate.until": "窗口的最后一天。",
    "evaluate.out": "结果目录。",
    "evaluate.method": "只运行这个方法；可多次给出。",
    "evaluate.baselines": "与对照方法比较。",
    "evaluate.run_file": "参加比较的其他系统的 TREC run 文件，以文件名为名；可多次给出。",
    "export": "把数据库中的记录写成文件。\n\n"
    "CSV 和 Excel 的表头与取值使用输出语言，可以再次导入；Parquet 保留库中原来的列。",
    "export.records": "记录的种类。",
    "export.out": "要写的文件：.csv、.xlsx 或 .parquet。",
    "recommend": "为一家企业或一项需求推荐产品，并说明理由。\n\n"
    "企业以其最近一项未满足的需求为准；没有登记需求时，各类产品均列出。"
    "显示的是匹配度，不是信用评分。",
    "recommend.firm_or_need": "企业或需求的编号，或企业名称。",
    "recommend.profile": "库中没有的企业的资料（JSON，或只有一行的表格）。",
    "recommend.k": "每类产品的数量。",
    "recommend.kind": "产品种类；可多次给出。",
    "recommend.strict": "不列出有待确认条件的产品。",
    "recommend.keep": "保存各项资格答案，以便重放。",
    "recommend.details": "列出每一项条件及其规则和版本。",
    "recommend.as_of": "以这一天为今天。",
    "pipeline": "为一家机构或一个产品推荐企业，并说明理由。\n\n"
    "每家企业只出现一次，附最适合它的产品。显示的是匹配度，不是信用评分。",
    "pipeline.institution_or_offer": "机构或产品的编号或名称。",
    "pipeline.k": "企业数量。",
    "pipeline.stated_only": "只列出登记了未满足需求的企业。",
    "pipeline.profile": "库中没有的企业的资料（JSON，或只有一行的表格），与其他企业一起排序。",
    "pipeline.strict": "不列出有待确认条件的企业。",
    "pipeline.details": "列出每一项条件及其规则和版本。",
    "pipeline.as_of": "以这一天为今天。",
    "explain": "说明一个产品对一项需求的匹配度从何而来：各方面、各条件、各特征。\n\n"
    "贡献按模型的决策路径计算，加上基准值等于原始得分；它不是 SHAP 值。",
    "explain.pair": "企业或需求的编号（或企业名称），然后是产品的编号或名称；"
    "用 --profile 时只给产品。",
    "explain.profile": "库中没有的企业的资料（JSON，或只有一行的表格）。",
    "explain.keep": "保存这次结论，以便日后重现。",
    "explain.as_of": "以这一天为今天。",
    "roadshow": "安排资本对接会：谁和谁、何时、在哪张桌。",
    "roadshow template": "写出一个待填写的工作簿：工作表、表头、说明和示例行。\n\n"
    "给出 --invite 时，填入库中正在寻求融资的企业和相应机构，评分留给模型。",
    "roadshow template.out": "要写的工作簿。",
    "roadshow template.invite": "填入库中 N 家企业，以及与之相应的机构。",
    "roadshow plan": "根据文件安排对接会：谁和谁、何时、在哪张桌见面。\n\n"
    "文件中没有评分时，由启用的模型为所有组合评分。方案经核验后存为草稿；"
    "文件中的错误一次全部列出，此时退出码为 2。",
    "roadshow plan.files": "Excel 工作簿，或每表一个 CSV 文件。",
    "roadshow plan.fairness": "会面分配的均衡程度，代替文件中的设定。",
    "roadshow plan.seed": "随机种子，代替文件中的设定。",
    "roadshow plan.agenda_rounds": "减少日程空档的优化长度。",
    "roadshow plan.dry_run": "只显示方案，不保存。",
    "roadshow plan.as_of": "模型评分以这一天为今天。",
    "roadshow replan": "以最小改动调整方案：取消、新增、迟到、缺席、增加场次。\n\n"
    "小的变动用选项给出，其他变动写在修改后的文件里。变动会列出，可供打印；没有变动则为空。",
    "roadshow replan.roadshow": "对接会编号。",
    "roadshow replan.files": "修改后的工作簿或 CSV 文件；可多次给出。",
    "roadshow replan.cancel": "取消参会者的编号；可多次给出。",
    "roadshow replan.no_show": "从现在起缺席者的编号；可多次给出。",
    "roadshow replan.late": "迟到者的编号和到场时间；可多次给出。",
    "roadshow replan.now": "此前开始的场次不再改动；进行中时默认为当前时间。",
    "roadshow replan.fill": "不移动任何会面，只填补空位。",
    "roadshow replan.max_changes": "最多取消或移动多少场仍可进行的会面。",
    "roadshow replan.inertia": "已有会面的加分，默认 0.5。",
    "roadshow replan.dry_run": "只显示方案，不保存。",
    "roadshow replan.as_of": "模型评分以这一天为今天。",
    "roadshow verify": "用独立的核验程序检查已保存的方案；发现错误时退出码为 1。\n\n"
    "它与排会程序没有共用代码，也核对方案承认的未满足要求。",
    "roadshow verify.roadshow": "对接会编号。",
    "roadshow verify.version": "方案的版本。",
    "roadshow show": "显示全部对接会、一个方案，或一位参会者的日程。",
    "roadshow show.roadshow": "对接会编号；不给则全部列出。",
    "roadshow show.participant": "显示一位参会者的日程。",
    "roadshow show.version": "方案的版本。",
    "roadshow export": "把方案写成供人使用的文件：Excel 工作簿、日历和可打印的页面。\n\n"
    "OUT 中将有组织者用的 roadshow.xlsx、每位参会者一页的 agendas.html，"
    "以及 calendars/ 中每人一个日历。",
    "roadshow export.roadshow": "对接会编号。",
    "roadshow export.out": "文件存放的目录。",
    "roadshow export.formats": "excel、ics 或 html；可多次给出。",
    "roadshow export.version": "方案的版本。",
    "roadshow order": "按服务的要求编排或调整一场对接会。\n\n"
    "对接会规模较大时由服务作为后台任务运行；排好的方案成为新的一版。",
    "roadshow order.file": "服务写下的要求。",
    "roadshow advance": "把对接会推进到下一状态：published（已发布）、"
    "running（进行中）、closed（已结束）。",
    "roadshow advance.roadshow": "对接会编号。",
    "roadshow advance.state": "下一状态。",
    "roadshow record": "记录到会情况和每场会面的结果，作为供模型学习的行为记录。\n\n"
    "FILE 是导出的工作簿，其中的“签到与结果”表已填好。重复记录只算一次。",
    "roadshow record.roadshow": "对接会编号。",
    "roadshow record.file": "含“签到与结果”表的工作簿。",
    "checkup": "为一家企业做健康体检：缺少的信息、差一点的条件、即将到期的事项，"
    "以及哪项调整能打开最多的产品。",
    "checkup.firm_or_need": "企业或需求的编号，或企业名称。",
    "checkup.profile": "库中没有的企业的资料（JSON，或只有一行的表格）。",
    "checkup.kind": "产品种类；可多次给出。",
    "checkup.by_money": "按所打开的金额排序。",
    "checkup.as_of": "以这一天为今天。",
    "models": "列出模型包，并决定使用哪一个。",
    "models list": "列出模型包，最早的在前；正在使用的有标记。",
    "models promote": "核对文件完整之后，启用一个模型包。",
    "models promote.name": "模型包的名称。",
    "models promote.expected": "仅当正在使用的是这个模型包时才更换。",
    "models reindex": "按数据库中现有的产品重写正在使用的模型包，并启用。\n\n"
    "模型所学不变：新产品按其条件入列，已撤下的产品移除。",
    "models reindex.name": "新模型包的名称。",
    "models reindex.promote": "写完后启用。",
    "jobs": "查看和取消后台任务，或运行它们。",
    "jobs list": "列出最近的任务，最新的在前。",
    "jobs list.n": "多少个。",
    "jobs show": "显示一个任务：状态、结果和日志的末尾。",
    "jobs show.job_id": "任务的编号。",
    "jobs cancel": "取消等待中的任务，或结束运行中的任务。",
    "jobs cancel.job_id": "任务的编号。",
    "jobs run": "处理任务，直到被中断；finmatch serve 会自行处理。\n\n"
    "结束时仍在运行的任务留待下一次。",
    "jobs run.heavy": "同时运行的繁重任务数。",
    "jobs run.attended": "标准输入关闭时结束。",
    "models rollback": "恢复使用上一个模型包。",
    "rules": "准入规则：读取、检查、保存和查看。",
    "rules list": "列出某一天有效的规则，包括内置的国家口径。",
    "rules list.on": "这一天有效的版本；默认为今天。",
    "rules show": "显示一条规则：某一天有效的版本，以及其他版本的起止日期。",
    "rules show.rule_id": "规则编号。",
    "rules show.on": "这一天有效的版本；默认为今天。",
    "rules validate": "检查规则文件：列出每一处错误的文件、行号和位置。\n\n有错误时退出码为 1。",
    "rules validate.files": "规则文件（YAML、JSON、Excel）。",
    "rules import": "把规则存入数据库：全部存入，有一处错误则全部不存。\n\n"
    "已有的版本不会改变；有改动时请用新的版本号。",
    "rules import.files": "规则文件（YAML、JSON、Excel）。",
    "rules export": "把所有规则的所有版本写成可以编辑、可以再次导入的文件。",
    "rules export.out": "要写的文件：.yaml、.json 或 .xlsx。",
    "rules schema": "输出规则文件的 JSON Schema，供编辑器在输入时提示和检查。",
    "rules schema.out": "要写的文件；不给则直接输出。",
    "rules state": "存入企业或基地的补充信息：表格的列为 subject_id、name、value、known_on、"
    "expires_on、source。",
    "rules state.files": "表格（CSV、Excel、Parquet）或 JSON。",
    "rules state.on": "表中没有 known_on 时，这些信息何时得知；默认为今天。",
    "rules replay": "用当时的事实和规则版本重现一次保存的结论。\n\n有不一致时退出码为 1。",
    "rules replay.answer_id": "结论的编号。",
    "rules facts": "列出规则可以使用的事实，以及取值的写法。",
    "admin": "建立第一位管理员，管理人员和密钥。",
    "admin create": "建立一位系统管理员，包括第一位。\n\n"
    "密码在终端输入两次，或从标准输入读取；不能写在命令行上，也没有默认密码。",
    "admin create.login": "登录名。",
    "admin create.name": "显示的姓名；默认与登录名相同。",
    "admin create.password_stdin": "从标准输入读取一行作为密码，不再询问。",
    "admin list": "列出管理员，或所有可以登录的人。",
    "admin list.every": "列出所有机构的人员，不只是管理员。",
    "admin disable": "停用一个人：会话立即结束，密钥立即吊销。\n\n最后一位管理员不能停用。",
    "admin disable.login": "登录名。",
    "admin password": "为一个人设置新密码；此人的所有会话随即结束。",
    "admin password.login": "登录名。",
    "admin password.password_stdin": "从标准输入读取一行作为密码，不再询问。",
    "admin key": "建立一个代表某人的 API 密钥。密钥只显示一次，不保存原文。",
    "admin key.login": "登录名。",
    "admin key.name": "密钥的用途。",
    "admin key.scope": "密钥的权限；可多次给出。",
    "admin key.days": "有效天数，最多 366 天。",
}
"""Verbs by name, their arguments and options as ``verb.parameter``."""


def translate(command: Any, path: str = "") -> None:
    """Put the Chinese texts into the help of ``command`` and of everything below it."""
    command.help = HELP[path]
    if command.epilog:
        command.epilog = "\n".join((EXAMPLES, *command.epilog.splitlines()[1:]))
    command.rich_help_panel = _panel(command, "Options")
    for parameter in (*command.params, command.get_help_option(typer.Context(command))):
        key = f"{path}.{parameter.name}" if path else parameter.name
        parameter.help = HELP.get(key) or SHARED[parameter.name]
        is_argument = parameter.param_type_name == "argument"
        parameter.rich_help_panel = _panel(parameter, "Arguments" if is_argument else "Options")
    for name, child in getattr(command, "commands", {}).items():
        translate(child, f"{path} {name}".strip())


def _panel(part: Any, default: str) -> str:
    panel = getattr(part, "rich_help_panel", None)
    return PANELS[panel if isinstance(panel, str) else default]

"""The help in Chinese: one text for each verb, argument and option, found by its path."""

from __future__ import annotations

from typing import Any

import typer

PANELS = {
    "Start": "开始",
    "Data": "数据",
    "Models": "模型",
    "Matches": "匹配",
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
    "import": "把融资历史或自己的表格导入数据库。\n\n"
    "SOURCE 为 crunchbase、itjuzi、ppp（存放该数据集文件的目录）或 tables"
    "（CSV、Parquet、Excel，中英文表头均可）。同样的文件再次导入不会重复；中断的导入会从断点继续。",
    "import.source": "文件的种类。",
    "import.places": "数据集目录；tables 可给多个文件和目录。",
    "import.mapping": "说明陌生表头含义的文件（.json 或 .toml）。",
    "import.dry_run": "只显示将要导入什么，不写入。",
    "import.rejects": "未能使用的内容列在哪里（CSV）。",
    "validate": "检查数据库，或在导入之前检查文件：十四项有名称的检查。\n\n"
    "每项给出通过、留意或错误，附数量、例子和处理办法。有错误时退出码为 1。",
    "validate.source": "文件的种类；不给则检查数据库。",
    "validate.places": "要检查的文件和目录。",
    "validate.mapping": "说明陌生表头含义的文件（.json 或 .toml）。",
    "validate.today": "这一天之后的事不可能已经发生。",
    "train": "用数据库中的历史训练模型，足够好时启用。\n\n"
    "准入检验在模型没有见过的最近几个月里与热门排序比较。"
    "要求启用而未通过时退出码为 1，原有模型继续使用。",
    "train.as_of": "只用这一天之前发生的事训练；默认用全部。",
    "train.name": "模型包的名称。",
    "train.promote": "通过检验后启用。",
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
    "recommend.as_of": "以这一天为今天。",
    "pipeline": "为一家机构或一个产品推荐企业，并说明理由。\n\n"
    "每家企业只出现一次，附最适合它的产品。显示的是匹配度，不是信用评分。",
    "pipeline.institution_or_offer": "机构或产品的编号或名称。",
    "pipeline.k": "企业数量。",
    "pipeline.stated_only": "只列出登记了未满足需求的企业。",
    "pipeline.strict": "不列出有待确认条件的企业。",
    "pipeline.as_of": "以这一天为今天。",
    "explain": "说明一个产品对一项需求的匹配度从何而来：各方面、各条件、各特征。\n\n"
    "贡献按模型的决策路径计算，加上基准值等于原始得分；它不是 SHAP 值。",
    "explain.firm_or_need": "企业或需求的编号，或企业名称。",
    "explain.offer": "产品的编号或名称。",
    "explain.as_of": "以这一天为今天。",
    "models": "列出模型包，并决定使用哪一个。",
    "models list": "列出模型包，最早的在前；正在使用的有标记。",
    "models promote": "核对文件完整之后，启用一个模型包。",
    "models promote.name": "模型包的名称。",
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
    "rules facts": "列出规则可以使用的事实，以及取值的写法。",
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

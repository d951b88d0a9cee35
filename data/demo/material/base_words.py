"""Names and sentences of innovation bases."""

from __future__ import annotations

from data.demo.material.trade import words_of
from data.records import BaseKind

THEMES: tuple[str, ...] = words_of(
    "云栈 汇川湾 青禾 启澜 智汇谷 星桥 梧桐里 蓝湾 新枢纽 橙园 启明坊 联创汇 同创湾 芯谷 溪谷 江畔 "
    "东篱 北辰汇 云帆 立新 拓界 合纵 众智 微光 长汀 澄湖湾 运河里 知新 百川 汇智港 砺行 凤栖 "
    "鹿鸣 方寸 未来里 金穗 麒麟湾 惠泽 蜂巢 琥珀里 砚田 木棉 飞梭 榫卯 灯塔 拾光 匠里 橡树湾 "
    "三叶 弦歌 望岳 青梧 初晴 沃土"
)

KIND_WORDS: dict[BaseKind, tuple[str, ...]] = {
    BaseKind.ENTREPRENEURSHIP_BASE: (
        "小微企业创业基地",
        "双创基地",
        "创业创新基地",
        "大学生创业基地",
    ),
    BaseKind.ENTREPRENEURSHIP_PARK: ("创业园", "科技创业园", "留学人员创业园", "电商创业园"),
    BaseKind.MAKER_SPACE: ("众创空间", "创客空间", "众创社区"),
    BaseKind.INCUBATOR: ("科技企业孵化器", "孵化中心", "专业孵化器", "产业加速器"),
    BaseKind.PARK_IN_PARK: ("园中园", "智造园中园", "科技产业园中园"),
    BaseKind.ANCHOR_FIRM_BASE: ("链主企业双创基地", "产业链协同创业基地", "大中小融通创新基地"),
}

OPERATORS: dict[BaseKind, tuple[str, ...]] = {
    BaseKind.ENTREPRENEURSHIP_BASE: ("创业服务有限公司", "中小企业服务中心"),
    BaseKind.ENTREPRENEURSHIP_PARK: ("科技园发展有限公司", "园区运营管理有限公司"),
    BaseKind.MAKER_SPACE: ("众创空间管理有限公司", "创客服务有限公司"),
    BaseKind.INCUBATOR: ("科技企业孵化器有限公司", "孵化器管理有限公司"),
    BaseKind.PARK_IN_PARK: ("产业园开发有限公司", "园区资产经营有限公司"),
    BaseKind.ANCHOR_FIRM_BASE: ("装备集团有限公司", "新材料集团股份有限公司", "控股集团有限公司"),
}

OPENINGS: tuple[str, ...] = (
    "{name}<位于|坐落在>{city}{district}，{year}年<启用|投入运营>，<载体|孵化>面积<0.6-9.8>万平方米",
    "{year}年由{operator}<建设|发起>，<利用|改造><闲置厂房|老旧楼宇|停产车间>形成<0.4-6.8>万平方米<空间|载体>",
    "{operator}运营的{name}，<聚焦|主攻>{focus}，在{city}{district}有<2-6>栋<楼宇|厂房>",
)

FOCUS: tuple[str, ...] = (
    "<重点|优先>引进{focus}方向的小微企业和创业团队",
    "入驻企业<以|主要>做{focus}<的居多|者过半>，<上下游|链条>配套<半径|距离>不超过<5-30/5>公里",
    "围绕{focus}<建立|设有>了<共享实验室|中试车间|检测平台|直播基地|展示中心>",
)

SERVICES: tuple[str, ...] = (
    "<提供|设有>工商注册、财税代理、知识产权和融资对接<一站式窗口|服务专员>，服务台帐<按月|按季>公开",
    "每年<举办|组织><4-18>场资本对接会与<创业训练营|项目路演>，促成融资<600-9600/100>万元",
    "与<5-26>家银行、担保和投资机构<签约|建立联系>，<首贷户|信用贷>占比逐年提高",
    "配有<12-60/2>名创业导师，<毕业|三年存活>企业<26-320/2>家",
    "实行<租金减免|先租后买|弹性工位>，<公寓|食堂|班车><齐全|配套>",
    "对入驻企业做<健康体检|用能监测|成长评估>，<帮助|辅导>申报专精特新和高企",
)

"""Guarantees and insurance of the demo world."""

from __future__ import annotations

from data.demo.material.product import (
    ABMC,
    GIANT,
    HIGH,
    INNO,
    MICRO_SMALL,
    SPEC,
    T_SME,
    Product,
    Shelf,
)
from data.records import InstitutionKind, NeedKind

GUARANTEE = Shelf(
    kind=NeedKind.GUARANTEE,
    institution=InstitutionKind.GUARANTOR,
    products=(
        Product(
            names=("小微融资担保", "普惠批量担保", "惠企增信保"),
            purposes=("贷款增信", "订单融资增信"),
            amount_wan=(10, 1000),
            term_months=(6, 36),
            price_pct=(0.5, 1.0),
            leads=(
                "政府性融资担保，<单户|同一主体>不超过{max}万元，银担<二八|按比例>分险，<不收保证金|无附加收费>",
                "支小支农<批量|标准化>担保，{max}万元以内<见贷即保|资料从简>，反担保<弱化|可免房产>",
            ),
            size_classes=MICRO_SMALL,
            tax_grades=ABMC,
        ),
        Product(
            names=("科技创新专项担保", "科创保", "科技担保通"),
            purposes=("贷款增信", "订单融资增信"),
            amount_wan=(30, 3000),
            term_months=(6, 36),
            price_pct=(0.3, 0.9),
            leads=(
                "科技创新专项担保计划产品，<国家、省、市|国担、再担>分担风险，单户最高{max}万元",
                "<研发型|轻资产>科技企业<可免|弱化>反担保，{max}万元以内，<知识产权|订单>可作辅助",
            ),
            credentials_any=(T_SME, HIGH, INNO, SPEC, GIANT),
        ),
        Product(
            names=("创业担保", "创业保", "青创保"),
            purposes=("创业贷款增信",),
            amount_wan=(5, 400),
            term_months=(12, 24),
            price_pct=(0.0, 0.5),
            leads=(
                "为创业担保贷款提供<基金|专项>担保，小微企业最高400万元、个人30万元，<免收|减收>担保费",
                "<吸纳就业达标|重点群体创办>的企业<可办|优先>，反担保<要求低|灵活>",
            ),
            age_max=72,
            resident_first=True,
        ),
        Product(
            names=("工程保函", "投标履约保函", "电子保函"),
            purposes=("投标保函", "履约保函"),
            amount_wan=(1, 1000),
            term_months=(1, 36),
            price_pct=(0.3, 1.0),
            leads=(
                "投标、履约、预付款保函，<电子化|线上>出函，<当天|两小时>可取，最高{max}万元",
                "替代现金保证金，<政府采购与工程|招投标>场景<通用|认可>，单笔{max}万元以内",
            ),
        ),
        Product(
            names=("专精特新担保", "强链保"),
            purposes=("贷款增信", "订单融资增信"),
            amount_wan=(200, 3000),
            term_months=(12, 36),
            price_pct=(0.3, 0.8),
            leads=(
                "<专精特新与小巨人|梯度培育>企业<中长期|纯信用>担保，最高{max}万元，费率<优惠|打折>",
                "围绕产业链<关键环节|配套企业>，{max}万元以内<一次授信、循环使用|三年循环>",
            ),
            credentials_any=(SPEC, GIANT, HIGH),
            age_min=36,
        ),
        Product(
            names=("知识产权担保", "专利增信保"),
            purposes=("贷款增信",),
            amount_wan=(50, 1000),
            term_months=(6, 36),
            price_pct=(0.5, 1.0),
            leads=(
                "<接受|认可>专利<权质押|许可收益>作反担保，解决<无房无地|缺抵押>企业的贷款担保，上限{max}万元",
                "<专利质量|研发投入>好的企业可{max}万元以内增信，<评估费|登记费>由<本公司|财政>承担",
            ),
            collateral_any=("专利权质押",),
            class_one_ip_min=1,
        ),
        Product(
            names=("农业信贷担保", "兴农保"),
            purposes=("贷款增信", "创业贷款增信"),
            amount_wan=(10, 300),
            term_months=(12, 36),
            price_pct=(0.3, 0.8),
            leads=(
                "<种养大户、合作社|农业经营主体>与农产品加工企业<专属|适用>担保，单户{max}万元以内",
                "<养殖水面、大棚设施|存货与订单>均可反担保，上限{max}万元，<保费补贴|费率优惠>",
            ),
            industries=("A", "C13", "C14", "C15"),
        ),
    ),
    process=(
        "<尽调|现场核查>后<3-10>个工作日<出|给>担保意见",
        "与<6-28>家银行<签有|建立>银担合作，<放款行|银行>可自选",
        "<在保|保后>期间每<季|半年>走访一次",
        "反担保以<企业主保证|设备、应收账款>为主，<不强求|不要求>房产",
        "纳入再担保<分险|体系>，{region}企业<优先|可办>",
    ),
    extras=(
        "年化担保费率{fee}",
        "担保费{fee}/年，<一次|按年>收取，无其他费用",
        "费率{fee}，<首保|科技>户下浮",
    ),
)

INSURANCE = Shelf(
    kind=NeedKind.INSURANCE,
    institution=InstitutionKind.INSURER,
    products=(
        Product(
            names=("企业财产综合险", "园区企业财产险", "设备与存货保"),
            purposes=("企业财产险", "雇主责任险"),
            amount_wan=(20, 5000),
            term_months=(6, 12),
            price_pct=(0.05, 0.3),
            leads=(
                "承保<厂房装修、机器设备与存货|设备、原料与成品>，<台风暴雨|水淹、火灾>损失按<重置|市场>价赔付，保额至{max}万元",
                "基地内企业<统保|团购><价格|费率>更低，<停工|营业中断>可附加，保额上限{max}万元",
            ),
        ),
        Product(
            names=("小额贷款保证保险", "银保易融保证险"),
            purposes=("贷款保证保险",),
            amount_wan=(10, 800),
            term_months=(6, 24),
            price_pct=(1.0, 2.4),
            leads=(
                "替无抵押企业<向银行增信|承保还款>，单户{max}万元以内，<政银保|财政贴费>地区更优惠",
                "<银行、保险与财政|银保>三方分险，<出险后|逾期后>先赔后追，最高{max}万元",
            ),
            tax_grades=ABMC,
            age_min=12,
        ),
        Product(
            names=("产品责任险", "产品质量与责任保"),
            purposes=("产品责任险", "雇主责任险", "出口信用保险"),
            amount_wan=(20, 3000),
            term_months=(6, 12),
            price_pct=(0.1, 0.6),
            leads=(
                "保障<产品缺陷|质量事故>致第三方的损失，<出口|电商>产品可全球承保，限额{max}万元",
                "<商超、主机厂|平台>准入<常用|要求>保单，<可加|附带>召回与雇主责任，累计限额{max}万元",
            ),
        ),
        Product(
            names=("专利综合险", "知识产权护航险"),
            purposes=("专利保险", "研发费用损失险"),
            amount_wan=(10, 1000),
            term_months=(12, 36),
            price_pct=(0.8, 2.5),
            leads=(
                "专利被侵权的调查、诉讼费用与<直接损失|经济损失>由保险<承担|赔付>，限额{max}万元",
                "<参展|出海>企业的专利执行与被控侵权责任，另含<研发中断|研发费用>损失，最高{max}万元",
            ),
            class_one_ip_min=1,
        ),
        Product(
            names=("雇主安心保", "安责一揽子"),
            purposes=("雇主责任险", "企业财产险"),
            amount_wan=(20, 3000),
            term_months=(6, 12),
            price_pct=(0.2, 0.9),
            leads=(
                "<雇主责任与安全生产责任|工伤补充与第三者责任>组合，<按岗位|按人数>计费，限额{max}万元",
                "<高空、焊接、叉车|机械操作>等岗位可保，附<安全培训|隐患排查>服务，累计{max}万元",
            ),
        ),
        Product(
            names=("短期出口信用保", "外贸收汇险"),
            purposes=("出口信用保险",),
            amount_wan=(20, 3000),
            term_months=(6, 12),
            price_pct=(0.2, 0.8),
            leads=(
                "海外买家破产、拖欠与<政治|汇兑>风险<赔付|保障>八至九成，<保单|赔款>可转让融资，限额{max}万元",
                "<小微外贸|跨境电商>企业简易投保，<附送|免费>买家资信调查，年限额{max}万元",
            ),
            industries=("C", "F", "L72", "A"),
        ),
        Product(
            names=("首台套综合险", "新材料首批次险"),
            purposes=("首台套保险",),
            amount_wan=(100, 5000),
            term_months=(12, 36),
            price_pct=(0.8, 2.6),
            leads=(
                "首台套装备、首批次材料的质量<与责任|>风险，<符合目录可|协助>申请保费补贴，保额至{max}万元",
                "替<研制|生产>方向用户<兜底|承诺>修理、更换、退货责任，限额{max}万元",
            ),
            industries=("C",),
            credentials_any=(HIGH, SPEC, GIANT, T_SME, INNO),
        ),
        Product(
            names=("网络安全险", "数据安全责任险"),
            purposes=("网络安全险",),
            amount_wan=(50, 1000),
            term_months=(12, 12),
            price_pct=(0.4, 1.6),
            leads=(
                "勒索攻击、数据泄露与<系统中断|业务停摆>损失，含<应急响应|取证恢复>费用，限额{max}万元",
                "<软件与平台|数据服务>企业投标可用，<赠送|附>漏洞扫描，最高{max}万元",
            ),
        ),
        Product(
            names=("研发中断损失险", "研发费用补偿险"),
            purposes=("研发费用损失险",),
            amount_wan=(20, 1000),
            term_months=(6, 24),
            price_pct=(1.2, 3.0),
            leads=(
                "研发项目<因设备故障、关键人员|中试失败、流片失败>造成的费用损失，最高{max}万元",
                "<里程碑|节点>未达成按<约定|已投入>比例赔付，限额{max}万元",
            ),
        ),
        Product(
            names=("种养收益险", "水产气象指数险"),
            purposes=("种植养殖险",),
            amount_wan=(10, 800),
            term_months=(3, 12),
            price_pct=(1.5, 4.0),
            leads=(
                "按<气温、溶氧、降雨|气象、价格>指数自动理赔，<大棚、虾蟹、苗木|种养大户>可投，保额{max}万元",
                "<产量与价格|收入>双重保障，<财政补贴|补贴后自缴>三至五成，最高{max}万元",
            ),
            industries=("A",),
        ),
        Product(
            names=("临床试验责任险", "受试者保障险"),
            purposes=("临床试验责任险",),
            amount_wan=(100, 3000),
            term_months=(12, 36),
            price_pct=(0.3, 1.2),
            leads=(
                "药械临床试验<受试者伤害|申办方责任>保障，<满足伦理要求|多中心可出分单>，限额{max}万元",
                "<Ⅰ至Ⅲ期|医疗器械>试验均可投，<延长报告期|回溯期>可谈，最高{max}万元",
            ),
            industries=("C27", "C358", "M734"),
        ),
    ),
    process=(
        "<询价|提交资料>后<1-5>个工作日出<方案|报价>",
        "<小额案件|五千元以下>线上理赔，<大案|重案><现场查勘|专人跟进>",
        "<保险经纪|基地专员>协助投保，{region}可承保",
        "<无赔款|连续投保>次年费率<下浮|优惠>",
        "可<出具|提供>电子保单用于招投标",
    ),
    extras=(
        "费率{fee}",
        "年费率约{fee}，<视行业|按风险等级>浮动",
        "保费按保额的{fee}<计收|测算>",
    ),
)

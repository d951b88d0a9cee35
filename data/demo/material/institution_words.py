"""Endings of institution names and sentences of their descriptions and of fund mandates."""

from __future__ import annotations

from data.records import NeedKind

BANK_ENDINGS: tuple[str, ...] = (
    "银行{city}分行",
    "农村商业银行{city}分行",
    "银行{district}支行",
    "科技银行{city}分行",
)
GUARANTOR_ENDINGS: tuple[str, ...] = (
    "融资担保有限公司",
    "科技融资担保有限公司",
    "中小企业融资担保有限公司",
)
INSURER_ENDINGS: tuple[str, ...] = (
    "财产保险江苏分公司",
    "科技保险{city}分公司",
    "责任保险{city}中心支公司",
    "财产保险{district}支公司",
)
FUND_ENDINGS: tuple[str, ...] = (
    "创业投资",
    "资本",
    "股权投资基金",
    "科创投资",
    "天使投资",
    "产业基金",
)
SERVICE_ENDINGS: tuple[str, ...] = (
    "知识产权代理有限公司",
    "科技咨询有限公司",
    "财税服务有限公司",
    "律师事务所",
    "认证技术服务有限公司",
    "数字科技有限公司",
    "人力资源有限公司",
    "企业管理咨询有限公司",
    "节能环保咨询有限公司",
    "电子商务服务有限公司",
    "技术转移有限公司",
    "创业服务有限公司",
    "检测技术有限公司",
)
"""In the order of the products that the providers are named after."""

MIXED_SERVICE_ENDINGS: tuple[str, ...] = (
    "企业服务有限公司",
    "综合服务有限公司",
    "中小企业服务有限公司",
)

DESCRIPTIONS: dict[NeedKind, tuple[str, ...]] = {
    NeedKind.DEBT: (
        "{name}<服务|深耕>{where}小微企业，<设有|下辖><科技支行|普惠金融部|小微专营团队>，<存量|在贷>客户<600-9800/100>户",
        "{name}的<小微|普惠>条线<常年|定期>到基地<驻点|走访>，<信用贷|首贷户>占比<逐年上升|超过三成>",
    ),
    NeedKind.GUARANTEE: (
        "{name}为<国有控股|财政出资>的<政策性|政府性>担保机构，在保<120-2600/20>户，平均费率<0.6-1.0>%",
        "{name}加入<国家、省再担保|全省再担保>体系，<支小支农|科技担保>业务占<80-96>%",
    ),
    NeedKind.INSURANCE: (
        "{name}<设|组建>科技保险<团队|专营部>，承保{where}企业<300-6800/100>家",
        "{name}<经营|主营>责任、财产与信用保证保险，<查勘|理赔>平均<2-9>天",
    ),
    NeedKind.EQUITY: (
        "{name}<管理|在管>规模<1.5-46.0>亿元，<已投|累计投资><18-160/2>个项目，<合伙人|团队>多有产业背景",
        "{name}<由产业资本与引导基金|由几位连续创业者|由科研院所背景团队><发起|设立>，<单项目跟投|投后陪伴>是其特点",
        "{name}<专注|偏好><硬科技|早期科技|成长期>，<平均|通常><6-16>周完成一笔投资",
    ),
    NeedKind.SERVICE: (
        "{name}<服务|累计服务>{where}企业<80-2600/20>家，<专职|持证>顾问<8-90/2>人",
        "{name}<入选|列入><市级|省级>中小企业公共服务示范<平台|机构>，<主做|擅长>小微客户",
    ),
}
BUSINESS: tuple[str, ...] = (
    "<业务|产品>覆盖{scope}",
    "<常办|主要>业务有{scope}",
    "<可|能>办理{scope}<等|>",
)
STAGES_SAID: tuple[str, ...] = (
    "<投资|介入>阶段为{stages}",
    "<主要|多在>{stages}<进入|出手>",
)
DECLARES: tuple[str, ...] = (
    "<公开|对外>表示<重点|优先>支持{sectors}",
    "<近期|本年度><投向|重点>为{sectors}",
    "<官网|宣传册>列明<关注|偏重>{sectors}领域",
)

FUND_NAMES: tuple[str, ...] = (
    "天使基金",
    "早期基金",
    "成长基金",
    "创新基金",
    "产业基金",
    "科创基金",
    "共赢基金",
)
FUND_LEADS: tuple[str, ...] = (
    "{brand}<寻找|关注>{stages}的{focus}项目，<单笔|每个项目>{min}至{max}万元",
    "<投资阶段|轮次>以{stages}为主，<单笔|首笔>投资{min}万—{max}万元，<方向|赛道>：{focus}",
    "面向{where}的{focus}创业公司，{stages}均可，<出资|投资>{min}—{max}万元",
)
FUND_LIKES: tuple[str, ...] = (
    "<尤其|特别><看好|想投>做{p1}、{p2}这类<产品|方向>的<团队|企业>",
    "<例如|比如>{p1}和{p2}，<有样机、有首单|技术壁垒清楚>更好",
    "<看重|在意>创始人<全职|持股>、<客户验证|专利归属>和<毛利|量产>路径",
    "对<依赖补贴的|重资产扩张的|纯贸易>项目<不考虑|谨慎>，<可|能>接受<无收入|亏损>阶段",
)
FUND_RESIDENT: tuple[str, ...] = (
    "优先投资于基地内企业和项目，<返投|本地落户>要求<可谈|宽松>",
    "与基地<联合设立|签有合作>，同等条件下优先<考虑|安排>入驻企业",
)
FUND_PROCESS: tuple[str, ...] = (
    "<看BP|初筛>后<一|两>周内回复，<立项到打款|全流程>约<8-20>周",
    "<可|能><领投|跟投>，<一般|通常>占股<5-20>%，<投后|后续>提供<订单、招聘|下一轮融资>协助",
    "<每月|每季>参加基地资本对接会，<路演|走访>后<当场|三天内>反馈",
)

LIMITS: dict[str, tuple[str, ...]] = {
    "titles": ("<须|要求>持有{titles}<之一|中任一资质>", "<限|仅面向>{titles}"),
    "tax": ("纳税信用{tax}级", "纳税信用<须|应>为{tax}级"),
    "age_min": ("成立满{age_min}个月", "<经营|注册>不少于{age_min}个月"),
    "age_max": ("成立不超过{age_max}个月", "<注册|创办>{age_max}个月以内"),
    "revenue_min": ("年收入不低于{revenue_min}万元",),
    "collateral": ("<接受|认可>{collateral}", "<担保|增信>方式：{collateral}"),
    "ip": ("至少<有|持有>{ip}件发明等I类知识产权",),
    "levels": ("<仅限|面向>国家级、省级示范基地入驻企业",),
    "bases": ("<定向|专供>{bases}入驻企业",),
}
"""Clauses of conditions; joined by ，or ；into one sentence."""

AMOUNT_AND_TERM: tuple[str, ...] = (
    "<金额|额度>{min}—{max}万元，期限{term_min}至{term_max}个月",
    "期限<最短|>{term_min}个月、最长{term_max}个月，<额度|单户>{min}—{max}万元",
)
COVER_AND_TERM: tuple[str, ...] = (
    "保额{min}—{max}万元，保险期{term_min}至{term_max}个月",
    "<可保|投保>额度从{min}万到{max}万元，<最长|期限不超过>{term_max}个月",
)
PRICE_OF_SERVICE: tuple[str, ...] = (
    "<费用|报价>{min}—{max}万元，<视规模|按工作量>定",
    "<收费|价格>在{min}万到{max}万元之间，周期<最长|不超过>{term_max}个月",
)
RESIDENT: tuple[str, ...] = (
    "基地入驻企业<优先|同等条件优先>",
    "<双创基地|创业基地>内企业<优先受理|优先支持>",
)

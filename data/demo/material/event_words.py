"""Words of events: why an application was declined, and what firms say about a service."""

from __future__ import annotations

REASONS: tuple[str, ...] = (
    "行业不在近期重点投放范围",
    "金额与单笔规模不匹配",
    "不在主要服务半径内",
    "企业阶段与产品定位不符",
    "综合评审未通过",
)
"""In the order of the terms inst_taste, inst_ticket, inst_place, inst_stage, and the rest."""

PRAISE: tuple[str, ...] = (
    "<客户经理|对接人><响应快|很专业>，<资料一次说清|没有跑冤枉路>，<整体|全程>用时约<4-20>天",
    "<流程|手续>比<预期|想象>简单，<放款|交付><准时|及时>",
    "<懂|熟悉><我们行业|小企业>，给的建议<有用|实在>",
    "<费用|利率>和事先说的一致，<后续|事后>还<主动回访|帮忙对接资源>",
)
NEUTRAL: tuple[str, ...] = (
    "<总体|基本>满意，<审批|处理>时间<偏长|比承诺晚了<2-12>天>",
    "<方案|产品>可以，<但材料要求|沟通>略<繁琐|慢>",
    "<能解决问题|中规中矩>，<额度|效果><低于|略低于>预期",
)
COMPLAINT: tuple[str, ...] = (
    "<反复|多次>补材料，<等了<20-60>天|进度没人告知>",
    "<前后|线上线下>说法不一致，<附加条件|额外收费>没有提前讲明",
    "<对接人换了<2-3>次|联系不上人>，<耽误|影响>了<生产|交货>",
)

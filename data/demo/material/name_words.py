"""Characters and words from which names of firms and institutions are made."""

from __future__ import annotations

from data.demo.material.trade import words_of

FIRST: tuple[str, ...] = tuple(
    "澄沃璟昱铭骏穗砺衡翊颂晟垚颐岚茗璞湛栎桐楷枫柏榆桦梓棠芮荃芷苓菁蔚薇芃茂荣莘"
    "沐沁洵洛淇渝溯源漾潇润泓泽浩淳涵瀚澜沣滨江海汇湖川"
    "嘉佑佳优伟仁信俊修健元兆先光冠创利加卓博启哲善固坤城恩宏"
    "宇安宜宝宸尚岭峰巨帆常广庆康弘强彦彩德志忠思恒悦惠慧成"
    "拓振捷敏新方旭昂昊昌明易映春晓景智朗杰林森欣正步永济"
)
"""First characters of trade names (字号)."""

SECOND: tuple[str, ...] = tuple(
    "屿川澜岳岭泉谷峰原野田禾林木森柯桥庭轩阁岸港湾洲帆舟航翼翔羽翎鹏雁鹭鹿骥驰骋"
    "腾跃迈越途程达通联合同协和谐诚信义礼德贤善仁思维智慧哲睿博学文翰墨"
    "铂锐锋钧铸锦铄钰鑫锵键镁皓晖曜辰星月朗明晨昕阳光辉煌炫灿"
    "盛兴隆昌茂丰裕富足康宁泰安平顺吉祥瑞祺福禄佳美丽雅馨芳芯微科创拓展"
)
"""Second characters of trade names."""

THIRD: tuple[str, ...] = tuple("达源盛丰诺美德佳格斯朗诚邦利克普威睿")
"""Third characters; none of them begins a trade word."""

AVOIDED: frozenset[str] = frozenset(
    words_of(
        "恒瑞 信达 华为 中天 恒力 盛虹 亨通 永鼎 红豆 阳光 远东 康宁 正大 联合 安信 信诚 宝钢 "
        "江海 汇川 海尔 海信 康佳 长江 常林 海康 大华 光明 宏达 新科 新联 恒丰 兆丰 光大 德邦 "
        "顺丰 中通 圆通 申通 汇丰 恒生 平安 安平 泰康 信泰 康泰 新华 永安 永诚 安诚 海通 利安 "
        "和谐 正泰 德力 博世 宇通 江淮 明阳 金风 海润 光迅 博众 先导 博瑞 同方 永辉 新城 宝能 "
        "恒安 元祥 海航 春航 吉祥 宜信 捷信 创维 康辉 春秋 明德 明星 瑞星 海天 先锋 巨星 元禾 "
        "博思 安踏 悦达 海澜 林洋 康力 强盛 春兰 昂立 优信 信美 海欣 哲学 文学 星光 成功 新冠 "
        "健康 安康 利益"
    )
)
"""Two-character words that belong to somebody or mean something else."""

BANK_BRANDS: tuple[str, ...] = words_of(
    "汀澜 澄屿 沧浪渡 栖云 砚湖 鹭洲 云汐 枕河 苇岸 青弋 泊川 望亭洲 绿漪 白鹭滩 汇澄 沂岸 "
    "淞屿 桂屿 瓯汀 长荡湾 漕湖岸 石臼汀 里运 洮汀 盐埠 凤汀 雁荡洲 洪汀 骆汀 琼花渡 古黄汀 瓜渡 "
    "润汀 海门汀 连汀 楚汀"
)
"""Invented brands of banks; no bank has one of them."""

GUARANTOR_BRANDS: tuple[str, ...] = words_of(
    "苇信 澄担 桥石 砺石 稳舟 衡舟 锚石 汇砺 诚汀 沐信 厚砺 同砺 信砺 桐信 柏舟 砥舟 "
    "磐舟 惠舟 穗信 润舟 安砺 济舟 恒砺 源砺 泽舟 联砺 盈舟 景砺 德舟 启舟"
)
"""Invented brands of guarantors."""

INSURER_BRANDS: tuple[str, ...] = words_of(
    "棠荫 云荫 松荫 榆荫 岚盾 屿盾 禾荫 桐荫 澜盾 青盾 泊安汀 槐荫 汀盾 鹿荫 栎荫 柏荫 "
    "砚盾 舟盾 杉荫 樟荫"
)
"""Invented brands of insurers."""

FUND_BRANDS: tuple[str, ...] = words_of(
    "栈桥 拾级 烛川 溯野 见澜 砾石滩 半亩 林泉里 深桅 初阶 望舒里 逐鹿汀 听涛里 犁川 山雀 九畹 "
    "棹歌 长庚里 海棠汀 知屿 观复汀 朴野 百尺竿 新枝 萤火汀 执炬 问渠 行舟里 北溟汀 扶摇里 竹节 "
    "远帆汀 "
    "白桅 青桅 橹声 织星 点石汀 渡口 春耕里 芦荻 秋潮里 驭川 撷英里 承野 木铎里"
)
"""Invented brands of fund managers."""

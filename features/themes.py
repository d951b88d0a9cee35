"""The themes of explanations: what a feature is about, as a clerk would say it.

A sentence states a fact that stands beside it (deals done, amounts, terms) or compares the
institution with others; it promises nothing and gives no credit opinion. The placeholders are those
of :data:`features.facts.PLACEHOLDERS`. The plain form only names the subject, because it stands for
both directions.
"""

from __future__ import annotations

from collections.abc import Mapping

from features.spec import Theme


def _theme(name: str, *, zh: tuple[str, str, str], en: tuple[str, str, str]) -> tuple[str, Theme]:
    """Make a theme from the sentences for, against and plain of each language."""
    return name, Theme(
        name=name,
        zh_for=zh[0],
        zh_against=zh[1],
        zh_plain=zh[2],
        en_for=en[0],
        en_against=en[1],
        en_plain=en[2],
    )


THEMES: Mapping[str, Theme] = dict(
    (
        _theme(
            "place",
            zh=(
                "{institution}{place_record}，熟悉当地企业。",
                "与其他机构相比，{institution}的业务并不侧重{place}。",
                "企业所在地与该机构以往成交的地区。",
            ),
            en=(
                "{institution} has closed {place_record} and knows local firms.",
                "Compared with others, {institution} does not focus on {place}.",
                "Where the firm is, and where the institution has dealt before.",
            ),
        ),
        _theme(
            "sector",
            zh=(
                "{institution}{sector_record}，了解这个行业。",
                "与其他机构相比，{institution}的业务并不侧重{sector}。",
                "企业的行业与该机构以往成交的行业。",
            ),
            en=(
                "{institution} has closed {sector_record} and knows the trade.",
                "Compared with others, {institution} does not focus on {sector}.",
                "The firm's trade, and the trades the institution has dealt in before.",
            ),
        ),
        _theme(
            "stage",
            zh=(
                "{institution}{stage_record}，与本次融资阶段一致。",
                "与其他机构相比，{institution}较少参与{stage}阶段。",
                "融资阶段与该机构以往参与的阶段。",
            ),
            en=(
                "{institution} has closed {stage_record}, the stage asked for.",
                "Compared with others, {institution} takes part in few {stage} rounds.",
                "The stage of the firm, and the stages the institution has dealt at before.",
            ),
        ),
        _theme(
            "amount",
            zh=(
                "金额合适：需求{amount}，{institution}以往多在{usual_amount}上下。",
                "金额不占优势：需求{amount}，{institution}以往多在{usual_amount}上下。",
                "所需金额与该机构以往的成交金额。",
            ),
            en=(
                "The amount suits: {amount} is asked for, {institution} usually deals around "
                "{usual_amount}.",
                "The amount is no advantage: {amount} is asked for, {institution} usually deals "
                "around {usual_amount}.",
                "The amount asked for, and the amounts the institution has dealt in before.",
            ),
        ),
        _theme(
            "firm_profile",
            zh=(
                "企业的年限、规模和类型与{institution}以往服务的企业相近。",
                "企业的年限、规模或类型与{institution}以往服务的企业有差别。",
                "企业的年限、规模和类型。",
            ),
            en=(
                "In age, size and form the firm is like those {institution} has served.",
                "In age, size or form the firm differs from those {institution} has served.",
                "The firm's age, size and form.",
            ),
        ),
        _theme(
            "purpose",
            zh=(
                "{institution}常做这类用途（{purpose}）的业务。",
                "{institution}较少做这类用途（{purpose}）的业务。",
                "需求的类型和用途与该机构以往的业务。",
            ),
            en=(
                "{institution} often deals for this purpose ({purpose}).",
                "{institution} seldom deals for this purpose ({purpose}).",
                "The kind and purpose of the need, and the institution's past business.",
            ),
        ),
        _theme(
            "combination",
            zh=(
                "把地区、行业、阶段和金额合起来看，与{institution}的成交记录吻合。",
                "把地区、行业、阶段和金额合起来看，与{institution}的成交记录不太吻合。",
                "地区、行业、阶段和金额的组合。",
            ),
            en=(
                "Place, trade, stage and amount together fit the deals {institution} has closed.",
                "Place, trade, stage and amount together hardly fit the deals {institution} has "
                "closed.",
                "Place, trade, stage and amount taken together.",
            ),
        ),
        _theme(
            "similar_deals",
            zh=(
                "情况相近的企业，{institution}以往支持得较多。",
                "情况相近的企业，{institution}以往支持得较少。",
                "情况相近的企业以往由谁支持。",
            ),
            en=(
                "{institution} has backed many firms like this one.",
                "{institution} has backed few firms like this one.",
                "Who has backed similar firms before.",
            ),
        ),
        _theme(
            "activity",
            zh=(
                "{institution}业务活跃，累计成交{n_deals}。",
                "{institution}近来不算活跃，累计成交{n_deals}。",
                "该机构的活跃程度。",
            ),
            en=(
                "{institution} is active: {n_deals} in all.",
                "{institution} has not been very active lately: {n_deals} in all.",
                "How active the institution is.",
            ),
        ),
        _theme(
            "recency",
            zh=(
                "{institution}最近一笔成交在{last_deal}，仍在开展业务。",
                "{institution}最近一笔成交在{last_deal}，近期节奏不占优势。",
                "该机构最近一笔成交的时间。",
            ),
            en=(
                "{institution} last closed a deal in {last_deal} and is still in business.",
                "{institution} last closed a deal in {last_deal}; its recent pace is no advantage.",
                "When the institution last closed a deal.",
            ),
        ),
        _theme(
            "experience",
            zh=(
                "{institution}自{first_deal}起已有成交，积累了经验。",
                "{institution}的成交记录始于{first_deal}，资历不占优势。",
                "该机构从业时间的长短。",
            ),
            en=(
                "{institution} has been closing deals since {first_deal}.",
                "{institution} has a record since {first_deal}; experience is no advantage.",
                "How long the institution has been dealing.",
            ),
        ),
        _theme(
            "syndicate",
            zh=(
                "{institution}独自或联合出资的习惯适合本次需求。",
                "{institution}独自或联合出资的习惯不太适合本次需求。",
                "该机构独自出资还是与他人联合。",
            ),
            en=(
                "How {institution} deals, alone or beside others, suits this need.",
                "How {institution} deals, alone or beside others, hardly suits this need.",
                "Whether the institution deals alone or beside others.",
            ),
        ),
        _theme(
            "openness",
            zh=(
                "{institution}愿意支持首次合作的企业。",
                "{institution}较多支持老客户，首次合作较少。",
                "该机构对首次合作企业的态度。",
            ),
            en=(
                "{institution} is open to firms it has not dealt with.",
                "{institution} mostly backs firms it already knows.",
                "How open the institution is to new firms.",
            ),
        ),
        _theme(
            "breadth",
            zh=(
                "{institution}涉足的地区和行业范围适合本企业。",
                "{institution}涉足的地区和行业范围不太适合本企业。",
                "该机构业务范围的宽窄。",
            ),
            en=(
                "The range of places and trades of {institution} suits this firm.",
                "The range of places and trades of {institution} hardly suits this firm.",
                "How broad the institution's business is.",
            ),
        ),
        _theme(
            "coinvestors",
            zh=(
                "{institution}与企业已有的资金方{partner}支持过相同的企业。",
                "{institution}与企业已有的资金方往来不多。",
                "该机构与企业已有资金方的往来。",
            ),
            en=(
                "{institution} and {partner}, who already backs the firm, have backed the same "
                "firms.",
                "{institution} seldom backs the same firms as those who already back this one.",
                "The institution, and those who already back the firm.",
            ),
        ),
        _theme(
            "asker",
            zh=(
                "企业自身情况（年限、金额、以往融资）使匹配较容易。",
                "企业自身情况（年限、金额、以往融资）使匹配较难。",
                "企业自身情况。",
            ),
            en=(
                "The firm's own situation (age, amount, earlier rounds) makes a match easier.",
                "The firm's own situation (age, amount, earlier rounds) makes a match harder.",
                "The firm's own situation.",
            ),
        ),
        _theme(
            "declared_place",
            zh=(
                "{offer}的服务地区与企业所在地（{place}）相符。",
                "{offer}的服务地区与企业所在地（{place}）不太相符。",
                "产品声明的服务地区与企业所在地。",
            ),
            en=(
                "The region that {offer} serves agrees with where the firm is ({place}).",
                "The region that {offer} serves hardly agrees with where the firm is ({place}).",
                "The declared region, and where the firm is.",
            ),
        ),
        _theme(
            "declared_sector",
            zh=(
                "{offer}面向的行业与企业（{sector}）相符。",
                "{offer}面向的行业与企业（{sector}）不太相符。",
                "产品声明的行业与企业的行业。",
            ),
            en=(
                "The trades that {offer} is for agree with the firm's ({sector}).",
                "The trades that {offer} is for hardly agree with the firm's ({sector}).",
                "The declared trades, and the firm's.",
            ),
        ),
        _theme(
            "declared_stage",
            zh=(
                "{offer}面向的阶段包括{stage}。",
                "{offer}面向的阶段与{stage}不太相符。",
                "产品声明的阶段与企业的阶段。",
            ),
            en=(
                "The stages that {offer} is for include {stage}.",
                "The stages that {offer} is for hardly agree with {stage}.",
                "The declared stages, and the firm's.",
            ),
        ),
        _theme(
            "declared_amount",
            zh=(
                "额度合适：需求{amount}，产品额度{offer_amount}。",
                "额度不占优势：需求{amount}，产品额度{offer_amount}。",
                "产品的额度与所需金额。",
            ),
            en=(
                "The amount suits: {amount} is asked for, the offer is {offer_amount}.",
                "The amount is no advantage: {amount} is asked for, the offer is {offer_amount}.",
                "The declared amounts, and the amount asked for.",
            ),
        ),
        _theme(
            "declared_terms",
            zh=(
                "{offer}的期限、用途和担保方式与需求相合。",
                "{offer}的期限、用途或担保方式与需求不太相合。",
                "产品的期限、用途和担保方式。",
            ),
            en=(
                "Term, purpose and security of {offer} agree with the need.",
                "Term, purpose or security of {offer} hardly agree with the need.",
                "Term, purpose and security of the offer.",
            ),
        ),
        _theme(
            "declared_profile",
            zh=(
                "企业的规模、年限、资质和纳税等级合乎{offer}的要求。",
                "企业的规模、年限、资质或纳税等级与{offer}的要求有出入。",
                "产品对企业规模、年限、资质和纳税等级的要求。",
            ),
            en=(
                "Size, age, titles and tax grade of the firm are what {offer} asks for.",
                "Size, age, titles or tax grade of the firm are not quite what {offer} asks for.",
                "Size, age, titles and tax grade that the offer asks for.",
            ),
        ),
        _theme(
            "declared_resident",
            zh=(
                "{offer}优先支持双创基地内企业。",
                "{offer}对入驻基地的要求使匹配较难。",
                "产品对入驻双创基地的要求。",
            ),
            en=(
                "{offer} puts firms that reside in an innovation base first.",
                "What {offer} asks about residing in a base makes a match harder.",
                "What the offer asks about residing in a base.",
            ),
        ),
        _theme(
            "declared_price",
            zh=(
                "价格有优势：{price}。",
                "价格不占优势：{price}。",
                "产品的价格。",
            ),
            en=(
                "The price is an advantage: {price}.",
                "The price is no advantage: {price}.",
                "The price of the offer.",
            ),
        ),
        _theme(
            "declared_conditions",
            zh=(
                "{offer}所列条件大多已经满足。",
                "{offer}所列条件尚有未满足或待核实的。",
                "产品所列条件的满足情况。",
            ),
            en=(
                "Most conditions of {offer} are met.",
                "Some conditions of {offer} are not met or not yet checked.",
                "How many of the offer's conditions are met.",
            ),
        ),
    )
)
"""Every theme by name."""

"""Every sentence of the pages, in Chinese and in English, one file a subject.

Keys are ``subject.name``. A test holds the files, the templates and the views together: a key that
is used and not there, or there and not used, fails.
"""

from __future__ import annotations

from collections.abc import Mapping

from service.messages import Message
from service.pages.wording.account import ACCOUNT
from service.pages.wording.administration import ADMINISTRATION
from service.pages.wording.base_operator import BASE_OPERATOR
from service.pages.wording.evaluation import EVALUATION
from service.pages.wording.firm import FIRM
from service.pages.wording.firm_consents import FIRM_CONSENTS
from service.pages.wording.firm_offer import FIRM_OFFER
from service.pages.wording.firm_profile import FIRM_PROFILE
from service.pages.wording.frame import FRAME
from service.pages.wording.offers import OFFERS
from service.pages.wording.pipeline import PIPELINE
from service.pages.wording.roadshow import ROADSHOW
from service.pages.wording.typed import TYPED
from service.settings import Language

PARTS: tuple[Mapping[str, Message], ...] = (
    FRAME,
    ACCOUNT,
    FIRM,
    EVALUATION,
    ADMINISTRATION,
    OFFERS,
    PIPELINE,
    ROADSHOW,
    TYPED,
    FIRM_OFFER,
    FIRM_PROFILE,
    FIRM_CONSENTS,
    BASE_OPERATOR,
)

WORDING: dict[str, Message] = {key: text for part in PARTS for key, text in part.items()}


def say(language: Language, key: str, **values: object) -> str:
    """Return the sentence ``key`` with its placeholders filled."""
    message = WORDING[key]
    template = message.zh if language is Language.ZH else message.en
    return template.format(**values) if values else template

"""Ad-hoc profiles of a request as the matcher's askers."""

from __future__ import annotations

from data.records import Firm, Need
from data.rules.facts import read_stated
from service.api.schemas.ranking import ProfileIn
from service.api.schemas.records import record_of
from service.serving.question import Profile
from service.serving.recommending import AD_HOC_FIRM, AD_HOC_NEED


def profile_of(body: ProfileIn) -> Profile:
    """Return the firm, need and facts of a body; raises as :func:`read_stated` does."""
    firm = record_of(body.firm, Firm, firm_id=AD_HOC_FIRM)
    need = None
    if body.need is not None:
        need = record_of(body.need, Need, need_id=AD_HOC_NEED, firm_id=AD_HOC_FIRM, base_id=None)
    return Profile(firm=firm, need=need, facts=read_stated(body.facts))

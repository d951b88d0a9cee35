"""One pair in full, and its eligibility kept so that it can be given again."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from data import columns as col
from data.errors import UnknownIdError
from data.people import Role
from data.store.rule_store import StoredAnswer
from service.access.policy import Action
from service.access.reaching import unknown
from service.access.seen import SeenFirm, View
from service.access.sight import Sight
from service.serving.candidates import IDENTIFYING, told_all
from service.serving.disclaimer import DISCLAIMER
from service.serving.listing import offer_values
from service.serving.question import Profile
from service.serving.recommending import seeker_of
from service.serving.state import ServiceState

if TYPE_CHECKING:
    from data.rules.facts import Value
    from data.store import Store
    from matcher.match_list import PairStory
    from matcher.matcher import Matcher
    from matcher.seeker import Seeker

SHOWN_TO_ALL = ("offer_id", "institution_id", "kind", "implied", "score", "probability", "verdict")
"""What an institution learns of a pair while the firm is a teaser."""


def explain(
    state: ServiceState,
    sight: Sight,
    *,
    offer_id: str,
    firm_key: str | None = None,
    need_key: str | None = None,
    profile: Profile | None = None,
    language: str | None = None,
) -> dict[str, Any]:
    """Tell everything about one pair that the caller may know.

    A firm or its base asks for its own; an institution asks for one of its own offers and a firm
    that it sees, under its id or handle, and learns of a teaser what its list shows.

    Raises
    ------
    UnknownIdError
        An id is nobody's, or not the caller's.
    """
    live, now = state.live.loaded, state.clock()
    if sight.principal.role is Role.INSTITUTION:
        sight.own_offer(offer_id, Action.READ_PIPELINE)
        seeker, seen = _seen_seeker(sight, firm_key, need_key)
    else:
        seeker = seeker_of(
            sight, live.matcher, firm_id=firm_key, need_id=need_key, profile=profile, on=now.date()
        )
        seen = None
    given = None if profile is None else profile.facts
    story = _story(live.matcher, seeker, offer_id, now=now, given=given, seen=seen)
    items = live.matcher.market.items
    values: dict[str, Any] = {
        "disclaimer": DISCLAIMER[language or "zh"],
        "model_version": live.matcher.model.version,
        "bundle": live.bundle_name,
        "offer": offer_values(items, items.offer_ids.get_row(offer_id)),
    }
    if seen is not None and not told_all(seen.view, seen.classes):
        told = story.item.to_dict(language)
        return {**values, **{name: told[name] for name in SHOWN_TO_ALL}, "view": View.TEASER.value}
    answer_id = None
    if profile is None:
        answer_id = keep_answer(state.store, live.matcher, seeker, offer_id, now=now)
    told = story.to_dict(language)
    if seen is not None and seen.firm_id is None:  # told why, and not who
        told |= dict.fromkeys(IDENTIFYING)
    return {
        **values,
        **told,
        "themes": dict(story.item.explanation.themes),
        "view": View.FULL.value,
        "answer_id": answer_id,
    }


def _seen_seeker(
    sight: Sight, firm_key: str | None, need_key: str | None
) -> tuple[Seeker, SeenFirm | None]:
    """Return whom an institution asks about, and what it sees of the firm, if it is one."""
    if need_key is None:
        seen = sight.firm(firm_key or "")
        return sight.resolve(seen.key), seen
    need = sight.need(need_key)
    seeker = sight.resolve_need(need_key)
    return seeker, None if need.firm_key is None else sight.firm(need.firm_key)


def _story(
    matcher: Matcher,
    seeker: Seeker,
    offer_id: str,
    *,
    now: dt.datetime,
    given: Mapping[str, Value] | None,
    seen: SeenFirm | None,
) -> PairStory:
    """Return everything about a pair; errors call a firm that was seen by its reader's name."""
    try:
        return matcher.explain(seeker, offer_id, now=now, given=given)
    except UnknownIdError as error:
        if seen is None or error.field not in (col.FIRM_ID, col.NEED_ID):
            raise
        raise unknown(col.FIRM_ID, seen.key) from None


def keep_answer(
    store: Store,
    matcher: Matcher,
    seeker: Seeker,
    offer_id: str,
    *,
    now: dt.datetime,
    given: Mapping[str, Value] | None = None,
) -> str:
    """Store the eligibility of a pair with all that it takes to give it again; return its id."""
    content = matcher.answer_content(seeker, offer_id, now=now, given=given)
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    answer_id = f"answer_{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    store.rules.add_answer(
        StoredAnswer(
            answer_id=answer_id,
            answered_on=now.date(),
            need_id=content["need_id"],
            firm_id=content["firm_id"],
            offer_id=offer_id,
            verdict=content["verdict"],
            content=content,
        )
    )
    return answer_id

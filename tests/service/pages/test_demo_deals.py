"""The demo's bank finds firms on its board; a second start adds none."""

from __future__ import annotations

from data.catalogue import Catalogue
from data.deal_flow import Stage
from data.records import Base, Firm, Institution, Need, Offer
from service.demo_people import ensure_sign_ins
from tests.service.serving_world import NOW, Api


def test_the_board_of_the_demo_is_made_once(own_api: Api):
    store = own_api.state.store
    kinds = (Base, Firm, Institution, Need, Offer)
    catalogue = Catalogue.from_records(r for k in kinds for r in store.page(k, limit=5_000))
    for _ in range(2):
        ensure_sign_ins(store, catalogue, now=NOW)
    bank = store.people.get_organisation("org_demo_bank").subject_id or ""
    entries = store.deal_flow.of(bank)
    assert len(entries) == 7
    assert {Stage.MEETING, Stage.NEW, Stage.PASSED} <= {entry.stage for entry in entries}
    assert [one.name for one in store.deal_flow.theses_of(bank)] == ["苏南小微"]
    held = store.consents.of(recipient_id=bank, at=NOW)
    assert {one.firm_id for one in held} == {entries[0].firm_id}

"""Who sees what: every reach, every state of consent, and what goes on record."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from data.consent import Basis, DataClass, Dispute, DisputedKind, Purpose, due_on
from data.errors import ArgumentError, FinMatchError, ForbiddenError, UnknownIdError
from data.records import Firm, Institution, InstitutionKind, Need, NeedKind, Offer
from data.store import Store
from service.access.policy import Action, Reach
from service.access.principal import Principal
from service.access.seen import View
from tests.service.access.seeing import (
    ADMINISTRATOR,
    BANK,
    DAY,
    EVALUATOR,
    EVERYBODY,
    FIRM_A,
    FIRM_A_PERSON,
    FIRM_B,
    FIRM_B_PERSON,
    FIRM_C,
    FUND,
    NEED_A,
    NEED_B,
    NEED_OF_BASE,
    NOW,
    OPERATOR,
    ORGANIZER,
    agree,
    fill,
    sight,
)

ID, PROFILE, FIN = DataClass.IDENTITY, DataClass.PROFILE, DataClass.FINANCIALS


@pytest.fixture
def world(store: Store) -> Store:
    fill(store)
    return store


def handle(world: Store, who: Principal, firm_id: str = "firm_ada") -> str:
    return sight(world, who).teaser_ids([firm_id])[firm_id]


# -- firms: who sees which -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "views"),
    [
        (FIRM_A_PERSON, {"firm_ada": View.FULL}),
        (FIRM_B_PERSON, {"firm_bell": View.FULL}),
        (BANK, dict.fromkeys(("firm_ada", "firm_bell", "firm_curie"), View.TEASER)),
        (ORGANIZER, dict.fromkeys(("firm_ada", "firm_bell", "firm_curie"), View.TEASER)),
        (OPERATOR, {"firm_ada": View.FULL, "firm_curie": View.FULL}),
        (ADMINISTRATOR, dict.fromkeys(("firm_ada", "firm_bell", "firm_curie"), View.FULL)),
    ],
)
def test_each_role_sees_the_firms_of_its_reach(
    world: Store, who: Principal, views: dict[str, View]
) -> None:
    seen = sight(world, who).see_firms([FIRM_A, FIRM_B, FIRM_C])
    assert {firm_id: one.view for firm_id, one in seen.items()} == views
    listed = sight(world, who).firms()
    assert len(listed.items) == len(views)
    assert listed.after is None
    for firm_id in ("firm_ada", "firm_bell", "firm_curie"):
        if views.get(firm_id) is View.FULL:
            assert sight(world, who).firm(firm_id).fields["firm_id"] == firm_id
        else:  # not to be told from a firm that does not exist
            with pytest.raises(UnknownIdError, match=f"no firm_id '{firm_id}'"):
                sight(world, who).firm(firm_id)


def test_an_evaluator_sees_no_firm_at_all(world: Store) -> None:
    for ask in (
        lambda s: s.firm("firm_ada"),
        lambda s: s.firms(),
        lambda s: s.see_firms([FIRM_A]),
        lambda s: s.needs(),
        lambda s: s.resolve("firm_ada"),
    ):
        with pytest.raises(ForbiddenError, match="may not do"):
            ask(sight(world, EVALUATOR))


def test_the_error_for_a_hidden_firm_is_that_for_no_firm(world: Store) -> None:
    def told(who: Principal, key: str) -> str:
        with pytest.raises(UnknownIdError) as error:
            sight(world, who).firm(key)
        return str(error.value).replace(key, "…")

    for who in (FIRM_B_PERSON, BANK, OPERATOR):
        hidden = "firm_bell" if who is OPERATOR else "firm_ada"
        assert told(who, hidden) == told(who, "firm_nobody")


# -- teasers, handles and consent ----------------------------------------------------------------


def test_a_teaser_has_a_handle_of_its_reader(world: Store) -> None:
    for_bank, for_fund = handle(world, BANK), handle(world, FUND)
    assert for_bank != for_fund
    assert for_bank == handle(world, BANK)
    seen = sight(world, BANK).firm(for_bank)
    assert (seen.key, seen.firm_id, seen.view, seen.fields) == (for_bank, None, View.TEASER, {})
    assert seen.teaser.city == "苏州市"
    assert seen.teaser.stage == "growth"  # of the latest need
    with pytest.raises(UnknownIdError):
        sight(world, FUND).firm(for_bank)
    assert sight(world, BANK).resolve(for_bank) == "firm_ada"
    for key in ("firm_ada", "teaser_00", for_fund):
        with pytest.raises(UnknownIdError):
            sight(world, BANK).resolve(key)


def test_a_consent_shows_its_class_to_its_recipient_only(world: Store) -> None:
    agree(world, [PROFILE])
    seen = sight(world, BANK).firm(handle(world, BANK))
    assert (seen.view, seen.classes) == (View.PARTIAL, (PROFILE,))
    assert seen.firm_id is None
    assert seen.fields["description"] == FIRM_A.description
    assert not {"name", "revenue_minor", "tax_grade", "firm_id"} & set(seen.fields)
    assert sight(world, FUND).firm(handle(world, FUND)).view is View.TEASER


def test_who_may_know_who_it_is_may_call_it_by_its_id(world: Store) -> None:
    agree(world, [ID])
    seen = sight(world, BANK).firm("firm_ada")
    assert (seen.key, seen.firm_id) == ("firm_ada", "firm_ada")
    assert seen.fields["name"] == FIRM_A.name
    assert sight(world, BANK).resolve(handle(world, BANK)) == "firm_ada"  # still works
    with pytest.raises(UnknownIdError):
        sight(world, FUND).firm("firm_ada")


def test_a_consent_is_for_its_purpose(world: Store) -> None:
    agree(world, [ID, FIN], purpose=Purpose.DUE_DILIGENCE)
    bank = sight(world, BANK)
    assert bank.firm("firm_ada").view is View.TEASER  # looking for matches
    deeper = bank.firm("firm_ada", purpose=Purpose.DUE_DILIGENCE)
    assert deeper.classes == (ID, FIN)
    agree(world, [PROFILE], recipient_id=ORGANIZER.organisation_id, purpose=Purpose.ROADSHOW)
    assert sight(world, ORGANIZER).firm(handle(world, ORGANIZER)).classes == (PROFILE,)


def test_a_consent_ends_at_once_when_it_is_revoked_or_expires(world: Store) -> None:
    ids = agree(world, [ID, PROFILE])
    assert sight(world, BANK).firm("firm_ada").view is View.PARTIAL
    with pytest.raises(UnknownIdError):
        sight(world, BANK, now=NOW + 31 * DAY).firm("firm_ada")
    world.consents.revoke("firm_ada", ids, at=NOW, by="p")
    with pytest.raises(UnknownIdError):
        sight(world, BANK).firm("firm_ada")
    assert sight(world, BANK).firm(handle(world, BANK)).view is View.TEASER


# -- provisions ----------------------------------------------------------------------------------


def test_more_than_a_teaser_goes_on_record_once_a_request(world: Store) -> None:
    ids = agree(world, [ID, PROFILE, DataClass.CONTACT])
    bank = sight(world, BANK, request_id="req_7")
    bank.firm("firm_ada")
    bank.firms()
    bank.see_firms([FIRM_A, FIRM_B], context="pipeline")
    (row,) = world.provisions.of()
    assert (row.firm_id, row.recipient_id, row.person_id) == ("firm_ada", "inst_x", BANK.person_id)
    assert row.data_classes == (ID, PROFILE)  # a record holds no contact
    assert row.consent_ids == tuple(ids[:2])
    assert (row.purpose, row.basis, row.at) == (Purpose.MATCHING, Basis.CONSENT, NOW)
    assert (row.request_id, row.context) == ("req_7", "firms.read")
    sight(world, BANK).firm("firm_ada")
    assert len(world.provisions.of()) == 2


def test_teasers_and_ones_own_record_are_no_disclosure(world: Store) -> None:
    sight(world, BANK).firms()
    sight(world, BANK).needs()
    sight(world, FIRM_A_PERSON).firm("firm_ada")
    sight(world, FIRM_A_PERSON).needs()
    sight(world, ORGANIZER).firms()
    assert world.provisions.of() == []


def test_those_who_run_a_base_or_the_service_are_on_record_too(world: Store) -> None:
    sight(world, OPERATOR).firm("firm_ada")
    sight(world, ADMINISTRATOR).needs()
    bases = {(p.firm_id, p.basis) for p in world.provisions.of()}
    assert bases == {
        ("firm_ada", Basis.BASE),
        ("firm_ada", Basis.ADMINISTRATION),
        ("firm_bell", Basis.ADMINISTRATION),
    }


def test_nothing_is_seen_where_it_cannot_be_put_on_record(
    world: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    agree(world, [ID])

    def refuse(_rows: object) -> None:
        raise FinMatchError("disk full")

    provisions = type(world.provisions)
    monkeypatch.setattr(provisions, "append", lambda _self, rows: refuse(rows))
    with pytest.raises(FinMatchError, match="disk full"):
        sight(world, BANK).firm("firm_ada")


def test_disclosing_what_is_no_record_needs_the_consent(world: Store) -> None:
    bank = sight(world, BANK)
    with pytest.raises(ForbiddenError, match="did not consent to show 'contact'"):
        bank.disclose("firm_ada", [DataClass.CONTACT], context="contact")
    assert world.provisions.of() == []
    agree(world, [DataClass.CONTACT])
    bank = sight(world, BANK)
    bank.disclose("firm_ada", [DataClass.CONTACT], context="contact")
    (row,) = world.provisions.of()
    assert (row.data_classes, row.context) == ((DataClass.CONTACT,), "contact")
    sight(world, FIRM_A_PERSON).disclose("firm_ada", [DataClass.CONTACT], context="contact")
    with pytest.raises(UnknownIdError):
        sight(world, FIRM_A_PERSON).disclose("firm_bell", [ID], context="x")
    assert len(world.provisions.of()) == 1


# -- lists ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "who", [BANK, OPERATOR, ADMINISTRATOR, FIRM_A_PERSON], ids=lambda who: who.organisation_id
)
def test_pages_of_firms_and_needs_are_complete_and_say_no_hidden_id(
    world: Store, who: Principal
) -> None:
    for listed in (sight(world, who).firms, sight(world, who).needs):
        whole = {one.key for one in listed(n=100).items}
        keys, after = [], None
        for _ in range(10):
            page = listed(after=after, n=1)
            keys += [one.key for one in page.items]
            after = page.after
            if after is None:
                break
        assert sorted(keys) == sorted(whole)
        if who is BANK:
            hidden = set(keys) - {NEED_OF_BASE.need_id}
            assert all(key.startswith(("teaser_", "asked_")) for key in hidden)


def test_a_filter_finds_no_firm_by_what_may_not_be_seen(world: Store) -> None:
    bank = sight(world, BANK)
    assert len(bank.firms({"city": "苏州市"}).items) == 2
    for name, value in (("name", FIRM_A.name), ("base_id", "base_1"), ("tax_grade", "B")):
        assert bank.firms({name: value}).items == []
    agree(world, [PROFILE])
    bank = sight(world, BANK)
    (found,) = bank.firms({"base_id": "base_1"}).items
    assert found.classes == (PROFILE,)
    assert bank.firms({"base_id": "base_1", "name": FIRM_A.name}).items == []
    with pytest.raises(ArgumentError, match="Cannot choose by 'nothing'"):
        bank.firms({"nothing": "x"})


def test_a_filter_widens_nobodys_reach(world: Store) -> None:
    assert sight(world, FIRM_A_PERSON).firms({"firm_id": "firm_bell"}).items == []
    assert sight(world, FIRM_A_PERSON).needs({"firm_id": ["firm_ada", "firm_bell"]}).items
    assert sight(world, OPERATOR).firms({"base_id": "base_2"}).items == []
    assert sight(world, OPERATOR).needs({"in_base": "base_2"}).items == []
    assert len(sight(world, OPERATOR).needs().items) == 3


def test_a_foreign_cursor_is_refused(world: Store) -> None:
    other = handle(world, FUND)
    for key in (other, "firm_ada", "teaser_0"):
        with pytest.raises(ArgumentError, match="cursor is not one of this list"):
            sight(world, BANK).firms(after=key)


def test_a_thousand_rows_cost_a_handful_of_statements(world: Store) -> None:
    firms = [Firm(firm_id=f"firm_{n:04d}", name=f"n{n}") for n in range(1_000)]
    world.upsert(Firm, firms)
    for firm in firms[:50]:
        agree(world, [ID], firm_id=firm.firm_id)
    statements: list[str] = []

    def count(_c: object, _cur: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    sa.event.listen(world._engine, "before_cursor_execute", count)
    seen = sight(world, BANK).see_firms(firms)
    first = len([s for s in statements if not s.startswith(("BEGIN", "COMMIT"))])
    statements.clear()
    sight(world, BANK).see_firms(firms, needs={})
    again = len([s for s in statements if not s.startswith(("BEGIN", "COMMIT"))])
    assert (len(seen), first, again) == (1_000, 9, 3)
    assert sum(one.view is View.PARTIAL for one in seen.values()) == 50
    assert len(world.provisions.of()) == 2 * 50


# -- needs ---------------------------------------------------------------------------------------


def test_a_need_of_a_hidden_firm_is_a_teaser_with_handles(world: Store) -> None:
    seen = sight(world, BANK).see_needs([NEED_A])[NEED_A.need_id]
    assert (seen.view, seen.need_id, seen.fields) == (View.TEASER, None, {})
    assert seen.firm_key == handle(world, BANK)
    assert seen.teaser.need_kind is NeedKind.DEBT
    again = sight(world, BANK).need(seen.key)
    assert again == seen
    for who in (FUND, BANK):
        with pytest.raises(UnknownIdError):
            sight(world, who).need(NEED_A.need_id if who is BANK else seen.key)


def test_a_need_shows_the_classes_its_firm_consented_to(world: Store) -> None:
    agree(world, [ID, FIN])
    seen = sight(world, BANK).need(NEED_A.need_id)
    assert (seen.need_id, seen.firm_key) == (NEED_A.need_id, "firm_ada")
    assert seen.fields["amount_low_minor"] == 210_000_000
    assert "text" not in seen.fields
    (row,) = world.provisions.of()
    assert (row.firm_id, row.data_classes) == ("firm_ada", (ID, FIN))


def test_what_a_base_asks_for_is_seen_without_its_details(world: Store) -> None:
    seen = sight(world, BANK).see_needs([NEED_OF_BASE])[NEED_OF_BASE.need_id]
    assert (seen.view, seen.base_id, seen.fields) == (View.TEASER, "base_1", {})
    assert sight(world, BANK).need(NEED_OF_BASE.need_id).base_id == "base_1"
    assert sight(world, OPERATOR).need(NEED_OF_BASE.need_id).fields["text"] == NEED_OF_BASE.text
    with pytest.raises(UnknownIdError):
        sight(world, FIRM_A_PERSON).need(NEED_OF_BASE.need_id)


def test_a_need_whose_firm_is_not_stored_is_not_seen(world: Store) -> None:
    orphan = Need(
        need_id="need_x", firm_id="firm_x", kind=NeedKind.DEBT, stated_on=dt.date(2026, 1, 1)
    )
    world.upsert(Need, [orphan])
    for who in (BANK, OPERATOR, ADMINISTRATOR):
        assert "need_x" not in sight(world, who).see_needs([orphan, NEED_B])


# -- acting --------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", EVERYBODY, ids=lambda who: who.organisation_id)
def test_only_ones_own_records_are_written(world: Store, who: Principal) -> None:
    writable = {
        FIRM_A_PERSON: {"firm_ada"},
        FIRM_B_PERSON: {"firm_bell"},
        OPERATOR: {"firm_ada", "firm_curie"},
        ADMINISTRATOR: {"firm_ada", "firm_bell", "firm_curie"},
    }
    refusal = UnknownIdError if who in writable else ForbiddenError
    for firm in (FIRM_A, FIRM_B, FIRM_C):
        if firm.firm_id in writable.get(who, set()):
            assert sight(world, who).own_firm(firm.firm_id, Action.WRITE_FIRMS) == firm
            sight(world, who).assert_writable(firm, Action.WRITE_FIRMS)
        else:
            with pytest.raises(refusal):
                sight(world, who).own_firm(firm.firm_id, Action.WRITE_FIRMS)
            with pytest.raises(ForbiddenError):
                sight(world, who).assert_writable(firm, Action.WRITE_FIRMS)


def test_needs_institutions_offers_and_bases_have_their_owners(world: Store) -> None:
    sight(world, FIRM_A_PERSON).own_need(NEED_A.need_id, Action.WRITE_NEEDS)
    sight(world, OPERATOR).own_need(NEED_OF_BASE.need_id, Action.WRITE_NEEDS)
    sight(world, OPERATOR).own_need(NEED_A.need_id, Action.WRITE_NEEDS)
    sight(world, OPERATOR).own_base("base_1", Action.WRITE_BASES)
    sight(world, BANK).own_institution("inst_x", Action.WRITE_INSTITUTIONS)
    sight(world, BANK).own_offer("offer_x", Action.WRITE_OFFERS)
    sight(world, ADMINISTRATOR).own_offer("offer_x", Action.WRITE_OFFERS)
    for refused in (
        lambda: sight(world, FIRM_A_PERSON).own_need(NEED_B.need_id, Action.WRITE_NEEDS),
        lambda: sight(world, OPERATOR).own_need(NEED_B.need_id, Action.WRITE_NEEDS),
        lambda: sight(world, OPERATOR).own_base("base_2", Action.WRITE_BASES),
        lambda: sight(world, BANK).own_institution("inst_y", Action.WRITE_INSTITUTIONS),
        lambda: sight(world, BANK).own_offer("offer_y", Action.WRITE_OFFERS),
    ):
        with pytest.raises(UnknownIdError):
            refused()
    foreign = Offer(offer_id="offer_z", institution_id="inst_y", name="z", kind=NeedKind.DEBT)
    with pytest.raises(ForbiddenError, match="offer would not be yours"):
        sight(world, BANK).assert_writable(foreign, Action.WRITE_OFFERS)
    moved = Firm(firm_id="firm_ada", name="a", base_id="base_2")
    with pytest.raises(ForbiddenError):
        sight(world, OPERATOR).assert_writable(moved, Action.WRITE_FIRMS)


def test_offers_institutions_and_bases_are_open_to_all_who_signed_in(world: Store) -> None:
    for who in EVERYBODY:
        mine = sight(world, who)
        assert mine.offer("offer_y").name == "y"
        assert mine.institution("inst_y").kind is InstitutionKind.FUND
        assert mine.base("base_2").name == "二"
        assert len(mine.offers().items) == len(mine.bases().items) == 2
        page = mine.institutions(n=1)
        assert page.after == "inst_x"
        following = mine.institutions(after=page.after)
        assert [i.institution_id for i in following.items] == ["inst_y"]
        assert mine.offers({"kind": "equity"}).items[0].offer_id == "offer_y"


def test_what_nobody_listed_is_denied(world: Store) -> None:
    assert sight(world, BANK).require(Action.READ_FIRMS) is Reach.SHOWN
    with pytest.raises(ForbiddenError, match=r"'institution' may not do 'firms\.write'"):
        sight(world, BANK).require(Action.WRITE_FIRMS)
    nobody = Institution(institution_id="inst_q", name="q", kind=InstitutionKind.BANK)
    with pytest.raises(ForbiddenError):
        sight(world, FIRM_A_PERSON).assert_writable(nobody, Action.WRITE_INSTITUTIONS)


def test_a_disputed_record_is_marked(world: Store) -> None:
    world.disputes.open(
        Dispute(
            dispute_id="d1",
            firm_id="firm_ada",
            kind=DisputedKind.RECORD,
            subject_id="firm_ada",
            statement="x",
            opened_at=NOW,
            opened_by="p",
            due_on=due_on(NOW),
        )
    )
    seen = sight(world, BANK).see_firms([FIRM_A, FIRM_B])
    assert (seen["firm_ada"].disputed, seen["firm_bell"].disputed) == (True, False)

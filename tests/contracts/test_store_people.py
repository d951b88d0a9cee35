"""Organisations, people, keys and sessions in every backend."""

from __future__ import annotations

import dataclasses
import datetime as dt
import threading

import pytest

from data.audit import Entry
from data.errors import ArgumentError, ConflictError, DuplicateIdError, UnknownIdError
from data.people import ApiKey, Organisation, Person, Role, Scope, SignedIn
from data.store import Store

NOON = dt.datetime(2026, 9, 1, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
NO_PAUSE = dt.timedelta(0)


def organisation(**changes: object) -> Organisation:
    fields: dict[str, object] = {
        "organisation_id": "org_a",
        "name": "苏州示范银行",
        "role": Role.INSTITUTION,
        "subject_id": "inst_a",
        "created_at": NOON,
    }
    return Organisation(**{**fields, **changes})  # type: ignore[arg-type]


def administration(**changes: object) -> Organisation:
    fields = {"organisation_id": "org_root", "role": Role.ADMINISTRATOR, "subject_id": None}
    return organisation(**{**fields, **changes})


def person(**changes: object) -> Person:
    fields: dict[str, object] = {
        "person_id": "person_a",
        "organisation_id": "org_a",
        "login": "li.hua",
        "display_name": "李华",
        "password_hash": "argon2 text",
        "created_at": NOON,
    }
    return Person(**{**fields, **changes})  # type: ignore[arg-type]


def key(**changes: object) -> ApiKey:
    fields: dict[str, object] = {
        "key_id": "k1",
        "organisation_id": "org_a",
        "person_id": "person_a",
        "name": "nightly export",
        "digest": "00ff",
        "scopes": (Scope.READ, Scope.WRITE),
        "created_at": NOON,
        "expires_at": NOON + 24 * HOUR,
    }
    return ApiKey(**{**fields, **changes})  # type: ignore[arg-type]


def session(**changes: object) -> SignedIn:
    fields: dict[str, object] = {
        "digest": "d1",
        "person_id": "person_a",
        "csrf_token": "token",
        "created_at": NOON,
        "expires_at": NOON + HOUR,
    }
    return SignedIn(**{**fields, **changes})  # type: ignore[arg-type]


def entry(action: str) -> Entry:
    return Entry(at=NOON, action=action, subject_type="person")


@pytest.fixture
def peopled(store: Store) -> Store:
    store.people.add_organisation(organisation())
    store.people.add_person(person())
    return store


# -- organisations ---------------------------------------------------------------------------------


def test_an_organisation_comes_back_as_it_was(store: Store) -> None:
    store.people.add_organisation(organisation())
    assert store.people.get_organisation("org_a") == organisation()
    assert store.people.organisations_for("inst_a") == [organisation()]
    assert store.people.organisations_for("inst_b") == []


def test_what_is_not_there_is_none_or_refused(store: Store) -> None:
    people = store.people
    assert people.find_organisation("x") is None
    assert people.find_person("x") is None
    assert people.find_login("x") is None
    assert people.find_key("x") is None
    assert people.find_session("x") is None
    assert people.find_key_holder("x") is None
    assert people.find_session_holder("x") is None
    assert people.people_of("x") == []
    for get in (people.get_organisation, people.get_person, people.get_login, people.get_key):
        with pytest.raises(UnknownIdError, match=r"There is no .* 'x'"):
            get("x")


@pytest.mark.parametrize("role", list(Role))
def test_roles_that_stand_for_a_record_name_it(store: Store, role: Role) -> None:
    has_subject = role in {Role.FIRM, Role.INSTITUTION, Role.BASE_OPERATOR}
    wrong = organisation(role=role, subject_id=None if has_subject else "x")
    with pytest.raises(ArgumentError, match="takes no" if not has_subject else "needs a"):
        store.people.add_organisation(wrong)
    store.people.add_organisation(organisation(role=role, subject_id="x" if has_subject else None))


def test_an_organisation_is_made_once(store: Store) -> None:
    store.people.add_organisation(organisation())
    with pytest.raises(DuplicateIdError, match="taken"):
        store.people.add_organisation(organisation(name="other"), entry=entry("x"))
    assert store.people.get_organisation("org_a").name == "苏州示范银行"
    assert store.audit.head() is None


def test_organisations_are_listed_by_id_in_pages(store: Store) -> None:
    for name in ("c", "a", "b"):
        store.people.add_organisation(organisation(organisation_id=name))
    store.people.add_organisation(administration())
    listed = store.people.organisations(n=2)
    assert [one.organisation_id for one in listed] == ["a", "b"]
    rest = store.people.organisations(after="b")
    assert [one.organisation_id for one in rest] == ["c", "org_root"]
    assert store.people.organisations(role=Role.ADMINISTRATOR) == [administration()]


def test_names_and_legal_hold_change(peopled: Store) -> None:
    peopled.people.rename_organisation("org_a", name="新名")
    peopled.people.set_legal_hold("org_a", held=True, entry=entry("organisations.hold"))
    found = peopled.people.get_organisation("org_a")
    assert found == organisation(name="新名", legal_hold=True)
    peopled.people.set_legal_hold("org_a", held=False)
    assert not peopled.people.get_organisation("org_a").legal_hold
    with pytest.raises(UnknownIdError):
        peopled.people.set_legal_hold("org_x", held=True)


def test_closing_an_organisation_ends_sessions_and_keys(peopled: Store) -> None:
    people = peopled.people
    people.open_session(session())
    people.add_key(key())
    people.close_organisation("org_a", at=NOON + HOUR)
    assert people.get_organisation("org_a").closed_at == NOON + HOUR
    assert people.get_key("k1").revoked_at == NOON + HOUR
    found = people.find_session("d1")
    assert found is not None
    assert found.ended_at == NOON + HOUR
    with pytest.raises(ConflictError, match="is closed"):
        people.add_person(person(person_id="person_b", login="b"))


# -- people ----------------------------------------------------------------------------------------


def test_a_person_comes_back_as_it_was(peopled: Store) -> None:
    assert peopled.people.get_person("person_a") == person()
    assert peopled.people.get_login("li.hua") == person()
    assert peopled.people.people_of("org_a") == [person()]


def test_a_login_is_unique_over_organisations(peopled: Store) -> None:
    peopled.people.add_organisation(organisation(organisation_id="org_b"))
    other = person(person_id="person_b", organisation_id="org_b")
    with pytest.raises(DuplicateIdError, match=r"login 'li\.hua'"):
        peopled.people.add_person(other, entry=entry("people.write"))
    assert peopled.people.find_person("person_b") is None
    assert peopled.audit.head() is None


def test_a_person_belongs_to_an_organisation_that_is_there(store: Store) -> None:
    with pytest.raises(UnknownIdError, match="organisation_id 'org_a'"):
        store.people.add_person(person())


def test_a_new_password_ends_every_session(peopled: Store) -> None:
    peopled.people.open_session(session())
    peopled.people.set_password("person_a", password_hash="new", at=NOON, entry=entry("x"))
    assert peopled.people.get_person("person_a").password_hash == "new"
    found = peopled.people.find_session("d1")
    assert found is not None
    assert found.ended_at == NOON
    assert peopled.audit.search()[0].entry.action == "x"


def test_a_hash_is_renewed_only_if_it_is_the_same(peopled: Store) -> None:
    peopled.people.renew_hash("person_a", before="another", password_hash="new")
    assert peopled.people.get_person("person_a").password_hash == "argon2 text"
    peopled.people.renew_hash("person_a", before="argon2 text", password_hash="new")
    assert peopled.people.get_person("person_a").password_hash == "new"


def test_a_disabled_person_loses_sessions_and_keys(peopled: Store) -> None:
    people = peopled.people
    people.open_session(session())
    people.add_key(key())
    people.disable_person("person_a", at=NOON)
    assert people.get_person("person_a").disabled_at == NOON
    holder = people.find_session_holder("d1")
    assert holder is not None
    assert holder.session.ended_at == NOON
    assert people.get_key("k1").revoked_at == NOON
    people.enable_person("person_a")
    assert people.get_person("person_a") == person()
    assert people.get_key("k1").revoked_at == NOON


def test_the_last_administrator_stays(peopled: Store) -> None:
    people = peopled.people
    people.add_organisation(administration())
    for name in ("root", "second"):
        people.add_person(person(person_id=name, login=name, organisation_id="org_root"))
    people.disable_person("root", at=NOON)
    with pytest.raises(ConflictError, match="last administrator"):
        people.disable_person("second", at=NOON)
    with pytest.raises(ConflictError, match="last administrator"):
        people.close_organisation("org_root", at=NOON)
    assert people.get_person("second").disabled_at is None
    assert people.get_organisation("org_root").closed_at is None
    people.disable_person("person_a", at=NOON)  # no administrator


def test_the_display_name_changes(peopled: Store) -> None:
    peopled.people.rename_person("person_a", display_name="李华明")
    assert peopled.people.get_person("person_a").display_name == "李华明"
    with pytest.raises(UnknownIdError):
        peopled.people.rename_person("x", display_name="y")


# -- keys ------------------------------------------------------------------------------------------


def test_a_key_comes_back_with_who_holds_it(peopled: Store) -> None:
    peopled.people.add_key(key(), entry=entry("keys.manage"))
    assert peopled.people.get_key("k1") == key()
    assert peopled.people.find_key_holder("k1") == (key(), person(), organisation())
    assert [one.key_id for one in peopled.people.keys_of("org_a")] == ["k1"]
    assert peopled.people.keys_of("org_b") == []
    assert peopled.audit.verify() is None


def test_a_key_is_revoked_once(peopled: Store) -> None:
    peopled.people.add_key(key())
    peopled.people.revoke_key("k1", at=NOON)
    peopled.people.revoke_key("k1", at=NOON + HOUR)
    assert peopled.people.get_key("k1").revoked_at == NOON
    with pytest.raises(UnknownIdError, match="key_id 'k2'"):
        peopled.people.revoke_key("k2", at=NOON)


def test_the_use_of_a_key_is_noted(peopled: Store) -> None:
    peopled.people.add_key(key())
    assert peopled.people.note_key_used("k1", at=NOON + HOUR)
    assert peopled.people.get_key("k1").last_used_at == NOON + HOUR


# -- sessions --------------------------------------------------------------------------------------


def test_a_session_comes_back_with_whose_it_is(peopled: Store) -> None:
    peopled.people.open_session(session())
    assert peopled.people.find_session("d1") == session()
    assert peopled.people.find_session_holder("d1") == (session(), person(), organisation())


def test_sessions_end(peopled: Store) -> None:
    people = peopled.people
    for name in ("d1", "d2"):
        people.open_session(session(digest=name))
    people.end_session("d1", at=NOON)
    people.end_session("unknown", at=NOON)
    assert people.find_session("d1") == session(ended_at=NOON)
    assert people.end_sessions_of("person_a", at=NOON + HOUR) == 1
    assert people.find_session("d2") == session(digest="d2", ended_at=NOON + HOUR)
    assert people.find_session("d1") == session(ended_at=NOON)


def test_only_a_session_that_goes_on_is_extended(peopled: Store) -> None:
    peopled.people.open_session(session())
    assert peopled.people.extend_session("d1", expires_at=NOON + 2 * HOUR)
    assert peopled.people.find_session("d1") == session(expires_at=NOON + 2 * HOUR)
    peopled.people.end_session("d1", at=NOON)
    peopled.people.extend_session("d1", expires_at=NOON + 3 * HOUR)
    assert peopled.people.find_session("d1") == session(expires_at=NOON + 2 * HOUR, ended_at=NOON)


def test_extending_does_not_wait_for_another_writer(peopled: Store, url: str) -> None:
    peopled.people.open_session(session())
    with Store.open(url) as other, other._engine.connect() as connection:
        statement = "UPDATE sign_ins SET csrf_token = 'x'"
        if connection.dialect.name == "sqlite":
            connection.execution_options(finmatch_writes=True)
        with connection.begin():
            connection.exec_driver_sql(statement)
            assert not peopled.people.extend_session("d1", expires_at=NOON + 2 * HOUR)
    assert peopled.people.extend_session("d1", expires_at=NOON + 2 * HOUR)


def test_sessions_long_over_are_removed(peopled: Store) -> None:
    peopled.people.open_session(session())
    later = NOON + dt.timedelta(days=40)
    peopled.people.open_session(session(digest="d2", created_at=later, expires_at=later + HOUR))
    assert peopled.people.find_session("d1") is None
    assert peopled.people.find_session("d2") is not None


# -- attempts --------------------------------------------------------------------------------------


def pause_after_two(failures: int) -> dt.timedelta:
    return HOUR if failures >= 2 else NO_PAUSE


def attempt(store: Store, at: dt.datetime, login: str = "digest") -> dt.datetime | None:
    return store.people.count_attempt(login, at=at, pause=pause_after_two)


def test_attempts_are_counted_until_a_pause(store: Store) -> None:
    assert [attempt(store, NOON) for _ in range(4)] == [None, None, NOON + HOUR, NOON + HOUR]
    assert attempt(store, NOON, login="other") is None
    assert attempt(store, NOON + HOUR - dt.timedelta(seconds=1)) == NOON + HOUR
    assert attempt(store, NOON + HOUR) is None
    assert attempt(store, NOON + HOUR) == NOON + 2 * HOUR


def test_a_success_clears_the_count(store: Store) -> None:
    assert [attempt(store, NOON) for _ in range(2)] == [None, None]
    store.people.clear_attempts("digest")
    assert [attempt(store, NOON) for _ in range(3)] == [None, None, NOON + HOUR]


def test_attempts_are_forgotten_after_a_day(store: Store) -> None:
    assert [attempt(store, NOON) for _ in range(2)] == [None, None]
    later = NOON + dt.timedelta(days=1, seconds=1)
    assert [attempt(store, later) for _ in range(3)] == [None, None, later + HOUR]


def test_a_clock_set_back_locks_nobody_out_for_longer(store: Store) -> None:
    assert [attempt(store, NOON + 24 * HOUR) for _ in range(2)] == [None, None]
    assert attempt(store, NOON) == NOON + HOUR


def test_attempts_at_the_same_moment_do_not_slip_through(store: Store) -> None:
    outcomes: list[dt.datetime | None] = []

    def guess() -> None:
        outcomes.append(attempt(store, NOON))

    threads = [threading.Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(None) == 2
    assert len(outcomes) == 8


# -- versions --------------------------------------------------------------------------------------


def test_a_write_makes_what_was_read_old(peopled: Store) -> None:
    before = peopled.people.version
    peopled.people.add_key(key())
    assert peopled.people.version == before + 1
    peopled.people.note_key_used("k1", at=NOON)
    peopled.people.get_key("k1")
    assert peopled.people.version == before + 1


def test_every_field_of_a_key_is_kept(peopled: Store) -> None:
    whole = key(revoked_at=NOON, last_used_at=NOON + HOUR)
    assert all(getattr(whole, field.name) is not None for field in dataclasses.fields(ApiKey))
    peopled.people.add_key(whole)
    assert peopled.people.get_key("k1") == whole

"""Pages of evaluators and administrators: reports, models, quality, jobs, people, audit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from data.jobs import JobState, Outcome
from data.people import Role
from tests.service.pages.conftest import Browse
from tests.service.pages.reading import said
from tests.service.serving_world import Api

EVALUATOR, ADMIN = Role.EVALUATOR, Role.ADMINISTRATOR


def interval(mean: float) -> dict[str, float]:
    return {"mean": mean, "low": mean - 0.01, "high": mean + 0.01}


def report(score: float) -> dict:
    """As ``finmatch evaluate`` writes it, with one method."""
    figures = {name: interval(score) for name in ("ndcg@10", "recall@10", "recall@100", "mrr")}
    title = {"zh": "FinMatch（本系统）", "en": "FinMatch (this system)"}
    return {
        "data": {"name": "crunchbase"},
        "generated_at": "2026-06-01T08:00:00+00:00",
        "protocol": {
            "split_at": "2013-01-01",
            "until": "2013-06-30",
            "queries": 10,
            "cold_queries": 4,
            "candidates": 5,
        },
        "subject": "finmatch",
        "verdict": {"standing": "alone", "zh": "没有可比较的对象。", "en": "Nothing to compare."},
        "methods": {"finmatch": {"title": title, "new": figures, "cold": None, "reverse": None}},
        "slices": [
            {
                "dimension": "cold",
                "level": "warm",
                "queries": 3,
                "small": True,
                "reference": "finmatch",
                "methods": {
                    "finmatch": {"score": interval(score), "verdict": "reference"},
                },
            }
        ],
    }


def put(home: Path, name: str, score: float) -> None:
    folder = home / "evaluations" / name
    folder.mkdir(parents=True)
    (folder / "metrics.json").write_text(json.dumps(report(score)), encoding="utf-8")
    (folder / "report.html").write_text("<!doctype html><p>报告</p>", encoding="utf-8")


def test_reports_are_found_shown_and_compared(own_api: Api, own_browse: Browse):
    home, reader = own_api.state.settings.home, own_browse(EVALUATOR)
    assert "还没有评估报告" in said(reader.get("/evaluations").text).text
    put(home, "before", 0.20)
    put(home, "after", 0.25)
    (home / "evaluations" / "damaged").mkdir()
    (home / "evaluations" / "damaged" / "metrics.json").write_text("{", encoding="utf-8")
    listed = said(reader.get("/evaluations").text).text
    assert "before" in listed
    assert "damaged" not in listed
    text = said(reader.get("/evaluations/after").text).text
    assert "0.250" in text
    assert "样本少" in text
    page = reader.get("/evaluations/after/report.html")
    assert page.headers["content-security-policy"].startswith("sandbox")
    asked = {"first": "report:before", "second": "report:after"}
    text = said(reader.get("/evaluations/compare", params=asked).text).text
    assert "+0.050 不重叠" in text
    for name in ("damaged", "nobodys", "%2E%2E"):
        assert reader.get(f"/evaluations/{name}").status_code == 404


def test_bundles_compare_with_each_other_and_say_where_they_do_not(
    own_api: Api, own_browse: Browse
):
    put(own_api.state.settings.home, "after", 0.25)
    reader = own_browse(EVALUATOR)
    bundle = own_api.state.live.bundle_name
    asked = {"first": f"bundle:{bundle}", "second": "report:after"}
    assert "不同的时间段" in said(reader.get("/evaluations/compare", params=asked).text).text


def test_models_are_changed_by_administrators_who_saw_the_current_one(
    own_api: Api, own_browse: Browse
):
    name = own_api.state.live.bundle_name
    assert name in said(own_browse(EVALUATOR).get("/models").text).text
    form = {"name": name, "expected": name}
    assert own_browse(EVALUATOR).post("/models/promote", form).status_code == 403
    admin = own_browse(ADMIN)
    assert admin.post("/models/promote", form).status_code == 303
    stale = admin.post("/models/promote", {"name": name, "expected": "another"})
    assert stale.status_code == 409
    assert "刚有人更换过模型" in said(stale.text).text
    assert admin.post("/models/rollback", {"expected": name}).status_code in (409, 422)


def test_jobs_are_started_followed_and_cancelled(own_browse: Browse):
    reader = own_browse(EVALUATOR)
    assert "还没有任务" in said(reader.get("/jobs").text).text
    started = reader.post("/jobs", {"kind": "validate"})
    assert started.status_code == 303
    place = started.headers["location"]
    assert "排队中" in said(reader.get(place).text).text
    rows = reader.get("/jobs", headers={"HX-Request": "true"}).text
    assert 'hx-trigger="every 2s"' in rows
    assert "<html" not in rows
    assert own_browse(EVALUATOR, "other").get(place).status_code == 404
    assert reader.post(f"{place}/cancel").status_code == 303
    assert "已取消" in said(reader.get(place).text).text
    assert reader.post("/jobs", {"kind": "train"}).status_code == 403
    wrong = {"kind": "evaluate", "source": "ppp", "place": "../../etc"}
    wrong |= {"split_at": "2020-01-01", "until": "2020-02-01"}
    assert reader.post("/jobs", wrong).status_code == 422


def test_the_board_shows_what_the_last_check_found(own_api: Api, own_browse: Browse):
    reader = own_browse(EVALUATOR)
    assert "还没有检查结果" in said(reader.get("/quality").text).text
    assert reader.post("/jobs", {"kind": "validate", "back": "quality"}).headers["location"] == (
        "/quality"
    )
    assert "正在检查" in said(reader.get("/quality").text).text
    check = {
        "name": "x",
        "status": "FAIL",
        "count": 3,
        "total": 12,
        "share": 0.25,
        "examples": ["<b>firm</b>"],
        "details": {},
        "title": {"zh": "重复的企业", "en": "Firms twice"},
        "remedy": {"zh": "合并。", "en": "Merge them."},
    }
    jobs = own_api.state.store.jobs
    job = jobs.claim(owner="test", now=own_api.clock())
    assert job is not None
    outcome = Outcome(state=JobState.SUCCEEDED, exit_code=1, result={"checks": [check]})
    jobs.finish(job.job_id, owner="test", outcome=outcome, now=own_api.clock())
    page = reader.get("/quality").text
    assert "3 / 12" in said(page).text
    assert "<b>firm" not in page


def test_people_are_made_disabled_and_given_new_passwords(own_api: Api, own_browse: Browse):
    admin, place = own_browse(ADMIN), "/admin/people/org_organizer_own"
    assert own_browse(Role.ORGANIZER).get("/admin/people").status_code == 403
    assert "organizer_own" in said(admin.get("/admin/people?role=organizer").text).text
    assert "organizer_own" in said(admin.get("/admin/people?login=organizer_own").text).text
    person = "person_organizer_own"

    def change(**form: str):
        return admin.post(place, form).status_code

    assert change(do="reset", person_id=person, password="short") == 422
    assert change(do="reset", person_id=person, password="another long passphrase") == 303
    assert change(do="disable", person_id=person) == 303
    assert own_api.state.store.people.get_person(person).disabled_at is not None
    assert change(do="enable", person_id=person) == 303
    assert change(do="disable", person_id="person_firm_own") == 303  # not of this organisation
    assert own_api.state.store.people.get_person("person_firm_own").disabled_at is None
    key = own_api.member(Role.ORGANIZER).key.split("_")[1]
    assert change(do="revoke", key_id=key) == 303
    assert "已吊销" in said(admin.get(place).text).text
    added = {"login": "zhao", "display_name": "赵", "password": "a long passphrase too"}
    assert change(do="add", **added) == 303
    assert change(do="add", **added) == 422
    assert change(do="rename", name="新名称") == 303
    assert change(do="hold", held="true", reason="诉讼") == 303
    assert "依法保留" in said(admin.get(place).text).text
    assert change(do="close") == 303
    made = admin.post("/admin/people", {"name": "新评估中心", "role": "evaluator"})
    assert made.status_code == 303
    missing = admin.post("/admin/people", {"name": "a", "role": "firm"})
    assert missing.status_code == 422


def test_the_last_administrator_stays(own_browse: Browse):
    admin = own_browse(ADMIN)
    place, other = "/admin/people/org_administrator_own", "/admin/people/org_administrator_other"
    assert admin.post(other, {"do": "close"}).status_code == 303
    assert admin.post(place, {"do": "close"}).status_code == 422


@pytest.mark.parametrize("part", ["consents", "provisions", "disputes", "notices", "nonsense"])
def test_privacy_has_designed_states(own_browse: Browse, part: str):
    page = own_browse(ADMIN).get("/admin/privacy", params={"part": part})
    assert page.status_code == 200
    assert said(page.text).text.count("没有") >= 1


def test_the_audit_log_is_searched_and_checked(own_browse: Browse):
    admin = own_browse(ADMIN)
    admin.post("/admin/people", {"name": "新评估中心", "role": "evaluator"})
    text = said(admin.get("/admin/audit?check=true&action=organisations.write").text).text
    assert "校验无误" in text
    assert "没有符合条件的记录" in said(admin.get("/admin/audit?person=nobody").text).text
    assert admin.get("/admin/audit?since=nonsense&until=9999-12-31").status_code == 200
    assert admin.get("/admin/ledger?open=true").status_code == 200

"""A choir on its way to an organisation, and a report on needs, over HTTP."""

from __future__ import annotations

from tests.integration.http import Running


def test_an_organisation_is_identified_incubated_and_formed_once(api: Running) -> None:
    choir = api.done("/community-organisations", {"station": api.station, "name": "合唱团"})[
        "stream"
    ]
    path = f"/community-organisations/{choir}"
    api.done(f"{path}/incubation", {"category": "culture_sports"})
    api.done(f"{path}/members", {"members": 30})
    api.done(f"{path}/formation", {"filing": "2018-014"})
    again = api.post(f"{path}/formation", {})
    assert (again.status_code, again.json()["code"]) == (409, "community.formed_twice")
    api.done(f"{path}/stage", {"stage": "public_benefit", "signs": "每月义演一次"})
    api.done(f"{path}/dissolution", {"reason": "成员解散"})
    late = api.post(f"{path}/members", {"members": 31})
    assert late.json()["code"] == "community.dissolved"


def test_an_assessment_issues_its_report_by_hash(api: Running) -> None:
    sent = {"station": api.station, "about": "老年人需求", "method": "interview"}
    path = f"/needs-assessments/{api.done('/needs-assessments', sent)['stream']}/reports"
    api.done(path, {"title": "老年人需求调研报告", "file": "0" * 64})
    twice = api.post(path, {"title": "老年人需求调研报告", "file": "0" * 64})
    assert twice.json()["code"] == "community.version_taken"
    nonsense = api.post(path, {"title": "报告", "file": "报告.docx", "version": 2})
    assert nonsense.json()["field"] == "file"

"""Every kind of record of a station's year can be corrected on its page, and bears any nonsense."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from domain.event import CORRECTIONS, name_of
from domain.identity import Id
from projections.audit import differences
from projections.engine.fold import read
from tests.browser.serving import Served, served
from tests.integration.forms import WHY, shown_again
from tests.integration.pages import ORIGIN, sign_in

ASKED = re.compile(r'name="((?:facts|happened)\.[\w.]+)"')
SAID = re.compile(r'role="alert" id="said"><span>(.+?)</span>')
NONSENSE = ("\0", "9" * 300, "<b>中文</b>", "{0.__class__}")
SHARED = ("code", "text", "gone", "approved_by", "late_reason", "seen", "key")


@pytest.fixture(scope="module")
def demonstration(
    module_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    with served(module_database_url, tmp_path_factory.mktemp("home")) as it:
        yield it


@pytest.fixture(scope="module")
def reader(demonstration: Served) -> Iterator[TestClient]:
    with (
        demonstration.built.services() as parts,
        TestClient(create_app(parts), follow_redirects=False) as client,
    ):
        sign_in(client, demonstration.token)
        yield client


@pytest.fixture(scope="module")
def records(demonstration: Served) -> dict[str, Id]:
    """The last record of each kind that can be corrected."""
    rows = map(read, demonstration.built.journal.read(0, 100_000))
    return {name_of(type(row.facts)): row.id for row in rows if type(row.facts) in CORRECTIONS}


@pytest.mark.slow
def test_nonsense_in_any_field_of_any_kind_is_answered_with_a_sentence(
    reader: TestClient, records: dict[str, Id]
) -> None:
    wrong, asked = [], 0
    for kind, event in records.items():
        form = reader.get(f"/records/{event}/correction")
        assert form.status_code == 200, kind
        for name in dict.fromkeys((*ASKED.findall(form.text), *SHARED)):
            for text in NONSENSE:
                asked += 1
                sent = {**WHY, name: text}
                try:
                    answer = reader.post(f"/records/{event}/correction", data=sent, headers=ORIGIN)
                except Exception as error:  # noqa: BLE001 - whatever it is, it is a fault of ours
                    wrong.append((kind, name, text, repr(error)))
                    continue
                refused = answer.status_code in {404, 409, 422} and SAID.search(answer.text)
                if not refused and answer.status_code != 200:
                    wrong.append((kind, name, text, str(answer.status_code)))
    assert len(records) > 15
    assert asked > 500
    assert wrong == []


@pytest.mark.parametrize(
    ("kind", "field", "text"),
    [
        ("visit.HomeServiceDelivered", "facts.minutes", "35"),
        ("case.CaseSessionHeld", "facts.method", "telephone"),
        ("case.CaseSessionHeld", "facts.next_step", "下周再去看看"),
        ("group.GroupSessionHeld", "facts.theme", "相识与约定"),
        ("group.GroupSessionHeld", "facts.attendance.0.status", "excused"),
        ("activity.ActivityHeld", "facts.title", "重阳节义诊（更名）"),
        ("donation.DonationReceived", "facts.goods.0.batch", "2018-10-A"),
        ("need.AidDelivered", "facts.emergency", "true"),
        ("need.AidDelivered", "facts.address", "示例街 8 号 2 单元"),
        ("case.CaseClosed", "facts.summary", "目标已经达到"),
    ],
)
def test_what_a_station_corrects_most_is_corrected_on_its_page(
    demonstration: Served,
    reader: TestClient,
    records: dict[str, Id],
    kind: str,
    field: str,
    text: str,
) -> None:
    address = f"/records/{records[kind]}/correction"
    shown = reader.post(address, data={**WHY, field: text}, headers=ORIGIN)
    assert shown.status_code == 200, html.unescape(str(SAID.findall(shown.text)))
    assert reader.post(address, data=shown_again(shown), headers=ORIGIN).status_code == 303
    stream = demonstration.built.records.find(records[kind])
    assert stream is not None
    *_, last = (
        each.facts
        for each in demonstration.built.records.events_of(stream[1].stream)
        if getattr(each.facts, "target", None) == records[kind]
    )
    assert [change["field"] for change in differences(last)] == [field.split(".")[1]]

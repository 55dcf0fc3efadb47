"""The four uses of a view agree, whatever happens to whom: the engine on a real PostgreSQL."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import msgspec
import psycopg
import pytest
from psycopg_pool import ConnectionPool

from deploy.migrate import migrate
from domain.counting import Attendance
from domain.event import AnyEvent, Correction, Effective, Reason
from domain.identity import Id, new_id
from domain.journal.codec import EventMapper
from domain.journal.entries import JournalRow
from domain.journal.recorder import JournalRecorder
from domain.visit import (
    HomeServiceDelivered,
    Visit,
)
from domain.visit_plan import (
    VisitPlan,
    VisitPlanAdopted,
)
from projections.catalogue import VIEWS as ALL_VIEWS
from projections.engine.copying import copy_lines
from projections.engine.fold import Parked, canonical, fold
from projections.engine.follow import Follower
from projections.engine.rebuild import outdated, rebuild
from projections.engine.standing import parked_streams, positions
from projections.engine.view import Add, Effect, Put, Record, Table, View
from projections.visit import VISIT, visits
from tests.station import SCOPE, TODAY, WORKER, entry
from tests.tables import read_table

TALLY = Table(
    "tally", key={"worker": "uuid", "month": "text"}, columns={"times": "int", "minutes": "int"}
)
tallies = View("tallies", 1, (TALLY,))


@tallies.on(HomeServiceDelivered)
def tally(record: Record[HomeServiceDelivered]) -> Iterator[Effect]:
    key = (record.facts.workers[0], record.occurred.month)
    yield Add(TALLY, key, {"times": 1, "minutes": record.facts.minutes or 0})


VIEWS = (visits, tallies)


@pytest.fixture
def journal(database_url: str) -> Iterator[JournalRecorder]:
    migrate(database_url)
    with ConnectionPool(database_url, min_size=1, kwargs={"autocommit": True}) as pool:
        recorder = JournalRecorder(pool, lambda: psycopg.connect(database_url))
        yield recorder
        recorder.close()


def service(minutes: int) -> HomeServiceDelivered:
    somebody = Attendance(person=new_id(), role="client")
    return HomeServiceDelivered(
        kind="home_service", minutes=minutes, workers=(WORKER,), attendance=(somebody,)
    )


def life(seed: int, length: int) -> list[AnyEvent]:
    """Return a mixed history: visits that are corrected, voided and reinstated, and plans."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    events: list[AnyEvent] = []
    living: list[Visit] = []
    reason = Reason(code="entry_error", text="录入时看错了")
    while len(events) < length:
        now = entry(TODAY + timedelta(days=len(events)))
        choice = chance.random()
        if choice < 0.5 or not living:
            living.append(Visit.start(now, SCOPE, service(chance.randint(1, 90))))
            events += living[-1].collect_events()
            continue
        if choice < 0.6:
            adopted = VisitPlanAdopted(
                person=new_id(), worker=WORKER, tier="key", every_days=31, begins=TODAY
            )
            plan = VisitPlan.start(now, SCOPE, adopted)
            plan.schedule(now, TODAY, TODAY + timedelta(days=3))
            events += plan.collect_events()
            continue
        visit = chance.choice(living)
        (target,) = visit.records
        written = visit.records[target]
        if written.void:
            visit.reinstate(now, target, reason)
        elif choice < 0.8:
            visit.void(now, target, reason)
        else:
            facts = service(chance.randint(91, 180))
            after = Effective(occurred=written.effective.occurred, facts=facts)
            visit.correct(now, target, after, reason)
        events += visit.collect_events()
    return events


def append(journal: JournalRecorder, events: list[AnyEvent]) -> None:
    mapper = EventMapper()
    for event in events:
        journal.append([mapper.to_stored_event(event)])


def tables(journal: JournalRecorder, views: tuple[View, ...] = VIEWS) -> dict[str, bytes]:
    with journal.connect() as connection:
        return {
            table.name: canonical(table, read_table(connection, table))
            for view in views
            for table in view.tables
        }


def replayed(journal: JournalRecorder, views: tuple[View, ...] = VIEWS) -> dict[str, bytes]:
    rows, folder = fold(views, journal.read(0, 10_000))
    assert not folder.parked
    return {table.name: rows.dump(table) for view in views for table in view.tables}


def follow(journal: JournalRecorder, batch: int, views: tuple[View, ...] = VIEWS) -> Follower:
    follower = Follower(journal, journal.connect, views, batch)
    follower.prepare()
    while follower.step():
        pass
    follower.close()
    return follower


@pytest.mark.parametrize(
    ("seed", "batch", "whole", "scattered"),
    [(1, 1, 1000, 1000), (2, 7, 100, 1000), (3, 1000, 0, 1000), (4, 7, 1000, 0)],
)
def test_following_rebuilding_and_replaying_agree_to_the_byte(
    journal: JournalRecorder,
    seed: int,
    batch: int,
    whole: int,
    scattered: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    append(journal, life(seed, 120))
    follow(journal, batch)
    followed = tables(journal)
    assert followed == replayed(journal)
    assert followed["visit"].count(b"\n") > 20
    monkeypatch.setattr("projections.engine.rebuild.WHOLE", whole)
    monkeypatch.setattr("projections.engine.rebuild.SCATTERED", scattered)
    monkeypatch.setattr("projections.engine.rebuild.CLOSE_ENOUGH", 10)
    rebuild(journal, journal.connect, VIEWS, batch=50)
    assert tables(journal) == followed
    append(journal, life(seed + 100, 30))
    follow(journal, batch)
    assert tables(journal) == replayed(journal)


@pytest.mark.parametrize("close_enough", [0, 1000])
def test_what_is_written_during_a_rebuild_is_in_it(
    journal: JournalRecorder, close_enough: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledgers = [msgspec.structs.replace(SCOPE, project=new_id()) for _ in range(3)]
    visits_made = [
        Visit.start(entry(), scope, service(minutes)) for scope in ledgers for minutes in (10, 20)
    ]
    append(journal, [event for visit in visits_made for event in visit.collect_events()])
    follow(journal, 10)
    more = life(21, 12)

    def meanwhile(_: int) -> None:
        if more:
            append(journal, [more.pop(0)])

    monkeypatch.setattr("projections.engine.rebuild.CLOSE_ENOUGH", close_enough)
    rebuild(journal, journal.connect, VIEWS, batch=2, progress=meanwhile)
    with journal.connect() as connection:
        assert set(positions(connection, VIEWS).values()) == {journal.max_notification_id()}
    assert tables(journal) == replayed(journal)


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_a_rebuild_that_could_not_write_all_rows_leaves_the_old_ones(
    journal: JournalRecorder, lost: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given three ledgers, written while the next are folded, when the database is lost for one of
    them, then the rebuild says so and may be done again."""
    for _ in range(3):
        elsewhere = msgspec.structs.replace(SCOPE, project=new_id())
        append(journal, list(Visit.start(entry(), elsewhere, service(10)).collect_events()))
    follow(journal, 10)
    followed, written = tables(journal, (visits,)), count()

    def loses(*to: Any) -> None:
        if next(written) == lost:
            raise psycopg.OperationalError
        copy_lines(*to)

    with monkeypatch.context() as broken:
        broken.setattr("projections.engine.rebuild.copy_lines", loses)
        with pytest.raises(psycopg.OperationalError):
            rebuild(journal, journal.connect, (visits,), batch=1)
    assert tables(journal, (visits,)) == followed
    rebuild(journal, journal.connect, (visits,), batch=1)
    assert tables(journal, (visits,)) == followed


def test_what_stays_parked_after_a_rebuild_is_what_that_one_could_not_digest(
    journal: JournalRecorder,
) -> None:
    """Given a view that cannot digest a visit, when it is rebuilt as it is, and then once it can,
    each time after a rebuild that was broken off, then the visit is parked, and then none is."""
    broken = View("tallies", 1, (TALLY,))

    @broken.on(HomeServiceDelivered)
    def fails(record: Record[HomeServiceDelivered]) -> Iterator[Effect]:
        raise ZeroDivisionError

    def broken_off(_: int) -> None:
        raise KeyboardInterrupt

    visit = Visit.start(entry(), SCOPE, service(13))
    append(journal, list(visit.collect_events()))
    follow(journal, 10, (broken,))
    for view, parked in ((broken, [("tallies", visit.id)]), (tallies, [])):
        with pytest.raises(KeyboardInterrupt):
            rebuild(journal, journal.connect, (broken,), progress=broken_off)
        rebuild(journal, journal.connect, (view,))
        with journal.connect() as connection:
            assert list(parked_streams(connection, (view,))) == parked
    assert tables(journal, (tallies,)) == replayed(journal, (tallies,))


def test_as_of_is_the_fold_of_a_prefix(journal: JournalRecorder) -> None:
    append(journal, life(5, 60))
    follow(journal, 1000)
    then, moment = tables(journal), journal.max_notification_id() or 0
    append(journal, life(6, 60))
    rows, _ = fold(VIEWS, journal.read(0, moment))
    assert journal.max_notification_id() != moment
    assert {name: rows.dump(rows.shelves[name].table) for name in then} == then


def test_an_event_that_cannot_be_digested_parks_its_stream_only(journal: JournalRecorder) -> None:
    broken = View("tallies", 1, (TALLY,))

    @broken.on(HomeServiceDelivered)
    def fails(record: Record[HomeServiceDelivered]) -> Iterator[Effect]:
        if record.facts.minutes == 13:
            raise ZeroDivisionError
        yield from tally(record)

    poison = Visit.start(entry(), SCOPE, service(13))
    append(journal, [*life(7, 10), *poison.collect_events(), *life(8, 10)])
    follower = follow(journal, 4, (visits, broken))
    with journal.connect() as connection:
        parked = parked_streams(connection, (visits, broken))
        assert [(one.view, one.stream, one.error) for one in parked.values()] == [
            ("tallies", poison.id, "ZeroDivisionError")
        ]
        assert set(positions(connection, (visits, broken)).values()) == {21}
    assert poison.id.encode() in tables(journal, (visits,))["visit"]
    assert follower.retry(broken, poison.id) is False
    mended = Follower(journal, journal.connect, VIEWS)
    assert mended.retry(tallies, poison.id) is True
    assert tables(journal) == replayed(journal)


def test_rows_that_the_database_refuses_park_their_stream_only(journal: JournalRecorder) -> None:
    table = Table("short", key={"event": "uuid"}, columns={"minutes": "int"})
    view = View("short", 1, (table,))

    @view.on(HomeServiceDelivered)
    def outgrows(record: Record[HomeServiceDelivered]) -> Iterator[Effect]:
        minutes: Any = record.facts.minutes
        yield Put(table, (record.id,), {"minutes": 2**70 if minutes == 13 else minutes})

    poison = Visit.start(entry(), SCOPE, service(13))
    good = Visit.start(entry(), SCOPE, service(14))
    append(journal, [*poison.collect_events(), *good.collect_events()])
    follow(journal, 10, (view,))
    with journal.connect() as connection:
        assert [key[1] for key in parked_streams(connection, (view,))] == [poison.id]
    assert tables(journal, (view,))["short"].count(b"\n") == 1


@pytest.mark.parametrize("batch", [1, 3, 1000])
def test_what_came_before_a_parked_event_is_kept_wherever_a_batch_ends(
    journal: JournalRecorder, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = Table("marked", key={"event": "uuid"}, columns={"minutes": "int"})
    view = View("marked", 1, (table,), raw=True)

    @view.on(HomeServiceDelivered, Correction)
    def mark(record: Record[Any]) -> Iterator[Effect]:
        facts = record.facts
        minutes = facts.minutes if isinstance(facts, HomeServiceDelivered) else 0
        if facts.__class__.__name__.endswith("Voided"):
            raise ZeroDivisionError
        yield Put(table, (record.id,), {"minutes": 2**70 if minutes == 13 else minutes})

    reason = Reason(code="entry_error", text="录入时看错了")
    voided = Visit.start(entry(), SCOPE, service(14))
    (target,) = voided.records
    voided.void(entry(), target, reason)
    voided.reinstate(entry(), target, reason)
    refused = Visit.start(entry(), SCOPE, service(13))
    (target,) = refused.records
    refused.void(entry(), target, reason)
    last = Visit.start(entry(), SCOPE, service(15))
    streams = (voided, refused, last)
    append(journal, [event for stream in streams for event in stream.collect_events()])
    follow(journal, batch, (view,))
    followed, parked = tables(journal, (view,)), parked_of(journal, view)
    assert followed["marked"].count(b"\n") == 2
    assert {stream: one.position for (_, stream), one in parked.items()} == {
        voided.id: 2,
        refused.id: 4,
    }
    rebuild(journal, journal.connect, (view,), batch)
    assert tables(journal, (view,)) == followed
    assert parked_of(journal, view) == parked


def parked_of(journal: JournalRecorder, view: View) -> dict[tuple[str, str], Parked]:
    with journal.connect() as connection:
        return parked_streams(connection, (view,))


def test_a_view_that_puts_whole_rows_again_keeps_the_last(journal: JournalRecorder) -> None:
    table = Table("latest", key={"worker": "uuid"}, columns={"minutes": "int"})
    view = View("latest", 1, (table,))

    @view.on(HomeServiceDelivered)
    def latest(record: Record[HomeServiceDelivered]) -> Iterator[Effect]:
        yield Put(table, (record.facts.workers[0],), {"minutes": record.facts.minutes})

    for minutes in (5, 6, 7):
        append(journal, list(Visit.start(entry(), SCOPE, service(minutes)).collect_events()))
        follow(journal, 10, (view,))
        assert tables(journal, (view,)) == replayed(journal, (view,))
    rebuild(journal, journal.connect, (view,), batch=1)
    assert tables(journal, (view,)) == replayed(journal, (view,))


def test_a_view_of_another_version_is_outdated_and_rebuilt_in_its_place(
    journal: JournalRecorder,
) -> None:
    append(journal, life(9, 40))
    follow(journal, 100)
    wider = Table(TALLY.name, TALLY.key, {**TALLY.columns, "longest": "int"})
    again = View("tallies", 2, (wider,))

    @again.on(HomeServiceDelivered)
    def anew(record: Record[HomeServiceDelivered]) -> Iterator[Effect]:
        yield Add(wider, (WORKER, record.occurred.month), {"times": 1})

    with journal.connect() as connection:
        assert outdated(connection, (visits, again)) == [again]
    rebuild(journal, journal.connect, (again,))
    with journal.connect() as connection:
        assert outdated(connection, (visits, again)) == []
        rows = read_table(connection, wider)
    assert sum(row["times"] for row in rows.values()) == tables(journal, (visits,))[
        VISIT.name
    ].count(b'"outcome":"made"')


def test_a_rebuild_reads_what_concerns_its_views_and_what_nobody_knows(
    journal: JournalRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = Table("adopted", key={"event": "uuid"}, columns={"every_days": "int"})
    plans = View("plans", 1, (table,))

    @plans.on(VisitPlanAdopted)
    def adopted(record: Record[VisitPlanAdopted]) -> Iterator[Effect]:
        yield Put(table, (record.id,), {"every_days": record.facts.every_days})

    append(journal, life(10, 60))
    (event,) = Visit.start(entry(), SCOPE, service(9)).collect_events()
    stored = EventMapper().to_stored_event(event)
    journal.append([replace(stored, topic="visit.OfTomorrow@9", state=b"{}")])
    follow(journal, 100, (plans,))
    followed, parked = tables(journal, (plans,)), parked_of(journal, plans)
    read: list[JournalRow] = []
    read_ledger = journal.read_ledger

    def watched(ledger: Id, *rest: Any, **more: Any) -> Iterator[JournalRow]:
        for row in read_ledger(ledger, *rest, **more):
            read.append(row)
            yield row

    monkeypatch.setattr(journal, "read_ledger", watched)
    rebuild(journal, journal.connect, (plans,))
    assert tables(journal, (plans,)) == followed
    assert parked_of(journal, plans) == parked != {}
    assert len(read) == followed["adopted"].count(b"\n") + 1


def test_only_views_are_kept_without_waiting(journal: JournalRecorder) -> None:
    made: list[psycopg.Connection] = []

    def connect() -> psycopg.Connection:
        made.append(journal.connect())
        return made[-1]

    append(journal, life(12, 10))
    follower = Follower(journal, connect, VIEWS)
    follower.prepare()
    assert follower.step() == 10
    following = made[-1].execute("SHOW synchronous_commit").fetchone()
    with connect() as other:
        writing = other.execute("SHOW synchronous_commit").fetchone()
    follower.close()
    assert (following, writing) == (("off",), ("on",))


def test_a_row_belongs_to_the_ledger_of_its_events(journal: JournalRecorder) -> None:
    project = msgspec.structs.replace(SCOPE, project=new_id())
    here, there = (
        Visit.start(entry(), SCOPE, service(10)),
        Visit.start(entry(), project, service(20)),
    )
    append(journal, [*here.collect_events(), *there.collect_events()])
    follow(journal, 10)
    rows, _ = fold(VIEWS, journal.read_ledger(project.ledger))
    with journal.connect() as connection:
        kept = read_table(connection, TALLY)
    assert rows.living(TALLY) == {key: row for key, row in kept.items() if key[0] == project.ledger}
    assert len(kept) == 2


def led_by(connection: psycopg.Connection, table: str) -> set[str]:
    """Return the columns with which an index of a table begins."""
    rows = connection.execute(
        "SELECT a.attname FROM pg_index i JOIN pg_attribute a"
        " ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] WHERE i.indrelid = %s::regclass",
        (table,),
    )
    return {name for (name,) in rows}


def test_an_index_that_is_new_is_made_without_building_the_view_anew(
    journal: JournalRecorder,
) -> None:
    append(journal, life(3, 20))
    follow(journal, 100)
    quicker = Table(TALLY.name, TALLY.key, TALLY.columns, indexes=(("month", "times"),))
    before = tables(journal, (tallies,))
    again = View("tallies", 1, (quicker,))
    other = View("visits", 99, (Table(VISIT.name, VISIT.key, VISIT.columns, indexes=(("day",),)),))
    for _ in range(2):
        Follower(journal, journal.connect, (again, other)).prepare()
    with journal.connect() as connection:
        assert led_by(connection, TALLY.name) == {"ledger", "month"}
        assert "day" not in led_by(connection, VISIT.name), "its tables are of another definition"
        rows = connection.execute("SELECT count(*) FROM pg_indexes WHERE tablename = 'tally'")
        assert rows.fetchone() == (2,)
    assert tables(journal, (tallies,)) == before


FOUND_BY = {
    "activity": "activity", "activity_held": "activity", "activity_zone": "event",
    "aid_delivery": "need", "aid_line": "need", "alert": "alert", "case_file": "case_id",
    "case_session": "case_id", "case_work": "case_id", "followed_case": "case_id",
    "followed_turn": "case_id", "group_file": "group_id", "group_member": "group_id",
    "group_session": "group_id", "household": "household", "household_hardship": "household",
    "household_member": "household", "need": "need", "need_verification": "need",
    "person": "person", "person_away": "person", "person_consent": "person",
    "person_document": "person", "person_group": "person", "person_residence": "person",
    "register_check": "person", "staff": "staff", "staff_role": "staff", "station_place": "place",
    "stock": "stock_item",
}  # fmt: skip
"""Tables of which a page or route asks for one id, whatever its ledger."""


def test_what_is_asked_for_by_its_id_is_found_without_reading_the_whole_table(
    journal: JournalRecorder,
) -> None:
    Follower(journal, journal.connect, ALL_VIEWS).prepare()
    with journal.connect() as connection:
        unled = {t: c for t, c in FOUND_BY.items() if c not in led_by(connection, t)}
    assert unled == {}

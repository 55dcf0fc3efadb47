"""Nothing that was asked for is lost, and nothing is done by two: register, reactor and clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from psycopg_pool import ConnectionPool

from domain.clock import SHANGHAI, at
from domain.counting import Attendance
from domain.event import AnyEvent
from domain.identity import Id, derived_id, new_id
from domain.journal.tasks import Asked
from domain.refusals import NOT_FOUND
from domain.visit import HomeServiceDelivered, Visit
from tests.offices import QUICK, Office, office
from tests.processes import eventually
from tests.station import SCOPE, TODAY, WORKER, entry
from workers.broker import make_broker
from workers.clock import Timetable, due_times
from workers.duty import Duty, Job, NotYet, Workshop
from workers.reactor import Outbox, Reactor, reading_again
from workers.running import Runner, employ, work


@pytest.fixture
def room(database_url: str, tmp_path: Path) -> Iterator[Office]:
    with office(database_url, tmp_path, **QUICK) as opened:
        yield opened


def visits(number: int) -> list[AnyEvent]:
    events: list[AnyEvent] = []
    for _ in range(number):
        facts = HomeServiceDelivered(
            kind="home_service", workers=(WORKER,), attendance=(Attendance(person=new_id()),)
        )
        events += Visit.start(entry(), SCOPE, facts).collect_events()
    return events


def asked(duty: str, *subjects: Id) -> Asked:
    return Asked(task=new_id(), duty=duty, subjects=subjects)


class Diary:
    """A duty that notes what it was asked to do."""

    def __init__(self, name: str = "note", **more: object) -> None:
        self.seen: list[Id] = []
        self.duty = Duty(name, self.note, on=(HomeServiceDelivered,), **more)  # type: ignore[arg-type] # a test's choice

    def note(self, _workshop: Workshop, job: Job) -> str:
        self.seen.append(job.task.subjects[0])
        return str(len(self.seen))


def test_every_event_asks_once_however_often_and_by_how_many_it_is_read(room: Office) -> None:
    diary, events = Diary(), visits(40)
    room.append(events)
    reactors = [Reactor(room.journal, room.register, [diary.duty], batch=7) for _ in range(3)]
    threads = [threading.Thread(target=_run_out, args=(reactor,)) for reactor in reactors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert room.bookmark() == 40
    room.follow()
    done = room.work([diary.duty])
    assert sorted(diary.seen) == sorted(event.stream for event in events)
    assert {task.task for task in done} == {derived_id("task", e.id, "note") for e in events}


def _run_out(reactor: Reactor) -> None:
    while reactor.step():
        pass


def test_a_crash_between_asking_and_moving_on_changes_nothing(room: Office) -> None:
    room.append(visits(3))

    def take(_before: int) -> tuple[int, list[Asked]]:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        room.register.react("reactor", take)
    assert room.bookmark() == 0
    diary = Diary()
    room.settle([diary.duty])
    assert len(diary.seen) == 3


def test_events_about_the_same_thing_ask_together_where_a_duty_says_so(room: Office) -> None:
    same = new_id()
    diary = Diary(once_a_batch=True, about=lambda _event: (same,))
    room.append(visits(20))
    room.react([diary.duty], batch=10)
    room.follow()
    assert len(room.work([diary.duty])) == 2
    assert diary.seen == [same, same]


def test_what_the_broker_loses_is_sent_again_until_it_is_done(room: Office) -> None:
    diary = Diary()
    task = asked("note", new_id())
    room.register.ask(task)
    assert [sent.task for sent in room.register.take_unsent()] == [task.task]
    assert room.register.take_unsent() == []
    assert eventually(lambda: [one.task for one in room.register.take_unsent()] == [task.task], 3)
    Runner(room.workshop).run(diary.duty, task.task)
    time.sleep(0.5)
    assert room.register.take_unsent() == []


def test_a_message_that_comes_twice_is_done_once(room: Office) -> None:
    diary, task = Diary(), asked("note", new_id())
    room.register.ask(task, task)
    runner = Runner(room.workshop)
    runner.run(diary.duty, task.task)
    runner.run(diary.duty, task.task)
    assert len(diary.seen) == 1


def test_only_one_works_on_a_task_while_it_shows_that_it_lives(room: Office) -> None:
    task = asked("note", new_id())
    room.register.ask(task)
    holder = new_id()
    assert room.register.begin(task.task, holder) is not None
    for _ in range(4):
        time.sleep(0.1)
        assert room.register.beat(holder) == 1
        assert room.register.begin(task.task, new_id()) is None
    assert room.register.finish(task.task, holder)


def test_a_paused_worker_that_wakes_up_late_finishes_nothing(room: Office) -> None:
    task = asked("note", new_id())
    room.register.ask(task)
    paused, other = new_id(), new_id()
    assert room.register.begin(task.task, paused) is not None
    time.sleep(0.3)
    taken = room.register.begin(task.task, other)
    assert taken is not None
    assert taken.attempts == 2
    assert not room.register.finish(task.task, paused, "stale")
    assert not room.register.report(task.task, paused, 1, 2)
    assert not room.register.fail(task.task, paused, "stale")
    assert room.register.finish(task.task, other, "fresh")
    found = room.register.find(task.task)
    assert found is not None
    assert (found.result, found.holder) == ("fresh", None)


def test_a_failed_task_is_tried_again_and_then_stays_to_be_seen(room: Office) -> None:
    def fails(_workshop: Workshop, _job: Job) -> None:
        raise NOT_FOUND("id")

    register = room.register
    task, duty = asked("fails", new_id()), Duty("fails", fails)
    register.ask(task)
    runner = Runner(room.workshop)
    for _ in range(8):
        runner.run(duty, task.task)
    (failed,) = register.open()
    assert (failed.error, failed.attempts) == ("not_found", 8)
    assert failed.failed_at is not None
    runner.run(duty, task.task)
    assert register.find(task.task) == failed
    assert register.take_unsent() == []
    assert register.retry(task.task)
    assert [one.task for one in register.take_unsent()] == [task.task]
    assert not register.retry(task.task)


def test_a_failed_task_can_be_set_aside(room: Office) -> None:
    task = asked("note", new_id())
    room.register.ask(task)
    assert not room.register.set_aside(task.task)
    holder = new_id()
    room.register.begin(task.task, holder)
    room.register.fail(task.task, holder, "not_found", final=True)
    assert room.register.set_aside(task.task)
    assert room.register.open() == []


def test_a_task_that_kills_its_workers_is_given_up(room: Office) -> None:
    task = asked("deadly", new_id())
    room.register.ask(task)
    with room.pool.connection() as connection:
        connection.execute("UPDATE task SET attempts = 8")
    assert room.register.begin(task.task, new_id()) is None
    (failed,) = room.register.open()
    assert (failed.error, failed.failed_at is not None) == ("worker_died", True)


def test_what_comes_before_the_views_waits_and_loses_no_attempt(room: Office) -> None:
    diary = Diary()
    room.append(visits(1))
    room.react([diary.duty])
    (early,) = room.work([diary.duty])
    assert (diary.seen, early.attempts, early.finished_at) == ([], 0, None)
    room.follow()
    assert eventually(lambda: room.work([diary.duty]) != [])
    assert len(diary.seen) == 1


def test_progress_can_be_polled(room: Office) -> None:
    task = asked("count", new_id())
    seen = []

    def count(workshop: Workshop, job: Job) -> str:
        for step in range(1, 4):
            job.report(step, 3)
            found = workshop.register.find(job.task.task)
            assert found is not None
            seen.append((found.progress, found.total, found.finished_at))
        return "3"

    room.register.ask(task)
    Runner(room.workshop).run(Duty("count", count), task.task)
    assert seen == [(1, 3, None), (2, 3, None), (3, 3, None)]
    done = room.register.find(task.task)
    assert done is not None
    assert done.result == "3"


def test_an_event_that_cannot_be_read_is_shown_and_keeps_back_nothing(room: Office) -> None:
    broken = threading.Event()

    def about(event: AnyEvent) -> tuple[Id, ...]:
        if not broken.is_set() and event.stream == events[1].stream:
            raise KeyError
        return (event.stream,)

    diary, events = Diary(about=about), visits(3)
    duties = [diary.duty]
    all_duties = [*duties, reading_again(duties)]
    room.append(events)
    room.settle(all_duties)
    assert len(diary.seen) == 2
    assert [task.duty for task in room.register.open()] == ["read_event"]
    broken.set()
    assert eventually(lambda: bool(room.settle(all_duties)))
    assert set(diary.seen) == {event.stream for event in events}


def test_a_due_time_is_asked_for_once_however_many_clocks_run(room: Office) -> None:
    duty = Diary(cron="0 7 * * *").duty
    clocks = [Timetable(room.register, room.clock, [duty]) for _ in range(4)]
    assert [clock.step() for clock in clocks] == [1, 0, 0, 0]
    room.clock.set(at(TODAY + timedelta(days=1), 6, 59))
    assert [clock.step() for clock in clocks] == [0, 0, 0, 0]
    room.clock.set(at(TODAY + timedelta(days=1), 7))
    threads = [threading.Thread(target=clock.step) for clock in clocks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    dues = [task.due for task in room.register.open()]
    expected = [at(TODAY, 7), at(TODAY + timedelta(days=1), 7)]
    assert [due.astimezone(SHANGHAI) for due in dues if due] == expected


def test_the_clock_makes_up_for_the_latest_missed_times_only() -> None:
    now, last = at(TODAY, 12), at(TODAY - timedelta(days=10), 7)
    days = [at(TODAY - timedelta(days=back), 7) for back in (2, 1, 0)]
    assert due_times("0 7 * * *", last, now, 3) == days
    assert due_times("0 7 * * *", last, now, 1) == days[-1:]
    assert due_times("0 7 * * *", at(TODAY, 7), now, 3) == []
    assert due_times("0 7 * * *", None, now, 3) == days[-1:]
    assert len(due_times("0 7 * * *", at(TODAY - timedelta(days=900)), now, 10_000)) == 400


def test_due_times_are_civil_time() -> None:
    (due,) = due_times("30 0 1 * *", None, at(TODAY), 1)
    assert (due.astimezone(SHANGHAI).day, due.astimezone(SHANGHAI).hour) == (1, 0)


def test_what_was_finished_long_ago_is_forgotten(room: Office) -> None:
    diary, done, failed = Diary(), asked("note", new_id()), asked("note", new_id())
    room.register.ask(done, failed)
    Runner(room.workshop).run(diary.duty, done.task)
    later = room.clock.now() + timedelta(days=10_000)
    assert room.register.forget_finished(later) == 1
    assert [task.task for task in room.register.open()] == [failed.task]


def test_a_duty_may_say_itself_that_it_is_too_early(room: Office) -> None:
    def early(_workshop: Workshop, _job: Job) -> None:
        raise NotYet

    task = asked("early", new_id())
    room.register.ask(task)
    Runner(room.workshop).run(Duty("early", early), task.task)
    found = room.register.find(task.task)
    assert found is not None
    assert (found.attempts, found.error, found.finished_at) == (0, None, None)


def test_a_task_can_hold_nothing_but_ids(room: Office) -> None:
    with pytest.raises(Exception, match="invalid input syntax for type uuid"):
        room.register.ask(Asked(task=new_id(), duty="note", subjects=("张三",)))


def test_a_task_that_takes_too_long_is_ended_and_shown(
    room: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.broker.LONGEST_MINUTES", 1 / 60)

    def never(_workshop: Workshop, _job: Job) -> None:
        while not stop.wait(0.01):
            pass

    endless, stop = asked("endless", new_id()), threading.Event()
    room.register.ask(endless)
    duty = Duty("endless", never)
    with ConnectionPool(room.url, min_size=0, max_size=40) as pool:
        broker = make_broker("postgres", pool)
        employ(broker, [duty], runner := Runner(room.workshop))
        working = threading.Thread(target=work, args=(broker, runner, 1, stop))
        working.start()
        try:
            Outbox(room.register, broker, [duty]).send()
            assert eventually(lambda: error_of(room, endless.task) == "TimeLimitExceeded", 30)
        finally:
            stop.set()
            working.join()
            broker.close()


def error_of(room: Office, task: Id) -> str | None:
    found = room.register.find(task)
    return None if found is None else found.error

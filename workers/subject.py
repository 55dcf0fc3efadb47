"""Tells projects which people they count are one person, as the register comes to say so.

A merger, and its undoing, is told at once to every project of the operator that counts one of the
records; so is a correction by which a project begins to count somebody merged before. Every
morning all of them are looked at, for what was recorded before this was known, or was missed.
Whatever is told is what the register says by then, so it does not matter who looks, when, or how
often.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from domain.counting import Counted, contributions
from domain.event import AnyEvent, Correction
from domain.identity import Id, derived_id
from domain.journal.tasks import Asked
from domain.refusals import ShiluError
from domain.registry import PersonsMerged, PersonsSplit
from domain.subject import SETTLED, settle_subjects
from projections.engine.ask import Answers
from projections.indicators import MERGED, SUBJECT
from projections.person import PERSON
from projections.project import PROJECT
from projections.registers import FIRST
from workers.duty import SYSTEM, Duty, Job, Workshop
from workers.merged import records_of

CHUNK = 200


def people_told_of(event: AnyEvent) -> Sequence[Id] | None:
    """Return the absorbed one of a merger or split, once, or those a corrected record counts."""
    match event.facts:
        case PersonsMerged(absorbed=absorbed) | PersonsSplit(absorbed=absorbed):
            return (absorbed,) if event.stream == absorbed else None
        case Correction(after=after) if after is not None and isinstance(after.facts, Counted):
            return _counted(after.facts) or None
        case _:
            return None


def _counted(facts: Counted) -> tuple[Id, ...]:
    named = (
        subject
        for allocation in facts.allocations
        if allocation.measure != "households"
        for subject, _ in contributions(facts, allocation)
        if subject
    )
    return tuple(dict.fromkeys(named))


def settle(workshop: Workshop, job: Job) -> str:
    """Tell projects of some people of one operator; return how much had to be told."""
    operator = job.task.operator
    assert operator is not None  # noqa: S101 - events ask with their operator, and so does settle_all
    with workshop.asking.within(SYSTEM) as answers:
        concerned = _merged(answers, job.task.subjects)
    records = {one for person in concerned for one in records_of(workshop, person)}
    with workshop.asking.within(SYSTEM) as answers:
        found = _counting(answers, operator, records, demonstration=workshop.simulated)
    return str(sum(_told(workshop, operator, *each) for each in found.items()))


def settle_all(workshop: Workshop, job: Job) -> str:
    """Ask for everybody who is merged, or counted as somebody, to be looked at."""
    with workshop.asking.within(SYSTEM) as answers:
        merged = answers.rows(PERSON, since={"merged_into": FIRST})
        told = answers.rows(MERGED)
    people: defaultdict[Id, set[Id]] = defaultdict(set)
    for row in merged:
        people[row["operator"]].add(row["person"])
    for row in told:
        people[row["operator"]].add(row["absorbed"])
    asked = [
        Asked(
            task=derived_id("task", job.task.task, *some),
            duty=SETTLE.name,
            subjects=some,
            operator=operator,
        )
        for operator, everybody in people.items()
        for some in _chunks(sorted(everybody))
    ]
    workshop.ask(*asked)
    return str(len(asked))


def _chunks(people: Sequence[Id]) -> list[tuple[Id, ...]]:
    return [tuple(people[start : start + CHUNK]) for start in range(0, len(people), CHUNK)]


def _merged(answers: Answers, people: Collection[Id]) -> set[Id]:
    """Return those of some people who are merged by now, or counted as if they were."""
    some = list(people)
    merged = answers.rows(PERSON, where={"person": some}, since={"merged_into": FIRST})
    told = answers.rows(MERGED, where={"absorbed": some})
    return {row["person"] for row in merged} | {row["absorbed"] for row in told}


def _counting(
    answers: Answers, operator: Id, records: Collection[Id], *, demonstration: bool
) -> Mapping[Id, set[Id]]:
    """Return the projects that count any of some records, or were told of them, with which."""
    of = {"operator": operator, "demonstration": demonstration}
    ledgers = [row["ledger"] for row in answers.rows(PROJECT, where=of)]
    where, some = {"ledger": ledgers}, sorted(records)
    found: defaultdict[Id, set[Id]] = defaultdict(set)
    for row in answers.rows(SUBJECT, where={**where, "subject": some}):
        found[row["ledger"]].add(row["subject"])
    for row in answers.rows(MERGED, where={**where, "absorbed": some}):
        found[row["ledger"]].add(row["absorbed"])
    return found


def _told(workshop: Workshop, operator: Id, project: Id, people: Collection[Id]) -> int:
    """Tell one project of some people, and return how much that was."""
    try:
        receipt = workshop.carry_out(
            operator, lambda desk, entry: settle_subjects(desk, entry, project, sorted(people))
        )
    except ShiluError as refused:
        if refused.code != SETTLED.code:
            raise
        return 0
    return len(receipt.events)


SETTLE = Duty(
    "settle_subjects", settle, on=(PersonsMerged, PersonsSplit, Correction), about=people_told_of
)
SETTLE_ALL = Duty("settle_all_subjects", settle_all, cron="30 5 * * *")

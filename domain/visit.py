"""Visits and contacts: what happens at a person's door, in their home, or on the telephone.

An attempt (nobody answered, or refused) is a record of its own and never counts as a visit.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import msgspec

from domain.aggregate import Aggregate
from domain.attending import attend, served
from domain.bounds import AtMost, Title, Within
from domain.counting import (
    Attendance,
    IndividualWork,
    Occurrence,
    person_times,
    persons,
)
from domain.desk import Desk, Receipt
from domain.door import door_of, home_of, with_door
from domain.entry import Entry, Scope
from domain.event import AnyEvent, Correction, Effective, Facts, Occurred, fact
from domain.identity import Id
from domain.neighbours import Home, Participant, ServedCase
from domain.private import CaseworkWords, ConditionWords
from domain.project_work import allocated
from domain.references import check_named
from domain.refusals import NotFound, refusal
from domain.worker_day import Presence, keep_days

Purpose = Literal["call", "needs", "health", "verification", "case", "delivery"]
"""探访, 需求, 健康, 核实, 个案, 送物."""

LONGEST_VISIT = 12 * 60
LARGEST_HOME = 50
"""People: more are nobody's household."""
LENGTH = {"minutes": Within(1, LONGEST_VISIT)}

NOBODY_SEEN = refusal("visit.nobody_seen")
TOO_MANY_SEEN = refusal("visit.more_than_household")
MINUTES_IMPOSSIBLE = refusal("visit.minutes_impossible")
MINUTES_MISSING = refusal("visit.minutes_missing")
UNANSWERED = refusal("visit.unanswered")
CLIENT_NOT_SEEN = refusal("visit.client_not_seen")


@fact(corrections=True)
class HomeVisitMade(IndividualWork, frozen=True, kw_only=True, tag="visit.HomeVisitMade@1"):
    """走访: a visit to a person's home. Findings are personal and sealed."""

    at_one_home: ClassVar = True
    narrower: ClassVar = LENGTH

    purpose: Purpose = "call"
    case: Id | None = None
    household_size: Annotated[int, Within(1, LARGEST_HOME)] | None = None
    explanation: CaseworkWords | None = None
    condition: ConditionWords | None = None
    needs: CaseworkWords | None = None
    risk_signs: CaseworkWords | None = None


@fact(corrections=True)
class HomeServiceDelivered(
    IndividualWork, frozen=True, kw_only=True, tag="visit.HomeServiceDelivered@1"
):
    """上门服务: a visit that delivers a service of measured length, in whole minutes."""

    at_one_home: ClassVar = True
    narrower: ClassVar = LENGTH

    services: Annotated[tuple[Title, ...], AtMost(20)] = ()
    case: Id | None = None
    note: CaseworkWords | None = None


@fact(corrections=True)
class PhoneContactMade(IndividualWork, frozen=True, kw_only=True, tag="visit.PhoneContactMade@1"):
    """电话探访: a contact by telephone; `verified` says that the register was checked.

    When nobody `answered`, nobody was present, and it counts as nothing. Calls of which that was
    recorded before it was held keep what they were counted as.
    """

    at_one_home: ClassVar = True
    narrower: ClassVar = LENGTH

    answered: bool = True
    verified: bool = False
    case: Id | None = None
    note: CaseworkWords | None = None

    @property
    def counts(self) -> bool:
        """Whether somebody answered."""
        return self.answered


@fact(corrections=True)
class HomeVisitAttempted(Facts, frozen=True, kw_only=True, tag="visit.HomeVisitAttempted@1"):
    """Somebody went and saw nobody: no answer, or refused. It counts as nothing."""

    happens: ClassVar = True
    person: Id
    workers: tuple[Id, ...]
    outcome: Literal["no_answer", "refused", "away"]


Contact = HomeVisitMade | HomeServiceDelivered | PhoneContactMade


class Visit(Aggregate):
    """One visit or contact, a stream of its own, so that offline devices never collide."""

    kind = "visit"

    def check_change(
        self, entry: Entry, target: Id, before: Effective[Any] | None, after: Effective[Any] | None
    ) -> None:
        """Hold a corrected visit to the same rules as a new one."""
        if after is not None and isinstance(after.facts, Occurrence):
            check_visit(after.facts)
            if before is not None and _length(before) != _length(after):
                check_length(after)

    def check_references(
        self, desk: Any, entry: Entry, before: Effective[Any] | None, after: Effective[Any]
    ) -> None:
        """Hold a corrected or reinstated visit to the case and the household that it names."""
        facts = after.facts
        if isinstance(facts, Contact):
            check_case(desk, self.scope, facts)
            check_health(desk, entry, facts)
        else:
            stood = before is None or before.facts.person == facts.person
            served(desk, facts.person, entry.day, "attendance.0.person", stood=stood)
        if isinstance(facts, HomeVisitMade) and before is not None and _met_others(before, facts):
            check_size(facts, registered_size(desk, facts) or facts.household_size)

    def consequences(self, desk: Any, entry: Entry, made: AnyEvent) -> tuple[Aggregate, ...]:
        """Let the workers' days follow the correction."""
        change: Correction = made.facts
        before = presence(desk, self.scope, change.target, change.before)
        after = presence(desk, self.scope, change.target, change.after)
        return keep_days(desk, entry, self.scope, before, after)


def presence(
    desk: Desk, scope: Scope, record: Id, effective: Effective[Any] | None
) -> Presence | None:
    """Return where the workers of a visit were; a telephone call binds nobody to a place."""
    if effective is None or not isinstance(effective.facts, Contact):
        return None
    facts = effective.facts
    called = isinstance(facts, PhoneContactMade)
    lasted = _stretch(effective.occurred) if facts.minutes is None else facts.minutes
    return Presence(
        record,
        facts.workers,
        effective.occurred,
        None if called else lasted,
        home_of(facts) or _described(desk, scope.operator, facts) or record,
        kind=facts.kind,
        persons=persons(facts.attendance),
    )


def _described(desk: Desk, operator: Id, facts: Contact) -> str | None:
    """Return the hash of an address at which nobody was named; of an open place, too."""
    return facts.door or (None if facts.place is None else door_of(desk, operator, facts.place))


def _stretch(occurred: Occurred) -> int | None:
    """Return the whole minutes from start to end, where both are known to the moment.

    A time that runs backwards is refused for itself (`entry.ends_before_start`).
    """
    if occurred.precision != "instant" or occurred.end is None or occurred.end < occurred.start:
        return None
    return int((occurred.end - occurred.start).total_seconds()) // 60


def _length(effective: Effective[Any]) -> tuple[int | None, int | None]:
    return effective.facts.minutes, _stretch(effective.occurred)


def check_length(effective: Effective[Any]) -> None:
    """Refuse a visit from one moment to another that took longer than that, or over 12 hours, and
    a home service of no length: its minutes are what it is measured by."""
    minutes, stretch = _length(effective)
    if stretch is not None and (stretch > LONGEST_VISIT or (minutes or 0) > stretch):
        raise MINUTES_IMPOSSIBLE("occurred.end" if stretch > LONGEST_VISIT else "minutes")
    if isinstance(effective.facts, HomeServiceDelivered) and minutes is None:
        raise MINUTES_MISSING("minutes")


def check_visit(facts: Occurrence) -> None:
    """Refuse a visit that saw nobody, took impossibly long, or more people than live there."""
    seen = person_times(facts.attendance)
    if not facts.counts:
        if any(line.status == "present" for line in facts.attendance):
            raise UNANSWERED("attendance")
    elif seen == 0:
        raise NOBODY_SEEN("attendance")
    if facts.minutes is not None and not 0 < facts.minutes <= LONGEST_VISIT:
        raise MINUTES_IMPOSSIBLE("minutes")
    if isinstance(facts, HomeVisitMade):
        check_size(facts, facts.household_size)


def check_size(facts: HomeVisitMade, size: int | None) -> None:
    """Refuse more people than a household has, or can have at all, unless it is explained."""
    seen, most = person_times(facts.attendance), size or LARGEST_HOME
    if seen > most and facts.explanation is None:
        raise TOO_MANY_SEEN("attendance", seen=seen, household=most)


def _met_others(before: Effective[Any], facts: HomeVisitMade) -> bool:
    """Say whether a correction says otherwise who was met, or where."""
    was = before.facts
    return (facts.attendance, facts.household, facts.household_size) != (
        was.attendance,
        was.household,
        was.household_size,
    )


def registered_size(desk: Desk, facts: HomeVisitMade) -> int | None:
    """Return how many live in the household that was visited, where the register knows it."""
    homes = (facts.household, *(line.household for line in facts.attendance))
    home = next(filter(None, homes), None)
    if home is None:
        return None
    try:
        found: Home = desk.load_any("household", home, "household")
    except NotFound:
        return None
    return found.size


def check_case(desk: Desk, scope: Scope, facts: Contact) -> None:
    """Refuse to link a contact to a case that is not near, or whose client was not seen.

    Such a contact ends the alert that a case was left without one (AL-01), so it must be one with
    whom the case serves: its client, or somebody of its household where it has no client.
    """
    if facts.case is None:
        return
    case: ServedCase = desk.load_any("case", facts.case, "case")
    case.check_near(scope, "case")
    if not facts.counts:
        return
    client, household = case.serves
    if client is None:
        met = household is None or household in _homes_met(facts)
    else:
        met = _is_among(desk, client, persons(facts.attendance))
    if not met:
        raise CLIENT_NOT_SEEN("case")


def check_health(desk: Desk, entry: Entry, facts: Contact) -> None:
    """Refuse to write down words about somebody's health without their consent or a legal basis.

    So events.md, BC2. What stands in a record already stays.
    """
    words = facts.condition if isinstance(facts, HomeVisitMade) else None
    if words is not None and words.purpose == "health" and words.text is not None:
        person: Participant = desk.load_any("person", words.person, "condition")
        person.check_lawful(entry.day, "health", "condition")


def _homes_met(facts: Contact) -> set[Id | None]:
    """Return the household that was visited, and those of whom it met."""
    met = (line for line in facts.attendance if line.status == "present")
    return {facts.household, *(line.household for line in met)}


def _is_among(desk: Desk, client: Id, seen: tuple[Id, ...]) -> bool:
    """Say whether somebody was seen, under the id that they have by now where they had two."""
    known: Id | None = client
    while known is not None and known not in seen:
        person: Participant = desk.load_any("person", known, "case")
        known = person.merged_into
    return known is not None


def record_visit(
    desk: Desk,
    entry: Entry,
    scope: Scope,
    facts: Contact,
    *,
    id: Id | None = None,
) -> Receipt:
    """Record a home visit, a home service or a telephone contact.

    A home service of no minutes has those from its start to its end. Refused: a person who had
    died or moved away by then, nobody seen, minutes that are impossible or longer than from start
    to end, a home service of no length, more people than the household without an explanation, a
    worker at two doors at once, work outside the project's dates, the case of another station or
    one whose client was not seen, words about health without consent or legal basis.
    """
    check_named(desk, entry, scope.operator, facts)
    attendance = facts.attendance
    if not facts.counts:
        # Whoever was called was not there.
        attendance = tuple(msgspec.structs.replace(line, status="absent") for line in attendance)
    facts = msgspec.structs.replace(facts, attendance=attend(desk, entry, attendance))
    if isinstance(facts, HomeVisitMade):
        size = registered_size(desk, facts) or facts.household_size
        facts = msgspec.structs.replace(facts, household_size=size)
    if isinstance(facts, HomeServiceDelivered) and facts.minutes is None:
        facts = msgspec.structs.replace(facts, minutes=_stretch(entry.occurred))
    check_visit(facts)
    check_length(Effective(occurred=entry.occurred, facts=facts))
    check_case(desk, scope, facts)
    check_health(desk, entry, facts)
    facts = allocated(desk, entry, scope, with_door(desk, scope.operator, facts))
    made = Visit.start(entry, scope, facts, id=id)
    said = presence(desk, scope, entry.event, Effective(occurred=entry.occurred, facts=facts))
    return desk.save(entry, made, *keep_days(desk, entry, scope, None, said))


def record_attempt(
    desk: Desk,
    entry: Entry,
    scope: Scope,
    facts: HomeVisitAttempted,
    *,
    id: Id | None = None,
) -> Receipt:
    """Record that nobody was seen."""
    check_named(desk, entry, scope.operator, facts)
    attend(desk, entry, (Attendance(person=facts.person),))
    return desk.save(entry, Visit.start(entry, scope, facts, id=id))

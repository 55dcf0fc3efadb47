"""AL-01: a case without contact for more than seven days (rules-and-reports.md).

Days are civil days. The last contact is the latest session held or visit or telephone contact
linked to the case that is not void, and the opening while there is none. The count rests while
the case does, and ends where the case is no longer worked on. Each stretch without contact is
one episode, named after the contact with which it began: of several on that day, by the one whose
alert was raised first, so that one that is written later, or void, makes no other episode of it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta

import msgspec
from msgspec.structs import replace

from domain.event import LATE_AFTER_DAYS
from domain.identity import Id

RULE = "AL-01"
STAGES: frozenset[str] = frozenset({"accepted", "assessed", "planned", "intervening"})
"""From 接案 to 介入."""


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """One contact, or an opening: its event, its day, and the day on which it was written down.

    Of a time that is known only as a span, a month, `day` is the first and `latest` the last day
    that it can mean: nobody is thought well by a contact that may be weeks old, and nobody called
    late by it. `changed` is the event that last said so: the contact's own, or its correction or
    voiding; `late_after` after how many days the operator called it late.
    """

    event: Id
    day: date
    latest: date
    recorded: date
    changed: Id
    void: bool = False
    late_after: int = LATE_AFTER_DAYS


class Time(msgspec.Struct, frozen=True, kw_only=True):
    """A time in which a case was open, rested or was under evaluation; without an end it still is.

    The day on which it ended is no more of it.
    """

    begin: date
    end: date | None = None

    def covers(self, day: date) -> bool:
        """Say whether it had begun on a day, and was not over."""
        return self.begin <= day and (self.end is None or day < self.end)


class FollowedCase(msgspec.Struct, frozen=True, kw_only=True):
    """What the rule must know of a case. `step` is the event by which it came to stand so.

    `times` are those in which it was open, `evaluations` those from an evaluation to what came
    after it: the closing, or a plan that took the case back to work.
    """

    case: Id
    stage: str
    suspended: bool
    step: Id
    openings: Sequence[Contact]
    contacts: Sequence[Contact]
    rests: Sequence[Time] = ()
    times: Sequence[Time] = ()
    evaluations: Sequence[Time] = ()

    def open_on(self, day: date) -> bool:
        """Say whether the case was open on a day."""
        return any(time.covers(day) for time in self.times)


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """The time since the last contact: since when, and the last day on which another is due."""

    last: Contact
    due: date

    def overdue_on(self, today: date) -> bool:
        """Say whether that day is past."""
        return today > self.due


def as_of(case: FollowedCase, day: date) -> FollowedCase:
    """Return a case as it was on a day, by the days on which things happened.

    What is void is left out, with what came later: contacts, rests, evaluations and closings. Of
    the stages only what the rule asks is told, whether the case was open and not yet evaluated.
    """
    return replace(
        case,
        stage=_stage_on(case, day),
        suspended=any(rest.covers(day) for rest in case.rests),
        openings=[one for one in case.openings if not one.void and one.day <= day],
        contacts=[one for one in case.contacts if not one.void and one.day <= day],
        rests=[rest for rest in case.rests if rest.begin <= day],
    )


def _stage_on(case: FollowedCase, day: date) -> str:
    if not case.open_on(day):
        return "closed"
    return "evaluated" if any(time.covers(day) for time in case.evaluations) else "intervening"


def silence(case: FollowedCase, days: int) -> Silence | None:
    """Return how long nobody was in contact; None where the rule does not hold for the case.

    A contact before the (re)opening does not begin an episode of it.
    """
    openings = [opening for opening in case.openings if not opening.void]
    if case.stage not in STAGES or case.suspended or not openings:
        return None
    opened = max(openings, key=_when)
    since = [made for made in case.contacts if made.day >= opened.day and not made.void]
    last = max(since, key=_when, default=opened)
    return Silence(last=last, due=last.day + timedelta(days=days + _rested(case.rests, last.day)))


def look(
    case: FollowedCase,
    days: int,
    today: date,
    standing: Collection[Id],
    raised: Sequence[Id] = (),
) -> tuple[tuple[Id, ...], Silence | None]:
    """Return which episodes are over whose alerts stand, and the silence that asks for a new one.

    `standing` are the episodes of the case's open alerts, `raised` those of all that it ever had,
    in order. One that goes on needs no other.
    """
    now = silence(case, days)
    if now is None or not now.overdue_on(today):
        return tuple(standing), None
    began = {one.event: one for one in _turns(case) if one.day == now.last.day}
    goes_on = next((episode for episode in standing if episode in began), None)
    over = tuple(episode for episode in standing if episode != goes_on)
    if goes_on is not None:
        return over, None
    known = next((began[episode] for episode in raised if episode in began), now.last)
    return over, replace(now, last=known)


def ended_by(case: FollowedCase, episode: Id, since: date) -> tuple[Id, Contact | None]:
    """Return the event that put an end to an episode, and the contact where it was one.

    It was the next contact after the day since which there was none, or else a step of the case,
    or what set the episode's beginning right.
    """
    now = silence(case, 0)
    if now is None:
        return case.step, None
    began = next((one for one in _turns(case) if one.event == episode), None)
    if began is not None and (now.last.day <= since or began.day == now.last.day):
        return case.step if began.changed == episode else began.changed, None
    return now.last.event, now.last if now.last in case.contacts else None


def is_late(contact: Contact, raised: date) -> bool:
    """Say whether a contact was written down late: it had been made before anyone was alarmed,
    or was entered beyond the days that a record of the operator may wait.

    Both are reckoned from the last day that its time can mean, as with every record.
    """
    waited = (contact.recorded - contact.latest).days
    return waited > contact.late_after or contact.latest < raised <= contact.recorded


def _turns(case: FollowedCase) -> tuple[Contact, ...]:
    return (*case.contacts, *case.openings)


def _when(contact: Contact) -> tuple[date, Id]:
    return contact.day, contact.event


def _rested(rests: Sequence[Time], since: date) -> int:
    """Count the days that the case rested after a day, each once however many rests hold it.

    One that is written late may lie within another.
    """
    rested, until = 0, since
    for rest in sorted(rests, key=lambda one: one.begin):
        begin = max(rest.begin, until)
        if rest.end is not None and rest.end > begin:
            rested, until = rested + (rest.end - begin).days, rest.end
    return rested

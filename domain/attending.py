"""Who took part: each named person is looked up, and put in as they were on the day."""

from __future__ import annotations

from datetime import date

import msgspec

from domain.counting import Attendance
from domain.desk import Desk
from domain.entry import Entry
from domain.identity import Id
from domain.neighbours import Participant


def served(desk: Desk, person: Id, day: date, field: str, *, stood: bool = False) -> Participant:
    """Return somebody who could be served that day.

    `stood` says that the record named them before: then it keeps them, whatever became of their
    own record since, so that erasing or merging one person does not fix what is said of others.
    """
    found: Participant = desk.load_any("person", person, field)
    if stood:
        found.check_there_on(day, field)
    else:
        found.check_served_on(day, field)
    return found


def attend(
    desk: Desk,
    entry: Entry,
    attendance: tuple[Attendance, ...],
    before: tuple[Attendance, ...] = (),
    *,
    moved: bool = False,
) -> tuple[Attendance, ...]:
    """Check each named person and put in their household and groups as they were that day.

    `before` is who took part by what the record said until now. Where it was `moved` from another
    day, the households of that day are no longer those of this one.
    """
    stood = {line.person for line in before if line.status == "present"}
    checked = []
    for number, line in enumerate(attendance):
        if line.person is None or line.role in ("worker", "supervisee", "volunteer", "partner"):
            checked.append(line)
            continue
        field = f"attendance.{number}.person"
        person: Participant = desk.load_any("person", line.person, field)
        if line.status == "present":
            served(desk, line.person, entry.day, field, stood=line.person in stood)
        checked.append(
            msgspec.structs.replace(
                line,
                groups=person.groups_on(entry.day),
                household=(None if moved else line.household) or person.home_on(entry.day),
            )
        )
    return tuple(checked)

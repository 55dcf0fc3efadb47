"""Ends the access tokens of staff who have left: whoever has gone opens nothing any more.

Who has left is looked at when somebody leaves, which may be written down afterwards, and every
night after midnight, when last days are over. A token that has ended stays so: whoever comes back
is given another.
"""

from __future__ import annotations

from domain.clock import civil_date
from domain.staff import StaffLeft
from projections.staff import STAFF
from workers.duty import SYSTEM, Duty, Job, Workshop


def end_tokens(workshop: Workshop, _job: Job) -> str:
    """End the tokens of everybody whose last day is over; return how many that were."""
    now = workshop.clock.now()
    holders = {
        (one.operator, one.actor)
        for one in workshop.tokens.issued()
        if one.operator is not None and one.evaluation is None and one.stands(now)
    }
    today = civil_date(now)
    with workshop.asking.within(SYSTEM) as answers:
        known = answers.rows(STAFF, where={"staff": sorted({actor for _, actor in holders})})
    gone = {(row["operator"], row["staff"]) for row in known if row["ends"] < today}
    return str(sum(workshop.tokens.revoke_of(actor, by) for by, actor in sorted(holders & gone)))


END_TOKENS = Duty("end_tokens", end_tokens, on=(StaffLeft,), cron="1 0 * * *")

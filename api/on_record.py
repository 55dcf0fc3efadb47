"""Questions that leave a record: who asked comes first, and then the answer.

They carry no key: each time that one is asked is a reading of its own.
"""

from __future__ import annotations

from api.commands import Decide
from api.questions import Question
from domain.entry import Entry
from domain.event import Occurred
from domain.identity import new_id


def put_on_record(asked: Question, decide: Decide) -> None:
    """Record what somebody asks for, now. Raises what `decide` refuses."""
    now, who = asked.parts.clock.now(), asked.principal
    entry = Entry(principal=who, now=now, occurred=Occurred(start=now), command=new_id())
    asked.parts.records.carry_out(who, entry, lambda desk: decide(desk, entry))

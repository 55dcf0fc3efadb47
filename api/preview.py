"""What setting a record right would change: the very command, tried out and recorded nowhere.

Each of the three ways takes the body of its command and answers what would differ. Whatever the
command would be refused is refused here, in the same words; a change in a closed period is shown
once its approver is named, as it can be made only then.
"""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

from fastapi import Depends, Request, Response

from api.access import principal
from api.changes import plainly
from api.commands import HEADERS, Command, CommandIn, Uuid, if_match, warning_out
from api.questions import AskedNow, Question
from api.records import (
    CorrectionIn,
    RecordChangeIn,
    RecordCommand,
    RecordVoidingIn,
    correction,
    reinstatement,
    voiding,
)
from api.routing import routes
from api.services import Services, services_of
from domain.alert_rule import DEFAULTS, in_force
from domain.clock import SimulatedClock
from domain.identity import Id, new_id
from domain.journal.trial import try_out
from domain.principal import Principal
from domain.warning import Told, warnings_in
from projections import preview
from projections.finding import told
from projections.preview_alerts import Thresholds
from projections.preview_words import words_of

router = routes("records")
SEEN = {"parameters": [each for each in HEADERS if each["name"] == "If-Match"]}
"""A question is sent without a key, and may name the version that was seen."""


async def trial(request: Request, response: Response) -> Command:
    """Take a command that is only tried: under a key of its own, since nothing is kept of it."""
    caller = await principal(request)
    return Command(caller, services_of(request), response, new_id(), b"", if_match(request))


Trying = Annotated[Command, Depends(trial)]


@router.post("/records/{event}/corrections/preview", openapi_extra=SEEN)
def preview_correction(
    event: Uuid, sent: CorrectionIn, command: Trying, asked: AskedNow
) -> dict[str, Any]:
    """Ask what a correction (更正) would change; nothing is recorded."""
    change = correction(command.parts, command.principal, event, sent)
    return previewed(command, asked, event, sent, change)


@router.post("/records/{event}/voidings/preview", openapi_extra=SEEN)
def preview_voiding(
    event: Uuid, sent: RecordVoidingIn, command: Trying, asked: AskedNow
) -> dict[str, Any]:
    """Ask what a voiding (作废) would change; nothing is recorded."""
    change = voiding(command.parts, command.principal, event, sent)
    return previewed(command, asked, event, sent, change)


@router.post("/records/{event}/reinstatements/preview", openapi_extra=SEEN)
def preview_reinstatement(
    event: Uuid, sent: RecordChangeIn, command: Trying, asked: AskedNow
) -> dict[str, Any]:
    """Ask what a reinstatement (恢复) would change; nothing is recorded."""
    change = reinstatement(command.parts, command.principal, event, sent)
    return previewed(command, asked, event, sent, change)


def previewed(
    command: Command, asked: Question, event: Id, sent: CommandIn, change: RecordCommand
) -> dict[str, Any]:
    """Try a change out and return what would differ, with its words.

    The ETag is the version that was seen: sent with the command as If-Match, it holds the command
    to what was shown. Raises the command's refusals, and `known_at.too_much`.
    """
    seen = foreseen(command, asked, event, sent, change)
    command.response.headers["ETag"] = f'"{seen.version}"'
    words = [told(each) for each in words_of(seen.preview)]
    warnings = [warning_out(each).model_dump() for each in seen.warnings]
    return {**plainly(seen.preview), "told": words, "warnings": warnings}


class ForeseenChange(NamedTuple):
    """What a change would change, the version that was seen, and what its receipt would warn of."""

    preview: preview.Preview
    version: int
    warnings: tuple[Told, ...]


def foreseen(
    command: Command, asked: Question, event: Id, sent: CommandIn, change: RecordCommand
) -> ForeseenChange:
    """Return what a change of a record would change, and the version that was seen of its stream.

    Raises the command's refusals, and `known_at.too_much`.
    """
    entry, parts = command.entry(sent), command.parts
    tried = try_out(
        parts.records,
        command.principal,
        lambda desk: change.decide(desk, entry),
        change.stream,
        command.if_match,
    )
    made = preview.WouldBeEvents(record=event, events=tried.events, at=entry.now)
    asked.mark({each.ledger for each in tried.events})
    found = preview.preview(
        parts.past,
        asked.answers,
        command.principal,
        made,
        _thresholds(parts, command.principal, made.events[0].operator),
        simulated=isinstance(parts.clock, SimulatedClock),
    )
    return ForeseenChange(found, tried.version, warnings_in(tried.events))


def _thresholds(parts: Services, caller: Principal, operator: Id) -> Thresholds:
    desk = parts.records.desk(caller)
    return {
        rule: {each.name: each.value for each in in_force(desk, operator, rule)[1]}
        for rule in DEFAULTS
    }

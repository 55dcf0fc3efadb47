"""How a command comes in: an Idempotency-Key, an envelope, facts; and how it is answered.

Every command model derives from `CommandIn`. A handler is given a `Command`, which builds the
entry, carries the command out at a desk, and answers with a receipt, its ETag and its position.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Request, Response
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    JsonValue,
    StringConstraints,
)
from pydantic_core import CoreSchema

from api.access import principal
from api.plain import KEY_LENGTH, check_body, check_key, is_json
from api.services import Services, services_of
from api.strict import strict
from domain.aggregate import LONGEST_DEVICE
from domain.bounds import bound_of
from domain.clock import SHANGHAI
from domain.counting import Attendance, AttendeeRole, Source, Status
from domain.desk import Desk, Receipt
from domain.entry import Entry, check_possible
from domain.event import Basis, Channel, Occurred, Precision
from domain.identity import Id, is_id, is_timed, new_id
from domain.principal import Principal
from domain.refusals import INVALID, refusal
from domain.warning import Told
from domain.wording import CODE

KEY_MISSING = refusal("idempotency_key_missing")
KEY_SCHEMA: dict[str, JsonValue] = {
    "type": "string",
    "minLength": 1,
    "maxLength": KEY_LENGTH,
    "pattern": f"^{CODE}$",
}
HEADERS = [
    {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "schema": KEY_SCHEMA,
        "description": "a code of the command's own, best a UUID, the same whenever it is sent"
        " again; it stands open in the record, so it names nobody",
    },
    {
        "name": "If-Match",
        "in": "header",
        "required": False,
        "schema": {"type": "string"},
        "description": "the ETag that was seen: refused where the record has moved on since",
    },
]
"""What every command may be sent with, as the OpenAPI document says it."""


def _canonical(text: str) -> str:
    if not is_id(text):
        raise ValueError("not a UUID in canonical form")
    return text


def on_the_calendar(moment: datetime) -> datetime:
    """Return a time that has a date in civil time and in UTC. Raises `ValueError` for others."""
    try:
        moment.astimezone(SHANGHAI), moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("beyond the calendar") from None
    return moment


Uuid = Annotated[
    str, AfterValidator(_canonical), Field(json_schema_extra={"format": "uuid"}, max_length=36)
]
"""An id as it is written everywhere: 36 characters, lower case."""


def _timed(text: str) -> str:
    if not is_timed(text):
        raise ValueError("not a UUIDv7 in canonical form")
    return text


NewId = Annotated[
    str, AfterValidator(_timed), Field(json_schema_extra={"format": "uuid"}, max_length=36)
]
"""An id that a device makes: a UUIDv7 (RFC 9562), written as every id is."""
Moment = Annotated[AwareDatetime, AfterValidator(on_the_calendar)]
"""A time with its zone, which has a date in civil time and in UTC."""
ONE_LINE = r"^[^\t\n]*$"
Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=ONE_LINE),
]
"""A title or a short word, in one line; no personal data."""
SEALED = Field(json_schema_extra={"x-sealed": True})
"""Marks a field whose words are about a person: they are sealed before they are kept."""
Words = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000), SEALED
]
"""Free text about a person; it is sealed before it is kept."""
Short = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), SEALED
]
"""A word or two about a person; it is sealed before it is kept."""
Whereabouts = Annotated[
    Short | None,
    Field(description="where it was, which may be a home; sealed, and kept as `address`"),
]
Statement = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
"""A longer text about the work, that names nobody who is served."""
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""A short code, as `winter_relief` or `elderly`."""
PaperCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]{0,39}$")]
"""The number that a line has on its paper, as `1.1`, `A-2` or `b08`."""
Unit = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20, pattern=ONE_LINE)
]
Quantity = Annotated[int, Field(ge=1, le=10**9)]
Minutes = Annotated[int, Field(ge=0, le=24 * 60)]


def held_to(kind: type[msgspec.Struct], field: str) -> Any:
    """Show the bounds to which the facts hold a number, in the OpenAPI document.

    What is out of them is left to the rule of the field, which says more about it.
    """
    bound = bound_of(kind, field)
    return Field(json_schema_extra={"minimum": bound.least, "maximum": bound.most})


Fen = Annotated[int, Field(ge=0, le=10**12, description="in 分")]


class Model(BaseModel):
    """Base of everything that is sent: unknown fields are refused, and so are wrong types."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[BaseModel], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Read numbers, truth values and days as they are meant."""
        return strict(handler(source))


def example(*sent: dict[str, Any]) -> ConfigDict:
    """Return a model's configuration with examples for the OpenAPI document."""
    return ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [*sent]})


class OccurredIn(Model):
    """When it happened (发生时间), with its zone."""

    start: Moment
    end: Moment | None = None
    precision: Precision = "instant"

    def value(self) -> Occurred:
        """Return it as the domain has it."""
        return Occurred(start=self.start, end=self.end, precision=self.precision)


class AttendanceIn(Model):
    """A registered person, or an anonymous block of `count`."""

    person: Uuid | None = None
    count: Annotated[int, Field(ge=1, le=100_000)] = 1
    role: AttendeeRole = "client"
    status: Status = "present"
    minutes: Minutes | None = None
    source: Source = "sign-in"

    def value(self) -> Attendance:
        """Return it as the domain has it."""
        return Attendance(**self.model_dump())


class CommandIn(Model):
    """The envelope's part that a caller may say."""

    occurred: OccurredIn | None = Field(None, description="default: today, the time not known")
    event_id: NewId | None = Field(None, description="made on the device, UUIDv7")
    captured_at: Moment | None = None
    channel: Channel = "web"
    basis: Basis = "observed"
    device: Annotated[str, StringConstraints(max_length=LONGEST_DEVICE)] | None = Field(
        None, description=f"a code of the device, {CODE}, that names nobody"
    )
    on_behalf_of: Uuid | None = None
    evidence: Annotated[tuple[Uuid, ...], Field(max_length=50)] = ()
    late_reason: Annotated[str, StringConstraints(max_length=500)] | None = None
    approved_by: Uuid | None = None


class WarningOut(BaseModel):
    """What was recorded all the same and is worth a second look: a code, Chinese, English.

    `other` is the record that the warning is about, beside the one just written; where it is not
    to be shown, the person or household whom it concerns.
    """

    code: str
    title: str
    detail: str
    other: Id


def warning_out(told: Told) -> WarningOut:
    """Return a warning as it is answered."""
    words = {"title": told.text("zh"), "detail": told.text("en")}
    return WarningOut(code=told.code, other=told.other, **words)


class ReceiptOut(BaseModel):
    """What a command wrote. Read with `at_least=position` to see it in the views.

    `proof` is where the first event's receipt is read, as soon as it is signed: within ten seconds.
    """

    stream: Id
    version: int
    events: tuple[Id, ...]
    position: int
    repeated: bool
    proof: str
    warnings: tuple[WarningOut, ...] = ()


Decide = Callable[[Desk, Entry], Receipt]


@dataclass(frozen=True)
class Command:
    """One command on its way."""

    principal: Principal
    parts: Services
    response: Response
    key: str
    fingerprint: bytes
    if_match: int | None

    def carry_out(
        self, sent: CommandIn, decide: Decide, *, on: Id | None = None, location: str | None = None
    ) -> ReceiptOut:
        """Carry it out. `on` is the stream that If-Match speaks of; `location` where it is read,
        with `{id}` for the stream."""
        entry = self.entry(sent)
        expected = (on, self.if_match) if on is not None and self.if_match is not None else None
        receipt = self.parts.records.carry_out(
            self.principal,
            entry,
            lambda desk: decide(desk, entry),
            fingerprint=self.fingerprint,
            expected=expected,
        )
        self.response.headers["ETag"] = f'"{receipt.version}"'
        self.response.headers["Shilu-Position"] = str(receipt.position)
        if location is not None:
            self.response.headers["Location"] = location.format(id=receipt.stream)
        return ReceiptOut(
            stream=receipt.stream,
            version=receipt.version,
            events=receipt.events,
            position=receipt.position,
            repeated=receipt.repeated,
            proof=f"/api/v1/records/{receipt.events[0]}/receipt",
            warnings=tuple(map(warning_out, receipt.warnings)),
        )

    def entry(self, sent: CommandIn) -> Entry:
        """Return how this is written down. Raises `entry.*` for a time that cannot be."""
        now = self.parts.clock.now()
        # Who says no time says only that it was today: that binds nobody to a moment.
        today = Occurred(start=now, precision="day")
        occurred = today if sent.occurred is None else sent.occurred.value()
        check_possible(occurred, now)
        return Entry(
            principal=self.principal,
            now=now,
            occurred=occurred,
            command=self.key,
            event=sent.event_id or new_id(),
            captured_at=sent.captured_at or now,
            channel=sent.channel,
            basis=sent.basis,
            device=sent.device,
            on_behalf_of=sent.on_behalf_of,
            evidence=sent.evidence,
            late_reason=sent.late_reason,
            approved_by=sent.approved_by,
        )


async def command(request: Request, response: Response) -> Command:
    """Take the key, the version seen and the content's hash from a request."""
    caller = await principal(request)
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key or len(key) > KEY_LENGTH:
        raise KEY_MISSING("Idempotency-Key")
    check_key(key)
    content = await request.body()
    if is_json(request.headers):
        check_body(content)
    path, query = request.scope["path"], request.scope["query_string"].decode("latin-1")
    where = f"{path}?{query}" if query else path
    who = f"{caller.actor} {caller.role}"  # two colleagues may come upon the same key
    asked = f"{who}\n{request.method} {where}\n".encode() + _canonical_body(content)
    fingerprint = sha256(asked).digest()
    return Command(caller, services_of(request), response, key, fingerprint, if_match(request))


def _canonical_body(body: bytes) -> bytes:
    """Return the same bytes for the same JSON, however it was spaced and ordered on its way.

    A device may send a command alone and, not having heard, again in a batch.
    """
    try:
        return msgspec.json.encode(msgspec.json.decode(body), order="sorted")
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return body


def if_match(request: Request) -> int | None:
    """Return the version that If-Match names. Raises `invalid`."""
    sent = request.headers.get("If-Match")
    if sent is None or sent == "*":
        return None
    try:
        return int(sent.removeprefix("W/").strip('"'))
    except ValueError:
        raise INVALID("If-Match", reason="version") from None


Commanding = Annotated[Command, Depends(command)]

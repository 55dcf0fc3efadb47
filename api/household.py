"""Households over HTTP (家庭档案): members, head, hardship, and the register of households."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import Field, StringConstraints

from api.commands import SEALED, CommandIn, Commanding, ReceiptOut, Text, Uuid, example
from api.paging import plain
from api.questions import Asked, Listed, Page
from api.registers import open_ended
from api.routing import routes
from domain import household
from domain.household import (
    Hardship,
    HardshipAssessed,
    HouseholdDissolved,
    HouseholdFormed,
    LeavingReason,
    MemberAdded,
    MemberLeft,
    MemberRole,
)
from domain.organisation import scope_of_station
from domain.private import private
from domain.refusals import NOT_FOUND
from projections.household import HARDSHIP, HOUSEHOLD, MEMBER
from projections.spans import shown

router = routes("households")
Address = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), SEALED
]
"""An address; it is sealed under the head's key before it is kept."""
Band = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,40}$")]


class HouseholdIn(CommandIn):
    """People who live together, of whom the head is the first member."""

    station: Uuid
    head: Uuid
    community: Text
    begins: date
    address: Address | None = None

    model_config = example(
        {
            "station": "0c6783b3-ddc4-5e68-9ce2-62c07ea2074b",
            "head": "99f68f88-b208-5a9e-84e3-a6e90855c3f6",
            "community": "示例社区",
            "begins": "2018-07-12",
        }
    )


@router.post("/households", status_code=201)
def form_household(sent: HouseholdIn, command: Commanding) -> ReceiptOut:
    """Open a household's file."""
    formed = HouseholdFormed(
        community=sent.community,
        head=sent.head,
        begins=sent.begins,
        address=private(sent.head, "contact", sent.address),
    )
    return command.carry_out(
        sent,
        lambda desk, entry: household.form_household(
            desk, entry, scope_of_station(desk, sent.station), formed
        ),
        location="/api/v1/households/{id}",
    )


class HouseholdMemberIn(CommandIn):
    """Somebody who lives there; `role` is what they are to the head."""

    person: Uuid
    role: MemberRole
    begins: date
    ends: date | None = None
    shared_custody: bool = False

    model_config = example(
        {
            "person": "99f68f88-b208-5a9e-84e3-a6e90855c3f6",
            "role": "grandchild",
            "begins": "2018-07-12",
        }
    )


@router.post("/households/{home}/members", status_code=201)
def add_member(home: Uuid, sent: HouseholdMemberIn, command: Commanding) -> ReceiptOut:
    """Take somebody into a household; a person lives in one at a time.

    With a last day, that they lived there until then: what is over can be noted after later stays.
    """
    added = MemberAdded(
        person=sent.person,
        role=sent.role,
        begins=sent.begins,
        shared_custody=sent.shared_custody,
    )
    return command.carry_out(
        sent, lambda desk, entry: household.add_member(desk, entry, home, added, sent.ends), on=home
    )


class MemberLeftIn(CommandIn):
    """Who left, and their last day there."""

    person: Uuid
    ends: date
    reason: LeavingReason = "moved_out"

    model_config = example({"person": "99f68f88-b208-5a9e-84e3-a6e90855c3f6", "ends": "2018-12-31"})


@router.post("/households/{home}/departures", status_code=201)
def remove_member(home: Uuid, sent: MemberLeftIn, command: Commanding) -> ReceiptOut:
    """Record that a member left."""
    left = MemberLeft(person=sent.person, ends=sent.ends, reason=sent.reason)
    return command.carry_out(
        sent, lambda desk, entry: household.remove_member(desk, entry, home, left), on=home
    )


class HeadIn(CommandIn):
    """Which member heads it from a day on."""

    head: Uuid
    begins: date

    model_config = example({"head": "99f68f88-b208-5a9e-84e3-a6e90855c3f6", "begins": "2018-12-31"})


@router.post("/households/{home}/heads", status_code=201)
def change_head(home: Uuid, sent: HeadIn, command: Commanding) -> ReceiptOut:
    """Have another member head the household."""
    return command.carry_out(
        sent,
        lambda desk, entry: household.change_head(desk, entry, home, sent.head, sent.begins),
        on=home,
    )


class HardshipIn(CommandIn):
    """What hardship the household is in, and until when that holds."""

    kinds: Annotated[tuple[Hardship, ...], Field(max_length=10)]
    income_band: Band | None = None
    begins: date
    valid_to: date | None = None

    model_config = example(
        {"kinds": ["minimum_living"], "begins": "2018-07-12", "valid_to": "2019-07-11"}
    )


@router.post("/households/{home}/hardship-assessments", status_code=201)
def assess_hardship(home: Uuid, sent: HardshipIn, command: Commanding) -> ReceiptOut:
    """Record an assessment of hardship; it is corrected and voided like other records."""
    assessed = HardshipAssessed(
        kinds=sent.kinds,
        income_band=sent.income_band,
        begins=sent.begins,
        valid_to=sent.valid_to,
    )
    return command.carry_out(
        sent, lambda desk, entry: household.assess_hardship(desk, entry, home, assessed), on=home
    )


class HouseholdDissolutionIn(CommandIn):
    """The last day on which they lived together."""

    last_day: date
    reason: Literal["moved_away", "all_died", "divided", "joined_another", "entry_error"]

    model_config = example({"last_day": "2018-12-31", "reason": "moved_away"})


@router.post("/households/{home}/dissolutions", status_code=201)
def dissolve_household(home: Uuid, sent: HouseholdDissolutionIn, command: Commanding) -> ReceiptOut:
    """Close a household's file; every member leaves it."""
    dissolved = HouseholdDissolved(last_day=sent.last_day, reason=sent.reason)
    return command.carry_out(
        sent,
        lambda desk, entry: household.dissolve_household(desk, entry, home, dissolved),
        on=home,
    )


@router.get("/households")
def list_households(
    listed: Listed,
    station: Uuid | None = None,
    community: Annotated[str | None, Query(max_length=200)] = None,
    on: Annotated[date | None, Query(description="those that stood that day")] = None,
) -> Page:
    """Read the register of households, without addresses.

    A household stands over many days: `on` says of which one, `known_at` as known when.
    """
    page = listed.page(
        HOUSEHOLD,
        where={"station": station, "community": community},
        since={"ends": on},
        until={"formed": on},
        order=("formed",),
    )
    return open_ended(page)


@router.get("/households/{home}")
def read_household(home: Uuid, asked: Asked) -> dict[str, Any]:
    """Read one household: its members, former ones too, and its hardship."""
    asked.tag(home)
    with asked.answers() as answers:
        rows = answers.rows(HOUSEHOLD, where={"household": home})
        if not rows:
            raise NOT_FOUND("household")
        members = answers.rows(MEMBER, where={"household": home})
        hardship = answers.rows(HARDSHIP, where={"household": home})
    return {
        **plain(shown(rows[0])),
        "members": [plain(shown(row)) for row in members],
        "hardship": [plain(shown(row)) for row in hardship],
    }

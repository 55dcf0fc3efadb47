"""The catalogue of kinds of activity, as data: what each is called, who attends, what it demands.

Which kinds there are and what they demand differs between operators and years, so it stands in
`catalogue.toml`; rules ask the catalogue and name no kind.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import msgspec

from domain.counting import BENEFICIARY_ROLES, AttendeeRole
from domain.refusals import refusal

UNKNOWN_KIND = refusal("activity.unknown_kind")
UNKNOWN_VARIANT = refusal("activity.unknown_variant")

CATALOGUE = Path(__file__).with_suffix(".toml")


class ActivityKind(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of activity; the fields are explained at the top of `catalogue.toml`."""

    zh: str
    en: str
    role: AttendeeRole
    roles: tuple[AttendeeRole, ...] = ()
    plan: bool = False
    agreements: bool = False
    registration: bool = False
    variants: tuple[str, ...] = ()
    supervised: bool = False
    organisation: bool = False
    counted_only: bool = False

    def admits(self, role: str) -> bool:
        """Say whether somebody may attend in this role."""
        return not self.roles or role in self.roles

    @property
    def has_beneficiaries(self) -> bool:
        """Whether those who attend can be client person-times at all."""
        return not self.roles or not BENEFICIARY_ROLES.isdisjoint(self.roles)


@cache
def activity_kinds() -> Mapping[str, ActivityKind]:
    """Read the kinds of activity: code → kind."""
    return msgspec.convert(tomllib.loads(CATALOGUE.read_text("utf-8")), dict[str, ActivityKind])


def check_kinds(codes: Iterable[str], field: str) -> None:
    """Refuse kinds of activity that the catalogue does not have."""
    if not set(codes) <= set(activity_kinds()):
        raise UNKNOWN_KIND(field)


def activity_kind(code: str, variant: str | None) -> ActivityKind:
    """Return a kind of activity.

    Refused: a kind that the catalogue does not have, and one of the kinds with variants without
    naming which.
    """
    kind = activity_kinds().get(code)
    if kind is None:
        raise UNKNOWN_KIND("kind")
    if kind.variants and variant not in kind.variants:
        raise UNKNOWN_VARIANT("variant", variants=", ".join(kind.variants))
    return kind

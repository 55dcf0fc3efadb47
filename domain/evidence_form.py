"""Form sets (套表): which documents a kind of service must keep, by whom published and since when.

A set is published anew when an operator changes its rules. What a file must keep is decided by
the version that was in force when its subject began, so a document may still be written under any
version that was in force since then, and under no other.
"""

from __future__ import annotations

from datetime import date

import msgspec

from domain.aggregate import Aggregate
from domain.desk import Desk, Receipt
from domain.entry import Entry, Scope
from domain.event import AnyEvent, Facts, fact
from domain.identity import Id, derived_id
from domain.refusals import Conflict, NotFound, refusal

NO_FORMS = refusal("form_set.no_forms")
FORM_TWICE = refusal("form_set.form_twice")
DUE_IMPOSSIBLE = refusal("form_set.due_impossible")
VERSION_NOT_NEXT = refusal("form_set.version_not_next", Conflict)
BACKWARDS = refusal("form_set.backwards")
RETIRED = refusal("form_set.retired", Conflict)
UNKNOWN_FORM = refusal("document.unknown_form")
NO_VERSION = refusal("document.no_form_set_then")
NOT_IN_FORCE = refusal("document.version_not_in_force")


class RequiredForm(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One document that is kept; due so many days after its subject has reached its stage."""

    code: str
    name: str
    stage: str
    due_days: int = 3


@fact()
class FormSetPublished(Facts, frozen=True, kw_only=True, tag="evidence.FormSetPublished@1"):
    """A version of the set of a service type holds from a day on.

    `kinds` are the kinds of recorded work to which it applies, `kind` or `kind/variant`.
    """

    service_type: str
    version: int
    forms: tuple[RequiredForm, ...]
    effective_from: date
    kinds: tuple[str, ...] = ()


@fact()
class FormSetRetired(Facts, frozen=True, kw_only=True, tag="evidence.FormSetRetired@1"):
    """The set holds no more from a day on."""

    service_type: str
    effective_from: date
    reason: str


class FormSet(Aggregate):
    """The versions of one service type's set, of one operator or one project."""

    kind = "form_set"

    def __init__(self, id: Id, scope: Scope) -> None:
        super().__init__(id, scope)
        self.published: list[FormSetPublished] = []
        self.retired_from: date | None = None

    def evolve(self, event: AnyEvent) -> None:
        """Keep all versions."""
        match event.facts:
            case FormSetPublished():
                self.published.append(event.facts)
            case FormSetRetired(effective_from=day):
                self.retired_from = day

    def publish(self, entry: Entry, facts: FormSetPublished) -> None:
        """Publish the next version."""
        check_forms(facts)
        self._check_in_force()
        if facts.version != len(self.published) + 1:
            raise VERSION_NOT_NEXT("version", next=len(self.published) + 1)
        if self.published and facts.effective_from < self.published[-1].effective_from:
            raise BACKWARDS("effective_from")
        self.record(entry, facts)

    def retire(self, entry: Entry, facts: FormSetRetired) -> None:
        """Let the set hold no more."""
        self._check_in_force()
        if facts.effective_from < self.published[-1].effective_from:
            raise BACKWARDS("effective_from")
        self.record(entry, facts)

    def form(
        self, code: str, version: int | None, day: date, begun: date
    ) -> tuple[FormSetPublished, RequiredForm]:
        """Return a form and its version of the set: that in force on a day, or the one named.

        One that is named must have been in force at some time since `begun`, the subject's first
        day.
        """
        published = self._version_on(day) if version is None else self._named(version, begun, day)
        for required in published.forms:
            if required.code == code:
                return published, required
        raise UNKNOWN_FORM("form", version=published.version)

    def _named(self, version: int, begun: date, day: date) -> FormSetPublished:
        if not 1 <= version <= len(self.published):
            raise NO_VERSION("version")
        named, later = self.published[version - 1], self.published[version:]
        ends = [each.effective_from for each in later]
        if self.retired_from is not None:
            ends.append(self.retired_from)
        if named.effective_from > day or any(end <= begun for end in ends):
            raise NOT_IN_FORCE("version")
        return named

    def _version_on(self, day: date) -> FormSetPublished:
        in_force = [each for each in self.published if each.effective_from <= day]
        if not in_force or (self.retired_from is not None and day >= self.retired_from):
            raise NO_VERSION("form_set")
        return in_force[-1]

    def _check_in_force(self) -> None:
        if self.retired_from is not None:
            raise RETIRED("id")


def check_forms(facts: FormSetPublished) -> None:
    """Refuse a set of nothing, a form that stands there twice, and one due before its stage."""
    if not facts.forms:
        raise NO_FORMS("forms")
    for names in ([form.code for form in facts.forms], [form.name for form in facts.forms]):
        if len(set(names)) < len(names):
            raise FORM_TWICE("forms")
    if any(form.due_days < 0 for form in facts.forms):
        raise DUE_IMPOSSIBLE("forms")


def form_set_id(owner: Id, service_type: str) -> Id:
    """Return the one stream of a service type's set, of an operator or of a project."""
    return derived_id("form_set", owner, service_type)


def publish_form_set(desk: Desk, entry: Entry, scope: Scope, facts: FormSetPublished) -> Receipt:
    """Publish a version of a service type's set, for all stations.

    It is the project's where the scope has one, and lies in its ledger, so that an evaluator
    finds what was demanded beside what was kept; else it is the operator's.
    """
    owner = msgspec.structs.replace(scope, station=None)
    id = form_set_id(owner.ledger, facts.service_type)
    try:
        form_set = desk.load(FormSet, id)
    except NotFound:
        form_set = FormSet(id, owner)
    form_set.publish(entry, facts)
    return desk.save(entry, form_set)


def retire_form_set(desk: Desk, entry: Entry, id: Id, facts: FormSetRetired) -> Receipt:
    """Retire a service type's set."""
    form_set = desk.load(FormSet, id)
    form_set.retire(
        entry,
        msgspec.structs.replace(facts, service_type=form_set.published[-1].service_type),
    )
    return desk.save(entry, form_set)

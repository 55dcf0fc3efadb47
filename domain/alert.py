"""Alerts (预警): what a rule saw that somebody must look at, once for each episode of it.

An episode is one stretch of one thing gone wrong: the case without contact since that session,
the indicator behind in that month. Its alert is a stream under an id made from rule, subject and
episode, so that however often and by however many workers the rule is evaluated, there is one.
Rules live elsewhere; they decide from events and clock ticks only (rules-and-reports.md).
"""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec
from msgspec.structs import replace

from domain.aggregate import Aggregate
from domain.desk import Desk, Receipt
from domain.entry import Entry, Scope, check_why
from domain.event import AnyEvent, Facts, fact
from domain.identity import Id, derived_id
from domain.principal import Role
from domain.refusals import Conflict, NotFound, Unavailable, refusal

Level = Literal["yellow", "red"]
Way = Literal["in_app", "wechat", "sms", "webhook"]

RESOLVED = refusal("alert.resolved", Conflict)
ALREADY_ACKNOWLEDGED = refusal("alert.already_acknowledged", Conflict)
SNOOZED_INTO_PAST = refusal("alert.snoozed_into_past")
SNOOZED_TOO_LONG = refusal("alert.snoozed_too_long")
NOT_HIGHER = refusal("alert.not_higher", Conflict)
NOT_TAKEN = refusal("alert.not_taken", Unavailable)

SNOOZE_AT_MOST_DAYS = 30


class Threshold(msgspec.Struct, frozen=True, kw_only=True):
    """One number that a rule goes by, in the unit that its name tells (`days`, `percent`)."""

    name: str
    value: int


class Concern(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a rule found: about what, since when, due when, for whom, and by which thresholds.

    `episode` is the id of what began the episode (the last contact, the month of an indicator).
    `roles` are addressed at the alert's station, `staff` by name; `worker` has the subject.
    """

    rule: str
    rule_version: int
    subject_type: str
    subject: Id
    episode: Id
    since: date
    due: date
    thresholds: tuple[Threshold, ...]
    level: Level = "yellow"
    worker: Id | None = None
    roles: tuple[Role, ...] = ()
    staff: tuple[Id, ...] = ()

    @property
    def alert(self) -> Id:
        """The one alert of this episode."""
        return alert_of(self.rule, self.subject, self.episode)


def alert_of(rule: str, subject: Id, episode: Id) -> Id:
    """Return the id of the one alert of an episode."""
    return derived_id("alert", rule, subject, episode)


class AlertFacts(Facts, frozen=True, kw_only=True):
    """Base of the steps of an alert: each carries what it is about, for the views."""

    concern: Concern


@fact()
class AlertRaised(AlertFacts, frozen=True, kw_only=True, tag="alert.AlertRaised@1"):
    """预警发出. `occasion` counts how often within the episode: what had resolved it was voided."""

    occasion: int = 1


@fact()
class AlertNotified(AlertFacts, frozen=True, kw_only=True, tag="alert.AlertNotified@1"):
    """Somebody was told, by a text without personal data.

    `level` is the one that they were told of, `step` the raising or escalation; records from before
    these were kept have none, and were of the level, or the last step, that the alert then had.
    """

    recipient: Id
    way: Way = "in_app"
    level: Level | None = None
    step: Id | None = None


@fact()
class AlertAcknowledged(AlertFacts, frozen=True, kw_only=True, tag="alert.AlertAcknowledged@1"):
    """已知悉: the actor has seen it and looks after it."""


@fact()
class AlertEscalated(AlertFacts, frozen=True, kw_only=True, tag="alert.AlertEscalated@1"):
    """升级: it got worse, or nobody looked after it; `roles` are told besides."""

    level: Level
    roles: tuple[Role, ...] = ()


@fact()
class AlertRestated(AlertFacts, frozen=True, kw_only=True, tag="alert.AlertRestated@1"):
    """预警变更: it stands, and what it is about is not as it was when it was raised.

    The case went to another worker, somebody is away or back, the day of the last contact was set
    right. `released`: who had taken it on is concerned no more, and somebody else is to.
    """

    before: Concern
    released: bool = False

    @property
    def joined(self) -> tuple[Id, ...]:
        """Whom it concerns by name that it did not concern before."""
        return tuple(id for id in self.concern.staff if id not in self.before.staff)

    @property
    def left(self) -> tuple[Id, ...]:
        """Whom it concerns by name no more."""
        return tuple(id for id in self.before.staff if id not in self.concern.staff)


@fact()
class AlertSnoozed(AlertFacts, frozen=True, kw_only=True, tag="alert.AlertSnoozed@1"):
    """稍后提醒: put off until a day, with a reason; it stays open."""

    until: date
    reason: str


@fact()
class AlertResolved(AlertFacts, frozen=True, kw_only=True, tag="alert.AlertResolved@1"):
    """解除: by an `event` (the contact made), or by hand with a `reason`.

    `late` marks an event that was written down late: it had happened before anyone was alarmed,
    or was entered beyond the days that a record may wait.
    """

    event: Id | None = None
    reason: str | None = None
    late: bool = False


class Alert(Aggregate):
    """The alert of one episode."""

    kind = "alert"
    lasting = (Facts,)
    concern: Concern
    level: Level = "yellow"
    occasion = 0
    open = False
    by_hand = False
    acknowledged: Id | None = None
    step: Id
    """The event that raised it, escalated it or brought somebody to it last: of which is told."""
    further: tuple[Role, ...] = ()
    """To whom it has been escalated on this occasion, beside those of its concern."""
    told: frozenset[tuple[Way, Id]] = frozenset()
    """By which ways which steps were told of on this occasion."""

    def evolve(self, event: AnyEvent) -> None:
        """Keep what it is about, whether it stands, and who looks after it."""
        match event.facts:
            case AlertRaised(concern=concern, occasion=occasion):
                self.concern, self.level, self.occasion = concern, concern.level, occasion
                self.open, self.acknowledged, self.told = True, None, frozenset()
                self.step, self.further = event.id, ()
            case AlertNotified(way=way, level=level, step=step):
                if step is not None or level in (None, self.level):
                    self.told |= {(way, step or self.step)}
            case AlertAcknowledged():
                self.acknowledged = event.actor
            case AlertEscalated(level=level, roles=roles):
                self.level, self.step = level, event.id
                self.further += roles
            case AlertRestated():
                self._evolve_restated(event)
            case AlertResolved(event=by):
                self.open, self.by_hand = False, by is None

    def _evolve_restated(self, event: AnyEvent) -> None:
        facts: AlertRestated = event.facts
        self.concern = facts.concern
        if facts.joined:
            self.step = event.id
        if facts.released:
            self.acknowledged = None

    def raise_(self, entry: Entry, concern: Concern) -> bool:
        """Raise it unless it stands, or somebody has put an end to the episode by hand."""
        if self.open or self.by_hand:
            return False
        self.record(entry, AlertRaised(concern=concern, occasion=self.occasion + 1))
        return True

    def notify(
        self, entry: Entry, recipient: Id, way: Way, level: Level | None, step: Id | None
    ) -> None:
        """Write down that somebody was told of a step; without one, of how it stands."""
        self._check_open()
        facts = AlertNotified(
            concern=self.concern, recipient=recipient, way=way, level=level, step=step
        )
        self.record(entry, facts)

    def acknowledge(self, entry: Entry) -> None:
        """Take it on."""
        self._check_open()
        if self.acknowledged is not None:
            raise ALREADY_ACKNOWLEDGED("id")
        self.record(entry, AlertAcknowledged(concern=self.concern))

    def escalate(self, entry: Entry, level: Level, roles: tuple[Role, ...] = ()) -> None:
        """Raise its level, or tell further roles."""
        self._check_open()
        if (self.level == "red" or level == self.level) and not roles:
            raise NOT_HIGHER("level")
        self.record(entry, AlertEscalated(concern=self.concern, level=level, roles=roles))

    def restate(
        self, entry: Entry, *, since: date, due: date, worker: Id | None, staff: tuple[Id, ...]
    ) -> bool:
        """Say anew what it is about while it stands, and return whether that was not said yet.

        Rule, thresholds and level stay those by which it was raised.
        """
        was = self.concern
        roles = tuple(dict.fromkeys((*was.roles, *self.further)))
        now = replace(was, since=since, due=due, worker=worker, staff=staff)
        if not self.open or now == was:
            return False
        left = set(was.staff) - set(staff)
        facts = AlertRestated(
            concern=replace(now, roles=roles), before=was, released=self.acknowledged in left
        )
        self.record(entry, facts)
        return True

    def snooze(self, entry: Entry, until: date, reason: str) -> None:
        """Put it off until a day, at most 30 days ahead."""
        self._check_open()
        if until <= entry.day:
            raise SNOOZED_INTO_PAST("until")
        if (until - entry.day).days > SNOOZE_AT_MOST_DAYS:
            raise SNOOZED_TOO_LONG("until", days=SNOOZE_AT_MOST_DAYS)
        check_why(reason)
        self.record(entry, AlertSnoozed(concern=self.concern, until=until, reason=reason))

    def resolve(self, entry: Entry, event: Id, *, late: bool = False) -> None:
        """Let the event that puts an end to the episode resolve it."""
        self._check_open()
        self.record(entry, AlertResolved(concern=self.concern, event=event, late=late))

    def resolve_by_hand(self, entry: Entry, reason: str) -> None:
        """Put an end to the episode for a reason; it is not raised again."""
        self._check_open()
        check_why(reason)
        self.record(entry, AlertResolved(concern=self.concern, reason=reason))

    def _check_open(self) -> None:
        if not self.open:
            raise RESOLVED("id")


def raise_alert(desk: Desk, entry: Entry, scope: Scope, concern: Concern) -> Receipt:
    """Raise the alert of an episode; changes nothing while it stands or was ended by hand."""
    alert = _find(desk, concern.alert) or Alert(concern.alert, scope)
    if not alert.raise_(entry, concern):
        return _unchanged(alert)
    return desk.save(entry, alert)


def resolve_alert(
    desk: Desk, entry: Entry, alert_id: Id, event: Id, *, late: bool = False
) -> Receipt:
    """Resolve an alert by an event; changes nothing when it is resolved already."""
    alert = desk.load(Alert, alert_id)
    if not alert.open:
        return _unchanged(alert)
    alert.resolve(entry, event, late=late)
    return desk.save(entry, alert)


def escalate_alert(
    desk: Desk, entry: Entry, alert_id: Id, level: Level, roles: tuple[Role, ...] = ()
) -> Receipt:
    """Raise an alert's level. Refused: one that is resolved, a level that is not higher."""
    alert = desk.load(Alert, alert_id)
    alert.escalate(entry, level, roles)
    return desk.save(entry, alert)


def restate_alert(
    desk: Desk,
    entry: Entry,
    alert_id: Id,
    *,
    since: date,
    due: date,
    worker: Id | None,
    staff: tuple[Id, ...],
) -> Receipt:
    """Say anew what an alert is about; changes nothing where it says so, or is resolved."""
    alert = desk.load(Alert, alert_id)
    if not alert.restate(entry, since=since, due=due, worker=worker, staff=staff):
        return _unchanged(alert)
    return desk.save(entry, alert)


def notify_alert(
    desk: Desk,
    entry: Entry,
    alert_id: Id,
    recipient: Id,
    way: Way,
    level: Level | None = None,
    step: Id | None = None,
) -> Receipt:
    """Write down that somebody was told. Refused: an alert that is resolved."""
    alert = desk.load(Alert, alert_id)
    alert.notify(entry, recipient, way, level, step)
    return desk.save(entry, alert)


def acknowledge_alert(desk: Desk, entry: Entry, alert_id: Id) -> Receipt:
    """Take an alert on. Refused: one that is resolved, or that somebody has taken on."""
    alert = desk.load(Alert, alert_id)
    alert.acknowledge(entry)
    return desk.save(entry, alert)


def snooze_alert(desk: Desk, entry: Entry, alert_id: Id, until: date, reason: str) -> Receipt:
    """Put an alert off. Refused: without a reason, into the past, beyond 30 days."""
    alert = desk.load(Alert, alert_id)
    alert.snooze(entry, until, reason)
    return desk.save(entry, alert)


def resolve_alert_by_hand(desk: Desk, entry: Entry, alert_id: Id, reason: str) -> Receipt:
    """End an episode for a reason. Refused: one that is resolved; a reason under 5 characters."""
    alert = desk.load(Alert, alert_id)
    alert.resolve_by_hand(entry, reason)
    return desk.save(entry, alert)


def _find(desk: Desk, alert_id: Id) -> Alert | None:
    try:
        return desk.load(Alert, alert_id)
    except NotFound:
        return None


def _unchanged(alert: Alert) -> Receipt:
    return Receipt(stream=alert.id, version=alert.version, events=(), position=0, repeated=True)

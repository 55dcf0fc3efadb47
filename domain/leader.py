"""居民领袖, 社区骨干: residents cultivated to lead. The two words mean one thing (figures, I0-14).

A leader counts once in a project (S0, A10 and B18), so there is one record of each.
"""

from __future__ import annotations

from typing import Any

import msgspec

from domain.aggregate import Aggregate
from domain.attending import served
from domain.bounds import Title
from domain.counting import Counted
from domain.desk import Desk, Receipt
from domain.entry import Entry, Scope
from domain.event import Effective, fact
from domain.identity import Id, derived_id
from domain.project_work import allocated
from domain.refusals import Conflict, NotFound, refusal

KIND = "community_leader"
LEADER_ALREADY = refusal("leader.already", Conflict)
OTHER_PERSON = refusal("leader.other_person")


@fact(corrections=True)
class CommunityLeaderRecognised(
    Counted, frozen=True, kw_only=True, tag="leader.CommunityLeaderRecognised@1"
):
    """A resident leads others; `theme` says in what (文体, 议事, 志愿服务…)."""

    person: Id
    theme: Title | None = None

    @property
    def whom(self) -> Id:
        """The resident."""
        return self.person


class CommunityLeader(Aggregate):
    """One resident as a leader, within one project or, outside projects, one station."""

    kind = "community_leader"

    def recognise(self, entry: Entry, recognised: CommunityLeaderRecognised) -> None:
        """Recognise them, again where an earlier recognition was void."""
        if self.effective(CommunityLeaderRecognised):
            raise LEADER_ALREADY("person")
        self.record(entry, recognised)

    def check_references(
        self, desk: Any, entry: Entry, before: Effective[Any] | None, after: Effective[Any]
    ) -> None:
        """Refuse a corrected or reinstated recognition of somebody dead or gone by then."""
        person = after.facts.person
        stood = before is None or before.facts.person == person
        served(desk, person, after.occurred.day, "person", stood=stood)

    def check_change(
        self, entry: Entry, target: Id, before: Effective[Any] | None, after: Effective[Any] | None
    ) -> None:
        """Keep one recognition in force, of the same person."""
        if after is None:
            return
        if before is None and self.effective(CommunityLeaderRecognised):
            raise LEADER_ALREADY("person")
        if after.facts.person != self.standing(target).facts.person:
            raise OTHER_PERSON("person")


def recognise_leader(
    desk: Desk, entry: Entry, scope: Scope, facts: CommunityLeaderRecognised
) -> Receipt:
    """Recognise a resident as a leader; the kind is `community_leader` whatever is given.

    Refused: the dead, who moved away, and a second time.
    """
    served(desk, facts.person, entry.day, "person")
    facts = msgspec.structs.replace(facts, kind=KIND, audience=facts.audience or "resident")
    facts = allocated(desk, entry, scope, facts)
    leader = _leader(desk, scope, facts.person)
    leader.recognise(entry, facts)
    return desk.save(entry, leader)


def _leader(desk: Desk, scope: Scope, person: Id) -> CommunityLeader:
    id = derived_id(KIND, scope.ledger, person)
    try:
        return desk.load(CommunityLeader, id)
    except NotFound:
        return CommunityLeader(id, scope)

"""The score sheet (评分表) and what was scored by it: whole points, totals never typed.

Each party scores its own items, which come to 100 points; the parties' weights come to 100 per
cent. The total is in hundredths of a point, so that it is exact (people.md: scoring parties).
"""

from __future__ import annotations

from collections import Counter
from typing import Literal

import msgspec

from domain.entry import SHORTEST_REASON
from domain.evaluation_access import Party
from domain.event import Facts, fact
from domain.identity import Id
from domain.refusals import Conflict, Forbidden, NotFound, refusal

ScoreType = Literal["composite", "degree"]
"""组合分: points added up of what is met; 程度分: one of the degrees that the sheet names."""

SHEET_ADOPTED = refusal("evaluation.sheet_adopted", Conflict)
WEIGHTS_NOT_100 = refusal("evaluation.weights_not_100")
POINTS_NOT_100 = refusal("evaluation.points_not_100")
PARTY_UNWEIGHTED = refusal("evaluation.party_unweighted")
ITEM_TWICE = refusal("evaluation.item_twice")
DEGREES_WRONG = refusal("evaluation.degrees_wrong")
GRADES_WRONG = refusal("evaluation.grades_wrong")
SHEET_MISSING = refusal("evaluation.sheet_missing")
ITEM_UNKNOWN = refusal("evaluation.item_unknown", NotFound)
OTHER_PARTY = refusal("evaluation.other_party", Forbidden)
OUT_OF_RANGE = refusal("evaluation.score_out_of_range")
NOT_A_DEGREE = refusal("evaluation.not_a_degree")
NO_EVIDENCE = refusal("evaluation.no_evidence")
EVIDENCE_NOWHERE = refusal("evaluation.evidence_nowhere")
PART_ONLY = refusal("evaluation.part_only", Forbidden)
EVIDENCE_UNKNOWN = refusal("evaluation.evidence_unknown", NotFound)
SCORED_ALREADY = refusal("evaluation.scored_already", Conflict)
ITEMS_UNSCORED = refusal("evaluation.items_unscored")
NOT_INDEPENDENT = refusal("evaluation.scores_not_independent")


class SheetItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the sheet: which party scores it, and with how many points at most.

    A degree item lists the scores that its degrees give, the highest first. Material need not be
    named (`needs_evidence`) where an item is judged by the figures on record alone; that is never
    so of every item.
    """

    code: str
    title: str
    party: Party
    points: int
    score_type: ScoreType = "composite"
    degrees: tuple[int, ...] = ()
    needs_evidence: bool = True


class PartyWeight(msgspec.Struct, frozen=True, kw_only=True):
    """How many per cent of the total a party gives."""

    party: Party
    weight: int


class Grade(msgspec.Struct, frozen=True, kw_only=True):
    """A grade (优秀, 合格…), given from so many points of the total on."""

    name: str
    least: int


@fact()
class ScoreSheetAdopted(Facts, frozen=True, kw_only=True, tag="evaluation.ScoreSheetAdopted@1"):
    """By which items, weights and grades this evaluation scores."""

    title: str
    parties: tuple[PartyWeight, ...]
    items: tuple[SheetItem, ...]
    grades: tuple[Grade, ...]


@fact()
class ItemScored(Facts, frozen=True, kw_only=True, tag="evaluation.ItemScored@1"):
    """An item's score, why, and the reviews, interviews, calls and material that it leans on.

    A `reason` is given where an item that has a score is scored again; both stay.
    """

    item: str
    score: int
    rationale: str
    leans_on: tuple[Id, ...] = ()
    reason: str | None = None


def check_sheet(sheet: ScoreSheetAdopted) -> None:
    """Refuse a sheet whose weights, points, degrees or grades do not come out.

    Refuse one by which all could be scored with no evidence, too (events.md, BC14).
    """
    weights = {each.party: each.weight for each in sheet.parties}
    whole = sum(each.weight for each in sheet.parties)
    if whole != 100 or len(weights) < len(sheet.parties) or min(weights.values()) < 1:
        raise WEIGHTS_NOT_100("parties", sum=whole)
    codes = Counter(item.code for item in sheet.items)
    for number, item in enumerate(sheet.items):
        if codes[item.code] > 1:
            raise ITEM_TWICE(f"items.{number}.code", item=item.code)
        if item.party not in weights:
            raise PARTY_UNWEIGHTED(f"items.{number}.party")
        _check_degrees(item, f"items.{number}.degrees")
    for party in weights:
        points = sum(item.points for item in sheet.items if item.party == party)
        if points != 100:
            raise POINTS_NOT_100("items", party=party, sum=points)
    if not any(item.needs_evidence for item in sheet.items):
        raise EVIDENCE_NOWHERE("items")
    least = [grade.least for grade in sheet.grades]
    names = {grade.name for grade in sheet.grades}
    falling = least == sorted(set(least), reverse=True) and len(names) == len(least)
    if not least or not falling or least[-1] != 0 or least[0] > 100:
        raise GRADES_WRONG("grades")


def _check_degrees(item: SheetItem, field: str) -> None:
    if item.points < 1:
        raise DEGREES_WRONG(field)
    if item.score_type == "composite":
        if item.degrees:
            raise DEGREES_WRONG(field)
        return
    falling = list(item.degrees) == sorted(set(item.degrees), reverse=True)
    if not item.degrees or not falling or item.degrees[0] != item.points or item.degrees[-1] < 0:
        raise DEGREES_WRONG(field)


def _check_all(sheet: ScoreSheetAdopted, parties: tuple[Party, ...]) -> None:
    """Refuse an access to `parties` that are not all of the sheet's; none named are all."""
    if parties and not {each.party for each in sheet.parties} <= set(parties):
        raise PART_ONLY("role")


class Scores:
    """The sheet of one evaluation and the scores in force."""

    def __init__(self) -> None:
        self.sheet: ScoreSheetAdopted | None = None
        self.given: dict[str, int] = {}
        self.givers: dict[str, Id] = {}
        """Who gave the score of each item that is in force."""

    def apply(self, actor: Id, facts: Facts) -> None:
        """Take the sheet and the latest score of each item."""
        match facts:
            case ScoreSheetAdopted():
                self.sheet = facts
            case ItemScored():
                self.given[facts.item] = facts.score
                self.givers[facts.item] = actor

    def check_adopting(self, sheet: ScoreSheetAdopted, parties: tuple[Party, ...]) -> None:
        """Refuse a second sheet: the rules do not change while it is being scored.

        Refuse one that binds parties besides those its evaluator scores for, too.
        """
        if self.sheet is not None:
            raise SHEET_ADOPTED("id")
        check_sheet(sheet)
        _check_all(sheet, parties)

    def check_speaking(self, parties: tuple[Party, ...]) -> None:
        """Refuse to speak for all parties of the sheet while scoring for some of them."""
        if self.sheet is not None:
            _check_all(self.sheet, parties)

    def item(self, code: str) -> SheetItem:
        """Return an item of the sheet."""
        if self.sheet is None:
            raise SHEET_MISSING("item")
        found = next((item for item in self.sheet.items if item.code == code), None)
        if found is None:
            raise ITEM_UNKNOWN("item")
        return found

    def check_scoring(
        self, facts: ItemScored, parties: tuple[Party, ...], evidence: set[Id]
    ) -> None:
        """Refuse a score of another party, out of range, without evidence, or given before."""
        item = self.item(facts.item)
        if parties and item.party not in parties:
            raise OTHER_PARTY("item")
        if not 0 <= facts.score <= item.points:
            raise OUT_OF_RANGE("score", points=item.points)
        if item.score_type == "degree" and facts.score not in item.degrees:
            degrees = ", ".join(map(str, item.degrees))
            raise NOT_A_DEGREE("score", degrees=degrees)
        if item.needs_evidence and not facts.leans_on:
            raise NO_EVIDENCE("leans_on")
        for number, one in enumerate(facts.leans_on):
            if one not in evidence:
                raise EVIDENCE_UNKNOWN(f"leans_on.{number}")
        if facts.item in self.given and len((facts.reason or "").strip()) < SHORTEST_REASON:
            raise SCORED_ALREADY("reason")

    def check_independent(self, dependent: frozenset[Id]) -> None:
        """Refuse scores in force of anybody who is not independent of the operator."""
        theirs = self.scored_by(dependent)
        if theirs:
            raise NOT_INDEPENDENT("id", items=", ".join(sorted(theirs)))

    def scored_by(self, evaluators: frozenset[Id]) -> frozenset[str]:
        """Return the items whose score in force one of these gave."""
        return frozenset(item for item, giver in self.givers.items() if giver in evaluators)

    def total(self) -> int:
        """Return the total in hundredths of a point; refuses while an item has no score.

        The sum over the parties of their weight in per cent times their points.
        """
        if self.sheet is None:
            raise SHEET_MISSING("id")
        unscored = [item.code for item in self.sheet.items if item.code not in self.given]
        if unscored:
            raise ITEMS_UNSCORED("id", items=len(unscored))
        weights = {each.party: each.weight for each in self.sheet.parties}
        return sum(weights[item.party] * self.given[item.code] for item in self.sheet.items)

    def grade(self, total: int) -> str:
        """Return the grade of a total in hundredths of a point."""
        assert self.sheet is not None  # noqa: S101 - a total was reckoned by it
        return next(grade.name for grade in self.sheet.grades if total >= grade.least * 100)

"""The commands of an evaluation: commissioned, let in, frozen, drawn, reviewed, scored, reported.

What is reckoned from the ledger (the snapshot, the population of a draw, who agreed to be called)
comes in as facts; which of it holds is decided here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from domain.desk import Desk, Receipt
from domain.entry import Entry, check_possible, check_why
from domain.evaluation import (
    COMMISSIONERS,
    GRANTERS,
    OPERATORS,
    Evaluation,
    EvaluatorStep,
    check_role,
)
from domain.evaluation_access import (
    MORE_REACH,
    NO_EVALUATORS,
    OWN_OPERATOR,
    OWN_STAFF,
    EvaluationCommissioned,
    EvaluatorAccessEnded,
    EvaluatorAccessGranted,
    InterestDeclared,
)
from domain.evaluation_evidence import (
    FILE_ELSEWHERE,
    MOST_CALLS,
    NOBODY_TO_CALL,
    CallListIssued,
    EvidenceProvided,
    Finding,
    ProvidedFile,
    RecordReviewed,
)
from domain.evaluation_finding import (
    AppealDecided,
    AppealFiled,
    EvaluationReportIssued,
    FindingAnswered,
    RectificationDone,
)
from domain.evaluation_sample import (
    BAD_HASH,
    COMMITMENT_USED,
    NOTHING_RECORDED,
    Plan,
    ReplaySnapshotFrozen,
    is_hash,
)
from domain.identity import Id
from domain.neighbours import Contract
from domain.refusals import NotFound
from domain.sampling import Member, in_order

Answer = EvidenceProvided | FindingAnswered | RectificationDone
"""What the operator hands in, with files."""


def commission_evaluation(
    desk: Desk, entry: Entry, project: Id, facts: EvaluationCommissioned, *, id: Id | None = None
) -> Receipt:
    """Commission an evaluation of a project.

    Refused: the operator itself or its own staff as evaluators, and none at all.
    """
    check_role(entry.principal, COMMISSIONERS)
    check_possible(entry.occurred, entry.now)
    contract: Contract = desk.load_any("project", project, "project")
    scope = msgspec.structs.replace(contract.scope, project=project)
    operator = desk.load_any("operator", scope.operator, "project")
    if facts.organisation == scope.operator or facts.uscc == operator.registered.uscc:
        raise OWN_OPERATOR("uscc")
    if not facts.evaluators:
        raise NO_EVALUATORS("evaluators")
    for number, evaluator in enumerate(facts.evaluators):
        if _works_here(desk, evaluator):
            raise OWN_STAFF(f"evaluators.{number}")
    return desk.save(entry, Evaluation.start(entry, scope, facts, id=id))


def _works_here(desk: Desk, person: Id) -> bool:
    try:
        desk.load_any("staff", person)
    except NotFound:
        return False
    return True


def withdraw_commission(desk: Desk, entry: Entry, id: Id, reason: str) -> Receipt:
    """Take back a commission that was put on record by mistake, before anything came of it."""
    found = _commissioners(desk, entry, id)
    found.withdraw(entry, reason)
    return desk.save(entry, found)


def declare_interest(desk: Desk, entry: Entry, id: Id, facts: InterestDeclared) -> Receipt:
    """Put an evaluator's declaration on record, by whoever commissioned or by themselves.

    That it can be done once the evaluation is closed too is for conflicts that come out late.
    """
    found = desk.load(Evaluation, id)
    if entry.principal.evaluation != id or entry.principal.actor != facts.evaluator:
        check_role(entry.principal, COMMISSIONERS)
    found.check_begun(entry)
    found.accesses.check_declaring(facts)
    found.record(entry, facts)
    return desk.save(entry, found)


def grant_access(
    desk: Desk,
    entry: Entry,
    id: Id,
    facts: EvaluatorAccessGranted,
    *,
    own_until: datetime | None = None,
) -> Receipt:
    """Let an evaluator in until a moment; refused to whom the operator took on since.

    `own_until` is when the token ends that is used for this. Refused besides: who does not see the
    whole project themselves, to which an evaluator is let in, or not for as long.
    """
    check_role(entry.principal, GRANTERS)
    found = _commissioners(desk, entry, id)
    contract: Contract = desk.load_any("project", found.scope.ledger, "project")
    if not entry.principal.reaches(contract.stations):
        raise MORE_REACH("evaluator")
    if own_until is not None and facts.expires > own_until:
        raise MORE_REACH("expires")
    found.check_running(entry)
    found.accesses.check_granting(facts, entry.now)
    if _works_here(desk, facts.evaluator):
        raise OWN_STAFF("evaluator")
    found.record(entry, facts)
    return desk.save(entry, found)


def end_access(desk: Desk, entry: Entry, id: Id, facts: EvaluatorAccessEnded) -> Receipt:
    """Take an access back before its time, one that outlived its evaluation too."""
    found = _commissioners(desk, entry, id)
    found.accesses.check_ending(facts.evaluator)
    found.record(entry, facts)
    return desk.save(entry, found)


def _commissioners(desk: Desk, entry: Entry, id: Id) -> Evaluation:
    check_role(entry.principal, COMMISSIONERS)
    found = desk.load(Evaluation, id)
    found.check_begun(entry)
    return found


def check_freezing(desk: Desk, entry: Entry, id: Id) -> Evaluation:
    """Return an evaluation whose snapshot can be frozen now, before its whole ledger is read."""
    found = desk.load(Evaluation, id)
    if entry.principal.evaluation is None:
        check_role(entry.principal, COMMISSIONERS)
        found.check_running(entry)
    else:
        found.check_evaluator(entry)
    found.samples.check_freezing(found.commissioned.as_of, entry.now)
    return found


def freeze_snapshot(
    desk: Desk, entry: Entry, id: Id, facts: ReplaySnapshotFrozen | None
) -> Receipt:
    """Freeze what is evaluated; None says that nothing was on record by the cut-off."""
    found = check_freezing(desk, entry, id)
    if facts is None:
        raise NOTHING_RECORDED("as_of")
    found.record(entry, facts)
    return desk.save(entry, found)


def draw_sample(
    desk: Desk,
    entry: Entry,
    id: Id,
    plan: Plan,
    population: tuple[Member, ...],
    *,
    commitment: str,
    contribution: str,
    visible_from: datetime,
    replaces: Id | None = None,
    reason: str | None = None,
    committed_elsewhere: bool = False,
) -> Receipt:
    """Settle a sample without showing it; drawing again takes a reason and keeps both.

    `committed_elsewhere` says that another of the operator's evaluations has the commitment: its
    nonce was shown there, or will be, and whoever knows it could work this sample out.
    """
    found = desk.load(Evaluation, id)
    found.check_evaluator(entry)
    if committed_elsewhere:
        raise COMMITMENT_USED("commitment")
    drawn = found.samples.settle(
        plan, population, commitment, contribution, visible_from, entry.now
    )
    drawn = msgspec.structs.replace(drawn, replaces=replaces, reason=reason)
    found.samples.check_drawing(drawn)
    if replaces is not None:
        check_why(reason or "")
    found.record(entry, drawn)
    return desk.save(entry, found)


def reveal_sample(
    desk: Desk, entry: Entry, id: Id, sample: Id, nonce: str, population: tuple[Member, ...]
) -> Receipt:
    """Show a sample, from its hour on."""
    found = desk.load(Evaluation, id)
    found.check_evaluator(entry)
    found.record(entry, found.samples.reveal(sample, nonce, population, entry.now))
    return desk.save(entry, found)


def issue_call_list(
    desk: Desk, entry: Entry, id: Id, sample: Id, persons: Sequence[Id], without_consent: int
) -> Receipt:
    """Hand out whom to call: of those who agreed, the first so many in the sample's own order."""
    found = desk.load(Evaluation, id)
    found.check_evaluator(entry)
    seed = bytes.fromhex(found.samples.in_the_open(sample).seed)
    if not persons:
        raise NOBODY_TO_CALL("sample")
    listed = tuple(in_order(set(persons), seed)[:MOST_CALLS])
    found.record(
        entry, CallListIssued(sample=sample, persons=listed, without_consent=without_consent)
    )
    return desk.save(entry, found)


def review_record(
    desk: Desk, entry: Entry, id: Id, record: Id, finding: Finding, remark: str = ""
) -> Receipt:
    """Put down what was found of a drawn record: 真实, 存疑 or 缺件."""
    found = desk.load(Evaluation, id)
    found.check_evaluator(entry)
    sample, stratum = found.samples.place_of(record)
    reviewed = RecordReviewed(
        record=record,
        sample=sample,
        stratum=stratum,
        finding=finding,
        before=found.evidence.findings.get((sample, record)),
        remark=remark,
    )
    found.evaluate(entry, reviewed)
    return desk.save(entry, found)


def evaluate(desk: Desk, entry: Entry, id: Id, facts: EvaluatorStep) -> Receipt:
    """Take one step of an evaluator's."""
    found = desk.load(Evaluation, id)
    found.evaluate(entry, facts)
    return desk.save(entry, found)


def decide_appeal(desk: Desk, entry: Entry, id: Id, facts: AppealDecided) -> Receipt:
    """Decide an appeal: by somebody else than whoever gave the grade or asked for it.

    Nor by an evaluator whom the operator, which appeals, took on since.
    """
    found = desk.load(Evaluation, id)
    if entry.principal.evaluation is not None and _works_here(desk, entry.principal.actor):
        raise OWN_STAFF("evaluator")
    found.decide(entry, facts)
    return desk.save(entry, found)


def respond(
    desk: Desk, entry: Entry, id: Id, facts: Answer, attachments: Sequence[Id] = ()
) -> Receipt:
    """Take one step of the operator's, with files of the project's own ledger."""
    found = desk.load(Evaluation, id)
    check_role(entry.principal, OPERATORS)
    given = enumerate(attachments)
    files = dict.fromkeys(_file(desk, found, each, number) for number, each in given)
    found.respond(entry, msgspec.structs.replace(facts, files=tuple(files)))
    return desk.save(entry, found)


def _file(desk: Desk, evaluation: Evaluation, attachment: Id, number: int) -> ProvidedFile:
    field = f"attachments.{number}"
    stored = desk.load_any("attachment", attachment, field)
    if stored.scope.ledger != evaluation.scope.ledger:
        raise FILE_ELSEWHERE(field)
    return ProvidedFile(attachment=attachment, sha256=stored.stored.sha256)


def issue_report(desk: Desk, entry: Entry, id: Id, file: str) -> Receipt:
    """Issue the report: the total and the grade are reckoned here, by the sheet.

    Refused before it is frozen what the grade is about, and while a sample is settled and not
    shown: a report says nothing without the position, and a sample is not kept back from it.
    Refused while a score in force is of an evaluator who turned out to have a conflict, or whom
    the operator took on since: another evaluator scores again, and both scores stay.
    """
    found = desk.load(Evaluation, id)
    found.scores.check_speaking(found.check_evaluator(entry).parties)
    found.findings.check_reporting(entry.today)
    found.samples.check_reporting()
    dependent = _dependent(desk, found)
    if entry.principal.actor in dependent:
        raise OWN_STAFF("evaluator")
    found.scores.check_independent(dependent)
    if not is_hash(file):
        raise BAD_HASH("file")
    total = found.scores.total()
    found.record(
        entry,
        EvaluationReportIssued(
            edition=len(found.findings.reports) + 1,
            total=total,
            grade=found.scores.grade(total),
            file=file,
            appeal_until=entry.today + timedelta(days=found.commissioned.appeal_days),
        ),
    )
    return desk.save(entry, found)


def _dependent(desk: Desk, evaluation: Evaluation) -> frozenset[Id]:
    """Return those of its evaluators with a conflict, or on the operator's staff by now."""
    hired = (one for one in evaluation.accesses.known if _works_here(desk, one))
    return evaluation.accesses.conflicted().union(hired)


def file_appeal(
    desk: Desk, entry: Entry, id: Id, grounds: str, items: tuple[str, ...] = ()
) -> Receipt:
    """Appeal against the last report, in its time."""
    found = desk.load(Evaluation, id)
    edition = found.findings.reported().edition
    found.respond(entry, AppealFiled(edition=edition, grounds=grounds, items=items))
    return desk.save(entry, found)

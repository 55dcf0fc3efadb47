"""Samples of evaluations: from the commission to the appeal."""

from typing import Any

from domain.clock import at
from domain.evaluation_access import (
    CommissionWithdrawn,
    EvaluationCommissioned,
    EvaluatorAccessEnded,
    EvaluatorAccessGranted,
    InterestDeclared,
)
from domain.evaluation_evidence import (
    CallListIssued,
    EvidenceProvided,
    EvidenceRequested,
    InterviewDone,
    PhoneSpotCheckDone,
    ProvidedFile,
    RecordReviewed,
)
from domain.evaluation_finding import (
    AppealDecided,
    AppealFiled,
    EvaluationClosed,
    EvaluationReportIssued,
    FindingAnswered,
    FindingClosed,
    FindingRaised,
    RectificationDone,
    RectificationDue,
)
from domain.evaluation_sample import (
    DrawnStratum,
    Plan,
    ReplaySnapshotFrozen,
    SampleDrawn,
    SampleRevealed,
    ViewHash,
)
from domain.evaluation_score import Grade, ItemScored, PartyWeight, ScoreSheetAdopted, SheetItem
from domain.event import AnyEvent, Facts
from domain.identity import derived_id
from domain.sampling import Method, Stratum
from tests.golden import DAY, PERSON, PROJECT, WORKER, sample

RECORD, SAMPLE, FINDING = (derived_id("golden", name) for name in ("record", "sample", "finding"))
FILES = (ProvidedFile(attachment=RECORD, sha256="ab" * 32),)
STRATUM = "kind=home_visit;month=2018-10"


def of(facts: Facts, **more: Any) -> AnyEvent:
    """Return a sample in the project's ledger."""
    return sample("evaluation", facts, project=PROJECT, ledger=PROJECT, **more)


SAMPLES = [
    of(
        EvaluationCommissioned(
            kind="midterm",
            organisation=WORKER,
            name="示例评估中心",
            uscc="91110000600037341L",
            evaluators=(PERSON,),
            as_of=at(DAY),
            appeal_days=10,
        )
    ),
    of(InterestDeclared(evaluator=PERSON, conflict=True, relation="former_employee")),
    of(EvaluatorAccessGranted(evaluator=PERSON, expires=at(DAY, 18), parties=("financial",))),
    of(CommissionWithdrawn(reason="误选项目，另行委托", accesses=(PERSON,))),
    of(EvaluatorAccessEnded(evaluator=PERSON, reason="人员更换")),
    of(
        ReplaySnapshotFrozen(
            position=1234,
            number=567,
            root="cd" * 32,
            views=(ViewHash(view="visits", version=1, hash="ef" * 32),),
        )
    ),
    of(
        SampleDrawn(
            plan=Plan(
                records="visits",
                method=Method(by="share", amount=10, minimum=2),
                strata=("kind", "month"),
            ),
            population="01" * 32,
            strata=(Stratum(name=STRATUM, size=20, drawn=2),),
            commitment="02" * 32,
            contribution="03" * 32,
            visible_from=at(DAY, 14),
            replaces=SAMPLE,
            reason="随机数遗失",
        )
    ),
    of(
        SampleRevealed(
            sample=SAMPLE,
            nonce="04" * 32,
            seed="05" * 32,
            strata=(DrawnStratum(name=STRATUM, records=(RECORD,)),),
        )
    ),
    of(EvidenceRequested(what="十月签到表原件", due=DAY, record=RECORD)),
    of(EvidenceProvided(request=RECORD, files=FILES, statement="原件扫描")),
    of(
        RecordReviewed(
            record=RECORD,
            sample=SAMPLE,
            stratum=STRATUM,
            finding="missing",
            before="doubtful",
            remark="缺签到表",
        )
    ),
    of(InterviewDone(party="community", people=2, minutes=40, remark="肯定上门服务")),
    of(CallListIssued(sample=SAMPLE, persons=(PERSON,), without_consent=3)),
    of(
        PhoneSpotCheckDone(
            person=PERSON, sample=SAMPLE, reached=True, confirmed=False, remark="次数不符"
        )
    ),
    of(
        ScoreSheetAdopted(
            title="中期评估评分表",
            parties=(PartyWeight(party="professional", weight=100),),
            items=(
                SheetItem(code="p1", title="服务量", party="professional", points=60),
                SheetItem(
                    code="p2",
                    title="档案规范",
                    party="professional",
                    points=40,
                    score_type="degree",
                    degrees=(40, 20, 0),
                    needs_evidence=False,
                ),
            ),
            grades=(Grade(name="优秀", least=85), Grade(name="不合格", least=0)),
        )
    ),
    of(
        ItemScored(
            item="p1",
            score=55,
            rationale="指标基本完成",
            leans_on=(RECORD,),
            reason="申诉后复核",
        )
    ),
    of(
        FindingRaised(severity="serious", statement="签到与照片不符", answer_due=DAY, record=RECORD)
    ),
    of(FindingAnswered(finding=FINDING, accepted=True, statement="情况属实", files=FILES)),
    of(RectificationDue(finding=FINDING, what="补交签到表", due=DAY)),
    of(RectificationDone(finding=FINDING, statement="已补交", files=FILES)),
    of(FindingClosed(finding=FINDING, outcome="rectified", statement="核对无误")),
    of(
        EvaluationReportIssued(
            edition=1, total=8650, grade="优秀", file="06" * 32, appeal_until=DAY
        )
    ),
    of(AppealFiled(edition=1, grounds="服务量漏计", items=("p1",))),
    of(AppealDecided(appeal=FINDING, upheld=True, statement="重新核算")),
    of(EvaluationClosed()),
]

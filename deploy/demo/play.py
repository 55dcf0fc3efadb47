"""The whole demonstration, in the order in which it was written down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain

from deploy.demo.activities import activities
from deploy.demo.cases import cases
from deploy.demo.contract import BEGINS, claims, contract, statuses
from deploy.demo.documents import documents
from deploy.demo.evaluation import evaluation
from deploy.demo.groups import groups
from deploy.demo.organisations import needs_reports, organisations
from deploy.demo.people import leaders, people
from deploy.demo.relief import relief
from deploy.demo.setting import setting, team
from deploy.demo.stage import Act, Stage
from deploy.demo.visits import visits
from domain.clock import SimulatedClock, at
from domain.journal.recorder import JournalRecorder
from domain.journal.records import Records


def acts(journal: JournalRecorder) -> Iterator[Act]:
    """Yield every act, in no particular order; the evaluation draws from the journal."""
    return chain(
        setting(),
        contract(),
        team(),
        people(),
        visits(),
        cases(),
        relief(),
        groups(),
        documents(),
        leaders(),
        organisations(),
        needs_reports(),
        activities(),
        statuses(),
        claims(),
        evaluation(journal),
    )


def play(records: Records, played: Callable[[], object] = int) -> int:
    """Record the demonstration and return how many commands of it were not on record yet."""
    return Stage(records, SimulatedClock(at(BEGINS))).play(acts(records.journal), played)

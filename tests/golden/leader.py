"""Samples of residents recognised as leaders."""

from domain.leader import CommunityLeaderRecognised
from tests.golden import PERSON, PROJECT, sample, with_corrections

SAMPLES = with_corrections(
    sample(
        "community_leader",
        CommunityLeaderRecognised(
            kind="community_leader", audience="resident", person=PERSON, theme="合唱"
        ),
        project=PROJECT,
        ledger=PROJECT,
    )
)

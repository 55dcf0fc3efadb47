"""Sets of forms, documents and photographs."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from domain.evidence import (
    DocumentApproved,
)
from domain.evidence_file import (
    AttachmentStored,
)
from domain.evidence_form import (
    FormSetPublished,
    RequiredForm,
)
from domain.identity import derived_id

ROOT = Path(__file__).parents[1]


MEETING = (
    RequiredForm(code="minutes", name="会议记录", stage="held"),
    RequiredForm(code="news", name="新闻稿", stage="held", due_days=7),
)


APPROVED = DocumentApproved(signer=derived_id("lead"))


def published(version: int = 1, **more: Any) -> FormSetPublished:
    given: dict[str, Any] = {
        "service_type": "meeting",
        "forms": MEETING,
        "effective_from": date(2018, 6, 1),
    }
    return FormSetPublished(version=version, **given | more)


def photo(**more: Any) -> AttachmentStored:
    given: dict[str, Any] = {
        "sha256": "ab" * 32,
        "size": 120_000,
        "mime": "image/jpeg",
        "exif_stripped": True,
    }
    return AttachmentStored(**given | more)


def s0_sets() -> dict[str, FormSetPublished]:
    text = (ROOT / "deploy" / "demo" / "form_sets.json").read_bytes()
    return msgspec.json.decode(text, type=dict[str, FormSetPublished])

"""A drop-in that must keep a paper, and the paper, begun over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from domain.identity import Id
from tests.integration.http import Running


def held(api: Running, due_days: int) -> tuple[Id, Id]:
    """Ask every drop-in for one form, hold one, and return it with its record."""
    worker = api.worker
    body = {
        "operator": api.operator,
        "service_type": "drop_in",
        "version": 1,
        "effective_from": "2018-06-01",
        "kinds": ["drop_in"],
        "forms": [{"code": "sheet", "name": "安全检查表", "stage": "held", "due_days": due_days}],
    }
    api.as_role("operator_manager")
    api.done("/form-sets", body)
    api.worker = worker
    api.as_role("worker")
    sent: dict[str, Any] = {"station": api.station, "kind": "drop_in", "title": "日间照料"}
    if due_days == 0:
        then = api.built.clock.now() - timedelta(days=3)
        sent |= {"occurred": {"start": then.isoformat()}, "late_reason": "补录"}
    made = api.done("/held-activities", sent)
    return made["stream"], made["events"][0]


def drafted(api: Running) -> Id:
    """Draft what a drop-in lacks, and return the document."""
    subject, _ = held(api, 0)
    (form,) = api.get("/form-sets", service_type="drop_in")["items"]
    about = {"stream_type": "activity", "stream": subject}
    sent = {"station": api.station, "form_set": form["form_set"], "form": "sheet", "subject": about}
    stream: Id = api.done("/documents", sent)["stream"]
    return stream

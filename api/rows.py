"""Which register a list reads: what a row of it has is derived from its table, never said twice."""

from __future__ import annotations

from typing import Any

from projections.activity import HELD
from projections.activity import PLAN as PLANNED
from projections.alert import ALERT
from projections.audit import AUDIT
from projections.case import CASE
from projections.donation import DONATION, RECEIVED
from projections.engine.view import Kind, Table
from projections.evaluation_tables import CALL, DRAWN, EVALUATION
from projections.evidence import ATTACHMENT, DOCUMENT, FORM
from projections.group import GROUP
from projections.household import HOUSEHOLD
from projections.indicators import CLAIM, INDICATOR, OUT_OF_SCOPE
from projections.need import DELIVERY, NEED
from projections.project import PROJECT, SUBMISSION
from projections.reading import READING
from projections.staff import STAFF
from projections.visit import VISIT

Schema = dict[str, Any]
SAMPLED = "/evaluations/{evaluation}/samples/{sample}"
LISTS: dict[str, Table] = {
    "/visits": VISIT,
    "/cases": CASE,
    "/groups": GROUP,
    "/activities": HELD,
    "/activity-plans": PLANNED,
    "/audit": AUDIT,
    "/projects": PROJECT,
    "/projects/{project}/indicators": INDICATOR,
    "/projects/{project}/claims": CLAIM,
    "/projects/{project}/submissions": SUBMISSION,
    "/projects/{project}/out-of-scope": OUT_OF_SCOPE,
    "/households": HOUSEHOLD,
    "/staff": STAFF,
    "/donations": DONATION,
    "/donations/{id}/arrivals": RECEIVED,
    "/needs": NEED,
    "/deliveries": DELIVERY,
    "/form-sets": FORM,
    "/documents": DOCUMENT,
    "/attachments": ATTACHMENT,
    "/alerts": ALERT,
    "/readings": READING,
    "/evaluations": EVALUATION,
    f"{SAMPLED}/records": DRAWN,
    f"{SAMPLED}/call-list": CALL,
}
"""Lists whose rows are those of one table as they stand; others put theirs together."""
TYPES: dict[Kind, Schema] = {
    "uuid": {"type": "string", "format": "uuid"},
    "text": {"type": "string"},
    "int": {"type": "integer"},
    "date": {"type": "string", "format": "date"},
    "moment": {"type": "string", "format": "date-time"},
    "bool": {"type": "boolean"},
}


def name_of(table: Table) -> str:
    """Return what the rows of a table are called in the document: `VisitRow`."""
    return "".join(part.capitalize() for part in table.name.split("_")) + "Row"


def schemas() -> dict[str, Schema]:
    """Return the schema of each register's rows, by name."""
    return {name_of(table): row(table) for table in LISTS.values()}


def row(table: Table) -> Schema:
    """Return what a row of a table has. All but its key may be unset, which an int shows as 0."""
    sure = {"ledger", *table.key}
    return {
        "type": "object",
        "required": list(table.all_columns),
        "properties": {
            name: TYPES[kind] if kind == "int" or name in sure else _or_null(TYPES[kind])
            for name, kind in table.all_columns.items()
        },
    }


def _or_null(schema: Schema) -> Schema:
    return {**schema, "type": [schema["type"], "null"]}


def page(table: Table) -> Schema:
    """Return what a page of a list has."""
    rows = {"type": "array", "items": {"$ref": f"#/components/schemas/{name_of(table)}"}}
    return {
        "allOf": [{"$ref": "#/components/schemas/Page"}],
        "type": "object",
        "properties": {"items": rows},
    }

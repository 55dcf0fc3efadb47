"""The tables of evaluations: everything that is known of one, and nothing of a sample too early."""

from __future__ import annotations

from projections.engine.view import Table

EVALUATION = Table(
    "evaluation",
    key={"evaluation": "uuid"},
    columns={
        "kind": "text",
        "organisation": "uuid",
        "name": "text",
        "as_of": "moment",
        "commissioned_on": "date",
        "state": "text",
        "frozen_position": "int",
        "frozen_number": "int",
        "frozen_root": "text",
        "sheet": "text",
        "interviews": "int",
        "interviewed": "int",
        "edition": "int",
        "total": "int",
        "grade": "text",
        "report_file": "text",
        "appeal_until": "date",
        "appeal": "uuid",
        "appeal_state": "text",
    },
)
"""`state`: commissioned, withdrawn, frozen, reported or closed; `total`: hundredths of a point."""
EVALUATOR = Table(
    "evaluator",
    key={"evaluation": "uuid", "evaluator": "uuid"},
    columns={"declared": "bool", "conflict": "bool", "expires": "moment", "ended": "bool"},
)
SNAPSHOT = Table(
    "evaluation_snapshot",
    key={"evaluation": "uuid", "view": "text"},
    columns={"version": "int", "hash": "text"},
)
SAMPLE = Table(
    "evaluation_sample",
    key={"sample": "uuid"},
    columns={
        "evaluation": "uuid",
        "records": "text",
        "strata": "text",
        "method": "text",
        "amount": "int",
        "minimum": "int",
        "population": "text",
        "population_size": "int",
        "size": "int",
        "commitment": "text",
        "contribution": "text",
        "drawn_on": "date",
        "visible_from": "moment",
        "replaces": "uuid",
        "reason": "text",
        "revealed": "bool",
        "nonce": "text",
        "seed": "text",
        "listed": "int",
        "without_consent": "int",
        "calls": "int",
        "reached": "int",
        "confirmed": "int",
    },
    indexes=(("evaluation",),),
)
STRATUM = Table(
    "evaluation_stratum",
    key={"sample": "uuid", "stratum": "text"},
    columns={
        "evaluation": "uuid",
        "size": "int",
        "drawn": "int",
        "found_true": "int",
        "found_doubtful": "int",
        "found_missing": "int",
    },
    indexes=(("evaluation",),),
)
DRAWN = Table(
    "evaluation_record",
    key={"sample": "uuid", "record": "uuid"},
    columns={
        "evaluation": "uuid",
        "stratum": "text",
        "finding": "text",
        "remark": "text",
        "reviewed_on": "date",
        "reviewer": "uuid",
    },
    indexes=(("evaluation",), ("record",)),
)
CALL = Table(
    "evaluation_call",
    key={"sample": "uuid", "person": "uuid"},
    columns={
        "evaluation": "uuid",
        "listed_on": "date",
        "called_on": "date",
        "reached": "bool",
        "confirmed": "bool",
    },
    indexes=(("evaluation",),),
)
REQUEST = Table(
    "evaluation_request",
    key={"request": "uuid"},
    columns={
        "evaluation": "uuid",
        "what": "text",
        "record": "uuid",
        "due": "date",
        "provided_on": "date",
        "files": "int",
    },
    indexes=(("evaluation", "due"),),
)
SCORE = Table(
    "evaluation_score",
    key={"evaluation": "uuid", "item": "text"},
    columns={
        "number": "int",
        "title": "text",
        "party": "text",
        "weight": "int",
        "points": "int",
        "score_type": "text",
        "scored": "bool",
        "score": "int",
        "rationale": "text",
        "leans_on": "int",
        "scored_on": "date",
        "scored_by": "uuid",
    },
)
FINDING = Table(
    "evaluation_finding",
    key={"finding": "uuid"},
    columns={
        "evaluation": "uuid",
        "severity": "text",
        "statement": "text",
        "record": "uuid",
        "raised_on": "date",
        "state": "text",
        "answer_due": "date",
        "accepted": "bool",
        "answer": "text",
        "rectification": "text",
        "rectification_due": "date",
        "outcome": "text",
    },
    indexes=(("evaluation",), ("operator", "state", "rectification_due")),
)
"""`state` is raised, to_rectify, rectified or closed; `answer` is None until there is one."""

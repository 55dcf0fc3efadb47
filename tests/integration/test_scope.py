"""What lies in whose scope, as the database holds every question to it."""

from __future__ import annotations

import psycopg
import pytest

from deploy.migrate import migrate

OURS = "0c6783b3-ddc4-5e68-9ce2-62c07ea2074b"
THEIRS = "99f68f88-b208-5a9e-84e3-a6e90855c3f6"
HERE = "241f0c8d-45c1-56da-a449-ab69c560423f"
ELSEWHERE = "943420ea-61f2-5644-ac62-553774454b34"
ROWS = {
    "ours, here": (OURS, HERE, HERE),
    "ours, elsewhere": (OURS, ELSEWHERE, ELSEWHERE),
    "ours, of no station": (OURS, None, OURS),
    "theirs": (THEIRS, HERE, HERE),
    "nobody's": (None, None, HERE),
    "nowhere": (OURS, HERE, None),
}
OWN = {"ours, here", "ours, elsewhere", "ours, of no station", "nowhere"}
SEES: list[tuple[str | None, str | None, str | None, set[str]]] = [
    ("*", "", "", set(ROWS)),
    (OURS, "", "", OWN),
    (OURS, None, None, OWN),
    (OURS, HERE, "", {"ours, here", "ours, of no station", "nowhere"}),
    (OURS, f"{HERE},{ELSEWHERE}", "", OWN),
    (OURS, "", HERE, {"ours, here"}),
    ("*", "", HERE, {"ours, here", "theirs", "nobody's"}),
    ("", "", "", set()),
    (None, None, None, set()),
]


@pytest.mark.parametrize(("operator", "stations", "ledger", "sees"), SEES)
def test_a_row_is_seen_in_its_scope_only(
    database_url: str,
    operator: str | None,
    stations: str | None,
    ledger: str | None,
    sees: set[str],
) -> None:
    migrate(database_url)
    with psycopg.connect(database_url) as connection:
        settings = {"operator": operator, "stations": stations, "ledger": ledger}
        for name, value in settings.items():
            if value is not None:
                connection.execute("SELECT set_config(%s, %s, true)", (f"shilu.{name}", value))
        seen = {
            name
            for name, row in ROWS.items()
            if connection.execute("SELECT in_scope(%s::uuid, %s::uuid, %s::uuid)", row).fetchone()
            == (True,)
        }
    assert seen == sees

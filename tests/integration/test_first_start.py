"""What a first start leaves behind before any process runs."""

from __future__ import annotations

from pathlib import Path

from deploy.commands.migrate import make_first_token, make_tables
from deploy.migrate import migrate
from deploy.settings import Settings
from deploy.wiring import house
from domain.principal import Principal
from projections.catalogue import VIEWS


def test_every_view_can_be_asked_before_anybody_follows(database_url: str, home: Path) -> None:
    settings = Settings(home=home)
    migrate(database_url)
    with house(settings, None, database_url) as built:
        for _ in range(2):
            make_tables(built)
            make_first_token(settings, built)
        everything = Principal(actor="01890a5d-ac96-774b-bcce-b302099a8057", role="administrator")
        with built.asking.within(everything) as answers:
            for view in VIEWS:
                assert all(answers.rows(table) == [] for table in view.tables)
    assert (home / "first-token").stat().st_mode & 0o777 == 0o600

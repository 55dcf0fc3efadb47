"""A command that is sent again is known by a hash with which nobody can test what it said."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from domain.identity import new_id
from domain.journal.vault import MasterKey, Vault
from domain.principal import Principal
from tests.integration.http import Running, running
from tests.integration.registered import person

SHORT = {"health": "失明"}
"""Words of which there are few: whoever could try them one by one would find them."""


def test_the_database_alone_lets_nobody_guess_what_a_command_said(
    house_url: str, tmp_path: Path
) -> None:
    with running(house_url, tmp_path / "home") as api:
        api.settle()
        path = f"/persons/{person(api)}/health-facts"
        consented(api, path)
        key, said = new_id(), json.dumps(SHORT, ensure_ascii=False, separators=(",", ":"))
        done = api.post(path, SHORT, **{"Idempotency-Key": key})
        assert done.status_code == 201, done.text

        guess = f"{api.worker} worker\nPOST /api/v1{path}\n{said}"
        plain = sha256(guess.encode()).digest()
        kept = api.built.journal.written_by(api.operator, key)
        assert kept is not None
        assert kept[0] == api.built.vault.fingerprint(plain)  # what was guessed is what was said
        assert kept[0] != plain
        assert kept[0] != Vault(api.built.pool, MasterKey(bytes(32))).fingerprint(plain)
        with api.built.pool.connection() as connection:
            held = connection.execute("SELECT fingerprint FROM command").fetchall()
        assert plain not in [bytes(one) for (one,) in held]


@pytest.mark.parametrize("again", [SHORT, {"health": "失聪"}])
def test_equal_commands_repeat_and_others_are_refused(
    house_url: str, tmp_path: Path, again: dict[str, str]
) -> None:
    home = tmp_path / "home"
    with running(house_url, home) as api:
        api.settle()
        path = f"/persons/{person(api)}/health-facts"
        consented(api, path)
        key = {"Idempotency-Key": new_id()}
        first = api.post(path, SHORT, **key).json()
        who = Principal(actor=api.worker, role="worker", operator=api.operator)

    with running(house_url, home) as later:  # another process, with the same master key
        later.sign_in(who)
        answer = later.post(path, again, **key)
        if again == SHORT:
            assert answer.json() == first | {"repeated": True}
        else:
            assert (answer.status_code, answer.json()["code"]) == (409, "key_reused")


def consented(api: Running, path: str) -> None:
    """Put the consent on record without which nothing is said about somebody's health."""
    given = {"purpose": "health", "form": "written", "begins": "2026-01-05"}
    api.done(path.replace("health-facts", "consents"), given)

"""A command that is sent again is known by a hash with which nobody can test what it said."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from deploy.commands import migrate as start
from domain.identity import new_id
from domain.journal.rekeying import rekey
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
        api.as_role("worker")
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
        who = Principal(actor=api.worker, role="station_head", operator=api.operator)

    with running(house_url, home) as later:  # another process, with the same master key
        later.sign_in(who)
        answer = later.post(path, again, **key)
        if again == SHORT:
            assert answer.json() == first | {"repeated": True}
        else:
            assert (answer.status_code, answer.json()["code"]) == (409, "key_reused")


def test_a_command_of_before_there_was_a_key_is_known_after_the_next_start(
    api: Running, house_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/persons/{person(api)}/health-facts"
    consented(api, path)
    api.as_role("worker")
    key, said = new_id(), json.dumps(SHORT, ensure_ascii=False, separators=(",", ":"))
    first = api.post(path, SHORT, **{"Idempotency-Key": key}).json()
    plain = sha256(f"{api.worker} worker\nPOST /api/v1{path}\n{said}".encode()).digest()
    as_it_was_kept(api, key, plain)
    monkeypatch.setenv("SHILU_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SHILU_DATABASE_URL", house_url)

    start.command()

    assert plain not in kept(api)
    again = api.post(path, SHORT, **{"Idempotency-Key": key})
    assert again.json() == first | {"repeated": True}
    other = api.post(path, {"health": "失聪"}, **{"Idempotency-Key": key})
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")


def test_what_was_kept_is_keyed_once_however_often_it_is_broken_off(api: Running) -> None:
    vault = api.built.vault
    keyed = kept(api)
    plain = [sha256(str(number).encode()).digest() for number in range(5)] + [b""]
    with api.built.connect() as owner:
        owner.cursor().executemany(
            "INSERT INTO command VALUES (%s, %s, %s, 1, 1)",
            [(api.operator, new_id(), one) for one in plain],
        )
    left = iter(range(4))

    def until_it_breaks(one: bytes) -> bytes:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return vault.fingerprint(one)

    with api.built.connect() as owner:
        owner.autocommit = True
        with pytest.raises(KeyboardInterrupt):
            rekey(owner, until_it_breaks, batch=2)
    assert len([one for one in kept(api) if one in plain]) == 2
    with api.built.connect() as owner:
        owner.autocommit = True
        assert rekey(owner, vault.fingerprint, batch=2) == 2
        assert rekey(owner, vault.fingerprint, batch=2) == 0
    assert sorted(kept(api)) == sorted(keyed + [vault.fingerprint(one) for one in plain])


def kept(api: Running) -> list[bytes]:
    """Return what the database keeps of all commands."""
    with api.built.connect() as owner:
        return [bytes(one) for (one,) in owner.execute("SELECT fingerprint FROM command")]


def as_it_was_kept(api: Running, key: str, plain: bytes) -> None:
    """Put back what a release kept of a command that knew of no key."""
    with api.built.connect() as owner:
        owner.execute("UPDATE command SET fingerprint = %s WHERE command = %s", (plain, key))


def consented(api: Running, path: str) -> None:
    """Put the consent on record without which nothing is said about somebody's health."""
    given = {"purpose": "health", "form": "written", "begins": "2026-01-05"}
    api.done(path.replace("health-facts", "consents"), given)

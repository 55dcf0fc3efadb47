"""Person keys on a real PostgreSQL: one key a person, and none once the person is erased."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from time import monotonic, sleep
from uuid import UUID

import psycopg
import pytest
from psycopg.errors import CheckViolation
from psycopg_pool import ConnectionPool

from deploy.migrate import migrate
from domain.identity import Id
from domain.journal import cipher, vault
from domain.journal.cipher import CannotOpen
from domain.journal.records import Sealer
from domain.journal.vault import (
    ERASED,
    MasterKey,
    OtherOperator,
    PersonErased,
    UnknownKey,
    Vault,
)

STATION = "01890a5d-ac96-774b-bcce-b302099a8000"
NEIGHBOUR = "01890a5d-ac96-774b-bcce-b302099a8001"
WANG = "01890a5d-ac96-774b-bcce-b302099a8057"
LI = "01890a5d-ac96-774b-bcce-b302099a8058"
VISIT = "01890a5d-ac96-774b-bcce-b302099a8060"
SESSION = "01890a5d-ac96-774b-bcce-b302099a8061"
REQUEST = "01890a5d-ac96-774b-bcce-b302099a8070"
NOON = datetime(2025, 6, 1, 4, tzinfo=UTC)
MASTER = MasterKey(bytes(range(32)))


@pytest.fixture(params=[True, False], ids=["autocommit", "transactions"])
def pool(database_url: str, request: pytest.FixtureRequest) -> Iterator[ConnectionPool]:
    """Connections as the journal has them, and as psycopg makes them: the vault bears both."""
    migrate(database_url)
    given = {"autocommit": request.param}
    with ConnectionPool(database_url, min_size=1, max_size=8, kwargs=given, open=True) as opened:
        yield opened


@pytest.fixture
def station(pool: ConnectionPool) -> Vault:
    return Vault(pool, MASTER)


def seal_name(keys: Vault, name: str = "王秀英", person: Id = WANG) -> str:
    return keys.seal(person, "service", STATION, name, VISIT, "details.name")


def open_name(keys: Vault, sealed: str, person: Id = WANG) -> object:
    return keys.open(person, "service", sealed, VISIT, "details.name")


def erase(keys: Vault, person: Id = WANG, at: datetime = NOON, request: Id = REQUEST) -> None:
    keys.destroy(person, at, request, STATION)


def rows(pool: ConnectionPool) -> list[tuple[object, ...]]:
    with pool.connection() as connection:
        return connection.execute(
            "SELECT person::text, purpose, operator::text, wrapped, destroyed_at,"
            " requested_by_event::text FROM person_key ORDER BY person, purpose"
        ).fetchall()


# --- sealing and opening -------------------------------------------------------------------------


def test_a_name_is_read_back_by_any_process_of_the_station(
    station: Vault, pool: ConnectionPool
) -> None:
    sealed = seal_name(station)
    assert sealed.isascii()
    assert not set("+/=") & set(sealed)
    assert open_name(station, sealed) == "王秀英"
    assert open_name(Vault(pool, MASTER), sealed) == "王秀英"


def test_a_person_has_one_key_for_each_purpose(station: Vault, pool: ConnectionPool) -> None:
    for purpose in ("service", "identity", "service"):
        station.seal(WANG, purpose, STATION, "王秀英", VISIT, "details.name")
    station.seal(LI, "service", STATION, "李建国", VISIT, "details.name")
    kept = [(person, purpose, operator) for person, purpose, operator, *_ in rows(pool)]
    assert kept == [
        (WANG, "identity", STATION),
        (WANG, "service", STATION),
        (LI, "service", STATION),
    ]
    assert len({wrapped for _, _, _, wrapped, *_ in rows(pool)}) == 3


def test_a_field_opens_only_where_it_was_sealed(station: Vault) -> None:
    sealed = seal_name(station)
    seal_name(station, "李建国", LI)
    station.seal(WANG, "identity", STATION, "11010519491231002X", VISIT, "details.name")
    for person, purpose, event, field in [
        (LI, "service", VISIT, "details.name"),
        (WANG, "identity", VISIT, "details.name"),
        (WANG, "service", SESSION, "details.name"),
        (WANG, "service", VISIT, "details.telephone"),
    ]:
        with pytest.raises(CannotOpen):
            station.open(person, purpose, sealed, event, field)


@pytest.mark.parametrize("spoilt", ["", "A", "王", "{0}=", "{0}\n", " {0}", "{0}AAAA", "+{0}"])
def test_a_spelling_that_was_not_ours_does_not_open(station: Vault, spoilt: str) -> None:
    sealed = seal_name(station)
    with pytest.raises(CannotOpen):
        open_name(station, spoilt.format(sealed))


def test_another_master_key_opens_nothing(station: Vault, pool: ConnectionPool) -> None:
    sealed = seal_name(station)
    with pytest.raises(CannotOpen):
        open_name(Vault(pool, MasterKey(bytes(32))), sealed)


def test_an_unknown_key_is_an_error_and_never_erased(station: Vault) -> None:
    sealed = seal_name(station)
    with pytest.raises(UnknownKey) as refusal:
        open_name(station, sealed, LI)
    assert refusal.value.code == "unknown-key"
    with pytest.raises(UnknownKey):
        station.open(WANG, "identity", sealed, VISIT, "details.name")
    erase(station)
    with pytest.raises(UnknownKey):
        station.open(WANG, "identity", sealed, VISIT, "details.name")


def test_one_person_is_one_however_the_id_is_spelt(station: Vault, pool: ConnectionPool) -> None:
    sealed = seal_name(station, person=WANG.upper())
    assert open_name(station, sealed, WANG) == "王秀英"
    assert len(rows(pool)) == 1
    with pytest.raises(ValueError, match="UUID"):
        seal_name(station, person="王秀英")


def test_the_records_may_use_it_as_their_sealer(station: Vault) -> None:
    sealer: Sealer = station
    sealed = sealer.seal(WANG, "service", STATION, "王秀英", VISIT, "details.name")
    assert open_name(station, sealed) == "王秀英"


def test_a_key_is_always_for_a_purpose(station: Vault) -> None:
    sealed = seal_name(station)
    erase(station)
    with pytest.raises(ValueError, match="purpose"):
        station.seal(LI, "", STATION, "李建国", VISIT, "details.name")
    with pytest.raises(ValueError, match="purpose"):
        station.open(WANG, "", sealed, VISIT, "details.name")


def test_another_operator_neither_seals_for_nor_erases_our_person(
    station: Vault, pool: ConnectionPool
) -> None:
    sealed = seal_name(station)
    for purpose in ("service", "identity"):
        with pytest.raises(OtherOperator):
            station.seal(WANG, purpose, NEIGHBOUR, "王秀英", VISIT, "details.name")
    with pytest.raises(OtherOperator):
        station.destroy(WANG, NOON, REQUEST, NEIGHBOUR)
    assert open_name(Vault(pool, MASTER), sealed) == "王秀英"
    assert len(rows(pool)) == 1


def test_eight_writers_who_meet_a_person_first_make_one_key(
    station: Vault, pool: ConnectionPool
) -> None:
    for round_number in range(5):
        person, together = str(UUID(int=round_number + 1)), Barrier(8)

        def write(
            number: int, person: Id = person, together: Barrier = together
        ) -> tuple[str, str]:
            keys = station if number % 2 else Vault(pool, MASTER)
            together.wait()
            return f"王{number}", seal_name(keys, f"王{number}", person)

        with ThreadPoolExecutor(8) as writers:
            written = list(writers.map(write, range(8)))
        assert [row[:2] for row in rows(pool) if row[0] == person] == [(person, "service")]
        later = Vault(pool, MASTER)
        assert all(open_name(later, sealed, person) == name for name, sealed in written)


def test_a_key_is_committed_before_the_event_that_needs_it(
    station: Vault, database_url: str
) -> None:
    seal_name(station)
    with psycopg.connect(database_url) as elsewhere:
        assert elsewhere.execute("SELECT count(*) FROM person_key").fetchone() == (1,)


# --- what is remembered --------------------------------------------------------------------------


def test_each_process_unwraps_a_key_once(
    station: Vault, pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed = seal_name(station)
    unwrappings = count_unwrappings(monkeypatch)
    for unwrapped in (1, 2):
        elsewhere = Vault(pool, MASTER)
        for _ in range(3):
            assert open_name(elsewhere, sealed) == "王秀英"
        assert len(unwrappings) == unwrapped


def test_the_keys_used_last_are_remembered_up_to_a_number(
    pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = Vault(pool, MASTER, cache_size=2)
    people = [str(UUID(int=number)) for number in (1, 2, 3)]
    sealed = {person: seal_name(keys, f"{person}", person) for person in people}
    unwrappings = count_unwrappings(monkeypatch)
    for person in (people[1], people[2], people[1], people[0], people[1]):
        assert open_name(keys, sealed[person], person) == f"{person}"
    assert unwrappings == [people[0]]
    open_name(keys, sealed[people[2]], people[2])
    assert unwrappings == [people[0], people[2]]


def test_a_key_replaced_in_the_database_is_not_answered_from_memory(
    station: Vault, pool: ConnectionPool
) -> None:
    sealed = seal_name(station)
    other = cipher.wrap(MASTER.secret, cipher.new_key(), UUID(WANG), "service")
    with pool.connection() as connection:
        connection.execute("UPDATE person_key SET wrapped = %s", (other,))
    with pytest.raises(CannotOpen):
        open_name(station, sealed)


def count_unwrappings(monkeypatch: pytest.MonkeyPatch) -> list[Id]:
    seen: list[Id] = []
    unwrap = cipher.unwrap

    def counting(master_key: bytes, wrapped: bytes, person: UUID, purpose: str) -> bytes:
        seen.append(str(person))
        return unwrap(master_key, wrapped, person, purpose)

    monkeypatch.setattr(cipher, "unwrap", counting)
    return seen


# --- erasure -------------------------------------------------------------------------------------


def test_everything_sealed_of_an_erased_person_reads_as_erased_everywhere(
    station: Vault, pool: ConnectionPool
) -> None:
    number = station.seal(WANG, "identity", STATION, "11010519491231002X", VISIT, "number")
    names = [seal_name(station, name) for name in ("王秀英", "王秀瑛")]
    other = seal_name(station, "李建国", LI)
    warm = Vault(pool, MASTER)
    assert [open_name(warm, name) for name in names] == ["王秀英", "王秀瑛"]
    assert warm.open(WANG, "identity", number, VISIT, "number") == "11010519491231002X"

    erase(station)

    assert UUID(WANG) not in people_in_memory(station)
    for keys in (station, warm, Vault(pool, MASTER)):
        assert [open_name(keys, name) for name in names] == [ERASED, ERASED]
        assert keys.open(WANG, "identity", number, VISIT, "number") is ERASED
        assert open_name(keys, other, LI) == "李建国"
        assert people_in_memory(keys) == {UUID(LI)}


def people_in_memory(keys: Vault) -> set[UUID]:
    return {person for person, _ in keys._unwrapped._keys}


def test_an_erased_persons_keys_are_gone_and_their_tombstones_stay(
    station: Vault, pool: ConnectionPool
) -> None:
    seal_name(station)
    station.seal(WANG, "identity", STATION, "11010519491231002X", VISIT, "number")
    erase(station)
    assert rows(pool) == [
        (WANG, purpose, STATION, None, NOON, REQUEST) for purpose in ("", "identity", "service")
    ]


def test_nothing_more_is_sealed_for_an_erased_person(station: Vault, pool: ConnectionPool) -> None:
    seal_name(station)
    warm = Vault(pool, MASTER)
    seal_name(warm)
    erase(station)
    for keys in (station, warm):
        for purpose in ("service", "identity"):
            with pytest.raises(PersonErased) as refusal:
                keys.seal(WANG, purpose, STATION, "王秀英", VISIT, "details.name")
            assert refusal.value.code == "person-erased"
    assert len(rows(pool)) == 2


def test_what_is_only_tried_is_refused_alike_and_leaves_nothing_behind(
    station: Vault, pool: ConnectionPool
) -> None:
    """Given somebody of whom nothing is sealed yet, when it is only tried what sealing would give,
    then it is as long, no key is kept and nobody opens it; and what is refused, is so here too."""

    def tried(purpose: str = "service", operator: Id = STATION) -> str:
        return station.try_seal(WANG, purpose, operator, "王秀英", VISIT, "details.name")

    would_be = tried()
    assert rows(pool) == []
    assert len(would_be) == len(seal_name(station))
    with pytest.raises(CannotOpen):
        open_name(station, would_be)
    with pytest.raises(ValueError, match="purpose"):
        tried(purpose="")
    with pytest.raises(OtherOperator):
        tried(operator=NEIGHBOUR)
    erase(station)
    with pytest.raises(PersonErased):
        tried()


def test_a_person_without_keys_is_buried_before_a_late_device_writes(station: Vault) -> None:
    erase(station)
    with pytest.raises(PersonErased):
        seal_name(station)


def test_an_erasure_that_was_interrupted_is_finished_by_doing_it_again(
    station: Vault, pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed = seal_name(station)
    with monkeypatch.context() as patched:
        patched.setattr(vault, "_SQL", {**vault._SQL, "bury_person": "SELECT 1/0"})
        with pytest.raises(psycopg.errors.DivisionByZero):
            erase(station)
    assert open_name(station, sealed) == "王秀英"

    erase(station)
    first = rows(pool)
    erase(station, at=NOON + timedelta(days=1), request=SESSION)
    assert rows(pool) == first
    assert open_name(station, sealed) is ERASED


def test_a_first_use_that_meets_an_erasure_waits_for_it(
    station: Vault, pool: ConnectionPool, database_url: str
) -> None:
    """Neither sees the other's rows before commit, so without the lock a key would outlive it."""
    request = {"person": WANG, "at": NOON, "event_id": REQUEST, "operator": STATION}
    with (
        ThreadPoolExecutor(1) as device,
        psycopg.connect(database_url) as erasing,
    ):
        for step in ("lock_person", "destroy_keys", "bury_person"):
            erasing.execute(vault._SQL[step], request)
        late = device.submit(seal_name, station)
        wait_for_a_blocked_writer(pool)
        erasing.commit()
        with pytest.raises(PersonErased):
            late.result(timeout=10)
    assert [row[1] for row in rows(pool)] == [""]


def test_an_erasure_that_meets_a_first_use_waits_for_it(
    station: Vault, pool: ConnectionPool, database_url: str
) -> None:
    wrapped = cipher.wrap(MASTER.secret, cipher.new_key(), UUID(WANG), "service")
    row = {"person": WANG, "purpose": "service", "operator": STATION, "wrapped": wrapped}
    with (
        ThreadPoolExecutor(1) as desk,
        psycopg.connect(database_url) as writing,
    ):
        for step in ("lock_person", "keep_key"):
            writing.execute(vault._SQL[step], row)
        erasing = desk.submit(erase, station)
        wait_for_a_blocked_writer(pool)
        writing.commit()
        erasing.result(timeout=10)
    assert [row[1:4] for row in rows(pool)] == [("", STATION, None), ("service", STATION, None)]


def wait_for_a_blocked_writer(pool: ConnectionPool) -> None:
    deadline = monotonic() + 10
    while monotonic() < deadline:
        with pool.connection() as connection:
            waiting = connection.execute(
                "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
                " WHERE datname = current_database() AND NOT granted"
            )
            if waiting.fetchone() == (1,):
                return
        sleep(0.01)
    pytest.fail("the writer did not wait for the erasure")


def test_the_time_of_an_erasure_has_a_zone(station: Vault) -> None:
    with pytest.raises(ValueError, match="zone"):
        erase(station, at=datetime(2025, 6, 1, 12))  # noqa: DTZ001 - the fault under test


@pytest.mark.parametrize(
    "half_done",
    [
        "UPDATE person_key SET wrapped = NULL",
        "UPDATE person_key SET destroyed_at = now(), requested_by_event = person",
        "UPDATE person_key SET wrapped = NULL, destroyed_at = now()",
        "UPDATE person_key SET purpose = ''",
    ],
)
def test_a_key_is_either_there_or_destroyed_on_request(
    station: Vault, pool: ConnectionPool, half_done: str
) -> None:
    seal_name(station)
    with pytest.raises(CheckViolation), pool.connection() as connection:
        connection.execute(half_done)


# --- search --------------------------------------------------------------------------------------


def test_an_id_number_is_found_by_its_digest_in_every_process(
    station: Vault, pool: ConnectionPool
) -> None:
    found = station.digest("11010519491231002X")
    assert len(bytes.fromhex(found)) == 32
    assert Vault(pool, MASTER).digest("11010519491231002X") == found
    assert station.digest("110101202312011172") != found
    assert station.digest("11010519491231002X", purpose="telephone") != found
    assert Vault(pool, MasterKey(bytes(32))).digest("11010519491231002X") != found

"""What the server has ended while nobody asked is not used: nobody hears of a restart too late."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import PoolTimeout

from domain.journal.connections import Pool, ended
from tests.databases import end_all
from tests.integration.http import Running
from tests.processes import eventually


def visit(api: Running) -> int:
    sent = {
        "station": api.station,
        "kind": "home_service",
        "minutes": 40,
        "attendance": [{"role": "resident", "source": "counted"}],
    }
    return api.post("/visits", sent).status_code


def use_all(api: Running) -> None:
    """Have the pool open as many connections as it may."""
    with api.built.pool.connection():
        together = [threading.Thread(target=hold, args=(api,)) for _ in range(15)]
        for thread in together:
            thread.start()
        for thread in together:
            thread.join()


def hold(api: Running) -> None:
    with api.built.pool.connection():
        time.sleep(0.2)


def test_nobody_meets_a_connection_that_the_server_has_ended(api: Running, house_url: str) -> None:
    assert visit(api) == 201
    use_all(api)
    for _ in range(3):
        end_all(house_url)
        began = time.monotonic()
        assert visit(api) == 201
        assert api.client.get("/api/v1/visits").status_code == 200
        assert time.monotonic() - began < 5


def test_what_the_server_ended_is_told_from_what_it_only_said_something_over(
    database_url: str,
) -> None:
    with (
        psycopg.connect(database_url, autocommit=True) as told,
        psycopg.connect(database_url, autocommit=True) as teller,
    ):
        assert not ended(told)
        told.execute("LISTEN something")
        teller.execute("NOTIFY something")
        time.sleep(0.1)
        assert not ended(told)
        assert told.execute("SELECT 1").fetchone() == (1,)
        teller.execute("SELECT pg_terminate_backend(%s)", (told.info.backend_pid,))
        assert eventually(lambda: ended(told), 20)
        with pytest.raises(psycopg.OperationalError):
            told.execute("SELECT 1")
    assert ended(teller)


def test_what_the_server_is_about_to_close_is_over_as_soon_as_it_says_so(
    database_url: str, tmp_path: Path
) -> None:
    """Between saying so and closing, a server puts its things in order."""
    with (
        left_open(database_url, tmp_path) as url,
        psycopg.connect(url, autocommit=True) as told,
        psycopg.connect(database_url, autocommit=True) as teller,
    ):
        assert not ended(told)
        teller.execute("SELECT pg_terminate_backend(%s, 5000)", (told.info.backend_pid,))
        assert eventually(lambda: ended(told), 5)
        told.fileno()  # nobody has closed it


@contextmanager
def left_open(url: str, folder: Path) -> Iterator[str]:
    """Stand before a database, passing on whatever it says but not that it hangs up."""
    port = conninfo_to_dict(url)["port"]
    name = f".s.PGSQL.{port}"
    with closing(socket.socket(socket.AF_UNIX)) as door:
        door.bind(str(folder / name))
        door.listen()
        with ThreadPoolExecutor() as each:
            each.submit(_pass_on_one, door, f"{conninfo_to_dict(url)['host']}/{name}", each)
            yield make_conninfo(url, host=str(folder))


def _pass_on_one(door: socket.socket, path: str, each: ThreadPoolExecutor) -> None:
    client, _ = door.accept()
    server = socket.socket(socket.AF_UNIX)
    server.connect(path)
    with server, client:
        saying = each.submit(_pass_on, server, client)
        _pass_on(client, server)
        saying.result()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    while said := source.recv(65536):
        target.sendall(said)


def test_who_asks_while_none_stands_hears_of_it_soon(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.journal.connections.NONE_STANDS_SECONDS", 0.3)
    gone = make_conninfo(database_url, dbname="gone")
    with Pool(gone, min_size=1, timeout=5, open=True) as pool:
        began = time.monotonic()
        with pytest.raises(PoolTimeout):
            pool.getconn()
        assert time.monotonic() - began < 2


def test_where_all_are_in_use_one_s_turn_is_waited_for(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.journal.connections.NONE_STANDS_SECONDS", 0.1)
    with Pool(database_url, min_size=1, max_size=1, timeout=5, open=True) as pool:
        used = pool.getconn()
        given_back = threading.Timer(0.7, pool.putconn, [used])
        given_back.start()
        with pool.connection() as mine:
            assert mine.execute("SELECT 1").fetchone() == (1,)
        with pool.connection(), pytest.raises(PoolTimeout):
            pool.getconn(timeout=0.5)
        given_back.join()

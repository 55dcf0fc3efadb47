"""Processes of one house share a port; strangers are noticed, whichever came first."""

import socket

import pytest

from deploy.port import AddressError, await_free, listeners

HOST = "127.0.0.1"


@pytest.fixture
def port() -> int:
    with socket.socket() as one:
        one.bind((HOST, 0))
        number: int = one.getsockname()[1]
        return number


def listen(port: int, *, shared: bool) -> socket.socket:
    (bound,) = listeners(HOST, port, shared=shared)
    bound.listen()
    return bound


def is_free(port: int) -> bool:
    try:
        await_free(HOST, port, patience=0)
    except AddressError as error:
        return error.code != "address.taken"
    return True


def test_those_who_share_a_port_bind_it_together(port: int) -> None:
    assert is_free(port)
    with listen(port, shared=True), listen(port, shared=True):
        assert not is_free(port)
    assert is_free(port)


def test_nobody_shares_with_one_who_does_not(port: int) -> None:
    with listen(port, shared=False):
        assert not is_free(port)
        with pytest.raises(AddressError, match="taken"):
            listeners(HOST, port)


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.name.invalid", "127.0.0.1:80"])
def test_an_address_that_is_not_ours_is_no_question_of_being_free(host: str) -> None:
    with pytest.raises(AddressError, match=f"unusable place={host}:8000 why="):
        await_free(host, 8000)

"""Plain code on a loop: it waits without holding the loop, and never blocks it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextvars import ContextVar

import pytest

from domain.journal.carrying import Carried, NeedsThread, carried, carry
from domain.journal.connections import Pool

NOBODY = "postgresql://nobody@127.0.0.1:1/nothing"
ASKED: ContextVar[str] = ContextVar("ASKED")


def waiting(answer: asyncio.Future[str]) -> Callable[[], str]:
    """Plain code that waits for an answer some calls down."""

    def work() -> str:
        return "heard " + deeper()

    def deeper() -> str:
        current = carried()
        assert isinstance(current, Carried)
        return current.wait(answer)

    return work


def test_what_does_not_wait_is_done_at_once() -> None:
    assert asyncio.run(carry(lambda: 7)) == 7


def test_others_go_on_while_one_waits() -> None:
    async def together() -> list[str]:
        loop = asyncio.get_running_loop()
        answers = [loop.create_future() for _ in range(3)]
        tasks = [asyncio.create_task(carry(waiting(answer))) for answer in answers]
        await asyncio.sleep(0)
        for number, answer in reversed(list(enumerate(answers))):
            answer.set_result(str(number))
        return list(await asyncio.gather(*tasks))

    assert asyncio.run(together()) == ["heard 0", "heard 1", "heard 2"]


def test_what_is_answered_with_an_error_can_deal_with_it() -> None:
    async def one() -> str:
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        answer.set_exception(ValueError("no"))

        def work() -> str:
            try:
                return waiting(answer)()
            except ValueError as error:
                return f"refused: {error}"

        return await carry(work)

    assert asyncio.run(one()) == "refused: no"


def test_an_error_is_raised_where_it_is_awaited() -> None:
    def work() -> None:
        raise LookupError("nothing there")

    with pytest.raises(LookupError, match="nothing there"):
        asyncio.run(carry(work))


def test_whoever_is_cancelled_while_waiting_hears_of_it() -> None:
    heard: list[type[BaseException]] = []

    async def one() -> None:
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def work() -> str:
            try:
                return waiting(answer)()
            except BaseException as error:
                heard.append(type(error))
                raise

        task = asyncio.create_task(carry(work))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(one())
    assert heard == [asyncio.CancelledError]


def test_it_knows_whose_request_it_is() -> None:
    async def one() -> str:
        ASKED.set("this one")
        return await carry(ASKED.get)

    assert asyncio.run(one()) == "this one"


def test_the_next_work_is_carried_by_the_same_greenlet() -> None:
    async def two() -> tuple[Carried | None, Carried | None]:
        return await carry(carried), await carry(carried)

    first, second = asyncio.run(two())
    assert first is not None
    assert first is second


def test_what_raised_carries_nothing_again() -> None:
    async def two() -> tuple[Carried | None, Carried | None]:
        raised: list[Carried | None] = []

        def work() -> None:
            raised.append(carried())
            raise LookupError

        with pytest.raises(LookupError):
            await carry(work)
        return raised[0], await carry(carried)

    first, second = asyncio.run(two())
    assert first is not second


def test_the_next_work_has_written_nothing_yet() -> None:
    def writes() -> Carried:
        current = carried()
        assert current is not None
        current.settled = True
        return current

    async def two() -> tuple[Carried, Carried | None]:
        return await carry(writes), await carry(carried)

    first, second = asyncio.run(two())
    assert first is second
    assert not first.settled


def test_the_next_work_knows_whose_request_it_is() -> None:
    async def one(name: str) -> str:
        ASKED.set(name)
        return await carry(ASKED.get)

    async def two() -> list[str]:
        return [await asyncio.create_task(one(name)) for name in ("this one", "the next")]

    assert asyncio.run(two()) == ["this one", "the next"]


def test_a_thread_may_end_while_some_still_wait() -> None:
    ended: list[str] = []

    async def two() -> None:
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        left = asyncio.create_task(carry(waiting(answer)))
        assert await carry(lambda: 7) == 7
        await asyncio.sleep(0)
        assert not left.done()
        ended.append("the loop")

    thread = threading.Thread(target=lambda: asyncio.run(two()))
    thread.start()
    thread.join()
    assert ended == ["the loop"]


def test_nothing_is_carried_outside() -> None:
    assert carried() is None


def test_a_connection_is_had_in_a_thread_alone() -> None:
    pool = Pool(NOBODY, open=False)

    def work() -> str:
        try:
            with pool.connection():
                return "blocked the loop"
        except Exception:  # noqa: BLE001 - what deals with any error, as handlers do
            return "took it for an error"

    with pytest.raises(NeedsThread):
        asyncio.run(carry(work))


def test_what_has_written_goes_on_to_the_end() -> None:
    """It would be carried out twice if it began again, so it blocks the loop for a moment."""
    pool = Pool(NOBODY, open=False)

    def work() -> str:
        current = carried()
        assert current is not None
        current.settled = True
        try:
            with pool.connection():
                return "connected"
        except Exception as error:  # noqa: BLE001 - the pool is not open, and says so its way
            return type(error).__name__

    assert asyncio.run(carry(work)) == "PoolClosed"

"""Several requests at a time, and yet results in the order in which they were asked for."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, wait
from typing import TypeVar

A = TypeVar("A")
T = TypeVar("T")
# Seconds in which the requests that are under way may come to their end before a failure is told.
_FAREWELL = 5.0


class Cancelled(Exception):
    """What this thread was about to ask for is wanted no more: a part before it has failed."""


class _Mine(threading.local):
    """The flag of the group that this thread belongs to; none in a thread that nobody can cancel."""

    cancelled: threading.Event | None = None


_mine = _Mine()


def check() -> None:
    """Raises Cancelled in a thread whose group has ended; a session asks before each request."""
    if _mine.cancelled is not None and _mine.cancelled.is_set():
        raise Cancelled


def in_order(read: Callable[[A], T], asked: Iterable[A], limit: int) -> Iterator[tuple[A, T]]:
    """Each of `asked` with what `read` made of it, in their order; `read` runs in up to `limit` threads at a time.

    No more than `limit` results are held, so that memory does not grow with the number of parts. The first failure in
    order is raised after the results before it were handed out; nothing is begun after a failure, and what is under way
    sends no further request. With a `limit` of 1 all runs in the caller's thread.
    """
    if limit <= 1:
        for one in asked:
            yield one, read(one)
        return
    cancelled, under_way = threading.Event(), deque[tuple[A, "Future[T]"]]()
    parts, is_drained = iter(asked), False
    try:
        while True:
            while not is_drained and len(under_way) < limit and not any(_has_failed(job) for _, job in under_way):
                try:
                    one = next(parts)
                except StopIteration:
                    is_drained = True
                    break
                under_way.append((one, _begin(read, one, cancelled)))
            if not under_way:
                return
            one, job = under_way.popleft()
            yield one, job.result()
    except Exception:
        cancelled.set()
        wait([job for _, job in under_way], timeout=_FAREWELL)
        raise
    finally:  # Also after Ctrl-C, which waits for no reply.
        cancelled.set()


def _begin(read: Callable[[A], T], one: A, cancelled: threading.Event) -> Future[T]:
    job: Future[T] = Future()

    def run() -> None:
        _mine.cancelled = cancelled
        try:
            job.set_result(read(one))
        except BaseException as error:
            job.set_exception(error)

    # A daemon, since a process that a person has stopped must not wait for a vendor's reply.
    threading.Thread(target=run, daemon=True).start()
    return job


def _has_failed(job: Future[T]) -> bool:
    return job.done() and job.exception() is not None

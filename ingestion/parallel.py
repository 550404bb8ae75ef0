"""Several requests at a time, and yet results in the order in which they were asked for."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, wait
from queue import SimpleQueue
from typing import Generic, TypeVar

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
    crew = _Crew(read, cancelled, limit)
    parts, is_drained = iter(asked), False
    try:
        while True:
            while not is_drained and len(under_way) < limit and not any(_has_failed(job) for _, job in under_way):
                try:
                    one = next(parts)
                except StopIteration:
                    is_drained = True
                    break
                under_way.append((one, crew.begin(one)))
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
        crew.dismiss()


class _Crew(Generic[A, T]):
    """Up to `limit` threads that read one part after the other: to start one takes as long as to send a request."""

    def __init__(self, read: Callable[[A], T], cancelled: threading.Event, limit: int) -> None:
        self._read, self._cancelled, self._limit = read, cancelled, limit
        self._parts: SimpleQueue[tuple[A, Future[T]] | None] = SimpleQueue()
        self._size = 0

    def begin(self, one: A) -> Future[T]:
        job: Future[T] = Future()
        self._parts.put((one, job))
        if self._size < self._limit:
            self._size += 1
            # A daemon, since a process that a person has stopped must not wait for a vendor's reply.
            threading.Thread(target=self._work, daemon=True).start()
        return job

    def dismiss(self) -> None:
        """Every thread ends after the part that it is at."""
        for _ in range(self._size):
            self._parts.put(None)

    def _work(self) -> None:
        _mine.cancelled = self._cancelled
        while part := self._parts.get():
            one, job = part
            try:
                job.set_result(self._read(one))
            except BaseException as error:
                job.set_exception(error)
            del part, one, job  # A thread that waits for its next part holds no result.


def _has_failed(job: Future[T]) -> bool:
    return job.done() and job.exception() is not None

"""The one timer of a connection, on a loop whose clock the test sets."""

import gc
import weakref

import pytest

from portcullis.gateway.edge.deadline import Deadline


class Timer:
    def __init__(self, at, wake):
        self.at, self.wake, self.is_cancelled = at, wake, False

    def when(self):
        return self.at

    def cancel(self):
        self.is_cancelled = True


class Loop:
    """Timers wake when ``run_to`` passes them."""

    def __init__(self):
        self.now = 0.0
        self.timers = []

    def time(self):
        return self.now

    def call_at(self, at, wake):
        self.timers.append(Timer(at, wake))
        return self.timers[-1]

    def run_to(self, now):
        while due := [t for t in self.timers if t.at <= now and not t.is_cancelled]:
            timer = min(due, key=Timer.when)
            self.timers.remove(timer)
            self.now = timer.at
            timer.wake()
        self.now = now


@pytest.fixture
def loop():
    return Loop()


@pytest.fixture
def passed():
    return []


@pytest.fixture
def deadline(loop, passed):
    return Deadline(loop, lambda: passed.append(loop.now))


def test_a_deadline_that_moves_later_needs_no_second_timer(loop, passed, deadline):
    deadline.set(1)
    deadline.set(3)
    assert len(loop.timers) == 1
    loop.run_to(9)
    assert passed == [3]


def test_a_deadline_that_moves_earlier_passes_earlier(loop, passed, deadline):
    deadline.set(3)
    deadline.set(1)
    loop.run_to(9)
    assert passed == [1]


def test_a_cleared_deadline_does_not_pass(loop, passed, deadline):
    deadline.set(1)
    deadline.clear()
    loop.run_to(9)
    assert passed == []
    deadline.set(10)
    loop.run_to(11)
    assert passed == [10]


def test_a_closed_deadline_leaves_no_timer(loop, deadline):
    deadline.set(1)
    deadline.close()
    assert all(timer.is_cancelled for timer in loop.timers)


def test_a_connection_with_a_closed_deadline_is_freed_at_once(loop):
    class Connection:
        def __init__(self):
            self.deadline = Deadline(loop, self.is_late)

        def is_late(self):
            raise AssertionError

    connection = Connection()
    seen = weakref.ref(connection)
    gc.disable()
    try:
        connection.deadline.close()
        del connection
        assert seen() is None
    finally:
        gc.enable()

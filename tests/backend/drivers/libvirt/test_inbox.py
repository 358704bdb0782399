"""What comes on another thread, and is taken on the event loop."""

from __future__ import annotations

import threading

from ticrypt_tui.backend.drivers.console import Printed
from ticrypt_tui.backend.drivers.libvirt.inbox import Inbox


async def test_what_another_thread_puts_in_is_taken_in_its_order() -> None:
    inbox = Inbox()

    def put() -> None:
        for each in range(500):
            inbox.put(b"%d," % each)

    thread = threading.Thread(target=put)
    thread.start()
    taken = b""
    while not taken.endswith(b"499,"):
        printed = await inbox.take()
        assert printed is not None
        assert not printed.left_out
        taken += printed.data
    thread.join()
    assert taken == b"".join(b"%d," % each for each in range(500))


async def test_of_too_much_the_newest_whole_lines_are_kept_and_the_rest_is_counted() -> None:
    inbox = Inbox(most=100)
    for number in range(1000):
        inbox.put(b"line %03d\n" % number)
    printed = await inbox.take()
    assert printed is not None
    lines = printed.data.splitlines(keepends=True)
    assert lines == [b"line %03d\n" % number for number in range(1000 - len(lines), 1000)]
    assert 0 < len(printed.data) <= 100
    assert printed.left_out + len(printed.data) == 9000


async def test_the_end_comes_after_what_was_there_and_stays() -> None:
    inbox = Inbox()
    inbox.put(b"last words")
    inbox.end()
    inbox.end("The connection failed.")
    assert await inbox.take() == Printed(b"last words")
    assert [await inbox.take(), await inbox.take()] == [None, None]
    assert inbox.fault == "The connection failed."

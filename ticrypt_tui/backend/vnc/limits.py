"""What a screen's server may send at most; a server that sends more is left, with a sentence.

A legitimate one comes nowhere near. With them, a hostile one costs under 64 MiB of memory.
"""

from __future__ import annotations

HANDSHAKE = 10.0  # seconds, from the first byte to the size of the screen
SILENCE = 30.0  # seconds without a byte inside a message; between messages a screen may be quiet
FAREWELL = 2.0  # seconds for the last bytes when a session is closed

SIDE = 8192  # pixels
FRAMEBUFFER = 32 * 1024 * 1024  # bytes, four a pixel: 3840 × 2160 fits
RECTANGLES = 10_000  # in one update
REPAINTS = 4  # times the whole screen's area in one update
COMPRESSED = 8 * 1024 * 1024  # bytes of one rectangle, before they are inflated
CURSOR = 256  # pixels of a side
CUT_TEXT = 256 * 1024  # bytes
NAME = 1024  # bytes, of the desktop, or of the reason for a refusal
ASIDES = 10_000  # bells, cut texts and colour maps while one update is awaited
UNSENT = 64 * 1024  # bytes that the server does not take from us

BAND = 1024 * 1024  # bytes of pixels that are decoded at a time
THREADED = 256 * 1024  # bytes of pixels from which on a thread decodes them

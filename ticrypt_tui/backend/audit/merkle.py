"""RFC 6962's Merkle tree over the hashes of the records, grown from its right edge alone.

A record's hash is its leaf hash already (`records.hash_of`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree of `size` leaves: the roots of its perfect subtrees, the largest first.

    There are at most as many of them as `size` has bits, however long the log is.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def grown(self, leaves: Sequence[bytes]) -> Tree:
        """The tree with more leaves at its end."""
        peaks, rising, size = list(self.peaks), list(leaves), self.size
        right_edge: list[bytes] = []
        while rising or peaks:
            if size & 1:
                rising.insert(0, peaks.pop())
            if len(rising) & 1:
                right_edge.append(rising.pop())
            rising = _joined(rising)
            size >>= 1
        return Tree(self.size + len(leaves), tuple(reversed(right_edge)))

    @property
    def root(self) -> bytes:
        """The tree's hash: SHA-256 of nothing where it is empty (RFC 6962, 2.1)."""
        if not self.peaks:
            return hashlib.sha256().digest()
        *larger, found = self.peaks
        for peak in reversed(larger):
            found = _node(peak + found)
        return found


def _joined(nodes: Sequence[bytes]) -> list[bytes]:
    sha256 = hashlib.sha256
    pairs = zip(nodes[::2], nodes[1::2], strict=True)
    return [sha256(b"\x01" + left + right).digest() for left, right in pairs]


def _node(children: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + children).digest()

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


def consistency(leaves: Sequence[bytes], first: int) -> list[bytes]:
    """The proof that a tree of the first leaves is the beginning of the tree of them all.

    RFC 6962, 2.1.2; `first` is from 1 to their number.
    """
    return _proof(leaves, first, whole=True)


def is_beginning(first: int, root: bytes, size: int, of: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a proof shows that the tree with `root` is the beginning of the tree with root `of`.

    RFC 9162, 2.1.4.2.
    """
    if first == size:
        return not proof and root == of
    rest = [root, *proof] if first & (first - 1) == 0 else list(proof)
    if not 0 < first < size or not rest:
        return False
    left, right = first - 1, size - 1
    while left & 1:
        left, right = left >> 1, right >> 1
    old = new = rest[0]
    for node in rest[1:]:
        if right == 0:
            return False
        if left & 1 or left == right:
            old, new = _node(node + old), _node(node + new)
            while left and not left & 1:
                left, right = left >> 1, right >> 1
        else:
            new = _node(new + node)
        left, right = left >> 1, right >> 1
    return right == 0 and (old, new) == (root, of)


def _proof(leaves: Sequence[bytes], first: int, *, whole: bool) -> list[bytes]:
    if first == len(leaves):
        return [] if whole else [Tree().grown(leaves).root]
    middle = 1 << (len(leaves) - 1).bit_length() - 1
    left, right = leaves[:middle], leaves[middle:]
    if first <= middle:
        return [*_proof(left, first, whole=whole), Tree().grown(right).root]
    return [*_proof(right, first - middle, whole=False), Tree().grown(left).root]


def _joined(nodes: Sequence[bytes]) -> list[bytes]:
    sha256 = hashlib.sha256
    pairs = zip(nodes[::2], nodes[1::2], strict=True)
    return [sha256(b"\x01" + left + right).digest() for left, right in pairs]


def _node(children: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + children).digest()

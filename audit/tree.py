"""The RFC 9162 Merkle tree: roots, inclusion proofs, growth. Pure.

A tree is read through `Nodes`: the hash of the complete subtree of 2^height leaves that begins at
leaf `index · 2^height`. So a proof costs O(log² n) look-ups, whatever keeps the hashes.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

NODE_PREFIX = b"\x01"
EMPTY_ROOT = sha256(b"").digest()
Nodes = Callable[[int, int], bytes]


@dataclass(frozen=True, slots=True)
class Node:
    """A complete subtree: 2^height leaves from leaf index · 2^height."""

    height: int
    index: int
    hash: bytes


def leaf_hash(data: bytes) -> bytes:
    """Returns the leaf hash of raw data (the ledger's entries have theirs already)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(NODE_PREFIX + left + right).digest()


def nodes_of(leaves: Sequence[bytes]) -> Nodes:
    """Returns the nodes of a tree whose leaf hashes are at hand."""

    @cache
    def node(height: int, index: int) -> bytes:
        if height == 0:
            return leaves[index]
        return node_hash(node(height - 1, 2 * index), node(height - 1, 2 * index + 1))

    return node


def split(width: int) -> int:
    """Returns the largest power of two below a width of at least 2."""
    return 1 << (width - 1).bit_length() - 1


def subtree_root(nodes: Nodes, start: int, end: int) -> bytes:
    """Returns the root over leaves [start, end); `start` is a multiple of the width's power."""
    width = end - start
    if width == 0:
        return EMPTY_ROOT
    if width & (width - 1) == 0:
        height = width.bit_length() - 1
        return nodes(height, start >> height)
    middle = start + split(width)
    return node_hash(subtree_root(nodes, start, middle), subtree_root(nodes, middle, end))


def root_of(nodes: Nodes, size: int) -> bytes:
    """Returns the root of the tree's first `size` leaves."""
    return subtree_root(nodes, 0, size)


def inclusion_proof(nodes: Nodes, index: int, size: int) -> list[bytes]:
    """Returns the path of a leaf, from its sibling upward. ValueError if it is not in the tree."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not among {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            path.append(subtree_root(nodes, middle, end))
            end = middle
        else:
            path.append(subtree_root(nodes, start, middle))
            start = middle
    return path[::-1]


def climb(place: int, last: int, path: Sequence[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yields each sibling on the way up and whether it stands on the left. ValueError if the path
    is too long or too short for a node at `place` of a level whose last node is `last`."""
    for sibling in path:
        if last == 0:
            raise ValueError("the path is too long")
        is_left = bool(place & 1) or place == last
        yield sibling, is_left
        while is_left and not place & 1 and place:
            place, last = place >> 1, last >> 1
        place, last = place >> 1, last >> 1
    if last:
        raise ValueError("the path is too short")


def verify_inclusion(
    leaf: bytes, *, index: int, size: int, path: Sequence[bytes], root: bytes
) -> bool:
    """Whether the path leads from the leaf to the root (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return False
    found = leaf
    try:
        for sibling, is_left in climb(index, size - 1, path):
            found = node_hash(sibling, found) if is_left else node_hash(found, sibling)
    except ValueError:
        return False
    return found == root


class Frontier:
    """A growing tree reduced to the roots of its complete subtrees, widest first."""

    def __init__(self, nodes: Nodes, size: int) -> None:
        self.size = size
        heights = [height for height in range(size.bit_length()) if size >> height & 1]
        self._peaks = [
            Node(height, (size >> height) - 1, nodes(height, (size >> height) - 1))
            for height in reversed(heights)
        ]

    def append(self, leaf: bytes) -> list[Node]:
        """Adds a leaf in O(log n); returns the subtrees it completed, the leaf's own first."""
        completed = [Node(0, self.size, leaf)]
        while self._peaks and self._peaks[-1].height == completed[-1].height:
            left, right = self._peaks.pop(), completed[-1]
            merged = node_hash(left.hash, right.hash)
            completed.append(Node(right.height + 1, right.index >> 1, merged))
        self._peaks.append(completed[-1])
        self.size += 1
        return completed

    def root(self) -> bytes:
        """Returns the root of the tree as it stands."""
        if not self._peaks:
            return EMPTY_ROOT
        found = self._peaks[-1].hash
        for peak in reversed(self._peaks[:-1]):
            found = node_hash(peak.hash, found)
        return found

"""The Merkle tree against the published vectors of RFC 6962/9162, and against itself."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import tree

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors/ledger/tree.json").read_text()
)
LEAVES = [tree.leaf_hash(bytes.fromhex(data)) for data in VECTORS["leaves"]]
ROOTS = [bytes.fromhex(root) for root in VECTORS["roots"]]
NODES = tree.nodes_of(LEAVES)
MANY = [tree.leaf_hash(n.to_bytes(2)) for n in range(600)]
MANY_NODES = tree.nodes_of(MANY)


def unhex(path: list[str]) -> list[bytes]:
    return [bytes.fromhex(item) for item in path]


@pytest.mark.parametrize("size", range(9))
def test_roots_are_the_published_ones(size: int) -> None:
    assert tree.root_of(NODES, size) == ROOTS[size]


def test_a_growing_tree_has_the_published_roots() -> None:
    frontier = tree.Frontier(NODES, 0)
    for leaf, root in zip(LEAVES, ROOTS, strict=False):
        assert frontier.root() == root
        frontier.append(leaf)
    assert frontier.root() == ROOTS[8]


@pytest.mark.parametrize("vector", VECTORS["inclusion"])
def test_inclusion_proofs_are_the_published_ones(vector: dict[str, Any]) -> None:
    index, size, path = vector["index"], vector["size"], unhex(vector["path"])
    assert tree.inclusion_proof(NODES, index, size) == path
    assert tree.verify_inclusion(LEAVES[index], index=index, size=size, path=path, root=ROOTS[size])


@given(st.integers(1, 600), st.data())
def test_every_leaf_has_a_proof_that_fits_nothing_else(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    root = tree.root_of(MANY_NODES, size)
    path = tree.inclusion_proof(MANY_NODES, index, size)

    def holds(**other: Any) -> bool:
        claim = {"index": index, "size": size, "path": path, "root": root, **other}
        return tree.verify_inclusion(claim.pop("leaf", MANY[index]), **claim)

    assert holds()
    assert not holds(leaf=bytes(32))
    assert not holds(root=bytes(32))
    assert not holds(path=[*path, bytes(32)])
    assert not holds(index=size)
    if path:
        assert not holds(path=path[:-1])
        assert not holds(path=[bytes(32), *path[1:]])
        assert not holds(index=index ^ 1)


@given(st.integers(0, 600), st.integers(0, 600))
def test_a_tree_grows_from_any_size(size: int, end: int) -> None:
    size, end = min(size, end), max(size, end)
    frontier = tree.Frontier(MANY_NODES, size)
    made = [node for leaf in MANY[size:end] for node in frontier.append(leaf)]
    assert frontier.root() == tree.root_of(MANY_NODES, end)
    assert all(node.hash == MANY_NODES(node.height, node.index) for node in made)


def test_a_leaf_outside_the_tree_has_no_proof() -> None:
    with pytest.raises(ValueError, match="not among"):
        tree.inclusion_proof(NODES, 8, 8)

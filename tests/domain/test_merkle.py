"""The tree and its proofs, against the definitions of RFC 9162 written out as they stand there."""

from __future__ import annotations

from hashlib import sha256

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.merkle import (
    EMPTY_ROOT,
    Frontier,
    Node,
    consistency_path,
    inclusion_path,
    node_hash,
    root_of,
    subtrees,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [sha256(b"\x00" + number.to_bytes(4, "big")).digest() for number in range(1100)]

often = settings(max_examples=80, deadline=None, derandomize=True)


def mth(leaves: list[bytes]) -> bytes:
    """2.1.1, on leaf hashes."""
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node_hash(mth(leaves[:k]), mth(leaves[k:]))


def hash_of(node: Node) -> bytes:
    return mth(LEAVES[node.number << node.height : (node.number + 1) << node.height])


@given(st.integers(1, len(LEAVES)), st.lists(st.integers(1, 600), max_size=5))
@often
def test_the_root_is_that_of_the_definition_however_leaves_arrive(size: int, cuts: list[int]) -> None:
    frontier, at = Frontier(), 0
    for cut in [*cuts, size]:
        frontier.extend(LEAVES[at : min(cut + at, size)])
        at = min(cut + at, size)
    assert frontier.size == size
    assert frontier.root() == mth(LEAVES[:size]) == root_of(LEAVES[:size])


def test_an_empty_tree_has_the_hash_of_nothing_as_its_root() -> None:
    assert Frontier().root() == EMPTY_ROOT == sha256(b"").digest()


@given(st.integers(0, len(LEAVES)))
@often
def test_a_frontier_resumes_from_its_edge(size: int) -> None:
    resumed = Frontier(size, [hash_of(node) for node in subtrees(0, size)])
    resumed.extend(LEAVES[size:])
    assert resumed.root() == root_of(LEAVES)


@given(st.integers(0, 700), st.integers(0, 700))
@often
def test_the_subtrees_worth_keeping_are_told_once_and_are_complete(first: int, second: int) -> None:
    frontier = Frontier()
    kept = [*frontier.extend(LEAVES[:first]), *frontier.extend(LEAVES[first : first + second])]
    assert [(node.level, node.number) for node in kept] == [(1, n) for n in range(frontier.size >> 8)]
    assert all(node.hash == hash_of(Node(8 * node.level, node.number)) for node in kept)


@given(st.data())
@often
def test_an_inclusion_proof_holds_for_its_leaf_and_for_no_other(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, len(LEAVES)))
    index = data.draw(st.integers(0, size - 1))
    path, root = inclusion_path(index, size, hash_of), mth(LEAVES[:size])
    assert verify_inclusion(index, size, LEAVES[index], path, root)
    other = data.draw(st.integers(0, size - 1))
    assert verify_inclusion(other, size, LEAVES[index], path, root) == (other == index)
    assert not verify_inclusion(index, size, LEAVES[index], [*path, root], root)
    assert not verify_inclusion(index, size, sha256(b"other").digest(), path, root)
    assert not verify_inclusion(index, size, LEAVES[index], path[:-1], root) or not path


@given(st.data())
@often
def test_a_consistency_proof_holds_for_its_trees_and_for_no_others(data: st.DataObject) -> None:
    second = data.draw(st.integers(1, len(LEAVES)))
    first = data.draw(st.integers(0, second))
    path = consistency_path(first, second, hash_of)
    roots = root_of(LEAVES[:first]), root_of(LEAVES[:second])
    assert verify_consistency(first, second, *roots, path)
    if first not in (0, second):
        assert not verify_consistency(first, second, roots[1], roots[1], path)
        assert not verify_consistency(first, second, roots[0], roots[0], path)
        assert not verify_consistency(first, second, *roots, path[:-1])
        assert not verify_consistency(first, second, *roots, [*path, roots[0]])


def test_proofs_at_a_million_leaves_are_as_short_as_they_can_be() -> None:
    def any_hash(node: Node) -> bytes:
        return sha256(repr(node).encode()).digest()

    assert max(len(inclusion_path(index, 10**6, any_hash)) for index in (0, 1, 499_999, 999_999)) * 32 == 640
    assert len(consistency_path(654_321, 10**6, any_hash)) <= 21

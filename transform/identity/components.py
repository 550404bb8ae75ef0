"""Connected components of a graph whose nodes are numbers, each with a tree of shortest ways to its first node."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int32]

# Below so many edges Python itself is done before scipy is imported.
FEW_EDGES = 100_000


def trees(count: int, left: NDArray[Any], right: NDArray[Any]) -> tuple[Numbers, Numbers]:
    """The smallest node of each node's component, and the node that comes next on the shortest way to it.

    Nodes are 0 to `count` - 1, an edge lies between `left[i]` and `right[i]`. The smallest node of a component has
    itself for the next. Of equally short ways the one whose nodes come first is taken, so a component's tree depends on
    nothing but the component, whichever way its edges are listed.
    """
    walk = few if len(left) <= FEW_EDGES else many
    return walk(count, left.astype(np.int32), right.astype(np.int32))


def few(count: int, left: Numbers, right: Numbers) -> tuple[Numbers, Numbers]:
    """`trees` without another library; seconds for each million of edges."""
    neighbours: dict[int, list[int]] = {}
    for one, other in zip(left.tolist(), right.tolist(), strict=True):
        neighbours.setdefault(one, []).append(other)
        neighbours.setdefault(other, []).append(one)
    roots = np.arange(count, dtype=np.int32)
    following = np.arange(count, dtype=np.int32)
    seen: set[int] = set()
    for root in sorted(neighbours):
        if root in seen:
            continue
        seen.add(root)
        waiting = deque([root])
        while waiting:
            node = waiting.popleft()
            for neighbour in sorted(neighbours[node]):
                if neighbour not in seen:
                    seen.add(neighbour)
                    roots[neighbour], following[neighbour] = root, node
                    waiting.append(neighbour)
    return roots, following


def many(count: int, left: Numbers, right: Numbers) -> tuple[Numbers, Numbers]:
    """`trees` by scipy: 10 seconds for ten million edges, a long chain too."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order, connected_components

    edges = csr_array((np.ones(len(left), np.int8), (left, right)), (count, count))
    component = connected_components(edges, directed=False)[1]
    del edges
    # of the nodes of a component, written from the last to the first, the smallest stays
    smallest = np.empty(component.max(initial=-1) + 1, np.int32)
    smallest[component[::-1]] = np.arange(count - 1, -1, -1, dtype=np.int32)
    roots = smallest[component]
    del component
    # one walk through all: from a node of its own to every smallest node, and on from there
    start = np.full(len(smallest), count, np.int32)
    ends = (np.concatenate([left, right, start]), np.concatenate([right, left, smallest]))
    both = csr_array((np.ones(len(ends[0]), np.int8), ends), (count + 1, count + 1))
    del start, ends
    both.sort_indices()
    following = breadth_first_order(both, count, directed=True)[1][:count]
    return roots, np.where(following == count, np.arange(count), following).astype(np.int32)

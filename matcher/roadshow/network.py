"""Minimum-cost flow: the one module that imports OR-Tools.

Costs and capacities are integers, so the optimum is exact. After solving, the residual network
gives shadow prices: what one more unit of an arc would be worth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from ortools.graph.python import min_cost_flow

Ints = NDArray[np.int64]
FAR = np.int64(1) << 60


class Network:
    """A directed network that is built in blocks of arcs and solved once.

    Nodes are numbered as they are added. Source and sink are joined by an arc without cost, so
    that flow which does not pay stays away.
    """

    def __init__(self) -> None:
        self.n_nodes = 0
        self.source = int(self.add_nodes(1)[0])
        self.sink = int(self.add_nodes(1)[0])
        self._blocks: list[tuple[Ints, Ints, Ints, Ints]] = []
        self._n_arcs = 0

    def add_nodes(self, count: int) -> Ints:
        """Return the numbers of ``count`` new nodes."""
        start = self.n_nodes
        self.n_nodes += count
        return np.arange(start, start + count, dtype=np.int64)

    def add_arcs(
        self, tails: ArrayLike, heads: ArrayLike, *, capacity: ArrayLike, gain: ArrayLike
    ) -> slice:
        """Add arcs and return where their flows will be.

        ``gain`` is what a unit of flow is worth: the negative cost.
        """
        parts = (np.asarray(part, np.int64) for part in (tails, heads, capacity, gain))
        one, two, three, four = np.broadcast_arrays(*parts)
        block = tuple(np.atleast_1d(part).ravel() for part in (one, two, three, -four))
        self._blocks.append(block)  # type: ignore[arg-type]
        start, self._n_arcs = self._n_arcs, self._n_arcs + len(block[0])
        return slice(start, self._n_arcs)

    def solve(self, supply: int) -> Solved:
        """Send ``supply`` units from source to sink at the greatest gain."""
        self.add_arcs(self.source, self.sink, capacity=supply, gain=0)
        tails, heads, capacity, cost = (
            np.concatenate(part) for part in zip(*self._blocks, strict=True)
        )
        solver = min_cost_flow.SimpleMinCostFlow()
        arcs = solver.add_arcs_with_capacity_and_unit_cost(tails, heads, capacity, cost)
        solver.set_node_supply(self.source, supply)
        solver.set_node_supply(self.sink, -supply)
        status = solver.solve()
        if status != solver.OPTIMAL:  # the direct arc takes any supply: overflow of a cost only
            raise ArithmeticError(f"The flow ended with {status}; costs are too large.")
        flows = np.asarray(solver.flows(arcs), np.int64)
        return Solved(self.n_nodes, tails, heads, capacity, cost, flows, self.sink)


@dataclass(frozen=True)
class Solved:
    """A solved network; arrays have one entry an arc, in the order in which arcs were added."""

    n_nodes: int
    tails: Ints
    heads: Ints
    capacity: Ints
    cost: Ints
    flows: Ints
    sink: int

    @property
    def gain(self) -> int:
        """What the flow is worth."""
        return -int(self.cost @ self.flows)

    def worth_of_inflow(self, *, rounds: int) -> Ints:
        """Return for each node what one more unit from it straight to the sink would gain.

        Shortest paths from the sink in the residual network (Bellman and Ford), at most
        ``rounds`` arcs long, so a lower bound where paths are longer. Shape ``(n_nodes,)``.
        """
        forward, backward = self.flows < self.capacity, self.flows > 0
        tails = np.concatenate([self.tails[forward], self.heads[backward]])
        heads = np.concatenate([self.heads[forward], self.tails[backward]])
        cost = np.concatenate([self.cost[forward], -self.cost[backward]])
        order = np.argsort(heads, kind="stable")
        tails, heads, cost = tails[order], heads[order], cost[order]
        starts = np.flatnonzero(np.diff(heads, prepend=-1))
        reached = heads[starts]
        distance = np.full(self.n_nodes, FAR)
        distance[self.sink] = 0
        for _ in range(rounds):
            best = np.minimum.reduceat(distance[tails] + cost, starts)
            shorter = best < distance[reached]
            if not shorter.any():
                break
            distance[reached[shorter]] = best[shorter]
        return np.where(distance < FAR // 2, np.maximum(-distance, 0), 0)

"""Arm's Vela: the class of its hill climb, on live ranges of ours. Times become ranks, since it has a list per tick.

Vela ends by iterations, not by time. The deadline here is ours: it is looked at between two iterations, and the best
allocation so far counts. The search itself is Vela's, with its own number of iterations and its own seed.
"""

from __future__ import annotations

import time
from typing import Callable, List

from adapter import Answer, Task, main
from ethosu.vela.hillclimb_allocation import HillClimbAllocator


class LiveRange:
    """The fields that the allocator reads of the class LiveRange of Vela; `end_time` is inclusive."""

    def __init__(self, start: int, end: int, size: int, alignment: int) -> None:
        self.start_time, self.end_time, self.size, self._alignment = start, end - 1, size, alignment

    def get_alignment(self) -> int:
        return self._alignment


class OutOfTime(Exception):
    pass


class Limited(HillClimbAllocator):
    """The hill climb, ended at the deadline with the best allocation so far."""

    deadline = float("inf")
    found = False

    def allocate_indices(self, indices: List[int]) -> int:
        # the first allocation, by urgency, is made in any case
        if self.found and time.perf_counter() > self.deadline:
            raise OutOfTime
        size = super().allocate_indices(indices)
        self.found = True
        return size


def solver_of(task: Task) -> Callable[[], Answer]:
    ticks = sorted({time for buffer in task.buffers for time in (buffer.start, buffer.end)})
    rank = {tick: k for k, tick in enumerate(ticks)}
    ranges = [
        LiveRange(rank[buffer.start], rank[buffer.end], buffer.size, buffer.alignment) for buffer in task.buffers
    ]

    def solve() -> Answer:
        deadline = time.perf_counter() + task.seconds
        # a limit of 0 is replaced below by the load, which the constructor computes
        allocator = Limited(ranges, HillClimbAllocator.MAX_ITERATIONS, task.capacity or 0)
        allocator.memory_limit = task.capacity or allocator.min_required_size
        allocator.deadline = deadline
        try:
            allocator.allocate()
        except OutOfTime:
            pass
        return Answer(allocator.allocated_addresses, allocator.best_size <= allocator.min_required_size)

    return solve


main(solver_of)

"""omnimalloc: any of its allocators by name, for the smallest peak. It has no capacity to ask for."""

from __future__ import annotations

import inspect
from typing import Any, Callable, Dict

import omnimalloc
from adapter import Answer, Task, main
from omnimalloc.allocators.base import BaseAllocator
from omnimalloc.common.parallel import set_max_threads


def solver_of(task: Task) -> Callable[[], Answer]:
    known = BaseAllocator.registry()
    if task.name not in known:
        raise SystemExit(f"Error: omnimalloc has no allocator {task.name}; it has {', '.join(known)}")
    # its cap of threads is 8 unless it is set
    set_max_threads(task.threads)
    maker = known[task.name]
    limits: Dict[str, Any] = {"timeout": task.seconds, "num_threads": task.threads}
    accepted = inspect.signature(maker.__init__).parameters
    allocator = maker(**{name: value for name, value in limits.items() if name in accepted})
    allocations = tuple(
        omnimalloc.Allocation(id=i, size=buffer.size, start=buffer.start, end=buffer.end)
        for i, buffer in enumerate(task.buffers)
    )

    def solve() -> Answer:
        if hasattr(allocator, "solve"):
            result = allocator.solve(allocations)
            placed, is_proven = result.allocations, result.proved_optimal
        else:
            placed, is_proven = allocator.allocate(allocations), False
        offsets = [0] * len(allocations)
        for allocation in placed:
            offsets[allocation.id] = allocation.offset
        return Answer(offsets, is_proven)

    return solve


main(solver_of)

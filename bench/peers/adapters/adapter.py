"""The part that all adapters share: the problem from our CSV, the clocks, the plan and the report.

    ADAPTER.py NAME IN.csv OUT.csv REPORT.json SECONDS THREADS CAPACITY WARM

CAPACITY is "-" where there is none. WARM is 0, or seconds to repeat the solving for, in the same process.
The report is {"solve": seconds, "warm": [seconds, ...], "proven": true or false}. `solve` is the package's own call:
reading the CSV, making the package's objects and writing the plan are outside of it.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from typing import Callable, List, NamedTuple, Optional, Sequence

#: Runs after the first: at least this many, where the first takes less than a second, and at most.
LEAST, MOST = 5, 200


class Buffer(NamedTuple):
    """A row of our CSV; `end` is exclusive."""

    start: int
    end: int
    size: int
    alignment: int


class Task(NamedTuple):
    name: str
    ids: List[str]
    buffers: List[Buffer]
    seconds: float
    threads: int
    capacity: Optional[int]


class Answer(NamedTuple):
    """Offsets in the order of the buffers, and whether the solver says that no plan is smaller."""

    offsets: Sequence[int]
    is_proven: bool


def read_task(arguments: Sequence[str]) -> Task:
    name, path, _, _, seconds, threads, capacity, _ = arguments
    ids, buffers = [], []
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            ids.append(row["id"])
            numbers = (row["lower"], row["upper"], row["size"], row.get("alignment") or 1)
            buffers.append(Buffer(*map(int, numbers)))
    limit = None if capacity == "-" else int(capacity)
    return Task(name, ids, buffers, float(seconds), int(threads), limit)


def timed(solve: Callable[[], Answer]) -> "tuple[Answer, float]":
    began = time.perf_counter()
    answer = solve()
    return answer, time.perf_counter() - began


def main(solver_of: Callable[[Task], Callable[[], Answer]]) -> None:
    """Runs an adapter: `solver_of` makes the package's objects once and returns the call to time."""
    arguments = sys.argv[1:]
    task = read_task(arguments)
    solve = solver_of(task)
    answer, first = timed(solve)
    warm: List[float] = []
    budget = float(arguments[7])
    if budget > 0 and first < 1:
        while len(warm) < LEAST or (sum(warm) < budget and len(warm) < MOST):
            warm.append(timed(solve)[1])
    with open(arguments[2], "w", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "offset"])
        writer.writerows(zip(task.ids, answer.offsets))
    with open(arguments[3], "w", encoding="utf-8") as file:
        json.dump({"solve": first, "warm": warm, "proven": answer.is_proven}, file)

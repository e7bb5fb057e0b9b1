"""A cell of the bench in a process of its own: a net, a batch, threads, and the allocator that this process has.

    cell.py '{"net": "lstm", "batch": 1, "threads": 1, "seconds": 2, "rounds": 5, "library": "libjemalloc.so.2"}'

Each round has three blocks of steps: without the plan, with it, and without it again. So whatever else the machine does hits all
of them, and the first and the third show what noise alone makes. All threads are in the same block at a time. Prints one
line of JSON.
"""

from __future__ import annotations

import json
import math
import resource
import sys
import threading
import time
from typing import Any, Callable, Dict, List

import nets
import stowage
import torch

#: Steps of either kind before the first round: the third of a thread is recorded, the fifth has its arena present.
WARM = 6
#: Seconds that a block aims at; most steps of a block.
BLOCK, MOST = 0.04, 200
#: The first step of a block is not counted, unless steps take longer than this, in seconds: it finds other data in the caches.
LONG = 0.1
WITHOUT, WITH, AGAIN = range(3)


class Block:
    """What the counted steps of one block took: lists of seconds, and page faults."""

    def __init__(self) -> None:
        self.cpu: List[float] = []
        self.wall: List[float] = []
        self.faults = 0


def bits(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.contiguous().view(torch.uint8)


def run_block(call: Callable[[], torch.Tensor], steps: int, uncounted: int, expected: torch.Tensor) -> Block:
    block = Block()
    for i in range(uncounted + steps):
        faults = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
        cpu, wall = time.thread_time(), time.perf_counter()
        output = call()
        cpu, wall = time.thread_time() - cpu, time.perf_counter() - wall
        faults = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - faults
        if not torch.equal(bits(output), expected):
            raise SystemExit("Error: the output is not the same bits")
        del output
        if i >= uncounted:
            block.cpu.append(cpu)
            block.wall.append(wall)
            block.faults += faults
    return block


class Bench:
    """The threads of a cell, block by block."""

    def __init__(self, cell: Dict[str, Any]) -> None:
        torch.set_grad_enabled(False)
        self.cell = cell
        net, inputs = nets.make(cell["net"], cell["batch"])
        served = stowage.serve(net, "net")
        self.plain = lambda: net(*inputs)
        self.served = lambda: served(*inputs)
        self.expected = bits(self.plain()).clone()
        self.barrier = threading.Barrier(cell["threads"])
        self.is_going = True
        #: Per thread, rounds of three blocks.
        self.rounds: List[List[List[Block]]] = [[] for _ in range(cell["threads"])]
        self.before: Dict[str, Any] = {}
        self.errors: List[BaseException] = []

    def work(self, index: int) -> None:
        try:
            self.measure(index)
        except BaseException as error:  # the others wait for this thread
            self.errors.append(error)
            self.barrier.abort()

    def measure(self, index: int) -> None:
        torch.set_grad_enabled(False)
        torch.set_num_threads(1)
        for call in (self.plain, self.served):
            step = min(run_block(call, WARM, 0, self.expected).wall)
        steps = max(1, min(MOST, math.ceil(BLOCK / step)))
        uncounted = 1 if step < LONG else 0
        calls = {WITHOUT: self.plain, WITH: self.served, AGAIN: self.plain}
        self.barrier.wait()
        if index == 0:
            self.before = figures()
        begun = time.perf_counter()
        while True:
            if index == 0:
                done = len(self.rounds[0])
                self.is_going = done <= self.cell["rounds"] or time.perf_counter() - begun < self.cell["seconds"]
            self.barrier.wait()
            if not self.is_going:
                return
            blocks = []
            for kind in (WITHOUT, WITH, AGAIN):
                blocks.append(run_block(calls[kind], steps, uncounted, self.expected))
                self.barrier.wait()
            self.rounds[index].append(blocks)

    def run(self) -> None:
        if self.cell["threads"] == 1:
            # as programs do: glibc treats another thread otherwise
            self.measure(0)
            return
        threads = [threading.Thread(target=self.work, args=(i,)) for i in range(self.cell["threads"])]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self.errors:
            raise self.errors[0]


COUNTERS = ("served", "larger", "blocked", "extra", "unknown", "unmanaged", "bytes_elsewhere", "iterations")


def figures() -> Dict[str, Any]:
    """Those of the only signature."""
    ((_, devices),) = stowage.stats().items()
    return devices["cpu"]


def result(bench: Bench) -> Dict[str, Any]:
    # the first round is a warm-up
    rounds = [blocks for thread in bench.rounds for blocks in thread[1:]]
    after = figures()
    counted = {name: after[name] - bench.before[name] for name in COUNTERS}
    return {
        "rounds": [[sum(block.cpu) / len(block.cpu) for block in blocks] for blocks in rounds],
        "kinds": [
            {
                "cpu": [lap for blocks in rounds for lap in blocks[kind].cpu],
                "wall": [lap for blocks in rounds for lap in blocks[kind].wall],
                "faults": sum(blocks[kind].faults for blocks in rounds),
            }
            for kind in (WITHOUT, WITH)
        ],
        "counters": counted,
        "arena": after["arena"],
        "proven": after["proven"],
    }


def check_allocator(library: str) -> None:
    with open("/proc/self/maps", encoding="utf-8") as maps:
        if library and library not in maps.read():
            raise SystemExit(f"Error: {library} is not loaded")


def main() -> None:
    cell = json.loads(sys.argv[1])
    check_allocator(cell["library"])
    torch.set_num_threads(1)
    enabled = stowage.enable(["cpu"])
    if not enabled:
        raise SystemExit(f"Error: {enabled}")
    bench = Bench(cell)
    bench.run()
    print(json.dumps(result(bench)))


main()

"""Plans a CSV with core.wasm alone: a host of the core in Python, written from docs/abi.md.

    pip install wasmtime
    python plan.py core.wasm five.csv [NODES]

The CSV has the columns id, lower, upper (exclusive) and size, and optionally alignment. Prints it with the column
offset, and a summary on standard error.
"""

import csv
import struct
import sys

from wasmtime import Engine, Instance, Module, Store

RUNNING, PEAK_TOO_LARGE = 1, 3
ALL_RULES, PROVES = 31, 0
SEED = 1
NO_OFFSET = -1.0
# words of the problem's record
START, END, SIZE, ALIGNMENT, OFFSET, GAP_INDEX, CROSSING = 2, 3, 4, 5, 6, 7, 10


class Core:
    def __init__(self, file):
        engine = Engine()
        self.store = Store(engine)
        self.exports = Instance(self.store, Module.from_file(engine, file), []).exports(self.store)
        self.memory = self.exports["memory"]

    def call(self, name, *arguments):
        return self.exports[name](self.store, *arguments)

    def address(self, name, *arguments):
        """As `call`; addresses are unsigned."""
        return self.call(name, *arguments) & 0xFFFFFFFF

    def word(self, record, index):
        return self.read(record + 4 * index, "I", 1)[0]

    def read(self, address, kind, count):
        size = struct.calcsize("<" + kind) * count
        return struct.unpack(f"<{count}{kind}", self.memory.read(self.store, address, address + size))

    def write(self, address, kind, values):
        self.memory.write(self.store, struct.pack(f"<{len(values)}{kind}", *values), address)


def plan(core, buffers, nodes):
    """Plans (start, end, size, alignment), each with a size and a lifetime; returns offsets, peak and proven bound."""
    mark = core.address("mark")
    problem = core.address("problem", len(buffers), 0)
    columns = list(zip(*buffers)) if buffers else [[], [], [], []]
    core.write(core.word(problem, START), "I", columns[0])
    core.write(core.word(problem, END), "I", columns[1])
    core.write(core.word(problem, SIZE), "d", columns[2])
    core.write(core.word(problem, ALIGNMENT), "d", columns[3])
    core.write(core.word(problem, OFFSET), "d", [NO_OFFSET] * len(buffers))
    core.write(core.word(problem, GAP_INDEX), "I", [0] * (len(buffers) + 1))
    core.call("seal", problem)

    bound = core.call("lowerBound", problem)
    portfolio = core.address("portfolioBegin", problem, bound, 0)
    while core.call("portfolioStep", portfolio, 1e6) == RUNNING:
        pass
    if core.call("portfolioPlan", portfolio) == PEAK_TOO_LARGE:
        raise ValueError("every plan is larger than 2^53 - 1 bytes")
    peak = core.call("portfolioPeak", portfolio)
    if peak > bound:
        search = core.address("exactBegin", problem, bound, SEED, ALL_RULES, PROVES)
        while core.call("searchNodes", search) < nodes and core.call("exactStep", search, 1e4) == RUNNING:
            pass
        core.call("searchPlan", search)
        peak, bound = core.call("searchPeak", search), core.call("searchLowerBound", search)

    violations = core.read(core.address("verify", problem, -1.0, 1), "I", 1)[0]
    if violations:
        raise AssertionError("the plan does not hold")
    offsets = [int(offset) for offset in core.read(core.word(problem, CROSSING), "d", len(buffers))]
    core.call("release", mark)
    return offsets, int(peak), int(bound)


def main(wasm, file, nodes="100000"):
    with open(file, newline="", encoding="utf-8") as rows:
        rows = list(csv.DictReader(rows))
    buffers = [
        (int(row["lower"]), int(row["upper"]), int(row["size"]), int(row.get("alignment") or 1)) for row in rows
    ]
    # a buffer without size or lifetime needs no memory, and the core does not accept it
    live = [i for i, (start, end, size, _) in enumerate(buffers) if size > 0 and end > start]
    offsets, peak, bound = plan(Core(wasm), [buffers[i] for i in live], int(nodes))
    print("id,lower,upper,size,alignment,offset")
    placed = dict(zip(live, offsets))
    for i, row in enumerate(rows):
        print(row["id"], *buffers[i], placed.get(i, 0), sep=",")
    gap = "optimal" if peak == bound else f"the lower bound is {bound}"
    print(f"{len(rows)} buffers, peak {peak} bytes, {gap}", file=sys.stderr)


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    main(*sys.argv[1:])

#!/usr/bin/env python3
"""Makes PyTorch's own CUDA caching allocator serve requests, and writes its memory snapshot, from a clean start.

Nothing is computed: blocks are only allocated and freed. So with imitated_cuda.c it needs no GPU. The requests come
from a stowage event log, or are made up from a seed. See README.md beside this file.
"""

import argparse
import collections
import gzip
import json
import os
import pickle
import random
import sys

MIB = 1 << 20


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("output", help="file to write, e.g. served.pickle.gz")
    parser.add_argument("--log", help="event log to serve, .jsonl or .jsonl.gz; mallocs and frees of any device")
    parser.add_argument("--random", type=int, metavar="N", help="number of made-up mallocs, in place of a log")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--streams", type=int, default=1, help="streams of made-up requests; some blocks use two")
    parser.add_argument("--settings", default="", help="allocator settings, as in PYTORCH_CUDA_ALLOC_CONF")
    parser.add_argument("--limit", type=int, metavar="BYTES", help="memory limit of the process, bytes")
    return parser.parse_args()


def requests_of(path):
    """Yields ("malloc", block, bytes, stream) and ("free", block), in the order of the log."""
    live = {}
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8") as file:
        for number, line in enumerate(file):
            event = json.loads(line)
            key = (event.get("device"), event.get("address"))
            if event.get("event") == "malloc":
                live[key] = number
                yield "malloc", number, event["size"], 0
            elif event.get("event") == "free" and key in live:
                yield "free", live.pop(key)


def random_requests(count, seed, streams):
    """Yields such requests, of every pool, short and long lives; with several streams also ("use", block, stream)."""
    chance = random.Random(seed)
    live = []
    for block in range(count):
        low, high = chance.choice([(1, 4096), (4096, MIB), (MIB, 10 * MIB), (10 * MIB, 60 * MIB)])
        yield "malloc", block, chance.randint(low, high), chance.randrange(streams)
        live.append(block)
        if streams > 1 and chance.random() < 0.2:
            yield "use", block, chance.randrange(streams)
        while live and chance.random() < (0.45 if len(live) < 40 else 0.75):
            # mostly the youngest, as in real programs
            at = -1 - min(int(chance.expovariate(0.3)), len(live) - 1)
            yield "free", live.pop(at)


def serve(torch, requests):
    """Returns the blocks that are live at the end, and the number of failed requests."""
    blocks = {}
    streams = collections.defaultdict(torch.cuda.Stream, {0: torch.cuda.default_stream()})
    failed = 0
    for kind, block, *more in requests:
        if kind == "malloc":
            bytes_, stream = more
            with torch.cuda.stream(streams[stream]):
                try:
                    blocks[block] = torch.empty(bytes_, dtype=torch.uint8, device="cuda")
                except torch.OutOfMemoryError:
                    failed += 1
        elif block in blocks and kind == "free":
            del blocks[block]
        elif block in blocks:
            blocks[block].record_stream(streams[more[0]])
    return blocks, failed


def main():
    arguments = parse_arguments()
    if arguments.settings:
        # CUDA reads it when it starts, so set it before torch is imported
        os.environ["PYTORCH_CUDA_ALLOC_CONF"] = arguments.settings
    import torch

    if (arguments.log is None) == (arguments.random is None):
        sys.exit("pytorch_allocator.py: expected either --log or --random")
    torch.cuda.init()
    if arguments.limit is not None:
        total = torch.cuda.get_device_properties(0).total_memory
        torch.cuda.set_per_process_memory_fraction(arguments.limit / total)
    if arguments.log:
        requests = requests_of(arguments.log)
    else:
        requests = random_requests(arguments.random, arguments.seed, arguments.streams)
    torch.cuda.memory._record_memory_history(context=None, max_entries=sys.maxsize)
    blocks, failed = serve(torch, requests)
    snapshot = torch.cuda.memory._snapshot()
    opener = gzip.open if arguments.output.endswith(".gz") else open
    with opener(arguments.output, "wb") as file:
        pickle.dump(snapshot, file)
    trace = snapshot["device_traces"][0]
    reserved = sum(segment["total_size"] for segment in snapshot["segments"])
    print(f"{arguments.output}: {len(trace)} entries, {len(blocks)} blocks live, {reserved} bytes reserved, {failed} failed")


if __name__ == "__main__":
    main()

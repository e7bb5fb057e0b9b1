#!/usr/bin/env python3
"""Records a CUDA memory snapshot of three training steps, from before the model is built.

So the file has the allocation of every segment and every block, also of blocks that stay to the end. See README.md
beside this file.
"""

import argparse
import os
import pickle
import sys


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("output", help="file to write, e.g. gpt.pickle")
    parser.add_argument("--model", choices=["gpt", "resnet50"], default="gpt")
    parser.add_argument("--batch", type=int, help="batch size, by default the model's usual one")
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--expandable", action="store_true", help="use expandable segments")
    parser.add_argument("--out-of-memory", metavar="GIB", type=float, help="limit the program to this much memory")
    parser.add_argument("--stacks", choices=["python", "all"], default="python", help="frames to record")
    parser.add_argument("--keep-paths", action="store_true", help="keep the folders of source files")
    return parser.parse_args()


def strip_paths(snapshot):
    """Keeps only the last part of every file name: the folders reveal the user and the machine."""
    done = set()

    def strip(frames):
        for frame in frames or []:
            # frames are shared by many stacks
            if id(frame) in done:
                continue
            done.add(id(frame))
            frame["filename"] = frame["filename"].replace("\\", "/").rsplit("/", 1)[-1]

    for entries in snapshot["device_traces"]:
        for entry in entries:
            strip(entry.get("frames"))
    for segment in snapshot["segments"]:
        strip(segment.get("frames"))
        for block in segment["blocks"]:
            strip(block.get("frames"))


def main():
    arguments = parse_arguments()
    if arguments.expandable:
        # CUDA reads it when it starts, so set it before torch is imported
        os.environ["PYTORCH_CUDA_ALLOC_CONF"] = "expandable_segments:True"
    import torch

    import models

    if not torch.cuda.is_available():
        sys.exit("pytorch_cuda_snapshot.py: torch finds no CUDA device; run this on a machine that has one")
    torch.cuda.init()
    if arguments.out_of_memory is not None:
        total = torch.cuda.get_device_properties(0).total_memory
        torch.cuda.set_per_process_memory_fraction(min(1.0, arguments.out_of_memory * 2**30 / total))
    # no limit of entries: a full ring buffer loses the beginning
    torch.cuda.memory._record_memory_history(max_entries=sys.maxsize, stacks=arguments.stacks)
    try:
        model, make_batch, batch = models.make(arguments.model, "cuda")
        models.train(model, make_batch, arguments.batch or batch, "cuda", arguments.steps)
        torch.cuda.synchronize()
    except torch.cuda.OutOfMemoryError as error:
        # the last entry of the recording is the failed request
        print(f"ran out of memory: {str(error).splitlines()[0]}", file=sys.stderr)
    snapshot = torch.cuda.memory._snapshot()
    torch.cuda.memory._record_memory_history(enabled=None)
    if not arguments.keep_paths:
        strip_paths(snapshot)
    with open(arguments.output, "wb") as file:
        pickle.dump(snapshot, file, protocol=4)
    entries = sum(len(trace) for trace in snapshot["device_traces"])
    print(f"{arguments.output}: {entries} entries, {os.path.getsize(arguments.output)} bytes")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Records a CUDA memory snapshot of three training steps, from before the model is built.

So every segment that the allocator took, and every block, is in the file with its allocation: nothing is persistent
that nobody saw allocated. See README.md beside this file.
"""

import argparse
import os
import pickle
import sys


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("output", help="file to write, e.g. gpt.pickle")
    parser.add_argument("--model", choices=["gpt", "resnet50"], default="gpt")
    parser.add_argument("--batch", type=int, help="the model's usual batch size where absent")
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--expandable", action="store_true", help="use expandable segments")
    parser.add_argument("--out-of-memory", metavar="GIB", type=float, help="let the program use this much only")
    parser.add_argument("--stacks", choices=["python", "all"], default="python", help="what call stacks hold")
    parser.add_argument("--keep-paths", action="store_true", help="keep the folders of source files")
    return parser.parse_args()


def strip_paths(snapshot):
    """Keeps the last part of every file name: the folders tell who recorded, and where."""
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
        # read when CUDA starts, so before torch is imported
        os.environ["PYTORCH_CUDA_ALLOC_CONF"] = "expandable_segments:True"
    import torch

    import models

    if not torch.cuda.is_available():
        sys.exit("pytorch_cuda_snapshot.py: this needs a CUDA device, and torch finds none")
    torch.cuda.init()
    if arguments.out_of_memory is not None:
        total = torch.cuda.get_device_properties(0).total_memory
        torch.cuda.set_per_process_memory_fraction(min(1.0, arguments.out_of_memory * 2**30 / total))
    # no limit of entries: a full ring buffer would lose the beginning
    torch.cuda.memory._record_memory_history(max_entries=sys.maxsize, stacks=arguments.stacks)
    try:
        model, make_batch, batch = models.make(arguments.model, "cuda")
        models.train(model, make_batch, arguments.batch or batch, "cuda", arguments.steps)
        torch.cuda.synchronize()
    except torch.cuda.OutOfMemoryError as error:
        # the last entry of the recording says what was asked for
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

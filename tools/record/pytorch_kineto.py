#!/usr/bin/env python3
"""Records a Chrome trace of the PyTorch profiler with memory events, on the CPU or a CUDA device.

Runs one training step to warm up, and records three more. See README.md beside this file.
"""

import argparse
import gzip
import os
import re
import sys
import tempfile


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("output", help="file to write, e.g. gpt.json.gz")
    parser.add_argument("--model", choices=["gpt", "resnet50"], default="gpt")
    parser.add_argument("--batch", type=int, help="batch size, by default the model's usual one")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument(
        "--stacks",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="record Python's calls, among them those of modules; without, files are much smaller",
    )
    parser.add_argument("--keep-paths", action="store_true", help="keep the folders of source files")
    return parser.parse_args()


def strip_paths(text):
    """Keeps only the last part of every path: "/home/me/train.py(7): step" becomes "train.py(7): step"."""
    return re.sub(r'"(?:[^"]*[\\/])?([^"\\/]+\.py\(\d+\))', r'"\1', text)


def main():
    arguments = parse_arguments()
    import torch
    from torch.profiler import ProfilerActivity, profile, schedule

    import models

    if arguments.device == "cuda" and not torch.cuda.is_available():
        sys.exit("pytorch_kineto.py: torch finds no CUDA device; use --device cpu")
    model, make_batch, batch = models.make(arguments.model, arguments.device)
    activities = [ProfilerActivity.CPU] + ([ProfilerActivity.CUDA] if arguments.device == "cuda" else [])
    with tempfile.TemporaryDirectory() as folder:
        raw = os.path.join(folder, "trace.json")
        with profile(
            activities=activities,
            # the profiler marks the steps as ProfilerStep#1 to #3, where stowage cuts
            schedule=schedule(wait=0, warmup=1, active=3, repeat=1),
            on_trace_ready=lambda profiler: profiler.export_chrome_trace(raw),
            profile_memory=True,
            record_shapes=False,
            with_stack=arguments.stacks,
            with_modules=arguments.stacks,
        ) as profiler:
            models.train(model, make_batch, arguments.batch or batch, arguments.device, 4, profiler.step)
        with open(raw, encoding="utf-8", errors="replace") as file:
            text = file.read()
    if not arguments.keep_paths:
        text = strip_paths(text)
    opener = gzip.open if arguments.output.endswith(".gz") else open
    with opener(arguments.output, "wt", encoding="utf-8") as file:
        file.write(text)
    events = text.count('"[memory]"')
    print(f"{arguments.output}: {events} memory events, {os.path.getsize(arguments.output)} bytes")
    if events == 0:
        sys.exit("no memory events: this build of PyTorch has no Kineto (as in Debian 12); install it with pip")


if __name__ == "__main__":
    main()

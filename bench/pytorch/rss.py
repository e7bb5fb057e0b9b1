"""Peak memory of a process that runs a net, with the plan or without anything of stowage. Prints a line of JSON.

    rss.py '{"net": "resnet50", "batch": 8, "plan": true, "library": ""}'
"""

from __future__ import annotations

import json
import sys
from typing import Dict

import nets
import torch

STEPS = 8


def memory() -> Dict[str, int]:
    """Bytes of resident memory: now, and at most so far."""
    with open("/proc/self/status", encoding="utf-8") as status:
        fields = dict(line.split(":", 1) for line in status)
    return {key: int(fields[name].split()[0]) * 1024 for key, name in (("now", "VmRSS"), ("most", "VmHWM"))}


def main() -> None:
    cell = json.loads(sys.argv[1])
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    net, inputs = nets.make(cell["net"], cell["batch"])
    before = memory()
    if cell["plan"]:
        import stowage

        enabled = stowage.enable(["cpu"])
        if not enabled:
            raise SystemExit(f"Error: {enabled}")
        net = stowage.serve(net)
    for _ in range(STEPS):
        output = net(*inputs)
        del output
    if cell["library"] and cell["library"] not in open("/proc/self/maps", encoding="utf-8").read():
        raise SystemExit(f"Error: {cell['library']} is not loaded")
    print(json.dumps({"before": before["now"], **memory()}))


main()

"""Training steps on the imitated device by one allocator, in a process of its own.

    cuda_cell.py '{"net": "bert", "batch": 2, "allocator": "plan", "lengths": [], "steps": 8}'

Allocators: ``plan`` learns in the process, ``given`` has the plan of the folder ``plan`` from the first step on, and ``native`` is
PyTorch's own, as PYTORCH_CUDA_ALLOC_CONF sets it. ``lengths`` of sequences take turns, each with a signature. With ``record``
the recorded step is written there. Prints one line of JSON; where the device has no memory, ``{"failed": …}``.
"""

from __future__ import annotations

import json
import sys
from typing import Any, Dict

import imitated
import nets
import stowage
import torch


def cublas_workspaces() -> None:
    """Has both threads, that of forward and that of backward, make theirs: a given plan has no step to pass for them."""
    x = torch.ones(8, 8, device="cuda", requires_grad=True)
    (x @ x).sum().backward()


def run(cell: Dict[str, Any]) -> Dict[str, Any]:
    device = imitated.Device()
    is_ours = cell["allocator"] != "native"
    if is_ours:
        enabled = stowage.enable(["cuda"])
        if not enabled:
            raise SystemExit(f"Error: {enabled}")
    if cell["allocator"] == "given":
        stowage.load(cell["plan"])
        cublas_workspaces()
    step = imitated.trainer(cell["net"], cell["batch"])
    lengths = cell.get("lengths") or [0]
    inputs = [
        [x.cuda() for x in nets.inputs_of(cell["net"], cell["batch"], length)] if length else None for length in lengths
    ]
    for i in range(cell["steps"] * len(lengths)):
        at = i % len(lengths)
        if is_ours:
            with stowage.step(name_of(lengths[at])):
                step(inputs[at])
        else:
            step(inputs[at])
    result = {"bytes": device.bytes(), "most": device.most(), "arena": 0}
    if is_ours:
        result.update(figures(lengths))
        if cell["allocator"] == "given" and result["asked"] == 0:
            raise SystemExit("Error: the given plan was not served")
        if cell.get("record"):
            stowage.record(cell["record"])
    return result


def name_of(length: int) -> str:
    """Of the signature; "train" is what an exported plan is for, unless told otherwise."""
    return f"train {length}" if length else "train"


def figures(lengths: list) -> Dict[str, Any]:
    """Of the signature with the largest arena; served is a step's."""
    found = [stowage.stats()[name_of(length)]["cuda:0"] for length in lengths]
    largest = max(range(len(lengths)), key=lambda i: found[i]["arena"])
    rows = stowage._cuda.recorded(name_of(lengths[largest])).get("cuda:0", [])
    served = sum(figures["served"] for figures in found)
    slots = [figures["served"] + figures["larger"] + figures["blocked"] + figures["extra"] for figures in found]
    return {
        "allocations": len(rows),
        "ending": sum(row.end != stowage._native.OPEN for row in rows),
        "served": served,
        "asked": sum(slots),
        "arena": found[largest]["arena"],
        "bound": found[largest]["lower_bound"],
        "proven": found[largest]["proven"],
        "reason": found[largest]["reason"],
    }


if __name__ == "__main__":
    try:
        answer = run(json.loads(sys.argv[1]))
    except RuntimeError as error:
        if "out of memory" not in str(error):
            raise
        answer = {"failed": str(error).splitlines()[0]}
    imitated.report(answer)

"""Recorded iterations as event logs: ``stowage.events/1``, docs/event-log.md."""

from __future__ import annotations

import heapq
import json
import os
from typing import Any, Dict, Iterator, List, Tuple, Union

from . import _native, _output


def write(path: Union[str, "os.PathLike[str]"], devices: Dict[str, List[_native.Row]]) -> int:
    """Writes one iteration, an event per line, and returns the number of allocations.

    Rows of several devices are one after the other: no common order is recorded, and stowage plans each by itself.
    """
    with _output.opened(os.fspath(path)) as file:
        for event in _events(devices):
            file.write(json.dumps(event, separators=(",", ":")) + "\n")
    return sum(map(len, devices.values()))


def _events(devices: Dict[str, List[_native.Row]]) -> Iterator[Dict[str, Any]]:
    described = [{"name": device, "alignment": _native.UNITS[device.split(":")[0]]} for device in devices]
    yield {"schema": "stowage.events/1", "device": next(iter(devices)), "devices": described}
    yield {"event": "iteration", "number": 0}
    base = 0
    for device, rows in devices.items():
        yield from _events_of(device, rows, base)
        base += len(rows)
    yield {"event": "end"}


def _events_of(device: str, rows: List[_native.Row], base: int) -> Iterator[Dict[str, Any]]:
    """Row i is allocated at tick i, and freed before the row ``end`` is allocated; addresses are row numbers."""
    ends: List[Tuple[int, int]] = []
    for i in range(len(rows) + 1):
        while ends and ends[0][0] <= i:
            yield {"event": "free", "device": device, "address": heapq.heappop(ends)[1]}
        if i == len(rows):
            return
        row = rows[i]
        event = {"event": "malloc", "device": device, "address": base + i + 1, "size": row.size}
        if row.key:
            event["stream"] = row.key
        yield event
        if row.end != _native.OPEN:
            heapq.heappush(ends, (row.end, base + i + 1))

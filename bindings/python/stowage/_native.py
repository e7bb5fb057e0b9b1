"""The shared object: the planner and the runtime of stowage, made C, and the hooks of PyTorch."""

from __future__ import annotations

import ctypes
import functools
import os
import pathlib
import threading
from typing import Dict, List

#: Room for the texts in which the library says why it could not do something.
TEXT_BYTES = 512


class Row(ctypes.Structure):
    """One allocation of an iteration; see ``stowage_row`` in ``profile.h``."""

    _fields_ = [
        ("key", ctypes.c_uint32),
        ("end", ctypes.c_uint32),
        ("size", ctypes.c_uint64),
        ("offset", ctypes.c_uint64),
    ]


#: ``Row.end`` of a block that outlives its iteration.
OPEN = 0xFFFFFFFF
#: Bytes that offsets are multiples of, and PyTorch's own allocations too, by kind of device.
UNITS = {"cpu": 64, "cuda": 512}
#: Counters of the runtime, in its order.
COUNTERS = (
    "served",
    "larger",
    "blocked",
    "extra",
    "unknown",
    "unmanaged",
    "unplanned",
    "missing",
    "failed",
    "invalid_frees",
    "remote",
    "broken",
    "bypassed",
)

_lock = threading.Lock()
_numbers: Dict[str, int] = {}


def path() -> str:
    """Where the shared object is: ``STOWAGE_SO``, or beside this file."""
    return os.environ.get("STOWAGE_SO") or str(pathlib.Path(__file__).with_name("_stowage.so"))


@functools.lru_cache(maxsize=None)
def library() -> ctypes.PyDLL:
    """The shared object, loaded once.

    Its functions are called with the interpreter's lock held: they take microseconds, less than giving the lock away.

    Raises:
        OSError: it is missing or for another machine.
    """
    return ctypes.PyDLL(path())


def text() -> "ctypes.Array[ctypes.c_char]":
    """A buffer for a reason."""
    return ctypes.create_string_buffer(TEXT_BYTES)


def number_of(signature: str) -> int:
    """The number of a signature in the shared object, on every device; a new one where it is new."""
    number = _numbers.get(signature)
    if number is None:
        with _lock:
            number = _numbers.setdefault(signature, len(_numbers))
    return number


def signatures() -> Dict[str, int]:
    """The numbers of all signatures so far, in their order."""
    with _lock:
        return dict(_numbers)


class StepPlan:
    """A given plan in the shared object, verified there, as ``with``: the value is its address.

    Raises:
        ValueError: the plan breaks a rule; the text names the row.
    """

    def __init__(self, unit: int, rows: List[Row], peak: int, lower_bound: int) -> None:
        make, why = library().stowage_step_plan_of, text()
        make.restype = ctypes.c_void_p
        bytes_ = ctypes.c_uint64(peak), ctypes.c_uint64(lower_bound)
        plan = make(len(rows), unit, (Row * len(rows))(*rows), *bytes_, why, ctypes.c_size_t(len(why)))
        if not plan:
            raise ValueError(why.value.decode())
        self._plan = ctypes.c_void_p(plan)

    def __enter__(self) -> ctypes.c_void_p:
        return self._plan

    def __exit__(self, *_: object) -> None:
        library().stowage_step_plan_drop(self._plan)

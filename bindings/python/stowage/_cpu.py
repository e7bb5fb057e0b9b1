"""Tensors on the CPU: the hooks of ``c10::alloc_cpu``, and the lanes of threads."""

from __future__ import annotations

import ctypes
import os
import sys
from typing import Any, Dict, List, Tuple

from . import _native


class _Counts(ctypes.Structure):
    _fields_ = [
        ("counters", ctypes.c_uint64 * len(_native.COUNTERS)),
        ("peak", ctypes.c_uint64),
        ("lower_bound", ctypes.c_uint64),
        ("arena_bytes", ctypes.c_uint64),
        ("elsewhere_bytes", ctypes.c_uint64),
        ("iterations", ctypes.c_uint64),
        ("is_optimal", ctypes.c_uint32),
        ("live", ctypes.c_uint32),
        ("why", ctypes.c_char * 256),
    ]


def enable(cap: int) -> Tuple[bool, str]:
    """Hooks the running PyTorch, and checks that its tensors reach the hooks. Returns whether, and why not."""
    import torch

    if not sys.platform.startswith("linux"):
        return False, f"the hooks need Linux, this is {sys.platform}"
    library = _native.library()
    functions = _functions(torch)
    why = _native.text()
    if not library.stowage_cpu_enable(*functions, ctypes.c_uint64(cap), why, len(why)):
        return False, why.value.decode()
    allocs, frees = ctypes.c_uint32(), ctypes.c_uint32()
    library.stowage_cpu_probe(1, ctypes.byref(allocs), ctypes.byref(frees))
    tensor = torch.empty(1 << 12, dtype=torch.uint8)
    del tensor
    library.stowage_cpu_probe(0, ctypes.byref(allocs), ctypes.byref(frees))
    if allocs.value == 0 or frees.value == 0:
        return False, f"PyTorch {torch.__version__} does not allocate tensors through c10::alloc_cpu and free_cpu"
    return True, ""


def _functions(torch: Any) -> Tuple[ctypes.c_void_p, ctypes.c_void_p]:
    """Addresses of PyTorch's own functions; null where they are to be looked up by name."""
    path = os.path.join(os.path.dirname(torch.__file__), "lib", "libc10.so")
    try:
        c10 = ctypes.CDLL(path)
        names = ("_ZN3c109alloc_cpuEm", "_ZN3c108free_cpuEPv")
        alloc, free = (ctypes.cast(getattr(c10, name), ctypes.c_void_p) for name in names)
        return alloc, free
    except (OSError, AttributeError):
        return ctypes.c_void_p(), ctypes.c_void_p()


def settings(warm: int, node_limit: int) -> None:
    _native.library().stowage_cpu_settings(warm, ctypes.c_uint64(node_limit))


def begin(signature: int) -> int:
    return int(_native.library().stowage_cpu_begin(signature))


def end(is_cancelled: bool) -> None:
    _native.library().stowage_cpu_end(int(is_cancelled))


def stats(signature: int) -> Dict[str, Any]:
    """Figures of a signature, summed over threads; empty where no thread has run it."""
    counts = _Counts()
    threads = _native.library().stowage_cpu_stats(signature, ctypes.byref(counts))
    if threads == 0 and not counts.why:
        return {}
    return {
        "arena": counts.peak,
        "lower_bound": counts.lower_bound,
        "proven": bool(counts.is_optimal and counts.peak),
        **dict(zip(_native.COUNTERS, counts.counters)),
        "bytes_elsewhere": counts.elsewhere_bytes,
        "arena_bytes": counts.arena_bytes,
        "live": counts.live,
        "iterations": counts.iterations,
        "threads": threads,
        "reason": counts.why.decode(),
    }


def recorded(signature: int) -> List[_native.Row]:
    """Rows of the last recording, in order of allocation; empty where there is none."""
    library = _native.library()
    count = library.stowage_cpu_recorded(signature, None, 0)
    rows = (_native.Row * count)()
    return list(rows[: min(count, library.stowage_cpu_recorded(signature, rows, count))])


def install(signature: int, unit: int, rows: List[_native.Row], peak: int, lower_bound: int) -> None:
    """Serves a signature from a given plan.

    Raises:
        ValueError: the plan breaks a rule; the text names the row.
    """
    with _native.StepPlan(unit, rows, peak, lower_bound) as plan:
        _native.library().stowage_cpu_install(signature, plan)

"""Tensors on CUDA: the pluggable allocator, and the arena and pool of each device."""

from __future__ import annotations

import ctypes
import sys
import threading
from typing import Any, Dict, List, NamedTuple, Set, Tuple

from . import _native

#: Iterations that pass before one is recorded: optimizers make their state in the first, cuBLAS and cuDNN their workspaces.
WARM = 3
#: Nodes that planning a step spends at most: seconds, at worst; on a device bytes are worth more.
NODES = 400_000


class _Counts(ctypes.Structure):
    _fields_ = [
        ("counters", ctypes.c_uint64 * len(_native.COUNTERS)),
        ("peak", ctypes.c_uint64),
        ("lower_bound", ctypes.c_uint64),
        ("elsewhere_bytes", ctypes.c_uint64),
        ("iterations", ctypes.c_uint64),
        ("unserved", ctypes.c_uint64),
        ("has_plan", ctypes.c_uint32),
        ("is_optimal", ctypes.c_uint32),
        ("why", ctypes.c_char * 256),
    ]


class _Figures(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_uint64)
        for name in (
            "arena",
            "retired",
            "captured",
            "pool",
            "elsewhere",
            "used",
            "total",
            "waiting_frees",
            "waiting",
            "live",
            "waits",
        )
    ]


class _Given(NamedTuple):
    rows: List[_native.Row]
    peak: int
    lower_bound: int


_lock = threading.Lock()
#: Plans to serve on every device, and the devices that have them.
_given: Dict[str, _Given] = {}
_installed: Set[Tuple[int, str]] = set()
#: The allocator that PyTorch has from us, which must live as long as the process.
_allocator: Any = None
_thread = threading.local()


def enable_cuda() -> Tuple[bool, str]:
    """Replaces PyTorch's CUDA allocator by ours. Returns whether, and why not.

    PyTorch takes another allocator only before its first allocation on CUDA.
    """
    global _allocator
    import torch

    if _allocator is not None:
        return True, ""
    if not sys.platform.startswith("linux"):
        return False, f"the allocator needs Linux, this is {sys.platform}"
    if torch.version.cuda is None:
        return False, f"PyTorch {torch.__version__} was built without CUDA"
    if not torch.cuda.is_available():
        return False, "PyTorch sees no CUDA device"
    if not hasattr(torch.cuda.memory, "CUDAPluggableAllocator"):
        return False, f"PyTorch {torch.__version__} takes no other CUDA allocator: 2.0 or newer does"
    library = _native.library()
    why = _native.text()
    if not library.stowage_cuda_enable(why, ctypes.c_size_t(len(why))):
        return False, why.value.decode()
    library.stowage_cuda_settings(WARM, ctypes.c_uint64(NODES))
    allocator = torch.cuda.memory.CUDAPluggableAllocator(_native.path(), "stowage_cuda_malloc", "stowage_cuda_free")
    try:
        allocator.allocator().set_record_stream_fn(_address(library.stowage_cuda_record_stream))
        allocator.allocator().set_reset_fn(_address(library.stowage_cuda_empty_cache))
        torch.cuda.memory.change_current_allocator(allocator)
    except AttributeError as error:
        return False, f"PyTorch {torch.__version__} has no hook for record_stream: {error}"
    except RuntimeError as error:
        reason = str(error).splitlines()[0]
        return False, f"{reason} (call stowage.enable() before the first tensor on CUDA)"
    _allocator = allocator
    return True, ""


def _address(function: Any) -> int:
    return ctypes.cast(function, ctypes.c_void_p).value or 0


def begin(name: str) -> int:
    """A step of the thread's current device begins. Returns 1 where a plan serves it, 0 where none does, −1 for a part."""
    import torch

    if not hasattr(_thread, "devices"):
        _thread.devices = []
    # the first step may be what starts CUDA
    is_started = torch.cuda.is_initialized()
    device = torch.cuda.current_device() if is_started else 0
    if _given and (device, name) not in _installed:
        _install(device, name)
    _thread.devices.append(device)
    is_capturing = is_started and torch.cuda.is_current_stream_capturing()
    return int(_native.library().stowage_cuda_begin(device, _native.number_of(name), int(is_capturing)))


def end(is_cancelled: bool = False) -> None:
    """The step that this thread began last ends; by an error: nothing is learned of it."""
    _native.library().stowage_cuda_end(_thread.devices.pop(), int(is_cancelled))


def raise_out_of_memory(error: RuntimeError) -> None:
    """Raises PyTorch's own type where our allocator had no memory: from C++ it can only throw a RuntimeError."""
    import torch

    if str(error).startswith("CUDA out of memory") and not isinstance(error, torch.cuda.OutOfMemoryError):
        raise torch.cuda.OutOfMemoryError(str(error)) from error


def _devices() -> range:
    import torch

    return range(torch.cuda.device_count() if torch.cuda.is_initialized() else 0)


def stats(name: str) -> Dict[str, Dict[str, Any]]:
    """Figures of a signature, by device that has run it."""
    number = _native.number_of(name)
    result = {}
    for device in _devices():
        counts = _Counts()
        if not _native.library().stowage_cuda_stats(device, number, ctypes.byref(counts)):
            continue
        result[f"cuda:{device}"] = {
            "arena": counts.peak,
            "lower_bound": counts.lower_bound,
            "proven": bool(counts.has_plan and counts.is_optimal),
            **dict(zip(_native.COUNTERS, counts.counters)),
            "bytes_elsewhere": counts.elsewhere_bytes,
            "iterations": counts.iterations,
            "iterations_without_arena": counts.unserved,
            "reason": counts.why.decode(),
        }
    return result


def cuda_stats() -> Dict[str, Dict[str, Any]]:
    """By device, the bytes of all signatures together.

    Keys: ``arena`` (that steps are served from), ``retired`` (earlier arenas with blocks in use), ``captured`` (arenas of CUDA
    graphs), ``pool`` (segments of the pool), ``elsewhere`` (blocks in use in them), ``used`` and ``total`` (of the device, all
    processes), in bytes; and as numbers ``waiting_frees`` (frees that waited for another stream), ``waiting`` (of them, now),
    ``live`` (blocks of the arenas in use), ``waits`` (times the device was waited for, since one stream was to have bytes
    of another).
    """
    result = {}
    for device in _devices():
        figures = _Figures()
        if _native.library().stowage_cuda_device_stats(device, ctypes.byref(figures)):
            result[f"cuda:{device}"] = {field[0]: getattr(figures, field[0]) for field in _Figures._fields_}
    return result


def recorded(name: str) -> Dict[str, List[_native.Row]]:
    """By device, the rows of the last recording in order of allocation."""
    number = _native.number_of(name)
    result: Dict[str, List[_native.Row]] = {}
    library = _native.library()
    for device in _devices():
        count = library.stowage_cuda_recorded(device, number, None, 0)
        rows = (_native.Row * count)()
        count = min(count, library.stowage_cuda_recorded(device, number, rows, count))
        if count > 0:
            result[f"cuda:{device}"] = list(rows[:count])
    return result


def install(name: str, rows: List[_native.Row], peak: int, lower_bound: int) -> None:
    """Serves a signature from a given plan, on every device.

    Raises:
        ValueError: the plan breaks a rule; the text names the row.
    """
    given = _Given(list(rows), peak, lower_bound)
    with _native.StepPlan(_native.UNITS["cuda"], *given), _lock:
        _given[name] = given
        for installed in [key for key in _installed if key[1] == name]:
            _installed.discard(installed)


def _install(device: int, name: str) -> None:
    given = _given.get(name)
    if given is not None:
        with _native.StepPlan(_native.UNITS["cuda"], *given) as plan:
            _native.library().stowage_cuda_install(device, _native.number_of(name), plan)
    _installed.add((device, name))

"""Steps of PyTorch served from plans: ``enable``, ``serve``, ``step``, ``stats``, ``record``, ``load``."""

from __future__ import annotations

import os
import threading
from typing import Any, Callable, Dict, Hashable, List, Optional, Union

from . import _cpu, _cuda, _native, events, files

#: Calls of a signature that pass before one is recorded: libraries choose algorithms and fill caches in the first.
WARM = 2
#: Nodes that planning a step spends at most: some tenths of a second.
NODES = 30_000

_lock = threading.Lock()
_numbers: Dict[str, int] = {}
_enabled: Dict[str, bool] = {"cpu": False, "cuda": False}


class Enabled:
    """What ``enable`` did: true where all devices asked for are served; ``reasons`` says why others are not."""

    def __init__(self, devices: Dict[str, bool], reasons: Dict[str, str]) -> None:
        #: By device, whether it is served.
        self.devices = devices
        #: By device that is not served, the reason.
        self.reasons = reasons

    def __bool__(self) -> bool:
        return not self.reasons

    def __repr__(self) -> str:
        if self:
            return "True"
        return "False: " + "; ".join(f"{device}: {reason}" for device, reason in self.reasons.items())


def enable(devices: Optional[List[str]] = None, *, max_arena_bytes: Optional[int] = None) -> Enabled:
    """Puts stowage in front of PyTorch's allocators in this process.

    Call it once, before the first tensor on CUDA: PyTorch takes another CUDA allocator only then. On CUDA, PyTorch's own
    allocator is replaced, with its statistics (``torch.cuda.memory_stats``, ``memory_snapshot``); ``stats`` has ours.

    Args:
        devices: of "cpu" and "cuda"; by default both, CUDA where this PyTorch sees a device.
        max_arena_bytes: bytes of all arenas on the CPU together; by default half of the machine's memory.

    Returns:
        A value that is true where all these devices are served, and that says why not where it is false.
    """
    import torch

    if devices is None:
        devices = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
    unknown = [device for device in devices if device not in ("cpu", "cuda")]
    if unknown:
        raise ValueError(f'devices: expected "cpu" or "cuda", got {unknown[0]!r}')
    reasons: Dict[str, str] = {}
    for device in devices:
        try:
            done, reason = _cpu.enable(_cap(max_arena_bytes)) if device == "cpu" else _cuda.enable_cuda()
        except OSError as error:
            done, reason = False, f"the shared object of stowage cannot be loaded: {error}"
        _enabled[device] = _enabled[device] or done
        if not _enabled[device]:
            reasons[device] = reason
    if _enabled["cpu"]:
        _cpu.settings(WARM, NODES)
    return Enabled(dict(_enabled), reasons)


def _cap(max_arena_bytes: Optional[int]) -> int:
    if max_arena_bytes is not None:
        if max_arena_bytes < 0:
            raise ValueError(f"max_arena_bytes: expected 0 or more, got {max_arena_bytes}")
        return max_arena_bytes
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2


def _number_of(name: str) -> int:
    """The number of a signature, for the shared object."""
    number = _numbers.get(name)
    if number is None:
        with _lock:
            number = _numbers.setdefault(name, len(_numbers))
    return number


class Step:
    """One iteration, as ``with``: see ``step``."""

    __slots__ = ("name", "_number", "_is_on_cuda")

    def __init__(self, name: str) -> None:
        self.name = name
        self._number = _number_of(name)
        self._is_on_cuda = False

    def __enter__(self) -> "Step":
        if _enabled["cpu"]:
            _cpu.begin(self._number)
        if _enabled["cuda"]:
            self._is_on_cuda = True
            _cuda.begin(self.name)
        return self

    def __exit__(self, kind: Any, value: Any, trace: Any) -> None:
        is_on_cuda, self._is_on_cuda = self._is_on_cuda, False
        if is_on_cuda:
            _cuda.end(kind is not None)
        if _enabled["cpu"]:
            _cpu.end(kind is not None)
        if is_on_cuda and isinstance(value, RuntimeError):
            _cuda.raise_out_of_memory(value)


def step(name: str = "step") -> Step:
    """An iteration of a loop, as ``with stowage.step("train"):`` around its body.

    The first ones pass, one is recorded and planned, and the later ones are served from the plan. What they allocate
    otherwise than recorded comes from the general allocator and is counted; a block that outlives its iteration does too.
    Where ``zero_grad(set_to_none=True)`` ends the body, gradients are part of the plan.

    Args:
        name: of the signature: iterations of one name have one plan, each thread an arena of its own on the CPU.
    """
    return Step(name)


def serve(model: Callable[..., Any], name: Optional[str] = None) -> "Served":
    """A model, or any function of tensors, whose calls are served from plans: one for each shape of the inputs.

    The third call of each shape and thread is recorded and planned; from then on calls are served.

    Args:
        model: a ``torch.nn.Module`` or a function.
        name: a prefix of the signatures; by default the name of the model's class or of the function.
    """
    return Served(model, name or str(getattr(model, "__name__", type(model).__name__)))


#: PyTorch, once a served model is called: it is optional, and a call has no time for several ``import`` statements.
_torch: Any = None


def _import_torch() -> None:
    global _torch
    import torch as _torch


#: Models served so far, by prefix of their signatures.
_prefixes: Dict[str, int] = {}


class Served:
    """A model as ``serve`` returns it: called like the model; other attributes are the model's own."""

    def __init__(self, model: Callable[..., Any], name: str) -> None:
        with _lock:
            number = _prefixes.get(name, 0)
            _prefixes[name] = number + 1
        self.model = model
        self._prefix = name if number == 0 else f"{name}#{number}"
        self._steps: Dict[Hashable, Step] = {}

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        if _torch is None:
            _import_torch()
        key = tuple(map(_key, arguments)), _key(options) if options else (), _modes(self.model)
        found = self._steps.get(key)
        if found is None:
            found = self._steps.setdefault(key, Step(f"{self._prefix}{_shown(key)}"))
        with Step(found.name):
            return self.model(*arguments, **options)

    def __getattr__(self, name: str) -> Any:
        if name in ("model", "_steps", "_prefix"):
            raise AttributeError(name)
        return getattr(self.model, name)

    def __repr__(self) -> str:
        return f"Served({self.model!r})"


def _modes(model: Any) -> Hashable:
    return _torch.is_grad_enabled(), _torch.is_inference_mode_enabled(), getattr(model, "training", None)


def _key(value: Any) -> Hashable:
    """What tells the allocations of two calls apart: shapes and types of tensors, and other values as they are."""
    if isinstance(value, _torch.Tensor):
        return "tensor", value.shape, value.stride(), value.dtype, value.device, value.requires_grad
    if isinstance(value, (list, tuple)):
        return tuple(map(_key, value))
    if isinstance(value, dict):
        return tuple((name, _key(item)) for name, item in value.items())
    if isinstance(value, (int, float, str, bool, type(None), bytes)):
        return value
    return type(value).__module__, type(value).__qualname__


def _shown(key: Hashable) -> str:
    """A signature for people: shapes alone, and a number where two of them would be the same."""
    shapes: List[str] = []

    def visit(part: Any) -> None:
        if isinstance(part, tuple):
            if len(part) == 6 and part[0] == "tensor":
                shapes.append("×".join(map(str, part[1])))
            else:
                for item in part:
                    visit(item)

    visit(key)
    text = f"({', '.join(shapes)})"
    with _lock:
        keys = _texts.setdefault(text, [])
        if key not in keys:
            keys.append(key)
        index = keys.index(key)
    return text if index == 0 else f"{text}·{index}"


_texts: Dict[str, List[Hashable]] = {}


class Stats(Dict[str, Dict[str, Dict[str, Any]]]):
    """By signature and device, the figures of ``stats``; as text, a line for each."""

    def __str__(self) -> str:
        lines = []
        for name, devices in self.items():
            for device, figures in devices.items():
                if not figures.get("arena"):
                    lines.append(f"{name}, {device}: no plan yet{_because(figures)}")
                    continue
                proof = "optimal" if figures["proven"] else f"lower bound {_bytes(figures['lower_bound'])}"
                lines.append(
                    f"{name}, {device}: arena {_bytes(figures['arena'])} ({proof}); served {figures['served']:,}, "
                    f"larger {figures['larger']:,}, blocked {figures['blocked']:,}, extra {figures['extra']:,}, "
                    f"{_bytes(figures['bytes_elsewhere'])} elsewhere{_because(figures)}"
                )
        return "\n".join(lines) or "no iteration yet"


def _because(figures: Dict[str, Any]) -> str:
    return f"; {figures['reason']}" if figures.get("reason") else ""


def _bytes(count: int) -> str:
    for unit, size in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} B"


def stats() -> Stats:
    """What was served and what was not, by signature and device.

    Keys of the figures: ``arena`` (bytes of the plan), ``lower_bound`` (bytes that no plan of the recorded buffers can undercut,
    streams apart), ``proven`` (whether they are equal), ``served``, ``larger``, ``blocked``, ``extra``, ``unknown``,
    ``unmanaged``, ``missing`` (allocations, over all iterations), ``bytes_elsewhere`` (bytes asked for in iterations and
    served by the general allocator), ``reason`` (why there is no plan, or not the last one).
    """
    result = Stats()
    for name, number in list(_numbers.items()):
        devices: Dict[str, Dict[str, Any]] = {}
        if _enabled["cpu"]:
            devices["cpu"] = _cpu.stats(number)
        if _enabled["cuda"]:
            devices.update(_cuda.stats(name))
        devices = {device: figures for device, figures in devices.items() if figures}
        if devices:
            result[name] = devices
    return result


def record(path: Union[str, "os.PathLike[str]"], signature: Optional[str] = None) -> int:
    """Writes the last recorded iteration of a signature as an event log, for stowage's command line and page.

    Args:
        path: of the file, e.g. ``step.jsonl``; it is replaced as a whole.
        signature: a key of ``stats()``; may be left out where one alone was recorded.

    Returns:
        The number of allocations written.

    Raises:
        ValueError: nothing was recorded, or several signatures were and none is named.
    """
    recorded = _recordings()
    if signature is None and len(recorded) > 1:
        raise ValueError(f"signature: expected one of {', '.join(map(repr, recorded))}: several were recorded")
    name = signature if signature is not None else next(iter(recorded), None)
    if name not in recorded:
        raise ValueError(
            "nothing was recorded yet: run more iterations"
            if name is None
            else f"signature: {name!r} was not recorded; expected one of {', '.join(map(repr, recorded)) or 'none yet'}"
        )
    return events.write(path, recorded[name])


def _recordings() -> Dict[str, Dict[str, List[_native.Row]]]:
    """By signature and device, the rows recorded."""
    result: Dict[str, Dict[str, List[_native.Row]]] = {}
    for name, number in list(_numbers.items()):
        devices: Dict[str, List[_native.Row]] = {}
        if _enabled["cpu"]:
            devices["cpu"] = _cpu.recorded(number)
        if _enabled["cuda"]:
            devices.update(_cuda.recorded(name))
        devices = {device: rows for device, rows in devices.items() if rows}
        if devices:
            result[name] = devices
    return result


def load(folder: Union[str, "os.PathLike[str]"]) -> List[str]:
    """Serves signatures from the plans that ``stowage export --format pytorch`` wrote: they are kept as they are.

    Iterations of these names (``step(name)``) are served from the first one on; nothing is recorded for them.

    Returns:
        The signatures.

    Raises:
        ValueError: the file is no such plan, was changed, or a plan in it breaks a rule.
    """
    plans = files.read_plan(folder)
    for plan in plans:
        if plan.device == "cuda":
            _cuda.install(plan.signature, plan.rows, plan.peak, plan.lower_bound)
        else:
            _cpu.install(_number_of(plan.signature), plan.unit, plan.rows, plan.peak, plan.lower_bound)
    return [plan.signature for plan in plans]

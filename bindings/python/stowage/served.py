"""Models and functions whose calls are steps: ``serve``."""

from __future__ import annotations

import threading
from typing import Any, Callable, Dict, Hashable, List, Optional

from .serving import Step

#: Signatures of one model. Each has tables and an arena, so an argument that counts must not make one for every call.
MOST_SHAPES = 64

_lock = threading.Lock()


def serve(model: Callable[..., Any], name: Optional[str] = None) -> "Served":
    """A model, or any function of tensors, whose calls are served from plans: one for each shape of the inputs.

    The third call of each shape and thread is recorded and planned; from then on calls are served. Numbers and texts among the
    arguments count as part of the shape, since a program may branch on them. Calls of more than `MOST_SHAPES` shapes of one
    model pass unserved.

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
        #: By what tells calls apart, the name of their signature.
        self._names: Dict[Hashable, str] = {}

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        if _torch is None:
            _import_torch()
        key = tuple(map(_key, arguments)), _key(options) if options else (), _modes(self.model)
        name = self._names.get(key) or self._name(key)
        if name is None:
            return self.model(*arguments, **options)
        with Step(name):
            return self.model(*arguments, **options)

    def _name(self, key: Hashable) -> Optional[str]:
        """The signature of a new shape, its shapes alone where no other has them; None where there are enough."""
        text = _shown(key)
        with _lock:
            if key not in self._names and len(self._names) < MOST_SHAPES:
                same = sum(name.startswith(f"{self._prefix}{text}") for name in self._names.values())
                self._names[key] = f"{self._prefix}{text}" + (f"·{same}" if same else "")
            return self._names.get(key)

    def __getattr__(self, name: str) -> Any:
        if name in ("model", "_names", "_prefix"):
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
    """The shapes of a call, for people."""
    shapes: List[str] = []

    def visit(part: Any) -> None:
        if isinstance(part, tuple):
            if len(part) == 6 and part[0] == "tensor":
                shapes.append("×".join(map(str, part[1])))
            else:
                for item in part:
                    visit(item)

    visit(key)
    return f"({', '.join(shapes)})"

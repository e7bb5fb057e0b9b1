"""Records blocks, uses and waits of CUDA streams in PyTorch as an event log, `stowage.events/1` (docs/event-log.md).

    with StreamRecorder("step.jsonl") as recorder:
        for batch in batches:
            recorder.iteration()
            train(batch)

It listens to `torch.cuda._gpu_trace`, which PyTorch's own sanitizer uses, for events, waits, blocks and synchronisation in
the order of the host, and to the dispatcher for the tensors that each operator uses. The memory history says how large each
block is and for which stream. Not seen: tensors that C++ code uses past the dispatcher (custom kernels, collectives) on another stream,
unless they are joined back before they are freed, or `Tensor.record_stream` was called. PyTorch 2.3 or newer.
"""

import collections
import json
import os
import threading


class Log:
    """Actions of the host, in order. Knows nothing of PyTorch: `StreamRecorder` calls it, and so do the tests."""

    def __init__(self):
        self._actions = []
        self._fences = {}  # event -> number of its latest record
        self._records = 0
        self._later = collections.defaultdict(list)  # address -> streams of record_stream
        self._lock = threading.Lock()

    def allocated(self, address):
        with self._lock:
            self._later.pop(address, None)
            self._actions.append(("malloc", address, None))

    def freed(self, address):
        with self._lock:
            # the free waits for these streams: they use the block to this moment
            for stream in self._later.pop(address, []):
                self._actions.append(("read", address, stream))
            self._actions.append(("free", address, None))

    def used(self, address, stream):
        with self._lock:
            self._actions.append(("read", address, stream))

    def used_until_freed(self, address, stream):
        with self._lock:
            if stream not in self._later[address]:
                self._later[address].append(stream)

    def recorded(self, event, stream):
        with self._lock:
            # each record has a number of its own: a wait is for none but the record that it saw
            self._records += 1
            self._fences[event] = self._records
            self._actions.append(("record", self._records, stream))

    def waited(self, event, stream):
        """`stream` None is the host."""
        with self._lock:
            if event in self._fences:
                self._actions.append(("wait", self._fences[event], stream))

    def synchronized(self, stream):
        """`stream` None is the device."""
        with self._lock:
            self._actions.append(("sync", None, stream))

    def deleted(self, event):
        with self._lock:
            self._fences.pop(event, None)

    def marked(self, number):
        """`number` None ends the last iteration."""
        with self._lock:
            self._actions.append(("end" if number is None else "iteration", number, None))

    def lines(self, blocks, device):
        """The lines of the log. `blocks` are (address, size, stream) of each allocation, in order."""
        waiting = collections.defaultdict(collections.deque)
        for address, size, stream in blocks:
            waiting[address].append((size, stream))
        live = {}  # address -> stream
        yield _line(schema="stowage.events/1", device=device, alignment=512)
        for action, value, stream in self._actions:
            if action == "malloc":
                if not waiting[value]:
                    continue  # of another device, or the memory history was cut
                size, live[value] = waiting[value].popleft()
                yield _line(event="malloc", address=hex(value), size=size, **_stream(live[value]))
            elif action == "free":
                if live.pop(value, None) is not None:
                    yield _line(event="free", address=hex(value))
            elif action == "read":
                if value in live and live[value] != stream:
                    yield _line(event="read", address=hex(value), stream=str(stream))
            elif action in ("record", "wait"):
                yield _line(event=action, fence=value, **_stream(stream))
            elif action == "sync":
                yield _line(event="sync", **_stream(stream))
            elif action == "iteration":
                yield _line(event="iteration", number=value)
            else:
                yield _line(event="end")


def _line(**fields):
    return json.dumps(fields, separators=(",", ":")) + "\n"


def _stream(stream):
    return {} if stream is None else {"stream": str(stream)}


class StreamRecorder:
    """Records what is inside its `with`. Begin it before the model is built: older blocks are not in the log.

    `iteration()` marks where an iteration begins. One recorder a process: PyTorch keeps its callbacks for good.
    """

    def __init__(self, path, device=None, entries=10_000_000):
        """`device` is a number, the current one by default; `entries` is the length of the memory history."""
        self._path = path
        self._device = device
        self._entries = entries
        self._log = Log()
        self._iterations = 0
        self._is_open = False

    def iteration(self):
        self._log.marked(self._iterations)
        self._iterations += 1

    def __enter__(self):
        import torch
        from torch.cuda import _gpu_trace

        self._torch = torch
        torch.cuda.init()
        self._number = torch.cuda.current_device() if self._device is None else self._device
        torch.cuda.memory._record_memory_history(context=None, max_entries=self._entries)
        self._listen(_gpu_trace)
        torch._C._activate_gpu_trace()
        self._is_open = True
        self._mode = _uses_mode(torch, self._log)
        self._mode.__enter__()
        return self

    def __exit__(self, kind, error, trace):
        self._mode.__exit__(None, None, None)
        self._is_open = False
        if self._iterations > 0:
            self._log.marked(None)
        blocks = self._blocks()
        self._torch.cuda.memory._record_memory_history(enabled=None)
        # a log that is there is whole
        temporary = f"{self._path}.{os.getpid()}.part"
        with open(temporary, "w") as file:
            file.writelines(self._log.lines(blocks, f"cuda:{self._number}"))
        os.replace(temporary, self._path)

    def _listen(self, registry):
        def open_only(action):
            return lambda *values: action(*values) if self._is_open else None

        log = self._log
        registry.register_callback_for_memory_allocation(open_only(log.allocated))
        registry.register_callback_for_memory_deallocation(open_only(log.freed))
        registry.register_callback_for_event_record(open_only(log.recorded))
        registry.register_callback_for_event_wait(open_only(log.waited))
        registry.register_callback_for_event_deletion(open_only(log.deleted))
        registry.register_callback_for_event_synchronization(open_only(lambda event: log.waited(event, None)))
        registry.register_callback_for_stream_synchronization(open_only(log.synchronized))
        registry.register_callback_for_device_synchronization(open_only(lambda: log.synchronized(None)))

    def _blocks(self):
        entries = self._torch.cuda.memory._snapshot()["device_traces"][self._number]
        return [(entry["addr"], entry["size"], entry["stream"]) for entry in entries if entry["action"] == "alloc"]


def _uses_mode(torch, log):
    from torch.utils._python_dispatch import TorchDispatchMode
    from torch.utils._pytree import tree_leaves

    def address_of(value):
        if not (isinstance(value, torch.Tensor) and value.is_cuda):
            return None
        try:
            return value.untyped_storage().data_ptr() or None
        except RuntimeError:
            return None  # a tensor without a storage

    class Uses(TorchDispatchMode):
        def __torch_dispatch__(self, function, types, arguments=(), keywords=None):
            keywords = keywords or {}
            result = function(*arguments, **keywords)
            if function is torch.ops.aten.record_stream.default:
                address = address_of(arguments[0])
                # the argument is a generic stream; its pointer is that of a CUDA stream of the same packed number
                pointer = torch.cuda.Stream(
                    stream_id=arguments[1].stream_id,
                    device_index=arguments[1].device_index,
                    device_type=arguments[1].device_type,
                ).cuda_stream
                if address is not None:
                    log.used_until_freed(address, pointer)
                return result
            stream = torch.cuda.current_stream().cuda_stream
            seen = {address_of(value) for value in tree_leaves((arguments, keywords, result))}
            for address in sorted(seen - {None}):
                log.used(address, stream)
            return result

    return Uses()

"""Runs models before and after a change of the order of their operators, and prints what came of it as JSON.

Arguments: RUNTIME (tflite-micro, ai-edge-litert, onnxruntime), BEFORE, AFTER. Prints `equal`, whether the outputs are the same bits; for
tflite-micro `arenas`, the smallest arena in which each model runs, bytes; for onnxruntime `ran`, whether it ran the order of each file.
"""

import json
import os
import sys
import tempfile

import numpy as np

LARGEST_ARENA = 1 << 21


def filled(shape, dtype):
    random = np.random.default_rng(1)
    if np.issubdtype(dtype, np.integer):
        return random.integers(-100, 100, shape).astype(dtype)
    return random.standard_normal(shape).astype(dtype)


def tflite_micro(paths):
    from tflite_micro.python.tflite_micro import runtime

    models = [open(path, "rb").read() for path in paths]

    def run(model, arena):
        interpreter = runtime.Interpreter.from_bytes(model, arena_size=arena)
        details = interpreter.get_input_details(0)
        interpreter.set_input(filled(details["shape"], np.dtype(details["dtype"])), 0)
        interpreter.invoke()
        return interpreter.get_output(0).tobytes()

    def runs(model, arena):
        try:
            run(model, arena)
            return True
        except Exception:
            return False

    def smallest(model):
        low, high = 1024, LARGEST_ARENA
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if runs(model, middle) else (middle + 1, high)
        return low

    before, after = (run(model, LARGEST_ARENA) for model in models)
    # an arena that is too small is reported there, many times
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    return {"equal": before == after, "arenas": [smallest(model) for model in models]}


def ai_edge_litert(paths):
    from ai_edge_litert.interpreter import Interpreter

    def run(path):
        interpreter = Interpreter(model_path=path)
        interpreter.allocate_tensors()
        for one in interpreter.get_input_details():
            interpreter.set_tensor(one["index"], filled(one["shape"], one["dtype"]))
        interpreter.invoke()
        return [interpreter.get_tensor(one["index"]).tobytes() for one in interpreter.get_output_details()]

    before, after = (run(path) for path in paths)
    return {"equal": before == after}


def onnxruntime(paths):
    import onnxruntime as ort

    def run(path):
        options = ort.SessionOptions()
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.execution_order = ort.ExecutionOrder.PRIORITY_BASED
        options.enable_profiling = True
        options.profile_file_prefix = os.path.join(tempfile.mkdtemp(), "profile")
        session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        feeds = {one.name: filled([size or 1 for size in one.shape], np.float32) for one in session.get_inputs()}
        outputs = [one.tobytes() for one in session.run(None, feeds)]
        events = json.load(open(session.end_profiling()))
        ran = [
            int(event["args"]["node_index"])
            for event in events
            if event.get("cat") == "Node" and event["name"].endswith("_kernel_time")
        ]
        return outputs, ran

    (before, ran_before), (after, ran_after) = (run(path) for path in paths)
    return {"equal": before == after, "ran": [ran == sorted(ran) for ran in (ran_before, ran_after)]}


RUNTIMES = {"tflite-micro": tflite_micro, "ai-edge-litert": ai_edge_litert, "onnxruntime": onnxruntime}
print(json.dumps(RUNTIMES[sys.argv[1]](sys.argv[2:])))

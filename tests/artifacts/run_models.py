"""Runs models in TensorFlow Lite Micro, each with and without a plan, and prints what came of it as JSON.

Arguments: FOLDER with NAME.before.tflite and NAME.after.tflite; names. Per name: the outputs (as bytes), the head of the
arena as the runtime recorded it, the smallest arena in which the model runs, and whether the official reader of the
schema finds the same model in both except for the additions.
"""

import contextlib
import json
import os
import sys
import tempfile

import numpy as np
from tflite_micro.python.tflite_micro import runtime
from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

LARGEST_ARENA = 1 << 22
PLAN = "OfflineMemoryAllocation"


@contextlib.contextmanager
def captured(texts):
    """What is written to the standard error, also by C++, goes to `texts`."""
    with tempfile.TemporaryFile() as file:
        kept = os.dup(2)
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))


def run(data, arena):
    """The outputs of two runs, one after the other, and the head of the arena."""
    texts = []
    with captured(texts):
        interpreter = runtime.Interpreter.from_bytes(data, arena_size=arena)
        outputs = []
        for seed in (1, 2):
            feed(interpreter, data, seed)
            interpreter.invoke()
            model = schema.Model.GetRootAs(data, 0)
            for k in range(model.Subgraphs(0).OutputsLength()):
                outputs.append(interpreter.get_output(k).tobytes().hex())
        interpreter.print_allocations()
    head = next(line for line in texts[0].splitlines() if "allocation head" in line)
    return outputs, int(head.split()[-2])


def feed(interpreter, data, seed):
    random = np.random.default_rng(seed)
    for k in range(schema.Model.GetRootAs(data, 0).Subgraphs(0).InputsLength()):
        details = interpreter.get_input_details(k)
        dtype = np.dtype(details["dtype"])
        shape = details["shape"]
        if dtype.kind == "f":
            value = random.standard_normal(shape)
        else:
            value = random.integers(0, 100, shape)
        interpreter.set_input(np.asarray(value, dtype), k)


def smallest_arena(data):
    """Bytes, to 16: below it the runtime says that there is no room."""
    low, high = 0, LARGEST_ARENA // 16
    while low + 1 < high:
        middle = (low + high) // 2
        try:
            run(data, middle * 16)
            high = middle
        except RuntimeError:
            low = middle
    return high * 16


def tree(value):
    """An object of the schema as plain values."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, list):
        return [tree(one) for one in value]
    if isinstance(value, bytes):
        return value.hex()
    if hasattr(value, "__dict__"):
        return {name: tree(one) for name, one in vars(value).items()}
    return value


def is_same_model(before, after):
    trees = []
    for data in (before, after):
        found = tree(schema.ModelT.InitFromPackedBuf(data, 0))
        found["metadata"] = [one for one in found["metadata"] or [] if bytes.fromhex(one["name"]).decode() != PLAN]
        trees.append(found)
    old, new = trees
    new["buffers"] = new["buffers"][: len(old["buffers"])]
    return old == new


def main(folder, names):
    results = {}
    for name in names:
        result = {}
        files = []
        for side in ("before", "after"):
            with open(os.path.join(folder, f"{name}.{side}.tflite"), "rb") as file:
                data = file.read()
            files.append(data)
            outputs, head = run(data, LARGEST_ARENA)
            result[side] = {"outputs": outputs, "head": head, "arena": smallest_arena(data)}
        result["isSameModel"] = is_same_model(*files)
        results[name] = result
    # the interpreter prints lines of its own
    print("\n" + json.dumps(results))


main(sys.argv[1], sys.argv[2:])

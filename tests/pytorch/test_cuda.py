"""PyTorch on CUDA served from plans, over an imitated device: whole training steps, streams, differences, no memory."""

import concurrent.futures
import subprocess
import tempfile
import unittest

import torch

import imitated

_folder = None


def setUpModule() -> None:
    global _folder
    if torch.version.cuda is None:
        raise unittest.SkipTest(f"PyTorch {torch.__version__} is built without CUDA")
    _folder = tempfile.TemporaryDirectory()
    try:
        imitated.build(_folder.name)
    except subprocess.CalledProcessError as error:
        raise unittest.SkipTest(f"the imitated device does not compile here: {error}") from error


def tearDownModule() -> None:
    if _folder is not None:
        _folder.cleanup()


PRELUDE = """
import json, os, threading
import torch
import imitated, nets, stowage
device = imitated.Device()
enabled = stowage.enable(["cuda"])
assert enabled, enabled
MIB = 1 << 20

def tensor(mib, **options):
    return torch.empty(int(mib * MIB), dtype=torch.uint8, device="cuda", **options)

def counts(name="step"):
    figures = stowage.stats().get(name, {}).get("cuda:0", {})
    return {key: value for key, value in figures.items() if isinstance(value, int)}

def counted(body, name="step"):
    '''Runs a step. Returns what it added to the counters.'''
    before = counts(name)
    with stowage.step(name):
        body()
    return {key: value - before.get(key, 0) for key, value in counts(name).items()}

def warmed(body, name="step"):
    '''Runs the steps that pass and the one that is recorded.'''
    for _ in range(4):
        counted(body, name)
"""


def run(program: str, **options) -> dict:
    return imitated.run(_folder.name, PRELUDE + imitated.textwrap.dedent(program), **options)


TRAIN = """
step = imitated.trainer({name!r}, {batch})
warmed(step)
rows = stowage._cuda.recorded("step")["cuda:0"]
steps = [counted(step) for _ in range(3)]
imitated.report({{
    "ends": sum(row.end != stowage._native.OPEN for row in rows), "rows": len(rows), "steps": steps,
    "figures": stowage.stats()["step"]["cuda:0"], "bytes": device.bytes(), "cuda": stowage.cuda_stats()["cuda:0"],
}})
"""

NATIVE = """
import imitated, torch
device = imitated.Device()
step = imitated.trainer({name!r}, {batch})
for _ in range(7):
    step()
assert torch.cuda.memory_reserved() == device.bytes()
imitated.report(device.bytes())
"""

DIFFERENCES = ("larger", "blocked", "extra", "unknown", "missing", "failed", "invalid_frees", "bypassed")


class TrainingSteps(unittest.TestCase):
    def train(self, name: str, batch: int) -> None:
        try:
            found = run(TRAIN.format(name=name, batch=batch))
        except imitated.Failed as error:
            if "No module named 'torchvision'" in str(error):
                self.skipTest("torchvision is not installed")
            raise
        self.assertGreater(found["ends"], 100)
        for step in found["steps"]:
            self.assertEqual(step["served"], found["ends"])
            self.assertEqual(step["unmanaged"], found["rows"] - found["ends"])
            self.assertEqual({key: step[key] for key in DIFFERENCES}, dict.fromkeys(DIFFERENCES, 0))
        self.assertEqual(found["figures"]["reason"], "")
        self.assertGreaterEqual(found["figures"]["arena"], found["figures"]["lower_bound"])
        self.assertEqual(found["cuda"]["arena"] + found["cuda"]["pool"], found["bytes"])
        self.assertEqual(found["cuda"]["used"], found["bytes"])
        program = NATIVE.format(name=name, batch=batch)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            settings = ({}, {"PYTORCH_CUDA_ALLOC_CONF": "expandable_segments:True"})
            native, expandable = pool.map(lambda options: imitated.run(_folder.name, program, **options), settings)
        self.assertLess(found["bytes"], native, "the caching allocator")
        self.assertLess(found["bytes"], expandable, "expandable segments")

    def test_squeezenet(self) -> None:
        self.train("squeezenet1_1", 2)

    def test_resnet(self) -> None:
        self.train("resnet50", 4)

    def test_mobilenet(self) -> None:
        self.train("mobilenet_v2", 8)

    def test_bert(self) -> None:
        self.train("bert", 2)

    def test_a_batch_that_fits_only_with_the_plan(self) -> None:
        capacity = 2560 << 20
        with self.assertRaisesRegex(imitated.Failed, "CUDA out of memory"):
            imitated.run(_folder.name, NATIVE.format(name="gpt2", batch=5), bytes_=capacity)
        found = run(TRAIN.format(name="gpt2", batch=5), bytes_=capacity)
        for step in found["steps"]:
            self.assertEqual(step["served"], found["ends"])
        self.assertLess(found["bytes"], capacity)

    def test_backward_of_another_thread_is_in_the_same_step(self) -> None:
        found = run(
            """
            threads = set()

            class Twice(torch.autograd.Function):
                @staticmethod
                def forward(ctx, x):
                    threads.add(threading.get_ident())
                    return x * 2

                @staticmethod
                def backward(ctx, gradient):
                    threads.add(threading.get_ident())
                    return gradient * 2

            x = torch.ones(MIB, device="cuda", requires_grad=True)

            def step():
                Twice.apply(Twice.apply(x)).sum().backward()
                x.grad = None

            warmed(step)
            rows = len(stowage._cuda.recorded("step")["cuda:0"])
            imitated.report({"threads": len(threads), "rows": rows, "step": counted(step)})
            """
        )
        self.assertEqual(found["threads"], 2)
        self.assertGreaterEqual(found["rows"], 5)
        self.assertEqual(found["step"]["served"], found["rows"])

    def test_lengths_that_vary_have_a_plan_each_or_one_that_is_wide(self) -> None:
        found = run(
            """
            step = imitated.trainer("lstm", 8)
            lengths = [32, 20, 27, 32, 20, 27, 32, 20, 27, 32, 20, 27]
            inputs = {length: [x.cuda() for x in nets.inputs_of("lstm", 8, length)] for length in lengths}
            one = [counted(lambda: step(inputs[length]), "one") for length in 3 * lengths]
            each = [counted(lambda: step(inputs[length]), f"each {length}") for length in 3 * lengths]
            figures = stowage.stats()
            imitated.report({"one": one[-3:], "each": each[-3:], "bytes": device.bytes(), "cuda": stowage.cuda_stats()["cuda:0"],
                "arenas": [figures[f"each {length}"]["cuda:0"]["arena"] for length in (32, 20, 27)]})
            """
        )
        for step in found["each"]:
            self.assertGreater(step["served"], 200)
            self.assertEqual(step["unplanned"] + step["larger"] + step["blocked"] + step["extra"], 0)
        for step in found["one"]:
            self.assertGreater(step["served"], 200)
            self.assertLess(step["blocked"] + step["extra"], step["served"] / 5)
        # all signatures share one arena, as large as the largest
        self.assertGreaterEqual(found["cuda"]["arena"], max(found["arenas"]))
        self.assertEqual(found["cuda"]["retired"], 0)


class Differences(unittest.TestCase):
    def test_a_larger_block_falls_back_alone(self) -> None:
        found = run(
            """
            def step(middle=3):
                a = tensor(4)
                b = tensor(middle)
                c = tensor(5)
                del b
                d = tensor(2)

            warmed(step)
            imitated.report({"as_recorded": counted(step), "larger": counted(lambda: step(300)), "again": counted(lambda: step(300))})
            """
        )
        self.assertEqual(found["as_recorded"]["served"], 4)
        self.assertEqual((found["larger"]["served"], found["larger"]["larger"]), (3, 1))
        self.assertEqual(found["again"]["served"], 4, "the plan was widened")

    def test_a_block_held_from_the_step_before_keeps_its_bytes(self) -> None:
        found = run(
            """
            held, places = [], []

            def step(keep=False):
                a = tensor(4)
                places.append(a.data_ptr())
                if keep:
                    held.append(a)
                b = tensor(6)

            warmed(step)
            counted(step)
            first = counted(lambda: step(True))
            while_held = counted(step)
            during = stowage.cuda_stats()["cuda:0"]["live"]
            held.clear()
            imitated.report({"first": first, "while_held": while_held, "after": counted(step), "places": places[-4:], "live": during})
            """
        )
        self.assertEqual(found["first"]["served"], 2)
        self.assertEqual((found["while_held"]["served"], found["while_held"]["blocked"]), (1, 1))
        self.assertEqual((found["after"]["served"], found["live"]), (2, 1))
        planned, holding, other, after = found["places"]
        self.assertEqual((planned, planned), (holding, after))
        self.assertNotEqual(other, planned)

    def test_a_tensor_without_bytes_has_no_address_and_is_not_counted(self) -> None:
        found = run(
            """
            empty = torch.empty(0, device="cuda")
            warmed(lambda: tensor(1))
            step = counted(lambda: (torch.empty(0, device="cuda"), tensor(1), torch.empty(0, 3, device="cuda")))
            imitated.report({"address": empty.data_ptr(), "step": step, "rows": len(stowage._cuda.recorded("step")["cuda:0"])})
            """
        )
        self.assertEqual((found["address"], found["rows"]), (0, 1))
        self.assertEqual((found["step"]["served"], found["step"]["extra"]), (1, 0))

    def test_an_error_in_a_step_ends_it(self) -> None:
        found = run(
            """
            def fail():
                tensor(1)
                raise KeyError("in the step")

            def step():
                tensor(1)
                tensor(2)

            warmed(step)
            try:
                counted(fail)
            except KeyError:
                pass
            imitated.report({"step": counted(step)})
            """
        )
        self.assertEqual(found["step"]["served"], 2)


class Streams(unittest.TestCase):
    def test_a_block_whose_event_is_pending_is_not_reused(self) -> None:
        found = run(
            """
            side = torch.cuda.Stream()
            places = []

            def step(use=False):
                a = tensor(4)
                places.append(a.data_ptr())
                if use:
                    a.record_stream(side)
                    device.hold()
                del a
                b = tensor(4)
                places.append(b.data_ptr())

            warmed(step)
            plain = counted(step)
            used = counted(lambda: step(True))
            waiting = stowage.cuda_stats()["cuda:0"]
            pending = counted(step)
            device.release()
            done = counted(step)
            after = stowage.cuda_stats()["cuda:0"]
            imitated.report({"plain": plain, "used": used, "pending": pending, "done": done, "places": places[-8:],
                "waiting": [waiting["waiting"], after["waiting"]], "frees": after["waiting_frees"], "live": after["live"]})
            """
        )
        a, b, used_a, used_b, pending_a, pending_b, done_a, done_b = found["places"]
        self.assertEqual((found["plain"]["served"], a), (2, b), "the plan puts both at one place")
        self.assertEqual((found["used"]["served"], found["used"]["blocked"]), (1, 1))
        self.assertEqual(used_a, a)
        self.assertNotEqual(used_b, a)
        self.assertEqual((found["pending"]["served"], found["pending"]["blocked"]), (0, 2))
        self.assertNotIn(a, (pending_a, pending_b))
        self.assertEqual((found["done"]["served"], done_a, done_b), (2, a, a))
        self.assertEqual((found["waiting"], found["frees"], found["live"]), ([1, 0], 1, 0))

    def test_a_use_on_the_own_stream_waits_for_nothing(self) -> None:
        found = run(
            """
            def step():
                a = tensor(4)
                a.record_stream(torch.cuda.current_stream())
                device.hold()
                del a
                b = tensor(4)

            warmed(step)
            imitated.report({"step": counted(step), "cuda": stowage.cuda_stats()["cuda:0"]})
            """
        )
        self.assertEqual((found["step"]["served"], found["cuda"]["waiting_frees"]), (2, 0))

    def test_a_block_of_the_pool_waits_as_well(self) -> None:
        found = run(
            """
            side = torch.cuda.Stream()
            a = tensor(4)
            place = a.data_ptr()
            a.record_stream(side)
            device.hold()
            del a
            b = tensor(4)
            device.release()
            c = tensor(4)
            imitated.report({"place": place, "b": b.data_ptr(), "c": c.data_ptr()})
            """
        )
        self.assertNotEqual(found["b"], found["place"])
        self.assertEqual(found["c"], found["place"])

    def test_two_streams_never_share_bytes(self) -> None:
        found = run(
            """
            streams = [torch.cuda.current_stream(), torch.cuda.Stream(), torch.cuda.Stream()]
            spans = {}

            def step(order):
                for number, mib in zip(order * 4, (3, 5, 2, 7, 1.5, 4, 6, 2)):
                    with torch.cuda.stream(streams[number]):
                        a, b = tensor(mib), tensor(mib / 2)
                        for x in (a, b):
                            spans.setdefault(number, []).append((x.data_ptr(), x.data_ptr() + x.numel()))
                        del a, b

            warmed(lambda: step([0, 1]))
            spans.clear()
            steps = [counted(lambda: step([0, 1])) for _ in range(3)]
            in_order, waits = dict(spans), stowage.cuda_stats()["cuda:0"]["waits"]
            unknown = counted(lambda: step([0, 2]))
            spans.clear()
            swapped = counted(lambda: step([1, 0]))
            imitated.report({"steps": steps, "spans": [in_order[0], in_order[1]], "waits": waits, "unknown": unknown,
                "swapped": swapped, "waits_after": stowage.cuda_stats()["cuda:0"]["waits"]})
            """
        )
        for step in found["steps"]:
            self.assertEqual((step["served"], step["blocked"]), (16, 0))
        for a in found["spans"][0]:
            for b in found["spans"][1]:
                self.assertTrue(a[1] <= b[0] or b[1] <= a[0], f"{a} and {b} share bytes")
        # bytes of one stream went to another one in a later step: the device was waited for between the two
        self.assertEqual(found["waits"], 0)
        self.assertGreater(found["waits_after"], 0)

    def test_a_stream_that_the_plan_does_not_know_falls_back(self) -> None:
        found = run(
            """
            side = torch.cuda.Stream()

            def step(is_on_side=False):
                a = tensor(3)
                if is_on_side:
                    with torch.cuda.stream(side):
                        b = tensor(2)

            warmed(step)
            imitated.report({"known": counted(step), "other": counted(lambda: step(True))})
            """
        )
        self.assertEqual((found["known"]["served"], found["known"]["unknown"]), (1, 0))
        self.assertEqual((found["other"]["served"], found["other"]["unknown"]), (1, 1))


class Memory(unittest.TestCase):
    def test_an_arena_that_cannot_be_had_is_refused_with_what_was_wanted(self) -> None:
        found = run(
            """
            def step():
                a, b = tensor(40), tensor(24)

            warmed(step)
            os.environ["IMITATED_CUDA_BYTES"] = str(30 * MIB)
            before = counts()
            with stowage.step("step"):
                os.environ["IMITATED_CUDA_BYTES"] = str(200 * MIB)
                step()
            during = stowage.stats()["step"]["cuda:0"]
            for _ in range(40):
                last = counted(step)
            after = stowage.stats()["step"]["cuda:0"]
            imitated.report({"before": before, "during": during, "last": last, "reason": after["reason"]})
            """
        )
        self.assertIn("no arena of 67108864 bytes on device 0", found["during"]["reason"])
        self.assertIn("of its 31457280 bytes are free", found["during"]["reason"])
        self.assertEqual(found["during"]["served"], 0)
        self.assertEqual(found["during"]["bytes_elsewhere"] - found["before"]["bytes_elsewhere"], 64 << 20)
        self.assertEqual((found["last"]["served"], found["reason"]), (2, ""), "served once there was room")

    def test_a_device_without_memory_says_what_was_asked_for(self) -> None:
        found = run(
            """
            kept = tensor(40)
            errors = []
            for body in (lambda: tensor(100), lambda: counted(lambda: tensor(100))):
                try:
                    body()
                except RuntimeError as error:
                    errors.append([type(error).__name__, str(error)])
            cached = tensor(20)
            del cached
            other = tensor(23)
            imitated.report({"errors": errors, "bytes": device.bytes()})
            """,
            bytes_=64 << 20,
        )
        for _, text in found["errors"]:
            self.assertIn("CUDA out of memory. Tried to allocate 104857600 bytes on device 0", text)
            self.assertIn("67108864", text)
        self.assertEqual(found["errors"][1][0], "OutOfMemoryError", "in a step")
        self.assertEqual(found["bytes"], 64 << 20, "what was cached went back to the device")

    def test_the_idle_arena_goes_back_where_memory_is_short(self) -> None:
        found = run(
            """
            def step():
                a = tensor(40)

            warmed(step)
            served = counted(step)
            big = tensor(50)
            arena = stowage.cuda_stats()["cuda:0"]["arena"]
            del big
            imitated.report({"served": served, "arena": arena, "again": counted(step)})
            """,
            bytes_=64 << 20,
        )
        self.assertEqual((found["served"]["served"], found["arena"], found["again"]["served"]), (1, 0, 1))

    def test_empty_cache_gives_memory_back(self) -> None:
        found = run(
            """
            a = tensor(40)
            del a
            before = device.bytes()
            torch.cuda.empty_cache()
            imitated.report([before, device.bytes()])
            """
        )
        self.assertEqual(found, [40 << 20, 0])

    def test_an_arena_grows_and_the_old_one_goes_when_its_blocks_do(self) -> None:
        found = run(
            """
            held = []

            def small(keep=False):
                a = tensor(8)
                if keep:
                    held.append(a)

            warmed(small, "small")
            counted(lambda: small(True), "small")
            large = lambda: tensor(64)
            warmed(large, "large")
            first = counted(large, "large")
            before = stowage.cuda_stats()["cuda:0"]
            held.clear()
            steps = [counted(small, "small"), counted(large, "large")]
            imitated.report({"first": first, "before": before, "after": stowage.cuda_stats()["cuda:0"], "steps": steps})
            """
        )
        self.assertEqual(found["first"]["served"], 1)
        self.assertEqual((found["before"]["arena"], found["before"]["retired"]), (64 << 20, 8 << 20))
        self.assertEqual((found["after"]["arena"], found["after"]["retired"]), (64 << 20, 0))
        self.assertEqual([step["served"] for step in found["steps"]], [1, 1])


class Graphs(unittest.TestCase):
    def test_a_graph_is_captured_from_the_plan_and_has_its_arena(self) -> None:
        found = run(
            """
            x = torch.ones(1 << 18, device="cuda")
            places = []

            def step():
                y = (x * 2).relu()
                places.append(y.data_ptr())

            side = torch.cuda.Stream()
            with torch.cuda.stream(side):
                warmed(step)
                before = counted(step)
            graph = torch.cuda.CUDAGraph()

            # the step is within the capture, since that has small tensors of its own
            with torch.cuda.graph(graph, stream=side):
                captured = counted(step)
            graph.replay()
            with torch.cuda.stream(side):
                after = counted(step)
            imitated.report({"before": before, "captured": captured, "after": after, "places": places[-3:],
                "cuda": stowage.cuda_stats()["cuda:0"]})
            """
        )
        self.assertEqual(found["before"]["served"], 2)
        self.assertEqual(found["captured"]["served"], 2)
        self.assertEqual(found["after"]["served"], 2)
        self.assertEqual(found["places"][0], found["places"][1])
        self.assertNotEqual(found["places"][1], found["places"][2], "the graph keeps its arena")
        self.assertEqual(found["cuda"]["captured"], found["cuda"]["arena"])

    def test_the_rest_of_a_step_has_no_bytes_of_a_graph(self) -> None:
        found = run(
            """
            x = torch.ones(1 << 18, device="cuda")
            side = torch.cuda.Stream()

            def body():
                (x * 2).relu()

            def rest():
                for _ in range(6):
                    tensor(1)

            def step():
                body()
                rest()

            graph = torch.cuda.CUDAGraph()
            with torch.cuda.stream(side):
                warmed(step)
                before = counted(step)
                start = counts()
                graph.capture_begin()
                with stowage.step("step"):
                    body()
                    graph.capture_end()
                    rest()
                captured = {key: value - start[key] for key, value in counts().items()}
            imitated.report({"before": before, "captured": captured, "cuda": stowage.cuda_stats()["cuda:0"]})
            """
        )
        self.assertEqual(found["before"]["served"], 8)
        self.assertEqual(found["captured"]["served"], 2, "those of the graph")
        self.assertEqual(found["captured"]["bytes_elsewhere"], 6 << 20)
        self.assertGreater(found["cuda"]["captured"], 0)

    def test_what_no_plan_has_is_refused_while_a_graph_is_captured(self) -> None:
        found = run(
            """
            x = torch.ones(1 << 18, device="cuda")
            graph = torch.cuda.CUDAGraph()
            try:
                with torch.cuda.graph(graph):
                    before = device.bytes()
                    x * 2
                text = ""
            except RuntimeError as error:
                text = str(error)
            imitated.report({"text": text, "before": before, "after": device.bytes()})
            """
        )
        self.assertIn("1048576 bytes were asked for while a CUDA graph is captured", found["text"])
        self.assertEqual(found["after"], found["before"])


class Enabling(unittest.TestCase):
    def test_it_is_too_late_after_the_first_tensor(self) -> None:
        found = imitated.run(
            _folder.name,
            """
            import torch, imitated, stowage
            first = torch.ones(3, device="cuda")
            enabled = stowage.enable(["cuda"])
            imitated.report([bool(enabled), enabled.reasons["cuda"], stowage.cuda_stats()])
            """,
        )
        self.assertFalse(found[0])
        self.assertIn("call stowage.enable() before the first tensor on CUDA", found[1])
        self.assertEqual(found[2], {})

    def test_a_given_plan_serves_from_the_first_step_on(self) -> None:
        found = run(
            """
            def step():
                a = tensor(4)
                del a
                b, c = tensor(2), tensor(3)

            warmed(step)
            rows = stowage._cuda.recorded("step")["cuda:0"]
            peak = 0
            for row in rows:
                row.offset, peak = peak, peak + row.size
            stowage._cuda.install("other", rows, peak, 1)
            try:
                stowage._cuda.install("wrong", rows, peak - 512, 1)
                text = ""
            except ValueError as error:
                text = str(error)
            steps = [counted(step, "other") for _ in range(2)]
            imitated.report({"steps": steps, "arena": stowage.stats()["other"]["cuda:0"]["arena"], "text": text})
            """
        )
        self.assertEqual([step["served"] for step in found["steps"]], [3, 3])
        self.assertEqual(found["arena"], 9 << 20)
        self.assertIn("row 2", found["text"])


if __name__ == "__main__":
    unittest.main()

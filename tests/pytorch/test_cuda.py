"""PyTorch on CUDA served from plans, over an imitated device: whole training steps, and enabling."""

import concurrent.futures
import unittest

import imitated
from cuda_case import run, run_plain, setUpModule, tearDownModule  # noqa: F401

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
            native, expandable = pool.map(lambda options: run_plain(program, **options), settings)
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
            run_plain(NATIVE.format(name="gpt2", batch=5), bytes_=capacity)
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


class Enabling(unittest.TestCase):
    def test_it_is_too_late_after_the_first_tensor(self) -> None:
        found = run_plain(
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

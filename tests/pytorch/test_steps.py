"""What users do with steps on the CPU, and machines that grant less."""

import glob
import os
import subprocess
import tempfile
import threading
import unittest

import torch

import stowage
from common import figures, run_script

torch.set_num_threads(1)


class Steps(unittest.TestCase):
    """What a user does with steps, beside the ordinary."""

    @classmethod
    def setUpClass(cls):
        assert stowage.enable(["cpu"])

    def iterate(self, label: str, times: int, sizes=(1000, 5000, 70_000)) -> None:
        for _ in range(times):
            with stowage.step(label):
                blocks = [torch.full((size,), 7, dtype=torch.uint8) for size in sizes]
                del blocks

    def test_an_error_in_a_step_teaches_nothing(self):
        label = "error"
        self.iterate(label, 2)
        for _ in range(2):
            with self.assertRaises(ZeroDivisionError), stowage.step(label):
                torch.empty(10_000_000, dtype=torch.uint8)
                raise ZeroDivisionError
        self.assertEqual(figures(label)["arena"], 0)
        self.iterate(label, 3)
        self.assertLess(figures(label)["arena"], 1_000_000)
        self.assertEqual(figures(label)["served"], 6)

    def test_a_step_within_a_step_is_part_of_it(self):
        for _ in range(5):
            with stowage.step("outer"):
                with stowage.step("inner"):
                    torch.empty(5000, dtype=torch.uint8)
        self.assertEqual(figures("outer")["served"], 2)
        self.assertNotIn("inner", stowage.stats())

    def test_larger_blocks_are_learned(self):
        label = "larger"
        self.iterate(label, 5)
        self.iterate(label, 3, (1000, 9000, 70_000))
        before = figures(label)
        self.iterate(label, 2, (1000, 9000, 70_000))
        after = figures(label)
        self.assertEqual(after["larger"], before["larger"])
        self.assertEqual(after["served"] - before["served"], 6)

    def test_idle_arenas_are_given_back_and_used_again(self):
        self.iterate("idle", 5, (4 << 20, 3 << 20))
        self.assertGreaterEqual(figures("idle")["arena_bytes"], 7 << 20)
        for _ in range(1600):
            with stowage.step("busy"):
                torch.empty(100, dtype=torch.uint8)
        self.assertEqual(figures("idle")["arena_bytes"], 0)
        served = figures("idle")["served"]
        self.iterate("idle", 2, (4 << 20, 3 << 20))
        self.assertEqual(figures("idle")["served"], served + 4)

    def test_blocks_that_outlive_a_step_and_its_thread_keep_their_bytes(self):
        self.iterate("outlive", 5)
        kept = []

        def work():
            for _ in range(3):
                with stowage.step("outlive"):
                    blocks = [torch.full((size,), len(kept), dtype=torch.uint8) for size in (1000, 5000, 70_000)]
                    kept.append(blocks)

        for _ in range(2):
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
        for value, blocks in enumerate(kept):
            for block in blocks:
                self.assertTrue(bool((block == value).all()), f"iteration {value} lost bytes")

    def test_a_forked_process_goes_on(self):
        """As the workers of a data loader are, within a step and with blocks live."""
        self.iterate("forked", 4)
        with stowage.step("forked"):
            block = torch.full((1000,), 3, dtype=torch.uint8)
            child = os.fork()
            if child == 0:
                other = torch.full((5000,), 4, dtype=torch.uint8)
                is_right = bool((block == 3).all()) and bool((other == 4).all())
                del other
                os._exit(0 if is_right else 1)
            _, status = os.waitpid(child, 0)
            self.assertTrue(bool((block == 3).all()))
            del block
        self.assertEqual(os.waitstatus_to_exitcode(status), 0)

    def test_an_unknown_device_is_refused(self):
        with self.assertRaisesRegex(ValueError, 'devices: expected "cpu" or "cuda", got \'tpu\''):
            stowage.enable(["tpu"])

    def test_shapes_have_plans_of_their_own(self):
        double = stowage.serve(lambda x: (x * 2).sum(), "double")
        for length in (1000, 3000):
            for _ in range(5):
                self.assertEqual(double(torch.ones(length)).item(), 2 * length)
        found = [name for name in stowage.stats() if name.startswith("double")]
        self.assertEqual(found, ["double(1000)", "double(3000)"])

    def test_an_argument_that_counts_makes_no_plan_for_every_call(self):
        scaled = stowage.serve(lambda x, by: (x * by).sum(), "scaled")
        for by in range(stowage.served.MOST_SHAPES + 20):
            self.assertEqual(scaled(torch.ones(1000), by).item(), 1000 * by)
        found = [name for name in stowage.stats() if name.startswith("scaled")]
        self.assertEqual(len(found), stowage.served.MOST_SHAPES)
        self.assertEqual(found[:2], ["scaled(1000)", "scaled(1000)·1"])

    def test_a_served_model_is_still_the_model(self):
        served = stowage.serve(torch.nn.Linear(3, 2))
        self.assertEqual(served.weight.shape, (2, 3))
        self.assertIs(served.eval(), served.model)
        with self.assertRaises(AttributeError):
            served.no_such_attribute

    def test_a_recording_is_an_event_log(self):
        self.iterate("logged", 5)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "step.jsonl")
            self.assertEqual(stowage.record(path, "logged"), 3)
            with open(path, encoding="utf-8") as file:
                lines = file.read().splitlines()
            self.assertEqual(
                lines,
                [
                    '{"schema":"stowage.events/1","device":"cpu","devices":[{"name":"cpu","alignment":64}]}',
                    '{"event":"iteration","number":0}',
                    '{"event":"malloc","device":"cpu","address":1,"size":1000}',
                    '{"event":"malloc","device":"cpu","address":2,"size":5000}',
                    '{"event":"malloc","device":"cpu","address":3,"size":70000}',
                    '{"event":"free","device":"cpu","address":1}',
                    '{"event":"free","device":"cpu","address":2}',
                    '{"event":"free","device":"cpu","address":3}',
                    '{"event":"end"}',
                ],
            )
            self.assertEqual(os.listdir(folder), ["step.jsonl"])
        with self.assertRaisesRegex(ValueError, "'no such' was not recorded; expected one of"):
            stowage.record("nowhere", "no such")


#: Limits address space to so many bytes more than the process has.
MORE_SPACE = """
    import resource
    with open("/proc/self/statm") as file:
        most = int(file.read().split()[0]) * resource.getpagesize() + {}
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
"""

PROGRAM = """
    import torch, stowage
    torch.set_num_threads(1)
    {before}
    enabled = stowage.enable(["cpu"]{options})
    for _ in range(6):
        with stowage.step("s"):
            a = torch.full((3 << 20,), 1, dtype=torch.uint8)
            b = a + 1
            assert bool((b == 2).all())
            del a, b
    seen = stowage.stats()["s"]["cpu"] if "s" in stowage.stats() else {{}}
    print(bool(enabled), seen.get("served"), seen.get("reason"), repr(enabled) if not enabled else "")
"""


class Surroundings(unittest.TestCase):
    """Other ways to start, and machines that grant less; each in a process of its own."""

    def test_as_preload(self):
        from stowage import _native

        text = run_script(PROGRAM.format(before="", options=""), LD_PRELOAD=_native.path())
        self.assertRegex(text, r"^True \d+$")
        self.assertGreater(int(text.split()[1]), 6)

    def test_allocators_give_back_what_the_steps_before_left(self):
        program = """
            import torch, stowage
            torch.set_num_threads(1)
            stowage.enable(["cpu"])
            resident = []
            for _ in range(3):
                with stowage.step("s"):
                    blocks = [torch.full((1 << 20,), 1, dtype=torch.uint8) for _ in range(64)]
                    del blocks
                with open("/proc/self/status") as status:
                    resident.append(next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) >> 10)
            print(*resident)
        """
        keep = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(1 << 34)}
        environments = {"glibc": keep}
        for name, settings in (
            ("tcmalloc_minimal.so.4", {}),
            ("jemalloc.so.2", {"MALLOC_CONF": "oversize_threshold:1,dirty_decay_ms:-1,muzzy_decay_ms:-1"}),
        ):
            # as many machines have it; others test less
            for path in glob.glob(f"/usr/lib/*-linux-gnu/lib{name}"):
                environments[name] = {"LD_PRELOAD": path, **settings}
        for name, environment in environments.items():
            with self.subTest(name):
                # megabytes after a step that warms up, after another, and once the third is planned
                _, before, after = map(int, run_script(program, **environment).split())
                self.assertLess(after, before - 32, name)

    def test_a_cap_refuses_an_arena_with_its_reason(self):
        text = run_script(PROGRAM.format(before="", options=", max_arena_bytes=1 << 20"))
        self.assertRegex(text, r"^True 0 an arena of \d+ bytes is above the cap: 0 of 1048576 are in use")

    def test_little_address_space_serves_as_well(self):
        text = run_script(PROGRAM.format(before=MORE_SPACE.format(6 << 30), options=""))
        self.assertRegex(text, r"^True [1-9]\d*$")

    def test_no_address_space_is_said(self):
        text = run_script(PROGRAM.format(before=MORE_SPACE.format(128 << 20), options=""))
        self.assertRegex(text, r"^False None None False: cpu: no address space for arenas \(ulimit -v\)$")

    def test_a_pytorch_without_the_functions_is_said(self):
        """A version that allocates otherwise: its libc10 has the functions, but no tensor reaches them."""
        with tempfile.TemporaryDirectory() as folder:
            os.makedirs(os.path.join(folder, "torch", "lib"))
            with open(os.path.join(folder, "torch", "__init__.py"), "w", encoding="utf-8") as file:
                file.write("__version__ = '99.0'\nuint8 = None\ndef empty(size, dtype): return bytearray(size)\n")
            library = os.path.join(folder, "torch", "lib", "libc10.so")
            source = "void *_ZN3c109alloc_cpuEm(unsigned long n) { return 0; } void _ZN3c108free_cpuEPv(void *p) {}"
            command = ["cc", "-shared", "-fPIC", "-w", "-xc", "-", "-o", library]
            subprocess.run(command, input=source, text=True, check=True, timeout=60)
            text = run_script(
                'import stowage; print(repr(stowage.enable(["cpu"])))',
                PYTHONPATH=os.pathsep.join([folder, os.environ.get("PYTHONPATH", "")]),
            )
        self.assertEqual(
            text, "False: cpu: PyTorch 99.0 does not allocate tensors through c10::alloc_cpu and free_cpu"
        )

    def test_a_missing_shared_object_is_said(self):
        text = run_script(PROGRAM.format(before="", options=""), STOWAGE_SO="/no/such.so")
        self.assertRegex(text, r"^False None None False: cpu: the shared object of stowage cannot be loaded: ")


if __name__ == "__main__":
    unittest.main()

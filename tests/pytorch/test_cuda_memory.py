"""Steps on CUDA where memory is short, arenas that grow, and graphs."""

import unittest

from cuda_case import run, setUpModule, tearDownModule  # noqa: F401


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


if __name__ == "__main__":
    unittest.main()

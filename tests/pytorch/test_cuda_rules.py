"""What is served where a step on CUDA differs from the plan, and between streams."""

import unittest

from cuda_case import run, setUpModule, tearDownModule  # noqa: F401


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


if __name__ == "__main__":
    unittest.main()

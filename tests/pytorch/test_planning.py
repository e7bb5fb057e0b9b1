"""The planner for Python: literal plans, the library's plans, and refusals. PyTorch is not needed."""

import json
import pathlib
import threading
import unittest

from stowage.planning import Buffer, Violation, plan, verify

GOLDEN = json.loads((pathlib.Path(__file__).parent / "golden" / "plans.json").read_text())


class Plans(unittest.TestCase):
    def test_literal_offsets(self):
        result = plan([(0, 3, 8), (2, 5, 4)], alignment=4)
        self.assertEqual(result.offsets, [0, 8])
        self.assertEqual((result.peak, result.lower_bound, result.status, result.optimal), (12, 12, "optimal", True))
        self.assertEqual((result.algorithm, result.nodes), ("greedy-by-size", 2))

    def test_alignment_pads_all_but_the_topmost(self):
        result = plan([Buffer(0, 3, 400), Buffer(1, 3, 400)], alignment=64)
        self.assertEqual((result.offsets, result.peak), ([0, 448], 848))

    def test_fixed_offsets_gaps_and_own_alignments(self):
        buffers = [Buffer(0, 9, 8, gaps=[(3, 6)]), (3, 6, 8), Buffer(1, 8, 2, alignment=4, offset=12)]
        self.assertEqual(plan(buffers).offsets, [0, 0, 12])

    def test_nothing_and_buffers_that_are_never_live(self):
        self.assertEqual(plan([]), ([], 0, 0, "optimal", "naive", 0))
        self.assertEqual(plan([(0, 0, 8), (0, 9, 0)]).offsets, [0, 0])

    def test_the_plans_of_the_library(self):
        for case in GOLDEN["plans"]:
            expected = case["plan"]
            with self.subTest(buffers=len(case["buffers"]), seed=case["seed"]):
                buffers = map(tuple, case["buffers"])
                result = plan(
                    buffers, alignment=case["alignment"], node_limit=case["nodeLimit"], seed=case["seed"]
                )
                self.assertEqual(result.offsets, expected["offsets"])
                self.assertEqual((result.peak, result.lower_bound), (expected["peak"], expected["lowerBound"]))
                self.assertEqual((result.status, result.algorithm), (expected["status"], expected["algorithm"]))
                self.assertEqual(result.nodes, expected["nodes"])

    def test_threads_plan_side_by_side(self):
        case = max(GOLDEN["plans"], key=lambda case: case["plan"]["nodes"])
        buffers = [tuple(row) for row in case["buffers"]]
        found = []
        work = lambda: found.append(plan(buffers, node_limit=case["nodeLimit"], seed=case["seed"]).offsets)
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(found, [case["plan"]["offsets"]] * 4)


class Refusals(unittest.TestCase):
    def refuses(self, text, *args, **options):
        with self.assertRaises(ValueError) as caught:
            plan(*args, **options)
        self.assertEqual(str(caught.exception), text)

    def test_a_lifetime_that_ends_before_it_starts(self):
        self.refuses("buffers[1].end: expected at least start (5), got 2", [(0, 1, 1), (5, 2, 8)])

    def test_numbers_out_of_range(self):
        tick = "expected an integer from 0 to 4294967295"
        size = "expected an integer from 0 to 9007199254740991"
        self.refuses(f"buffers[0].start: {tick}, got -1", [(-1, 2, 8)])
        self.refuses(f"buffers[0].end: {tick}, got 4294967296", [(0, 1 << 32, 8)])
        self.refuses(f"buffers[0].size: {size}, got 9007199254740992", [(0, 1, 1 << 53)])
        self.refuses(f"buffers[0].size: {size}, got 1.5", [(0, 1, 1.5)])
        self.refuses(f"buffers[0].offset: {size}, got -1", [Buffer(0, 1, 8, offset=-1)])

    def test_alignments(self):
        self.refuses("buffers[0].alignment: expected a power of two of bytes, got 48", [Buffer(0, 1, 8, alignment=48)])
        self.refuses("alignment: expected a power of two of bytes, got 3", [], alignment=3)
        self.refuses("alignment: expected an integer from 1 to 4503599627370496, got 0", [], alignment=0)
        self.refuses(
            "buffers[0].offset: expected a multiple of its alignment (64), got 8", [Buffer(0, 1, 8, offset=8)], alignment=64
        )

    def test_gaps(self):
        self.refuses("buffers[0].gaps[0]: expected to begin after 2, got 2", [Buffer(2, 9, 8, gaps=[(2, 4)])])
        self.refuses("buffers[0].gaps: expected pairs of ticks, got [3]", [Buffer(2, 9, 8, gaps=[3])])

    def test_fixed_offsets_that_collide(self):
        buffers = [Buffer(0, 5, 8, offset=0), Buffer(4, 9, 8, offset=4)]
        self.refuses("buffers[1].offset: its bytes are those of buffers[0], which is fixed and live with it", buffers)

    def test_what_is_no_buffer_and_what_is_no_option(self):
        self.refuses("buffers[1]: expected a Buffer or (start, end, size, …), got (3, 4)", [(0, 1, 8), (3, 4)])
        self.refuses("buffers[0]: expected a Buffer or (start, end, size, …), got 7", [7])
        self.refuses("node_limit: expected an integer from 1 to 9223372036854775807, got 0", [], node_limit=0)
        self.refuses("seed: expected an integer from 0 to 4294967295, got -1", [], seed=-1)

    def test_bytes_beyond_what_can_be_planned(self):
        most = (1 << 53) - 1
        text = f"no plan below 2^53 bytes exists: the lower bound is {2 * most} bytes"
        self.refuses(text, [(0, 5, most), (0, 5, most)])


class Checks(unittest.TestCase):
    BUFFERS = [(0, 3, 8), Buffer(2, 5, 4, alignment=4), Buffer(4, 9, 4, offset=16), (0, 9, 0)]

    def test_each_kind(self):
        for offsets, capacity, expected in [
            ([0, 8, 16, 0], None, []),
            ([0, 4, 16, 0], None, [Violation("overlap", 0, 1)]),
            ([0, 10, 16, 0], None, [Violation("misaligned", 1)]),
            ([0, 8, 0, 0], None, [Violation("moved", 2)]),
            ([0, 8, 16, 0], 19, [Violation("over-capacity", 2)]),
            ([-1, 8, 16, 0], None, [Violation("out-of-range", 0)]),
            ([1 << 70, 8, 16, 0], None, [Violation("out-of-range", 0)]),
        ]:
            self.assertEqual(verify(self.BUFFERS, offsets, capacity=capacity), expected)

    def test_the_violations_of_the_library(self):
        for case in GOLDEN["checks"]:
            buffers = map(tuple, case["buffers"])
            found = verify(buffers, case["offsets"], alignment=case["alignment"], capacity=case["capacity"])
            self.assertEqual([list(violation) for violation in found], case["violations"])

    def test_its_own_plans(self):
        for case in GOLDEN["plans"]:
            buffers = [tuple(row) for row in case["buffers"]]
            result = plan(buffers, alignment=case["alignment"], node_limit=1)
            self.assertEqual(verify(buffers, result.offsets, alignment=case["alignment"], capacity=result.peak), [])

    def test_wrong_offsets(self):
        with self.assertRaisesRegex(ValueError, r"^offsets: expected 4 entries, got 1$"):
            verify(self.BUFFERS, [0])
        with self.assertRaisesRegex(ValueError, r"^offsets\[2\]: expected an integer of bytes, got 1.5$"):
            verify(self.BUFFERS, [0, 8, 1.5, 0])


if __name__ == "__main__":
    unittest.main()

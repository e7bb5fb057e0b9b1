"""`tools/record/pytorch_streams.py` on PyTorch's own streams, events and allocator, over the imitated device."""

import unittest

from cuda_case import setUpModule, tearDownModule  # noqa: F401  unittest looks for them here
import cuda_case
import imitated

PROGRAM = """
import json, os, sys, tempfile
sys.path.insert(0, os.path.join({root!r}, "tools", "record"))
sys.path.insert(0, os.path.join({root!r}, "tests", "pytorch"))
import torch
import imitated
from pytorch_streams import StreamRecorder

path = os.path.join(tempfile.mkdtemp(), "log.jsonl")
side = torch.cuda.Stream()
with StreamRecorder(path) as recorder:
    for _ in range(2):
        recorder.iteration()
        x = torch.empty(1 << 20, dtype=torch.uint8, device="cuda")
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            y = x.fill_(1)
            z = torch.empty(1 << 20, dtype=torch.uint8, device="cuda")
        x.record_stream(side)
        del x, y
        torch.cuda.current_stream().wait_stream(side)
        del z
        side.synchronize()
        torch.cuda.synchronize()
lines = [json.loads(line) for line in open(path)]
imitated.report({{"lines": lines, "side": str(side.cuda_stream)}})
"""


class RecordStreams(unittest.TestCase):
    def test_the_log_has_blocks_uses_waits_and_iterations_in_the_order_of_the_host(self):
        result = imitated.run(cuda_case._folder.name, PROGRAM.format(root=str(imitated.ROOT)))
        side = result["side"]
        header, *lines = result["lines"]
        self.assertEqual(header["schema"], "stowage.events/1")
        iteration = [
            ("malloc", "0"),
            ("record", "0"),
            ("wait", side),
            ("read", side),  # fill_
            ("malloc", side),
            ("read", side),  # record_stream
            ("free", None),
            ("record", side),
            ("wait", "0"),
            ("free", None),
            ("sync", side),
            ("sync", None),
        ]
        expected = [("iteration", None), *iteration, ("iteration", None), *iteration, ("end", None)]
        self.assertEqual([(line["event"], line.get("stream")) for line in lines], expected)
        fences = [line["fence"] for line in lines if line["event"] == "record"]
        self.assertEqual(fences, [line["fence"] for line in lines if line["event"] == "wait"])
        self.assertEqual(len(set(fences)), 4)


if __name__ == "__main__":
    unittest.main()

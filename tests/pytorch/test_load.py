"""A plan that was recorded, exported by the command line, and loaded by another process: served from the first step on."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import textwrap
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MAIN = ROOT / "dist" / "cli" / "main.js"

STEP = """
    import json, sys
    import torch, stowage

    torch.set_num_threads(1)
    torch.manual_seed(5)
    net = torch.nn.Sequential(torch.nn.Linear(64, 512), torch.nn.ReLU(), torch.nn.Linear(512, 32))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    inputs = torch.randn(16, 64)
    losses = []

    def step():
        loss = net(inputs).square().mean()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())

    def report(**more):
        figures = stowage.stats().get("train", {}).get("cpu", {})
        print(json.dumps({"losses": losses, "figures": figures, **more}))
"""
RECORD = """
    for _ in range(6):
        step() if sys.argv[1] == "plain" else None
    if sys.argv[1] != "plain":
        assert stowage.enable(["cpu"])
        for _ in range(6):
            with stowage.step("train"):
                step()
        stowage.record(sys.argv[1], "train")
    report()
"""
LOAD = """
    assert stowage.enable(["cpu"])
    names = stowage.load(sys.argv[1])
    for _ in range(6):
        with stowage.step("train"):
            step()
    report(names=names)
"""


def run(script: str, *arguments: str) -> dict:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(STEP) + textwrap.dedent(script), *arguments],
        capture_output=True,
        text=True,
        timeout=240,
    )
    if done.returncode != 0:
        raise AssertionError(f"exit code {done.returncode}: {done.stderr[-2000:]}")
    return json.loads(done.stdout)


class Load(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        node = shutil.which("node")
        if node is None or not MAIN.exists():
            raise unittest.SkipTest("there is no node, or no built command line: npm run build")
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = os.path.join(folder.name, "plan")
        log = os.path.join(folder.name, "step.jsonl")
        cls.recorded = run(RECORD, log)
        export = [node, str(MAIN), "export", log, "--format", "pytorch", "-o", cls.folder, "--signature", "train"]
        subprocess.run(export, check=True, capture_output=True, timeout=120)

    def rewritten(self, change) -> str:
        """A folder with the plan, changed, and the fingerprint that fits."""
        from stowage import files

        document = json.loads(pathlib.Path(self.folder, "plan.json").read_text())
        change(document["signatures"][0])
        document["fingerprint"] = files.fingerprint(document)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        pathlib.Path(folder.name, "plan.json").write_text(json.dumps(document))
        return folder.name

    def test_every_planned_allocation_is_served_from_the_first_step_on_with_the_same_losses(self):
        plan = json.loads(pathlib.Path(self.folder, "plan.json").read_text())["signatures"][0]
        planned = sum(row["offset"] is not None for row in plan["rows"])
        self.assertGreater(planned, 3)
        loaded = run(LOAD, self.folder)
        self.assertEqual(loaded["names"], ["train"])
        self.assertEqual(loaded["losses"], run(RECORD, "plain")["losses"])
        self.assertEqual(loaded["losses"], self.recorded["losses"])
        figures = loaded["figures"]
        self.assertEqual((figures["arena"], figures["lower_bound"]), (plan["peak"], plan["lowerBound"]))
        self.assertEqual(figures["served"], 6 * planned)
        self.assertEqual((figures["larger"], figures["blocked"], figures["missing"]), (0, 0, 0))

    def test_a_plan_whose_rows_share_bytes_is_refused_when_it_is_loaded(self):
        def overlap(signature):
            for row in signature["rows"]:
                row["offset"] = None if row["end"] is None else 0

        script = """
            assert stowage.enable(["cpu"])
            try:
                stowage.load(sys.argv[1])
            except ValueError as error:
                report(error=str(error))
        """
        self.assertRegex(run(script, self.rewritten(overlap))["error"], r"rows \d+ and \d+ share bytes while both are live")


if __name__ == "__main__":
    unittest.main()

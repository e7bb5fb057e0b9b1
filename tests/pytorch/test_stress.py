"""No tensor's bytes are another's, whatever differs from the plan: steps perturbed in several threads."""

import queue
import random
import threading
import time
import unittest

import torch

import stowage

torch.set_num_threads(1)

ROWS = 300
STEPS = 40


def script(seed: int):
    """Events of a step, in order: ("malloc", row, bytes) and ("free", row, 0)."""
    chance, events, live = random.Random(seed), [], []
    for row in range(ROWS):
        events.append(("malloc", row, chance.choice([1, 63, 64, 1000, 4096, 100_000])))
        live.append(row)
        while live and chance.random() < 0.48:
            events.append(("free", live.pop(chance.randrange(len(live))), 0))
    return events + [("free", row, 0) for row in live]


class Worker(threading.Thread):
    """Runs steps of a script with changes: missing, larger and extra blocks, blocks held late or freed by others."""

    def __init__(self, number: int, events, bins, name: str) -> None:
        super().__init__()
        self.number, self.events, self.bins, self.label = number, events, bins, name
        self.dice = random.Random(number)
        #: Blocks held beyond their free: tensor, fill, events to go.
        self.held = []
        self.wrong = 0
        self.failure = None

    def run(self) -> None:
        try:
            for number in range(STEPS):
                with stowage.step(self.label):
                    self.step((0, 0, 0, 0, 0.02, 0.3)[number % 6] if number >= 4 else 0)
        except BaseException as error:  # a thread's error would be lost
            self.failure = error

    def fill(self, size: int):
        tensor = torch.empty(size, dtype=torch.uint8)
        tag = self.dice.randrange(256)
        return tensor.fill_(tag), tag

    def check(self, tensor, tag: int) -> None:
        self.wrong += not bool((tensor == tag).all())

    def step(self, jitter: float) -> None:
        dice, blocks = self.dice, {}
        for kind, row, size in self.events:
            if kind == "malloc":
                if dice.random() < jitter / 4:
                    continue
                if dice.random() < jitter / 4:
                    size += dice.randrange(1, 5000)
                if dice.random() < jitter / 8:
                    self.check(*self.fill(777))
                blocks[row] = self.fill(size)
            elif row in blocks:
                self.release(*blocks.pop(row), jitter)
            self.release_held()

    def release(self, tensor, tag: int, jitter: float) -> None:
        self.check(tensor, tag)
        if self.dice.random() < jitter / 3:
            self.held.append([tensor, tag, self.dice.randrange(400)])
        elif self.dice.random() < jitter and len(self.bins) > 1:
            self.bins[(self.number + 1) % len(self.bins)].put((tensor, tag))

    def release_held(self) -> None:
        for entry in self.held:
            entry[2] -= 1
            if entry[2] < 0:
                self.check(entry[0], entry[1])
        self.held = [entry for entry in self.held if entry[2] >= 0]
        mine = self.bins[self.number]
        while not mine.empty():
            self.check(*mine.get())  # freed here, though another thread's


class Stress(unittest.TestCase):
    def run_threads(self, count: int) -> None:
        assert stowage.enable(["cpu"])
        events, bins = script(1), [queue.Queue() for _ in range(count)]
        label = f"stress in {count}"
        pool = [Worker(number, events, bins, label) for number in range(count)]
        for worker in pool:
            worker.start()
        while any(worker.is_alive() for worker in pool):
            stowage.stats()  # reading must not disturb the threads
            time.sleep(0.001)
        for worker in pool:
            worker.join()
            self.assertIsNone(worker.failure)
            self.assertEqual(worker.wrong, 0, "a block had another's bytes")
        seen = stowage.stats()[label]["cpu"]
        self.assertGreater(seen["served"], count * ROWS * STEPS // 2, seen)
        self.assertGreater(seen["missing"], 0)
        self.assertGreater(seen["larger"] + seen["blocked"] + seen["extra"], 0)
        self.assertEqual(seen["invalid_frees"], 0)

    def test_one_thread(self):
        self.run_threads(1)

    def test_four_threads(self):
        self.run_threads(4)


if __name__ == "__main__":
    unittest.main()

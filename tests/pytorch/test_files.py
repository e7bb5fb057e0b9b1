"""Fixed plans in folders: read whole, and refused with the place where anything is wrong. PyTorch is not needed."""

import copy
import json
import pathlib
import random
import tempfile
import unittest

from stowage import _native, files

GOLDEN = pathlib.Path(__file__).parent / "golden" / "pytorch"
TEXT = (GOLDEN / "plan.json").read_bytes()


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def read(self, content: bytes):
        (self.folder / "plan.json").write_bytes(content)
        return files.read_plan(self.folder)

    def refuses(self, text: str, content: bytes):
        with self.assertRaises(ValueError) as caught:
            self.read(content)
        self.assertEqual(str(caught.exception), f"{self.folder / 'plan.json'}: {text}")

    def changed(self, change) -> bytes:
        """The plan with a change, and the fingerprint that fits it."""
        document = json.loads(TEXT)
        change(document)
        document["fingerprint"] = files.fingerprint(document)
        return json.dumps(document).encode()


class Reading(Folder):
    def test_the_plan_that_the_command_line_wrote(self):
        (plan,) = files.read_plan(GOLDEN)
        self.assertEqual((plan.signature, plan.device, plan.unit), ("step größer", "cuda", 512))
        self.assertEqual((plan.peak, plan.lower_bound), (5632, 5632))
        rows = [(row.key, row.end, row.size, row.offset) for row in plan.rows]
        self.assertEqual(
            rows,
            [
                (0, 3, 1000, 2048),
                (1, 4, 2048, 0),
                (0, _native.OPEN, 4096, 0),
                (0, 6, 3000, 2048),
                (1, 6, 500, 0),
                (0, 6, 512, 5120),
            ],
        )

    def test_a_folder_by_its_name(self):
        self.assertEqual(len(files.read_plan(str(GOLDEN))), 1)

    def test_white_space_does_not_count(self):
        plans = self.read(json.dumps(json.loads(TEXT), indent=3).encode())
        self.assertEqual([row.offset for row in plans[0].rows], [row.offset for row in files.read_plan(GOLDEN)[0].rows])

    def test_several_signatures(self):
        def add(document):
            document["signatures"].append({**copy.deepcopy(document["signatures"][0]), "name": "other"})

        self.assertEqual([plan.signature for plan in self.read(self.changed(add))], ["step größer", "other"])


class Damage(Folder):
    def test_no_file(self):
        with self.assertRaises(FileNotFoundError):
            files.read_plan(self.folder)

    def test_garbage(self):
        self.refuses("line 1, column 1: not JSON (Expecting value)", b"")
        self.refuses("line 1, column 1: not JSON (Expecting value)", b"PK\x03\x04")
        self.refuses("byte 0: not UTF-8", b"\xff\xfe{}")
        self.refuses('expected an object with format "stowage.pytorch/1", got [1, 2]', b"[1, 2]")
        self.refuses('format: expected "stowage.pytorch/1", got null or nothing', b"{}")
        self.refuses("not a plan: it is nested too deep", b"[" * 200_000)
        self.refuses('the field "a" is there twice in one object', b'{"a": 1, "a": 2}')
        self.refuses("not JSON (NaN is no number)", b'{"format": NaN}')

    def test_another_version(self):
        text = "format: expected stowage.pytorch/1, got stowage.pytorch/2: another version of stowage wrote it, export it again"
        self.refuses(text, TEXT.replace(b"stowage.pytorch/1", b"stowage.pytorch/2"))

    def test_every_truncation(self):
        whole = TEXT.rstrip()
        for length in range(len(whole)):
            with self.assertRaises(ValueError):
                self.read(whole[:length])

    def test_every_changed_byte(self):
        expected = files.read_plan(GOLDEN)
        generator = random.Random(7)
        for at in range(len(TEXT)):
            byte = generator.choice([b for b in range(256) if b != TEXT[at]])
            try:
                found = self.read(TEXT[:at] + bytes([byte]) + TEXT[at + 1 :])
            except ValueError as error:
                self.assertTrue(str(error).startswith(f"{self.folder / 'plan.json'}: "), error)
            else:  # white space for white space
                self.assertEqual(str(found[0]._replace(rows=[])), str(expected[0]._replace(rows=[])))
                self.assertEqual(*([bytes(row) for row in plans[0].rows] for plans in (found, expected)))

    def test_a_changed_number(self):
        text = "fingerprint: the file was changed since stowage export wrote it: export it again"
        self.refuses(text, TEXT.replace(b'"offset":2048', b'"offset":2560'))


class Ranges(Folder):
    def refuses_field(self, text: str, name: str, value, row=None):
        def change(document):
            target = document["signatures"][0]
            (target if row is None else target["rows"][row])[name] = value

        self.refuses(f"signatures[0].{text}", self.changed(change))

    def test_fields_of_a_signature(self):
        self.refuses_field("device: expected one of cpu, cuda, got \"mps\"", "device", "mps")
        self.refuses_field("unit: expected 512, got 64", "unit", 64)
        self.refuses_field("peak: expected an integer from 1 to 9007199254740991, got 5632.0", "peak", 5632.0)
        self.refuses_field("lowerBound: expected an integer from 0 to 5632, got 7680", "lowerBound", 7680)
        self.refuses_field('status: expected optimal, got "feasible"', "status", "feasible")
        self.refuses_field("rows: expected a list with at least one row, got []", "rows", [])
        self.refuses_field('name: expected a text, got ""', "name", "")

    def test_fields_of_a_row(self):
        self.refuses_field("rows[0].key: expected an integer from 0 to 4294967295, got -1", "key", -1, 0)
        self.refuses_field("rows[0].size: expected an integer from 1 to 9007199254740991, got 0", "size", 0, 0)
        self.refuses_field("rows[0].size: expected an integer from 1 to 9007199254740991, got true", "size", True, 0)
        self.refuses_field("rows[1].end: expected an integer from 2 to 6, got 1", "end", 1, 1)
        self.refuses_field("rows[1].end: expected an integer from 2 to 6, got 7", "end", 7, 1)
        self.refuses_field("rows[3].offset: expected a multiple of 512, got 100", "offset", 100, 3)
        self.refuses_field("rows[3].offset: its 3000 bytes at 3072 are beyond the peak of 5632", "offset", 3072, 3)
        self.refuses_field(
            "rows[2].offset: expected null, since the row outlives its iteration, got 512", "offset", 512, 2
        )

    def test_a_signature_twice(self):
        text = 'signatures: "step größer" on cuda is there twice'.replace("ö", "\\u00f6").replace("ß", "\\u00df")
        self.refuses(text, self.changed(lambda document: document["signatures"].append(document["signatures"][0])))


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""Makes the committed copy of the reference values from the full set: python3 trim.py FULL_SET [TARGET]

What is left out, and why, is said in README.md beside this script. Files are written with the numbers exactly as they stand in the
full set: numbers are kept as text, never converted.
"""

import json
import pathlib
import shutil
import sys

FIELDS = ["models", "detect", "locate", "remedy"]
# Derived from data without a licence to pass on, of no use without a dataset, or not values to reach.
LEFT_OUT = {"locate/drain.json", "detect/nab_scores.json", "models/r_raw.json"}
KEPT = {".json", ".csv", ".txt", ".md"}


class Literal(float):
    """A float that is written as it was read."""

    def __new__(cls, text):
        self = super().__new__(cls, text)
        self.text = text
        return self

    def __repr__(self):
        return self.text


def withheld(name):
    return isinstance(name, str) and name.startswith("M4_")


def derived(value):
    """Whether a case, or a name in a list of cases, belongs to a withheld series."""
    if isinstance(value, dict):
        return withheld(value.get("series")) or derived(value.get("request"))
    return withheld(value)


def trim(value):
    if isinstance(value, dict):
        return {k: trim(v) for k, v in value.items() if not withheld(k)}
    if isinstance(value, list):
        return [trim(v) for v in value if not derived(v)]
    return value


def write(value):
    """JSON on one line with the literals of the source."""
    if isinstance(value, Literal):
        return value.text
    if isinstance(value, dict):
        return "{" + ",".join(json.dumps(k) + ":" + write(v) for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(write(v) for v in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def main():
    full = pathlib.Path(sys.argv[1])
    target = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else __file__).resolve()
    target = target.parent if target.is_file() else target
    for field in FIELDS:
        shutil.rmtree(target / field, ignore_errors=True)
        for source in sorted((full / field).rglob("*")):
            name = source.relative_to(full).as_posix()
            if source.is_dir() or source.suffix not in KEPT or name in LEFT_OUT:
                continue
            copy = target / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            text = source.read_text(encoding="utf-8")
            if source.suffix == ".json" and "M4_" in text:
                text = write(trim(json.loads(text, parse_float=Literal))) + "\n"
                assert "M4_" not in text, name
            copy.write_text(text, encoding="utf-8")


main()

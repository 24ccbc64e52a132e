#!/usr/bin/env bash
# ruptures 1.1.10, Pelt with model "normal": it adds 1e-6 to every variance, so that constant segments have a likelihood (it says so in a
# warning), in the unit of the data. What it finds depends on that unit: a change of the spread that it finds in milliseconds is gone when
# the same numbers are in seconds, without another warning. Nothing depends on the unit in the likelihood itself.
#
# Seen on 300 normal values with standard deviation 1 and 300 with 3, around 20, with the penalty 3 log n: [305, 600] at a unit of 1,
# 0.01 and 0.001, and no change at all at 0.0001 (a jitter of 100 microseconds, in seconds) and below.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check ruptures==1.1.10 numpy==2.4.6 scipy==1.17.1
"$work/venv/bin/python" - <<'PY'
import warnings
from importlib.metadata import version

import numpy as np
import ruptures

warnings.simplefilter("ignore")
normal = np.random.Generator(np.random.PCG64(1)).standard_normal(600)
x = 20 + normal * np.repeat([1.0, 3.0], 300)
print("ruptures", version("ruptures"))
found = {}
for unit in (1.0, 1e-2, 1e-3, 1e-4, 1e-5):
    signal = (x * unit)[:, None]
    found[unit] = ruptures.Pelt(model="normal", min_size=20).fit(signal).predict(pen=3 * np.log(600))
    print(f"unit {unit:g}: {found[unit]}")
assert len(found[1.0]) == 2 and abs(found[1.0][0] - 300) < 30
assert found[1e-4] == found[1e-5] == [600], "the unit no longer matters: the finding is out of date"
PY

"""Stumpy's incremental matrix profile: the distance to the nearest earlier shape of 50 rows within the last 1,000. One column."""

import sys

import numpy as np
import stumpy

WINDOW, HISTORY = 50, 1_000
rows, stream, last = [], None, 0.0
for line in sys.stdin:
    x = float(line.split(",")[0])
    last = x if x == x else last  # NaN is missing: the last value stands
    if stream is None:
        rows.append(last)
        if len(rows) == HISTORY:
            stream = stumpy.stumpi(np.array(rows), WINDOW, egress=True)
        print(flush=True)
    else:
        stream.update(last)
        distance = stream.left_P_[-1]
        print(distance if np.isfinite(distance) else "", flush=True)

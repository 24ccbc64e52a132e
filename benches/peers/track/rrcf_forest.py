"""The streaming forest of rrcf's own documentation: 40 trees of 256 points, shingles of 4 rows, the mean collusive displacement."""

import sys

import numpy as np
import rrcf

TREES, SIZE, SHINGLE = 40, 256, 4
np.random.seed(42)
forest = [rrcf.RCTree() for _ in range(TREES)]
last, shingle, index = None, [], 0
for line in sys.stdin:
    row = np.array([float(x) for x in line.split(",")])
    if np.isnan(row).all():  # nothing is known of the row
        print(flush=True)
        continue
    row = np.where(np.isnan(row), 0.0 if last is None else last, row)
    last = row
    shingle = (shingle + [row])[-SHINGLE:]
    if len(shingle) < SHINGLE:
        print(flush=True)
        continue
    point = np.concatenate(shingle)
    total = 0.0
    for tree in forest:
        if len(tree.leaves) > SIZE:
            tree.forget_point(index - SIZE)
        tree.insert_point(point, index=index)
        total += tree.codisp(index)
    index += 1
    print(total / TREES, flush=True)

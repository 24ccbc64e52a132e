"""River's half-space trees with its own scaling to [0, 1] and its own defaults: a score for each row before the row is learned."""

import sys

from river import anomaly, compose, preprocessing

model = compose.Pipeline(preprocessing.MinMaxScaler(), anomaly.HalfSpaceTrees(seed=42))
for line in sys.stdin:
    values = enumerate(map(float, line.split(",")))
    row = {i: x for i, x in values if x == x}  # NaN is missing
    if row:
        print(model.score_one(row), flush=True)
        model.learn_one(row)
    else:
        print(flush=True)

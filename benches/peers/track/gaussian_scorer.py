"""River's Gaussian scorer with its defaults, one a column; the mean of the columns' scores, each in [0, 1]."""

import sys

from river import anomaly

models = {}
for line in sys.stdin:
    scores = []
    for i, x in enumerate(map(float, line.split(","))):
        model = models.setdefault(i, anomaly.GaussianScorer())
        if x == x:  # NaN is missing
            scores.append(model.score_one(None, x))
            model.learn_one(None, x)
    print(sum(scores) / len(scores) if scores else "", flush=True)

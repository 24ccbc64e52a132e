#!/usr/bin/env bash
# river 0.26.1, anomaly.GaussianScorer: of a series that has never moved every value is as anomalous as can be, the usual one included. The
# standard deviation is 0, the distribution function of river's Gaussian is then 0 at every value, and the score, twice its distance from one
# half, is 1.0. A value that is off can't be told from it (1.0, too), and makes the score of the usual value fall to almost nothing: what
# was called abnormal for as long as all was well is normal from the first fault on.
#
# Seen on 800 values of 3, one of 4, and 3 again (a gauge, or a counter of errors; grace period 100, the default): after the grace period 1.0
# for every 3; 1.0 for the 4; about 0.03 for every 3 after it.
#
# In evenkeel such a series is calm until it moves, is raised then, and is over soon after: tests `what_never_moved_can_move` of monitors and
# `what_never_varied_is_abnormal_when_it_does` of `DeviationMonitor`.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check river==0.26.1 typing_extensions==4.15.0
"$work/venv/bin/python" - <<'PY'
from river import anomaly

scorer = anomaly.GaussianScorer()
scores = []
for step in range(1_000):
    value = 4.0 if step == 800 else 3.0
    scores.append(scorer.score_one(None, value))
    scorer.learn_one(None, value)
usual, off, later = scores[101:800], scores[800], scores[801:]
print(f"the usual value: {min(usual)} to {max(usual)}; one that is off: {off}; the usual one later: {max(later):.3f} at most")
assert min(usual) == 1.0 and off == 1.0 and max(later) < 0.05, "the finding is out of date"
PY

#!/usr/bin/env bash
# tdigest 0.5.2.2 (the t-digest of PyPI under that name), values most of which are equal: percentiles that no value is near, and below the
# smallest value. Equal values share a centroid, and a percentile within a centroid is read from a line whose slope comes from its neighbors'
# distance, whatever the centroid holds; so the line of a centroid of zeros runs far below zero and far above. Neither is held at the least
# and greatest value.
#
# Seen on 99 zeros and one 1,000 (waiting times, errors a minute, retries): the 10th percentile is -790, the 25th -490, the median 10, the
# 90th 810, where all of them are 0; the distribution function at 0 is 0.495, where it is 0.99. The same with a hundred times as many of both.
# On a hundred thousand times in whole milliseconds (exponential, mean 2) the 5th percentile is below 0.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check tdigest==0.5.2.2
"$work/venv/bin/python" - <<'PY'
from random import Random

from tdigest import TDigest

for times in (1, 100):
    values = [0.0] * (99 * times) + [1_000.0] * times
    Random(1).shuffle(values)
    digest = TDigest()
    digest.batch_update(values)
    found = {p: round(digest.percentile(p), 1) for p in (10, 25, 50, 75, 90, 98)}
    print(f"{99 * times} zeros, {times} of 1,000: percentiles {found}, distribution function at 0: {digest.cdf(0):.3f}")
    assert found[10] < -700 and found[25] < -400 and found[90] > 700 and digest.cdf(0) < 0.5, "the finding is out of date"

random = Random(2)
digest = TDigest()
digest.batch_update([float(int(random.expovariate(0.5))) for _ in range(100_000)])
print(f"whole milliseconds: 5th percentile {digest.percentile(5):.2f}, median {digest.percentile(50):.2f}")
assert digest.percentile(5) < 0, "the finding is out of date"
PY

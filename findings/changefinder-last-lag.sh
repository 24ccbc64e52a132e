#!/usr/bin/env bash
# changefinder 0.3 (the package of that name on PyPI; the method of Takeuchi and Yamanishi, 2006, on autoregression that forgets): the last of
# its autocovariances is never learned and stays 0. So of order 1, the default, there is no autoregression at all, and of higher orders
# the Yule-Walker equations are solved for autocovariances that no series has: forecasts are worse than none.
#
# Seen on 3,000 values of an autoregression with the coefficient -0.95 and noise of variance 1, r = 0.02: with order 1 the autocovariance at
# lag 1 is 0 and the variance of the forecast errors about that of the values themselves (15, where 1 is possible); with order 2 the one at
# lag 2 is 0 and the variance of the errors above a million; with order 3 it is above a thousand. (The attributes that are read here
# are private; nothing public shows a forecast.)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check changefinder==0.3 numpy==2.4.6 scipy==1.17.1 statsmodels==0.14.6
"$work/venv/bin/python" - <<'PY'
from random import Random

import changefinder
import numpy

random = Random(1)
values = [0.0]
for _ in range(3_000):
    values.append(-0.95 * values[-1] + random.gauss(0.0, 1.0))

errors = {}
for order in (1, 2, 3):
    numpy.random.seed(1)  # its first mean and variance are drawn
    detector = changefinder.ChangeFinder(r=0.02, order=order, smooth=5)
    for value in values:
        detector.update(value)
    model = detector._sdar_first
    errors[order] = float(model._sigma)
    print(f"order {order}: autocovariances {[round(float(c), 2) for c in model._c]}, variance of forecast errors {errors[order]:.1f}")
    assert model._c[order] == 0.0, "the last autocovariance is learned: the finding is out of date"
assert errors[1] > 5 and errors[2] > 1e6 and errors[3] > 1e3, "the finding is out of date"
PY

#!/usr/bin/env bash
# hmmlearn 0.3.3, GaussianHMM: min_covar = 1e-3 and covars_prior = 1e-2 are in squares of the unit of the data, so that the states it
# finds depend on that unit. Two levels that are five standard deviations apart are told exactly in one unit, and are one level in a unit
# a hundred times larger: no warning, and fit says that it has converged.
#
# Seen on 400 normal values around 20 and 400 around 25, standard deviation 1, two states: means 20 and 25 at a unit of 1 and of 0.1; both
# means 22.5 at 0.01 (so a tenth of a second of jitter, in tens of seconds; or 10 ms, in seconds) and below, where all but a few values
# are one state.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check hmmlearn==0.3.3 numpy==2.4.6 scipy==1.17.1
"$work/venv/bin/python" - <<'PY'
import hmmlearn
import numpy as np
from hmmlearn.hmm import GaussianHMM

normal = np.random.Generator(np.random.PCG64(1)).standard_normal(800)
x = np.repeat([20.0, 25.0], 400) + normal
print("hmmlearn", hmmlearn.__version__)
apart = {}
for unit in (1.0, 0.1, 0.01, 0.001):
    model = GaussianHMM(2, random_state=0, n_iter=100).fit((x * unit)[:, None])
    means = np.sort(model.means_.ravel()) / unit
    sizes = np.bincount(model.predict((x * unit)[:, None]), minlength=2)
    apart[unit] = means[1] - means[0]
    print(f"unit {unit:g}: means {means.round(2)}, values of each state {sizes}, converged {model.monitor_.converged}")
assert apart[1.0] > 4.5 and apart[0.1] > 4.5
assert apart[0.01] < 1 and apart[0.001] < 1, "the unit no longer matters: the finding is out of date"
PY

#!/usr/bin/env bash
# hmmlearn 0.3.3, GMMHMM: an iteration of fit takes the new covariances about the means from before that iteration, though it moves the
# means, too. So a step is not the maximization of EM: each covariance is too large by the square of how far its mean moved, until the
# means rest. GaussianHMM, and a mixture of one component is nothing else, takes them about the new means.
#
# Seen on 200 normal values around 10 with variance 0.85, one state, one component, from mean 0 and variance 120: after one iteration
# both have the mean 9.93, but GMMHMM the variance 99.4 (the mean square about 0) and the log-likelihood -644.5, GaussianHMM 0.855 and
# -268.1. The end of a long fit is the same; histories of the likelihood, fits with few iterations and warm starts are not.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check hmmlearn==0.3.3 numpy==2.4.6 scipy==1.17.1
"$work/venv/bin/python" - <<'PY'
import logging

import hmmlearn
import numpy as np
from hmmlearn.hmm import GaussianHMM, GMMHMM

logging.disable(logging.CRITICAL)
x = (10 + np.random.Generator(np.random.PCG64(1)).standard_normal(200))[:, None]

def fitted(model, shape, iterations):
    model.n_iter, model.init_params = iterations, ""
    model.startprob_, model.transmat_ = np.ones(1), np.ones((1, 1))
    model.means_, model.covars_ = np.zeros(shape), np.full(shape, 120.0)
    if isinstance(model, GMMHMM):
        model.weights_ = np.ones((1, 1))
    model.fit(x)
    return float(model.means_.ravel()[0]), float(np.ravel(model.covars_)[0]), float(model.score(x))

print("hmmlearn", hmmlearn.__version__)
for iterations in (1, 2):
    mixture = fitted(GMMHMM(n_components=1, n_mix=1, covariance_type="diag"), (1, 1, 1), iterations)
    plain = fitted(GaussianHMM(n_components=1, covariance_type="diag", covars_prior=0, min_covar=0), (1, 1), iterations)
    for name, (mean, variance, score) in (("GMMHMM", mixture), ("GaussianHMM", plain)):
        print(f"{iterations} iteration(s), {name:<11}: mean {mean:.4f}, variance {variance:8.4f}, log-likelihood {score:.2f}")
    if iterations == 1:
        assert abs(plain[1] - x.var()) < 1e-6
        assert abs(mixture[1] - np.mean(x**2)) < 1e-6, "covariances are no longer about the old means: the finding is out of date"
PY

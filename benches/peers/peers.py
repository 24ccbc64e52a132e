"""The peers' side of the comparison: reads the same works as `measure`, prints one JSON line for each peer and work."""

import json
import sys
import time
import warnings

import numpy as np
import ruptures
import stumpy
from hmmlearn.hmm import GaussianHMM
from river import anomaly, drift
from statsforecast.arima import arima, arima_like, auto_arima_f, make_arima
from statsforecast.ets import ets_f
from statsforecast.theta import auto_theta, forecast_theta
from statsmodels.tsa.seasonal import STL
from statsmodels.tsa.statespace.sarimax import SARIMAX
from statsmodels.tsa.statespace.structural import UnobservedComponents
from statsmodels.tsa.stattools import acf

warnings.simplefilter("ignore")


def seconds(call, batches=15):
    """The seconds of one call: the least of several batches, each of at least a few milliseconds."""
    call()
    best, calls = float("inf"), 1
    for _ in range(batches):
        started = time.perf_counter()
        for _ in range(calls):
            call()
        elapsed = time.perf_counter() - started
        if elapsed > 5:
            return elapsed / calls
        if elapsed < 5e-3:
            calls *= 2
        else:
            best = min(best, elapsed / calls)
    return best


def concentrated(sum_of_squares, log_determinant, n):
    """The log-likelihood with sigma squared at its maximum."""
    return -0.5 * (n * (np.log(2 * np.pi * sum_of_squares / n) + 1) + log_determinant)


def expand(near, far, season, sign):
    """The product of a plain and a seasonal factor, without its leading 1."""
    other = np.zeros(1 + season * len(far))
    other[0] = 1.0
    for k, c in enumerate(far):
        other[(k + 1) * season] = sign * c
    return sign * np.convolve(np.r_[1.0, sign * np.asarray(near)], other)[1:]


def likelihood_statsforecast(work):
    y, (_, d, _), (_, seasonal, _, season) = np.asarray(work["y"]), work["order"], work["season"]
    n = len(y) - d - seasonal * season
    phi, theta = expand(work["ar"], work["sar"], season, -1.0), expand(work["ma"], work["sma"], season, 1.0)
    if max(len(phi), len(theta) + 1) > 100:
        return None  # Its state space is dense: minutes and gigabytes.
    delta = np.array([1.0])
    for lag in [1] * d + [season] * seasonal:
        delta = np.convolve(delta, np.r_[1.0, np.zeros(lag - 1), -1.0])
    delta = -delta[1:]

    def call():
        # A new point of the search needs a new state space: that is part of an evaluation.
        mod = make_arima(phi, theta, delta)
        return arima_like(y, mod["phi"], mod["theta"], mod["delta"], mod["a"], mod["P"], mod["Pn"], 0, False)

    ssq, sumlog, nu = call()[:3]
    return call, concentrated(ssq, sumlog, nu)


def likelihood_statsmodels(work):
    p, seasonal, q, season = work["season"]
    if season * max(p, q) > 100:
        return None
    order = (p, seasonal, q, season if season > 1 else 0)
    model = SARIMAX(work["y"], order=work["order"], seasonal_order=order, simple_differencing=True, concentrate_scale=True)
    parameters = np.r_[work["ar"], work["ma"], work["sar"], work["sma"]]
    return lambda: model.loglike(parameters), model.loglike(parameters)


def auto_statsforecast(work):
    y = np.asarray(work["y"])
    call = lambda: auto_arima_f(y, period=work["period"], approximation=False)
    return call, call()["aicc"]


def ets_statsforecast(work):
    y = np.asarray(work["y"])
    call = lambda: ets_f(y, m=work["period"], model="ZZZ")
    return call, call()["aicc"]


def theta_statsforecast(work):
    y = np.asarray(work["y"])
    call = lambda: auto_theta(y, m=work["period"], model="DOTM")
    fitted = call()
    return call, forecast_theta(fitted, 1)["mean"][0]


def fit_statsforecast(work):
    y, order = np.asarray(work["y"]), tuple(work["order"])
    call = lambda: arima(y, order=order, include_mean=False, method="ML")
    return call, call()["loglik"]


def fit_statsmodels(work):
    call = lambda: SARIMAX(work["y"], order=work["order"], simple_differencing=True).fit(disp=0)
    return call, call().llf


def digest(components):
    """One number of several components in which every value counts and no two cancel."""
    weights = lambda c: np.arange(1, len(c) + 1) % 97
    return sum(i * float(np.sum(np.asarray(c) * weights(c))) for i, c in enumerate(components, 1))


def stl_statsmodels(work):
    y = np.asarray(work["y"])
    call = lambda: STL(y, period=work["period"], robust=work["robust"]).fit()
    result = call()
    return call, digest([result.trend, result.seasonal])


def autocorrelation_statsmodels(work):
    y = np.asarray(work["y"])
    call = lambda: acf(y, nlags=work["lags"], fft=True)
    return call, digest([call()])


def objective(work, ends):
    y = np.asarray(work["y"])
    parts = np.split(y, ends[:-1])
    return sum(float(np.sum((part - part.mean()) ** 2)) for part in parts) + work["penalty"] * (len(ends) - 1)


def pelt_ruptures(work):
    y = np.asarray(work["y"])
    call = lambda: ruptures.Pelt(model="l2", min_size=2, jump=1).fit(y).predict(pen=work["penalty"])
    return call, objective(work, call())


def pelt_kernel_ruptures(work):
    y = np.asarray(work["y"])
    call = lambda: ruptures.KernelCPD(kernel="linear", min_size=2, jump=1).fit(y).predict(pen=work["penalty"])
    return call, objective(work, call())


def adwin_river(work):
    def call():
        detector = drift.ADWIN()
        total = 0
        for x in work["y"]:
            detector.update(x)
            total += detector.width
        return total

    return call, call()


def half_space_trees_river(work):
    rows = [{"x": x} for x in work["y"]]

    def call():
        trees = anomaly.HalfSpaceTrees(n_trees=25, height=8, window_size=250, seed=1)
        scores = []
        for row in rows:
            scores.append(trees.score_one(row))
            trees.learn_one(row)
        return scores

    return call, found(work, call())


def gaussian_hmm(work, **options):
    """At the given parameters, without priors, which are on by default."""
    model = GaussianHMM(
        n_components=len(work["means"]), covariance_type="diag", init_params="", min_covar=0, covars_prior=0, implementation="scaling", **options
    )
    model.startprob_, model.transmat_ = np.asarray(work["initial"]), np.asarray(work["transitions"])
    model.means_, model.covars_ = np.asarray(work["means"])[:, None], np.asarray(work["variances"])[:, None]
    return model


def hmm_fit_hmmlearn(work):
    y = np.asarray(work["y"])[:, None]
    # Never converged, so that it takes all steps; its faster recursions.
    call = lambda: gaussian_hmm(work, n_iter=work["iterations"], tol=-np.inf).fit(y)
    return call, call().score(y)


def hmm_decode_hmmlearn(work):
    y = np.asarray(work["y"])[:, None]
    call = lambda: gaussian_hmm(work).decode(y)
    return call, call()[0]


def trend_likelihood_statsmodels(work):
    model = UnobservedComponents(np.asarray(work["y"]), "local linear trend", use_exact_diffuse=True)
    call = lambda: model.loglike(work["variances"])
    return call, call()


def structural_fit_statsmodels(work):
    model = UnobservedComponents(np.asarray(work["y"]), "local linear trend", seasonal=work["period"], use_exact_diffuse=True)
    call = lambda: model.fit(disp=0)
    return call, call().llf


def found(work, scores):
    """How many of the spikes are among as many highest scores of the second half."""
    y, scores = np.asarray(work["y"]), np.asarray(scores)
    spikes = set(range(len(y) // 2, len(y), 100))
    late = sorted(range(len(y) // 2, len(y)), key=lambda i: -scores[i])
    return len(spikes & set(late[: len(spikes)]))


def left_profile_stumpy(work):
    y, start = np.asarray(work["y"]), work["history"]
    stream = stumpy.stumpi(y[:start], work["window"], egress=True)
    stream.update(y[start])
    started = time.perf_counter()
    for x in y[start + 1 :]:
        stream.update(x)
    elapsed = (time.perf_counter() - started) * (len(y) - start) / (len(y) - start - 1)
    # It goes on from where it is, so it is timed once.
    return elapsed, float(stream.left_P_[start - len(y) :].max())


PEERS = {
    "adwin": {"river": adwin_river},
    "half_space_trees": {"river": half_space_trees_river},
    "left_profile": {"stumpy": left_profile_stumpy},
    "autocorrelation": {"statsmodels": autocorrelation_statsmodels},
    "pelt": {"ruptures": pelt_ruptures, "ruptures C": pelt_kernel_ruptures},
    "stl": {"statsmodels": stl_statsmodels},
    "arima_likelihood": {"statsforecast": likelihood_statsforecast, "statsmodels": likelihood_statsmodels},
    "arima_fit": {"statsforecast": fit_statsforecast, "statsmodels": fit_statsmodels},
    "auto_arima": {"statsforecast": auto_statsforecast},
    "auto_ets": {"statsforecast": ets_statsforecast},
    "theta": {"statsforecast": theta_statsforecast},
    "hmm_fit": {"hmmlearn": hmm_fit_hmmlearn},
    "hmm_decode": {"hmmlearn": hmm_decode_hmmlearn},
    "trend_likelihood": {"statsmodels": trend_likelihood_statsmodels},
    "structural_fit": {"statsmodels": structural_fit_statsmodels},
}

for work in json.load(open(sys.argv[1])):
    for peer, prepare in PEERS[work["work"]].items():
        prepared = prepare(work)
        if prepared is None:
            continue
        call, checksum = prepared
        elapsed = call if isinstance(call, float) else seconds(call, 1 if work["work"] == "auto_arima" else 15)
        print(json.dumps({"name": work["name"], "peer": peer, "checksum": float(checksum), "seconds": elapsed}), flush=True)

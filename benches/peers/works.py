"""Makes the works that both sides do: series from fixed seeds, so that everyone measures the same."""

import json

import numpy as np


def arma_summed(n, ar, ma, seed):
    """An ARIMA(2, 1, 2) path."""
    noise = np.random.Generator(np.random.PCG64(seed)).standard_normal(n + 2)
    w = np.zeros(n + 2)
    for t in range(2, n + 2):
        w[t] = ar[0] * w[t - 1] + ar[1] * w[t - 2] + noise[t] + ma[0] * noise[t - 1] + ma[1] * noise[t - 2]
    return (100 + np.cumsum(w[2:])).tolist()


def five_minutes(n, period, seed):
    """A trend, a season, noise, and an outlier now and then."""
    t = np.arange(n)
    noise = np.random.Generator(np.random.PCG64(seed)).standard_normal(n)
    noise[::101] += 15
    return (100 + 1e-3 * t + 10 * np.sin(2 * np.pi * t / period) + noise).tolist()


def levels(n, length, seed):
    """Levels that change every so many values, under noise."""
    generator = np.random.Generator(np.random.PCG64(seed))
    steps = generator.normal(0, 4, n // length + 1)
    return (steps[np.arange(n) // length] + generator.standard_normal(n)).tolist()


def spiked(n, seed):
    """Uniform values between 0.4 and 0.6, and one of 0.99 in each hundred after the first half."""
    y = np.random.Generator(np.random.PCG64(seed)).uniform(0.4, 0.6, n)
    y[n // 2 :: 100] = 0.99
    return y.tolist()


def seasonal(n, season, order, ar, ma, sar, sma, seed):
    """A path of the product of plain and seasonal factors, summed up as often as `order` says: [d, D]."""

    def product(near, far, sign):
        other = np.zeros(1 + season * len(far))
        other[0] = 1.0
        for k, c in enumerate(far):
            other[(k + 1) * season] = sign * c
        return np.convolve(np.r_[1.0, sign * np.asarray(near)], other)

    phi, theta = product(ar, sar, -1.0), product(ma, sma, 1.0)
    for lag in [1] * order[0] + [season] * order[1]:
        phi = np.convolve(phi, np.r_[1.0, np.zeros(lag - 1), -1.0])
    ars, mas = np.flatnonzero(phi)[1:], np.flatnonzero(theta)
    start = season if order == [0, 0] else 0
    noise = np.random.Generator(np.random.PCG64(seed)).standard_normal(n + start)
    y = np.zeros(n + start)
    for t in range(n + start):
        y[t] = sum(theta[j] * noise[t - j] for j in mas if j <= t) - sum(phi[j] * y[t - j] for j in ars if j <= t)
    return (100 + y[start:]).tolist()


def likelihood(name, n, order, season, ar, ma, sar, sma, seed):
    return {
        "work": "arima_likelihood", "name": f"exact likelihood, {name}, n = {n}", "order": order,
        "season": [len(sar), season[0], len(sma), season[1]], "ar": ar, "ma": ma, "sar": sar, "sma": sma,
        "y": seasonal(n, season[1], [order[1], season[0]], ar, ma, sar, sma, seed),
    }


def hidden(states, n, seed):
    """A chain that stays in a state for ten values on average, under noise that hides it in part, so that 20 steps do not converge; and where a fit starts."""
    generator = np.random.Generator(np.random.PCG64(seed))
    leaves = generator.uniform(size=n) < 0.1
    states_of = np.cumsum(np.where(leaves, generator.integers(1, states, n), 0)) % states
    other = 0.1 / (states - 1)
    return {
        "initial": [1 / states] * states,
        "transitions": [[0.9 if i == j else other for j in range(states)] for i in range(states)],
        "means": [1.0 * k + 0.2 * (-1) ** k for k in range(states)],
        "variances": [2.0] * states,
        "y": (1.0 * states_of + generator.standard_normal(n)).tolist(),
    }


def trend(n, variances, period, seed):
    """A local linear trend with these variances of noise, level and slope, and a season of dummies that changes as fast as the level."""
    noise = np.random.Generator(np.random.PCG64(seed)).standard_normal((4, n)) * np.sqrt(variances + [variances[1]])[:, None]
    level = np.cumsum(np.r_[0.0, np.cumsum(noise[2])[:-1]] + noise[1])
    season = np.zeros(n)
    for t in range(n if period > 1 else 0):
        season[t] = 5 * np.cos(2.4 * t) if t < period - 1 else noise[3, t] - season[t - period + 1 : t].sum()
    return (100 + level + season + noise[0]).tolist()


AR, MA = [1.2, -0.5], [0.4, 0.2]
y = arma_summed(960, AR, MA, 1)
load = five_minutes(10_000, 288, 2)
# Goes on like the load, but for a stretch of a shape that was never there.
discord = (np.asarray(five_minutes(2000, 288, 8)) + np.where(abs(np.arange(2000) - 1110) < 40, 8 * np.sin(np.arange(2000) / 4), 0)).tolist()
steps = levels(2000, 100, 3)
repeating = seasonal(900, 24, [0, 1], [0.7], [0.2], [], [-0.6], 5)
print(json.dumps([
    {"work": "arima_likelihood", "name": "exact likelihood, ARIMA(2,1,2), n = 960", "order": [2, 1, 2], "season": [0, 0, 0, 1], "ar": AR, "ma": MA, "sar": [], "sma": [], "y": y},
    likelihood("(0,1,3)(2,1,1)12", 468, [0, 1, 3], [1, 12], [], [-0.34, -0.02, -0.1], [0.02, -0.08], [-0.84], 2),
    likelihood("(2,0,1)(0,1,1)24", 700, [2, 0, 1], [1, 24], [1.5, -0.55], [-0.2], [], [-0.8], 3),
    likelihood("(1,0,1)(0,0,1)288", 10000, [1, 0, 1], [0, 288], [0.7], [0.3], [], [0.4], 4),
    likelihood("(1,0,1)(0,0,1)1440", 20000, [1, 0, 1], [0, 1440], [0.7], [0.3], [], [0.4], 4),
    {"work": "arima_fit", "name": "fit, ARIMA(2,1,2), n = 960", "order": [2, 1, 2], "y": y},
    {"work": "stl", "name": "STL, n = 10,000, period 288", "period": 288, "robust": False, "y": load},
    {"work": "autocorrelation", "name": "1000 autocorrelations, n = 10,000", "lags": 1000, "y": load},
    {"work": "pelt", "name": "PELT, squares, n = 2000, 20 levels", "penalty": 2 * np.log(2000), "y": steps},
    {"work": "pelt", "name": "PELT, squares, n = 2000, no change", "penalty": 3 * np.log(2000), "y": levels(2000, 4000, 4)},
    {"work": "stl", "name": "STL, robust, n = 10,000, period 288", "period": 288, "robust": True, "y": load},
    {"work": "auto_ets", "name": "AutoEts, season 24, n = 900", "period": 24, "y": repeating},
    {"work": "theta", "name": "DOTM, season 24, n = 900", "period": 24, "y": repeating},
    {"work": "auto_arima", "name": "AutoArima, n = 960", "period": 1, "y": y},
    {"work": "auto_arima", "name": "AutoArima, season 24, n = 900", "period": 24, "y": repeating},
    {"work": "adwin", "name": "ADWIN, 10,000 values, 20 levels", "y": levels(10_000, 500, 6)},
    {"work": "half_space_trees", "name": "half-space trees, 25 of depth 8, 2,000 values", "y": spiked(2_000, 7)},
    {"work": "left_profile", "name": "left matrix profile of 100, after 5,000", "window": 100, "history": 5_000, "pruned": False, "y": load[:5_000] + discord},
    {"work": "left_profile", "name": "left matrix profile of 100, after 10,000", "window": 100, "history": 10_000, "pruned": False, "y": load[:10_000] + discord},
    {"work": "left_profile", "name": "pruned, after 5,000", "window": 100, "history": 5_000, "pruned": True, "y": load[:5_000] + discord},
    {"work": "left_profile", "name": "pruned, after 10,000", "window": 100, "history": 10_000, "pruned": True, "y": load[:10_000] + discord},
    {"work": "hmm_fit", "name": "Gaussian HMM, 3 states, n = 100,000, 20 EM steps", "iterations": 20, **hidden(3, 100_000, 9)},
    {"work": "hmm_fit", "name": "Gaussian HMM, 8 states, n = 100,000, 20 EM steps", "iterations": 20, **hidden(8, 100_000, 10)},
    {"work": "hmm_decode", "name": "Viterbi, 8 states, n = 100,000", **hidden(8, 100_000, 10)},
    {"work": "trend_likelihood", "name": "likelihood, local linear trend, n = 100,000", "variances": [1.0, 0.1, 1e-4], "y": trend(100_000, [1.0, 0.1, 1e-4], 1, 11)},
    {"work": "structural_fit", "name": "fit, basic structural model, season 12, n = 500", "period": 12, "y": trend(500, [1.0, 0.1, 1e-3], 12, 12)},
]))

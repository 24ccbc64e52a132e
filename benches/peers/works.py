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


AR, MA = [1.2, -0.5], [0.4, 0.2]
y = arma_summed(960, AR, MA, 1)
load = five_minutes(10_000, 288, 2)
steps = levels(2000, 100, 3)
print(json.dumps([
    {"work": "arima_likelihood", "name": "exact likelihood, ARIMA(2,1,2), n = 960", "order": [2, 1, 2], "ar": AR, "ma": MA, "y": y},
    {"work": "arima_fit", "name": "fit, ARIMA(2,1,2), n = 960", "order": [2, 1, 2], "y": y},
    {"work": "stl", "name": "STL, n = 10,000, period 288", "period": 288, "robust": False, "y": load},
    {"work": "autocorrelation", "name": "1000 autocorrelations, n = 10,000", "lags": 1000, "y": load},
    {"work": "pelt", "name": "PELT, squares, n = 2000, 20 levels", "penalty": 2 * np.log(2000), "y": steps},
    {"work": "pelt", "name": "PELT, squares, n = 2000, no change", "penalty": 3 * np.log(2000), "y": levels(2000, 4000, 4)},
    {"work": "stl", "name": "STL, robust, n = 10,000, period 288", "period": 288, "robust": True, "y": load},
]))

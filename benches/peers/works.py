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


AR, MA = [1.2, -0.5], [0.4, 0.2]
y = arma_summed(960, AR, MA, 1)
print(json.dumps([
    {"work": "arima_likelihood", "name": "exact likelihood, ARIMA(2,1,2), n = 960", "order": [2, 1, 2], "ar": AR, "ma": MA, "y": y},
    {"work": "arima_fit", "name": "fit, ARIMA(2,1,2), n = 960", "order": [2, 1, 2], "y": y},
]))

"""What the 95 % intervals of statsforecast's automatic models hold, on the series that the test `across_models::coverage::series_for_peers` wrote.

EVENKEEL_DUMP=series.jsonl cargo test --release -p evenkeel-models --test main -- --ignored series_for_peers
pip install statsforecast==2.1.1; python coverage.py series.jsonl
"""
import json
import sys
import warnings
from collections import defaultdict
from multiprocessing import Pool

import numpy as np
from statsforecast.models import AutoARIMA, AutoETS, AutoTheta

warnings.filterwarnings("ignore")
HORIZONS = (1, 6)
MODELS = {"AutoARIMA": AutoARIMA, "AutoETS": AutoETS, "AutoTheta": AutoTheta}


def inside(task):
    name, case = task
    y, n = np.array(case["y"]), case["n"]
    period = case["period"] if n >= 2 * case["period"] else 1
    try:
        said = MODELS[name](season_length=period).forecast(y[:n], 6, level=[95])
        low, high = np.asarray(said["lo-95"]), np.asarray(said["hi-95"])
    except Exception:  # What a model refuses counts as not fitted, as on our side.
        return name, case["process"], n, None
    return name, case["process"], n, [bool(low[h - 1] <= y[n + h - 1] <= high[h - 1]) for h in HORIZONS]


def main():
    cases = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
    every = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    tasks = [(name, case) for name in MODELS for case in cases[::every]]
    held = defaultdict(list)
    with Pool(1) as pool:
        for name, process, n, hits in pool.imap_unordered(inside, tasks, chunksize=20):
            held[process, name, n].append(hits)
    lengths = sorted({case["n"] for case in cases})
    for process in dict.fromkeys(case["process"] for case in cases):
        print(f"\n{process}: 95 % intervals hold, per cent at h = 1 / 6")
        print(" " * 12 + "".join(f"{n:>12}" for n in lengths))
        for name in MODELS:
            cells = []
            for n in lengths:
                hits = [h for h in held[process, name, n] if h is not None]
                shares = "/".join(f"{100 * np.mean(column):.0f}" for column in zip(*hits)) if hits else "-"
                refused = len(held[process, name, n]) - len(hits)
                cells.append(f"{shares + (f' ({refused} refused)' if refused else ''):>12}")
            print(f"{name:12}" + "".join(cells))


if __name__ == "__main__":
    main()

"""Ant colony and genetic search for recovery plans, beside a published package of each: acopy 0.7.0 and pygad 3.9.2.

    pip install acopy==0.7.0 pygad==3.9.2
    cargo build --release --package evenkeel-benches --bin planning
    python planning.py ../../target/release/planning [SECONDS]

The problem: in which order are actions tried that each cost something, depending on what was done before, and help
with some probability, if in the end a person is called? Both packages minimize the same expected cost, written with
what they offer to that end: the tours of ants, and keys that are sorted. Each runs for some seconds; then it is
measured how long the library's own search takes until its plan costs no more. Equal cost, and the ratio of the times:
that of the peer until it had found that plan, and that of the library for a whole run with its certified bound.
"""

import json
import subprocess
import sys
import time
import warnings

import acopy.ant
import acopy.plugins
import acopy.solvers
import networkx
import numpy as np
import pygad

warnings.simplefilter("ignore")


def problem(n, seed):
    """Actions with set-up costs between any two."""
    draw = np.random.Generator(np.random.PCG64(seed))
    places = draw.uniform(0, 10, (n + 1, 2))
    setup = np.linalg.norm(places[:, None] - places[None, :n], axis=2)
    np.fill_diagonal(setup[:n], 0.0)
    return {
        "name": f"{n} actions, seed {seed}",
        "cost": draw.uniform(1, 12, n).round(2).tolist(),
        "success": draw.uniform(0.03, 0.3, n).round(3).tolist(),
        "setup": setup.round(2).tolist(),
        "escalation": 500.0,
    }


def expected_cost(p, order):
    """The least expected cost of the order, cut where calling a person is cheaper than to go on."""
    cost, success, setup, escalation = p["cost"], p["success"], p["setup"], p["escalation"]
    alive, spent, best, last = 1.0, 0.0, escalation, len(cost)
    for action in order:
        spent += alive * (setup[last][action] + cost[action])
        alive *= 1.0 - success[action]
        best = min(best, spent + alive * escalation)
        last = action
    return best


class Best:
    """The best so far, and when it was found."""

    def __init__(self):
        self.began, self.cost, self.at = time.perf_counter(), float("inf"), 0.0

    def see(self, cost):
        if cost < self.cost:
            self.cost, self.at = cost, time.perf_counter() - self.began


def ants(p, seconds):
    """acopy: edges weigh what the ratio rule says of what they lead to; a tour costs what its plan does."""
    n = len(p["cost"])
    graph = networkx.DiGraph()
    for a in range(n + 1):
        for b in range(n):
            if a != b:
                weight = (p["setup"][a][b] + p["cost"][b]) / p["success"][b]
                graph.add_edge(a, b, weight=max(weight, 1e-9), pheromone=1.0)
        if a < n:
            graph.add_edge(a, n, weight=1.0, pheromone=1.0)
    best = Best()

    class Plan(acopy.solvers.Solution):
        def close(self):
            super().close()
            self.cost = expected_cost(p, self.nodes[1:])
            best.see(self.cost)

    class Walker(acopy.ant.Ant):
        def initialize_solution(self, graph):
            return Plan(graph, n, ant=self)

    class Walkers(acopy.ant.Colony):
        def get_ants(self, count):
            return [Walker(**vars(self)) for _ in range(count)]

    solver = acopy.solvers.Solver(rho=0.1, q=1)
    best.began = time.perf_counter()
    solver.add_plugins(acopy.plugins.TimeLimit(seconds))
    solver.solve(graph, Walkers(alpha=1, beta=2), gen_size=16)
    return best


def genes(p, seconds):
    """pygad with random keys."""
    n = len(p["cost"])
    best = Best()

    def fitness(_, keys, __):
        cost = expected_cost(p, np.argsort(keys))
        best.see(cost)
        return -cost

    search = pygad.GA(
        num_generations=1_000_000,
        num_parents_mating=20,
        sol_per_pop=60,
        num_genes=n,
        gene_space={"low": 0.0, "high": 1.0},
        fitness_func=fitness,
        crossover_type="uniform",
        mutation_percent_genes=5,
        keep_elitism=6,
        random_seed=1,
        suppress_warnings=True,
        on_generation=lambda _: "stop" if time.perf_counter() - best.began > seconds else None,
    )
    best.began = time.perf_counter()
    search.run()
    return best


def main():
    program, seconds = sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 10.0
    print("| problem | search | peer | cost | peer, s | here, s | ratio |\n| --- | --- | --- | --- | --- | --- | --- |")
    for n, seed in [(14, 1), (25, 2), (40, 3), (60, 4)]:
        p = problem(n, seed)
        for method, peer, run in [("ant colony", "acopy 0.7.0", ants), ("genetic", "pygad 3.9.2", genes)]:
            best = run(p, seconds)
            work = json.dumps({**p, "method": method, "target": best.cost})
            ours = json.loads(subprocess.run([program], input=work, capture_output=True, text=True, check=True).stdout)
            mark = "" if ours["reached"] else " (not reached)"
            ratio = best.at / ours["seconds"]
            print(f"| {p['name']} | {method} | {peer} | {best.cost:.3f} | {best.at:.3f} | {ours['seconds']:.6f}{mark} | {ratio:.0f} |", flush=True)


if __name__ == "__main__":
    main()

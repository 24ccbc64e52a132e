#!/usr/bin/env python3
"""Writes distributions.json: densities, tails and quantiles with mpmath, from exact inputs.

Every input is a double; everything else is computed from its exact value with several hundred digits and rounded once, so that the
file holds the nearest doubles. A quantile is not searched for: the tail at x is rounded to a double p, and the point that belongs
to p differs from x by (p - tail) / density to first order, which is far below a rounding.

Needs mpmath 1.3 and scipy 1.17 (scipy only to choose where to look). Run in this folder: python3 generate_distributions.py
"""

import json
import math

from mpmath import mp, mpf
from scipy import special as sp

DIGITS = 380
mp.dps = DIGITS
TAILS = [1e-300, 1e-140, 1e-40, 1e-16, 1e-7, 1e-3, 0.05, 0.3]


def lower_gamma(a, x):
    """P(a, x) by its series of positive terms."""
    term = total = mpf(1)
    n = a
    while term > total * mpf(10) ** (-DIGITS):
        n += 1
        term = term * x / n
        total += term
    return mp.exp(a * mp.log(x) - x - mp.loggamma(a + 1)) * total


def lower_beta(a, b, x):
    """I_x(a, b) by its series of positive terms, for x <= 1/2."""
    term = total = mpf(1)
    n = mpf(0)
    while term > total * mpf(10) ** (-DIGITS):
        term = term * (a + b + n) / (a + 1 + n) * x
        total += term
        n += 1
    log_beta = mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)
    return mp.exp(a * mp.log(x) + b * mp.log(1 - x) - log_beta) / a * total


def beta_tails(a, b, x):
    if x <= mpf(1) / 2:
        p = lower_beta(a, b, x)
        return p, 1 - p
    q = lower_beta(b, a, 1 - x)
    return 1 - q, q


def normal(x, mean, sd):
    z = (x - mean) / sd
    half = mp.erfc(abs(z) / mp.sqrt(2)) / 2
    lower, upper = (half, 1 - half) if z < 0 else (1 - half, half)
    return -z * z / 2 - mp.log(2 * mp.pi) / 2 - mp.log(sd), lower, upper


def gamma(x, shape, scale):
    z = x / scale
    lower = lower_gamma(shape, z)
    return (shape - 1) * mp.log(z) - z - mp.loggamma(shape) - mp.log(scale), lower, 1 - lower


def chi_squared(x, dof):
    return gamma(x, dof / 2, mpf(2))


def beta(x, a, b):
    log_beta = mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)
    return ((a - 1) * mp.log(x) + (b - 1) * mp.log(1 - x) - log_beta, *beta_tails(a, b, x))


def student_t(x, dof, location, scale):
    t = (x - location) / scale
    log = mp.loggamma((dof + 1) / 2) - mp.loggamma(dof / 2) - mp.log(dof * mp.pi) / 2 - mp.log(scale)
    log -= (dof + 1) / 2 * mp.log(1 + t * t / dof)
    if t == 0:
        return log, mpf(1) / 2, mpf(1) / 2
    inside, outside = beta_tails(mpf(1) / 2, dof / 2, t * t / (dof + t * t))
    if t < 0:
        return log, outside / 2, (1 + inside) / 2
    return log, (1 + inside) / 2, outside / 2


def generalized_pareto(x, location, scale, shape):
    z = (x - location) / scale
    if shape == 0:
        return -mp.log(scale) - z, 1 - mp.exp(-z), mp.exp(-z)
    log = mp.log(1 + shape * z)
    upper = mp.exp(-log / shape)
    return -mp.log(scale) - (1 + 1 / shape) * log, 1 - upper, upper


def point(law, x, parameters):
    log_density, lower, upper = law(mpf(x), *[mpf(p) for p in parameters])
    density = mp.exp(log_density)

    def quantile(tail, sign):
        p = float(tail)
        if not 1e-305 < p < 0.99:
            return None
        at = float(mpf(x) + sign * (mpf(p) - tail) / density)
        return at if abs(at) > 1e-300 or at == 0 else None

    def small(value):
        """A double that is not subnormal, so that a relative error means something."""
        value = float(value)
        return value if 1e-305 < value < 1e305 else None

    return {
        "x": x,
        "log_density": float(log_density),
        "density": small(density),
        "lower": small(lower),
        "upper": small(upper),
        "log_lower": float(mp.log(lower)),
        "log_upper": float(mp.log(upper)),
        "lower_quantile": quantile(lower, 1),
        "upper_quantile": quantile(upper, -1),
    }


def solve(tail, target, low, high):
    """Where a rising or falling function of doubles crosses the target, roughly."""
    rising = tail(high) > tail(low)
    for _ in range(60):
        middle = (low + high) / 2
        if (tail(middle) > target) == rising:
            high = middle
        else:
            low = middle
    return (low + high) / 2


def shorten(x):
    """Few digits, so that the file stays small."""
    return float(f"{x:.7g}")


def points(tails, to_x, low, high, tails_wanted=TAILS):
    lower, upper = tails
    xs = [to_x(solve(lower, p, low, high)) for p in tails_wanted]
    xs += [to_x(solve(upper, p, low, high)) for p in tails_wanted]
    return sorted(set(xs))


def gamma_points(a, scale):
    to_x = lambda u: shorten(math.exp(u) * scale)
    tails = (lambda u: sp.gammainc(a, math.exp(u)), lambda u: sp.gammaincc(a, math.exp(u)))
    return [x for x in points(tails, to_x, -680.0, 680.0) if 1e-290 < x / scale and 1e-290 < x < 1e290]


def beta_points(a, b):
    def to_x(u):
        x = math.exp(u) / (1 + math.exp(u)) if u < 0 else 1 / (1 + math.exp(-u))
        return shorten(x) if x < 0.9 else 1 - float(f"{1 - x:.4g}")

    x = lambda u: 1 / (1 + math.exp(-u))
    tails = (lambda u: sp.betainc(a, b, x(u)), lambda u: sp.betainc(b, a, x(-u)))
    return [x for x in points(tails, to_x, -680.0, 680.0) if 1e-290 < x < 1 - 1e-12]


def t_points(dof, location, scale):
    outside = lambda u: sp.betainc(dof / 2, 0.5, 1 / (1 + math.exp(2 * u) / dof))
    ts = [shorten(math.exp(solve(outside, 2 * p, -50.0, 340.0))) for p in TAILS]
    ts = [t for t in ts if t < 1e145] + [1e-9, 0.3, 1.0, 2.0]
    return sorted({shorten(location + s * t * scale) for t in ts for s in (-1, 1)} | {location})


def normal_points(mean, sd):
    zs = [1e-9, 0.01, 0.3, 0.75, 1.0, 1.5, 2.5, 5.0, 5.7, 8.3, 13.0, 20.0, 25.5, 30.0, 36.7, 37.3]
    return sorted({shorten(mean + s * z * sd) for z in zs for s in (-1, 1)} | {mean})


def pareto_points(location, scale, shape):
    def z(hazard):
        return hazard if abs(shape) < 1e-14 else math.expm1(shape * hazard) / shape

    hazards = [1e-300, 1e-40, 1e-12, 1e-4, 0.05, 0.3, 0.7, 1.5, 4.0, 12.0, 40.0, 200.0, 690.0]
    xs = {shorten(location + scale * z(h)) for h in hazards if shape * h < 600}
    kept = [x for x in xs if x > location and x < 1e290]
    # Next to a finite end, and where location and x are nearly the same, the last digit of x decides.
    exact = lambda x: (mpf(x) - mpf(location)) / mpf(scale)
    kept = [x for x in kept if 1 + mpf(shape) * exact(x) > mpf(10) ** -4]
    return sorted(x for x in kept if float(exact(x)) > 1e-290)


def main():
    cases = []

    def case(distribution, law, parameters, xs):
        cases.append(
            {"distribution": distribution, "parameters": parameters, "points": [point(law, x, parameters) for x in xs]}
        )

    for mean, sd in [(0.0, 1.0), (250.0, 20.0), (-3e8, 1e-3), (1e-40, 1e-42)]:
        case("normal", normal, [mean, sd], normal_points(mean, sd))
    shapes = [1e-3, 0.02, 0.3, 0.5, 0.99, 1.0, 1.7, 4.2, 12.0, 55.5, 99.9, 100.0, 350.0, 2e3, 3e4, 1e6]
    for i, shape in enumerate(shapes):
        scale = [1.0, 0.25, 3.7e-5, 1e40][i % 4]
        case("gamma", gamma, [shape, scale], gamma_points(shape, scale))
    for dof in [0.1, 1.0, 2.0, 3.0, 10.0, 49.0, 1e3, 1e5]:
        case("chi_squared", chi_squared, [dof], gamma_points(dof / 2, 2.0))
    pairs = [
        (0.01, 0.01), (0.01, 3.0), (0.01, 1e5), (0.3, 0.7), (0.5, 0.5), (0.5, 40.0), (0.9, 1e4), (1.0, 1.0), (1.0, 250.0),
        (2.5, 0.03), (3.0, 4.0), (8.0, 1e3), (30.0, 25.0), (70.0, 0.2), (300.0, 2.0), (500.0, 700.0), (1e3, 1e5),
        (1e4, 10.0), (1e5, 0.01), (1e5, 1e5), (6e4, 1.0),
    ]
    for a, b in pairs:
        case("beta", beta, [a, b], beta_points(a, b))
    for i, dof in enumerate([0.5, 1.0, 1.9, 3.0, 4.5, 10.0, 35.0, 200.0, 3e3, 1e6]):
        location, scale = [(0.0, 1.0), (12.0, 3.5), (-1e5, 1e-2)][i % 3] if dof < 100 else (0.0, 1.0)
        case("student_t", student_t, [dof, location, scale], t_points(dof, location, scale))
    for i, shape in enumerate(
        [-2.0, -1.0, -0.6, -0.2, -1e-3, -1e-7, -1e-12, -1e-300, 0.0, 1e-310, 1e-12, 1e-9, 1e-4, 0.1, 0.5, 1.0, 2.0]
    ):
        location, scale = [(0.0, 1.0), (100.0, 12.0), (-7.0, 1e-3), (0.0, 1e60)][i % 4]
        case("generalized_pareto", generalized_pareto, [location, scale, shape], pareto_points(location, scale, shape))

    about = (
        "parameters: normal mean, sd; gamma shape, scale; chi_squared dof; beta a, b; student_t dof, location, scale; "
        "generalized_pareto location, scale, shape. Each point: x, and there log_density, density, lower = P(X <= x), upper = "
        "P(X > x), their logarithms, and the points whose lower (upper) tail is the double given as lower (upper); null where "
        "that is not representable or says nothing."
    )
    meta = {"about": about, "source": "mpmath 1.3.0, 380 digits", "default_rel_tol": 1e-10}
    with open("distributions.json", "w") as out:
        out.write('{"meta": ' + json.dumps(meta) + ',\n"cases": [\n')
        out.write(",\n".join(json.dumps(case, separators=(",", ":")) for case in cases))
        out.write("\n]}\n")
    print(sum(len(case["points"]) for case in cases), "points")


main()

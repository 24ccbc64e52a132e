//! The loops of one coordinate, with the number of states known to the compiler.

macro_rules! for_states {
    ($states:expr, $n:ident => $call:expr, $otherwise:expr) => {
        match $states {
            1 => {
                const $n: usize = 1;
                $call
            }
            2 => {
                const $n: usize = 2;
                $call
            }
            3 => {
                const $n: usize = 3;
                $call
            }
            4 => {
                const $n: usize = 4;
                $call
            }
            5 => {
                const $n: usize = 5;
                $call
            }
            6 => {
                const $n: usize = 6;
                $call
            }
            7 => {
                const $n: usize = 7;
                $call
            }
            8 => {
                const $n: usize = 8;
                $call
            }
            _ => $otherwise,
        }
    };
}

fn fixed<const N: usize>(from: &[f64]) -> [f64; N] {
    let mut out = [0.0; N];
    out.copy_from_slice(from);
    out
}

pub(super) fn log_densities(means: &[f64], inverses: &[f64], norms: &[f64], rows: &[f64], out: &mut [f64]) {
    for_states!(means.len(), N => densities::<N>(means, inverses, norms, rows, out), {
        for (x, out) in rows.iter().zip(out.chunks_exact_mut(means.len())) {
            for (((out, mean), inverse), norm) in out.iter_mut().zip(means).zip(inverses).zip(norms) {
                let d = x - mean;
                *out = norm - 0.5 * (d * d * inverse);
            }
        }
    });
}

fn densities<const N: usize>(means: &[f64], inverses: &[f64], norms: &[f64], rows: &[f64], out: &mut [f64]) {
    let (means, inverses, norms) = (fixed::<N>(means), fixed::<N>(inverses), fixed::<N>(norms));
    let (out, _) = out.as_chunks_mut::<N>();
    for (x, out) in rows.iter().zip(out) {
        for k in 0..N {
            let d = x - means[k];
            out[k] = norms[k] - 0.5 * (d * d * inverses[k]);
        }
    }
}

/// Weight, sum and sum of squares about the present mean, state by state.
pub(super) fn accumulate(means: &[f64], rows: &[f64], weights: &[f64], sums: &mut [f64]) {
    for_states!(means.len(), N => added::<N>(means, rows, weights, sums), {
        for (x, weights) in rows.iter().zip(weights.chunks_exact(means.len())).filter(|(x, _)| !x.is_nan()) {
            for ((sums, mean), weight) in sums.chunks_exact_mut(3).zip(means).zip(weights) {
                let d = x - mean;
                sums[0] += weight;
                sums[1] += weight * d;
                sums[2] += weight * d * d;
            }
        }
    });
}

fn added<const N: usize>(means: &[f64], rows: &[f64], weights: &[f64], sums: &mut [f64]) {
    let means = fixed::<N>(means);
    let (mut s0, mut s1, mut s2) = ([0.0; N], [0.0; N], [0.0; N]);
    let (weights, _) = weights.as_chunks::<N>();
    for (&x, weights) in rows.iter().zip(weights) {
        if x.is_nan() {
            continue;
        }
        for k in 0..N {
            let d = x - means[k];
            let wd = weights[k] * d;
            s0[k] += weights[k];
            s1[k] += wd;
            s2[k] += wd * d;
        }
    }
    for k in 0..N {
        sums[3 * k] += s0[k];
        sums[3 * k + 1] += s1[k];
        sums[3 * k + 2] += s2[k];
    }
}

//! The expectation step over segments: forward and backward in logarithms (Yu 2010,
//! doi:10.1016/j.artint.2009.11.011).

use super::log_sums::log_sum_of_pairs;
use super::segments::Segments;
use crate::hmm::emission::Emission;
use crate::hmm::exponential::exp_of_nonpositive;
use crate::hmm::log_space::log_sum;
use crate::hmm::sequences::Sequences;

/// Expected counts over all sequences, and the log-likelihood.
#[derive(Debug, Clone)]
pub(super) struct ExpectedSegments {
    pub(super) initial: Vec<f64>,
    pub(super) transitions: Vec<f64>,
    /// State by duration.
    pub(super) durations: Vec<f64>,
    pub(super) log_likelihood: f64,
}

/// What is known of a sequence, state by state for each row.
struct Lattice {
    /// ln P(a visit begins here, all rows before).
    begins: Vec<f64>,
    /// ln P(a visit ends here, all rows so far).
    ends: Vec<f64>,
    log_likelihood: f64,
}

/// Log-densities of a sequence relative to the largest of each row, 0 for missing rows and for one that is
/// impossible in all states; and the sum of the largest, minus infinity if there is an impossible row.
pub(super) fn densities<E: Emission>(emission: &E, rows: &[f64], missing: &[bool]) -> (Vec<f64>, f64) {
    let k = emission.states();
    let mut out = vec![0.0; missing.len() * k];
    emission.log_densities_of_rows(None, rows, &mut out);
    let mut shift = 0.0;
    for (out, missing) in out.chunks_exact_mut(k).zip(missing) {
        if *missing {
            out.fill(0.0);
        }
        for density in out.iter_mut() {
            // NaN is of an emission that breaks its promise.
            *density = if density.is_nan() { f64::NEG_INFINITY } else { density.min(f64::MAX) };
        }
        let most = out.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        shift += most;
        if most == f64::NEG_INFINITY {
            out.fill(0.0);
        } else {
            out.iter_mut().for_each(|density| *density -= most);
        }
    }
    (out, shift)
}

/// `None` if the sequence is impossible.
fn forward(segments: &Segments, densities: &[f64]) -> Option<Lattice> {
    let (k, longest) = (segments.states(), segments.longest());
    let length = densities.len() / k;
    let (mut begins, mut ends) = (vec![0.0; length * k], vec![0.0; length * k]);
    // Visits by age: a window of `longest` that walks to the left through twice the room.
    let room = 2 * longest;
    let mut ages = vec![f64::NEG_INFINITY; k * room];
    let mut at = longest;
    let mut log_likelihood = 0.0;
    for t in 0..length {
        if at == 0 {
            for ages in ages.chunks_exact_mut(room) {
                ages.copy_within(..longest, longest);
            }
            at = longest;
        }
        at -= 1;
        let now = &mut begins[t * k..(t + 1) * k];
        if t == 0 {
            now.copy_from_slice(&segments.chain.log_initial);
        } else {
            super::belief::enter(segments, &ends[(t - 1) * k..t * k], now);
        }
        for j in 0..k {
            let ages = &mut ages[j * room + at..][..longest];
            ages[0] = now[j];
            let density = densities[t * k + j];
            ages.iter_mut().for_each(|age| *age += density);
            ends[t * k + j] = log_sum_of_pairs(ages, &segments.durations[j].logs);
        }
    }
    if length > 0 {
        log_likelihood = log_sum((0..k).map(|j| {
            log_sum_of_pairs(&ages[j * room + at..][..longest], &segments.durations[j].log_survival)
        }));
    }
    if log_likelihood > f64::NEG_INFINITY { Some(Lattice { begins, ends, log_likelihood }) } else { None }
}

/// Expected counts of all sequences; posterior probabilities of the states go to `sink` with the number of
/// the first row of each sequence. `None` if a sequence is impossible.
pub(super) fn expect<E: Emission>(
    segments: &Segments,
    emission: &E,
    sequences: &Sequences,
    mut sink: impl FnMut(usize, &[f64], &[f64]),
) -> Option<ExpectedSegments> {
    let (k, longest) = (segments.states(), segments.longest());
    let mut expected = ExpectedSegments {
        initial: vec![0.0; k],
        transitions: vec![0.0; k * k],
        durations: vec![0.0; k * longest],
        log_likelihood: 0.0,
    };
    for (first, rows, missing) in sequences.iter() {
        if missing.is_empty() {
            continue;
        }
        let (densities, shift) = densities(emission, rows, missing);
        if shift == f64::NEG_INFINITY {
            return None;
        }
        let lattice = forward(segments, &densities)?;
        expected.log_likelihood += shift + lattice.log_likelihood;
        let weights = backward(segments, &densities, &lattice, &mut expected);
        sink(first, rows, &weights);
    }
    Some(expected)
}

/// Adds to the expected counts, and returns the posterior probabilities of the states.
fn backward(
    segments: &Segments,
    densities: &[f64],
    lattice: &Lattice,
    expected: &mut ExpectedSegments,
) -> Vec<f64> {
    let (k, longest) = (segments.states(), segments.longest());
    let length = densities.len() / k;
    let Lattice { begins, ends, log_likelihood } = lattice;
    // ln P(all rows after | a visit ends here), and ln P(this row and all after | a visit begins here).
    let mut after_end = vec![0.0; length * k];
    let mut from_begin = vec![0.0; length * k];
    // The probability that a visit begins here, less that of an end on the row before.
    let mut weights = vec![0.0; length * k];
    let mut terms = vec![0.0; longest];
    let log_transitions = &segments.chain.log_transitions;
    for t in (0..length).rev() {
        if t + 1 < length {
            for i in 0..k {
                after_end[t * k + i] =
                    log_sum((0..k).map(|j| log_transitions[i * k + j] + from_begin[(t + 1) * k + j]));
            }
        }
        for j in 0..k {
            let duration = &segments.durations[j];
            // Visits that end by themselves before the last row, and one that may go on after it.
            let whole = longest.min(length - t - 1);
            let mut sum = 0.0;
            for d in 1..=whole {
                sum += densities[(t + d - 1) * k + j];
                terms[d - 1] = sum + duration.logs[d - 1] + after_end[(t + d - 1) * k + j];
            }
            let mut count = whole;
            let censored = length - t <= longest;
            if censored {
                sum += densities[(length - 1) * k + j];
                terms[whole] = sum + duration.log_survival[whole];
                count += 1;
            }
            let terms = &mut terms[..count];
            let most = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            if most == f64::NEG_INFINITY {
                from_begin[t * k + j] = most;
                continue;
            }
            let mut total = 0.0;
            for term in terms.iter_mut() {
                *term = exp_of_nonpositive(*term - most);
                total += *term;
            }
            let log = most + libm::log(total);
            from_begin[t * k + j] = log;
            let share = libm::exp((begins[t * k + j] + log - log_likelihood).min(0.0));
            weights[t * k + j] += share;
            if t == 0 {
                expected.initial[j] += share;
            }
            if share > 0.0 {
                let counts = &mut expected.durations[j * longest..][..longest];
                let each = share / total;
                for (count, term) in counts.iter_mut().zip(&terms[..whole]) {
                    *count += each * term;
                }
                if censored {
                    // Of unknown length: as probable as they are among those that last so long.
                    let of_visit = each * terms[whole];
                    let scale = libm::exp(-duration.log_survival[whole]) * of_visit;
                    if scale.is_finite() && scale > 0.0 {
                        for (count, p) in counts[whole..].iter_mut().zip(&duration.probabilities[whole..]) {
                            *count += scale * p;
                        }
                    }
                }
            }
        }
        if t > 0 {
            for i in 0..k {
                let end = ends[(t - 1) * k + i];
                for j in 0..k {
                    let log = end + log_transitions[i * k + j] + from_begin[t * k + j] - log_likelihood;
                    let share = libm::exp(log.min(0.0));
                    expected.transitions[i * k + j] += share;
                    weights[t * k + i] -= share;
                }
            }
        }
    }
    // What began less what ended is what is there.
    for t in 1..length {
        let (before, now) = weights.split_at_mut(t * k);
        now[..k].iter_mut().zip(&before[(t - 1) * k..]).for_each(|(now, before)| *now += before);
    }
    for weights in weights.chunks_exact_mut(k) {
        let mut total = 0.0;
        for weight in weights.iter_mut() {
            // Rounding of the differences.
            *weight = weight.clamp(0.0, 1.0);
            total += *weight;
        }
        weights.iter_mut().for_each(|weight| *weight /= total);
    }
    weights
}

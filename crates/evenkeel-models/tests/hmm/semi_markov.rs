//! Hidden semi-Markov models: against sums over all segmentations, and estimated.

use evenkeel_core::{Error, Fit, Forecaster, Prediction, Stage};
use evenkeel_models::Hmm;
use evenkeel_models::HmmModel;
use evenkeel_models::fit::Termination;
use evenkeel_models::hmm::{
    AutoregressiveGaussian, Before, Covariance, Duration, DurationFamily, Emission, Gaussian,
    GaussianMixture, Hsmm, HsmmModel,
};
use evenkeel_stats::Generator;
use evenkeel_testing::assert_close;

fn probabilities(random: &mut Generator, n: usize, zero: Option<usize>) -> Vec<f64> {
    let mut p: Vec<f64> = (0..n).map(|_| random.exponential()).collect();
    if let Some(at) = zero {
        p[at] = 0.0;
    }
    let total: f64 = p.iter().sum();
    p.iter().map(|x| x / total).collect()
}

fn model<E: Emission>(random: &mut Generator, emission: E, longest: usize, zeros: bool) -> HsmmModel<E> {
    let k = emission.states();
    let initial = probabilities(random, k, if zeros { Some(0) } else { None });
    let transitions: Vec<f64> = (0..k).flat_map(|i| probabilities(random, k, Some(i))).collect();
    let durations: Vec<Duration> = (0..k)
        .map(|i| {
            let zero = if zeros && longest > 1 { Some(i % longest) } else { None };
            Duration::from_probabilities(probabilities(random, longest, zero)).unwrap()
        })
        .collect();
    HsmmModel::from_parameters(initial, transitions, durations, emission).unwrap()
}

/// One way to cut a sequence into visits: states and lengths, and its log-probability with the sequence.
struct Segmentation {
    visits: Vec<(usize, usize)>,
    log: f64,
}

impl Segmentation {
    fn path(&self) -> Vec<usize> {
        self.visits.iter().flat_map(|(state, d)| std::iter::repeat_n(*state, *d)).collect()
    }
}

fn segmentations<E: Emission>(model: &HsmmModel<E>, x: &[f64]) -> Vec<Segmentation> {
    let (k, d) = (model.states(), model.emission().dimension());
    let length = x.len() / d;
    let mut densities = vec![vec![0.0; k]; length];
    for (t, row) in x.chunks_exact(d).enumerate() {
        if row.iter().any(|x| !x.is_nan()) {
            let last = (0..t).rev().find(|s| x[s * d..(s + 1) * d].iter().any(|x| !x.is_nan()));
            match last {
                Some(s) if model.emission().remembers() => {
                    let before = Before { row: &x[s * d..(s + 1) * d], ago: t - s };
                    model.emission().log_densities_after(before, row, &mut densities[t]);
                }
                _ => model.emission().log_densities(row, &mut densities[t]),
            }
        }
    }
    let mut found = Vec::new();
    let mut open = vec![Segmentation { visits: Vec::new(), log: 0.0 }];
    while let Some(Segmentation { visits, log }) = open.pop() {
        let at: usize = visits.iter().map(|(_, d)| d).sum();
        for state in 0..k {
            let begins = match visits.last() {
                None => model.initial()[state],
                Some((before, _)) if *before == state => continue,
                Some((before, _)) => model.transition(*before, state),
            };
            let duration = model.duration(state);
            for d in 1..=(length - at).min(duration.longest()) {
                let last = at + d == length;
                let lasts = if last {
                    (d..=duration.longest()).map(|d| duration.probability(d)).sum()
                } else {
                    duration.probability(d)
                };
                let of_rows: f64 = densities[at..at + d].iter().map(|row| row[state]).sum();
                let log = log + begins.ln() + lasts.ln() + of_rows;
                let visits: Vec<_> = visits.iter().copied().chain([(state, d)]).collect();
                let next = Segmentation { visits, log };
                if last { found.push(next) } else { open.push(next) }
            }
        }
    }
    found
}

fn check<E: Emission>(model: &HsmmModel<E>, x: &[f64], what: &str) {
    let (k, dimension) = (model.states(), model.emission().dimension());
    let length = x.len() / dimension;
    let all = segmentations(model, x);
    let most = all.iter().map(|s| s.log).fold(f64::NEG_INFINITY, f64::max);
    if most == f64::NEG_INFINITY {
        assert_eq!(model.log_likelihood(x).unwrap(), most, "{what}");
        assert!(model.smooth(x).is_err(), "{what}");
        assert_eq!(model.decode(x).unwrap().1, most, "{what}");
        return;
    }
    let weights: Vec<f64> = all.iter().map(|s| (s.log - most).exp()).collect();
    let total: f64 = weights.iter().sum();
    let log_likelihood = most + total.ln();
    assert_close!(model.log_likelihood(x).unwrap(), log_likelihood, 1e-12, 1e-11, "{what}: likelihood");
    let smoothed = model.smooth(x).unwrap();
    assert_close!(smoothed.log_likelihood(), log_likelihood, 1e-12, 1e-11, "{what}: smoothed likelihood");
    assert_eq!(smoothed.len(), length);
    for t in 0..length {
        for j in 0..k {
            let of_state = all.iter().zip(&weights).filter(|(s, _)| s.path()[t] == j);
            let expected: f64 = of_state.map(|(_, w)| w / total).sum();
            assert_close!(smoothed.probabilities(t)[j], expected, 1e-9, 1e-11, "{what}: posterior {t} {j}");
        }
    }
    for i in 0..k {
        for j in 0..k {
            let count = |s: &Segmentation| s.visits.windows(2).filter(|v| v[0].0 == i && v[1].0 == j).count();
            let expected: f64 = all.iter().zip(&weights).map(|(s, w)| count(s) as f64 * w / total).sum();
            assert_close!(smoothed.expected_transitions(i, j), expected, 1e-9, 1e-11, "{what}: {i} {j}");
        }
    }
    let (path, score) = model.decode(x).unwrap();
    assert_close!(score, most, 1e-12, 1e-11, "{what}: best segmentation");
    assert!(
        all.iter().any(|s| s.path() == path && s.log > most - 1e-12 * most.abs() - 1e-9),
        "{what}: it is a best one"
    );
    let mut filter = model.filter().ok();
    for t in 0..length {
        let so_far = model.smooth(&x[..(t + 1) * dimension]);
        if let (Some(filter), Ok(so_far)) = (&mut filter, so_far) {
            filter.update(x[t]);
            for (online, batch) in filter.probabilities().iter().zip(so_far.probabilities(t)) {
                assert_close!(*online, *batch, 1e-9, 1e-11, "{what}: filter {t}");
            }
        }
    }
}

#[test]
fn everything_is_the_sum_over_all_segmentations() {
    let mut random = Generator::new(2);
    for round in 0..60 {
        let (k, longest, length) = (2 + round % 2, 1 + round % 4, 1 + round % 7);
        let zeros = round % 5 == 4;
        let means: Vec<f64> = (0..k).map(|_| 3.0 * random.normal()).collect();
        let variances: Vec<f64> = (0..k).map(|_| 0.1 + random.exponential()).collect();
        let x: Vec<f64> = (0..2 * length)
            .map(|_| if random.bernoulli(0.2) { f64::NAN } else { 3.0 * random.normal() })
            .collect();
        let emission = Gaussian::from_parameters(1, Covariance::Diagonal, means.clone(), variances.clone());
        let plain = model(&mut random, emission.unwrap(), longest, zeros);
        check(&plain, &x[..length], &format!("Gaussian {round}"));
        let emission = AutoregressiveGaussian::from_parameters(&means, &vec![0.6; k], &variances).unwrap();
        let remembers = model(&mut random, emission, longest, zeros);
        check(&remembers, &x[..length], &format!("autoregression {round}"));
        let pairs: Vec<f64> = means.iter().flat_map(|m| [*m, -m]).collect();
        let emission = Gaussian::from_parameters(2, Covariance::Full, pairs, [2.0, 0.7, 0.7, 1.0].repeat(k));
        let two = model(&mut random, emission.unwrap(), longest, zeros);
        check(&two, &x, &format!("two coordinates {round}"));
    }
}

#[test]
fn geometric_durations_are_a_markov_model() {
    let emission = || Gaussian::from_parameters(1, Covariance::Diagonal, [0.0, 3.0, 5.0], [1.0; 3]).unwrap();
    let transitions = [0.8, 0.15, 0.05, 0.3, 0.5, 0.2, 0.05, 0.05, 0.9];
    let markov = HmmModel::from_parameters([0.2, 0.5, 0.3], transitions, emission()).unwrap();
    let visits = [0.0, 0.75, 0.25, 0.6, 0.0, 0.4, 0.5, 0.5, 0.0];
    let durations = [5.0, 2.0, 10.0].map(|mean| Duration::negative_binomial(mean, 1.0, 600).unwrap());
    let semi = HsmmModel::from_parameters([0.2, 0.5, 0.3], visits, durations, emission()).unwrap();
    let mut random = Generator::new(3);
    let x: Vec<f64> =
        (0..300).map(|t| if t % 50 == 49 { f64::NAN } else { 2.0 + 3.0 * random.normal() }).collect();
    assert_close!(semi.log_likelihood(&x).unwrap(), markov.log_likelihood(&x).unwrap(), 1e-11, 0.0);
    let (a, b) = (semi.smooth(&x).unwrap(), markov.smooth(&x).unwrap());
    for t in 0..300 {
        for k in 0..3 {
            assert_close!(a.probabilities(t)[k], b.probabilities(t)[k], 1e-9, 1e-11, "{t}");
        }
    }
    let (mut semi, mut markov) = (semi, markov);
    for x in x {
        let (a, b) = (semi.update(x).unwrap(), markov.update(x).unwrap());
        assert_close!(a.mean(), b.mean(), 1e-10, 1e-11);
        assert_close!(a.sd(), b.sd(), 1e-10, 0.0);
        assert_close!(
            semi.assess(1.0).unwrap().log_density(),
            markov.assess(1.0).unwrap().log_density(),
            1e-9,
            1e-11
        );
    }
    let (mut a, mut b) = ([Prediction::default(); 20], [Prediction::default(); 20]);
    assert!(semi.forecast_into(&mut a) && markov.forecast_into(&mut b));
    for (a, b) in a.iter().zip(&b) {
        assert_close!(a.mean(), b.mean(), 1e-10, 0.0);
        assert_close!(a.sd(), b.sd(), 1e-10, 0.0);
    }
}

#[test]
fn probabilities_beyond_a_double_are_kept() {
    let emission = Gaussian::from_parameters(1, Covariance::Diagonal, [0.0, 1e4], [1.0, 1.0]).unwrap();
    // Visits of exactly three rows, so that the wrong state is forced upon rows 10,000 sd away.
    let three = || Duration::from_probabilities([0.0, 0.0, 1.0]).unwrap();
    let model = HsmmModel::from_parameters(
        [1.0 - 1e-300, 1e-300],
        [0.0, 1.0, 1.0, 0.0],
        [three(), three()],
        emission,
    )
    .unwrap();
    for x in [
        [0.0, 0.0, 1e4, 1e4, 1e4, 0.0, 0.0],
        [1e4, 0.0, 0.0, 1e4, f64::NAN, 0.0, 1e4],
        [1e4, 1e4, 1e4, 0.0, 0.0, 0.0, 1e4],
    ] {
        check(&model, &x, &format!("{x:?}"));
    }
}

/// Visits of 20 to 30 rows to the first state, of 5 to 9 to the second.
fn shifts(length: usize, seed: u64) -> Vec<f64> {
    let mut random = Generator::new(seed);
    let mut x = Vec::new();
    while x.len() < length {
        for (level, least, spread) in [(0.0, 20, 11), (2.5, 5, 5)] {
            for _ in 0..least + random.uniform_below(spread) {
                x.push(level + random.normal());
            }
        }
    }
    x.truncate(length);
    x
}

#[test]
fn durations_are_found() {
    let mut x = shifts(4000, 1);
    x[1000..1010].fill(f64::NAN);
    let plain = Hmm::new(2).fit(&x).unwrap();
    for family in [DurationFamily::NegativeBinomial, DurationFamily::Free] {
        let model = Hsmm::new(2, 60).durations(family).fit(&x).unwrap();
        assert_close!(model.duration(0).mean(), 25.0, 0.0, 1.0, "{family:?}");
        assert_close!(model.duration(1).mean(), 7.0, 0.0, 0.7, "{family:?}");
        assert_close!(model.emission().means(1)[0], 2.5, 0.0, 0.15, "{family:?}");
        let (ours, markov) = (model.report().criteria(), plain.report().criteria());
        assert!(ours.log_likelihood() > markov.log_likelihood() + 100.0, "{family:?}");
        assert_eq!(model.duration(0).family(), family);
        if family == DurationFamily::NegativeBinomial {
            assert_eq!(ours.parameters(), 1 + 4 + 4);
            assert!(ours.bic() < markov.bic() - 100.0);
            // Much more regular than geometric ones.
            assert!(model.duration(0).probability(3) < 1e-3);
        }
        assert_eq!(model.report().termination(), Termination::Converged);
        assert_close!(model.log_likelihood(&x).unwrap(), ours.log_likelihood(), 1e-9, 0.0);
    }
}

#[test]
fn em_never_loses_likelihood() {
    for (seed, family) in [(1, DurationFamily::NegativeBinomial), (2, DurationFamily::Free)] {
        let mut x = shifts(400, seed);
        for at in (0..400).step_by(9) {
            x[at] = f64::NAN;
        }
        let mut last = f64::NEG_INFINITY;
        for iterations in 0..12 {
            let settings = Hsmm::new(3, 40).durations(family).starts(1).tolerance(0.0).iterations(iterations);
            let model = settings.fit_sequences(&[&x[..150], &x[150..]]).unwrap();
            let now = model.report().criteria().log_likelihood();
            assert!(now >= last - 1e-8 * last.abs(), "{family:?} {iterations}: {last} {now}");
            last = now;
        }
    }
}

/// The distribution that is found is the most likely one of its family.
#[test]
fn negative_binomial_durations_are_at_their_maximum() {
    // Every state is seen for certain, so that counts are those of the visits.
    let mut random = Generator::new(8);
    let mut x = Vec::new();
    for visit in 0..300 {
        let d = 1 + random.uniform_below(6) + random.uniform_below(6);
        x.extend((0..d).map(|_| f64::from(visit % 2) * 1e3 + random.normal()));
    }
    let model = Hsmm::new(2, 30).starts(1).tolerance(1e-8).fit(&x).unwrap();
    let best = model.report().criteria().log_likelihood();
    for (mean, shape) in
        [(5.5, 1.0), (6.0, 3.0), (6.2, 6.0), (6.0, 10.0), (6.0, 30.0), (5.8, 8.0), (6.3, 100.0)]
    {
        for k in 0..2 {
            let mut durations = [model.duration(0).clone(), model.duration(1).clone()];
            durations[k] = Duration::negative_binomial(mean, shape, 30).unwrap();
            let emission = model.emission().clone();
            let other =
                HsmmModel::from_parameters(model.initial(), [0.0, 1.0, 1.0, 0.0], durations, emission)
                    .unwrap();
            assert!(other.log_likelihood(&x).unwrap() < best, "{mean} {shape}");
        }
    }
}

#[test]
fn every_emission_can_last() {
    let x = shifts(800, 4);
    let mixture = GaussianMixture::new(2, &Gaussian::new(1, Covariance::Diagonal).unwrap()).unwrap();
    let model = Hsmm::new(2, 50).emission(mixture).fit(&x).unwrap();
    assert_close!(model.duration(1).mean(), 7.0, 0.0, 1.5);
    let model = Hsmm::new(2, 50).emission(AutoregressiveGaussian::new()).fit(&x).unwrap();
    assert!(model.report().criteria().log_likelihood().is_finite());
    let pairs: Vec<f64> = x.iter().flat_map(|x| [*x, 2.0 * x]).collect();
    let two = Hsmm::new(2, 50).emission(Gaussian::new(2, Covariance::Full).unwrap()).fit(&pairs).unwrap();
    assert!(
        two.filter().is_err()
            && !two.forecast_into(&mut [Prediction::default()])
            && two.assess(1.0).is_none()
    );
}

#[test]
fn out_of_the_ordinary() {
    let gaussian = || Gaussian::from_parameters(1, Covariance::Diagonal, [0.0, 5.0], [1.0, 1.0]).unwrap();
    let two = || Duration::from_probabilities([0.5, 0.5]).unwrap();
    let make = |initial: &[f64], transitions: &[f64], durations: &[Duration]| {
        HsmmModel::from_parameters(initial, transitions, durations, gaussian())
    };
    assert!(make(&[0.5, 0.5], &[0.0, 1.0, 1.0, 0.0], &[two(), two()]).is_ok());
    assert!(make(&[0.5, 0.5], &[0.5, 0.5, 1.0, 0.0], &[two(), two()]).is_err());
    assert!(make(&[0.5, 0.4], &[0.0, 1.0, 1.0, 0.0], &[two(), two()]).is_err());
    assert!(make(&[0.5, 0.5], &[0.0, 1.0, 1.0, 0.0], &[two()]).is_err());
    let three = Duration::from_probabilities([0.5, 0.3, 0.2]).unwrap();
    assert!(matches!(make(&[0.5, 0.5], &[0.0, 1.0, 1.0, 0.0], &[two(), three]), Err(Error::Shape { .. })));
    assert!(Duration::from_probabilities([]).is_err() && Duration::from_probabilities([0.5, 0.4]).is_err());
    for (mean, shape, longest) in [(1.0, 1.0, 9), (f64::NAN, 1.0, 9), (2.0, 0.0, 9), (2.0, 1.0, 0)] {
        assert!(Duration::negative_binomial(mean, shape, longest).is_err());
    }
    let x = [1.0, 2.0, 3.0, 4.0];
    for settings in [Hsmm::new(1, 9), Hsmm::new(2, 0), Hsmm::new(2, 100_001), Hsmm::new(2, 9).tolerance(-1.0)]
    {
        assert!(matches!(settings.fit(&x), Err(Error::Parameter { .. })));
    }
    assert!(matches!(Hsmm::new(2, 9).fit(&[]), Err(Error::TooShort { .. })));
    assert!(matches!(Hsmm::new(2, 9).fit(&[f64::NAN; 30]), Err(Error::TooShort { .. })));
    let extreme = [1e100, -1e100, 3.0, 1e-300, 5e-324, f64::NAN, 1e99, 0.0, 7.0];
    for x in [&[5.0; 40][..], &[1.0, 2.0], &extreme] {
        for family in [DurationFamily::NegativeBinomial, DurationFamily::Free] {
            let mut model = Hsmm::new(2, 10).durations(family).fit(x).unwrap();
            assert!(model.report().criteria().log_likelihood().is_finite());
            for x in [f64::NAN, 1.0, 1e100, -1e100] {
                assert!(model.update(x).unwrap().mean().is_finite());
            }
        }
    }
    // Nothing but gaps adds exactly nothing.
    let model = make(&[0.5, 0.5], &[0.0, 1.0, 1.0, 0.0], &[two(), two()]).unwrap();
    assert_eq!(model.log_likelihood(&[f64::NAN; 50]).unwrap(), 0.0);
}

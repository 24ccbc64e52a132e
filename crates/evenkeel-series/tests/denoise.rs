//! Filters against scipy and against what they promise. Values of scipy 1.17 are those of `signal` at the
//! given places.

use core::f64::consts::TAU;
use core::time::Duration;
use evenkeel_core::{Error, Stage};
use evenkeel_series::denoise::{Butterworth, EdgeMode, MedianFilter, SavitzkyGolay};
use evenkeel_series::median;
use evenkeel_testing::assert_close;
use proptest::prelude::*;

/// A wave, a slope, and a bump every fifth value.
fn bumpy() -> Vec<f64> {
    let bump = |t: i32| if t % 5 == 0 { 0.5 } else { -0.2 };
    (0..30).map(|t| (0.7 * f64::from(t)).sin() + 0.1 * f64::from(t) + bump(t)).collect()
}

type Six = [f64; 6];

const PLACES: [usize; 6] = [0, 1, 2, 10, 28, 29];

#[track_caller]
fn same(name: &str, ours: &[f64], scipy: Six) {
    for (place, expected) in PLACES.into_iter().zip(scipy) {
        assert_close!(ours[place], expected, 1e-11, 1e-12, "{name} at {place}");
    }
}

#[test]
fn savitzky_golay_is_scipys() {
    let y = bumpy();
    let middle = 1.634_547_824_209_404_5;
    for (edges, [a, b, c, d, e]) in [
        (
            EdgeMode::Natural,
            [
                0.375_031_403_619_063_6,
                0.754_728_756_770_241_3,
                0.937_473_015_419_120_2,
                3.081_409_595_698_271,
                3.818_444_730_677_382,
            ],
        ),
        (
            EdgeMode::Nearest,
            [
                0.537_868_408_575_894_7,
                0.716_279_713_820_448_7,
                0.797_582_920_908_837_2,
                3.117_257_135_804_126_6,
                3.592_925_957_635_455_5,
            ],
        ),
        (
            EdgeMode::Mirror,
            [
                0.575_736_817_151_788_9,
                0.676_363_218_665_027_4,
                0.793_371_712_600_485_8,
                3.167_365_663_363_882_3,
                3.493_085_509_435_000_6,
            ],
        ),
        (
            EdgeMode::Wrap,
            [
                1.652_232_404_747_620_5,
                0.907_440_284_171_470_6,
                0.493_509_929_876_845_94,
                2.961_009_431_979_78,
                2.488_753_993_868_064_3,
            ],
        ),
        (
            EdgeMode::Constant(0.25),
            [
                0.454_535_075_242_561_3,
                0.704_374_951_915_686_8,
                0.821_392_444_718_361,
                2.953_315_878_383_369_5,
                2.445_337_155_690_151_8,
            ],
        ),
    ] {
        let smooth = SavitzkyGolay::new(7, 2).edges(edges).apply(&y).unwrap();
        same(&format!("{edges:?}"), &smooth, [a, b, c, middle, d, e]);
    }
    let slope = SavitzkyGolay::new(9, 3).derivative(1).step(Duration::from_millis(500));
    let scipy = [
        1.526_519_593_722_854,
        0.641_753_623_599_782_5,
        -0.025_676_750_067_786_802,
        1.126_842_800_525_641_5,
        1.265_207_918_784_994_5,
        1.353_367_863_033_213_3,
    ];
    same("slope", &slope.apply(&y).unwrap(), scipy);
    let curvature = SavitzkyGolay::new(9, 4).derivative(2);
    let scipy = [
        0.604_772_823_627_112,
        0.132_043_899_962_686_78,
        -0.174_571_674_589_687_6,
        -0.449_022_499_018_504_44,
        -0.146_007_088_126_463_8,
        -0.427_476_234_286_571,
    ];
    same("curvature", &curvature.apply(&y).unwrap(), scipy);
}

#[test]
fn butterworth_is_scipys() {
    let y = bumpy();
    let cases: [(&str, Butterworth, [Six; 3]); 5] = [
        (
            "low",
            Butterworth::low_pass(3, 0.1),
            [
                [
                    0.009049466503757214,
                    0.052925599015466424,
                    0.15697998440220284,
                    0.026897160648682278,
                    1.9101876836719127,
                    2.004664645299446,
                ],
                [
                    0.49999999999999967,
                    0.5008002929590618,
                    0.5125955501432566,
                    0.01761237187973591,
                    1.9101624041309342,
                    2.0046106523485054,
                ],
                [
                    0.49420959751106397,
                    0.5668023739490232,
                    0.5831478781386464,
                    1.1774801090610052,
                    3.044440046441908,
                    3.6710182045135764,
                ],
            ],
        ),
        (
            "high",
            Butterworth::high_pass(4, 0.15),
            [
                [
                    0.13770664403615215,
                    -0.18468743787451108,
                    0.0324133135603981,
                    -0.15457923977957194,
                    -0.04130228603888869,
                    -0.08413994415096013,
                ],
                [
                    -2.7755575615628914e-17,
                    0.012178138633085232,
                    0.10411128671708769,
                    -0.16577151319459638,
                    -0.041253620195676244,
                    -0.08411190046750402,
                ],
                [
                    0.0016440709135530224,
                    -0.26381134385918387,
                    0.005114155422457828,
                    0.5993175518559442,
                    0.18425690473391512,
                    0.003244735763495779,
                ],
            ],
        ),
        (
            "band",
            Butterworth::band_pass(2, 0.05, 0.2),
            [
                [
                    0.06555321995831301,
                    0.21429958646114222,
                    0.33298866477991407,
                    0.6776658822901344,
                    0.4736766074611056,
                    0.792504381690335,
                ],
                [
                    1.6653345369377348e-16,
                    0.005797223555080611,
                    0.07628734684479355,
                    0.7564029116194418,
                    0.47751706849025144,
                    0.7957925072576089,
                ],
                [
                    -0.007316574760002262,
                    0.2039906672040545,
                    0.398840156893926,
                    0.8476310434681495,
                    -0.25801754576623115,
                    0.004240806990796653,
                ],
            ],
        ),
        (
            "wide band of odd order, with two real poles",
            Butterworth::band_pass(3, 0.02, 0.45),
            [
                [
                    0.32089348248539656,
                    0.47017601770563944,
                    0.5088852861805868,
                    1.3925726567571417,
                    0.7421349896712985,
                    0.6779642712961711,
                ],
                [
                    1.1102230246251565e-16,
                    0.028378335290305687,
                    0.3222475170516352,
                    1.515133348493442,
                    0.7308522730425724,
                    0.6593104596348178,
                ],
                [
                    0.08603455055907311,
                    0.055696780962388615,
                    0.4639760483763049,
                    1.0379708691948188,
                    -0.05507700980679331,
                    0.18763201366376536,
                ],
            ],
        ),
        (
            "stop",
            Butterworth::band_stop(3, 0.1, 0.3),
            [
                [
                    0.12845780062423173,
                    0.02094165330074675,
                    0.41171339135026447,
                    0.4429367322532008,
                    1.96846986050281,
                    2.0712083723144703,
                ],
                [
                    0.5000000000000003,
                    0.5113602137024882,
                    0.614206733752287,
                    0.4490683475319649,
                    1.967343362660177,
                    2.0707082832018173,
                ],
                [
                    0.49880448833411556,
                    0.3951535908848308,
                    0.6135914419217204,
                    1.4173630258533017,
                    3.035680101697932,
                    3.6832569002325615,
                ],
            ],
        ),
    ];
    for (name, filter, [from_rest, settled, both]) in cases {
        let run = |filter: Butterworth| {
            filter.filter().unwrap().run(y.iter().copied()).flatten().collect::<Vec<_>>()
        };
        same(&format!("{name} from rest"), &run(filter.from_rest()), from_rest);
        same(&format!("{name} settled"), &run(filter), settled);
        same(&format!("{name} both ways"), &filter.apply(&y).unwrap(), both);
    }
}

#[test]
fn gains_are_those_of_the_definition() {
    for order in [1, 2, 5, 16] {
        for cutoff in [0.01, 0.1, 0.4] {
            let (low, high) = (Butterworth::low_pass(order, cutoff), Butterworth::high_pass(order, cutoff));
            for frequency in [0.0, 0.003, 0.05, cutoff, 0.3, 0.45] {
                let warp = |f: f64| (TAU * f / 2.0).tan();
                let ratio = (warp(frequency) / warp(cutoff)).powi(2 * i32::try_from(order).unwrap());
                assert_close!(low.gain(frequency).unwrap(), (1.0 / (1.0 + ratio)).sqrt(), 1e-7, 1e-12);
                assert_close!(high.gain(frequency).unwrap(), (ratio / (1.0 + ratio)).sqrt(), 1e-7, 1e-12);
            }
        }
    }
    let band = Butterworth::band_pass(4, 0.02, 0.2);
    for cutoff in [0.02, 0.2] {
        assert_close!(band.gain(cutoff).unwrap(), 0.5_f64.sqrt(), 1e-9, 0.0);
        assert_close!(Butterworth::band_stop(4, 0.02, 0.2).gain(cutoff).unwrap(), 0.5_f64.sqrt(), 1e-9, 0.0);
    }
}

#[test]
fn settings_are_validated() {
    let y = bumpy();
    let parameter = |result: Result<Vec<f64>, Error>, of: &str| match result {
        Err(Error::Parameter { name, .. }) => assert_eq!(name, of),
        other => panic!("{of}: {other:?}"),
    };
    parameter(SavitzkyGolay::new(8, 2).apply(&y), "window");
    parameter(SavitzkyGolay::new(7, 7).apply(&y), "degree");
    parameter(SavitzkyGolay::new(7, 2).derivative(3).apply(&y), "derivative");
    parameter(SavitzkyGolay::new(7, 2).step(Duration::ZERO).apply(&y), "step");
    parameter(SavitzkyGolay::new(7, 2).edges(EdgeMode::Constant(f64::NAN)).apply(&y), "edges");
    parameter(Butterworth::low_pass(0, 0.1).apply(&y), "order");
    parameter(Butterworth::low_pass(2, 0.5).apply(&y), "cutoff");
    parameter(Butterworth::band_pass(2, 0.2, 0.1).apply(&y), "high");
    parameter(Butterworth::band_pass(2, f64::NAN, 0.1).apply(&y), "high");
    parameter(MedianFilter::new(0).apply(&y), "half");
    assert!(SavitzkyGolay::new(7, 2).filter(7).is_err());
    assert!(matches!(Butterworth::low_pass(2, 1e-9).apply(&y), Err(Error::Numerical { .. })));
    assert!(matches!(SavitzkyGolay::new(31, 2).apply(&y), Err(Error::TooShort { needed: 31, got: 30 })));
    assert!(matches!(Butterworth::low_pass(2, 0.1).apply(&[f64::NAN; 3]), Err(Error::TooShort { .. })));
    assert!(MedianFilter::new(3).apply(&[]).is_err());
}

#[test]
fn nothing_is_extrapolated() {
    let mut y: Vec<f64> = (0..40).map(f64::from).collect();
    y[..4].fill(f64::NAN);
    y[15..18].fill(f64::NAN);
    y[36..].fill(f64::NAN);
    // Filtered from both sides, a line bends a little at its ends.
    for (smooth, off) in [
        (SavitzkyGolay::new(9, 2).apply(&y).unwrap(), 1e-9),
        (SavitzkyGolay::new(9, 2).edges(EdgeMode::Nearest).apply(&y).unwrap(), 1e-9),
        (Butterworth::low_pass(2, 0.1).apply(&y).unwrap(), 0.02),
    ] {
        for (i, x) in smooth.iter().enumerate() {
            if (4..36).contains(&i) {
                assert_close!(*x, i as f64, 0.0, off, "{i}");
            } else {
                assert!(x.is_nan(), "{i}: {x}");
            }
        }
    }
    // A hole as long as the window leaves a hole.
    y[10..30].fill(f64::NAN);
    let smooth = SavitzkyGolay::new(9, 2).apply(&y).unwrap();
    assert!(smooth[12..28].iter().all(|x| x.is_nan()) && !smooth[8].is_nan());
    let medians = MedianFilter::new(3).apply(&y).unwrap();
    assert!(medians[13..27].iter().all(|x| x.is_nan()) && medians[12] == 9.0 && medians[27] == 30.0);
}

#[test]
fn a_stream_in_the_middle_of_its_window_is_the_history_later() {
    let mut y = bumpy();
    y[12] = f64::NAN;
    let settings = SavitzkyGolay::new(7, 3);
    let smooth = settings.apply(&y).unwrap();
    let said: Vec<_> = settings.filter(3).unwrap().run(y.iter().copied()).collect();
    for i in 3..27 {
        assert_close!(said[i + 3].unwrap(), smooth[i], 1e-12, 1e-12, "{i}");
    }
}

/// Gaps are no zeros: a filter at rest on a level stays there.
#[test]
fn a_stream_holds_its_level_across_gaps() {
    let mut filter = Butterworth::low_pass(4, 0.05).filter().unwrap();
    let said: Vec<_> = filter.run((0..200).map(|t| if t % 3 == 1 { f64::NAN } else { 7.5 })).collect();
    for (t, x) in said.into_iter().enumerate() {
        assert_eq!(x.is_none(), t % 3 == 1);
        assert!(x.is_none_or(|x| (x - 7.5).abs() < 1e-9), "{t}: {x:?}");
    }
}

fn gappy() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(prop_oneof![6 => -1e3..1e3, 1 => Just(f64::NAN)], 25..80)
}

fn edges() -> impl Strategy<Value = EdgeMode> {
    prop_oneof![
        Just(EdgeMode::Natural),
        Just(EdgeMode::Nearest),
        Just(EdgeMode::Mirror),
        Just(EdgeMode::Wrap),
        (-9.0..9.0).prop_map(EdgeMode::Constant)
    ]
}

proptest! {
    /// What is a polynomial already stays, whatever is missing of it, and so does its slope.
    #[test]
    fn polynomials_pass(
        half in 2_usize..12, c in prop::array::uniform4(-1.0_f64..1.0), holes in prop::collection::vec(any::<bool>(), 60), lag in 0_usize..5,
    ) {
        let at = |t: f64| c[0] + t * (c[1] + t * (c[2] + t * c[3]));
        let slope = |t: f64| c[1] + t * (2.0 * c[2] + t * 3.0 * c[3]);
        let time = |i: usize| i as f64 / 10.0 - 3.0;
        // Every third value at most is missing.
        let y: Vec<f64> = (0..60).map(|i| if holes[i] && i % 3 == 1 { f64::NAN } else { at(time(i)) }).collect();
        let settings = SavitzkyGolay::new(2 * half + 1, 3);
        let by_time = settings.derivative(1).step(Duration::from_millis(100));
        let (smooth, slopes) = (settings.apply(&y).unwrap(), by_time.apply(&y).unwrap());
        for i in 0..60 {
            if !smooth[i].is_nan() || !y[i].is_nan() && half > 3 {
                prop_assert!((smooth[i] - at(time(i))).abs() < 1e-8, "{} {} {}", i, smooth[i], at(time(i)));
                prop_assert!((slopes[i] - slope(time(i))).abs() < 1e-6, "{} {}", slopes[i], slope(time(i)));
            }
        }
        let said: Vec<_> = settings.filter(lag.min(2 * half)).unwrap().run(y).collect();
        for (i, x) in said.iter().enumerate() {
            if let Some(x) = x {
                prop_assert!((x - at(time(i - lag.min(2 * half)))).abs() < 1e-8);
            }
        }
    }

    #[test]
    fn medians_are_those_of_neighborhoods(y in gappy(), half in 1_usize..40, edges in edges()) {
        let smooth = MedianFilter::new(half).edges(edges).apply(&y).unwrap();
        let n = y.len() as i64;
        let value = |i: i64| -> f64 {
            if (0..n).contains(&i) {
                return y[i as usize];
            }
            let period = 2 * (n - 1);
            match edges {
                EdgeMode::Nearest => y[i.clamp(0, n - 1) as usize],
                EdgeMode::Wrap => y[i.rem_euclid(n) as usize],
                EdgeMode::Mirror => y[i.rem_euclid(period).min(period - i.rem_euclid(period)) as usize],
                EdgeMode::Constant(x) => x,
                _ => f64::NAN,
            }
        };
        for (i, x) in smooth.iter().enumerate() {
            let (i, half) = (i as i64, half as i64);
            let around: Vec<f64> = (i - half..=i + half).map(value).collect();
            prop_assert_eq!(median(&around), Some(*x).filter(|x| !x.is_nan()));
        }
    }

    /// All of them are linear or commute with scale, and with shifts where constants pass.
    #[test]
    fn scale_and_shift_pass_through(y in gappy(), scale in 0.1_f64..9.0, shift in -50.0_f64..50.0) {
        let moved: Vec<f64> = y.iter().map(|x| scale * x + shift).collect();
        type Filter = Box<dyn Fn(&[f64]) -> Result<Vec<f64>, Error>>;
        let all: [Filter; 3] = [
            Box::new(|y| SavitzkyGolay::new(9, 2).apply(y)),
            Box::new(|y| Butterworth::low_pass(3, 0.1).apply(y)),
            Box::new(|y| MedianFilter::new(3).apply(y)),
        ];
        for filter in all {
            let (Ok(one), Ok(other)) = (filter(&y), filter(&moved)) else { continue };
            for (a, b) in one.iter().zip(&other) {
                prop_assert!(a.is_nan() && b.is_nan() || (scale * a + shift - b).abs() < 1e-7, "{} {}", a, b);
            }
        }
    }
}

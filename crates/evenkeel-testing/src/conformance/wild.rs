//! Recovery: an implausible value is forgotten after a while.

use super::erased::{Fresh, erased};
use super::outputs::{feed, outputs};
use super::stream::ordinary;
use super::{Broken, Input, Options, Promise, Subject};

/// Sentinel values and nonsense: 2⁶⁴ - 1, the largest integer of 32 bits, and values that are hardly numbers.
const WILD: [f64; 5] = [18_446_744_073_709_551_615.0, 4_294_967_295.0, -1e60, 1e100, -1e100];
/// Where in the stream they come.
const PLACE: usize = 500;
/// How many outputs are compared.
const COMPARED: usize = 200;
/// Up to how many times the lasting influence of an ordinary value counts as none.
const TIMES: f64 = 10.0;

/// Puts one wild value, and three in a row, into an ordinary stream, as its first values and later. After as
/// many inputs as the options say (5,000 by default), the stage's outputs are no further from what they would
/// have been than if an ordinary value had come in their place, or none; and after wild first values, than if
/// it had begun a little later. Passes at once for inputs that cannot be wild, and for stages that remember
/// by definition.
///
/// # Errors
/// The promise that was broken, and by which value.
pub fn wild_values_are_forgotten<I: Input, S: Subject<I>>(
    make: impl Fn() -> S,
    options: &Options,
) -> Result<(), Broken> {
    checked::<I>(&erased(make), options)
}

fn checked<I: Input>(make: Fresh<'_, I>, options: &Options) -> Result<(), Broken> {
    let Some(after) = options.forgets_after() else { return Ok(()) };
    let stream = ordinary::<I>(111, PLACE + 3 + after + COMPARED);
    if stream.first().is_none_or(|input| I::wild(input, 1e60).is_none()) {
        return Ok(());
    }
    let other = ordinary::<I>(112, 3 * PLACE);
    for place in [0, PLACE] {
        let end = place + 3 + after;
        let run = |changed: &mut dyn FnMut(&mut Vec<I::Owned>)| {
            let mut inputs = stream[..end + COMPARED].to_vec();
            changed(&mut inputs);
            let (before, compared) = inputs.split_at(inputs.len() - COMPARED);
            let mut stage = make();
            feed(&mut *stage, before);
            outputs(&mut *stage, compared)
        };
        let expected = run(&mut |_| ());
        // What an ordinary value changes for as long: others in its place, none at all, or a later beginning.
        let mut usual = 0.0_f64;
        for variant in 0..4 {
            let said = run(&mut |inputs| match place {
                0 => drop(inputs.drain(..1 + 4 * variant)),
                _ if variant == 3 => drop(inputs.drain(place..place + 3)),
                _ => {
                    let from = &other[variant * PLACE..];
                    for i in 0..=variant {
                        inputs[place + i] = I::replaced(&inputs[place + i], &from[i]);
                    }
                }
            });
            usual = usual.max(distance(&said, &expected));
        }
        for wild in WILD {
            for length in [1, 3] {
                let said = run(&mut |inputs| {
                    for (i, input) in inputs[place..place + length].iter_mut().enumerate() {
                        let value = if i % 2 == 0 { wild } else { -wild };
                        if let Some(wild) = I::wild(input, value) {
                            *input = wild;
                        }
                    }
                });
                let far = distance(&said, &expected);
                if far > TIMES * usual + 1e-6 {
                    let i = (0..COMPARED).find(|i| said[*i] != expected[*i]).unwrap_or(0);
                    return Err(Broken::new(
                        Promise::Missing,
                        format!(
                            "{length} values of {wild:e} at input {place} matter {after} inputs later: {far:.1e}, an ordinary value {usual:.1e}; it says {}, it should say {}",
                            said[i], expected[i]
                        ),
                    ));
                }
            }
        }
    }
    Ok(())
}

/// How far two lists of outputs are apart on average: 0 = alike, 1 = one has no output, or a different one.
fn distance(said: &[String], expected: &[String]) -> f64 {
    let of = |(a, b): (&String, &String)| if a == b { 0.0 } else { apart(a, b) };
    said.iter().zip(expected).map(of).sum::<f64>() / COMPARED as f64
}

fn apart(a: &str, b: &str) -> f64 {
    let (a, b) = (Pieces::of(a), Pieces::of(b));
    if a.text != b.text || a.numbers.len() != b.numbers.len() {
        return 1.0;
    }
    let off = |(a, b): (&f64, &f64)| ((a - b).abs() / (1.0 + a.abs().min(b.abs()))).min(1.0);
    a.numbers.iter().zip(&b.numbers).map(off).fold(0.0, f64::max)
}

/// What `Debug` writes: the numbers, and the text between them but for which direction a score has.
struct Pieces {
    numbers: Vec<f64>,
    text: String,
}

impl Pieces {
    fn of(text: &str) -> Self {
        let (mut numbers, mut rest) = (Vec::new(), String::new());
        for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || "+-._".contains(c))) {
            match word.parse() {
                Ok(number) => numbers.push(number),
                Err(_) if matches!(word, "Up" | "Down" | "Either") => {}
                Err(_) => rest.push_str(word),
            }
        }
        Self { numbers, text: rest }
    }
}

#[cfg(test)]
mod tests {
    use super::apart;

    #[test]
    fn outputs_are_compared_by_their_numbers() {
        assert_eq!(apart("Some(1.0)", "None"), 1.0);
        assert_eq!(apart("Some(Fresh)", "Some(Stale)"), 1.0);
        assert!((apart("Some(Score { value: 1.0 })", "Some(Score { value: 1.002 })") - 0.001).abs() < 1e-12);
        assert_eq!(apart("1.0", "1e99"), 1.0);
    }
}

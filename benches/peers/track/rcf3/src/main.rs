//! A random cut forest of the crate `rcf3` as a program: one row a line in, one score a line out.
//! 50 trees of 256 points, shingles of 8 rows, the score of a row before it is learned.

use std::io::{BufRead, Write};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (mut forest, mut last) = (None, Vec::<f32>::new());
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let row: Vec<f32> = line?.split(',').map(|x| x.trim().parse()).collect::<Result<_, _>>()?;
        if forest.is_none() {
            let builder = rcf3::Forest::builder(row.len()).shingle_size(8).num_trees(50).capacity(256);
            forest = Some(builder.internal_shingling(true).build()?);
            last = vec![0.0; row.len()];
        }
        let Some(forest) = &mut forest else { continue };
        if row.iter().all(|x| x.is_nan()) {
            writeln!(out)?; // nothing is known of the row
        } else {
            for (kept, x) in last.iter_mut().zip(&row) {
                *kept = if x.is_nan() { *kept } else { *x };
            }
            writeln!(out, "{}", forest.update_and_score(&last)?)?;
        }
        out.flush()?;
    }
    Ok(())
}

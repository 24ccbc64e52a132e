//! The library's side of the comparison of planners: reads problems and the costs that a peer reached, and
//! prints how long each search takes until it is as good. See `peers/planning.py`.

#![expect(clippy::print_stdout, reason = "a program speaks to people")]

use evenkeel::remedy::planner::{Method, Planner, RecoveryProblem};
use std::io::{BufRead, stdin};
use std::time::Instant;

#[derive(serde::Deserialize)]
struct Work {
    name: String,
    /// `ant colony` or `genetic`.
    method: String,
    cost: Vec<f64>,
    success: Vec<f64>,
    /// From each action, and at last from the start, to each action.
    setup: Vec<Vec<f64>>,
    escalation: f64,
    /// What a plan must not cost more than.
    target: f64,
}

/// The most elementary steps that are tried.
const MOST: u64 = 1 << 26;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for line in stdin().lock().lines() {
        let work: Work = serde_json::from_str(&line?)?;
        let mut builder = RecoveryProblem::builder(work.escalation);
        for (cost, success) in work.cost.iter().zip(&work.success) {
            builder.action(*cost, *success);
        }
        let problem = builder.setup(work.setup).build()?;
        let method = if work.method == "genetic" { Method::Genetic } else { Method::AntColony };
        let mut effort = 64;
        loop {
            let planner = Planner::new().method(method).effort(effort).seed(1);
            let mut seconds = Vec::new();
            let mut cost = f64::INFINITY;
            for _ in 0..5 {
                let begun = Instant::now();
                cost = planner.solve(&problem)?.cost();
                seconds.push(begun.elapsed().as_secs_f64());
            }
            seconds.sort_by(f64::total_cmp);
            let is_there = cost <= work.target * (1.0 + 1e-12);
            if is_there || effort >= MOST {
                let answer = serde_json::json!({
                    "name": work.name, "cost": cost, "seconds": seconds[2], "effort": effort, "reached": is_there,
                });
                println!("{answer}");
                break;
            }
            effort *= 2;
        }
    }
    Ok(())
}

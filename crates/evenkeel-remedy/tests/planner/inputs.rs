//! Problems that make no sense, or are very large.

use evenkeel_core::Error;
use evenkeel_remedy::planner::{Method, Planner, RecoveryProblem, RestartProblem};
use evenkeel_stats::Generator;

fn refused<T>(result: Result<T, Error>, parameter: &str) -> String {
    match result.err() {
        Some(Error::Parameter { name, was, .. }) => {
            assert_eq!(name, parameter);
            was
        }
        other => panic!("{parameter}: {other:?}"),
    }
}

#[test]
fn bad_problems_are_refused() {
    for bad in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
        let mut builder = RecoveryProblem::builder(1.0);
        builder.action(1.0, bad);
        refused(builder.build(), "success");
    }
    for bad in [-1.0, f64::NAN, f64::INFINITY, 1e101] {
        let mut builder = RecoveryProblem::builder(1.0);
        builder.action(bad, 0.5);
        refused(builder.build(), "cost");
        refused(RecoveryProblem::builder(bad).build(), "cost");
        let mut builder = RecoveryProblem::builder(1.0);
        builder.action(1.0, 0.5);
        builder.setup(vec![vec![0.0], vec![bad]]);
        refused(builder.build(), "setup");
    }
    let three = || {
        let mut builder = RecoveryProblem::builder(100.0);
        (0..3).for_each(|_| {
            builder.action(1.0, 0.5);
        });
        builder
    };
    let mut cyclic = three();
    cyclic.after(1, 0).after(2, 1).after(0, 2);
    let named = refused(cyclic.build(), "precedence");
    assert_eq!(named.split(" before ").count(), 4, "{named}");
    let mut itself = three();
    itself.after(1, 1);
    assert_eq!(refused(itself.build(), "precedence"), "1 before 1");
    let mut unknown = three();
    unknown.after(3, 0);
    refused(unknown.build(), "precedence");
    for shape in [vec![vec![0.0; 3]; 3], vec![vec![0.0; 2]; 4]] {
        let mut builder = three();
        builder.setup(shape);
        assert!(matches!(builder.build(), Err(Error::Shape { .. })));
    }
    let restart = |d: f64, l: f64, pairs: &[(usize, usize)], crews| {
        RestartProblem::new(vec![d, 1.0], vec![l, 1.0], pairs, crews)
    };
    refused(restart(f64::NAN, 1.0, &[], 1), "duration");
    refused(restart(1.0, -1.0, &[], 1), "loss");
    refused(restart(1.0, 1.0, &[], 0), "crews");
    refused(restart(1.0, 1.0, &[(0, 1), (1, 0)], 1), "precedence");
}

#[test]
fn where_nothing_helps_it_is_escalated() {
    for n in [0, 1, 5, 30, 200] {
        let mut builder = RecoveryProblem::builder(7.0);
        (0..n).for_each(|_| {
            builder.action(0.5, 0.0);
        });
        if n > 1 {
            builder.setup(vec![vec![0.25; n]; n + 1]);
        }
        let plan = Planner::new().solve(&builder.build().unwrap()).unwrap();
        assert_eq!((plan.order(), plan.cost(), plan.is_optimal()), (&[][..], 7.0, true), "{n}");
    }
    // What costs nothing and helps nothing does no harm; what surely helps ends it.
    let mut builder = RecoveryProblem::builder(7.0);
    builder.action(0.0, 0.0);
    let sure = builder.action(2.0, 1.0);
    let plan = Planner::new().solve(&builder.build().unwrap()).unwrap();
    assert_eq!((plan.order(), plan.cost()), (&[sure][..], 2.0));
}

/// Searches that count the steps of actions never ended where there are none.
#[test]
fn without_or_with_one_action_every_method_ends() {
    for method in [Method::Auto, Method::Exact, Method::AntColony, Method::Genetic] {
        let none = RecoveryProblem::builder(50.0).build().unwrap();
        let plan = Planner::new().method(method).solve(&none).unwrap();
        assert_eq!((plan.order(), plan.cost(), plan.lower_bound()), (&[][..], 50.0, 50.0), "{method:?}");
        let mut one = RecoveryProblem::builder(50.0);
        one.action(2.0, 0.5);
        let plan = Planner::new().method(method).effort(1_000).solve(&one.build().unwrap()).unwrap();
        assert_eq!((plan.order(), plan.cost()), (&[0][..], 27.0), "{method:?}");
    }
}

#[test]
fn ten_thousand_actions_are_planned() {
    let n = 10_000;
    let mut random = Generator::new(3);
    let mut builder = RecoveryProblem::builder(1e6);
    (0..n).for_each(|_| {
        builder.action(1.0 + random.uniform(), 0.002 * random.uniform());
    });
    let free = Planner::new().solve(&builder.build().unwrap()).unwrap();
    assert!(free.is_optimal() && free.order().len() > 100);
    // A tree.
    for action in 1..n {
        builder.after(action, random.uniform_below(action as u64) as usize);
    }
    let tree = Planner::new().solve(&builder.build().unwrap()).unwrap();
    assert!(tree.is_optimal() && tree.cost() >= free.cost());
    // A chain, the deepest there is.
    let mut chain = RecoveryProblem::builder(1e6);
    for action in 0..n {
        chain.action(1.0, 0.001);
        if action > 0 {
            chain.after(action, action - 1);
        }
    }
    let plan = Planner::new().solve(&chain.build().unwrap()).unwrap();
    assert!(plan.is_optimal() && plan.order().is_sorted());
    // Any precedence.
    for action in 2..n {
        builder.after(action, random.uniform_below(action as u64) as usize);
    }
    let problem = builder.build().unwrap();
    let any = Planner::new().solve(&problem).unwrap();
    println!(
        "10,000 actions: free {:.1}, tree {:.1}, any {:.1} (gap {:.2} %)",
        free.cost(),
        tree.cost(),
        any.cost(),
        100.0 * any.gap()
    );
    assert!(any.cost() >= any.lower_bound() && any.lower_bound() > 0.0);
    for method in [Method::Exact, Method::AntColony] {
        refused(Planner::new().method(method).solve(&problem), "actions");
    }
}

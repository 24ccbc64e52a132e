use crate::world::{STEP, World, keeper, machine};
use core::time::Duration;
use evenkeel_core::{Signal, SourceHealth, Unreliable};
use evenkeel_keeper::{Effect, USERS};

fn told(effects: &[Effect<evenkeel_remedy::Verb>], of: &str) -> Vec<SourceHealth> {
    let of_source = |e: &Effect<_>| match e {
        Effect::Source { name, health } if name.as_str() == of => Some(*health),
        _ => None,
    };
    effects.iter().filter_map(of_source).collect()
}

#[test]
fn silence_is_told_step_by_step() {
    let (mut world, mut keeper) = (World::new(1), keeper(machine().build().unwrap()));
    assert_eq!(told(&world.steps(&mut keeper, 40), USERS), [SourceHealth::Fresh]);
    world.silent = true;
    let silent = world.steps(&mut keeper, 40);
    for source in [USERS, "store"] {
        assert_eq!(told(&silent, source), [SourceHealth::Stale, SourceHealth::Broken], "{source}");
    }
    world.silent = false;
    assert_eq!(told(&world.steps(&mut keeper, 5), USERS), [SourceHealth::Fresh]);
}

#[test]
fn late_and_stuck_values_are_told() {
    let (mut world, mut keeper) = (World::new(2), keeper(machine().build().unwrap()));
    let (late, stuck) = (Signal::new("late", "x"), Signal::new("stuck", "x"));
    let mut effects = Vec::new();
    for i in 0..300 {
        keeper.observe(
            &late,
            world.now() - if i > 100 { 10 * STEP } else { Duration::ZERO },
            f64::from(i % 5),
        );
        keeper.observe(&stuck, world.now(), if i > 100 { 7.0 } else { f64::from(i % 5) });
        effects.extend(world.step(&mut keeper));
    }
    assert!(told(&effects, "late").iter().any(|h| !h.is_trustworthy() && *h != SourceHealth::Broken));
    assert_eq!(told(&effects, "stuck").last(), Some(&SourceHealth::Unreliable(Unreliable::Stuck)));
}

#[test]
fn an_observer_that_overslept_says_so() {
    let (mut world, mut keeper) = (World::new(3), keeper(machine().build().unwrap()));
    world.steps(&mut keeper, 40);
    keeper.oversleep(world.now(), STEP / 5);
    assert_eq!(told(&world.steps(&mut keeper, 1), USERS), []);
    keeper.oversleep(world.now() + STEP, 3 * STEP);
    let effects = world.steps(&mut keeper, 28);
    let health = told(&effects, USERS);
    assert_eq!(health, [SourceHealth::Unreliable(Unreliable::ObserverOverloaded), SourceHealth::Fresh]);
}

//! What is bounded: tokens, rates, memory, the budget of agreement.

use crate::situations::{audit, fields, gate_with, proposal, propose, until};
use evenkeel_gatekeeper::tools::{ToolError, call, schema, tools};
use evenkeel_gatekeeper::{Fate, Gate, ProposalError, Settings, count_tokens};
use serde_json::{Map, json};
use std::time::Duration;

#[test]
fn answers_keep_their_token_budgets() {
    let mut gate = gate_with("release@store");
    for percent in 1..9 {
        // Something to tell of: proposals that are refused or dropped.
        let action = json!({ "verb": "restart", "component": (["store", "cart"])[percent % 2] });
        let _ = propose(&mut gate, action, 0.5);
        for _ in 0..20 {
            gate.tick().unwrap();
        }
    }
    let mut trimmed = 0;
    for tool in tools().iter().filter(|tool| tool.reads) {
        for tokens in [tool.budget.least, tool.budget.default, tool.budget.most] {
            let clock = Duration::from_secs(1_000);
            let text =
                call(&mut gate, tool.name, &fields(json!({ "tokens": tokens })), clock, "a test").unwrap();
            assert!(count_tokens(&text) <= tokens, "{}: {} of {tokens}", tool.name, count_tokens(&text));
            assert!(text.len() > 60, "{text}");
            trimmed += usize::from(text.contains("left out"));
        }
        let given = call(&mut gate, tool.name, &Map::new(), Duration::from_secs(2_000), "a test").unwrap();
        assert!(count_tokens(&given) <= tool.budget.default);
        for bad in [json!(0), json!(tool.budget.most + 1), json!("many"), json!(500.5)] {
            let told = call(
                &mut gate,
                tool.name,
                &fields(json!({ "tokens": bad })),
                Duration::from_secs(2_000),
                "a test",
            );
            let Err(ToolError::Told(why)) = told else { panic!("{told:?}") };
            assert!(why.contains("`tokens`"), "{why}");
        }
        let told = call(
            &mut gate,
            tool.name,
            &fields(json!({ "path": "/etc" })),
            Duration::from_secs(2_000),
            "a test",
        );
        assert!(matches!(&told, Err(ToolError::Told(why)) if why.contains("`path`")), "{told:?}");
    }
    assert!(trimmed >= 4, "it was tried where there is more to say than fits: {trimmed}");
}

#[test]
fn schemas_say_what_is_checked() {
    for tool in tools() {
        let schema = schema(&tool);
        assert_eq!(schema["additionalProperties"], json!(false));
        assert!(schema["properties"].as_object().is_some_and(|all| !all.is_empty()));
    }
    assert_eq!(tools().iter().filter(|tool| !tool.reads).count(), 1, "one tool writes");
}

#[test]
fn a_thousand_proposals_in_a_minute() {
    let mut gate = gate_with("pool@store-1");
    let (mut taken, mut busy, mut excess) = (0, 0, 0);
    for i in 0..1_000_u64 {
        if i % 20 == 0 {
            gate.tick().unwrap();
        }
        let action =
            json!({ "verb": "restart", "component": "store", "instance": format!("store-{}", 1 + i % 3) });
        match gate.propose(Duration::from_millis(60 * i), "a test", &proposal(&action, 0.99)) {
            Ok(_) => taken += 1,
            Err(ProposalError::Rate { most, seconds }) => {
                assert!(most == 30 && seconds <= 60);
                excess += 1;
            }
            Err(
                ProposalError::Busy { .. } | ProposalError::JustRefused { .. } | ProposalError::NoIncident,
            ) => busy += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((taken + busy, excess, gate.excess()), (30, 970, 970));
    assert!(taken > 0);
    let audit = audit(&gate);
    assert!(audit.told >= 1 && audit.told <= taken, "{audit}");
}

#[test]
fn memory_is_bounded_under_a_flood_beyond_the_rate() {
    let mut settings = Settings::default();
    (settings.faults, settings.draws, settings.first_fault) =
        (vec!["overload@store!".parse().unwrap()], false, 5);
    settings.proposals_per_minute = 1_000_000;
    let mut gate = Gate::in_memory(settings).unwrap();
    until(&mut gate, 90, |gate| gate.machine().incidents().next().is_some());
    for i in 0..20_000_u64 {
        let action = json!({ "verb": "drain", "component": "cart", "instance": "cart-1" });
        let _ = gate.propose(Duration::from_millis(i), "a test", &proposal(&action, 0.5));
        if i % 100 == 0 {
            gate.tick().unwrap();
        }
    }
    assert!(gate.proposals().count() <= 200, "of those that were taken the latest are kept");
    audit(&gate);
}

#[test]
fn the_budget_of_agreement_runs_out() {
    let mut settings = Settings::default();
    (settings.faults, settings.draws, settings.first_fault) =
        (vec!["neighbor@store-1!".parse().unwrap()], false, 5);
    settings.budget = evenkeel_gatekeeper::ApprovalBudget::new(&["restart"], 1, Duration::from_secs(3600));
    let mut gate = Gate::in_memory(settings).unwrap();
    let is_open = |gate: &Gate| gate.machine().incidents().next().is_some();
    until(&mut gate, 90, is_open);
    let restart = json!({ "verb": "restart", "component": "store", "instance": "store-1" });
    let first = propose(&mut gate, restart.clone(), 0.9).unwrap();
    until(&mut gate, 200, |gate| gate.proposal(first).unwrap().fate == Fate::DidNotHelp);
    // By then it is cooled down, too.
    for _ in 0..70 {
        gate.tick().unwrap();
    }
    assert!(
        gate.options(3_000).contains("restart store/store-1: if a person agrees"),
        "{}",
        gate.options(3_000)
    );
    let second = propose(&mut gate, restart, 0.9).unwrap();
    assert!(matches!(gate.proposal(second).unwrap().fate, Fate::Held { asks: Some(_), .. }));
    assert_eq!(audit(&gate).told, 1);
}

#[test]
fn reads_are_bounded_too() {
    let mut settings = Settings::default();
    (settings.draws, settings.first_fault, settings.reads_per_minute) = (false, 100_000, 5);
    let mut gate = Gate::in_memory(settings).unwrap();
    let read = |gate: &mut Gate| call(gate, "status", &Map::new(), Duration::from_secs(3), "a test");
    for _ in 0..5 {
        read(&mut gate).unwrap();
    }
    assert!(
        matches!(read(&mut gate), Err(ToolError::Told(why)) if why.contains("5 questions are answered in a minute"))
    );
    assert_eq!(call(&mut gate, "approve", &Map::new(), Duration::ZERO, "a test"), Err(ToolError::Unknown));
}

#[test]
fn what_guards_say_of_an_option_is_what_they_rule() {
    let mut gate = gate_with("pool@store-1");
    let (mut denied, mut permitted) = (0, 0);
    for action in evenkeel_gatekeeper::all_actions().step_by(3).collect::<Vec<_>>() {
        // Each is tried on a gate of its own, as the first may change what is ruled of the next.
        let ruling = gate.ruling(&action);
        let mut fresh = gate_with("pool@store-1");
        let target = &action.target;
        let verb =
            evenkeel_gatekeeper::Verb::ALL.into_iter().find(|verb| verb.standard(20) == action.verb).unwrap();
        let mut fields = json!({ "verb": verb.name(), "component": target.component.as_str() });
        if let Some(instance) = &target.instance {
            fields["instance"] = json!(instance.as_str());
        }
        if verb == evenkeel_gatekeeper::Verb::Shed {
            fields["percent"] = json!(20);
        }
        let number = propose(&mut fresh, fields, 0.5).unwrap();
        let fate = &fresh.proposal(number).unwrap().fate;
        assert_eq!(ruling.is_denied(), matches!(fate, Fate::Refused(_)), "{action}: {ruling}, but {fate}");
        if ruling.is_denied() { denied += 1 } else { permitted += 1 }
    }
    assert!(denied >= 2 && permitted >= 4, "{denied} {permitted}");
    gate.tick().unwrap();
}

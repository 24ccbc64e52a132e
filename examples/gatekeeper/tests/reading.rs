//! Reading proposals: whatever is sent, what is taken is one of the known actions and reads back as it was.

use evenkeel::remedy::Action;
use evenkeel::remedy::verb::StandardVerb;
use evenkeel::stats::Generator;
use evenkeel_gatekeeper::{Draft, ProposalError, all_actions};
use serde_json::{Map, Value, json};

const WORDS: [&str; 20] = [
    "restart",
    "drain",
    "roll_back",
    "degrade",
    "shed",
    "store",
    "edge",
    "catalog",
    "store-1",
    "edge-2",
    "cart-9",
    "Restart",
    "roll back",
    "undrain",
    "$(id)",
    "\u{0}",
    "",
    "\u{202e}x",
    "ＲＥＳＴＡＲＴ",
    "store-1 ",
];
const FIELDS: [&str; 9] =
    ["action", "reason", "confidence", "incident", "verb", "component", "instance", "percent", "__proto__"];

fn pick<'a>(random: &mut Generator, of: &[&'a str]) -> &'a str {
    of[random.uniform_below(of.len() as u64) as usize]
}

fn anything(random: &mut Generator, depth: u32) -> Value {
    match random.uniform_below(if depth == 0 { 6 } else { 8 }) {
        0 => Value::Null,
        1 => json!(random.bernoulli(0.5)),
        2 => json!(random.normal()),
        3 => json!(random.uniform_below(60)),
        4 => json!(random.uniform()),
        5 => json!(pick(random, &WORDS)),
        6 => (0..random.uniform_below(4)).map(|_| anything(random, depth - 1)).collect(),
        _ => {
            let field =
                |random: &mut Generator| (pick(random, &FIELDS).to_string(), anything(random, depth - 1));
            Value::Object((0..random.uniform_below(5)).map(|_| field(random)).collect())
        }
    }
}

/// Nearly right: some field of a proposal that fits is something else.
fn nearly(random: &mut Generator) -> Map<String, Value> {
    let mut action = json!({ "verb": pick(random, &WORDS[..5]), "component": pick(random, &WORDS[5..8]) });
    if random.bernoulli(0.5) {
        action["instance"] = json!(pick(random, &WORDS[8..10]));
    }
    if action["verb"] == "shed" {
        action["percent"] = json!(random.uniform_below(60));
    }
    let mut all = Map::new();
    all.insert("action".into(), action);
    all.insert("reason".into(), json!("a\nreason"));
    all.insert("confidence".into(), json!(random.uniform()));
    if random.bernoulli(0.5) {
        let odd = anything(random, 2);
        match random.bernoulli(0.5) {
            true => all.insert(pick(random, &FIELDS).into(), odd),
            false => all["action"].as_object_mut().and_then(|a| a.insert(pick(random, &FIELDS).into(), odd)),
        };
    }
    all
}

#[test]
fn whatever_is_sent() {
    let known: Vec<Action<StandardVerb>> = all_actions().collect();
    let mut random = Generator::new(5);
    let (mut taken, mut refused) = (0, 0);
    for i in 0..40_000 {
        let sent = match anything(&mut random, 3) {
            Value::Object(all) if i % 4 == 0 => all,
            _ => nearly(&mut random),
        };
        match Draft::read(&sent) {
            Ok(draft) => {
                taken += 1;
                let verb = match draft.action.verb {
                    StandardVerb::Shed { percent } => {
                        assert!((1..=50).contains(&percent));
                        StandardVerb::Shed { percent: 20 }
                    }
                    verb => verb,
                };
                assert!(known.contains(&Action::new(verb, draft.action.target.clone())), "{draft:?}");
                assert!((0.0..=1.0).contains(&draft.confidence) && !draft.reason.contains('\n'));
                let again = draft.arguments();
                assert_eq!(again.as_object().map(Draft::read), Some(Ok(draft)), "{again}");
            }
            Err(ProposalError::Field { field, must, was }) => {
                refused += 1;
                assert!(
                    !field.is_empty() && field.len() + must.len() + was.len() < 500,
                    "{field} {must} {was}"
                );
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert!(taken > 1_000 && refused > 10_000, "{taken} {refused}");
}

/// What is not seen is no reason, and hides nothing.
#[test]
fn unseen_characters_are_no_text() {
    use evenkeel_gatekeeper::text::{one_line, says_something};
    for unseen in ["\u{202e}\u{200b}", "\u{3164}", "\u{2800} \u{e0101}", "\u{fe0f}", " \t"] {
        assert!(!says_something(unseen), "{unseen:?}");
        let line = one_line(unseen, 10);
        assert!(line.chars().all(|c| c == '\u{fffd}' || c == ' '), "{line:?}");
        let draft = json!({ "action": { "verb": "restart", "component": "store" }, "reason": unseen, "confidence": 0.5 });
        let why = Draft::read(draft.as_object().unwrap()).unwrap_err().to_string();
        assert!(why.contains("reason"), "{why}");
    }
}

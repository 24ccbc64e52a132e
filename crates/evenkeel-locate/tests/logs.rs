//! Templates of log lines and their rates.

use evenkeel_locate::logs::{Drain, Masks, Similarity, TemplateRates};
use proptest::prelude::*;

#[test]
fn what_varies_is_masked() {
    let all = Masks::all();
    for (line, masked) in [
        ("", ""),
        ("no digits here", "no digits here"),
        ("took 12 ms, -3.5 or 1.2.3", "took <*> ms, <*> or <*>"),
        ("eth7 up", "eth<*> up"),
        ("from 10.1.2.3:8080", "from <*>"),
        ("from fe80::1ff:fe23:4567 to ::1", "from <*> to <*>"),
        ("mask 0xDEADbeef and deadbee1 but not dead", "mask <*> and <*> but not dead"),
        ("id 123e4567-e89b-12d3-a456-426614174000.", "id <*>."),
        ("open /var/log/x.log: no such file", "open <*>: no such file"),
        ("read and/or write", "read and/or write"),
        ("https://a.b/c?d=e", "<*>?d=e"),
        ("C:\\Windows\\x.dll loaded", "<*> loaded"),
        ("2026-11-30 12:34:56,789 up", "<*> <*> up"),
        ("[1, 2]", "[<*>, <*>]"),
        ("größe 3 µs", "größe <*> µs"),
        ("-", "-"),
        ("0x", "<*>x"),
        ("//", "//"),
    ] {
        assert_eq!(all.apply(line), masked, "{line}");
    }
    assert_eq!(all.numbers(false).apply("a 12 10.1.2.3"), "a 12 <*>");
    assert_eq!(all.paths(false).apply("/usr/bin 3"), "/usr/bin <*>");
    assert_eq!(all.hex(false).numbers(false).apply("0xff"), "0xff");
    assert_eq!(Masks::none().uuids(true).apply("123e4567-e89b-12d3-a456-426614174000 1"), "<*> 1");
    assert_eq!(Masks::none().addresses(true).apply("1.2.3.4 1"), "<*> 1");
}

#[test]
fn settings_outside_of_their_range_are_refused() {
    let refused = |build: Result<Drain, evenkeel_core::Error>, message: &str| {
        assert_eq!(build.unwrap_err().to_string(), message);
    };
    refused(Drain::builder().threshold(f64::NAN).build(), "threshold must be in [0, 1], was NaN");
    refused(Drain::builder().threshold(1.5).build(), "threshold must be in [0, 1], was 1.5");
    refused(Drain::builder().depth(2).build(), "depth must be from 3 to 64, was 2");
    refused(Drain::builder().max_children(0).build(), "max_children must be at least 1, was 0");
    refused(Drain::builder().max_templates(0).build(), "max_templates must be at least 1, was 0");
    refused(Drain::builder().max_bytes(0).build(), "max_bytes must be at least 1, was 0");
}

#[test]
fn a_template_keeps_what_all_its_lines_have() {
    let mut drain = Drain::published().build().unwrap();
    let first = drain.update("job alpha has ended well");
    assert!(first.is_new && !first.is_changed);
    let second = drain.update("  job beta  has ended well\n");
    assert!(!second.is_new && second.is_changed && second.id == first.id);
    let third = drain.update("job gamma has ended well");
    assert!(!third.is_changed);
    let template = drain.template(first.id).unwrap();
    assert_eq!((template.to_string().as_str(), template.lines()), ("job <*> has ended well", 3));
    assert_eq!(drain.find("job delta has ended well"), Some(template));
    assert_eq!(drain.find("job delta"), None);
    let empty = drain.update("   ");
    assert_eq!(drain.update("").id, empty.id);
    assert_eq!(drain.template(empty.id).unwrap().to_string(), "");
    drain.reset();
    assert_eq!(drain, Drain::published().build().unwrap());
}

#[test]
fn literals_count_for_themselves() {
    let build = |similarity| Drain::published().similarity(similarity).threshold(0.6).build().unwrap();
    let lines = ["put a b c done", "put x b c done", "put x y c done", "put x y z done"];
    let groups = |mut drain: Drain| -> Vec<u64> { lines.iter().map(|line| drain.update(line).id).collect() };
    assert_eq!(groups(build(Similarity::Tokens)), [1, 1, 1, 2]);
    assert_eq!(groups(build(Similarity::Literals)), [1, 1, 1, 1]);
}

#[test]
fn the_template_that_was_not_seen_for_longest_makes_room() {
    let mut drain = Drain::builder().max_templates(2).build().unwrap();
    let a = drain.update("alpha one").id;
    let b = drain.update("beta two three").id;
    let _ = drain.update("alpha one");
    let c = drain.update("gamma").id;
    assert_eq!((drain.len(), drain.forgotten()), (2, 1));
    assert!(drain.template(b).is_none() && drain.template(a).is_some() && drain.template(c).is_some());
    // It is new when it comes back, with a number of its own.
    let again = drain.update("beta two three");
    assert!(again.is_new && again.id == 4);
    assert!(drain.template(a).is_none());
}

#[test]
fn long_lines_are_cut_and_hostile_ones_survived() {
    let mut drain = Drain::builder().max_bytes(5).build().unwrap();
    let first = drain.update("ab cdefgh");
    assert_eq!(drain.update("ab cdxyz").id, first.id);
    assert_eq!((drain.cut(), drain.template(first.id).unwrap().to_string().as_str()), (2, "ab cd"));
    // In the middle of a character.
    let _ = drain.update("abcdéé");
    let mut drain = Drain::builder().max_templates(50).max_children(3).build().unwrap();
    for i in 0..2_000_u32 {
        let word = char::from_u32(0x61 + i * 7 % 5_000).unwrap_or('x');
        let _ = drain.update(&format!("{word}{word} {} x{word}", "y ".repeat(i as usize % 300)));
        let _ = drain.update(&"a:".repeat(i as usize % 50));
        assert!(drain.len() <= 50);
    }
    let _ = drain.update(&"0x".repeat(100_000));
    let _ = drain.update(&"<*> ".repeat(10_000));
    let _ = drain.update("\0\u{feff}\u{1f}\u{2028}");
}

proptest! {
    #[test]
    fn any_line_is_taken(lines in prop::collection::vec(".{0,60}", 1..60), depth in 3..8_usize, children in 1..5_usize, most in 1..10_usize) {
        let builder = Drain::builder().depth(depth).max_children(children).max_templates(most);
        let mut drain = builder.build().unwrap();
        let mut sum = 0;
        for line in &lines {
            let seen = drain.update(line);
            prop_assert!(drain.template(seen.id).is_some());
            sum += u64::from(seen.is_new);
        }
        prop_assert_eq!(sum, drain.len() as u64 + drain.forgotten());
        if drain.forgotten() == 0 {
            prop_assert_eq!(drain.templates().map(|t| t.lines()).sum::<u64>(), lines.len() as u64);
        }
        // From the beginning again, the same.
        let mut again = builder.build().unwrap();
        lines.iter().for_each(|line| { let _ = again.update(line); });
        prop_assert_eq!(again, drain);
    }

    #[test]
    fn the_order_of_lines_and_windows_makes_no_difference_to_rates(mut windows in prop::collection::vec(prop::collection::vec(0..8_u64, 0..30), 1..12), tested in prop::collection::vec(0..10_u64, 0..30)) {
        let learn = |windows: &[Vec<u64>]| {
            let mut rates = TemplateRates::new();
            windows.iter().for_each(|window| rates.learn(window.iter().copied()).unwrap());
            rates
        };
        let before = learn(&windows);
        windows.reverse();
        windows.iter_mut().for_each(|window| window.reverse());
        let after = learn(&windows);
        prop_assert_eq!(&before, &after);
        let surprise = before.assess(tested.iter().copied());
        prop_assert_eq!(&surprise, &after.assess(tested.iter().rev().copied()));
        prop_assert!(surprise.templates().iter().all(|template| template.surprise >= 0.0 && template.surprise.is_finite()));
    }
}

#[test]
fn more_less_and_new_lines_are_surprising() {
    let mut rates = TemplateRates::new();
    assert_eq!(rates.assess([1, 2, 3]).surprise(), 0.0);
    for i in 0..40_u64 {
        let bursts = if i % 2 == 0 { 40 } else { 0 };
        let window =
            std::iter::repeat_n(1, 20).chain(std::iter::repeat_n(2, bursts)).chain((i == 7).then_some(4));
        rates.learn(window).unwrap();
    }
    let count = |template: u64, n: usize| std::iter::repeat_n(template, n);
    let of = |lines: Vec<u64>, template: u64| {
        *rates.assess(lines).templates().iter().find(|found| found.template == template).unwrap()
    };
    let usual: Vec<u64> = count(1, 20).chain(count(2, 20)).collect();
    assert!(rates.assess(usual).surprise() < 0.2);
    let silent = of(count(2, 20).collect(), 1);
    assert!(silent.surprise > 15.0 && silent.observed == 0 && silent.expected == 20.0);
    assert!(of(count(1, 60).collect(), 1).surprise > 20.0);
    // What comes in bursts anyway surprises less.
    assert!(of(count(2, 60).collect(), 2).surprise < 2.0);
    let (rare, new) = (of(vec![4], 4), of(vec![9], 9));
    assert!(rare.is_rare && !rare.is_new && new.is_new && !new.is_rare && new.surprise > rare.surprise);
    // 3 ln(3 / (0.5 / 41)) - 3 + 0.5 / 41
    let by_hand = 3.0 * (3.0 * 41.0 / 0.5_f64).ln() - 3.0 + 0.5 / 41.0;
    assert!((of(vec![9; 3], 9).surprise - by_hand).abs() < 1e-12);
}

#[test]
fn templates_without_end_are_refused() {
    let mut rates = TemplateRates::new();
    rates.learn(0..100_000).unwrap();
    let refused = rates.learn([5, 100_000]).unwrap_err();
    assert_eq!(refused.to_string(), "templates must be at most 100,000 in all, was 100001");
    assert_eq!(rates.windows(), 1);
}

//! A gate that is started again goes on where its files end.

use crate::folder::Folder;
use crate::situations::{propose, until};
use evenkeel::remedy::machine::Status;
use evenkeel_gatekeeper::audit::Audit;
use evenkeel_gatekeeper::{Fate, Gate, Settings};
use serde_json::json;
use std::io::Write;

fn open(folder: &Folder, fault: &str) -> Gate {
    let mut settings = Settings::default();
    (settings.faults, settings.draws, settings.first_fault) = (vec![fault.parse().unwrap()], false, 5);
    Gate::open(settings, &folder.0).unwrap()
}

fn waits(gate: &Gate) -> bool {
    let incident = gate.machine().incidents().next();
    matches!(incident.and_then(|incident| gate.machine().status(incident)), Some(Status::Waiting { .. }))
}

#[test]
fn it_goes_on_and_forgets_nothing() {
    let folder = Folder::new("restart");
    let mut gate = open(&folder, "pool@store-1");
    until(&mut gate, 90, waits);
    let restart = json!({ "verb": "restart", "component": "store", "instance": "store-1" });
    let first = propose(&mut gate, restart, 0.8).unwrap();
    until(&mut gate, 90, |gate| gate.ended().next().is_some());
    assert_eq!((first, gate.proposal(first).unwrap().fate.clone()), (1, Fate::Helped));
    drop(gate);

    // Stopped while a person is asked; and a line is torn.
    let mut gate = open(&folder, "release@cart");
    assert_eq!(gate.confidence().latest().len(), 1, "what was stated is remembered");
    until(&mut gate, 90, waits);
    let second = propose(&mut gate, json!({ "verb": "roll_back", "component": "cart" }), 0.7).unwrap();
    assert_eq!((second, gate.pending().len()), (2, 1));
    let asked = gate.now();
    drop(gate);
    let mut file = std::fs::OpenOptions::new().append(true).open(folder.0.join("proposals.jsonl")).unwrap();
    file.write_all(b"{\"what\":\"outc").unwrap();
    drop(file);

    // The shop is a new one, and nothing is wrong with it: what was asked was not agreed to, and is over.
    let mut gate = open(&folder, "leak@store-2");
    assert!(gate.now() > asked);
    let fate = &gate.proposal(second).unwrap().fate;
    assert!(matches!(fate, Fate::Dropped(why) if why.contains("subsided")), "{fate}");
    assert_eq!((gate.pending().len(), gate.world().told()), (0, 0), "nobody agreed, so nothing was done");
    until(&mut gate, 90, waits);
    let incident = gate.machine().incidents().next().unwrap();
    assert_eq!(incident, 2, "numbers of incidents are not used again");
    let third =
        propose(&mut gate, json!({ "verb": "drain", "component": "store", "instance": "store-2" }), 0.7)
            .unwrap();
    assert_eq!(third, 3);
    // Stopped while it is done: it is probed, and done once more in the new shop, which never heard of it.
    drop(gate);
    let mut gate = open(&folder, "pool@store-1");
    until(&mut gate, 200, |gate| gate.ended().any(|ended| ended.incident == 2));
    drop(gate);
    let audit = Audit::of_folder(&folder.0).unwrap();
    assert!(audit.problems.is_empty() && audit.told >= 2, "{audit}");
}

#[test]
fn a_journal_that_was_tampered_with_is_not_opened() {
    let folder = Folder::new("tampered");
    let mut gate = open(&folder, "pool@store-1");
    until(&mut gate, 90, waits);
    drop(gate);
    let path = folder.0.join("journal");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("\"store\"", "\"cart\"", 1)).unwrap();
    let why = Gate::open(Settings::default(), &folder.0).unwrap_err().to_string();
    assert!(why.contains("line 1") && why.contains("checksum"), "{why}");
}

/// What is on disk is for its owner alone, and an audit vouches for nothing that it could not read.
#[test]
fn an_audit_needs_a_journal_as_it_was_written() {
    let folder = Folder::new("audit");
    let missing = Audit::of_folder(&folder.0.join("nowhere")).unwrap_err().to_string();
    assert!(missing.contains("journal"), "{missing}");
    assert!(Audit::of_folder(&folder.0).is_err(), "an empty folder");

    let state = folder.0.join("state");
    let mut settings = Settings::default();
    settings.first_fault = i64::MAX;
    let mut gate = Gate::open(settings, &state).unwrap();
    until(&mut gate, 5, |_| true);
    drop(gate);
    let mut gate = open(&folder, "pool@store-1");
    until(&mut gate, 90, waits);
    let restart = json!({ "verb": "restart", "component": "store", "instance": "store-1" });
    propose(&mut gate, restart, 0.8).unwrap();
    until(&mut gate, 90, |gate| gate.ended().next().is_some());
    drop(gate);
    assert!(Audit::of_folder(&folder.0).unwrap().problems.is_empty());
    #[cfg(unix)]
    for (path, mode) in [
        (&state, 0o700),
        (&state.join("journal"), 0o600),
        (&state.join("proposals.jsonl"), 0o600),
        (&state.join("world.jsonl"), 0o600),
    ] {
        let metadata = std::fs::metadata(path).unwrap();
        assert_eq!(
            std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777,
            mode,
            "{path:?}"
        );
    }
    // A line is taken out of the middle, as one would to hide what was done.
    let journal = folder.0.join("journal");
    let text = std::fs::read_to_string(&journal).unwrap();
    let kept: Vec<&str> = text.lines().enumerate().filter(|(i, _)| *i != 3).map(|(_, line)| line).collect();
    std::fs::write(&journal, kept.join("\n") + "\n").unwrap();
    assert!(Audit::of_folder(&folder.0).unwrap_err().to_string().contains("journal"));
}

fn trouble(folder: &Folder) -> String {
    Gate::open(Settings::default(), &folder.0).unwrap_err().to_string()
}

/// A journal that is gone, or not all there, is noticed; and what there was is kept.
#[test]
fn a_lost_journal_is_not_begun_anew_by_itself() {
    let folder = Folder::new("lost");
    let mut gate = open(&folder, "pool@store-1");
    until(&mut gate, 90, waits);
    let restart = json!({ "verb": "restart", "component": "store", "instance": "store-1" });
    propose(&mut gate, restart, 0.8).unwrap();
    until(&mut gate, 90, |gate| gate.ended().next().is_some());
    drop(gate);
    let (journal, world) = (folder.0.join("journal"), folder.0.join("world.jsonl"));
    let (records, notes) = (std::fs::read(&journal).unwrap(), std::fs::read(&world).unwrap());

    std::fs::remove_file(&journal).unwrap();
    let why = trouble(&folder);
    assert!(why.contains("the journal is gone") && why.contains("--begin-anew"), "{why}");
    assert!(!journal.exists(), "nothing was made");
    let audit = Audit::of_folder(&folder.0).unwrap();
    assert!(audit.problems[0].contains("the journal is gone"), "{audit}");

    std::fs::write(&journal, "").unwrap();
    let why = trouble(&folder);
    assert!(why.contains("proposed for incident 0, of which the journal has no record"), "{why}");
    assert!(!Audit::of_folder(&folder.0).unwrap().problems.is_empty());

    // Cut behind the last record that was there when it was started, with nothing of the others to tell.
    std::fs::write(&journal, &records).unwrap();
    drop(open(&folder, "pool@store-1"));
    let cut = records[..records.len() - 1].iter().rposition(|b| *b == b'\n').unwrap() + 1;
    std::fs::write(&journal, &records[..cut]).unwrap();
    let why = trouble(&folder);
    assert!(why.contains("when the gate was started last"), "{why}");

    // The others are missed as well; a torn note is not.
    std::fs::write(&journal, &records).unwrap();
    std::fs::remove_file(&world).unwrap();
    assert!(trouble(&folder).contains("the world was never told"), "{}", trouble(&folder));
    std::fs::write(&world, [notes.as_slice(), b"{\"at\":"].concat()).unwrap();
    drop(open(&folder, "pool@store-1"));
    assert_eq!(std::fs::read(&world).unwrap(), notes);

    let mut settings = Settings::default();
    settings.begin_anew = true;
    assert_eq!(Gate::open(settings.clone(), &folder.0).unwrap().began_anew(), None, "all fits");
    std::fs::remove_file(&journal).unwrap();
    let gate = Gate::open(settings, &folder.0).unwrap();
    assert!(
        gate.began_anew().is_some_and(|why| why.contains("the journal is gone") && why.contains("before-1"))
    );
    drop(gate);
    assert_eq!(std::fs::read(folder.0.join("before-1/world.jsonl")).unwrap(), notes);
    let audit = Audit::of_folder(&folder.0).unwrap();
    assert!(audit.problems.is_empty() && audit.to_string().contains("NOTE: the gate began anew"), "{audit}");
}

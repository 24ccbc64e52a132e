//! The driver, its log and its executors.

use crate::stand::{at, diagnosis, settings};
use evenkeel_core::{At, FaultKind};
use evenkeel_remedy::action::Key;
use evenkeel_remedy::driver::{CommandExecutor, Driver, DryRun, Journal, JournalError, Log, MemoryLog};
use evenkeel_remedy::executor::{Applied, Executor};
use evenkeel_remedy::machine::{Effect, Record};
use evenkeel_remedy::verb::StandardVerb;
use evenkeel_remedy::{Event, Health, Notice, Outcome, Remediator, Runbook, Sample, Target};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A folder that is gone at the end.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("evenkeel-remedy-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Opens a journal. A program that another test starts may hold the lock for the moment between its fork and
/// its exec.
fn open(path: &Path) -> Result<(Journal<StandardVerb>, Vec<Record<StandardVerb>>), JournalError> {
    for _ in 0..200 {
        match Journal::open(path) {
            Err(JournalError::Io(_)) => std::thread::sleep(Duration::from_millis(5)),
            other => return other,
        }
    }
    Journal::open(path)
}

/// Cures one incident.
fn cure<E: Executor<StandardVerb>, L: Log<StandardVerb>>(
    driver: &mut Driver<Runbook, E, L>,
    incident: u64,
    from: i64,
) -> Vec<Notice<StandardVerb>> {
    let target = Target::instance("store", "store-1");
    let health = At::new(at(from), Health::Failing);
    let mut notices = driver.step(at(from), Event::Health { target, health }).unwrap();
    let opened =
        Event::Opened { incident, symptom: None, diagnosis: diagnosis("store", FaultKind::PoolExhausted) };
    notices.extend(driver.step(at(from), opened).unwrap());
    for second in from + 1..from + 30 {
        let sample = At::new(at(second), Sample::Counts { good: 50, bad: 0 });
        notices.extend(driver.step(at(second), Event::Seen { incident: None, sample }).unwrap());
    }
    notices
}

#[test]
fn a_journal_is_read_back() {
    let folder = Folder::new("journal");
    let path = folder.0.join("log");
    let (journal, records) = open(&path).unwrap();
    assert!(records.is_empty());
    // Its fleet is told at once.
    let settings = || settings().handover(Duration::ZERO);
    let machine = Remediator::recover(settings(), records).unwrap();
    let mut driver = Driver::new(machine, Runbook::standard(), DryRun::new(), journal);
    let notices = cure(&mut driver, 1, 0);
    assert!(notices.iter().any(|n| matches!(n, Notice::Acts { .. })));
    assert_eq!(driver.outcome(1), Some(&Outcome::Recovered));
    assert!(matches!(Journal::<StandardVerb>::open(&path), Err(JournalError::Io(_))), "it is locked");
    let machine = driver.machine().clone();
    drop(driver);

    let (journal, records) = open(&path).unwrap();
    assert_eq!(journal.torn(), 0);
    assert!(Remediator::recover(settings(), records.clone()).unwrap().remembers_like(&machine));
    let again = Remediator::recover(settings(), records.clone()).unwrap();
    assert_eq!(again.next_incident(), 2);
    let mut driver = Driver::new(again, Runbook::standard(), DryRun::new(), journal);
    cure(&mut driver, 2, 100);
    assert_eq!(driver.outcome(2), Some(&Outcome::Recovered));
    drop(driver);

    // A torn last record, at every length.
    let whole = fs::read(&path).unwrap();
    let last = whole[..whole.len() - 1].iter().rposition(|b| *b == b'\n').unwrap() + 1;
    let (_, all) = open(&path).unwrap();
    for end in last..whole.len() {
        fs::write(&path, &whole[..end]).unwrap();
        let (journal, records) = open(&path).unwrap();
        assert_eq!((journal.torn(), records.len()), ((end - last) as u64, all.len() - 1));
        assert_eq!(fs::metadata(&path).unwrap().len(), last as u64);
    }
    // Any bit flipped before that is found, and the file left as it is.
    for i in (0..last).step_by(7) {
        let mut bytes = whole.clone();
        bytes[i] ^= 1 << (i % 7);
        fs::write(&path, &bytes).unwrap();
        match open(&path) {
            Err(JournalError::Corrupt { line, .. }) => {
                let expected = 1 + whole[..i].iter().filter(|b| **b == b'\n').count();
                assert!(line == expected, "byte {i}: line {line}, expected {expected}");
            }
            // The case of a digit of the checksum is no difference.
            Ok((_, records)) => assert_eq!(records, all, "byte {i}"),
            Err(other) => panic!("{other}"),
        }
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
    // A whole line is missing.
    let second = whole.iter().position(|b| *b == b'\n').unwrap() + 1;
    fs::write(&path, &whole[second..]).unwrap();
    let refused = open(&path).unwrap_err().to_string();
    assert!(refused.contains("line 1 (byte 0) is corrupt: number 1, expected 0"), "{refused}");
}

#[test]
fn the_checksum_is_the_usual_one() {
    let folder = Folder::new("checksum");
    let path = folder.0.join("log");
    // CRC-32 of "123456789" is cbf43926: that it is no record is found out only after that.
    fs::write(&path, "cbf43926 123456789\n").unwrap();
    let refused = open(&path).unwrap_err().to_string();
    assert!(!refused.contains("checksum"), "{refused}");
    fs::write(&path, "cbf43927 123456789\n").unwrap();
    let refused = open(&path).unwrap_err().to_string();
    assert!(refused.contains("checksum"), "{refused}");
}

#[test]
fn records_of_another_version_are_refused() {
    let machine = settings().build().unwrap();
    let mut driver = Driver::new(machine, Runbook::standard(), DryRun::new(), MemoryLog::new());
    cure(&mut driver, 1, 0);
    for record in driver.log().records() {
        let text = serde_json::to_string(record).unwrap();
        let again: Record<StandardVerb> = serde_json::from_str(&text).unwrap();
        assert_eq!(again, *record);
        let other = text.replacen("\"version\":1", "\"version\":2", 1);
        assert!(serde_json::from_str::<Record<StandardVerb>>(&other).is_err());
    }
}

/// The lines of a journal of one cured incident, each with its newline.
fn lines(path: &Path) -> Vec<Vec<u8>> {
    let (journal, records) = open(path).unwrap();
    let machine = Remediator::recover(settings(), records).unwrap();
    let mut driver = Driver::new(machine, Runbook::standard(), DryRun::new(), journal);
    cure(&mut driver, 1, 0);
    drop(driver);
    fs::read(path).unwrap().split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect()
}

#[test]
fn a_failed_write_costs_none_of_the_records() {
    let folder = Folder::new("failed-write");
    let path = folder.0.join("log");
    let lines = lines(&path);
    let (_, all) = open(&path).unwrap();
    for torn in 0..lines.len() {
        for length in (0..lines[torn].len()).step_by(5).chain([8, 9, 10, lines[torn].len() - 1]) {
            let piece = &lines[torn][..length];
            // Written again on the same line, on the next, and twice; or followed by what begins like a
            // record.
            for between in [&b""[..], b"\n", b"\n\n", piece, b"\n00000000 {", b"cbf43926 {}"] {
                let mut bytes = lines[..torn].concat();
                bytes.extend([piece, between].concat());
                bytes.extend(lines[torn..].concat());
                fs::write(&path, &bytes).unwrap();
                let (journal, records) = open(&path).unwrap();
                assert_eq!(records, all, "line {torn} torn at {length}, then {between:?}");
                assert_eq!(journal.dropped(), (length + between.len()) as u64);
                assert_eq!(fs::read(&path).unwrap(), bytes, "it is left as it is");
            }
            // It was not written again: what is missing is not passed over.
            if torn + 1 < lines.len() && length > 0 {
                let mut bytes = lines[..torn].concat();
                bytes.extend([piece, b"\n"].concat());
                bytes.extend(lines[torn + 1..].concat());
                fs::write(&path, &bytes).unwrap();
                match open(&path) {
                    Err(JournalError::Corrupt { line, .. }) => assert_eq!(line, torn + 1),
                    // The newline alone was missing.
                    Ok((_, records)) => {
                        assert_eq!((length + 1, records.len()), (lines[torn].len(), all.len()));
                    }
                    Err(other) => panic!("{other}"),
                }
            }
        }
    }
    // And it goes on.
    let mut bytes = lines[0].clone();
    bytes.extend(&lines[1][..20]);
    bytes.extend(lines[1..].concat());
    fs::write(&path, &bytes).unwrap();
    let (journal, records) = open(&path).unwrap();
    let machine = Remediator::recover(settings(), records).unwrap();
    let mut driver = Driver::new(machine, Runbook::standard(), DryRun::new(), journal);
    cure(&mut driver, 2, 100);
    drop(driver);
    assert!(open(&path).unwrap().1.len() > all.len());
}

const FULL: &str = "EVENKEEL_FULL_FOLDER";

/// The child: appends until no more bytes are allowed, and tries again.
#[test]
#[ignore = "a part of `after_a_failed_write_nothing_is_appended`, which runs it"]
fn full_child() {
    let Ok(folder) = std::env::var(FULL) else { return };
    let (mut journal, records) = open(&Path::new(&folder).join("log")).unwrap();
    assert!(records.is_empty());
    let mut machine = settings().build().unwrap();
    for second in 0..100_000 {
        let freeze = Event::Freeze { name: format!("freeze {second}").into(), until: None };
        for effect in machine.step(at(second), freeze) {
            let Effect::Append(record) = effect else { continue };
            let Err(why) = journal.append(&record) else { continue };
            assert_eq!(journal.broken(), Some(why.to_string().as_str()));
            // There is room again, but not for this one: nobody knows what the last line is.
            fs::remove_file(Path::new(&folder).join("room")).unwrap();
            assert!(journal.append(&record).is_err() && journal.sync().is_err());
            fs::write(Path::new(&folder).join("written"), record.sequence().to_string()).unwrap();
            return;
        }
    }
    panic!("there was always room");
}

#[cfg(unix)]
#[test]
fn after_a_failed_write_nothing_is_appended() {
    let folder = Folder::new("full");
    fs::write(folder.0.join("room"), "room").unwrap();
    // A file may have 8 KiB, or 16: then a part of a line is written.
    let script = "trap '' XFSZ; ulimit -f 16; exec \"$@\"";
    let status = std::process::Command::new("sh")
        .args(["-c", script, "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "driver::full_child", "--ignored", "--test-threads=1"])
        .env(FULL, &folder.0)
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "{status}");
    let written: usize = fs::read_to_string(folder.0.join("written")).unwrap().parse().unwrap();
    let path = folder.0.join("log");
    let before = fs::metadata(&path).unwrap().len();
    let (mut journal, records) = open(&path).unwrap();
    assert_eq!(records.len(), written, "every record that was acknowledged is there");
    assert!(journal.torn() > 0 && journal.torn() + fs::metadata(&path).unwrap().len() == before);
    // Opened anew, it goes on.
    let mut machine = Remediator::recover(settings(), records).unwrap();
    for effect in machine.step(at(200_000), Event::Halt { by: "Ada".into() }) {
        if let Effect::Append(record) = effect {
            journal.append(&record).unwrap();
        }
    }
    journal.sync().unwrap();
    drop(journal);
    assert_eq!(open(&path).unwrap().1.len(), written + 1);
}

/// The child: opens a journal in its working folder.
#[test]
#[ignore = "a part of `a_bare_name_is_of_this_folder`, which runs it"]
fn bare_child() {
    if std::env::var(FULL).is_ok() {
        let (mut journal, records) = open(Path::new("bare.log")).unwrap();
        assert!(records.is_empty() && journal.sync().is_ok());
    }
}

#[test]
fn a_bare_name_is_of_this_folder() {
    let folder = Folder::new("bare");
    let status = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "driver::bare_child", "--ignored", "--test-threads=1"])
        .env(FULL, "")
        .current_dir(&folder.0)
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(status.success() && folder.0.join("bare.log").exists());
}

/// A disk that is full after so many records.
struct Full(usize);

impl Log<StandardVerb> for Full {
    fn append(&mut self, _: &Record<StandardVerb>) -> io::Result<()> {
        self.0 = self.0.checked_sub(1).ok_or_else(|| io::Error::other("full"))?;
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn without_a_log_nothing_is_done() {
    // Opened, decided; the intent does not fit any more.
    let mut driver = Driver::new(settings().build().unwrap(), Runbook::standard(), DryRun::new(), Full(2));
    let target = Target::instance("store", "store-1");
    let health = At::new(at(0), Health::Failing);
    driver.step(at(0), Event::Health { target, health }).unwrap();
    let opened =
        Event::Opened { incident: 1, symptom: None, diagnosis: diagnosis("store", FaultKind::PoolExhausted) };
    assert!(driver.step(at(0), opened).is_err());
    assert!(driver.is_broken());
    assert!(driver.executor().done().is_empty());
    assert!(driver.step(at(100), Event::Tick).is_err());
    assert!(driver.executor().done().is_empty());
}

#[cfg(unix)]
fn shell(script: &str) -> CommandExecutor<StandardVerb> {
    CommandExecutor::new("sh").argument("-c").argument(script).argument("remedy")
}

#[cfg(unix)]
#[test]
fn a_program_is_run() {
    let folder = Folder::new("command");
    let file = folder.0.join("orders");
    let script = format!("echo \"$@\" >> {}", file.display());
    let machine = settings().build().unwrap();
    let mut driver = Driver::new(machine, Runbook::standard(), shell(&script), MemoryLog::new());
    cure(&mut driver, 1, 0);
    assert_eq!(driver.outcome(1), Some(&Outcome::Recovered));
    let _ = driver.executor_mut().probe(Key { incident: 7, step: 1, attempt: 2 });
    assert_eq!(fs::read_to_string(&file).unwrap(), "apply 1.0.0 0 restart store store-1\nprobe 7.1.2\n");
}

#[cfg(unix)]
#[test]
fn the_exit_status_says_what_became_of_it() {
    let key = Key { incident: 1, step: 0, attempt: 0 };
    let probe = |script: &str| shell(script).timeout(Duration::from_millis(300)).probe(key);
    assert_eq!(probe("exit 0"), Applied::Done);
    assert_eq!(probe("echo it broke >&2; exit 1"), Applied::Failed { why: "it broke".into() });
    assert!(matches!(probe("exit 2"), Applied::Absent { .. }));
    assert_eq!(probe("exit 3"), Applied::Running);
    assert_eq!(probe("exit 77"), Applied::Unknown);
    assert_eq!(probe("kill -9 $$"), Applied::Unknown);
    assert_eq!(probe("exec sleep 20"), Applied::Unknown);
    // Complaints without end do not block it.
    assert_eq!(probe("head -c 1000000 /dev/zero >&2; exit 0"), Applied::Done);
    // What cannot be asked is not known.
    assert_eq!(CommandExecutor::<StandardVerb>::new("/no/such/program").probe(key), Applied::Unknown);
}

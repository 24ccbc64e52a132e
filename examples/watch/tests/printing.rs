use evenkeel_watch::printing::{CLOSED, is_closed};
use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;

/// An example of this package, which `cargo test` builds with the tests.
fn example(name: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let folder = tests.parent().unwrap().parent().unwrap().join("examples");
    folder.join(name).with_extension(std::env::consts::EXE_EXTENSION)
}

#[test]
fn a_closed_pipe_is_told_from_other_errors() {
    let (reader, mut writer) = std::io::pipe().unwrap();
    drop(reader);
    let closed: Box<dyn Error> = writeln!(writer, "nobody reads this").unwrap_err().into();
    assert!(is_closed(&*closed));
    let missing: Box<dyn Error> = std::fs::read("no such file").unwrap_err().into();
    assert!(!is_closed(&*missing));
    assert!(!is_closed(&*Box::<dyn Error>::from("broken pipe")));
}

#[test]
fn programs_end_quietly_when_nobody_reads() {
    for (name, arguments) in [("watch", &["--help"][..]), ("backtest", &[]), ("replay", &[])] {
        let program = example(name);
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ended = Command::new(&program)
            .args(arguments)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdout(writer)
            .output()
            .unwrap_or_else(|why| panic!("{}: {why}; `cargo build --examples` builds it", program.display()));
        let complaint = String::from_utf8_lossy(&ended.stderr);
        assert_eq!((ended.status.code(), &*complaint), (Some(i32::from(CLOSED)), ""), "{name}");
    }
}

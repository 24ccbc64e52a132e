//! HAProxy: statistics, states of servers, the process.

use crate::captures;
use evenkeel_ingest::haproxy::{ServerRow, ServerState, Status, process, server_states, statistics};
use evenkeel_ingest::{Error, Limits};
use proptest::prelude::*;

fn rows(text: &str) -> Vec<ServerRow> {
    statistics(text, &Limits::default()).unwrap()
}

fn reference(file: &str) -> String {
    String::from_utf8(captures::reference(file)).unwrap()
}

#[test]
fn reference_statistics_are_read() {
    let text = reference("haproxy_stat.csv");
    let rows = rows(&text);
    let header: Vec<_> = text.lines().next().unwrap().trim_start_matches("# ").split(',').collect();
    assert_eq!(rows.len(), text.lines().filter(|line| !line.is_empty()).count() - 1);
    // Nothing here is quoted, so that a plain reading gives the same.
    for (row, line) in rows.iter().zip(text.lines().skip(1)) {
        let plain = header.iter().zip(line.split(',')).filter(|pair| !pair.1.is_empty());
        let plain: Vec<_> = plain.map(|(name, value)| (*name, value)).collect();
        assert_eq!(row.iter().collect::<Vec<_>>(), plain);
        let known = matches!(row.status(), Status::Up | Status::Down | Status::Open);
        assert!(known || row.status() != Status::Other, "{:?}", row.get("status"));
        assert_eq!(row.is_server(), !matches!(row.server(), "FRONTEND" | "BACKEND"));
    }
}

#[test]
fn reference_states_are_read() {
    let mut texts = vec![reference("haproxy_servers_state.txt")];
    let transcript: serde_json::Value =
        serde_json::from_slice(&captures::reference("haproxy_admin_transcript.json")).unwrap();
    let steps = transcript.as_array().unwrap().iter();
    let states = steps.filter(|step| step["command"].as_str().unwrap().starts_with("show servers state"));
    texts.extend(states.map(|step| step["reply"].as_str().unwrap().to_owned()));
    for text in texts {
        let states = server_states(&text, &Limits::default()).unwrap();
        let plain: Vec<Vec<&str>> = text
            .lines()
            .skip(2)
            .filter(|line| !line.is_empty())
            .map(|line| line.split(' ').collect())
            .collect();
        assert_eq!(states.len(), plain.len());
        for (state, plain) in states.iter().zip(plain) {
            assert_eq!([&state.backend, &state.server, &state.address], [plain[1], plain[3], plain[4]]);
            let numbers = [state.operation.to_string(), state.admin.to_string(), state.weight.to_string()];
            assert_eq!(numbers, [plain[5], plain[6], plain[7]]);
        }
    }
}

#[test]
fn captured_servers_in_every_state() {
    let rows = rows(&captures::text("haproxy/show-stat-mixed.csv"));
    let row = |name: &str| rows.iter().find(|row| row.server() == name).unwrap();
    assert_eq!((row("s1").status(), row("s1").reason()), (Status::Drain, None));
    // Up with a weight of 0: no traffic.
    assert_eq!((row("s2").status(), row("s2").takes_traffic()), (Status::Up, false));
    assert_eq!((row("s3").status(), row("s3").takes_traffic()), (Status::NoCheck, true));
    assert_eq!((row("s5").status(), row("s5").reason()), (Status::Drain, Some("agent")));
    assert_eq!((row("s6").status(), row("s6").reason()), (Status::Maintenance, Some("via be/s4")));
    assert_eq!(row("s8").reason(), Some("resolution"));
    assert_eq!((row("c1").status(), row("c1").progress()), (Status::Down, Some((1, 2))));
    assert_eq!(row("FRONTEND").status(), Status::Open);
    assert!(row("s1").passed_check() && !row("s3").passed_check());
    // A drain shows in the states, also of what is down; the weight of a drained server stays.
    let states =
        server_states(&captures::text("haproxy/show-servers-state-mixed.txt"), &Limits::default()).unwrap();
    let named = |test: fn(&ServerState) -> bool| -> Vec<String> {
        states.iter().filter(|state| test(state)).map(|state| state.server.clone()).collect()
    };
    assert_eq!(named(ServerState::is_drained), ["s1", "s5"]);
    assert_eq!(named(ServerState::is_in_maintenance), ["s4", "s6", "s7", "s8", "s9"]);
    assert_eq!(states[0].weight, 100);
}

#[test]
fn captured_rows_of_other_versions() {
    for file in captures::files("haproxy", ".csv") {
        let rows = statistics(&captures::text(&file), &Limits::default())
            .unwrap_or_else(|why| panic!("{file}: {why}"));
        assert!(rows.iter().all(|row| !row.proxy().is_empty() && !row.server().is_empty()), "{file}");
    }
    let down = &rows(&captures::text("haproxy/show-stat-agent-down.csv"))[0];
    assert_eq!(
        (down.status(), down.reason(), down.get("last_agt")),
        (Status::Down, Some("agent"), Some("via agent : fail (demo reason)"))
    );
}

#[test]
fn a_check_in_flight_has_not_passed() {
    let row = |status: &str| {
        rows(&format!("# pxname,svname,status,check_status,\nb,s,UP,{status},\n"))[0].passed_check()
    };
    assert!(row("L7OK") && row("L4OK") && row("L6OK"));
    assert!(!row("* L7OK") && !row("L7STS") && !row("") && !row("INI"));
}

#[test]
fn captured_process() {
    let found = process(&captures::text("haproxy/show-info.txt")).unwrap();
    assert_eq!(found.pid, 21_131);
    assert_eq!(found.start.unwrap().as_seconds(), 1_795_956_549);
    assert!(matches!(process("Uptime: 5\n"), Err(Error::Malformed { .. })));
    assert!(matches!(process("Name: x\nPid: y\n"), Err(Error::Malformed { line: 2, .. })));
}

#[test]
fn quotes_and_wrong_tables() {
    let quoted = rows("# pxname,svname,status,last_chk,\nb,s,UP,\"a, \"\"b\"\"\",\n");
    assert_eq!(quoted[0].get("last_chk"), Some("a, \"b\""));
    let limits = Limits::default();
    for (text, line) in [
        ("", 1),
        ("pxname,svname,status\n", 1),
        ("# pxname,svname\n", 1),
        ("# pxname,svname,status,\nb,s,\n", 2),
        ("# pxname,svname,status,\nb,s,UP,x,\n", 2),
        ("# pxname,svname,status,\nb,s,\"UP,\n", 2),
        ("# pxname,svname,status,\nb,\"s\"x,UP,\n", 2),
    ] {
        assert!(
            matches!(statistics(text, &limits), Err(Error::Malformed { line: at, .. }) if at == line),
            "{text}"
        );
    }
    let good = captures::text("haproxy/show-servers-state-mixed.txt");
    assert!(matches!(server_states(&good.replacen('1', "2", 1), &limits), Err(Error::Unsupported { .. })));
    assert!(matches!(
        server_states(&good.replace("srv_name", "name"), &limits),
        Err(Error::Malformed { line: 2, .. })
    ));
    assert!(matches!(
        server_states(&good.replacen("s1 127.0.0.1 2", "s1 127.0.0.1 9", 1), &limits),
        Err(Error::Malformed { line: 3, column: 6, .. })
    ));
    assert!(server_states("1\n# x\n", &limits).is_err() && server_states("", &limits).is_err());
}

proptest! {
    #[test]
    fn anything_does_no_harm(text in "[ -~\n]{0,200}", at in 0usize..2000, cut in 0usize..6000) {
        let limits = Limits::default();
        for mut body in [captures::text("haproxy/show-stat-mixed.csv"), captures::text("haproxy/show-servers-state-mixed.txt")] {
            body.truncate(cut);
            body.insert_str(at.min(body.len()), &text);
            let _ = (statistics(&body, &limits), server_states(&body, &limits), process(&body));
        }
    }
}

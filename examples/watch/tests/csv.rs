use evenkeel::prelude::{Error, Timestamp};
use evenkeel_watch::csv::read;

fn times(text: &str) -> Vec<String> {
    read(text.as_bytes()).unwrap().iter().map(|s| s.time.to_string()).collect()
}

#[test]
fn every_way_to_write_a_time() {
    for text in [
        "2014-02-14 14:30:00,1",
        "2014-02-14T14:30:00,1",
        "2014-02-14T14:30:00Z,1",
        "2014-02-14T15:30:00+01:00,1",
        "1392388200,1",
        "1392388200.0,1",
        "1392388200000,1",
        "timestamp,value\n2014-02-14 14:30:00,1",
        "\u{feff}timestamp,value\r\n2014-02-14 14:30:00 , 1\r\n",
        "time,value,label\n1392388200,1,0\n",
        "\"2014-02-14 14:30:00\",\"1\"",
    ] {
        assert_eq!(times(text), ["2014-02-14T14:30:00Z"], "{text}");
    }
    assert_eq!(times("2014-02-14 14:30:00.25,1"), ["2014-02-14T14:30:00.250Z"]);
    assert_eq!(times("1392388200.5,1\n1392388200500,1"), ["2014-02-14T14:30:00.500Z"; 2]);
    assert_eq!(times("-1,1"), ["1969-12-31T23:59:59Z"]);
}

#[test]
fn values_and_what_is_missing() {
    let samples = read("0,1.5\n60,\n120,NaN\n180,null\n240,-2e3\n60,7\n".as_bytes()).unwrap();
    let values: Vec<String> = samples.iter().map(|s| s.value.to_string()).collect();
    assert_eq!(values, ["1.5", "NaN", "NaN", "NaN", "-2000", "7"]);
    assert_eq!(samples[5].time, Timestamp::from_seconds(60), "order and repetition are kept");
}

#[test]
fn errors_name_the_line() {
    for (text, at, word) in [
        ("", (0, 0), "no sample"),
        ("timestamp,value\n", (1, 0), "no sample"),
        ("0,1\n60,abc\n", (2, 2), "`abc`"),
        ("0,1\nnoon,2\n", (2, 1), "`noon`"),
        ("0,1\n\n\n2014-13-01 00:00:00,2\n", (4, 1), "`2014-13-01 00:00:00`"),
        ("0,1\n60\n", (2, 2), "found 1 field"),
        ("0,1\ninf,2\n", (2, 1), "`inf`"),
        ("0,1\n1e300,2\n", (2, 1), "`1e300`"),
        ("timestamp,value\ntimestamp,value\n", (2, 1), "`timestamp`"),
    ] {
        let refused = read(text.as_bytes()).unwrap_err();
        let Error::Parse { line, column, what } = &refused else { panic!("{refused:?}") };
        assert_eq!((*line, *column), at, "{text:?}: {refused}");
        assert!(what.contains(word), "{text:?}: {what}");
    }
    let refused = read(&b"0,1\n60,\xff\xfe\n"[..]).unwrap_err().to_string();
    assert!(refused.starts_with("line 2, column 2"), "{refused}");
    let long = format!("0,1\n{},2\n", "x".repeat(1_000_000));
    assert!(
        read(long.as_bytes()).unwrap_err().to_string().len() < 200,
        "a hostile field is not echoed whole"
    );
}

//! Hostile files.

use crate::folder::{Folder, gzip};
use evenkeel_eval::read::{find, table, text};

#[test]
fn plain_and_compressed_read_the_same() {
    let folder = Folder::new();
    let plain = folder.write("a.csv", "x\n1\n");
    folder.write("b.csv.gz", gzip("x\n1\n"));
    assert_eq!(text(&plain).unwrap(), text(&folder.path().join("b.csv")).unwrap());
    assert_eq!(find(&folder.path().join("c.csv")), None);
}

#[test]
fn what_cannot_be_read_is_said() {
    let folder = Folder::new();
    let whole = gzip(&"1,2,3\n".repeat(10_000));
    folder.write("cut.csv.gz", &whole[..whole.len() / 2]);
    folder.write("no.csv.gz", "not compressed at all");
    folder.write("empty.csv.gz", "");
    let latin = folder.write("latin.csv", b"gr\xf6\xdfe\n1\n");
    for name in ["cut.csv", "no.csv", "empty.csv", "gone.csv"] {
        let why = text(&folder.path().join(name)).unwrap_err();
        assert!(why.contains(name), "{why}");
    }
    assert!(text(&latin).is_err());
    assert!(text(folder.path()).is_err());
}

#[test]
fn a_table_has_numbers_and_gaps() {
    let read = table("time, a,b\n0,1.5,\n1,NaN,-2e3\n2,inf,null\n").unwrap();
    assert_eq!((read.names.join(" ").as_str(), read.rows()), ("time a b", 3));
    let a = read.column("a").unwrap();
    assert!(a[0] == 1.5 && a[1].is_nan() && a[2].is_nan());
    let b = read.column("b").unwrap();
    assert!(b[0].is_nan() && b[1] == -2000.0 && b[2].is_nan());
    assert_eq!(read.column("c"), None);
}

#[test]
fn a_table_that_is_none_is_refused_with_the_place() {
    for (text, part) in [
        ("a,b\n1,2\n1,2,3\n", "line: 3"),
        ("a,b\n1,2\n1\n", "line: 3"),
        ("a,b\n1,2\n3,four\n", "line 3, column b: \"four\""),
        ("a,a\n1,2\n", "column a comes twice"),
    ] {
        let why = table(text).unwrap_err();
        assert!(why.contains(part), "{why}");
    }
    assert_eq!(table("").unwrap().rows(), 0);
    assert_eq!(table("a,b\n").unwrap().rows(), 0);
}

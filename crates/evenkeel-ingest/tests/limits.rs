//! What is beyond a limit is refused, never cut off.

use evenkeel_ingest::exposition::Parser;
use evenkeel_ingest::{Error, Limits};

#[test]
fn a_page_beyond_a_limit_is_refused() {
    let page = b"a{x=\"1\",y=\"2\"} 1\nb 2\n";
    let with = |set: fn(&mut Limits)| {
        let mut limits = Limits::default();
        set(&mut limits);
        Parser::text().limits(limits).parse(page)
    };
    assert!(with(|_| {}).is_ok());
    for set in [(|l| l.body = 10) as fn(&mut Limits), |l| l.points = 1, |l| l.labels = 2, |l| l.line = 10] {
        let refused = with(set).unwrap_err();
        assert!(matches!(refused, Error::TooLarge { .. }) && refused.status() == 413, "{refused}");
    }
}

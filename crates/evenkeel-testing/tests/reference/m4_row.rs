//! The private reader of M4.

use super::folder::m4_row;

#[test]
fn a_row_of_m4_ends_where_its_values_end() {
    let text = "\"V1\",\"V2\",\"V3\",\"V4\"\n\"H1\",\"605\",\"586.5\",\"\"\n\"H10\",\"1\",\"2\",\"3\"\n";
    assert_eq!(m4_row(text, "H1"), Some(vec![605.0, 586.5]));
    assert_eq!(m4_row(text, "H10"), Some(vec![1.0, 2.0, 3.0]));
    assert_eq!(m4_row(text, "H2"), None);
}

mod gaps;
mod m4_row;
mod reference;

// The files of `src` whose private parts are tested.
#[expect(dead_code, unreachable_pub, reason = "only what the tests look at is used here")]
#[path = "../../src/reference/folder.rs"]
mod folder;
#[expect(dead_code, unreachable_pub, reason = "only what the tests look at is used here")]
#[path = "../../src/reference/number.rs"]
mod number;
#[expect(dead_code, unreachable_pub, reason = "only what the tests look at is used here")]
#[path = "../../src/reference/unmatched.rs"]
mod unmatched;

use number::Number;

//! Has the library take its locks from `shuttle`.

fn main() {
    println!("cargo::rustc-cfg=shuttle");
}

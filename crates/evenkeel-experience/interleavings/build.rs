//! Has the library take its locks and atomics from `shuttle`.

fn main() {
    println!("cargo::rustc-cfg=shuttle");
}

#[test]
fn runs() {
    let x: Option<u8> = Some(1);
    x.unwrap();
}

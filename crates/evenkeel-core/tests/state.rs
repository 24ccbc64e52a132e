use evenkeel_core::{Error, Snapshot, restore};

evenkeel_core::state! {
    #[derive(Debug, Clone, PartialEq)]
    struct Inner("Inner@3") {
        low: f64,
        high: f64,
    }
}

impl Inner {
    fn validate(&self) -> Result<(), Error> {
        Error::require(self.low <= self.high, "low", "at most high", self.low)
    }
}

evenkeel_core::state! {
    #[derive(Debug, Clone, PartialEq)]
    struct Outer(format!("Outer@1<{}>", Inner::schema())) {
        inner: Vec<Inner>,
        last: Option<(u64, f64)>,
    }
}

impl Outer {
    fn validate(&self) -> Result<(), Error> {
        Ok(())
    }
}

fn read(text: &str) -> Result<Outer, String> {
    restore(&mut serde_json::Deserializer::from_str(text))
        .map_err(|error: serde_json::Error| error.to_string())
}

#[test]
fn states_nest_and_each_is_checked() {
    let outer = Outer { inner: vec![Inner { low: f64::NEG_INFINITY, high: 1.5 }], last: Some((3, 0.1)) };
    let text = serde_json::to_string(&outer.snapshot()).unwrap();
    assert_eq!(text, r#"["Outer@1<Inner@3>",{"inner":[{"low":"-inf","high":"1.5"}],"last":[3,"0.1"]}]"#);
    assert_eq!(read(&text).unwrap(), outer);
    let refused = read(&text.replace("-inf", "2.5")).unwrap_err();
    assert!(refused.contains("low must be at most high"), "{refused}");
}

#[test]
fn a_field_that_is_unknown_or_absent_is_refused() {
    let schema = Outer::schema();
    let unknown = format!(r#"["{schema}",{{"inner":[],"last":null,"more":1}}]"#);
    assert!(read(&unknown).unwrap_err().contains("unknown field `more`"));
    let absent = format!(r#"["{schema}",{{"inner":[]}}]"#);
    assert!(read(&absent).unwrap_err().contains("missing field `last`"));
}

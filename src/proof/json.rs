//! Canonical JSON (RFC 8785), restricted to what we write: no number but integers within ±2⁵³.
//!
//! One value has one writing, so its bytes can be hashed and signed.

use serde_json::Value;

use crate::proof::error::Malformed;

/// The largest magnitude of an integer that every reader of JSON keeps exact: 2⁵³.
pub(super) const EXACT: u64 = 1 << 53;

/// How deep values may be nested.
const DEPTH: usize = 64;

const WHAT: &str = "canonical JSON";

/// Writes a value canonically: members sorted by their names' UTF-16, no white space, the fewest escapes.
///
/// # Errors
/// The value holds a number that is no integer within ±2⁵³, or is nested too deep.
pub fn to_canonical(value: &Value) -> Result<String, Malformed> {
    let mut text = String::new();
    write(value, DEPTH, &mut text)?;
    Ok(text)
}

/// Reads bytes that must be canonical: what is written again differently is refused.
pub fn from_canonical(bytes: &[u8]) -> Result<Value, Malformed> {
    let value: Value = serde_json::from_slice(bytes).map_err(|_| Malformed::new(WHAT, "it does not parse"))?;
    if to_canonical(&value)?.as_bytes() == bytes {
        Ok(value)
    } else {
        Err(Malformed::new(WHAT, "it is written otherwise"))
    }
}

/// Writes a string in its quotes (RFC 8785, 3.2.2.2).
pub fn write_string(value: &str, text: &mut String) {
    use std::fmt::Write as _;
    text.push('"');
    for c in value.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\u{8}' => text.push_str("\\b"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\u{c}' => text.push_str("\\f"),
            '\r' => text.push_str("\\r"),
            '\0'..'\u{20}' => {
                // Writing into a String cannot fail.
                let _ = write!(text, "\\u{:04x}", u32::from(c));
            }
            _ => text.push(c),
        }
    }
    text.push('"');
}

fn write(value: &Value, depth: usize, text: &mut String) -> Result<(), Malformed> {
    let deeper = depth.checked_sub(1).ok_or(Malformed::new(WHAT, "it is nested too deep"))?;
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => {
            let is_exact = number.as_i64().is_some_and(|integer| integer.unsigned_abs() <= EXACT);
            if !is_exact {
                return Err(Malformed::new(WHAT, "a number is no integer within 2^53"));
            }
            text.push_str(&number.to_string());
        }
        Value::String(value) => write_string(value, text),
        Value::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                text.push_str(if at == 0 { "" } else { "," });
                write(item, deeper, text)?;
            }
            text.push(']');
        }
        Value::Object(members) => {
            let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
            sorted.sort_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
            text.push('{');
            for (at, (name, value)) in sorted.into_iter().enumerate() {
                text.push_str(if at == 0 { "" } else { "," });
                write_string(name, text);
                text.push(':');
                write(value, deeper, text)?;
            }
            text.push('}');
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn members_are_sorted_by_utf_16_and_strings_escape_the_least() {
        // RFC 8785, 3.2.3.
        let value = json!({
            "\u{20ac}": "Euro Sign", "\r": "Carriage Return", "\u{fb33}": "Hebrew Letter Dalet With Dagesh",
            "1": "One", "\u{1f600}": "Emoji: Grinning Face", "\u{80}": "Control", "\u{f6}": "Latin Small Letter O With Diaeresis",
        });
        let text = to_canonical(&value).unwrap();
        let found: Vec<usize> = ["Carriage", "One", "Control", "Latin", "Euro", "Emoji", "Hebrew"]
            .iter()
            .map(|word| text.find(word).unwrap())
            .collect();
        assert!(found.is_sorted(), "{text}");
        // RFC 8785, 3.2.2.2 and 3.2.2.
        let value = json!({"string": "\u{20ac}$\u{f}\nA'B\"\\\\\"/", "literals": [null, true, false]});
        assert_eq!(
            to_canonical(&value).unwrap(),
            r#"{"literals":[null,true,false],"string":"€$\u000f\nA'B\"\\\\\"/"}"#
        );
    }

    #[test]
    fn only_exact_integers_are_numbers() {
        assert_eq!(to_canonical(&json!([9_007_199_254_740_992_u64, -9_007_199_254_740_992_i64, 0])).unwrap().len(), 38);
        for wrong in [json!(9_007_199_254_740_993_u64), json!(u64::MAX), json!(1.5), json!(1.0), json!(i64::MIN)] {
            assert!(to_canonical(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn other_writings_of_the_same_value_are_refused() {
        assert!(from_canonical(br#"{"a":1,"b":"x"}"#).is_ok());
        for wrong in [
            r#"{"b":"x","a":1}"#,
            r#"{"a": 1,"b":"x"}"#,
            r#"{"a":1,"b":"\u0078"}"#,
            r#"{"a":1,"a":1}"#,
            r#"{"a":1.0}"#,
            r#"{"a":1e0}"#,
            r#"{"a":-0}"#,
            "{\"a\":1}\n",
            "{",
            "",
            "\u{feff}{}",
        ] {
            assert!(from_canonical(wrong.as_bytes()).is_err(), "{wrong}");
        }
        assert!(from_canonical(&[b'"', 0xff, b'"']).is_err());
        assert!(from_canonical("[".repeat(100_000).as_bytes()).is_err());
        let deep = format!("{}{}", "[".repeat(65), "]".repeat(65));
        assert!(from_canonical(deep.as_bytes()).is_err());
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-(1_i64 << 53)..=1 << 53).prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(value in value()) {
            prop_assert_eq!(from_canonical(to_canonical(&value).unwrap().as_bytes()).unwrap(), value);
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = from_canonical(&bytes);
        }
    }
}

//! What is wrong with bytes that claim to be a proof. `Err` of a proof's parser says nothing about our own house.

/// The bytes are not what they claim to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not {what}: {why}")]
pub struct Malformed {
    /// What was expected, with its article.
    pub what: &'static str,
    /// What is wrong.
    pub why: &'static str,
}

impl Malformed {
    /// Says why something is not what it claims to be.
    pub const fn new(what: &'static str, why: &'static str) -> Self {
        Self { what, why }
    }
}

/// Reads a decimal number as C2SP writes them: ASCII digits without leading zeros, below 2⁶³.
pub(super) fn decimal(text: &str) -> Option<u64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|number: &u64| is_plain && i64::try_from(*number).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_way_to_be_written() {
        assert_eq!(decimal("0"), Some(0));
        assert_eq!(decimal("20852163"), Some(20_852_163));
        assert_eq!(decimal("9223372036854775807"), Some(9_223_372_036_854_775_807));
        for wrong in ["", "00", "01", "+1", "-1", " 1", "1 ", "1e3", "9223372036854775808", "99999999999999999999", "١"]
        {
            assert_eq!(decimal(wrong), None, "{wrong}");
        }
    }
}

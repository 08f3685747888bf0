//! Numbers, ages and times as they stand on the screen.
//!
//! Money, prices and quantities stay decimals all the way to text. Nothing here
//! knows a place on the screen; a text is at most a few dozen bytes and mostly
//! held inline. Unknown is the caller's to say: every function takes a value.

use std::fmt::Write as _;
use std::time::Duration;

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use smol_str::{SmolStr, SmolStrBuilder};

use crate::domain::{Money, Price, Quantity, Rate, Timestamp};

/// Whether a plus is written before numbers above zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// Only a minus.
    Minus,
    /// A plus too: changes and profit.
    Both,
}

/// Returns a decimal with exactly `places` decimals and its thousands parted by commas.
pub fn decimal(value: Decimal, places: u32, sign: Sign) -> SmolStr {
    // The decimal type writes at most 30 digits; nothing on a screen needs a third of that.
    let places = places
        .min(28)
        .min(28u32.saturating_sub(digits_before_point(value)));
    let rounded = value.round_dp_with_strategy(places, RoundingStrategy::MidpointNearestEven);
    let mut plain = Digits::default();
    let size = rounded.abs();
    // The buffer holds the widest decimal there is.
    let _ = write!(plain, "{size:.0$}", places as usize);
    let text = plain.as_str();
    let whole = text.split('.').next().unwrap_or("");
    let mut out = SmolStrBuilder::new();
    if rounded < Decimal::ZERO {
        out.push('-');
    } else if sign == Sign::Both && !rounded.is_zero() {
        out.push('+');
    }
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out.push_str(text.get(whole.len()..).unwrap_or(""));
    out.finish()
}

/// Returns how many digits stand before the point beyond the first.
fn digits_before_point(value: Decimal) -> u32 {
    let whole = value.trunc().mantissa().unsigned_abs();
    whole.checked_ilog10().unwrap_or(0)
}

/// Room for the digits of any decimal.
#[derive(Debug)]
struct Digits {
    bytes: [u8; 72],
    len: usize,
}

impl Default for Digits {
    fn default() -> Self {
        Self {
            bytes: [0; 72],
            len: 0,
        }
    }
}

impl Digits {
    fn as_str(&self) -> &str {
        let held = self.bytes.get(..self.len).unwrap_or(&[]);
        std::str::from_utf8(held).unwrap_or("")
    }
}

impl std::fmt::Write for Digits {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let end = self.len + text.len();
        let room = self.bytes.get_mut(self.len..end).ok_or(std::fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

/// Returns a price with the instrument's own decimals.
pub fn price(value: Price, decimals: u32) -> SmolStr {
    decimal(value.decimal(), decimals, Sign::Minus)
}

/// Returns a quantity with as many decimals as it needs.
pub fn quantity(value: Quantity) -> SmolStr {
    let value = value.decimal().normalize();
    decimal(value, value.scale(), Sign::Minus)
}

/// Returns an amount of money to the cent.
pub fn money(value: Money) -> SmolStr {
    decimal(value.decimal(), 2, Sign::Minus)
}

/// Returns a profit or loss to the cent, its sign always written.
pub fn profit(value: Money) -> SmolStr {
    decimal(value.decimal(), 2, Sign::Both)
}

/// Returns an amount in at most seven columns: `1.004M`, `25.00k`, `812.50`.
pub fn compact(value: Money) -> SmolStr {
    let size = value.decimal().abs();
    let steps: [(i64, &str); 4] = [
        (1_000_000_000_000, "T"),
        (1_000_000_000, "B"),
        (1_000_000, "M"),
        (10_000, "k"),
    ];
    for (at, (least, unit)) in steps.into_iter().enumerate() {
        if size < Decimal::from(least) {
            continue;
        }
        let unit_size = if unit == "k" { 1000 } else { least };
        let scaled = value.decimal().checked_div(Decimal::from(unit_size));
        let scaled = scaled.unwrap_or_default();
        let places = match scaled.abs().trunc() {
            n if n >= Decimal::from(100) => 1,
            n if n >= Decimal::from(10) => 2,
            _ => 3,
        };
        // What rounds up to a thousand is one of the next unit.
        let rounded = scaled.round_dp(places).abs();
        let above = at.checked_sub(1).and_then(|above| steps.get(above));
        let mut out = SmolStrBuilder::new();
        if let Some((_, unit)) = above.filter(|_| rounded >= Decimal::ONE_THOUSAND) {
            let below = scaled < Decimal::ZERO;
            out.push_str(if below { "-1.000" } else { "1.000" });
            out.push_str(unit);
        } else {
            out.push_str(&decimal(scaled, places, Sign::Minus));
            out.push_str(unit);
        }
        return out.finish();
    }
    money(value)
}

/// Returns a ratio as a percentage, `0.0042` as `+0.42%`.
pub fn percent(ratio: Rate, places: u32, sign: Sign) -> SmolStr {
    let value = ratio.decimal().saturating_mul(Decimal::ONE_HUNDRED);
    let mut out = SmolStrBuilder::new();
    out.push_str(&decimal(value, places, sign));
    out.push('%');
    out.finish()
}

/// Returns a plain ratio as a percentage, or nothing when it is not a number.
///
/// For ratios of charts and limits, which are binary floats; money never is.
pub fn percent_of(ratio: f64, places: u32, sign: Sign) -> Option<SmolStr> {
    if !ratio.is_finite() || ratio.abs() > 1e9 {
        return None;
    }
    let value = rounded(ratio * 100.0, places)?;
    let mut out = SmolStrBuilder::new();
    out.push_str(&decimal(value, places, sign));
    out.push('%');
    Some(out.finish())
}

/// Returns a chart's value with `places` decimals; nothing when it is not a number.
pub fn charted(value: f64, places: u32) -> Option<SmolStr> {
    Some(decimal(rounded(value, places)?, places, Sign::Minus))
}

/// Returns a binary number to so many decimals.
fn rounded(value: f64, places: u32) -> Option<Decimal> {
    let scaled = value * 10f64.powi(i32::try_from(places).ok()?);
    let near_half = ((scaled - scaled.trunc()).abs() - 0.5).abs() < 1e-3;
    match scaled.round().to_i64() {
        // Usual figures need not be made exact first; between two neighbours the exact value decides.
        Some(whole) if !near_half && scaled.abs() < 1e12 => Some(Decimal::new(whole, places)),
        _ => Decimal::try_from(value).ok(),
    }
}

/// Returns a chart's count in few columns: `812`, `1.24M`.
pub fn charted_count(value: f64) -> SmolStr {
    let (scaled, unit, places) = match value.abs() {
        n if n >= 1e9 => (value / 1e9, "B", 2),
        n if n >= 1e6 => (value / 1e6, "M", 2),
        n if n >= 1e4 => (value / 1e3, "k", 1),
        _ => (value, "", 0),
    };
    let mut out = SmolStrBuilder::new();
    out.push_str(&charted(scaled, places).unwrap_or_default());
    out.push_str(unit);
    out.finish()
}

/// Returns an age in at most four columns, coarse as it grows: `0.4s`, `42s`, `3m`, `2h`, `5d`.
pub fn age(age: Duration) -> SmolStr {
    let seconds = age.as_secs();
    let mut out = SmolStrBuilder::new();
    // At most 24 digits and a letter: writing into a string cannot fail.
    let _ = match seconds {
        0..10 => write!(out, "{}.{}s", seconds, age.subsec_millis() / 100),
        10..100 => write!(out, "{seconds}s"),
        100..6000 => write!(out, "{}m", seconds / 60),
        6000..172_800 => write!(out, "{}h", seconds / 3600),
        _ => write!(out, "{}d", seconds / 86_400),
    };
    out.finish()
}

/// Returns for how long nothing was heard, in steps that leave a still screen still: `<1m`, `1m`, `2h`, `5d`.
pub fn silence(age: Duration) -> SmolStr {
    if age < SILENCE_STEP {
        return SmolStr::new_static("<1m");
    }
    let minutes = age.as_secs() / 60;
    let mut out = SmolStrBuilder::new();
    // At most 24 digits and a letter: writing into a string cannot fail.
    let _ = match minutes {
        0..100 => write!(out, "{minutes}m"),
        100..2_880 => write!(out, "{}h", minutes / 60),
        _ => write!(out, "{}d", minutes / 1440),
    };
    out.finish()
}

/// Time after which [`silence`] may read differently.
pub const SILENCE_STEP: Duration = Duration::from_mins(1);

/// Returns the time of day, UTC: `17:42:08`.
pub fn clock(at: Timestamp) -> SmolStr {
    let (hour, minute, second) = at.clock();
    let mut out = SmolStrBuilder::new();
    let _ = write!(out, "{hour:02}:{minute:02}:{second:02}");
    out.finish()
}

/// Returns the time of day without seconds, UTC: `17:42`.
pub fn hour_minute(at: Timestamp) -> SmolStr {
    let (hour, minute, _) = at.clock();
    let mut out = SmolStrBuilder::new();
    let _ = write!(out, "{hour:02}:{minute:02}");
    out.finish()
}

/// Returns the day and month, UTC: `05-23`.
pub fn day(at: Timestamp) -> SmolStr {
    let date = at.date();
    let mut out = SmolStrBuilder::new();
    let _ = write!(out, "{:02}-{:02}", date.month(), date.day());
    out.finish()
}

/// Returns a time left in whole seconds, as it is shown.
pub fn seconds_left(left: Duration) -> u64 {
    left.as_millis()
        .div_ceil(1000)
        .try_into()
        .unwrap_or(u64::MAX)
}

/// Returns after how long a time left reads one second less.
pub fn next_second(left: Duration) -> Duration {
    let part = Duration::from_nanos(left.subsec_nanos().into());
    if part.is_zero() {
        Duration::from_secs(1)
    } else {
        part
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_carry_places_signs_and_thousands() {
        let cases = [
            ("1234567.891", 2, Sign::Minus, "1,234,567.89"),
            ("-1234.5", 2, Sign::Minus, "-1,234.50"),
            ("999", 0, Sign::Minus, "999"),
            ("1000", 0, Sign::Both, "+1,000"),
            ("0", 2, Sign::Both, "0.00"),
            ("-0.001", 2, Sign::Both, "0.00"),
            ("0.005", 2, Sign::Minus, "0.00"),
            ("0.015", 2, Sign::Minus, "0.02"),
            ("1.08414", 5, Sign::Minus, "1.08414"),
            ("-123456", 0, Sign::Minus, "-123,456"),
        ];
        for (value, places, sign, expected) in cases {
            assert_eq!(
                decimal(value.parse().unwrap(), places, sign),
                expected,
                "{value}"
            );
        }
        let most = decimal(Money::MOST.decimal(), 2, Sign::Both);
        assert_eq!(most, "+1,000,000,000,000,000,000,000,000,000.0");
        let tail = decimal(
            "0.0000000000000000000000000001".parse().unwrap(),
            28,
            Sign::Minus,
        );
        assert_eq!(tail, "0.0000000000000000000000000001");
    }

    #[test]
    fn amounts_in_few_columns() {
        let cases = [
            ("1004211.30", "1.004M"),
            ("25000", "25.00k"),
            ("999987.52", "1.000M"),
            ("-999999999.9", "-1.000B"),
            ("812.5", "812.50"),
            ("-9999.99", "-9,999.99"),
            ("123456789", "123.5M"),
            ("2500000000", "2.500B"),
            ("0", "0.00"),
        ];
        for (value, expected) in cases {
            assert_eq!(compact(value.parse().unwrap()), expected);
        }
        assert_eq!(quantity("0.85000000".parse().unwrap()), "0.85");
        assert_eq!(quantity("40000".parse().unwrap()), "40,000");
        assert_eq!(percent("0.0042".parse().unwrap(), 2, Sign::Both), "+0.42%");
        assert_eq!(percent_of(-0.0194, 2, Sign::Both).unwrap(), "-1.94%");
        assert_eq!(percent_of(f64::NAN, 2, Sign::Both), None);
        assert_eq!(charted_count(1_240_000.0), "1.24M");
        assert_eq!(charted(189.4, 2).unwrap(), "189.40");
        assert_eq!(charted(f64::INFINITY, 2), None);
    }

    #[test]
    fn ages_grow_coarse() {
        let cases = [
            (0, "0.0s"),
            (430, "0.4s"),
            (9_999, "9.9s"),
            (42_000, "42s"),
            (99_999, "99s"),
            (180_000, "3m"),
            (7_200_000, "2h"),
            (432_000_000, "5d"),
        ];
        for (ms, expected) in cases {
            assert_eq!(age(Duration::from_millis(ms)), expected);
        }
        let at: Timestamp = "2026-05-23T17:42:08Z".parse().unwrap();
        assert_eq!(
            (
                clock(at).as_str(),
                hour_minute(at).as_str(),
                day(at).as_str()
            ),
            ("17:42:08", "17:42", "05-23")
        );
    }
}

//! Numbers in the words of a verdict: short, grouped, and never rounded into saying the opposite.

use std::time::Duration;

use rust_decimal::{Decimal, RoundingStrategy};

use crate::event::{Measure, Unit};

/// The longest name shown in a reason; the code and the ids are in the record in full.
const NAME_MOST: usize = 32;

/// Says a value against its limit: `notional 113,652 > 100,000`, `position 5.7% of 10.0%`.
pub(super) fn measured(what: &str, measure: Option<Measure>, refused: bool) -> String {
    let Some(measure) = measure else {
        return what.to_owned();
    };
    // Enough decimals that a value beyond its limit also reads beyond it.
    let first = u32::from(measure.unit == Unit::NavRatio);
    let (mut value, mut limit) = at(measure, first);
    for decimals in first + 1..=8 {
        if value != limit || measure.value == measure.limit {
            break;
        }
        (value, limit) = at(measure, decimals);
    }
    let relation = match (refused, measure.value < measure.limit) {
        (false, _) => "of",
        (true, false) => ">",
        (true, true) => "<",
    };
    format!("{what} {value} {relation} {limit}")
}

fn at(measure: Measure, decimals: u32) -> (String, String) {
    let text = |number: Decimal| match measure.unit {
        Unit::Usd => grouped_text(&format!(
            "{:.*}",
            places(decimals),
            rounded(number, decimals)
        )),
        Unit::NavRatio => {
            let percent = number.saturating_mul(Decimal::ONE_HUNDRED);
            format!("{:.*}%", places(decimals), rounded(percent, decimals))
        }
        Unit::Ms => {
            let seconds = number.checked_div(Decimal::ONE_THOUSAND).unwrap_or(number);
            format!("{} s", rounded(seconds, decimals + 1).normalize())
        }
        Unit::Units | Unit::Count => grouped(number.normalize()),
        Unit::Bps => format!("{} bps", grouped(number.normalize())),
    };
    (text(measure.value.decimal()), text(measure.limit.decimal()))
}

fn places(decimals: u32) -> usize {
    usize::try_from(decimals).unwrap_or(0)
}

fn rounded(number: Decimal, decimals: u32) -> Decimal {
    number.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero)
}

/// Says a name between words, cut when long.
pub(super) fn named(before: &str, name: &str, after: &str) -> String {
    let mut text = String::with_capacity(before.len() + after.len() + NAME_MOST + 4);
    if !before.is_empty() {
        text.push_str(before);
        text.push(' ');
    }
    text.extend(name.chars().take(NAME_MOST));
    if name.chars().nth(NAME_MOST).is_some() {
        text.push('…');
    }
    if !after.is_empty() {
        text.push(' ');
        text.push_str(after);
    }
    text
}

/// Says two numbers between words: `limit 10.005 is off the tick 0.01`.
pub(super) fn pair(before: &str, a: Decimal, between: &str, b: Decimal) -> String {
    let (a, b) = (grouped(a.normalize()), grouped(b.normalize()));
    format!("{before} {a} {between} {b}")
}

/// Says how long to wait, never too short: `wait 0.4 s`.
pub(super) fn wait(time: Duration) -> String {
    let tenths = time.as_millis().div_ceil(100).max(1);
    format!("wait {}.{} s", tenths / 10, tenths % 10)
}

/// Writes a number with its thousands grouped.
pub(super) fn grouped(number: Decimal) -> String {
    grouped_text(&number.to_string())
}

fn grouped_text(number: &str) -> String {
    let (sign, plain) = number
        .strip_prefix('-')
        .map_or(("", number), |plain| ("-", plain));
    let (whole, part) = plain
        .split_once('.')
        .map_or((plain, None), |(whole, part)| (whole, Some(part)));
    let mut text = String::with_capacity(plain.len() + plain.len() / 3 + 1);
    text.push_str(sign);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(part) = part {
        text.push('.');
        text.push_str(part);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(unit: Unit, value: &str, limit: &str, refused: bool) -> String {
        let measure = Measure {
            unit,
            limit: limit.parse::<Decimal>().unwrap().into(),
            value: value.parse::<Decimal>().unwrap().into(),
        };
        measured("it is", Some(measure), refused)
    }

    #[test]
    fn a_value_reads_as_it_compares() {
        let cases = [
            (
                Unit::Usd,
                "113652.4",
                "100000",
                true,
                "it is 113,652 > 100,000",
            ),
            (
                Unit::Usd,
                "100000.004",
                "100000",
                true,
                "it is 100,000.004 > 100,000.000",
            ),
            (
                Unit::Usd,
                "100000",
                "100000",
                false,
                "it is 100,000 of 100,000",
            ),
            (Unit::NavRatio, "0.17", "0.1", true, "it is 17.0% > 10.0%"),
            (
                Unit::NavRatio,
                "0.1000001",
                "0.1",
                true,
                "it is 10.00001% > 10.00000%",
            ),
            (
                Unit::NavRatio,
                "0.0568",
                "0.10",
                false,
                "it is 5.7% of 10.0%",
            ),
            (Unit::Ms, "7240", "5000", true, "it is 7.2 s > 5 s"),
            (Unit::Units, "-1500.50", "10", true, "it is -1,500.5 < 10"),
        ];
        for (unit, value, limit, refused, expected) in cases {
            assert_eq!(said(unit, value, limit, refused), expected);
        }
    }

    #[test]
    fn names_are_cut_and_numbers_grouped() {
        assert_eq!(
            named("broker", "paper", "is not allowed"),
            "broker paper is not allowed"
        );
        assert_eq!(
            named("x", &"é".repeat(40), "").chars().count(),
            2 + NAME_MOST + 1
        );
        for (number, text) in [
            ("0", "0"),
            ("999", "999"),
            ("1000", "1,000"),
            ("-1234567.5", "-1,234,567.5"),
        ] {
            assert_eq!(grouped(number.parse().unwrap()), text);
        }
    }
}

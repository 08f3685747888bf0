//! Sums, products and comparisons of amounts the short way.
//!
//! A decimal is a whole number, a sign and a scale. Where both numbers fit into 64
//! bits, which amounts of a book nearly always do, reckoning with them is plain
//! whole-number arithmetic and several times faster than the general way, which
//! takes over wherever the short one does not obviously hold. Both give the same
//! number with the same scale; nothing is rounded here.

#![expect(
    clippy::inline_always,
    reason = "a decimal handed on in memory is written in four parts and read as one, which waits for the parts"
)]

use std::cmp::Ordering;

use rust_decimal::Decimal;

/// Ten to the power of the index: what fits into 64 bits.
#[expect(clippy::indexing_slicing, reason = "worked out while compiling")]
const POWERS: [u64; 20] = {
    let mut powers = [1; 20];
    let mut at = 1;
    while at < 20 {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

/// The largest scale of a decimal.
const SCALE_MOST: u32 = 28;

/// Returns ten to a power; none where it does not fit.
#[inline(always)]
fn power(of: u32) -> Option<u64> {
    POWERS.get(usize::try_from(of).ok()?).copied()
}

/// Returns the whole number of a decimal without its sign; none where it does not fit.
#[inline(always)]
fn small(value: Decimal) -> Option<u64> {
    let parts = value.unpack();
    (parts.hi == 0).then_some((u64::from(parts.mid) << 32) | u64::from(parts.lo))
}

/// Returns the whole numbers of both at the larger of their scales, and that scale.
#[inline(always)]
fn aligned(a: Decimal, b: Decimal) -> Option<(u64, u64, u32)> {
    let (x, y) = (small(a)?, small(b)?);
    let (of_x, of_y) = (a.scale(), b.scale());
    match of_x.cmp(&of_y) {
        Ordering::Equal => Some((x, y, of_x)),
        Ordering::Less => Some((x.checked_mul(power(of_y - of_x)?)?, y, of_y)),
        Ordering::Greater => Some((x, y.checked_mul(power(of_x - of_y)?)?, of_x)),
    }
}

/// Puts a whole number, a sign and a scale together.
#[inline(always)]
fn made(size: u64, negative: bool, scale: u32) -> Decimal {
    let low = u32::try_from(size & u64::from(u32::MAX)).unwrap_or(0);
    let high = u32::try_from(size >> 32).unwrap_or(0);
    Decimal::from_parts(low, high, 0, negative, scale)
}

/// Returns `a + b`, or `a - b` where `less`; the bound of the type where it does not fit.
#[inline(always)]
pub(super) fn sum(a: Decimal, b: Decimal, less: bool) -> Decimal {
    // Most of what is added up in a book is zero: no working order, nothing held.
    if b.is_zero() && !a.is_zero() {
        return a;
    }
    if a.is_zero() {
        return if less && !b.is_zero() { -b } else { b };
    }
    let Some((x, y, scale)) = aligned(a, b) else {
        return long_sum(a, b, less);
    };
    let (minus_x, minus_y) = (a.is_sign_negative(), b.is_sign_negative() != less);
    if minus_x != minus_y {
        // The larger decides the side; two that are equal leave the first's scale and no side.
        let (size, minus) = if x >= y {
            (x - y, minus_x)
        } else {
            (y - x, minus_y)
        };
        return made(size, minus, scale);
    }
    match x.checked_add(y) {
        Some(size) => made(size, minus_x, scale),
        None => long_sum(a, b, less),
    }
}

/// The general way, apart, so that the short one stays short where it is put in line.
#[cold]
#[inline(never)]
fn long_sum(a: Decimal, b: Decimal, less: bool) -> Decimal {
    if less {
        a.saturating_sub(b)
    } else {
        a.saturating_add(b)
    }
}

/// Returns `a * b`; the bound of the type where it does not fit.
#[inline(always)]
pub(super) fn product(a: Decimal, b: Decimal) -> Decimal {
    let (Some(x), Some(y)) = (small(a), small(b)) else {
        return long_product(a, b);
    };
    let Some(size) = x.checked_mul(y) else {
        return long_product(a, b);
    };
    let scale = a.scale() + b.scale();
    if size == 0 {
        Decimal::ZERO
    } else if scale <= SCALE_MOST {
        made(size, a.is_sign_negative() != b.is_sign_negative(), scale)
    } else {
        long_product(a, b)
    }
}

#[cold]
#[inline(never)]
fn long_product(a: Decimal, b: Decimal) -> Decimal {
    a.saturating_mul(b)
}

#[cold]
#[inline(never)]
fn long_compare(a: Decimal, b: Decimal) -> Ordering {
    a.cmp(&b)
}

/// Compares two numbers, whatever their scales.
#[inline(always)]
pub(super) fn compare(a: Decimal, b: Decimal) -> Ordering {
    let Some((x, y, _)) = aligned(a, b) else {
        return long_compare(a, b);
    };
    // Zero has no side: a negative zero is as large as any other.
    match (a.is_sign_negative() && x > 0, b.is_sign_negative() && y > 0) {
        (false, false) => x.cmp(&y),
        (true, true) => y.cmp(&x),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
    }
}

/// Returns true when `a` is a whole number of `step`; false for a step of zero.
#[inline]
pub(super) fn is_multiple(a: Decimal, step: Decimal) -> bool {
    match aligned(a, step) {
        Some((x, y, _)) => x.checked_rem(y) == Some(0),
        None => a.checked_rem(step).is_some_and(|rest| rest.is_zero()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decimal() -> impl Strategy<Value = Decimal> {
        let whole = prop_oneof![
            -3_i128..3,
            -2000_i128..2000,
            (-(1_i128 << 63)..1 << 63),
            (-(1_i128 << 96) + 1..1 << 96),
        ];
        (whole, 0_u32..=28).prop_map(|(whole, scale)| Decimal::from_i128_with_scale(whole, scale))
    }

    proptest! {
        #[test]
        fn the_short_way_comes_to_the_same_digits(a in decimal(), b in decimal()) {
            let same = |ours: Decimal, theirs: Decimal| {
                prop_assert_eq!(ours.unpack(), theirs.unpack(), "{} and {}", a, b);
                Ok(())
            };
            same(sum(a, b, false), a.saturating_add(b))?;
            same(sum(a, b, true), a.saturating_sub(b))?;
            same(sum(a, a, true), a.saturating_sub(a))?;
            same(product(a, b), a.saturating_mul(b))?;
            prop_assert_eq!(compare(a, b), a.cmp(&b), "{} and {}", a, b);
            prop_assert_eq!(compare(a, -a), a.cmp(&-a), "{} and its negative", a);
            let whole = a.checked_rem(b).is_some_and(|rest| rest.is_zero());
            prop_assert_eq!(is_multiple(a, b), whole, "{} of {}", a, b);
            prop_assert_eq!(is_multiple(a, a), !a.is_zero(), "{} of itself", a);
        }
    }
}

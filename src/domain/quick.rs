//! Sums and products of amounts the short way.
//!
//! A decimal is a whole number and a scale. Where both numbers fit into 64 bits,
//! which amounts of a book nearly always do, adding and multiplying is plain
//! whole-number arithmetic and several times faster than the general way, which
//! takes over wherever the short one does not obviously hold. Both give the same
//! number with the same scale; nothing is rounded here.

use rust_decimal::Decimal;

/// Ten to the power of the index: what fits into 63 bits.
#[expect(clippy::indexing_slicing, reason = "worked out while compiling")]
const POWERS: [i64; 19] = {
    let mut powers = [1; 19];
    let mut at = 1;
    while at < 19 {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

/// The largest scale of a decimal.
const SCALE_MOST: u32 = 28;

/// Returns the whole number of a decimal where it fits; none for zero, whose scale the general way decides on.
#[inline]
fn small(value: Decimal) -> Option<i128> {
    let parts = value.unpack();
    if parts.hi != 0 || (parts.mid | parts.lo) == 0 {
        return None;
    }
    let whole = (i128::from(parts.mid) << 32) | i128::from(parts.lo);
    Some(if parts.negative { -whole } else { whole })
}

/// Puts a whole number and a scale together; none for zero and for what does not fit.
#[inline]
fn made(whole: i128, scale: u32) -> Option<Decimal> {
    let size = whole.unsigned_abs();
    if size == 0 || size >> 96 != 0 || scale > SCALE_MOST {
        return None;
    }
    let part = |shift: u32| u32::try_from((size >> shift) & u128::from(u32::MAX)).unwrap_or(0);
    Some(Decimal::from_parts(
        part(0),
        part(32),
        part(64),
        whole < 0,
        scale,
    ))
}

/// Returns `a + b`, or `a - b` where `less`; the bound of the type where it does not fit.
#[inline]
pub(super) fn sum(a: Decimal, b: Decimal, less: bool) -> Decimal {
    let short = || {
        let (mut x, mut y) = (small(a)?, small(b)?);
        let (of_x, of_y) = (a.scale(), b.scale());
        let power = |more: u32| POWERS.get(usize::try_from(more).ok()?).copied();
        if of_x < of_y {
            x *= i128::from(power(of_y - of_x)?);
        } else if of_y < of_x {
            y *= i128::from(power(of_x - of_y)?);
        }
        made(if less { x - y } else { x + y }, of_x.max(of_y))
    };
    short().unwrap_or_else(|| {
        if less {
            a.saturating_sub(b)
        } else {
            a.saturating_add(b)
        }
    })
}

/// Returns `a * b`; the bound of the type where it does not fit.
#[inline]
pub(super) fn product(a: Decimal, b: Decimal) -> Decimal {
    let short = || made(small(a)?.checked_mul(small(b)?)?, a.scale() + b.scale());
    short().unwrap_or_else(|| a.saturating_mul(b))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decimal() -> impl Strategy<Value = Decimal> {
        let whole = prop_oneof![
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
        }
    }
}

//! A decimal in two words: the number beneath every amount, and its arithmetic.
//!
//! The digits and scales are those of [`Decimal`], and so is every result; what differs is
//! how one is held. A decimal of four small fields is written in parts and read as a whole,
//! for which a processor waits; two words stay in registers. As long as a result needs no
//! rounding, which amounts of a book never do, reckoning is plain whole-number arithmetic;
//! the library's takes over wherever that does not obviously hold.

#![expect(
    clippy::inline_always,
    reason = "put in line, a number stays in registers from one sum to the next"
)]

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::num::NonZeroU64;
use std::ops::Neg;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An exact decimal of any unit.
///
/// Equal numbers are equal whatever their scales; written, each keeps its digits.
#[derive(Clone, Copy)]
pub struct Exact {
    /// The lower 64 bits of the whole number.
    low: u64,
    /// Its upper 32 bits, then [`SIDE`], [`MARK`] and the scale.
    tail: NonZeroU64,
}

/// Set below zero.
const SIDE: u64 = 1 << 31;
/// Always set: a tail of nothing but zeros is then free to say *no number*.
const MARK: u64 = 1 << 8;
/// Where the scale stands, 0 to 28.
const SCALE: u64 = 0xff;
/// The first tail of a whole number that does not fit into 64 bits.
const LARGE: u64 = 1 << 32;
/// The largest scale.
const SCALE_MOST: u64 = 28;

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

/// Returns ten to a power; none where it does not fit.
#[inline(always)]
fn power(of: u64) -> Option<u64> {
    POWERS.get(usize::try_from(of).ok()?).copied()
}

/// Returns ten to a power up to the largest scale.
fn long_power(of: u64) -> Option<i128> {
    10_i128.checked_pow(u32::try_from(of).ok()?)
}

#[inline(always)]
const fn tail(high: u32, negative: bool, scale: u64) -> NonZeroU64 {
    let side = if negative { SIDE } else { 0 };
    match NonZeroU64::new(((high as u64) << 32) | side | MARK | scale) {
        Some(tail) => tail,
        None => NonZeroU64::MIN,
    }
}

impl Exact {
    /// Nothing.
    pub const ZERO: Self = Self::new(Decimal::ZERO);

    /// Makes the number.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a decimal's whole number has 96 bits, kept in two parts"
    )]
    #[inline]
    pub const fn new(value: Decimal) -> Self {
        let whole = value.mantissa().unsigned_abs();
        let negative = value.is_sign_negative();
        Self {
            low: whole as u64,
            tail: tail((whole >> 64) as u32, negative, value.scale() as u64),
        }
    }

    /// Returns the number as the library holds it; zero is above and below nothing, so it has no sign.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the parts of the whole number, 32 bits each"
    )]
    #[inline]
    pub const fn decimal(self) -> Decimal {
        let tail = self.tail.get();
        Decimal::from_parts(
            self.low as u32,
            (self.low >> 32) as u32,
            (tail >> 32) as u32,
            tail & SIDE != 0,
            (tail & SCALE) as u32,
        )
    }

    /// Returns the number of decimals it is written with.
    pub(super) fn scale(self) -> u32 {
        self.decimal().scale()
    }

    #[inline(always)]
    pub(super) fn is_zero(self) -> bool {
        self.low == 0 && self.tail.get() < LARGE
    }

    #[inline(always)]
    pub(super) fn has_minus(self) -> bool {
        self.tail.get() & SIDE != 0
    }

    #[inline(always)]
    pub(super) fn abs(self) -> Self {
        if self.has_minus() { -self } else { self }
    }

    /// Puts a number together; none where the whole number is too long.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the parts of the whole number"
    )]
    #[inline(always)]
    const fn made(size: u128, negative: bool, scale: u64) -> Option<Self> {
        if size >> 96 != 0 {
            return None;
        }
        Some(Self {
            low: size as u64,
            tail: tail((size >> 64) as u32, negative, scale),
        })
    }

    /// Returns the whole number.
    #[inline(always)]
    fn whole(self) -> u128 {
        (u128::from(self.tail.get() >> 32) << 64) | u128::from(self.low)
    }

    /// Returns the whole number with that many zeros behind it; none where it may not fit.
    #[inline(always)]
    fn raised(self, zeros: u64) -> Option<u128> {
        // 96 bits and ten to the ninth are less than 128 bits, and so are 64 bits and any power here.
        let fits = zeros <= 9 || self.tail.get() < LARGE;
        let power = power(zeros).filter(|_| fits)?;
        Some(self.whole() * u128::from(power))
    }

    /// Returns the whole numbers of both at the larger of their scales, and that scale.
    #[inline(always)]
    fn aligned(self, other: Self) -> Option<(u128, u128, u64)> {
        let (x, y) = (self.tail.get() & SCALE, other.tail.get() & SCALE);
        match x.cmp(&y) {
            Ordering::Equal => Some((self.whole(), other.whole(), x)),
            Ordering::Less => Some((self.raised(y - x)?, other.whole(), y)),
            Ordering::Greater => Some((self.whole(), other.raised(x - y)?, x)),
        }
    }

    /// Returns `self + other`, or `self - other` where `less`; the bound of the type where it does not fit.
    #[inline(always)]
    pub(super) fn sum(self, other: Self, less: bool) -> Self {
        let other = if less { -other } else { other };
        let (a, b) = (self.tail.get(), other.tail.get());
        if a == b
            && a < LARGE
            && let Some(low) = self.low.checked_add(other.low)
        {
            return Self { low, ..self };
        }
        self.sum_apart(other)
    }

    /// The sum of what differs in scale or sign.
    #[inline(never)]
    fn sum_apart(self, other: Self) -> Self {
        // Most of what is added up in a book is zero: no working order, nothing held.
        if other.is_zero() && !self.is_zero() {
            return self;
        }
        if self.is_zero() {
            return other;
        }
        let short = || {
            let (x, y, scale) = self.aligned(other)?;
            let (minus_x, minus_y) = (self.has_minus(), other.has_minus());
            if minus_x == minus_y {
                return Self::made(x.checked_add(y)?, minus_x, scale);
            }
            // The larger decides the side.
            if x >= y {
                Self::made(x - y, minus_x, scale)
            } else {
                Self::made(y - x, minus_y, scale)
            }
        };
        short().unwrap_or_else(|| self.long_sum(other))
    }

    /// The general way, apart, so that the short one stays short where it is put in line.
    #[cold]
    #[inline(never)]
    fn long_sum(self, other: Self) -> Self {
        Self::new(self.decimal().saturating_add(other.decimal()))
    }

    /// Returns `self * other`; the bound of the type where it does not fit.
    #[inline(always)]
    pub(super) fn product(self, other: Self) -> Self {
        let (a, b) = (self.tail.get(), other.tail.get());
        let scale = (a & SCALE) + (b & SCALE);
        let size = if (a | b) < LARGE {
            Some(u128::from(self.low) * u128::from(other.low))
        } else {
            self.whole().checked_mul(other.whole())
        };
        match size {
            Some(0) => Self::ZERO,
            Some(size) if scale <= SCALE_MOST => Self::made(size, (a ^ b) & SIDE != 0, scale)
                .unwrap_or_else(|| self.long_product(other)),
            _ => self.long_product(other),
        }
    }

    #[cold]
    #[inline(never)]
    fn long_product(self, other: Self) -> Self {
        Self::new(self.decimal().saturating_mul(other.decimal()))
    }

    /// Returns `self / other` to the last digit there is room for; none where `other` is zero or it does not fit.
    pub(super) fn divided(self, other: Self) -> Option<Self> {
        self.decimal().checked_div(other.decimal()).map(Self::new)
    }

    /// Compares two numbers, whatever their scales.
    #[inline(always)]
    fn compare(self, other: Self) -> Ordering {
        let tail = self.tail.get();
        if tail == other.tail.get() && tail < SIDE {
            return self.low.cmp(&other.low);
        }
        self.compare_apart(other)
    }

    /// Compares what differs in scale or sign.
    #[inline(never)]
    fn compare_apart(self, other: Self) -> Ordering {
        let Some((x, y, _)) = self.aligned(other) else {
            return self.long_compare(other);
        };
        // Zero has no side: a negative zero is as large as any other.
        match (self.has_minus() && x > 0, other.has_minus() && y > 0) {
            (false, false) => x.cmp(&y),
            (true, true) => y.cmp(&x),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }

    #[cold]
    #[inline(never)]
    fn long_compare(self, other: Self) -> Ordering {
        self.decimal().cmp(&other.decimal())
    }

    /// Returns true when it is a whole number of `step`; false for a step of zero.
    #[inline]
    pub(super) fn is_multiple(self, step: Self) -> bool {
        if let Some((x, y, _)) = self.aligned(step) {
            return x.checked_rem(y) == Some(0);
        }
        let rest = self.decimal().checked_rem(step.decimal());
        rest.is_some_and(|rest| rest.is_zero())
    }

    /// Returns the same number with just that many decimals; none where it has more, or has no room for them.
    #[inline]
    pub fn with_decimals(self, decimals: u32) -> Option<Self> {
        let more = u64::from(decimals).checked_sub(self.tail.get() & SCALE)?;
        Self::made(self.raised(more)?, self.has_minus(), u64::from(decimals))
    }

    /// Returns `self / whole` with that many decimals, rounded up; `whole` is above zero.
    ///
    /// The largest decimal where the ratio does not fit, or `whole` is zero.
    #[inline]
    pub fn ratio_up(self, whole: Self, decimals: u32) -> Self {
        self.short_ratio_up(whole, u64::from(decimals))
            .unwrap_or_else(|| self.long_ratio_up(whole, decimals))
    }

    /// One division of 64 bits, where both fit.
    #[inline(always)]
    fn short_ratio_up(self, whole: Self, decimals: u64) -> Option<Self> {
        let (a, b) = (self.tail.get(), whole.tail.get());
        let raise = (decimals + (b & SCALE)).checked_sub(a & SCALE)?;
        if (a | b) >= LARGE {
            return None;
        }
        let above = self.low.checked_mul(power(raise)?)?;
        let (ratio, rest) = (above.checked_div(whole.low)?, above % whole.low);
        // Cut towards zero: that only falls short above zero.
        let negative = self.has_minus();
        let ratio = ratio + u64::from(!negative && rest > 0);
        Self::made(ratio.into(), negative, decimals)
    }

    #[cold]
    #[inline(never)]
    fn long_ratio_up(self, whole: Self, decimals: u32) -> Self {
        let (part, whole) = (self.decimal(), whole.decimal());
        let in_whole_numbers = || {
            let (mut above, mut below) = (part.mantissa(), whole.mantissa());
            let (raise, lower) = (decimals + whole.scale(), part.scale());
            if raise >= lower {
                above = above.checked_mul(long_power(u64::from(raise - lower))?)?;
            } else {
                below = below.checked_mul(long_power(u64::from(lower - raise))?)?;
            }
            let ratio = above.checked_div(below)?;
            let short = above > 0 && ratio * below != above;
            Decimal::try_from_i128_with_scale(ratio + i128::from(short), decimals).ok()
        };
        Self::new(in_whole_numbers().unwrap_or_else(|| {
            part.checked_div(whole)
                .unwrap_or(Decimal::MAX)
                .round_dp_with_strategy(decimals, RoundingStrategy::ToPositiveInfinity)
        }))
    }
}

impl Default for Exact {
    fn default() -> Self {
        Self::ZERO
    }
}
impl PartialEq for Exact {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.compare(*other) == Ordering::Equal
    }
}
impl Eq for Exact {}
impl Ord for Exact {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        self.compare(*other)
    }
}
impl PartialOrd for Exact {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Hash for Exact {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.decimal().hash(state);
    }
}
impl Neg for Exact {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        let turned = NonZeroU64::new(self.tail.get() ^ SIDE);
        Self {
            low: self.low,
            tail: turned.unwrap_or(self.tail),
        }
    }
}
impl From<Decimal> for Exact {
    fn from(value: Decimal) -> Self {
        Self::new(value)
    }
}
impl From<u32> for Exact {
    fn from(value: u32) -> Self {
        u64::from(value).into()
    }
}
impl From<u64> for Exact {
    fn from(value: u64) -> Self {
        Self {
            low: value,
            tail: tail(0, false, 0),
        }
    }
}
impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.decimal(), f)
    }
}
impl fmt::Debug for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        rust_decimal::serde::str::deserialize(deserializer).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Numbers of an everyday size: the product of two is exact.
    fn everyday() -> impl Strategy<Value = Decimal> {
        let whole = -10_000_000_000_i128..10_000_000_000;
        (whole, 0_u32..=9).prop_map(|(whole, scale)| Decimal::from_i128_with_scale(whole, scale))
    }

    fn decimal() -> impl Strategy<Value = Decimal> {
        let whole = prop_oneof![
            -3_i128..3,
            -2000_i128..2000,
            (-(1_i128 << 40)..1 << 40),
            (-(1_i128 << 63)..1 << 63),
            (-(1_i128 << 96) + 1..1 << 96),
        ];
        (whole, 0_u32..=28).prop_map(|(whole, scale)| Decimal::from_i128_with_scale(whole, scale))
    }

    proptest! {
        #[test]
        fn the_short_way_comes_to_the_same_digits(a in decimal(), b in decimal()) {
            let same = |ours: Exact, mut theirs: Decimal| {
                // The library has a negative zero.
                theirs.set_sign_negative(theirs.is_sign_negative() && !theirs.is_zero());
                prop_assert_eq!(ours.decimal().unpack(), theirs.unpack(), "{} and {}", a, b);
                Ok(())
            };
            let (x, y) = (Exact::new(a), Exact::new(b));
            same(x, a)?;
            same(-x, -a)?;
            same(x.abs(), a.abs())?;
            same(x.sum(y, false), a.saturating_add(b))?;
            same(x.sum(y, true), a.saturating_sub(b))?;
            same(x.sum(x, true), a.saturating_sub(a))?;
            same(x.product(y), a.saturating_mul(b))?;
            prop_assert_eq!(x.cmp(&y), a.cmp(&b), "{} and {}", a, b);
            prop_assert_eq!(x.cmp(&-x), a.cmp(&-a), "{} and its negative", a);
            prop_assert_eq!(x == y, a == b, "{} and {}", a, b);
            let whole = a.checked_rem(b).is_some_and(|rest| rest.is_zero());
            prop_assert_eq!(x.is_multiple(y), whole, "{} of {}", a, b);
            prop_assert_eq!(x.is_multiple(x), !a.is_zero(), "{} of itself", a);
        }

        #[test]
        fn a_ratio_is_rounded_up_and_no_further(a in everyday(), b in everyday()) {
            let (part, whole) = (Exact::new(a), Exact::new(b).abs());
            prop_assume!(!whole.is_zero());
            let ratio = part.ratio_up(whole, 8).decimal();
            prop_assert!(ratio * whole.decimal() >= a, "{} of {} is {}", a, b, ratio);
            let below = ratio - Decimal::new(1, 8);
            prop_assert!(below * whole.decimal() < a, "{} of {} is {}", a, b, ratio);
        }

        #[test]
        fn a_ratio_is_the_same_either_way(a in decimal(), b in decimal()) {
            let (part, whole) = (Exact::new(a), Exact::new(b).abs());
            if let Some(ratio) = part.short_ratio_up(whole, 8) {
                let long = part.long_ratio_up(whole, 8);
                prop_assert_eq!(ratio.decimal().unpack(), long.decimal().unpack());
            }
        }

        #[test]
        fn decimals_are_added_where_there_is_room(a in decimal()) {
            let number = Exact::new(a);
            match number.with_decimals(8) {
                Some(same) => {
                    prop_assert_eq!(same, number);
                    prop_assert_eq!(same.scale(), 8);
                }
                None => prop_assert!(a.scale() > 8 || a.mantissa().abs() > 1 << 66),
            }
        }
    }

    #[test]
    fn no_number_takes_no_more_room_than_a_number() {
        assert_eq!(size_of::<Option<Exact>>(), 16);
    }

    #[test]
    fn it_is_written_and_read_as_text() {
        let number = Exact::new("-120.50".parse().unwrap());
        let text = serde_json::to_string(&number).unwrap();
        assert_eq!(text, "\"-120.50\"");
        assert_eq!(serde_json::from_str::<Exact>(&text).unwrap(), number);
    }
}

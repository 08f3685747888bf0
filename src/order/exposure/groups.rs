//! The book by sector, asset class and country: which groups a symbol counts in, and what each comes to.
//!
//! Changed with the sums of the whole book and by the same parts, so both always agree.

use std::collections::HashMap;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::base::FastHash;
use crate::domain::{AssetClass, Instrument, Money, Symbol};
use crate::order::exposure::Part;

/// Sectors told apart, and countries; what is of a further one counts as of an unknown one.
pub const GROUPS_MOST: usize = 1024;

/// The groups one symbol counts in, by their place in the lists of [`Sums`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Home {
    pub(super) sector: usize,
    pub(super) class: usize,
    pub(super) country: usize,
}

/// What is of one group, in USD.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GroupSum {
    /// Sum of the worst-case absolute values.
    pub gross: Money,
    /// Signed value of what is held.
    pub value: Money,
}

/// Values by group.
#[derive(Debug, Clone, Default)]
pub(super) struct Sums {
    pub(super) sectors: Kind,
    pub(super) countries: Kind,
    pub(super) classes: [GroupSum; AssetClass::ALL.len()],
}

/// The groups of one kind. The first place is that of what is of no known one.
#[derive(Debug, Clone, Default)]
pub(super) struct Kind {
    pub(super) places: Arc<HashMap<SmolStr, usize, FastHash>>,
    sums: Vec<GroupSum>,
}

/// The place of what is of no known group.
pub(super) const UNKNOWN: usize = 0;

impl Kind {
    /// Returns the place of a group, made where there is none yet.
    fn place(&mut self, name: Option<&SmolStr>) -> usize {
        if self.sums.is_empty() {
            self.sums.push(GroupSum::default());
        }
        let Some(name) = name else {
            return UNKNOWN;
        };
        if let Some(&place) = self.places.get(name) {
            return place;
        }
        let place = self.sums.len();
        if place > GROUPS_MOST {
            return UNKNOWN;
        }
        self.sums.push(GroupSum::default());
        Arc::make_mut(&mut self.places).insert(name.clone(), place);
        place
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (Option<&SmolStr>, GroupSum)> {
        let unknown = self.sums.first().map(|sum| (None, *sum));
        let named = self.places.iter();
        unknown
            .into_iter()
            .chain(named.map(|(name, &place)| (Some(name), self.at(place))))
    }

    fn at(&self, place: usize) -> GroupSum {
        self.sums.get(place).copied().unwrap_or_default()
    }

    fn shift(&mut self, place: usize, out: &Part, into: &Part) {
        if let Some(sum) = self.sums.get_mut(place) {
            sum.shift(out, into);
        }
    }

    /// Returns what is of a group or may be of it; where a symbol counts is known of one that was touched.
    #[inline]
    pub(super) fn around(&self, name: Option<&SmolStr>, home: Option<usize>) -> Money {
        let place = home.unwrap_or_else(|| {
            let place = name.and_then(|name| self.places.get(name));
            place.copied().unwrap_or(UNKNOWN)
        });
        let unknown = self.at(UNKNOWN).gross;
        match place {
            UNKNOWN => unknown,
            place if unknown.is_zero() => self.at(place).gross,
            place => unknown + self.at(place).gross,
        }
    }
}

impl GroupSum {
    fn shift(&mut self, out: &Part, into: &Part) {
        self.gross = self.gross - out.gross + into.gross;
        self.value = self.value - out.value + into.value;
    }
}

impl Sums {
    pub(super) fn home(&mut self, symbol: &Symbol, of: Option<&Instrument>) -> Home {
        Home {
            sector: self.sectors.place(of.and_then(|of| of.sector.as_ref())),
            class: class_place(symbol.asset_class()),
            country: self.countries.place(of.and_then(|of| of.country.as_ref())),
        }
    }

    pub(super) fn shift(&mut self, home: Home, out: &Part, into: &Part) {
        self.sectors.shift(home.sector, out, into);
        self.countries.shift(home.country, out, into);
        if let Some(sum) = self.classes.get_mut(home.class) {
            sum.shift(out, into);
        }
    }
}

/// Returns a class's place among all of them.
pub(super) fn class_place(class: AssetClass) -> usize {
    match class {
        AssetClass::Equities => 0,
        AssetClass::Options => 1,
        AssetClass::Fx => 2,
        AssetClass::Futures => 3,
        AssetClass::Crypto => 4,
        AssetClass::Prediction => 5,
        AssetClass::Sports => 6,
    }
}

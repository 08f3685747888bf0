//! What a symbol denotes: its name, grid, currency and place, as reference data.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::domain::{AssetClass, Currency, Price, Quantity, Symbol};

/// Reference data of one symbol.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Instrument {
    /// Canonical symbol.
    pub symbol: Symbol,
    /// Name a person knows it by; empty when not known.
    #[serde(default)]
    #[schemars(with = "String")]
    pub name: SmolStr,
    /// Asset class; the same as the symbol's own.
    pub asset_class: AssetClass,
    /// Currency its price is quoted in.
    pub currency: Currency,
    /// Smallest step of its price.
    pub tick: Price,
    /// Smallest step of its quantity.
    pub lot: Quantity,
    /// Sector, where known.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub sector: Option<SmolStr>,
    /// Country, where known, as ISO 3166 alpha-2.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub country: Option<SmolStr>,
}

/// Sector and country of whatever names none of its own, by asset class, as a reference file says.
///
/// A class that is not in it has neither: unknown stays unknown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClassPlaces(BTreeMap<AssetClass, ClassPlace>);

/// Sector and country of a class.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClassPlace {
    /// Sector, where one holds for the whole class.
    pub sector: Option<SmolStr>,
    /// Country, where one holds for the whole class.
    pub country: Option<SmolStr>,
}

impl ClassPlaces {
    /// Says what holds for a class.
    pub fn set(&mut self, class: AssetClass, place: ClassPlace) {
        self.0.insert(class, place);
    }

    /// Lays what another file says of its classes over this.
    pub fn extend(&mut self, over: Self) {
        self.0.extend(over.0);
    }

    /// Fills in what an instrument does not name itself.
    pub fn place(&self, mut instrument: Instrument) -> Instrument {
        if let Some(place) = self.0.get(&instrument.asset_class) {
            let ClassPlace { sector, country } = place;
            instrument.sector = instrument.sector.or_else(|| sector.clone());
            instrument.country = instrument.country.or_else(|| country.clone());
        }
        instrument
    }
}

impl Instrument {
    /// Describes a symbol no reference file names, from its own text and the grid its quotes stand on.
    ///
    /// Returns nothing where the text does not tell the currency: options, futures,
    /// contracts, and shares listed outside the US.
    pub fn inferred(symbol: &Symbol, tick: Price) -> Option<Self> {
        let class = symbol.asset_class();
        let (currency, lot) = match class {
            AssetClass::Crypto => (
                symbol.quote_currency()?,
                Quantity::new(rust_decimal::Decimal::new(1, 8)).ok()?,
            ),
            AssetClass::Fx => (symbol.quote_currency()?, Quantity::whole(1)),
            AssetClass::Equities if !symbol.as_str().contains(':') => {
                (Currency::USD, Quantity::whole(1))
            }
            AssetClass::Equities
            | AssetClass::Options
            | AssetClass::Futures
            | AssetClass::Prediction
            | AssetClass::Sports => return None,
        };
        Some(Self {
            symbol: symbol.clone(),
            name: SmolStr::default(),
            asset_class: class,
            currency,
            tick,
            lot,
            sector: None,
            country: None,
        })
    }

    /// Returns how many decimals a price of this instrument is written with.
    pub fn price_decimals(&self) -> u32 {
        self.tick.decimal().normalize().scale()
    }

    /// Returns how many decimals a quantity of this instrument is written with.
    pub fn quantity_decimals(&self) -> u32 {
        self.lot.decimal().normalize().scale()
    }
}

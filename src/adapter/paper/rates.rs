//! What a price is quoted in, and what that is worth in USD, from the quotes the venue sees.

use std::collections::HashMap;

use crate::adapter::paper::Settings;
use crate::domain::{AssetClass, Currency, Rate, Symbol};

use super::exchange::Book;

/// Returns the currency the symbol's price is in, or nothing when neither text nor settings tell.
pub(super) fn currency(settings: &Settings, symbol: &Symbol) -> Option<Currency> {
    if let Some(currency) = settings.currencies.get(symbol) {
        return Some(*currency);
    }
    let plain = symbol.asset_class() == AssetClass::Equities && !symbol.as_str().contains(':');
    symbol
        .quote_currency()
        .or_else(|| plain.then_some(Currency::USD))
}

/// Returns what one unit of `currency` is worth in USD, or nothing while no quote tells.
pub(super) fn usd_rate(
    settings: &Settings,
    books: &HashMap<Symbol, Book>,
    currency: Currency,
) -> Option<Rate> {
    let currency = settings.pegs.get(&currency).copied().unwrap_or(currency);
    if currency == Currency::USD {
        return Some(Rate::ONE);
    }
    let mid = |text: String| {
        let book = books.get(&Symbol::new(text).ok()?)?;
        book.sane().then(|| Rate::from(book.quote.mid()))
    };
    mid(format!("{currency}/USD"))
        .or_else(|| mid(format!("{currency}-USD")))
        .or_else(|| mid(format!("USD/{currency}")).and_then(Rate::inverse))
}

/// Returns the symbols whose quotes are needed to trade `symbol`: itself, and the pairs that may value its currency.
pub(super) fn needed(settings: &Settings, symbol: &Symbol) -> Vec<Symbol> {
    let currency = currency(settings, symbol)
        .map(|currency| settings.pegs.get(&currency).copied().unwrap_or(currency))
        .filter(|currency| *currency != Currency::USD);
    let pairs = currency.into_iter().flat_map(|currency| {
        [
            format!("{currency}/USD"),
            format!("{currency}-USD"),
            format!("USD/{currency}"),
        ]
    });
    let pairs = pairs.filter_map(|text| Symbol::new(text).ok());
    std::iter::once(symbol.clone()).chain(pairs).collect()
}

/// Returns what one unit of the currency the symbol is priced in is worth in USD.
pub(super) fn of_symbol(
    settings: &Settings,
    books: &HashMap<Symbol, Book>,
    symbol: &Symbol,
) -> Option<Rate> {
    usd_rate(settings, books, currency(settings, symbol)?)
}

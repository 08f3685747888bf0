//! What was once seen, on the screen or in the journal, and may never be otherwise again.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;

use crate::pty::torture::books::{Books, decimal, ended, signed, text};

/// Cash of a fund before its first trade, as shipped.
const CASH: i64 = 1_000_000;

#[derive(Default)]
pub struct Seen {
    fills: BTreeMap<String, Value>,
    orders: BTreeMap<String, Value>,
    /// Times a ticket was sent.
    pub sent: usize,
    /// Sessions that ended in good order.
    pub closings: u64,
}

impl Seen {
    /// Holds the books against everything seen before, and takes them in.
    pub fn check(&mut self, books: &Books) {
        let mut fills = books.fills.iter();
        for (id, before) in &self.fills {
            let now = fills.clone().find(|fill| text(fill, "fill_id") == id);
            assert_eq!(Some(before), now, "a fill was lost or changed");
        }
        for fill in fills.by_ref() {
            let id = text(fill, "fill_id").to_owned();
            self.fills.insert(id, fill.clone());
        }
        for (id, before) in &self.orders {
            let now = books
                .orders
                .iter()
                .find(|order| text(order, "order_id") == id);
            let now = now.unwrap_or_else(|| panic!("an order was lost: {before}"));
            if ended(before) {
                assert_eq!(before, now, "an order that had ended changed");
            }
            let filled = |order| decimal(order, "filled_quantity");
            assert!(filled(before) <= filled(now), "{before} became {now}");
            for field in ["idempotency_key", "symbol", "side", "broker_order_id"] {
                let same = before[field] == now[field] || before[field].is_null();
                assert!(same, "{before} became {now}");
            }
        }
        for order in &books.orders {
            let id = text(order, "order_id").to_owned();
            self.orders.insert(id, order.clone());
        }
        assert!(
            books.orders.len() <= self.sent,
            "{} orders of {} tickets",
            books.orders.len(),
            self.sent
        );
        assert!(
            books.closings >= self.closings,
            "{} sessions closed, {} are on record",
            self.closings,
            books.closings
        );
    }

    /// Returns true as long as nothing was seen in the journal.
    pub fn is_new(&self) -> bool {
        self.fills.is_empty() && self.orders.is_empty() && self.closings == 0
    }
}

/// What one screen showed.
#[derive(Debug, Default, Clone)]
pub struct Shown {
    fills: Vec<[String; 4]>,
    orders: Vec<[String; 3]>,
    positions: Vec<(String, Decimal, Decimal)>,
    nav: Option<Decimal>,
}

impl Shown {
    /// Reads a screen of 200x56 with the panes of the Trade workspace on it.
    pub fn on(screen: &str) -> Self {
        let fill = |row: &Row| -> Option<[String; 4]> {
            let words = ["symbol", "side", "qty", "price"].map(|name| row.get(name).cloned());
            let [Some(symbol), Some(side), Some(quantity), Some(price)] = words else {
                return None;
            };
            is_side(&side).then_some([symbol, side, quantity, price])
        };
        let order = |row: &Row| -> Option<[String; 3]> {
            let words = ["symbol", "side", "qty"].map(|name| row.get(name).cloned());
            let [Some(symbol), Some(side), Some(quantity)] = words else {
                return None;
            };
            is_side(&side).then_some([symbol, side, quantity])
        };
        let position = |row: &Row| {
            let symbol = row.get("symbol")?.clone();
            Some((symbol, number(row.get("qty")?)?, number(row.get("value")?)?))
        };
        let nav = screen.split("NAV ").nth(1);
        Self {
            fills: rows(screen, " Fills ").iter().filter_map(fill).collect(),
            orders: rows(screen, " Orders ").iter().filter_map(order).collect(),
            positions: rows(screen, " Positions ")
                .iter()
                .filter_map(position)
                .collect(),
            nav: nav.and_then(|nav| number(nav.split_whitespace().next()?)),
        }
    }

    /// Checks that the books hold everything that was shown.
    pub fn held_by(&self, books: &Books) {
        let mut fills: Vec<&Value> = books.fills.iter().collect();
        for shown in &self.fills {
            let [symbol, side, quantity, price] = shown;
            let at = fills.iter().position(|fill| {
                text(fill, "symbol") == symbol
                    && text(fill, "side").eq_ignore_ascii_case(side)
                    && number(quantity) == Some(decimal(fill, "quantity"))
                    && number(price) == Some(decimal(fill, "price"))
            });
            let at = at.unwrap_or_else(|| panic!("shown and not on record: {shown:?}"));
            fills.remove(at);
        }
        let mut orders: Vec<&Value> = books.orders.iter().collect();
        for shown in &self.orders {
            let [symbol, side, quantity] = shown;
            let at = orders.iter().position(|order| {
                text(order, "symbol") == symbol
                    && text(order, "side").eq_ignore_ascii_case(side)
                    && number(quantity) == Some(decimal(order, "quantity"))
            });
            let at = at.unwrap_or_else(|| panic!("shown and not on record: {shown:?}"));
            orders.remove(at);
        }
        for (symbol, quantity, _) in &self.positions {
            let mut sum = Decimal::ZERO;
            let was = books
                .fills
                .iter()
                .filter(|fill| text(fill, "symbol") == symbol)
                .any(|fill| {
                    sum += signed(fill);
                    sum == *quantity
                });
            assert!(was, "{quantity} of {symbol} were shown and never held");
        }
    }

    /// Says what the screen shows otherwise than the books, which are at rest.
    pub fn differs_from(&self, books: &Books) -> Option<String> {
        let mut held = books.held();
        held.retain(|_, quantity| !quantity.is_zero());
        let shown: BTreeMap<String, Decimal> = self
            .positions
            .iter()
            .map(|(symbol, quantity, _)| (symbol.clone(), *quantity))
            .collect();
        if shown != held {
            return Some(format!("held are {held:?}"));
        }
        let value: Decimal = self.positions.iter().map(|(_, _, value)| value).sum();
        let nav = Decimal::from(CASH) + books.cash() + value;
        let cent = Decimal::new(1, 2) * Decimal::from(self.positions.len() + 1);
        match self.nav {
            Some(shown) if (shown - nav).abs() <= cent => None,
            shown => Some(format!("the NAV is {nav}, shown is {shown:?}")),
        }
    }
}

/// Tells a row from the words that stand where there are none.
fn is_side(word: &str) -> bool {
    matches!(word, "BUY" | "SELL" | "SHORT" | "COVER")
}

/// Reads a number as the screen writes it.
fn number(text: &str) -> Option<Decimal> {
    text.replace(',', "").parse().ok()
}

/// The words of a row by the heading they stand under, as far as one word stands under each.
type Row = BTreeMap<String, String>;

/// Returns each row under the pane of this title.
fn rows(screen: &str, title: &str) -> Vec<Row> {
    let lines: Vec<Vec<char>> = screen.lines().map(|line| line.chars().collect()).collect();
    let title: Vec<char> = title.chars().collect();
    let found = lines.iter().enumerate().find_map(|(at, line)| {
        let column = line
            .windows(title.len())
            .position(|window| window == title)?;
        // The pane's number stands before its name.
        Some((at, column.saturating_sub(2)))
    });
    let Some((at, from)) = found else {
        return Vec::new();
    };
    // The gap to the next pane is where the title line begins another number.
    let heading = &lines[at];
    let to = (from + 4..heading.len().saturating_sub(2))
        .find(|&at| {
            heading[at] == ' '
                && heading[at + 1].is_ascii_digit()
                && heading[at + 2] == ' '
                && heading.get(at + 3).is_some_and(char::is_ascii_uppercase)
        })
        .unwrap_or(usize::MAX);
    let cut = |line: &Vec<char>| -> Vec<String> {
        let end = to.min(line.len());
        let text: String = line.get(from..end).unwrap_or_default().iter().collect();
        text.split(|c: char| c.is_whitespace() || c == '▌')
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let names = lines.get(at + 1).map(cut).unwrap_or_default();
    let below = lines.iter().skip(at + 2).map(cut);
    below
        .take_while(|words| !words.is_empty())
        .filter(|words| !words.iter().any(|word| word.contains('…')))
        .map(|words| names.iter().cloned().zip(words).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCREEN: &str = "\
 PAPER   paper-momentum   NAV 999,990.58   day -9.42
 4 Positions                      2 · -1.16   5 Orders              2 working   6 Fills                  today 3
 symbol        qty         avg        value   symbol    side      qty  type     time      symbol    side      qty       price
▌AAPL          6        297.54     1,785.06   AAPL      BUY       3    limit    00:09:42  BTC-USD   BUY       0.1  121,061.53
 BTC-USD       0.1  121,061.53    12,105.17   BTC-USD   BUY       0.1  market   00:09:41  AAPL      SELL      4        297.51

 7 Verdicts";

    #[test]
    fn the_panes_are_read_apart() {
        let shown = Shown::on(SCREEN);
        assert_eq!(shown.nav, number("999,990.58"));
        assert_eq!(shown.positions.len(), 2);
        assert_eq!(shown.orders[0], ["AAPL", "BUY", "3"]);
        assert_eq!(shown.fills[1], ["AAPL", "SELL", "4", "297.51"]);
        assert_eq!(shown.positions[1].2, Decimal::new(1_210_517, 2));
    }
}

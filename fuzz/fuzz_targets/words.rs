//! Single words: symbols in every venue's spelling, amounts, sizes, times, keys, the command line.
#![no_main]

use std::fmt::{Debug, Display};
use std::str::FromStr;

use libfuzzer_sys::fuzz_target;
use mts1b_desk::app::args::{Args, Exit};
use mts1b_desk::config::Speed;
use mts1b_desk::domain::symbology::{SymbologyVenue, from_native, to_native};
use mts1b_desk::domain::{
    Currency, GateName, Interval, Money, OrderId, Price, Quantity, Rate, RejectionCode, Symbol,
    TicketSize, Timestamp,
};
use mts1b_desk::event::Subject;
use mts1b_desk::ui::clipboard;
use mts1b_desk::ui::keymap::Key;
use mts1b_desk::ui::theme::Rgb;
use mts1b_desk::ui::widget::picker::{Entry, Picker};
use mts1b_desk_fuzz::{Bytes, said, same, text};

fuzz_target!(|data: &[u8]| {
    let mut bytes = Bytes::new(data);
    let which = bytes.byte() % 8;
    let word = text(bytes.rest());
    match which {
        0 => symbol(&word),
        1 => amounts(&word),
        2 => {
            reads::<TicketSize>(&word);
            reads::<Speed>(&word);
            if let Ok(size) = word.parse::<TicketSize>() {
                same(&size);
            }
        }
        3 => moments(&word),
        4 => {
            reads::<Key>(&word);
            if let Some(colour) = Rgb::parse(&word) {
                assert!(colour.contrast(colour) >= 1.0 && colour.luminance() <= 1.0);
            }
        }
        5 => command_line(&word),
        6 => narrow(&word),
        _ => base64(word.as_bytes()),
    }
});

/// What is taken is written so that it reads back as the same; what is not is said.
fn reads<T>(word: &str)
where
    T: FromStr<Err: Display> + Display + PartialEq + Debug,
{
    match word.parse::<T>() {
        Ok(value) => {
            let written = value.to_string();
            let again = written.parse::<T>();
            assert_eq!(
                again.ok().as_ref(),
                Some(&value),
                "'{word}' became '{written}'"
            );
        }
        Err(error) => drop(said(error)),
    }
}

fn symbol(word: &str) {
    reads::<Symbol>(word);
    if let Ok(symbol) = Symbol::new(word) {
        same(&symbol);
        assert_eq!(symbol.as_str(), word);
        for venue in SymbologyVenue::ALL {
            match to_native(&symbol, venue) {
                Ok(native) => {
                    let back = from_native(native.as_str(), venue);
                    assert_eq!(back.as_ref(), Ok(&symbol), "{venue} writes {native}");
                }
                Err(error) => drop(said(error)),
            }
        }
    }
    for venue in SymbologyVenue::ALL {
        match from_native(word, venue) {
            Ok(symbol) => {
                // Some texts are read that are not how we would write them; ours must mean the same.
                if let Ok(native) = to_native(&symbol, venue) {
                    let back = from_native(native.as_str(), venue);
                    assert_eq!(back.as_ref(), Ok(&symbol), "{venue} writes {native}");
                }
            }
            Err(error) => drop(said(error)),
        }
    }
}

fn amounts(word: &str) {
    reads::<Price>(word);
    reads::<Quantity>(word);
    reads::<Money>(word);
    reads::<Rate>(word);
    if let (Ok(price), Ok(quantity)) = (word.parse::<Price>(), word.parse::<Quantity>()) {
        same(&price);
        same(&quantity);
        let money = price * quantity;
        let _ = (
            money + money,
            money - money,
            money * Rate::ONE,
            -money,
            money.round(2),
        );
        let _ = (
            money.per_unit(quantity),
            price.middle(price),
            price.ratio(price),
        );
        let grid: Price = "0.01".parse().expect("a price");
        assert!(price.to_tick(grid, true) >= price.to_tick(grid, false));
        let lot: Quantity = "0.001".parse().expect("a quantity");
        assert!(quantity.to_lot(lot).abs() <= quantity.abs());
        assert!(quantity.to_lot(lot).is_whole_lots(lot));
        assert!(quantity.cut(3).abs() <= quantity.abs());
    }
    if let Ok(rate) = word.parse::<Rate>() {
        let _ = rate.inverse();
        let _ = Rate::from_setting(rate.to_f64());
    }
}

fn moments(word: &str) {
    reads::<Timestamp>(word);
    reads::<Interval>(word);
    reads::<Currency>(word);
    reads::<OrderId>(word);
    reads::<GateName>(word);
    reads::<RejectionCode>(word);
    reads::<Subject>(word);
    if let Ok(moment) = word.parse::<Timestamp>() {
        same(&moment);
        let _ = (moment.day(), moment.date(), moment.clock());
        for interval in Interval::ALL {
            assert!(moment.floor(interval.duration()) <= moment);
        }
    }
}

fn command_line(line: &str) {
    let words = std::iter::once("desk").chain(line.split('\0'));
    match Args::read(words) {
        Ok(args) => drop(args.overrides()),
        Err(error) => {
            let asked = line.split('\0').any(|word| word.starts_with('-'));
            assert!(asked || Args::exit_of(&error) == Exit::WrongUse);
            let _ = error.render().to_string();
        }
    }
}

fn narrow(typed: &str) {
    let entry = |name: &str, alias| Entry {
        name: name.into(),
        doc: "Says what is wrong on this machine.".into(),
        hint: "ctrl+x".into(),
        alias,
    };
    let entries = vec![
        entry("quit", "q"),
        entry("cancel all", ""),
        entry("Ünïcode", "h"),
    ];
    let mut picker = Picker::new(":", entries);
    for letter in typed.chars() {
        match letter {
            '\n' => picker.step(true),
            '\r' => picker.step(false),
            '\u{8}' => drop(picker.erase()),
            letter => picker.typed(letter),
        }
        assert!(picker.chosen().is_none_or(|at| at < 3));
        // Its bound is 160 bytes, and the letter that reaches it.
        assert!(picker.query().len() < 160 + 4);
    }
}

/// Reads base64 back by a table of its own.
fn base64(data: &[u8]) {
    let word = text(data);
    let sequence = clipboard::sequence(&word);
    let inner = sequence
        .strip_prefix(b"\x1b]52;c;")
        .and_then(|rest| rest.strip_suffix(b"\x1b\\"))
        .expect("the sequence is whole");
    assert_eq!(inner.len() % 4, 0);
    let mut bits = 0_u32;
    let mut held = 0;
    let mut back = Vec::new();
    for letter in inner.iter().take_while(|letter| **letter != b'=') {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            other => panic!("{other} is no letter of base64"),
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            back.push((bits >> held & 0xff) as u8);
        }
    }
    assert_eq!(back, word.as_bytes());
}

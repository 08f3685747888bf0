//! Round trips: whatever value a type may have, its JSON reads back as the same value and the same bytes.

use mts1b_desk::domain::{Money, Price, Quantity, Rate, Timestamp};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::support::strategies;

fn same<T>(value: &T) -> Result<(), TestCaseError>
where
    T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let text = serde_json::to_string(value).unwrap();
    let read: T = serde_json::from_str(&text).map_err(|e| TestCaseError::fail(e.to_string()))?;
    prop_assert_eq!(&read, value);
    prop_assert_eq!(serde_json::to_string(&read).unwrap(), text.clone());
    let tree: serde_json::Value = serde_json::from_str(&text).unwrap();
    let grown: T = serde_json::from_value(tree).map_err(|e| TestCaseError::fail(e.to_string()))?;
    prop_assert_eq!(&grown, value);
    Ok(())
}

proptest! {
    #[test]
    fn symbols(value in strategies::symbol()) {
        same(&value)?;
        prop_assert_eq!(value.as_str().parse(), Ok(value.clone()));
    }

    #[test]
    fn amounts(
        price in strategies::price(),
        quantity in strategies::signed_quantity(),
        money in strategies::money(),
        rate in strategies::rate(),
    ) {
        same(&price)?;
        same(&quantity)?;
        same(&money)?;
        same(&rate)?;
    }

    #[test]
    fn no_exponent_is_ever_written(digits in 1..=999_999_u32, power in -22..=3_i32) {
        let text = format!("{digits}e{power}");
        let Ok(price) = text.parse::<Price>() else { return Ok(()) };
        for written in [
            serde_json::to_string(&price).unwrap(),
            serde_json::to_string(&text.parse::<Quantity>().unwrap()).unwrap(),
            serde_json::to_string(&text.parse::<Money>().unwrap()).unwrap(),
            serde_json::to_string(&text.parse::<Rate>().unwrap()).unwrap(),
        ] {
            prop_assert!(!written.contains(['e', 'E']), "{}", written);
            prop_assert!(written.starts_with('"') && written.ends_with('"'));
        }
        same(&price)?;
    }

    #[test]
    fn any_decimal_text_is_read_or_refused_and_never_changed(text in "[-+]?[0-9]{0,12}(\\.[0-9]{0,30})?(e-?[0-9]{1,2})?") {
        if let Ok(price) = text.parse::<Price>() {
            same(&price)?;
        }
    }

    #[test]
    fn timestamps(value in strategies::timestamp()) {
        same(&value)?;
    }

    #[test]
    fn timestamps_of_any_number(us in any::<i64>()) {
        let value = Timestamp::from_us(us);
        same(&value)?;
        prop_assert_eq!(value.to_string().parse(), Ok(value));
    }

    #[test]
    fn orders(value in strategies::order()) {
        same(&value)?;
        let read: mts1b_desk::domain::Order =
            serde_json::from_str(&serde_json::to_string(&value).unwrap()).unwrap();
        prop_assert_eq!(read.state(), value.state());
    }

    #[test]
    fn ticket_sizes(value in strategies::ticket_size()) {
        same(&value)?;
        prop_assert_eq!(value.to_string().parse(), Ok(value));
    }

    #[test]
    fn quotes(value in strategies::quote()) {
        same(&value)?;
    }

    #[test]
    fn fills(value in strategies::fill()) {
        same(&value)?;
    }

    #[test]
    fn trades_and_bars(trade in strategies::trade(), bar in strategies::bar()) {
        same(&trade)?;
        same(&bar)?;
    }

    #[test]
    fn positions_and_lots(position in strategies::position(), lot in strategies::position_lot()) {
        same(&position)?;
        same(&lot)?;
    }

    #[test]
    fn envelopes(value in strategies::envelope()) {
        same(&value)?;
        prop_assert_eq!(value.faults(), Vec::<String>::new());
    }

    #[test]
    fn signals(value in strategies::signal()) {
        same(&value)?;
    }
}

#[test]
fn the_first_and_last_moments_hold() {
    for us in [i64::MIN, i64::MAX, 0, -1, 1] {
        let value = Timestamp::from_us(us);
        assert_eq!(value.to_string().parse(), Ok(value), "{us}");
    }
}

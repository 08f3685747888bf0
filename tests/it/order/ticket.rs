//! A ticket becomes an order, or each field at fault is named once.

use mts1b_desk::domain::{Instrument, Order, OrderType, Side, Ticket};
use mts1b_desk::event::Seen;
use mts1b_desk::order::ticket::{FieldFault, TicketInput, to_order};

use crate::support::build::{self, noon, read};

fn made(
    ticket: &Ticket,
    instrument: Option<&Instrument>,
    seen: &Seen,
) -> Result<Order, Vec<FieldFault>> {
    to_order(&TicketInput {
        ticket,
        order_id: &build::order_id("o-7"),
        instrument,
        seen,
        now: noon(),
    })
}

fn share() -> (Instrument, Seen) {
    let seen = build::seen(build::quote("AAPL", "99.98", "100"));
    (build::instrument("AAPL", "0.01", "1"), seen)
}

fn draft(size: &str) -> Ticket {
    build::ticket("AAPL", Some(read(size)))
}

fn faults(ticket: &Ticket) -> Vec<(&'static str, String)> {
    let (instrument, seen) = share();
    let faults = made(ticket, Some(&instrument), &seen).unwrap_err();
    faults
        .into_iter()
        .map(|fault| (fault.field, fault.fault))
        .collect()
}

#[test]
fn sizes_become_whole_lots_rounded_down() {
    let cases = [
        ("100", "100"),
        ("1.5k", "1500"),
        ("$25k", "250"),
        ("$25,099.99", "250"),
        ("2%", "200"),
        ("0.0151%", "1"),
    ];
    let (instrument, seen) = share();
    for (size, quantity) in cases {
        let order = made(&draft(size), Some(&instrument), &seen).unwrap();
        assert_eq!(order.quantity, read(quantity), "{size}");
    }
    let coin = build::instrument("BTC-USD", "0.01", "0.00000001");
    let seen = build::seen(build::quote("BTC-USD", "64000", "64123.2"));
    let order = made(
        &build::ticket("BTC-USD", Some(read("$100k"))),
        Some(&coin),
        &seen,
    )
    .unwrap();
    assert_eq!(order.quantity.to_string(), "1.55949796");
}

#[test]
fn money_is_counted_in_dollars_at_the_dearest_price() {
    let (instrument, mut seen) = share();
    let mut ticket = draft("$10k");
    ticket.order_type = OrderType::Limit;
    ticket.limit_price = Some(read("125"));
    assert_eq!(
        made(&ticket, Some(&instrument), &seen).unwrap().quantity,
        read("80")
    );
    ticket.limit_price = Some(read("50"));
    assert_eq!(
        made(&ticket, Some(&instrument), &seen).unwrap().quantity,
        read("100")
    );
    seen.usd_rate = Some(read("0.5"));
    assert_eq!(
        made(&ticket, Some(&instrument), &seen).unwrap().quantity,
        read("200")
    );
}

#[test]
fn risk_is_measured_to_the_stop() {
    let (instrument, seen) = share();
    let mut ticket = draft("r0.5%");
    ticket.stop_price = Some(read("95"));
    let order = made(&ticket, Some(&instrument), &seen).unwrap();
    assert_eq!(
        (order.quantity, order.stop_price),
        (read("1000"), None),
        "5,000 at risk, 5 a share"
    );
    ticket.order_type = OrderType::Limit;
    ticket.limit_price = Some(read("97"));
    assert_eq!(
        made(&ticket, Some(&instrument), &seen).unwrap().quantity,
        read("2500")
    );
    ticket.side = Side::Short;
    ticket.stop_price = Some(read("99"));
    assert_eq!(
        made(&ticket, Some(&instrument), &seen).unwrap().quantity,
        read("2500")
    );
    ticket.order_type = OrderType::StopLimit;
    ticket.stop_price = Some(read("96"));
    let order = made(&ticket, Some(&instrument), &seen).unwrap();
    assert_eq!(
        (order.quantity, order.stop_price),
        (read("5000"), Some(read("96")))
    );
}

#[test]
fn a_fault_names_its_field_and_what_would_be_right() {
    let one = |ticket: &Ticket, field: &str, words: &str| {
        let found = faults(ticket);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(
            found[0],
            (
                match field {
                    "q" => "quantity",
                    "l" => "limit_price",
                    _ => "stop_price",
                },
                words.to_owned()
            )
        );
    };
    one(
        &build::ticket("AAPL", None),
        "q",
        "a quantity is needed: 100, $25k, 2%, r0.5% or max",
    );
    one(
        &draft("$50"),
        "q",
        "$50 is less than one lot of 1, which is 100 USD",
    );
    one(&draft("max"), "q", "no size passes the gates");
    one(
        &draft("r1%"),
        "s",
        "r1% needs a stop price to measure the risk to",
    );
    let mut ticket = draft("r1%");
    ticket.stop_price = Some(read("101"));
    one(
        &ticket,
        "s",
        "stop price 101 must be below the entry at 100",
    );
    let mut ticket = draft("10");
    ticket.order_type = OrderType::Limit;
    one(&ticket, "l", "a limit order needs a limit price");
    ticket.limit_price = Some(read("-1"));
    one(&ticket, "l", "limit price -1 must be above 0");
    ticket.order_type = OrderType::Market;
    one(
        &ticket,
        "l",
        "a market order takes no limit price: clear -1",
    );
    ticket.limit_price = None;
    ticket.stop_price = Some(read("99"));
    one(&ticket, "s", "a market order takes no stop price: clear 99");
    let mut empty = build::ticket("AAPL", None);
    empty.order_type = OrderType::StopLimit;
    let fields: Vec<_> = faults(&empty).into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["quantity", "limit_price", "stop_price"]);
}

#[test]
fn what_is_unknown_is_said_and_not_guessed() {
    let (instrument, seen) = share();
    let none = made(&draft("10"), None, &seen).unwrap_err();
    assert_eq!(none[0].field, "symbol");
    let blind = Seen::default();
    for (size, word) in [("$10k", "a price in USD"), ("2%", "NAV")] {
        let found = made(&draft(size), Some(&instrument), &blind).unwrap_err();
        assert!(found[0].fault.contains(word), "{found:?}");
    }
    assert_eq!(
        made(&draft("10"), Some(&instrument), &blind)
            .unwrap()
            .quantity,
        read("10")
    );
}

#[test]
fn the_order_carries_the_ticket_and_what_it_was_given() {
    let (instrument, seen) = share();
    let mut ticket = draft("10");
    "why not".clone_into(&mut ticket.thesis);
    let order = made(&ticket, Some(&instrument), &seen).unwrap();
    let expected = Order {
        order_id: read("o-7"),
        thesis: "why not".to_owned(),
        ..build::order("AAPL", "10")
    };
    assert_eq!(order, expected);
}

//! Sending: an approved order leaves once, behind an intent.

use mts1b_desk::event::OrderFact;
use mts1b_desk::order::effect::Effect;
use mts1b_desk::order::gate::check;
use mts1b_desk::order::oms::{self, Flight, Orders};

use super::case::Case;
use crate::support::build::noon;

#[test]
fn an_approved_order_is_in_flight_before_it_leaves() {
    let case = Case::buy("10");
    let (_, approved) = case.ask(check);
    let (intent, effect) = oms::submit(approved.unwrap(), noon());

    let mut orders = Orders::default();
    orders.apply(&OrderFact::Created(Box::new(case.order.clone())));
    orders.apply(&intent);
    let record = orders.get(&case.order.order_id).unwrap();
    assert_eq!(record.flight, Flight::InFlight { since: noon() });
    assert_eq!(record.order.submitted_at, Some(noon()));
    assert_eq!(orders.working(&case.order.symbol).0, case.order.quantity);
    assert!(matches!(effect, Effect::Place(order) if *order.get() == case.order));
}

//! The operator's own gates over sessions: taken over at a start, journaled, kept, and judged again the same.

use mts1b_desk::domain::{
    CustomGate, HaltRequest, HaltScope, OrderType, RejectionCode, Side, Ticket, TicketSize,
};
use mts1b_desk::event::{Asks, Command, Control, Fact, Opening, OrderFact, RateLimits, RiskFact};

use super::rig::{AAPL, Desk, place, state};
use crate::support::build::{self, envelope, fund, read};

fn opening(gates: &[CustomGate]) -> Control {
    let mut envelope = envelope();
    envelope.enable_shorting = true;
    Control::Open(Box::new(Opening {
        desk_id: "t1".into(),
        fund: fund(),
        envelope,
        rates: RateLimits::default(),
        gates: gates.to_vec(),
        asks: Asks::default(),
        version: "test".into(),
    }))
}

fn set(facts: &[Fact]) -> usize {
    let set = |fact: &&Fact| matches!(fact, Fact::Risk(RiskFact::GatesSet(_)));
    facts.iter().filter(set).count()
}

const COLLAR: CustomGate = CustomGate::PriceCollar { bps: 100 };
const CROSS: CustomGate = CustomGate::SelfCross {
    reach_bps: 50,
    exits: true,
};

fn limit(key: &str, side: Side, price: &str) -> Ticket {
    Ticket {
        idempotency_key: read(key),
        side,
        order_type: OrderType::Limit,
        limit_price: Some(read(price)),
        ..build::ticket(AAPL, Some(TicketSize::Units(read("10"))))
    }
}

/// Returns the code a placed ticket was refused with.
fn refused(desk: &mut Desk, ticket: Ticket) -> Option<RejectionCode> {
    let facts = desk.command(place(ticket));
    facts.into_iter().find_map(|fact| match fact {
        Fact::Order(OrderFact::Rejected { code, .. }) => code,
        _ => None,
    })
}

#[test]
fn gates_are_said_once_and_again_when_they_change() {
    let mut desk = Desk::opened(opening(&[COLLAR]));
    let first = desk.state.hash();
    assert_eq!(desk.state.books().risk.gates().settings(), [COLLAR]);
    assert_eq!(set(&desk.reopen(opening(&[COLLAR]))), 0, "as they were");
    assert_eq!(set(&desk.reopen(opening(&[CROSS, COLLAR]))), 1);
    assert_eq!(desk.state.books().risk.gates().settings(), [CROSS, COLLAR]);
    assert_ne!(desk.state.hash(), first, "they are part of the truth");
    // What is kept beside the journal holds them too.
    let kept = desk.state.keep().write().unwrap();
    let back = state()
        .with_kept(&kept.books, &kept.orders, &kept.links)
        .unwrap();
    assert_eq!(back.hash(), desk.state.hash());
    // Without any there is nothing to say.
    assert_eq!(set(&Desk::open().reopen(opening(&[]))), 0);
}

#[test]
fn a_restart_inside_a_halt_takes_no_gate_away() {
    let mut desk = Desk::opened(opening(&[COLLAR]));
    desk.command(Command::Halt(HaltRequest {
        halt_id: "h-1".to_owned(),
        scope: HaltScope::Fund,
        target: fund().fund_id.to_string(),
        reason: "drill".to_owned(),
        actor: "ana".to_owned(),
        cancel_open_orders: false,
        flatten: false,
        requested_at: desk.now,
    }));
    let facts = desk.reopen(opening(&[]));
    assert_eq!(set(&facts), 0);
    assert!(facts.iter().any(|fact| matches!(
        fact,
        Fact::Order(OrderFact::CommandRefused { what, .. }) if what == "gates"
    )));
    assert_eq!(desk.state.books().risk.gates().settings(), [COLLAR]);
}

#[test]
fn an_own_gate_refuses_in_the_engine_and_is_judged_again_the_same() {
    let mut desk = Desk::opened(opening(&[COLLAR, CROSS]));
    desk.work(limit("k-1", Side::Buy, "99.90"));
    let code = |name: &str| Some(RejectionCode::Custom(name.into()));
    let far = limit("k-2", Side::Buy, "90");
    assert_eq!(refused(&mut desk, far), code("price_collar"));
    let crossing = limit("k-3", Side::Short, "99.90");
    assert_eq!(refused(&mut desk, crossing), code("self_cross"));
    let beside = limit("k-4", Side::Short, "99.91");
    assert_eq!(refused(&mut desk, beside), None);
    // Every judgement of the journal comes out as it was recorded.
    let again = desk.replayed();
    assert_eq!(again.hash(), desk.state.hash());
}

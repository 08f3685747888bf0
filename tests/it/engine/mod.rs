//! The engine: what a session's opening does over existing books, how fast it sends,
//! what a runaway does, how orders are changed, how lost reports heal.

mod asked;
mod correct;
mod envelope;
mod flood;
mod gates;
mod halts;
mod heal;
mod panic;
mod rate;
mod replace;
pub mod rig;
mod slow;
mod stops;
mod storm;

use mts1b_desk::domain::{HaltRequest, HaltScope, RiskEnvelope, Timestamp};
use mts1b_desk::engine::{Out, State, What};
use mts1b_desk::event::{
    Asks, Command, Control, Fact, Input, Opening, OrderFact, RateLimits, RiskFact, Source,
};

use self::rig::state;
use crate::support::build::{envelope, fund, noon};

fn open(state: &mut State, envelope: RiskEnvelope, now: Timestamp) -> Vec<Fact> {
    let opening = Opening {
        desk_id: "t1".into(),
        fund: fund(),
        envelope,
        rates: RateLimits::default(),
        gates: Vec::new(),
        asks: Asks::default(),
        version: "test".into(),
    };
    step(state, Input::Control(Control::Open(Box::new(opening))), now)
}

fn step(state: &mut State, input: Input, now: Timestamp) -> Vec<Fact> {
    let mut out = Out::default();
    state.step(Source::Desk, input, now, &mut out);
    out.entries
        .into_iter()
        .filter_map(|entry| match entry.what {
            What::Fact(fact) => Some(*fact),
            What::Input(_) => None,
        })
        .collect()
}

fn versions(facts: &[Fact]) -> Vec<(u32, f64)> {
    facts
        .iter()
        .filter_map(|fact| match fact {
            Fact::Risk(RiskFact::EnvelopeSet(set)) => Some((set.version, set.max_position_pct)),
            _ => None,
        })
        .collect()
}

#[test]
fn limits_changed_in_the_configuration_become_the_next_version() {
    let mut state = state();
    let tighter = |pct| RiskEnvelope {
        max_position_pct: pct,
        ..envelope()
    };
    assert_eq!(
        versions(&open(&mut state, tighter(0.10), noon())),
        [(1, 0.10)]
    );
    let again = open(&mut state, tighter(0.10), noon());
    assert_eq!(versions(&again), [], "the same limits are no new version");
    assert_eq!(
        versions(&open(&mut state, tighter(0.05), noon())),
        [(2, 0.05)]
    );
    assert_eq!(versions(&open(&mut state, tighter(0.05), noon())), []);
}

#[test]
fn a_restart_is_no_way_to_change_limits_while_halted() {
    let mut state = state();
    open(&mut state, envelope(), noon());
    let halt = HaltRequest {
        halt_id: "h1".into(),
        scope: HaltScope::Fund,
        target: fund().fund_id.to_string(),
        reason: "panic".into(),
        actor: "tester".into(),
        cancel_open_orders: true,
        flatten: false,
        requested_at: noon(),
    };
    step(&mut state, Input::Command(Command::Halt(halt)), noon());
    let looser = RiskEnvelope {
        max_position_pct: 1.0,
        ..envelope()
    };
    let facts = open(&mut state, looser, noon());
    assert_eq!(versions(&facts), []);
    let said = facts.iter().any(|fact| {
        matches!(fact, Fact::Order(OrderFact::CommandRefused { reason, .. }) if reason.contains("halt"))
    });
    assert!(said, "{facts:?}");
}

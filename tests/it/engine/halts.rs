//! Losses of day, week and month: what halts the fund, what stays possible, who lifts it and when.

use std::time::Duration;

use mts1b_desk::domain::{
    HaltRequest, HaltScope, HaltState, LossPeriod, OrderState, Quote, RejectionCode, RiskEnvelope,
    Side, Timestamp,
};
use mts1b_desk::event::{
    AccountFact, Asks, Command, Control, Fact, Input, MarketEvent, Opening, OrderFact, RateLimits,
    RiskFact,
};

use mts1b_desk::order::risk::Standing;

use super::rig::{AAPL, Desk, limit, place, program, refusals};
use crate::support::build::{self, envelope, fund, read};

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// Limits under which 6,000 shares can be held and only losses stop anything: 3 %, 6 %, 15 %.
fn wide(change: impl FnOnce(&mut RiskEnvelope)) -> RiskEnvelope {
    let mut wide = RiskEnvelope {
        max_position_pct: 1.0,
        max_sector_pct: 1.0,
        max_order_notional_usd: read("10000000"),
        daily_loss_halt_pct: 0.03,
        weekly_loss_halt_pct: 0.06,
        monthly_loss_halt_pct: 0.15,
        enable_synthetic_stop: false,
        ..envelope()
    };
    change(&mut wide);
    wide
}

fn opening(envelope: &RiskEnvelope) -> Control {
    Control::Open(Box::new(Opening {
        desk_id: "t1".into(),
        fund: fund(),
        envelope: envelope.clone(),
        rates: RateLimits::default(),
        gates: Vec::new(),
        asks: Asks::default(),
        version: "test".into(),
    }))
}

/// Holds 6,000 shares at 100.01, which is the mark: NAV is 1,000,000 to the cent.
fn holding(envelope: &RiskEnvelope) -> Desk {
    let mut desk = Desk::open();
    desk.control(opening(envelope));
    desk.tick();
    let entry = desk.work(limit("entry", Side::Buy, "6000", "100.01"));
    desk.fill(&entry, "6000");
    assert_eq!(nav(&desk), "1000000");
    desk
}

fn nav(desk: &Desk) -> String {
    let nav = desk.state.books().exposure.nav_usd().unwrap();
    nav.decimal().normalize().to_string()
}

/// Quotes the share so that its middle is there, and looks.
fn marked(desk: &mut Desk, mid: &str) -> Vec<Fact> {
    let mid: mts1b_desk::domain::Price = read(mid);
    let quote = Quote {
        bid: mid - read("0.01"),
        ask: mid + read("0.01"),
        timestamp: desk.now,
        ..build::quote(AAPL, "1", "1")
    };
    desk.state.market(&MarketEvent::Quote {
        quote,
        received_at: desk.now,
    });
    desk.tick()
}

fn halted(facts: &[Fact]) -> Vec<LossPeriod> {
    facts
        .iter()
        .filter_map(|fact| match fact {
            Fact::Risk(RiskFact::Halted { loss, .. }) => Some(loss.unwrap().period),
            _ => None,
        })
        .collect()
}

fn standing(desk: &Desk) -> Vec<Option<LossPeriod>> {
    let halts = desk.state.books().risk.halts();
    halts.iter().map(Standing::period).collect()
}

fn resume(who: &str, why: &str) -> Command {
    Command::Resume {
        target: "fund-1".into(),
        actor: who.into(),
        reason: why.into(),
    }
}

fn flow(amount: &str) -> Command {
    Command::Flow {
        amount_usd: read(amount),
        actor: "ana".into(),
        reason: "subscription".into(),
    }
}

/// Begins a session again over what the journal holds, at the mark as it was.
fn restart(desk: &mut Desk, envelope: &RiskEnvelope, mid: &str) {
    desk.effects.clear();
    desk.state = desk.replayed();
    desk.control(opening(envelope));
    marked(desk, mid);
}

fn code(facts: &[Fact]) -> Option<RejectionCode> {
    facts.iter().find_map(|fact| match fact {
        Fact::Order(OrderFact::Rejected { code, .. }) => code.clone(),
        _ => None,
    })
}

#[test]
fn a_loss_that_reaches_its_limit_halts_and_one_cent_a_share_less_does_not() {
    // 6,000 shares: 5.00 are 3 %, 10.00 are 6 %, 25.00 are 15 %.
    for (period, limit, below, at) in [
        (LossPeriod::Day, 0.03, "95.02", "95.01"),
        (LossPeriod::Week, 0.06, "90.02", "90.01"),
        (LossPeriod::Month, 0.15, "75.02", "75.01"),
    ] {
        let only = wide(|set| {
            set.daily_loss_halt_pct = 1.0;
            set.weekly_loss_halt_pct = 1.0;
            set.monthly_loss_halt_pct = 1.0;
            match period {
                LossPeriod::Day => set.daily_loss_halt_pct = limit,
                LossPeriod::Week => set.weekly_loss_halt_pct = limit,
                LossPeriod::Month => set.monthly_loss_halt_pct = limit,
            }
        });
        let mut desk = holding(&only);
        assert_eq!(halted(&marked(&mut desk, below)), []);
        let facts = marked(&mut desk, at);
        assert_eq!(halted(&facts), [period], "{facts:?}");
        assert_eq!(halted(&marked(&mut desk, "1.00")), [], "it stands already");
    }
}

#[test]
fn a_halt_says_who_why_and_since_cancels_what_opens_and_lets_exits_through() {
    let wide = wide(|_| ());
    let mut desk = holding(&wide);
    let entry = desk.work(limit("more", Side::Buy, "10", "90"));
    let exit = desk.work(limit("out", Side::Sell, "1000", "110"));
    desk.wait(3000);
    desk.left();
    marked(&mut desk, "95.01");
    let halt = desk.state.books().risk.halts()[0].clone();
    assert_eq!(
        halt.status.trigger,
        "day loss 30000.00 USD reached 0.03 of 1000000 (drawdown_halt)"
    );
    assert_eq!(
        (halt.by.as_str(), halt.status.since),
        ("drawdown_halt", desk.now)
    );
    assert_eq!(desk.left(), ["cancel"]);
    assert_eq!(desk.record(&exit).state(), OrderState::Accepted);
    desk.canceled(&entry);

    let opens = desk.command(place(limit("again", Side::Buy, "1", "95")));
    assert_eq!(code(&opens), Some(RejectionCode::FundHalted));
    let flips = desk.command(place(limit("flip", Side::Sell, "5001", "95")));
    assert_eq!(code(&flips), Some(RejectionCode::FundHalted));
    let exits = desk.command(place(limit("exit", Side::Sell, "5000", "95")));
    assert_eq!(code(&exits), None);
    assert_eq!(desk.replayed().hash(), desk.state.hash());
}

#[test]
fn a_halt_outlives_restarts_and_midnight_and_a_lost_day_is_lifted_from_the_next_one_on() {
    let wide = wide(|_| ());
    let mut desk = holding(&wide);
    marked(&mut desk, "95.01");
    let why = refusals(&desk.command(resume("ana", "looked at it")));
    assert_eq!(
        why,
        ["the halt after the lost day is lifted from the next UTC day on, it began on 2026-11-20"]
    );
    restart(&mut desk, &wide, "95.01");
    assert_eq!(standing(&desk), [Some(LossPeriod::Day)]);
    // To the last microsecond of the day, and the first of the next.
    desk.now = read::<Timestamp>("2026-11-20T23:59:59.999999Z");
    assert_eq!(refusals(&desk.command(resume("ana", "late"))).len(), 1);
    desk.now = read::<Timestamp>("2026-11-21T00:00:00Z");
    marked(&mut desk, "95.01");
    assert_eq!(
        standing(&desk),
        [Some(LossPeriod::Day)],
        "midnight lifts nothing"
    );
    assert_eq!(
        refusals(&desk.command(resume("ana", "  "))),
        ["a name and a reason are needed"]
    );
    assert_eq!(
        refusals(&desk.command(resume(" ", "why not"))),
        ["a name and a reason are needed"]
    );
    let facts = desk.step(program(), Input::Command(resume("algo", "it is fine")));
    assert!(refusals(&facts)[0].contains("a person lifts it, not a program"));
    desk.command(resume("ana", "looked at it"));
    assert_eq!(standing(&desk), []);
    assert_eq!(
        halted(&desk.tick()),
        [],
        "the new day began at what was left"
    );
    assert_eq!(desk.replayed().hash(), desk.state.hash());
}

#[test]
fn a_lost_week_takes_two_names_and_a_key_pressed_on_top_does_not_make_it_one() {
    let wide = wide(|set| set.daily_loss_halt_pct = 1.0);
    let mut desk = holding(&wide);
    marked(&mut desk, "90.01");
    desk.command(Command::Halt(HaltRequest {
        halt_id: "h1".into(),
        scope: HaltScope::Fund,
        target: "fund-1".into(),
        reason: "panic key".into(),
        actor: "ana".into(),
        cancel_open_orders: true,
        flatten: false,
        requested_at: desk.now,
    }));
    assert_eq!(standing(&desk), [Some(LossPeriod::Week), None]);
    // One name lifts the key's halt and agrees to the other.
    desk.command(resume("Ana", "sold the worst of it"));
    assert_eq!(standing(&desk), [Some(LossPeriod::Week)]);
    let halt = desk.state.books().risk.halts()[0].clone();
    assert_eq!(halt.status.state, HaltState::Resuming);
    assert_eq!(
        halt.agreed.as_ref().map(|agreed| agreed.by.as_str()),
        Some("Ana")
    );
    let opens = desk.command(place(limit("again", Side::Buy, "1", "90")));
    assert_eq!(
        code(&opens),
        Some(RejectionCode::FundHalted),
        "one name lifts nothing"
    );
    for same in ["Ana", "ana", " ANA "] {
        let why = refusals(&desk.command(resume(same, "again")));
        assert_eq!(
            why,
            ["the halt after the lost week needs a second name, Ana agreed already"]
        );
    }
    restart(&mut desk, &wide, "90.01");
    assert_eq!(desk.state.books().risk.halts()[0].agreed, halt.agreed);
    let facts = desk.command(resume("Bob", "agreed"));
    assert!(
        matches!(&facts[..], [Fact::Risk(RiskFact::Resumed { status, .. })]
            if status.resumed_by.as_deref() == Some("Ana and Bob")),
        "{facts:?}"
    );
    assert_eq!(standing(&desk), []);
    // The same loss does not halt again; as much again from there does.
    assert_eq!(halted(&desk.tick()), []);
    assert_eq!(
        halted(&marked(&mut desk, "80.62")),
        [],
        "6 % of 940,000 are 9.40 a share"
    );
    assert_eq!(halted(&marked(&mut desk, "80.61")), [LossPeriod::Week]);
    assert_eq!(desk.replayed().hash(), desk.state.hash());
}

#[test]
fn a_lost_month_takes_two_names_whatever_the_date() {
    let wide = wide(|set| {
        set.daily_loss_halt_pct = 1.0;
        set.weekly_loss_halt_pct = 1.0;
    });
    let mut desk = holding(&wide);
    marked(&mut desk, "75.01");
    desk.now = desk.now.plus(DAY * 40);
    marked(&mut desk, "75.01");
    assert_eq!(standing(&desk), [Some(LossPeriod::Month)]);
    desk.command(resume("ana", "it is January"));
    assert_eq!(standing(&desk), [Some(LossPeriod::Month)]);
    desk.command(resume("bob", "so it is"));
    assert_eq!(standing(&desk), []);
}

#[test]
fn a_loss_of_week_and_day_at_once_are_two_halts_with_their_own_rules() {
    let wide = wide(|_| ());
    let mut desk = holding(&wide);
    assert_eq!(
        halted(&marked(&mut desk, "90.01")),
        [LossPeriod::Day, LossPeriod::Week]
    );
    desk.now = desk.now.plus(DAY);
    marked(&mut desk, "90.01");
    desk.command(resume("ana", "one"));
    assert_eq!(standing(&desk), [Some(LossPeriod::Week)]);
    desk.command(resume("bob", "two"));
    assert_eq!(standing(&desk), []);
}

#[test]
fn money_that_flows_is_neither_won_nor_lost() {
    let wide = wide(|_| ());
    // Money that comes in hides no loss.
    let mut desk = holding(&wide);
    desk.command(flow("500000"));
    assert_eq!(nav(&desk), "1500000");
    // 3 % of what is there now: 45,000, 7.50 a share.
    assert_eq!(halted(&marked(&mut desk, "92.52")), []);
    assert_eq!(halted(&marked(&mut desk, "92.51")), [LossPeriod::Day]);
    // Money that leaves is no loss.
    let mut desk = holding(&wide);
    desk.command(flow("-350000"));
    assert_eq!(halted(&desk.tick()), []);
    assert_eq!(
        halted(&marked(&mut desk, "96.77")),
        [],
        "3 % of 650,000 are 3.25 a share"
    );
    restart(&mut desk, &wide, "96.77");
    assert_eq!(standing(&desk), []);
    assert_eq!(halted(&marked(&mut desk, "96.76")), [LossPeriod::Day]);
    assert_eq!(desk.state.ledger().flows().len(), 1);
    assert_eq!(desk.replayed().hash(), desk.state.hash());
}

#[test]
fn a_flow_that_cannot_be_is_refused_with_its_numbers() {
    let mut desk = holding(&wide(|_| ()));
    for (command, words) in [
        (flow("0"), "an amount of 0 is no flow"),
        (
            flow("-399940.01"),
            "399940.01 USD cannot leave: 399940.00 are there",
        ),
        (
            Command::Flow {
                amount_usd: read("1"),
                actor: "ana".into(),
                reason: " ".into(),
            },
            "a name and a reason are needed",
        ),
    ] {
        assert_eq!(refusals(&desk.command(command)), [words]);
    }
    let facts = desk.step(program(), Input::Command(flow("5")));
    assert!(refusals(&facts)[0].contains("not a program"));
    assert_eq!(nav(&desk), "1000000");
}

#[test]
fn a_clock_that_steps_neither_forgets_a_loss_nor_makes_one() {
    let wide = wide(|_| ());
    // Set forward and back over every border: what was lost is still lost.
    for ahead in [HOUR * 13, DAY * 4, DAY * 40, DAY * 400] {
        let mut desk = holding(&wide);
        marked(&mut desk, "95.11");
        let noon = desk.now;
        desk.now = noon.plus(ahead);
        restart(&mut desk, &wide, "95.11");
        assert_eq!(standing(&desk), [], "{ahead:?} ahead nothing was lost");
        desk.now = noon;
        restart(&mut desk, &wide, "95.11");
        assert_eq!(standing(&desk), []);
        assert_eq!(
            halted(&marked(&mut desk, "95.01")),
            [LossPeriod::Day],
            "{ahead:?}"
        );
    }
    // Set back, to a day that never began: measured from the one that did.
    for back in [HOUR * 13, DAY * 6, DAY * 40] {
        let mut desk = holding(&wide);
        marked(&mut desk, "95.11");
        desk.now = desk.now.minus(back);
        restart(&mut desk, &wide, "95.11");
        assert_eq!(standing(&desk), [], "{back:?} back nothing more was lost");
        assert_eq!(
            halted(&marked(&mut desk, "95.01")),
            [LossPeriod::Day],
            "{back:?}"
        );
    }
    // A halt stands through all of it.
    let mut desk = holding(&wide);
    marked(&mut desk, "95.01");
    let noon = desk.now;
    for at in [noon.plus(DAY * 400), noon.minus(DAY * 400), noon] {
        desk.now = at;
        restart(&mut desk, &wide, "95.01");
        assert_eq!(standing(&desk), [Some(LossPeriod::Day)]);
    }
}

#[test]
fn days_on_which_nobody_looked_begin_nothing_and_end_nothing() {
    let wide = wide(|set| set.daily_loss_halt_pct = 1.0);
    let mut desk = Desk::open();
    desk.now = read("2026-11-23T08:00:00Z");
    desk.wait(0);
    desk.control(opening(&wide));
    desk.tick();
    let entry = desk.work(limit("entry", Side::Buy, "6000", "100.01"));
    desk.fill(&entry, "6000");
    // From Monday to Friday of one week: the week is measured from Monday.
    desk.now = read("2026-11-27T08:00:00Z");
    restart(&mut desk, &wide, "90.02");
    assert_eq!(standing(&desk), []);
    assert_eq!(halted(&marked(&mut desk, "90.01")), [LossPeriod::Week]);
    // Three weeks without anybody: the halt is there, and the new week began where it was seen.
    desk.now = read("2026-12-16T08:00:00Z");
    restart(&mut desk, &wide, "80.00");
    assert_eq!(standing(&desk), [Some(LossPeriod::Week)]);
    let starts: Vec<_> = desk.state.ledger().starts(LossPeriod::Week).collect();
    assert_eq!(starts.len(), 3, "{starts:?}");
    let month = desk.state.ledger().start_on(LossPeriod::Month, desk.now);
    assert_eq!(month, desk.state.books().exposure.nav_usd());
}

#[test]
fn without_a_known_nav_nothing_is_measured_and_a_lost_week_is_not_lifted() {
    let wide = wide(|set| set.daily_loss_halt_pct = 1.0);
    let mut desk = holding(&wide);
    marked(&mut desk, "90.01");
    desk.effects.clear();
    desk.state = desk.replayed();
    desk.control(opening(&wide));
    desk.tick();
    assert_eq!(standing(&desk), [Some(LossPeriod::Week)]);
    let why = refusals(&desk.command(resume("ana", "lift it")));
    assert!(why[0].ends_with("a price or rate is missing"), "{why:?}");
}

#[test]
fn what_is_left_of_each_limit_and_the_curve_are_in_the_snapshot() {
    let mut desk = holding(&wide(|_| ()));
    for minute in 0..5 {
        desk.now = desk.now.plus(Duration::from_mins(1));
        marked(&mut desk, if minute == 4 { "98.01" } else { "100.01" });
        desk.tick();
    }
    let snap = desk
        .state
        .snapshot(desk.now, mts1b_desk::engine::LoopStats::default());
    let shown: Vec<_> = snap
        .drawdowns(desk.now)
        .iter()
        .map(|row| (row.period, row.change_usd, row.limit_usd))
        .collect();
    let lost = read("-12000");
    assert_eq!(
        shown,
        [
            (LossPeriod::Day, lost, read("30000")),
            (LossPeriod::Week, lost, read("60000")),
            (LossPeriod::Month, lost, read("150000")),
        ]
    );
    assert_eq!(snap.nav.len(), 6, "one a minute");
    assert_eq!(snap.nav.last().map(|(_, nav)| *nav), Some(read("988000")));
    let began =
        |fact: &(u64, Fact)| matches!(fact.1, Fact::Account(AccountFact::PeriodStarted { .. }));
    assert_eq!(desk.facts.iter().filter(|fact| began(fact)).count(), 2);
}

#[test]
fn the_curve_of_nav_keeps_two_days_of_minutes() {
    let mut desk = holding(&wide(|_| ()));
    for _ in 0..3000 {
        desk.now = desk.now.plus(Duration::from_mins(1));
        desk.tick();
        desk.tick();
    }
    let before = desk.now;
    // Set back, the clock draws nothing over what was drawn.
    desk.now = desk.now.minus(DAY);
    desk.tick();
    let snap = desk
        .state
        .snapshot(desk.now, mts1b_desk::engine::LoopStats::default());
    assert_eq!(snap.nav.len(), 2880);
    assert_eq!(snap.nav.last().map(|(at, _)| *at), Some(before));
}

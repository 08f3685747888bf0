//! Gates 4 to 7, which judge what the book would become: boundaries, what works, flips, shorts, halts, exits.

use mts1b_desk::domain::GateName::{CroVeto, DrawdownHalt, PositionRisk, Schema, ShortSide};
use mts1b_desk::domain::RejectionCode::{
    BorrowFee, DuplicateKey, FundHalted, LocateRequired, MaxGross, MaxNet, MaxOrderNotional,
    MaxPositionPct, MaxPositionUsd, NoReferencePrice, ShortingDisabled,
};
use mts1b_desk::domain::{GateName, Side};
use mts1b_desk::event::Outcome;
use mts1b_desk::order::gate::{check, preview};

use crate::order::case::{Case, check_all};
use crate::support::build::{self, noon, read};

type Trouble = fn(&mut Case);

#[test]
fn a_position_counts_what_is_held_what_works_and_the_order() {
    let pct = Some((PositionRisk, MaxPositionPct));
    let short = |quantity: &str| {
        Case::side(Side::Short, quantity).with(|c| c.envelope.enable_shorting = true)
    };
    let usd =
        |most: &str| Case::buy("500").with(|c| c.envelope.max_position_usd = Some(read(most)));
    check_all(vec![
        ("flat, exactly at the limit", Case::buy("1000"), None),
        (
            "held, exactly at the limit",
            Case::buy("400").holding("600"),
            None,
        ),
        (
            "held, one lot over",
            Case::buy("401").holding("600"),
            pct.clone(),
        ),
        (
            "working buys counted, at the limit",
            Case::buy("300").holding("600").working("100", "0"),
            None,
        ),
        (
            "working buys counted, over",
            Case::buy("301").holding("600").working("100", "0"),
            pct.clone(),
        ),
        (
            "working sells make no room",
            Case::buy("401").holding("600").working("0", "600"),
            pct.clone(),
        ),
        ("short, exactly at the limit", short("1000"), None),
        (
            "short, working counted, over",
            short("601").working("0", "400"),
            pct.clone(),
        ),
        (
            "short, adding over",
            short("1").holding("-1000"),
            pct.clone(),
        ),
        (
            "flip to long within",
            Case::buy("600").holding("-100"),
            None,
        ),
        (
            "flip to long beyond",
            Case::buy("1000")
                .holding("-100")
                .with(|c| c.envelope.max_position_pct = 0.08),
            pct,
        ),
        ("in dollars, at the limit", usd("50000"), None),
        (
            "in dollars, over",
            usd("49999.99"),
            Some((PositionRisk, MaxPositionUsd)),
        ),
    ]);
    let over = Case::buy("700").holding("1000").verdict(&PositionRisk);
    assert_eq!(over.reason, "position 17.0% > 10.0%");
    assert_eq!(over.measure.unwrap().value.decimal(), read("0.17"));
    let within = Case::buy("300").holding("270").verdict(&PositionRisk);
    assert_eq!(within.reason, "position 5.7% of 10.0%");
    assert_eq!(within.age_ms, Some(100));
    // A cent beyond reads as beyond.
    let barely =
        Case::buy("1000").with(|c| c.seen.quote = Some(build::quote("AAPL", "100", "100.0001")));
    let barely = barely
        .with(|c| c.envelope.max_order_notional_usd = read("1000000"))
        .verdict(&PositionRisk);
    assert_eq!(barely.reason, "position 10.00001% > 10.00000%");
    assert!(barely.measure.unwrap().headroom() < read("0"));
}

#[test]
fn the_book_has_a_gross_and_a_net() {
    let book = |side: Side, quantity: &str, gross: &str, net: &str| {
        Case::side(side, quantity).with(|case| {
            case.envelope.enable_shorting = true;
            case.seen.other_gross_usd = Some(read(gross));
            case.seen.other_net_high_usd = Some(read(net));
            case.seen.other_net_low_usd = Some(read(net));
        })
    };
    let wide = |case: Case| case.with(|c| c.envelope.max_gross_exposure_pct = 5.0);
    let gross = Some((PositionRisk, MaxGross));
    let net = Some((PositionRisk, MaxNet));
    check_all(vec![
        ("gross exactly", book(Side::Buy, "100", "990000", "0"), None),
        (
            "gross, one lot over",
            book(Side::Buy, "101", "990000", "0"),
            gross.clone(),
        ),
        (
            "gross, a short adds",
            book(Side::Short, "101", "990000", "0"),
            gross.clone(),
        ),
        (
            "gross counts the worse side",
            book(Side::Buy, "1", "950000", "0").working("0", "501"),
            gross,
        ),
        (
            "net exactly",
            wide(book(Side::Buy, "100", "0", "990000")),
            None,
        ),
        (
            "net, one lot over",
            wide(book(Side::Buy, "101", "0", "990000")),
            net.clone(),
        ),
        (
            "net short exactly",
            wide(book(Side::Short, "100", "0", "-990000")),
            None,
        ),
        (
            "net short, one lot over",
            wide(book(Side::Short, "101", "0", "-990000")),
            net.clone(),
        ),
        (
            "buying leads back from a net short breach",
            wide(book(Side::Buy, "10", "0", "-2000000")),
            None,
        ),
        (
            "selling leads back from a net long breach",
            wide(book(Side::Short, "10", "0", "2000000")),
            None,
        ),
        (
            "held net short: buying binds",
            wide(book(Side::Buy, "101", "0", "-510000"))
                .with(|c| c.envelope.max_net_exposure_pct = -0.5),
            net,
        ),
        (
            "held net short: selling does not",
            wide(book(Side::Short, "101", "0", "-510000"))
                .with(|c| c.envelope.max_net_exposure_pct = -0.5),
            None,
        ),
    ]);
    let tightest = wide(book(Side::Buy, "10", "0", "985000")).verdict(&PositionRisk);
    assert_eq!(tightest.reason, "net 98.6% of 100.0%");
}

#[test]
fn a_fund_of_no_known_worth_opens_nothing() {
    let blind = |change: fn(&mut Case)| Case::buy("1").with(change);
    let none = Some((PositionRisk, NoReferencePrice));
    check_all(vec![
        (
            "NAV unknown",
            blind(|c| c.seen.nav_usd = None),
            none.clone(),
        ),
        (
            "gross unknown",
            blind(|c| c.seen.other_gross_usd = None),
            none.clone(),
        ),
        (
            "net unknown",
            blind(|c| c.seen.other_net_low_usd = None),
            none,
        ),
        (
            "NAV zero",
            blind(|c| c.seen.nav_usd = Some(read("0"))),
            Some((PositionRisk, MaxPositionPct)),
        ),
        (
            "NAV below zero",
            blind(|c| c.seen.nav_usd = Some(read("-5"))),
            Some((PositionRisk, MaxPositionPct)),
        ),
    ]);
}

#[test]
fn a_halted_fund_only_reduces() {
    let halted = |case: Case| case.with(|c| c.halt = Some(build::halt()));
    let no = Some((DrawdownHalt, FundHalted));
    check_all(vec![
        ("opening", halted(Case::buy("1")), no.clone()),
        (
            "buying while flat",
            halted(Case::buy("1").holding("0")),
            no.clone(),
        ),
        ("adding", halted(Case::buy("1").holding("5")), no.clone()),
        (
            "closing",
            halted(Case::side(Side::Sell, "5").holding("5")),
            None,
        ),
        (
            "selling more than the long",
            halted(Case::side(Side::Sell, "6").holding("5")),
            no.clone(),
        ),
        (
            "selling more than the long, shorting on",
            halted(Case::side(Side::Sell, "6").holding("5"))
                .with(|c| c.envelope.enable_shorting = true),
            no.clone(),
        ),
        (
            "a second exit beside a working one",
            halted(Case::side(Side::Sell, "5").holding("5").working("0", "1")),
            no.clone(),
        ),
        (
            "covering",
            halted(Case::side(Side::Cover, "5").holding("-5")),
            None,
        ),
        (
            "covering while flat",
            halted(Case::side(Side::Cover, "5")),
            no.clone(),
        ),
        (
            "covering beyond",
            halted(Case::side(Side::Cover, "6").holding("-5")),
            no,
        ),
    ]);
    assert_eq!(
        halted(Case::buy("1")).verdict(&DrawdownHalt).reason,
        "halted: day loss (risk)"
    );
    let day = Case::buy("1").with(|c| {
        c.day_start_usd = Some(read("1004000"));
    });
    assert_eq!(
        day.verdict(&DrawdownHalt).reason,
        "day loss 4,000 of 30,120"
    );
    let gain = day
        .with(|c| c.day_start_usd = Some(read("900000")))
        .verdict(&DrawdownHalt);
    assert_eq!(gain.reason, "day loss 0 of 27,000");
}

#[test]
fn shorts_are_opened_only_where_allowed() {
    let off = Some((ShortSide, ShortingDisabled));
    let on = |case: Case| case.with(|c| c.envelope.enable_shorting = true);
    let locate = |case: Case| on(case).with(|c| c.envelope.require_borrow_locate = true);
    check_all(vec![
        ("short", Case::side(Side::Short, "1"), off.clone()),
        (
            "short of something held",
            Case::side(Side::Short, "1").holding("5"),
            off.clone(),
        ),
        (
            "all of the long",
            Case::side(Side::Sell, "5").holding("5"),
            None,
        ),
        (
            "more than the long",
            Case::side(Side::Sell, "6").holding("5"),
            off.clone(),
        ),
        (
            "more than the long with what works",
            Case::side(Side::Sell, "5").holding("5").working("0", "1"),
            off.clone(),
        ),
        ("selling while flat", Case::side(Side::Sell, "1"), off),
        ("short, on", on(Case::side(Side::Short, "1")), None),
        (
            "flip, on",
            on(Case::side(Side::Sell, "6").holding("5")),
            None,
        ),
        (
            "short, locate needed",
            locate(Case::side(Side::Short, "1")),
            Some((ShortSide, LocateRequired)),
        ),
        (
            "exit, locate needed",
            locate(Case::side(Side::Sell, "5").holding("5")),
            None,
        ),
        ("buying", Case::buy("1"), None),
        ("covering", Case::side(Side::Cover, "1").holding("-1"), None),
    ]);
}

#[test]
fn what_a_short_costs_is_known_of_late_and_enough_is_there() {
    let fee = Some((ShortSide, BorrowFee));
    let locate = Some((ShortSide, LocateRequired));
    let short = |quantity: &str, change: fn(&mut Case)| {
        Case::side(Side::Short, quantity).with(|c| {
            c.envelope.enable_shorting = true;
            change(c);
        })
    };
    let lent = |quantity: &str, available: Option<&str>, located: Option<&str>| {
        short(quantity, |c| c.envelope.require_borrow_locate = true).with(|c| {
            let borrow = c.seen.borrow.as_mut().unwrap();
            (borrow.available, borrow.located) = (available.map(read), located.map(read));
        })
    };
    let unknown: fn(&mut Case) = |c| c.seen.borrow = None;
    check_all(vec![
        ("fee unknown", short("1", unknown), fee.clone()),
        (
            "what is only a contract is not borrowed",
            short("1", unknown).with(|c| {
                c.order.symbol = build::symbol("EUR/USD");
                c.instrument = Some(build::instrument("EUR/USD", "0.01", "1"));
            }),
            None,
        ),
        (
            "an exit needs no borrow",
            Case::side(Side::Sell, "5")
                .holding("5")
                .with(|c| c.seen.borrow = None),
            None,
        ),
        ("enough located", lent("10", None, Some("10")), None),
        (
            "too little located",
            lent("10", None, Some("9")),
            locate.clone(),
        ),
        (
            "what works and what is short already is located too",
            lent("10", None, Some("30"))
                .holding("-15")
                .working("0", "5"),
            None,
        ),
        (
            "one too many of them",
            lent("10", None, Some("29"))
                .holding("-15")
                .working("0", "5"),
            locate.clone(),
        ),
        (
            "only what is new must be lent",
            lent("10", Some("15"), Some("99"))
                .holding("-15")
                .working("0", "5"),
            None,
        ),
        (
            "the lender has too little",
            lent("10", Some("14"), Some("99"))
                .holding("-15")
                .working("0", "5"),
            locate.clone(),
        ),
        (
            "of a flip only what goes beyond is borrowed",
            lent("10", Some("4"), Some("4")).holding("6"),
            None,
        ),
    ]);
    let said = |case: Case| case.verdict(&ShortSide).reason;
    let dear = short("1", |c| {
        c.seen.borrow.as_mut().unwrap().fee_bps = read("950.5");
    });
    assert_eq!(said(dear), "borrow fee 950.5 bps > 200 bps");
    assert_eq!(said(short("1", |_| ())), "borrow fee 50 bps of 200 bps");
    assert_eq!(
        said(lent("10", None, Some("9"))),
        "units short, located 10 > 9"
    );
    let old = short("1", |c| {
        let hours = std::time::Duration::from_hours(100);
        c.seen.borrow.as_mut().unwrap().asof = Some(noon().minus(hours));
    });
    assert_eq!(said(old), "age of the borrow fee 360000 s > 345600 s");
}

#[test]
fn an_exit_is_never_held_up_by_what_is_unknown_or_over_a_limit() {
    let exits = [
        Case::side(Side::Sell, "5").holding("5"),
        Case::side(Side::Sell, "4").holding("5").working("100", "1"),
        Case::side(Side::Cover, "5").holding("-5"),
        Case::side(Side::Buy, "5").holding("-6").working("1", "0"),
    ];
    let troubles: [(&str, Trouble); 9] = [
        ("halted", |c| c.halt = Some(build::halt())),
        ("stale", |c| c.seen.quote_age_ms = Some(1_000_000)),
        ("no quote", |c| c.seen.quote = None),
        ("no rate", |c| c.seen.usd_rate = None),
        ("NAV unknown: another symbol has no mark", |c| {
            c.seen.nav_usd = None;
            c.seen.other_gross_usd = None;
            c.seen.other_net_high_usd = None;
            c.seen.other_net_low_usd = None;
        }),
        ("NAV below zero", |c| c.seen.nav_usd = Some(read("-1"))),
        ("gross far over", |c| {
            c.seen.other_gross_usd = Some(read("90000000"));
        }),
        ("rate used up", |c| c.sent = (20, 20)),
        ("position far over", |c| {
            c.envelope.max_position_pct = 0.000_001;
        }),
    ];
    for exit in exits {
        for (name, trouble) in troubles {
            let case = exit.clone().with(trouble);
            assert_eq!(case.outcome(), None, "{name}: {:#?}", case.order);
        }
        let all = troubles
            .iter()
            .fold(exit, |case, (_, trouble)| case.with(trouble));
        assert_eq!(all.outcome(), None);
    }
}

#[test]
fn the_last_gate_says_whether_it_is_asked() {
    let off = Case::buy("1").verdict(&CroVeto);
    assert_eq!(
        (off.outcome, off.reason.as_ref()),
        (Outcome::Off, "switched off")
    );
    let on = Case::buy("1").with(|c| c.envelope.cro_veto_enabled = true);
    assert_eq!(on.outcome(), None, "it fails open");
    let on = on.verdict(&CroVeto);
    assert_eq!(
        (on.outcome, on.reason.as_ref()),
        (Outcome::Unanswered, "no model to ask: passes unasked")
    );
}

#[test]
fn a_preview_asks_all_and_a_check_stops_at_the_first() {
    let bad = Case::buy("5000").with(|c| {
        c.halt = Some(build::halt());
        c.used_key = Some((read("o-2"), noon()));
    });
    let shown = bad.ask(preview);
    let gates: Vec<_> = shown.iter().map(|verdict| verdict.gate.clone()).collect();
    assert_eq!(gates, GateName::DOCUMENTED);
    let codes: Vec<_> = shown
        .iter()
        .filter_map(|verdict| verdict.code.clone())
        .collect();
    assert_eq!(
        codes,
        [DuplicateKey, MaxOrderNotional, MaxPositionPct, FundHalted]
    );
    let (asked, approved) = bad.ask(check);
    assert_eq!((asked.len(), approved), (1, None));
    assert_eq!(bad.code(&Schema), None);
}

//! Every reason to refuse, once: passes, refuses, exactly at the boundary, a fact missing, a fact stale.
//!
//! `row` matches on the closed set of codes, so a code without a row does not compile.

use std::time::Duration;

use mts1b_desk::domain::{
    AssetClass, CustomGate, GateName, OrderType, RejectionCode, Side, TimeInForce,
};
use mts1b_desk::event::Outcome;
use mts1b_desk::order::gate::KEY_WINDOW;

use crate::order::case::Case;
use crate::support::build::{self, noon, read};

/// What is shown of one code.
struct Row {
    gate: GateName,
    /// Passes.
    passes: Case,
    /// Is refused with the code.
    refused: Case,
    /// The last that passes and the first that is refused.
    boundary: Edge,
    /// What becomes of it when a fact is not known.
    missing: Fact,
    /// What becomes of it when a fact is old.
    stale: Fact,
}

/// A boundary, or why there is none.
#[expect(clippy::large_enum_variant, reason = "a few dozen live for a moment")]
enum Edge {
    At(Case, Case),
    None(&'static str),
}

/// What a fact that is missing or stale does.
enum Fact {
    /// It refuses, with this code.
    Refuses(Case, RejectionCode),
    /// It does not matter, and why.
    Passes(Case, &'static str),
    /// There is no such fact, and why.
    None(&'static str),
}

fn buy(quantity: &str, change: impl FnOnce(&mut Case)) -> Case {
    Case::buy(quantity).with(change)
}

fn short(quantity: &str, change: impl FnOnce(&mut Case)) -> Case {
    Case::side(Side::Short, quantity).with(|case| {
        case.envelope.enable_shorting = true;
        change(case);
    })
}

fn limit(price: &str, change: impl FnOnce(&mut Case)) -> Case {
    buy("10", |case| {
        case.order.order_type = OrderType::Limit;
        case.order.limit_price = Some(read(price));
        change(case);
    })
}

/// Holds a group to a quarter of NAV, others of it being worth so much.
fn group(quantity: &str, others: &str, set: fn(&mut Case, f64, &str)) -> Case {
    buy(quantity, |case| set(case, 0.25, others))
}

fn sector(case: &mut Case, most: f64, others: &str) {
    case.envelope.max_sector_pct = most;
    case.seen.groups.other_sector_usd = Some(read(others));
}

fn class(case: &mut Case, most: f64, others: &str) {
    case.envelope.max_asset_class_pct = most;
    case.seen.groups.other_class_usd = Some(read(others));
}

fn country(case: &mut Case, most: f64, others: &str) {
    case.envelope.max_country_pct = most;
    case.seen.groups.other_country_usd = Some(read(others));
}

fn no_nav(case: &mut Case) {
    case.seen.nav_usd = None;
}

fn old_quote(case: &mut Case) {
    case.seen.quote_age_ms = Some(5001);
}

const NO_AGE: &str = "lists and reference data are of the configuration and have no age";
const STALE_FIRST: RejectionCode = RejectionCode::StaleQuote;

#[expect(clippy::too_many_lines, reason = "one table, a row a code")]
fn row(code: &RejectionCode) -> Row {
    use GateName::{DrawdownHalt, Idempotency, PositionRisk, Schema, ShortSide, Static};
    use RejectionCode as Code;
    let used = |ago: Duration| {
        buy("10", |case| {
            case.used_key = Some((read("o-2"), noon().minus(ago)));
        })
    };
    let listed = |change: fn(&mut Case)| buy("10", change);
    match code {
        Code::DuplicateKey => Row {
            gate: Idempotency,
            passes: Case::buy("10"),
            refused: used(Duration::ZERO),
            boundary: Edge::At(
                used(KEY_WINDOW),
                used(KEY_WINDOW.checked_sub(Duration::from_micros(1)).unwrap()),
            ),
            missing: Fact::Passes(Case::buy("10"), "a key that nobody used is new"),
            stale: Fact::Passes(used(KEY_WINDOW * 2), "a key is free again after its window"),
        },
        Code::SchemaInvalid => Row {
            gate: Schema,
            passes: Case::buy("1"),
            refused: Case::buy("1.5"),
            boundary: Edge::At(Case::buy("1"), Case::buy("0")),
            missing: Fact::Refuses(listed(|c| c.instrument = None), Code::SchemaInvalid),
            stale: Fact::None(NO_AGE),
        },
        Code::MissingPrice => Row {
            gate: Schema,
            passes: limit("100", |_| ()),
            refused: limit("100", |case| case.order.limit_price = None),
            boundary: Edge::None("a price is there or it is not"),
            missing: Fact::Refuses(
                limit("100", |case| {
                    case.order.order_type = OrderType::StopLimit;
                }),
                Code::MissingPrice,
            ),
            stale: Fact::None("a price of the order itself has no age"),
        },
        Code::BrokerNotAllowed => Row {
            gate: Static,
            passes: Case::buy("10"),
            refused: listed(|c| c.envelope.allowed_brokers = vec![read("ibkr")]),
            boundary: Edge::None("it is on the list or it is not"),
            missing: Fact::Refuses(
                listed(|c| c.envelope.allowed_brokers.clear()),
                Code::BrokerNotAllowed,
            ),
            stale: Fact::None(NO_AGE),
        },
        Code::OrderTypeNotAllowed => Row {
            gate: Static,
            passes: Case::buy("10"),
            refused: listed(|c| {
                c.order.tif = TimeInForce::Opg;
                c.capability.as_mut().unwrap().tifs = vec![TimeInForce::Day];
            }),
            boundary: Edge::None("it is on the list or it is not"),
            missing: Fact::Refuses(
                listed(|c| c.envelope.allowed_order_types.clear()),
                Code::OrderTypeNotAllowed,
            ),
            stale: Fact::None(NO_AGE),
        },
        Code::AssetClassNotAllowed => Row {
            gate: Static,
            passes: Case::buy("10"),
            refused: listed(|c| c.fund.asset_classes = vec![AssetClass::Fx]),
            boundary: Edge::None("it is on the list or it is not"),
            missing: Fact::Refuses(
                listed(|c| c.fund.asset_classes.clear()),
                Code::AssetClassNotAllowed,
            ),
            stale: Fact::None(NO_AGE),
        },
        Code::StrategyNotAllowed => Row {
            gate: Static,
            passes: Case::buy("10"),
            refused: listed(|c| c.order.strategy_id = read("s-2")),
            boundary: Edge::None("it is on the list or it is not"),
            missing: Fact::Refuses(
                listed(|c| c.fund.strategies.clear()),
                Code::StrategyNotAllowed,
            ),
            stale: Fact::None(NO_AGE),
        },
        Code::MaxOrderNotional => Row {
            gate: Static,
            passes: Case::buy("10"),
            refused: Case::buy("5000"),
            boundary: Edge::At(Case::buy("1000"), Case::buy("1001")),
            missing: Fact::Refuses(buy("10", |c| c.seen.quote = None), Code::NoReferencePrice),
            stale: Fact::Refuses(buy("10", old_quote), STALE_FIRST),
        },
        Code::MaxOrderQty => {
            let most = |quantity| buy(quantity, |c| c.envelope.max_order_qty = Some(read("77")));
            Row {
                gate: Static,
                passes: most("10"),
                refused: most("500"),
                boundary: Edge::At(most("77"), most("78")),
                missing: Fact::Passes(Case::buy("500"), "no bound is set"),
                stale: Fact::None("a number of units has no age"),
            }
        }
        Code::NoReferencePrice => Row {
            gate: Static,
            passes: Case::buy("10"),
            refused: listed(|c| c.seen.quote = None),
            boundary: Edge::None("there is a price or there is none"),
            missing: Fact::Refuses(listed(|c| c.seen.usd_rate = None), Code::NoReferencePrice),
            stale: Fact::Refuses(buy("10", old_quote), STALE_FIRST),
        },
        Code::StaleQuote => {
            let aged = |age| buy("10", |c| c.seen.quote_age_ms = Some(age));
            Row {
                gate: Static,
                passes: aged(0),
                refused: aged(60_000),
                boundary: Edge::At(aged(5000), aged(5001)),
                missing: Fact::Refuses(listed(|c| c.seen.quote_age_ms = None), Code::StaleQuote),
                stale: Fact::Refuses(
                    listed(|c| c.seen.usd_rate_age_ms = Some(5001)),
                    Code::StaleQuote,
                ),
            }
        }
        Code::SymbolLocked => Row {
            gate: Static,
            passes: Case::buy("10"),
            refused: listed(|c| c.locked = Some("the venue holds 5, the books 4")),
            boundary: Edge::None("it is locked or it is not"),
            missing: Fact::Passes(Case::buy("10"), "what nobody locked is open"),
            stale: Fact::None("a lock stands until it is lifted"),
        },
        Code::RateLimit => {
            let sent = |sent| buy("10", |c| c.sent = (sent, 20));
            Row {
                gate: Static,
                passes: sent(0),
                refused: sent(40),
                boundary: Edge::At(sent(19), sent(20)),
                missing: Fact::Passes(sent(0), "nothing was sent"),
                stale: Fact::Passes(
                    buy("10", |c| {
                        c.sent = (20, 20);
                        c.sent_ago = Duration::from_secs(1);
                    }),
                    "what was sent a second ago counts no more",
                ),
            }
        }
        Code::MaxPositionPct => Row {
            gate: PositionRisk,
            passes: Case::buy("10"),
            refused: Case::buy("900").holding("900"),
            boundary: Edge::At(
                Case::buy("400").holding("600"),
                Case::buy("401").holding("600"),
            ),
            missing: Fact::Refuses(buy("10", no_nav), Code::NoReferencePrice),
            stale: Fact::Refuses(buy("10", old_quote), STALE_FIRST),
        },
        Code::MaxPositionUsd => {
            let most = |usd| buy("500", |c| c.envelope.max_position_usd = Some(read(usd)));
            Row {
                gate: PositionRisk,
                passes: most("90000"),
                refused: most("100"),
                boundary: Edge::At(most("50000"), most("49999.99")),
                missing: Fact::Refuses(buy("10", no_nav), Code::NoReferencePrice),
                stale: Fact::Refuses(buy("10", old_quote), STALE_FIRST),
            }
        }
        Code::MaxGross => {
            let others = |usd| buy("100", |c| c.seen.other_gross_usd = Some(read(usd)));
            Row {
                gate: PositionRisk,
                passes: others("0"),
                refused: others("2000000"),
                boundary: Edge::At(others("990000"), others("990000.01")),
                missing: Fact::Refuses(
                    buy("10", |c| c.seen.other_gross_usd = None),
                    Code::NoReferencePrice,
                ),
                stale: Fact::Refuses(buy("10", old_quote), STALE_FIRST),
            }
        }
        Code::MaxNet => {
            let others = |usd| {
                buy("100", |c| {
                    c.envelope.max_gross_exposure_pct = 5.0;
                    c.envelope.max_sector_pct = 1.0;
                    c.seen.other_net_high_usd = Some(read(usd));
                })
            };
            Row {
                gate: PositionRisk,
                passes: others("0"),
                refused: others("2000000"),
                boundary: Edge::At(others("990000"), others("990000.01")),
                missing: Fact::Refuses(
                    buy("10", |c| c.seen.other_net_high_usd = None),
                    Code::NoReferencePrice,
                ),
                stale: Fact::Refuses(buy("10", old_quote), STALE_FIRST),
            }
        }
        Code::MaxSector => Row {
            gate: PositionRisk,
            passes: group("100", "0", sector),
            refused: group("100", "900000", sector),
            boundary: Edge::At(
                group("100", "240000", sector),
                group("100", "240000.01", sector),
            ),
            missing: Fact::Refuses(buy("10", |c| c.seen.groups.sector = None), Code::MaxSector),
            stale: Fact::Refuses(group("100", "0", sector).with(old_quote), STALE_FIRST),
        },
        Code::MaxAssetClass => Row {
            gate: PositionRisk,
            passes: group("100", "0", class),
            refused: group("100", "900000", class),
            boundary: Edge::At(
                group("100", "240000", class),
                group("100", "240000.01", class),
            ),
            missing: Fact::Refuses(
                group("100", "0", class).with(|c| c.seen.groups.other_class_usd = None),
                Code::MaxAssetClass,
            ),
            stale: Fact::Refuses(group("100", "0", class).with(old_quote), STALE_FIRST),
        },
        Code::MaxCountry => Row {
            gate: PositionRisk,
            passes: group("100", "0", country),
            refused: group("100", "900000", country),
            boundary: Edge::At(
                group("100", "240000", country),
                group("100", "240000.01", country),
            ),
            missing: Fact::Refuses(
                group("100", "0", country).with(|c| c.seen.groups.country = None),
                Code::MaxCountry,
            ),
            stale: Fact::Refuses(group("100", "0", country).with(old_quote), STALE_FIRST),
        },
        Code::FundHalted => Row {
            gate: DrawdownHalt,
            passes: Case::buy("10"),
            refused: listed(|c| c.halt = Some(build::halt())),
            boundary: Edge::At(
                Case::side(Side::Sell, "5")
                    .holding("5")
                    .with(|c| c.halt = Some(build::halt())),
                Case::side(Side::Sell, "6")
                    .holding("5")
                    .with(|c| c.halt = Some(build::halt())),
            ),
            missing: Fact::Passes(Case::buy("10"), "only a recorded halt refuses"),
            stale: Fact::Refuses(
                listed(|c| {
                    let mut halt = build::halt();
                    halt.since = noon().minus(Duration::from_hours(10_000));
                    c.halt = Some(halt);
                }),
                Code::FundHalted,
            ),
        },
        Code::ShortingDisabled => Row {
            gate: ShortSide,
            passes: short("10", |_| ()),
            refused: short("10", |c| c.envelope.enable_shorting = false),
            boundary: Edge::At(
                Case::side(Side::Sell, "5").holding("5"),
                Case::side(Side::Sell, "6").holding("5"),
            ),
            missing: Fact::None("what is held is always known"),
            stale: Fact::None("the books have no age"),
        },
        Code::BorrowFee => {
            let fee = |bps| {
                short("10", |c| {
                    c.seen.borrow.as_mut().unwrap().fee_bps = read(bps);
                })
            };
            Row {
                gate: ShortSide,
                passes: fee("0"),
                refused: fee("5000"),
                boundary: Edge::At(fee("200"), fee("200.01")),
                missing: Fact::Refuses(short("10", |c| c.seen.borrow = None), Code::BorrowFee),
                stale: Fact::Refuses(
                    short("10", |c| {
                        let old = noon().minus(Duration::from_hours(97));
                        c.seen.borrow.as_mut().unwrap().asof = Some(old);
                    }),
                    Code::BorrowFee,
                ),
            }
        }
        Code::LocateRequired => {
            let located = |units: Option<&str>| {
                short("10", |c| {
                    c.envelope.require_borrow_locate = true;
                    c.seen.borrow.as_mut().unwrap().located = units.map(read);
                })
            };
            Row {
                gate: ShortSide,
                passes: located(Some("1000")),
                refused: located(Some("1")),
                boundary: Edge::At(located(Some("10")), located(Some("9"))),
                missing: Fact::Refuses(located(None), Code::LocateRequired),
                stale: Fact::Refuses(
                    located(Some("1000")).with(|c| {
                        let old = noon().minus(Duration::from_hours(97));
                        c.seen.borrow.as_mut().unwrap().asof = Some(old);
                    }),
                    Code::BorrowFee,
                ),
            }
        }
        Code::CroVeto => unreachable!("asks outside: no pure gate refuses with it"),
        Code::Custom(name) => custom(name),
    }
}

fn custom(name: &str) -> Row {
    let gate = GateName::Custom(name.into());
    let code = RejectionCode::Custom(name.into());
    let [near_open, collar, restricted, crossing] = CustomGate::NAMES;
    if name == near_open {
        // Noon of the rig is 17:42 or so in UTC; the open is set beside it.
        let opened = |seconds: u64| {
            buy("10", |c| {
                let open = c.now.floor(Duration::from_mins(1));
                c.now = open.plus(Duration::from_secs(seconds));
                let (hour, minute, _) = open.clock();
                c.gates = vec![CustomGate::NoTradesNearOpen {
                    minutes: 5,
                    open_minute: u32::from(hour) * 60 + u32::from(minute),
                    zone: "UTC0".to_owned(),
                    classes: vec![AssetClass::Equities],
                }];
            })
        };
        let unreadable = opened(0).with(|c| {
            if let CustomGate::NoTradesNearOpen { zone, .. } = &mut c.gates[0] {
                "nowhere".clone_into(zone);
            }
        });
        return Row {
            gate,
            passes: opened(3600),
            refused: opened(0),
            boundary: Edge::At(opened(300), opened(299)),
            missing: Fact::Refuses(unreadable, code),
            stale: Fact::None("time is what it is"),
        };
    }
    if name == collar {
        let off = |price: &str, change: fn(&mut Case)| {
            limit(price, |c| {
                c.gates = vec![CustomGate::PriceCollar { bps: 100 }];
                change(c);
            })
        };
        return Row {
            gate,
            passes: off("100", |_| ()),
            refused: off("50", |_| ()),
            boundary: Edge::At(off("99", |_| ()), off("98.99", |_| ())),
            missing: Fact::Refuses(
                off("100", |c| c.seen.quote = None),
                RejectionCode::NoReferencePrice,
            ),
            stale: Fact::Refuses(off("100", old_quote), STALE_FIRST),
        };
    }
    if name == restricted {
        let list = |symbol: &str| {
            buy("10", |c| {
                let symbols = vec![read(symbol)];
                c.gates = vec![CustomGate::RestrictedList { symbols }];
            })
        };
        return Row {
            gate,
            passes: list("MSFT"),
            refused: list("AAPL"),
            boundary: Edge::At(
                list("AAPL").with(|c| {
                    (c.order.side, c.position) = (Side::Sell, read("10"));
                }),
                list("AAPL").with(|c| {
                    (c.order.side, c.position) = (Side::Sell, read("9"));
                    c.envelope.enable_shorting = true;
                }),
            ),
            missing: Fact::None("a symbol is on the list or it is not"),
            stale: Fact::None(NO_AGE),
        };
    }
    assert_eq!(name, crossing, "a gate without a row");
    let own = |price: &str, change: fn(&mut Case)| {
        limit("100", |c| {
            let exits = true;
            c.gates = vec![CustomGate::SelfCross {
                reach_bps: 50,
                exits,
            }];
            c.position = read("10");
            c.working_sell = read("10");
            let mut sell = build::order("AAPL", "10");
            (sell.order_id, sell.side) = (read("o-9"), Side::Sell);
            sell.order_type = OrderType::Limit;
            sell.limit_price = Some(read(price));
            c.own = vec![sell];
            change(c);
        })
    };
    let market = |c: &mut Case| {
        (c.order.order_type, c.order.limit_price) = (OrderType::Market, None);
        c.seen.quote = None;
    };
    Row {
        gate,
        passes: own("120", |_| ()),
        refused: own("90", |_| ()),
        boundary: Edge::At(own("100.01", |_| ()), own("100", |_| ())),
        missing: Fact::Refuses(own("120", market), RejectionCode::NoReferencePrice),
        stale: Fact::Refuses(own("120", old_quote), STALE_FIRST),
    }
}

/// Every code a pure gate can refuse with.
fn codes() -> Vec<RejectionCode> {
    let built_in = RejectionCode::BUILT_IN.iter().cloned();
    let pure = built_in.filter(|code| *code != RejectionCode::CroVeto);
    let custom = CustomGate::NAMES.map(|name| RejectionCode::Custom(name.into()));
    pure.chain(custom).collect()
}

#[test]
fn every_code_has_its_five_cases() {
    let mut shown = 0;
    for code in codes() {
        let row = row(&code);
        let refusal = Some((row.gate.clone(), code.clone()));
        assert_eq!(row.passes.outcome(), None, "{code} passes");
        assert_eq!(row.refused.outcome(), refusal, "{code} refused");
        match row.boundary {
            Edge::At(last, first) => {
                assert_eq!(last.outcome(), None, "{code}: the last that passes");
                assert_eq!(first.outcome(), refusal, "{code}: the first that does not");
                shown += 1;
            }
            Edge::None(why) => assert!(why.len() > 10),
        }
        for (what, fact) in [("missing", row.missing), ("stale", row.stale)] {
            match fact {
                Fact::Refuses(case, with) => {
                    let outcome = case.outcome().map(|(_, code)| code);
                    assert_eq!(outcome, Some(with), "{code}: a {what} fact");
                    shown += 1;
                }
                Fact::Passes(case, why) => assert_eq!(case.outcome(), None, "{code}: {why}"),
                Fact::None(why) => assert!(why.len() > 10),
            }
        }
        // What is refused says so in words, with the numbers where there are some.
        let verdict = row.refused.verdict(&row.gate);
        assert_eq!(
            (verdict.outcome, verdict.code.as_ref()),
            (Outcome::Refuse, Some(&code))
        );
        assert!(!verdict.reason.is_empty());
    }
    assert!(shown > 40, "{shown} cases");
}

//! Proptest strategies for the published types: any value a valid one may have.
//!
//! Amounts have every scale up to 12 digits, so trailing zeros are generated
//! too; times lie between the years 1970 and 2100 with and without a fraction.

use std::collections::BTreeMap;

use mts1b_desk::domain::{
    Aggressor, AssetClass, Bar, EnvelopeId, Fill, Interval, Liquidity, Money, Order, OrderType,
    Position, PositionLot, Price, Quantity, Quote, Rate, RiskEnvelope, Side, Signal, Symbol,
    TaxLot, TaxLotMethod, TicketSize, TimeInForce, Timestamp, Trade, VenueId,
};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

const MONTHS: &str = "[FGHJKMNQUVXZ]";
const ROOTS: [&str; 8] = ["ES", "NQ", "CL", "GC", "6E", "M2K", "ZN", "VX"];
const CODES: [&str; 14] = [
    "BTC", "ETH", "DOGE", "XBT", "XDG", "USD", "EUR", "GBP", "JPY", "USDT", "USDC", "PYUSD",
    "XXBT", "ZUSD",
];

/// A code: often one that several venues know, otherwise any.
fn code(any: &'static str) -> impl Strategy<Value = String> {
    prop_oneof![select(&CODES[..]).prop_map(str::to_owned), any]
}

/// Any symbol of one class.
pub fn symbol_of(class: AssetClass) -> BoxedStrategy<Symbol> {
    let text = match class {
        AssetClass::Equities => prop_oneof![
            4 => "[A-Z]{1,5}",
            2 => "[A-Z]{1,4}\\.[A-Z]{1,3}",
            1 => "[A-Z0-9]{1,12}",
            1 => "[0-9]{1,6}:(XHKG|XSHG|XSHE|XLON)",
            1 => "[A-Z]{3}\\.(USD|EUR)",
        ]
        .boxed(),
        AssetClass::Options => (
            "[A-Z][A-Z0-9]{0,5}",
            0..100_u32,
            1..=12_u32,
            1..=31_u32,
            "[CP]",
            prop_oneof![0..100_000_000_u32, 0..1_000_u32],
        )
            .prop_map(|(root, year, month, day, right, strike)| {
                format!("{root}{year:02}{month:02}{day:02}{right}{strike:08}")
            })
            .boxed(),
        AssetClass::Futures => (select(&ROOTS[..]), MONTHS, 0..100_u32)
            .prop_map(|(root, month, year)| format!("{root}{month}{year:02}"))
            .boxed(),
        AssetClass::Fx => (code("[A-Z]{3}"), code("[A-Z]{3}"))
            .prop_map(|(base, quote)| format!("{base}/{quote}"))
            .boxed(),
        AssetClass::Crypto => (code("[A-Z0-9]{1,16}"), code("[A-Z]{2,8}"))
            .prop_map(|(base, quote)| format!("{base}-{quote}"))
            .boxed(),
        AssetClass::Prediction => "PM:[A-Z]{1,8}:[A-Z0-9._-]{1,24}".boxed(),
        AssetClass::Sports => "SP:[A-Z]{1,8}:[A-Z0-9._-]{1,24}".boxed(),
    };
    text.prop_filter_map("not of the class", move |text| {
        Symbol::new(&text)
            .ok()
            .filter(|symbol| symbol.asset_class() == class)
    })
    .boxed()
}

/// Any symbol.
pub fn symbol() -> impl Strategy<Value = Symbol> {
    select(&AssetClass::ALL[..]).prop_flat_map(symbol_of)
}

/// Decimal text with any number of decimals up to 12.
fn decimal(least: i64, most: i64) -> impl Strategy<Value = String> {
    let fraction = prop_oneof![Just(String::new()), "\\.[0-9]{1,12}"];
    (least..=most, fraction).prop_map(|(whole, fraction)| format!("{whole}{fraction}"))
}

/// Any price at or above zero.
pub fn price() -> impl Strategy<Value = Price> {
    decimal(0, 999_999).prop_map(|text| text.parse().unwrap())
}

/// Any quantity at or above zero.
pub fn quantity() -> impl Strategy<Value = Quantity> {
    decimal(0, 9_999_999).prop_map(|text| text.parse().unwrap())
}

/// Any quantity, either side of zero.
pub fn signed_quantity() -> impl Strategy<Value = Quantity> {
    decimal(-9_999_999, 9_999_999).prop_map(|text| text.parse().unwrap())
}

/// Any amount of money, either side of zero.
pub fn money() -> impl Strategy<Value = Money> {
    decimal(-999_999_999_999, 999_999_999_999).prop_map(|text| text.parse().unwrap())
}

/// Any rate above or at zero.
pub fn rate() -> impl Strategy<Value = Rate> {
    decimal(0, 1_000).prop_map(|text| text.parse().unwrap())
}

/// Any moment between 1970 and 2100, half of them at a whole second.
pub fn timestamp() -> impl Strategy<Value = Timestamp> {
    let second = 0..4_102_444_800_i64;
    let fraction = prop_oneof![Just(0), 0..1_000_000_i64];
    (second, fraction).prop_map(|(second, us)| Timestamp::from_us(second * 1_000_000 + us))
}

/// Any identifier, of whichever kind the place asks for.
pub fn id<T>() -> impl Strategy<Value = T>
where
    T: std::str::FromStr + std::fmt::Debug,
    T::Err: std::fmt::Debug,
{
    "[!-~]{1,40}".prop_map(|text| text.parse().unwrap())
}

/// Any sentence, quotes, breaks and other scripts included.
pub fn words() -> impl Strategy<Value = String> {
    "\\PC{0,24}|[\"\\\\\n\t ]{1,4}"
}

/// Any side.
pub fn side() -> impl Strategy<Value = Side> {
    select(&Side::ALL[..])
}

/// Any order, in any state and with any mix of the optional fields.
pub fn order() -> impl Strategy<Value = Order> {
    let what = (
        id(),
        id(),
        symbol(),
        side(),
        quantity(),
        select(&OrderType::ALL[..]),
        option::of(price()),
        option::of(price()),
        select(&TimeInForce::ALL[..]),
    );
    let whose = (id(), id(), id(), words(), timestamp());
    let when = (
        option::of(timestamp()),
        option::of(timestamp()),
        option::of(timestamp()),
        option::of(timestamp()),
        option::of(timestamp()),
    );
    let done = (
        option::of(id()),
        option::of(id()),
        quantity(),
        option::of(price()),
        option::of(words()),
        words(),
    );
    (what, whose, when, done).prop_map(|(what, whose, when, done)| Order {
        order_id: what.0,
        idempotency_key: what.1,
        symbol: what.2,
        side: what.3,
        quantity: what.4,
        order_type: what.5,
        limit_price: what.6,
        stop_price: what.7,
        tif: what.8,
        fund_id: whose.0,
        strategy_id: whose.1,
        broker: whose.2,
        actor: whose.3,
        created_at: whose.4,
        submitted_at: when.0,
        accepted_at: when.1,
        filled_at: when.2,
        canceled_at: when.3,
        rejected_at: when.4,
        broker_order_id: done.0,
        parent_order_id: done.1,
        filled_quantity: done.2,
        avg_fill_price: done.3,
        rejected_reason: done.4,
        thesis: done.5,
    })
}

/// Any size a ticket may ask for, above zero.
pub fn ticket_size() -> impl Strategy<Value = TicketSize> {
    prop_oneof![
        quantity()
            .prop_filter("zero", |units| units.is_positive())
            .prop_map(TicketSize::Units),
        money()
            .prop_filter("zero", |money| !money.is_zero())
            .prop_map(|money| TicketSize::Notional(money.abs())),
        rate()
            .prop_filter("zero", |rate| rate.is_positive())
            .prop_map(TicketSize::NavRatio),
        rate()
            .prop_filter("zero", |rate| rate.is_positive())
            .prop_map(TicketSize::RiskRatio),
        Just(TicketSize::Max),
    ]
}

/// Any quote, sane or not.
pub fn quote() -> impl Strategy<Value = Quote> {
    let prices = (price(), price(), quantity(), quantity());
    (symbol(), prices, id::<VenueId>(), timestamp()).prop_map(
        |(symbol, (bid, ask, bid_size, ask_size), venue, timestamp)| Quote {
            symbol,
            bid,
            ask,
            bid_size,
            ask_size,
            venue,
            timestamp,
        },
    )
}

/// Any fill.
pub fn fill() -> impl Strategy<Value = Fill> {
    let liquidity = option::of(select(&[Liquidity::Maker, Liquidity::Taker][..]));
    let what = (id(), id(), symbol(), side(), quantity(), price(), money());
    (what, id(), timestamp(), option::of(id()), liquidity).prop_map(
        |(what, venue, timestamp, broker_order_id, liquidity)| Fill {
            fill_id: what.0,
            order_id: what.1,
            symbol: what.2,
            side: what.3,
            quantity: what.4,
            price: what.5,
            fees: what.6,
            venue,
            timestamp,
            broker_order_id,
            liquidity,
        },
    )
}

/// Any trade.
pub fn trade() -> impl Strategy<Value = Trade> {
    let side = option::of(select(&[Aggressor::Buy, Aggressor::Sell][..]));
    let what = (words(), symbol(), price(), quantity());
    (what, side, id(), timestamp()).prop_map(|(what, side, venue, timestamp)| Trade {
        trade_id: what.0.into(),
        symbol: what.1,
        price: what.2,
        size: what.3,
        side,
        venue,
        timestamp,
    })
}

/// Any bar; its prices need not make sense together.
pub fn bar() -> impl Strategy<Value = Bar> {
    let prices = (price(), price(), price(), price());
    let more = (quantity(), option::of(price()), option::of(any::<u64>()));
    (
        symbol(),
        select(&Interval::ALL[..]),
        prices,
        more,
        timestamp(),
    )
        .prop_map(|(symbol, interval, prices, more, timestamp)| Bar {
            symbol,
            interval,
            open: prices.0,
            high: prices.1,
            low: prices.2,
            close: prices.3,
            volume: more.0,
            vwap: more.1,
            n_trades: more.2,
            timestamp,
        })
}

/// Any tax lot.
pub fn tax_lot() -> impl Strategy<Value = TaxLot> {
    use TaxLotMethod::{Fifo, Hifo, Lifo, Loifo, Specid};
    let opened = (
        id(),
        id(),
        symbol(),
        timestamp(),
        signed_quantity(),
        price(),
    );
    let closed = (option::of(timestamp()), quantity(), option::of(price()));
    let method = select(&[Fifo, Lifo, Hifo, Loifo, Specid][..]);
    (opened, closed, money(), method).prop_map(|(opened, closed, realized, method)| TaxLot {
        lot_id: opened.0,
        fund_id: opened.1,
        symbol: opened.2,
        open_date: opened.3.date(),
        open_qty: opened.4,
        open_price: opened.5,
        close_date: closed.0.map(Timestamp::date),
        close_qty: closed.1,
        close_price: closed.2,
        realized_pl_usd: realized,
        method,
    })
}

/// Any lot of the books.
pub fn position_lot() -> impl Strategy<Value = PositionLot> {
    (id(), signed_quantity(), price(), timestamp()).prop_map(
        |(lot_id, quantity, price, opened_at)| PositionLot {
            lot_id,
            quantity,
            price,
            opened_at,
        },
    )
}

/// Any position with up to three lots.
pub fn position() -> impl Strategy<Value = Position> {
    let what = (id(), symbol(), signed_quantity(), price(), price());
    let worth = (money(), money(), money());
    (what, worth, timestamp(), vec(tax_lot(), 0..3)).prop_map(
        |(what, worth, last_updated, tax_lots)| Position {
            fund_id: what.0,
            symbol: what.1,
            quantity: what.2,
            avg_price: what.3,
            last_price: what.4,
            market_value_usd: worth.0,
            unrealized_pl_usd: worth.1,
            realized_pl_ytd_usd: worth.2,
            last_updated,
            tax_lots,
        },
    )
}

/// A share above 0 and at most 1.
fn share() -> impl Strategy<Value = f64> {
    f64::EPSILON..=1.0
}

/// Any envelope within the published ranges.
pub fn envelope() -> impl Strategy<Value = RiskEnvelope> {
    let positive = "[1-9][0-9]{0,8}\\.[0-9]{2}".prop_map(|text| text.parse::<Money>().unwrap());
    let exposure = (0.0..=5.0_f64, -5.0..=5.0_f64, share(), option::of(money()));
    let shares = (share(), share(), share(), share(), share(), share());
    let orders = (positive.clone(), option::of(quantity()), vec(id(), 0..3));
    let lists = (
        proptest::sample::subsequence(OrderType::ALL.to_vec(), 0..=5),
        proptest::sample::subsequence(AssetClass::ALL.to_vec(), 0..=7),
    );
    let shorts = (any::<bool>(), 0.0..1e5_f64, any::<bool>(), any::<bool>());
    let veto = (share(), any::<bool>(), share(), 0.001..60.0_f64);
    let head = (id::<EnvelopeId>(), id(), positive, 1..u32::MAX);
    let groups = (head, exposure, shares, orders, lists, shorts, veto);
    (groups, timestamp(), words()).prop_map(|(groups, created_at, notes)| {
        let (head, exposure, shares, orders, lists, shorts, veto) = groups;
        RiskEnvelope {
            envelope_id: head.0,
            fund_id: head.1,
            nav_usd: head.2,
            max_gross_exposure_pct: exposure.0,
            max_net_exposure_pct: exposure.1,
            max_position_pct: exposure.2,
            max_position_usd: exposure.3,
            max_sector_pct: shares.0,
            max_asset_class_pct: shares.1,
            max_country_pct: shares.2,
            daily_loss_halt_pct: shares.3,
            weekly_loss_halt_pct: shares.4,
            monthly_loss_halt_pct: shares.5,
            max_order_notional_usd: orders.0,
            max_order_qty: orders.1,
            allowed_brokers: orders.2,
            allowed_order_types: lists.0,
            allowed_asset_classes: lists.1,
            enable_shorting: shorts.0,
            max_short_fee_bps: shorts.1,
            require_borrow_locate: shorts.2,
            enable_synthetic_stop: shorts.3,
            synthetic_stop_pct: veto.0,
            cro_veto_enabled: veto.1,
            cro_veto_confidence_threshold: veto.2,
            cro_veto_timeout_s: veto.3,
            version: head.3,
            created_at,
            notes,
        }
    })
}

/// Any signal of up to five weights.
pub fn signal() -> impl Strategy<Value = Signal> {
    let weights = btree_map(symbol(), -2.0..2.0_f64, 0..5);
    let more = (option::of(0.0..=1.0_f64), option::of(words()));
    (words(), id(), option::of(id()), timestamp(), weights, more).prop_map(
        |(signal_id, strategy_id, fund_id, asof, weights, more)| Signal {
            signal_id,
            strategy_id,
            fund_id,
            asof,
            weights,
            confidence: more.0,
            horizon: more.1,
            metadata: BTreeMap::new(),
        },
    )
}

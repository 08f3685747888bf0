//! The synthetic market: its file, its laws, its pace.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use mts1b_desk::adapter::sim::{Market, Said, SimFeed, SimSpec, Universe, run_batch};
use mts1b_desk::domain::{AssetClass, Interval, Quote, Symbol, Timestamp};
use mts1b_desk::event::MarketEvent;
use mts1b_desk::protocol::{FeedEvent, MarketData};

use super::kit::{RuntimeClock, noon};

pub fn shipped() -> Universe {
    Universe::parse(include_str!("../../../config/universe.toml")).unwrap()
}

fn seeded(seed: u64) -> SimSpec {
    SimSpec {
        seed,
        ..SimSpec::default()
    }
}

fn market(spec: SimSpec) -> Market {
    Market::new(spec, &shipped(), noon()).unwrap()
}

fn run(market: &mut Market, until: Timestamp) -> Vec<Said> {
    let mut all = Vec::new();
    market.run_until(until, usize::MAX, |said| all.push(said));
    all
}

fn symbol(text: &str) -> Symbol {
    text.parse().unwrap()
}

fn s(n: u64) -> Duration {
    Duration::from_secs(n)
}

#[test]
fn the_shipped_file_begins_with_an_equity_a_newcomer_can_buy() {
    let universe = shipped();
    let of = |class| {
        let listings = universe.listings.iter();
        listings
            .filter(|l| l.instrument.asset_class == class)
            .count()
    };
    assert!(
        of(AssetClass::Equities) >= 16 && of(AssetClass::Crypto) >= 5 && of(AssetClass::Fx) >= 4
    );
    assert_eq!(universe.listings[0].instrument.symbol, symbol("AAPL"));
    let mut market = market(SimSpec::default());
    let btc = market.index_of(&symbol("BTC-USD")).unwrap();
    // At any time within half a year of the start.
    for day in 0..180 {
        let at = noon().plus(s(86_400 * day));
        let apple = market.mid_at(0, at).unwrap().to_f64() * 100.0;
        assert!(apple < 90_000.0, "100 AAPL are worth {apple}");
        assert!(market.mid_at(btc, at).unwrap().to_f64() * 100.0 > 1_000_000.0);
    }
}

#[test]
fn a_wrong_file_is_refused_with_line_and_reason() {
    let good = |symbol: &str, class: &str, more: &str| {
        format!(
            "[[instrument]]\nsymbol = \"{symbol}\"\nname = \"X\"\nclass = \"{class}\"\ncurrency = \"USD\"\n\
             tick = \"0.01\"\nlot = \"1\"\nsim = {{ price = \"10\", volatility = 0.2, beta = 1.0, spread_bps = 1.0 }}\n{more}"
        )
    };
    assert!(Universe::parse(&good("ABC", "equities", "")).is_ok());
    let twice = good("ABC", "equities", "") + &good("ABC", "equities", "");
    let cases = [
        (
            good("ABC", "equities", "tikc = 1\n"),
            "line 9: unknown field `tikc`",
        ),
        (
            good("ABC", "crypto", ""),
            "class of ABC is crypto, its text says equities",
        ),
        (
            good("EUR/JPY", "fx", ""),
            "currency of EUR/JPY is USD, its text says JPY",
        ),
        (
            good("abc", "equities", ""),
            "line 2: symbol 'abc' is not an upper-case ticker",
        ),
        (twice, "line 9: symbol ABC is listed twice"),
        (
            good("ABC", "equities", "").replace("0.2", "9.0"),
            "sim.volatility of ABC is 9, must be from 0 to 2",
        ),
        (
            good("ABC", "equities", "").replace("tick = \"0.01\"", "tick = \"0\""),
            "tick of ABC is 0, must be above 0",
        ),
        (
            good("ABC", "equities", "").replace("lot = \"1\"\n", ""),
            "missing field `lot`",
        ),
        ("instrument = []".into(), "line 1: no instrument is listed"),
        ("[[instrument]\n".into(), "line 1: "),
    ];
    for (text, expected) in cases {
        let error = Universe::parse(&text).unwrap_err().to_string();
        assert!(error.contains(expected), "{error:?} lacks {expected:?}");
    }
}

#[test]
fn the_same_seed_is_the_same_market_however_it_is_cut() {
    let until = noon().plus(s(20));
    let whole = run(&mut market(seeded(5)), until);
    assert_eq!(whole, run(&mut market(seeded(5)), until));
    assert_ne!(whole, run(&mut market(seeded(6)), until));
    let mut pieces = Vec::new();
    let mut cut = market(seeded(5));
    for ms in (0..20_000).step_by(137).chain([20_000]) {
        pieces.extend(run(&mut cut, noon().plus(Duration::from_millis(ms))));
    }
    assert_eq!(whole, pieces);
    // Taken up in the middle it goes on as if it had never stopped.
    let mut late = market(seeded(5));
    late.skip_to(noon().plus(s(10)));
    let rest = run(&mut late, until);
    assert_eq!(whole[whole.len() - rest.len()..], rest);
    // Begun at another time it tells the same prices.
    let spec = SimSpec {
        seed: 5,
        ..SimSpec::default()
    };
    let mut elsewhere = Market::new(spec, &shipped(), Timestamp::EPOCH).unwrap();
    let prices = |said: &[Said]| -> Vec<_> {
        said.iter()
            .map(|s| (s.quote.bid, s.quote.ask_size))
            .collect()
    };
    assert_eq!(
        prices(&run(&mut elsewhere, Timestamp::EPOCH.plus(s(20)))),
        prices(&whole)
    );
}

#[test]
fn every_symbol_is_quoted_sanely_and_on_its_grid() {
    let mut market = market(SimSpec::default());
    let instruments: HashMap<_, _> = market
        .instruments()
        .map(|i| (i.symbol.clone(), i.clone()))
        .collect();
    let said = run(&mut market, noon().plus(s(60)));
    assert_eq!(said.len(), 6001, "100 quotes a second, the first at once");
    let mut seen = HashMap::new();
    for Said { quote, trade } in &said {
        let instrument = &instruments[&quote.symbol];
        assert_eq!(quote.fault(), None, "{quote:?}");
        for price in [quote.bid, quote.ask] {
            assert_eq!(price.to_tick(instrument.tick, false), price, "{quote:?}");
        }
        assert!(quote.bid < quote.ask && quote.bid_size.is_whole_lots(instrument.lot));
        assert!(quote.bid_size.is_positive() && quote.ask_size.is_positive());
        assert!(quote.spread_bps().unwrap() < 50.into(), "{quote:?}");
        *seen.entry(quote.symbol.clone()).or_insert(0) += 1;
        if let Some(trade) = trade {
            assert!(trade.price == quote.bid || trade.price == quote.ask);
            assert!(trade.size <= quote.bid_size.max(quote.ask_size));
        }
    }
    assert_eq!(seen.len(), instruments.len());
    assert!(
        seen.values().all(|count| *count >= 60),
        "each at least once a second: {seen:?}"
    );
    assert!(said.iter().any(|s| s.trade.is_some()));
}

fn returns(market: &mut Market, name: &str) -> Vec<f64> {
    let index = market.index_of(&symbol(name)).unwrap();
    let prices: Vec<f64> = (0..800)
        .map(|n| {
            market
                .mid_at(index, noon().plus(s(1800 * n)))
                .unwrap()
                .to_f64()
        })
        .collect();
    prices.windows(2).map(|w| (w[1] / w[0]).ln()).collect()
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let dot = |x: &[f64], y: &[f64]| -> f64 { x.iter().zip(y).map(|(x, y)| x * y).sum() };
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

#[test]
fn symbols_move_together_as_their_betas_and_classes_say() {
    let mut market = market(SimSpec::default());
    let [apple, spy, btc, eth, eur, chf] =
        ["AAPL", "SPY", "BTC-USD", "ETH-USD", "EUR/USD", "USD/CHF"]
            .map(|n| returns(&mut market, n));
    assert!(
        correlation(&apple, &spy) > 0.4,
        "{}",
        correlation(&apple, &spy)
    );
    assert!(correlation(&btc, &eth) > 0.4, "{}", correlation(&btc, &eth));
    assert!(correlation(&btc, &apple) < correlation(&btc, &eth));
    assert!(
        correlation(&eur, &chf) < -0.2,
        "{}",
        correlation(&eur, &chf)
    );
    let yearly =
        |r: &[f64]| (r.iter().map(|x| x * x).sum::<f64>() / r.len() as f64 * 17_532.0).sqrt();
    assert!((0.15..0.45).contains(&yearly(&apple)), "{}", yearly(&apple));
    assert!((0.3..0.9).contains(&yearly(&btc)), "{}", yearly(&btc));
}

#[test]
fn symbols_beyond_the_file_are_made_up_and_all_differ() {
    let mut market = market(SimSpec {
        rate: 1_000_000,
        symbols: Some(12_000),
        seed: 3,
    });
    let symbols: HashSet<_> = market.instruments().map(|i| i.symbol.clone()).collect();
    assert_eq!(symbols.len(), 12_000);
    assert!(
        symbols
            .iter()
            .all(|s| s.asset_class() != AssetClass::Futures)
    );
    let mut batch = Vec::new();
    run_batch(
        &mut market,
        noon().plus(Duration::from_millis(50)),
        &mut batch,
    );
    let quotes = batch
        .iter()
        .filter(|e| matches!(e, MarketEvent::Quote { .. }))
        .count();
    assert_eq!(quotes, 50_001);
    let few = self::market(SimSpec {
        symbols: Some(3),
        ..SimSpec::default()
    });
    assert_eq!(few.instruments().count(), 3);
}

fn mids(events: &[FeedEvent]) -> Vec<&Quote> {
    let quote = |event| match event {
        &FeedEvent::Market(MarketEvent::Quote { ref quote, .. }) => Some(quote),
        _ => None,
    };
    events.iter().filter_map(quote).collect()
}

#[tokio::test(start_paused = true)]
async fn the_stream_keeps_its_pace_and_gives_what_was_asked_for() {
    let clock = Arc::new(RuntimeClock::new());
    let feed = SimFeed::new(SimSpec::default(), &shipped(), noon(), clock).unwrap();
    let began = tokio::time::Instant::now();
    let all: Vec<_> = feed.stream_quotes(vec![]).take(800).collect().await;
    let took = began.elapsed().as_secs_f64();
    assert!(matches!(all[0], FeedEvent::Link(..)));
    assert!(
        (6.0..8.5).contains(&took),
        "800 events at 100 quotes/s took {took} s"
    );
    let wanted = [symbol("AAPL"), symbol("EUR/USD")];
    let some: Vec<_> = feed
        .stream_quotes(wanted.to_vec())
        .take(100)
        .collect()
        .await;
    assert!(mids(&some).iter().all(|q| wanted.contains(&q.symbol)));
}

#[tokio::test(start_paused = true)]
async fn bars_lead_up_to_the_live_price() {
    let clock = Arc::new(RuntimeClock::new());
    let feed = SimFeed::new(SimSpec::default(), &shipped(), noon(), clock).unwrap();
    let start = noon().minus(s(86_400));
    for name in ["AAPL", "USD/JPY", "BTC-USD"] {
        let minutes = feed
            .get_bars(symbol(name), Interval::M1, start, None)
            .await
            .unwrap();
        assert_eq!(minutes.len(), 1440);
        assert_eq!(minutes[1439].timestamp, noon());
        assert_eq!(minutes[0].timestamp, start.plus(s(60)));
        assert!(minutes.windows(2).all(|w| w[0].close == w[1].open));
        assert!(
            minutes
                .iter()
                .all(|b| b.volume.is_positive() && b.low <= b.high)
        );
        let quote = feed.get_quote(symbol(name)).await.unwrap();
        let (close, mid) = (minutes[1439].close.to_f64(), quote.mid().to_f64());
        assert!(
            (close / mid - 1.0).abs() < 0.0005,
            "{name}: {close} then {mid}"
        );
        let hours = feed
            .get_bars(symbol(name), Interval::H1, start, None)
            .await
            .unwrap();
        assert_eq!((hours.len(), hours[23].close), (24, minutes[1439].close));
        let days = feed
            .get_bars(
                symbol(name),
                Interval::D1,
                noon().minus(s(86_400 * 300)),
                None,
            )
            .await
            .unwrap();
        assert_eq!(days.len(), 300);
        let weeks = feed
            .get_bars(
                symbol(name),
                Interval::W1,
                noon().minus(s(86_400 * 21)),
                None,
            )
            .await
            .unwrap();
        // A week ends with Friday, that is at midnight before Saturday.
        assert_eq!(weeks[2].timestamp.to_string(), "2026-02-28T00:00:00Z");
    }
    tokio::time::sleep(s(60)).await;
    let trades = feed
        .get_trades(symbol("AAPL"), noon().plus(s(30)))
        .await
        .unwrap();
    assert!(!trades.is_empty() && trades.iter().all(|t| t.timestamp <= noon().plus(s(30))));
}

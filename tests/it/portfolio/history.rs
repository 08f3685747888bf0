//! The store of prices: what replaces what, how files are read, and a past that is made up the same way every day.

use mts1b_desk::adapter::sim::{Daily, Universe, is_stressed};
use mts1b_desk::domain::{Bar, Interval, Price, Symbol, Timestamp};
use mts1b_desk::history::{
    Form, HISTORY_FILE, History, HistoryError, Origin, ROWS_MOST, Row, read_sheet,
};

use crate::support::build::read;

const DAY_US: i64 = 86_400_000_000;

fn rows(from: i64, count: usize) -> Vec<Row> {
    let days = (from..).take(count);
    days.map(|day| Row::close(Timestamp::from_us(day * DAY_US), Price::whole(100)))
        .collect()
}

fn symbol(text: &str) -> Symbol {
    read(text)
}

fn put(store: &mut History, rows: Vec<Row>, origin: &Origin) -> usize {
    let sets = [(symbol("AAPL"), rows)];
    store.replace(Interval::D1, &sets, origin).unwrap().series
}

fn known(store: &History) -> (u64, String) {
    let series = store.list().unwrap();
    let [one] = series.as_slice() else {
        panic!("{series:?}");
    };
    (one.rows, one.origin.to_string())
}

#[test]
fn what_is_real_takes_the_place_of_what_is_made_up_as_a_whole_and_never_the_other_way() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = History::open(folder.path()).unwrap();
    assert_eq!(put(&mut store, rows(100, 50), &Origin::Synthetic), 1);
    assert_eq!(known(&store), (50, "synthetic".to_owned()));
    let import = |name: &str| Origin::Import(name.into());
    assert_eq!(put(&mut store, rows(140, 3), &import("a")), 1);
    assert_eq!(known(&store), (3, "import:a".to_owned()));
    assert_eq!(put(&mut store, rows(100, 50), &Origin::Synthetic), 0);
    assert_eq!(known(&store), (3, "import:a".to_owned()));
    assert_eq!(put(&mut store, rows(10, 4), &import("b")), 1);
    assert_eq!(known(&store), (4, "import:b".to_owned()));
}

#[test]
fn a_feed_goes_on_with_what_it_joins_and_leaves_what_lies_apart() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = History::open(folder.path()).unwrap();
    let feed = |store: &mut History, rows: Vec<Row>| {
        let of = symbol("AAPL");
        store.append(&of, Interval::D1, &rows, "kraken").unwrap()
    };
    put(&mut store, rows(100, 5), &Origin::Synthetic);
    assert_eq!(feed(&mut store, rows(90, 3)), 3, "made up: gone as a whole");
    assert_eq!(known(&store), (3, "feed:kraken".to_owned()));
    // One that is known, two that are new.
    assert_eq!(feed(&mut store, rows(92, 3)), 2);
    assert_eq!(feed(&mut store, rows(92, 3)), 0);
    assert_eq!(
        feed(&mut store, rows(200, 9)),
        0,
        "a hundred days are a gap"
    );
    assert_eq!(known(&store), (5, "feed:kraken".to_owned()));
    let back = store.read(&symbol("AAPL"), Interval::D1, 2).unwrap();
    assert_eq!(back, rows(93, 2));
}

#[test]
fn a_series_keeps_its_newest_rows_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = History::open(folder.path()).unwrap();
    put(
        &mut store,
        rows(0, ROWS_MOST + 7),
        &Origin::Feed("f".into()),
    );
    assert_eq!(known(&store).0, ROWS_MOST as u64);
    let more = rows(i64::try_from(ROWS_MOST).unwrap() + 7, 4);
    store
        .append(&symbol("AAPL"), Interval::D1, &more, "f")
        .unwrap();
    let series = store.list().unwrap();
    assert_eq!(series[0].rows, ROWS_MOST as u64);
    assert_eq!(series[0].to, more[3].end);
    assert_eq!(series[0].from.as_us(), 11 * DAY_US);
}

#[test]
fn a_file_that_is_none_is_said_and_one_that_another_program_filled_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = History::open(folder.path()).unwrap();
    let before = store.version().unwrap();
    let mut other = History::open(folder.path()).unwrap();
    put(&mut other, rows(1, 2), &Origin::Import("x".into()));
    assert_ne!(store.version().unwrap(), before);
    let own = store.version().unwrap();
    put(&mut store, rows(1, 3), &Origin::Import("y".into()));
    assert_eq!(store.version().unwrap(), own, "its own work is no news");
    let path = folder.path().join(HISTORY_FILE);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    drop((store, other));
    let broken = tempfile::tempdir().unwrap();
    let path = broken.path().join(HISTORY_FILE);
    std::fs::write(&path, b"this is no database, however long it is made to be").unwrap();
    let error = History::open(broken.path()).unwrap_err();
    assert!(matches!(error, HistoryError::Damaged { .. }), "{error}");
    let words = error.to_string();
    assert!(
        words.contains("history.db") && words.contains("move the file away"),
        "{words}"
    );
    assert!(matches!(
        History::open_read_only(tempfile::tempdir().unwrap().path()),
        Err(HistoryError::Absent { .. })
    ));
}

fn sheet(text: &str, interval: Interval) -> Result<Vec<(Symbol, Vec<Row>)>, String> {
    let form = Form {
        interval,
        symbol_column: None,
    };
    read_sheet("f.csv", text.as_bytes(), form).map_err(|error| error.to_string())
}

#[test]
fn files_are_read_in_both_forms_and_prices_stay_the_decimals_they_are() {
    let wide = "Date,BTC-USD,AAPL\n2026-01-02,64000.10,\n2026-01-05,nan,231.4\n";
    let sets = sheet(wide, Interval::D1).unwrap();
    assert_eq!(sets[0].0, symbol("BTC-USD"));
    let first = &sets[0].1[0];
    assert_eq!(first.end, read::<Timestamp>("2026-01-03T00:00:00Z"));
    assert_eq!(first.close.to_string(), "64000.10");
    assert_eq!((sets[0].1.len(), sets[1].1.len()), (1, 1));
    let long = "symbol,timestamp,close,volume,high\nAAPL,2026-01-05T15:00:00Z,5.5,10,6\n";
    let sets = sheet(long, Interval::H1).unwrap();
    let row = &sets[0].1[0];
    assert_eq!(row.end, read::<Timestamp>("2026-01-05T15:00:00Z"));
    assert_eq!((row.high, row.low), (Some(Price::whole(6)), None));
    assert_eq!(row.volume.unwrap().to_string(), "10");
}

#[test]
fn the_first_fault_of_a_file_is_named_with_its_line_and_column() {
    for (text, words) in [
        (
            "date,AAPL\n2026-01-02,1\n2026-01-03,x\n",
            "f.csv:3, column 'AAPL': 'x' is no price",
        ),
        (
            "date,AAPL\n2026-01-02,-1\n",
            "f.csv:2, column 'AAPL': '-1' is no price",
        ),
        (
            "date,AAPL\n02.01.2026,1\n",
            "f.csv:2, column 'date': '02.01.2026' is no date",
        ),
        (
            "date,AAPL\n2026-01-02,1\n2026-01-02,2\n",
            "f.csv:3, column 'AAPL': AAPL has a bar",
        ),
        (
            "date,AAPL,AAPL\n",
            "f.csv:1, column 'AAPL': stands there twice",
        ),
        (
            "date,AAPL\n2026-01-02\n",
            "f.csv:2: the row has 1 values, the first row has 2",
        ),
        ("date,a b\n2026-01-02,1\n", "f.csv:1, column 'a b':"),
        (
            "symbol,date\nAAPL,2026-01-02\n",
            "column 'close' is missing",
        ),
        ("date\n", "f.csv:1: expected a date column"),
        ("date,AAPL\n", "holds no price"),
    ] {
        let error = sheet(text, Interval::D1).unwrap_err();
        assert!(error.contains(words), "{text:?}: {error}");
    }
}

fn made_up(last: i64) -> Vec<(Symbol, Vec<Bar>)> {
    let universe = Universe::parse(include_str!("../../../config/universe.toml")).unwrap();
    let daily = Daily {
        universe: &universe,
        seed: 7,
        last,
        days: 1_200,
    };
    let listings = universe.listings.iter();
    listings
        .map(|it| {
            let bars = daily.bars(it, it.motion.price);
            (it.instrument.symbol.clone(), bars)
        })
        .collect()
}

fn gains(bars: &[Bar]) -> Vec<(Timestamp, f64)> {
    let pairs = bars.windows(2);
    pairs
        .map(|pair| {
            let gain = pair[1].close.to_f64() / pair[0].close.to_f64() - 1.0;
            (pair[1].timestamp, gain)
        })
        .collect()
}

#[test]
fn a_day_that_is_made_up_is_the_same_whenever_it_is_asked_for() {
    let (friday, later) = (made_up(20_787), made_up(20_800));
    for ((symbol, bars), (_, other)) in friday.iter().zip(&later) {
        let other: std::collections::HashMap<_, _> = gains(other).into_iter().collect();
        let both = gains(bars)
            .into_iter()
            .filter_map(|(at, gain)| Some((gain, other.get(&at)?)));
        let mut seen = 0;
        for (gain, again) in both {
            // Closes stand on ticks, so a return is known to a tick or two of its price.
            let tick = 3e-3_f64.max(gain.abs() * 0.02);
            assert!((gain - again).abs() < tick, "{symbol}: {gain} then {again}");
            seen += 1;
        }
        assert!(seen > 500, "{symbol}: {seen}");
        let universe = Universe::parse(include_str!("../../../config/universe.toml")).unwrap();
        let listed = universe
            .listings
            .iter()
            .find(|it| it.instrument.symbol == *symbol);
        assert_eq!(bars.last().unwrap().close, listed.unwrap().motion.price);
        for bar in bars {
            assert!(bar.low <= bar.open.min(bar.close) && bar.open.max(bar.close) <= bar.high);
        }
    }
}

#[test]
fn what_is_made_up_rests_on_weekends_but_for_crypto_and_moves_together_under_stress() {
    let all = made_up(20_800);
    let of = |name: &str| &all.iter().find(|(of, _)| of.as_str() == name).unwrap().1;
    assert_eq!(of("BTC-USD").len(), 1_200);
    assert!((850..=860).contains(&of("AAPL").len()));
    let (apple, microsoft) = (gains(of("AAPL")), gains(of("MSFT")));
    let correlation = |stressed: bool| {
        let days = apple.iter().zip(&microsoft).filter(|((at, _), _)| {
            is_stressed(7, at.minus(std::time::Duration::from_micros(1)).day()) == stressed
        });
        let pairs: Vec<(f64, f64)> = days.map(|((_, a), (_, b))| (*a, *b)).collect();
        let count = pairs.len() as f64;
        assert!(count > 50.0, "{count} days");
        let mean = |pick: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(pick).sum::<f64>() / count;
        let (a, b) = (mean(&|it| it.0), mean(&|it| it.1));
        let over = |pick: &dyn Fn(&(f64, f64)) -> f64| mean(pick);
        let joint = over(&|it| (it.0 - a) * (it.1 - b));
        let (va, vb) = (
            over(&|it| (it.0 - a).powi(2)),
            over(&|it| (it.1 - b).powi(2)),
        );
        (joint / (va * vb).sqrt(), va.sqrt())
    };
    let (calm, stress) = (correlation(false), correlation(true));
    assert!(
        calm.0 > 0.2 && stress.0 > calm.0 + 0.1,
        "{calm:?} {stress:?}"
    );
    assert!(stress.1 > 1.4 * calm.1, "{calm:?} {stress:?}");
}

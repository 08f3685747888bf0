//! Panels of bars and of text: what is missing, what is adjusted, and what is refused with its place.

use mts1b_desk::domain::{Bar, Interval, Quantity, Symbol, Timestamp, UniversePanel};
use mts1b_desk::portfolio::panel::returns::{self, Kind};
use mts1b_desk::portfolio::panel::{
    BarsError, Column, Split, adjust, from_columns, read_closes, read_returns, read_scores,
    read_splits,
};

use crate::portfolio::{matrix, near, symbols};

const NO: f64 = f64::NAN;

fn bar(symbol: &str, interval: Interval, at: &str, close: &str) -> Bar {
    let price = close.parse().unwrap();
    Bar {
        symbol: Symbol::new(symbol).unwrap(),
        interval,
        open: price,
        high: price,
        low: price,
        close: price,
        volume: Quantity::whole(10),
        vwap: None,
        n_trades: None,
        timestamp: at.parse().unwrap(),
    }
}

fn series(symbol: &str, interval: Interval, bars: &[(&str, &str)]) -> (Symbol, Vec<Bar>) {
    let bars = bars
        .iter()
        .map(|(at, close)| bar(symbol, interval, at, close));
    (Symbol::new(symbol).unwrap(), bars.collect())
}

fn from_bars(series: &[(Symbol, Vec<Bar>)]) -> Result<UniversePanel, BarsError> {
    let columns = series
        .iter()
        .map(|(symbol, bars)| Column::new(symbol.clone(), bars));
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    from_columns(&columns.iter().collect::<Vec<_>>())
}

#[test]
fn daily_bars_of_several_markets_share_the_row_of_their_day() {
    let stocks = series(
        "AAPL",
        Interval::D1,
        &[
            ("2026-01-02T21:00:00Z", "10"),
            ("2026-01-05T21:00:00Z", "11"),
        ],
    );
    // Midnight is the end of the day before it.
    let crypto = series(
        "BTC-USD",
        Interval::D1,
        &[
            ("2026-01-03T00:00:00Z", "100"),
            ("2026-01-04T00:00:00Z", "101"),
            ("2026-01-05T00:00:00Z", "102"),
            ("2026-01-06T00:00:00Z", "103"),
        ],
    );
    let late = series("NVDA", Interval::D1, &[("2026-01-05T21:00:00Z", "7")]);
    let panel = from_bars(&[stocks, crypto, late]).unwrap();
    assert_eq!(panel.check(), Ok(()));
    let dates: Vec<String> = panel.dates.iter().map(ToString::to_string).collect();
    assert_eq!(
        dates,
        [
            "2026-01-03T00:00:00Z",
            "2026-01-04T00:00:00Z",
            "2026-01-05T00:00:00Z",
            "2026-01-06T00:00:00Z"
        ]
    );
    let expected = [
        10.0, 100.0, NO, NO, 101.0, NO, NO, 102.0, NO, 11.0, 103.0, 7.0,
    ];
    near(panel.close.values(), &expected, 0.0);
    near(panel.volume.row(0).unwrap(), &[10.0, 10.0, NO], 0.0);
    assert!(panel.vwap.is_none());
}

#[test]
fn intraday_bars_share_a_row_at_the_same_moment_and_weekly_ones_in_the_same_week() {
    let a = series(
        "AAPL",
        Interval::M1,
        &[("2026-01-02T15:01:00Z", "1"), ("2026-01-02T15:03:00Z", "3")],
    );
    let b = series(
        "MSFT",
        Interval::M1,
        &[("2026-01-02T15:02:00Z", "2"), ("2026-01-02T15:03:00Z", "4")],
    );
    let panel = from_bars(&[a, b]).unwrap();
    near(panel.close.values(), &[1.0, NO, NO, 2.0, 3.0, 4.0], 0.0);
    let a = series(
        "AAPL",
        Interval::W1,
        &[("2026-01-02T21:00:00Z", "1"), ("2026-01-09T21:00:00Z", "2")],
    );
    let b = series(
        "BTC-USD",
        Interval::W1,
        &[("2026-01-05T00:00:00Z", "3"), ("2026-01-12T00:00:00Z", "4")],
    );
    near(
        from_bars(&[a, b]).unwrap().close.values(),
        &[1.0, 3.0, 2.0, 4.0],
        0.0,
    );
    assert_eq!(from_bars(&[]).unwrap().dates, []);
}

#[test]
fn bars_that_do_not_belong_together_are_refused() {
    let good = [("2026-01-02T21:00:00Z", "10")];
    let daily = || series("AAPL", Interval::D1, &good);
    let cases = [
        (vec![daily(), daily()], "AAPL is there twice"),
        (
            vec![daily(), series("MSFT", Interval::H1, &good)],
            "a 1h bar of MSFT",
        ),
        (
            vec![series(
                "AAPL",
                Interval::D1,
                &[
                    ("2026-01-02T20:00:00Z", "10"),
                    ("2026-01-02T21:00:00Z", "10"),
                ],
            )],
            "the bar of AAPL at 2026-01-02T21:00:00Z does not come after",
        ),
        (
            vec![(Symbol::new("MSFT").unwrap(), daily().1)],
            "a 1d bar of AAPL is among the bars of MSFT",
        ),
    ];
    for (series, said) in cases {
        let error = from_bars(&series).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn a_split_in_the_middle_makes_what_lies_before_it_comparable() {
    let text = b"date,AAPL,TSLA\n2020-08-27,400,100\n2020-08-28,500,\n2020-08-31,129,99\n2020-09-01,134,50\n";
    let mut panel = read_closes(text).unwrap();
    let mut volume = panel.close.clone();
    volume.rows_mut().for_each(|row| row.fill(8.0));
    panel.volume = volume;
    let splits = read_splits(
        b"symbol,date,ratio\nAAPL,2020-08-31,4:1\nAAPL,2020-09-01,0.5\nNVDA,2020-08-31,10\n",
    )
    .unwrap();
    adjust(&mut panel, &splits).unwrap();
    near(
        panel.close.values(),
        &[200.0, 100.0, 250.0, NO, 258.0, 99.0, 134.0, 50.0],
        1e-12,
    );
    near(
        panel.volume.values(),
        &[16.0, 8.0, 16.0, 8.0, 4.0, 8.0, 8.0, 8.0],
        1e-12,
    );
    // Without the split the return would be a loss of three quarters.
    let gains = returns::each(&panel.close, Kind::Simple).unwrap();
    near(&gains.values()[2..4], &[258.0 / 250.0 - 1.0, -0.01], 1e-12);

    let split = |ratio| Split {
        symbol: Symbol::new("AAPL").unwrap(),
        at: Timestamp::EPOCH,
        ratio,
    };
    let before = panel.close.values().to_vec();
    for (splits, said) in [
        (vec![split(2.0), split(0.0)], "ratio is 0"),
        (vec![split(f64::NAN)], "ratio is NaN"),
        (vec![split(2.0), split(2.0)], "is there twice"),
    ] {
        let error = adjust(&mut panel, &splits).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
        near(panel.close.values(), &before, 0.0);
    }
}

#[test]
fn returns_step_over_holes_one_by_one_or_together() {
    let close = matrix(&[
        &[100.0, 10.0, NO],
        &[NO, 11.0, NO],
        &[110.0, 12.0, 5.0],
        &[-1.0, 13.0, 6.0],
        &[121.0, 15.0, 9.0],
    ]);
    let each = returns::each(&close, Kind::Simple).unwrap();
    let expected = [
        NO,
        0.1,
        NO,
        0.1,
        12.0 / 11.0 - 1.0,
        NO,
        NO,
        13.0 / 12.0 - 1.0,
        0.2,
        0.1,
        15.0 / 13.0 - 1.0,
        0.5,
    ];
    near(each.values(), &expected, 1e-12);
    let (joint, rows) = returns::joint(&close, Kind::Log).unwrap();
    assert_eq!(rows, [2, 4]);
    near(
        joint.values(),
        &[1.1_f64.ln(), 1.25_f64.ln(), 1.8_f64.ln()],
        1e-12,
    );
    let (none, rows) = returns::joint(&matrix(&[&[NO]]), Kind::Log).unwrap();
    assert_eq!((none.rows(), rows.len()), (0, 0));
}

#[test]
fn closes_are_read_with_every_spelling_of_missing() {
    let text = b"\xef\xbb\xbfDate,AAPL, \"BRK.B\" ,BTC-USD\r\n2020-01-02,1.5,NaN,7e3\r\n\r\n2020-01-03T21:00:00Z,,na,+8\r\n";
    let panel = read_closes(text).unwrap();
    assert_eq!(panel.check(), Ok(()));
    assert_eq!(panel.symbols, symbols(&["AAPL", "BRK.B", "BTC-USD"]));
    let dates: Vec<String> = panel.dates.iter().map(ToString::to_string).collect();
    assert_eq!(dates, ["2020-01-02T00:00:00Z", "2020-01-03T21:00:00Z"]);
    near(panel.close.values(), &[1.5, NO, 7000.0, NO, NO, 8.0], 0.0);
    assert!(panel.volume.values().iter().all(|it| it.is_nan()));
    let returns = read_returns(b",AAPL\n2020-01-02,-0.5\n2020-01-03,0\n").unwrap();
    near(returns.values.values(), &[-0.5, 0.0], 0.0);
}

#[test]
fn whatever_is_wrong_with_closes_is_named_with_its_line() {
    let cases = [
        ("", "line 1: nothing here"),
        ("date\n", "line 1: 'date' names no symbol"),
        (
            "date;AAPL\n2020-01-02;1\n",
            "line 1: 'date;AAPL' names no symbol",
        ),
        ("date,AAPL\n", "line 1: no row below the header"),
        (
            "date,AAPL,aapl\n",
            "line 1: column 3: symbol 'aapl' is not an upper-case ticker",
        ),
        (
            "date,AAPL,MSFT,AAPL\n",
            "line 1: column 4 is AAPL, as column 2 is already",
        ),
        (
            "date,AAPL\n2020-01-02,1\n\n2020-01-02,2\n",
            "line 4: date 2020-01-02T00:00:00Z is that of line 2 already",
        ),
        (
            "date,AAPL\n2020-01-03,1\n2020-01-02,2\n",
            "line 3: date 2020-01-02T00:00:00Z does not come after",
        ),
        (
            "date,AAPL\n02/01/2020,1\n",
            "line 2: date '02/01/2020' is neither",
        ),
        (
            "date,AAPL\n2020-02-30,1\n",
            "line 2: date '2020-02-30' is neither",
        ),
        (
            "date,AAPL,MSFT\n2020-01-02,1\n",
            "line 2: 2 cells, expected 3",
        ),
        ("date,AAPL\n2020-01-02,1,2\n", "line 2: 3 cells, expected 2"),
        (
            "date,AAPL,MSFT\n2020-01-02,1,0\n",
            "line 2: column 3 (MSFT): close is '0', expected more than 0",
        ),
        (
            "date,AAPL\n2020-01-02,-4.5\n",
            "line 2: column 2 (AAPL): close is '-4.5'",
        ),
        (
            "date,AAPL\n2020-01-02,1.2.3\n",
            "line 2: column 2 (AAPL): close is '1.2.3', expected a finite number",
        ),
        (
            "date,AAPL\n2020-01-02,inf\n",
            "line 2: column 2 (AAPL): close is 'inf'",
        ),
    ];
    for (text, said) in cases {
        let error = read_closes(text.as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with(said), "{error}\ninstead of\n{said}");
    }
}

#[test]
fn scores_and_splits_are_read_with_or_without_a_header() {
    let expected = symbols(&["AAPL", "MSFT"]);
    for text in ["symbol,score\nAAPL,1.5\nMSFT,\n", "AAPL,1.5\nMSFT,nan"] {
        let (names, scores): (Vec<_>, Vec<_>) =
            read_scores(text.as_bytes()).unwrap().into_iter().unzip();
        assert_eq!(names, expected);
        near(&scores, &[1.5, NO], 0.0);
    }
    let cases = [
        ("", "line 1: no score"),
        ("symbol,score\n", "line 1: no score"),
        ("ticker,score\n", "line 1: first cell: symbol 'ticker'"),
        ("AAPL,1,2\n", "line 1: 'AAPL,1,2' is not two cells"),
        ("AAPL,1\nAAPL,2\n", "line 2: AAPL is that of line 1 already"),
        ("AAPL,one\n", "line 1: score of AAPL is 'one'"),
    ];
    for (text, said) in cases {
        let error = read_scores(text.as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with(said), "{error}\ninstead of\n{said}");
    }
    for (text, said) in [
        ("AAPL,2020-08-31\n", "line 1: not three cells"),
        ("AAPL,2020-08-31,0\n", "line 1: ratio is '0'"),
        ("AAPL,2020-08-31,4:0\n", "line 1: ratio is '4:0'"),
        ("AAPL,August,4\n", "line 1: date 'August'"),
    ] {
        let error = read_splits(text.as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with(said), "{error}\ninstead of\n{said}");
    }
}

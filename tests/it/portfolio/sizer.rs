//! Sizers: who is held, how much of it, and that nobody is booked twice.

use mts1b_desk::domain::Matrix;
use mts1b_desk::portfolio::sizer::registry;
use mts1b_desk::protocol::{PortfolioError, SizerInput};
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop, prop_oneof};
use proptest::{prop_assert, prop_assert_eq, proptest};

use crate::portfolio::{matrix, near, params, symbols};

const NO: f64 = f64::NAN;

/// What is refused: sizer, scores, history, parameters, and the words.
type Refused<'a> = (&'a str, &'a [f64], Option<&'a Matrix>, Pairs<'a>, &'a str);

/// Parameters as the command line writes them.
type Pairs<'a> = &'a [(&'a str, &'a str)];

fn sized(
    name: &str,
    signal: &[f64],
    returns: Option<&Matrix>,
    given: &[(&str, &str)],
) -> Result<Vec<f64>, PortfolioError> {
    let names: Vec<String> = (0..signal.len()).map(|at| format!("S{at}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let symbols = symbols(&names);
    let input = SizerInput {
        signal,
        symbols: &symbols,
        returns,
    };
    let sizers = registry();
    sizers.get(name).unwrap().size(&input, &params(given))
}

#[test]
fn equal_weights_go_to_the_ends_of_the_ranking() {
    let seed = [0.5, 1.2, -0.3, 2.1, -1.5, 0.8];
    let two = [("n_long", "2"), ("n_short", "2")];
    let cases: &[(&str, &[f64], Pairs<'_>, &[f64])] = &[
        (
            "equal_weight_ls",
            &seed,
            &two,
            &[0.0, 0.25, -0.25, 0.25, -0.25, 0.0],
        ),
        // Five and five of six names: three and three, each side still half of gross.
        (
            "equal_weight_ls",
            &seed,
            &[],
            &[
                -1.0 / 6.0,
                1.0 / 6.0,
                -1.0 / 6.0,
                1.0 / 6.0,
                -1.0 / 6.0,
                1.0 / 6.0,
            ],
        ),
        // Of five names the middle one goes to neither.
        (
            "equal_weight_ls",
            &seed[..5],
            &[("gross", "2")],
            &[0.0, 0.5, -0.5, 0.5, -0.5],
        ),
        (
            "equal_weight_ls",
            &[3.0, 1.0, 2.0],
            &[("n_long", "4"), ("n_short", "2")],
            &[0.25, -0.5, 0.25],
        ),
        (
            "equal_weight_ls",
            &[3.0, 1.0],
            &[("n_short", "0"), ("n_long", "1")],
            &[0.5, 0.0],
        ),
        ("equal_weight_ls", &[1.0], &[], &[0.0]),
        ("equal_weight_ls", &[NO, NO], &[], &[0.0, 0.0]),
        // All equal: the long side has the first columns, the short side the next, never the same.
        (
            "equal_weight_ls",
            &[0.0, -0.0, NO, 0.0, 0.0, 0.0],
            &two,
            &[0.25, 0.25, 0.0, -0.25, -0.25, 0.0],
        ),
        (
            "equal_weight_long",
            &seed,
            &[("n", "2"), ("gross", "0.5")],
            &[0.0, 0.25, 0.0, 0.25, 0.0, 0.0],
        ),
        ("equal_weight_long", &[1.0, NO, 2.0], &[], &[0.5, 0.0, 0.5]),
        (
            "equal_weight_long",
            &[1.0, 2.0, 2.0, 2.0],
            &[("n", "2")],
            &[0.0, 0.5, 0.5, 0.0],
        ),
        (
            "equal_weight_long",
            &[f64::INFINITY, 2.0, f64::NEG_INFINITY],
            &[("n", "1")],
            &[1.0, 0.0, 0.0],
        ),
        ("equal_weight_long", &[], &[], &[]),
        (
            "fixed_weight",
            &[0.0, NO, 1.0],
            &[("weights", r#"{"S0": 0.4, "S1": 0.3}"#)],
            &[0.4, 0.0, 0.0],
        ),
    ];
    for (name, signal, given, expected) in cases {
        println!("{name} of {signal:?} with {given:?}");
        near(&sized(name, signal, None, given).unwrap(), expected, 1e-15);
    }
}

#[test]
fn kelly_solves_against_the_covariance_and_holds_to_the_cap() {
    // By hand: inverse([[4, 2], [2, 5]]) [1, 1] = [3, 2] / 16, halved by the risk aversion.
    let cov = ("cov", "[[4, 2], [2, 5]]");
    let found = sized("kelly_fraction", &[1.0, 1.0], None, &[cov]).unwrap();
    near(&found, &[3.0 / 32.0, 2.0 / 32.0], 1e-15);
    let found = sized("kelly_fraction", &[1.0, 1.0], None, &[cov, ("cap", "0.07")]).unwrap();
    near(&found, &[0.07, 2.0 / 32.0], 1e-15);
    let given = [
        cov,
        ("expected_returns", r#"{"S0": 0, "S1": -16}"#),
        ("risk_aversion", "1"),
        ("cap", "9"),
    ];
    let found = sized("kelly_fraction", &[1.0, 1.0], None, &given).unwrap();
    near(&found, &[2.0, -4.0], 1e-14);
    // Who has no score takes no part: its covariance with the others does not matter.
    let given = [("cov", "[[4, 9, 2], [9, 1, 9], [2, 9, 5]]")];
    let found = sized("kelly_fraction", &[1.0, NO, 1.0], None, &given).unwrap();
    near(&found, &[3.0 / 32.0, 0.0, 2.0 / 32.0], 1e-15);
}

#[test]
fn kelly_takes_the_covariance_of_the_rows_that_are_known() {
    let returns = matrix(&[
        &[0.01, -0.02, NO],
        &[9.0, NO, 0.0],
        &[-0.03, 0.01, NO],
        &[0.02, 0.04, 1.0],
    ]);
    // Deviations of the three whole rows: [0.01, -0.03, 0.02] and [-0.03, 0, 0.03].
    let (a, b, c): (f64, f64, f64) = (0.0014 / 2.0, 0.0018 / 2.0, 0.0003 / 2.0);
    let det = a * b - c * c;
    let mu = [0.0001, 0.0002];
    let expected = [
        (b * mu[0] - c * mu[1]) / det / 2.0,
        (a * mu[1] - c * mu[0]) / det / 2.0,
        0.0,
    ];
    let found = sized(
        "kelly_fraction",
        &[mu[0], mu[1], NO],
        Some(&returns),
        &[("cap", "1")],
    )
    .unwrap();
    near(&found, &expected, 1e-12);
}

#[test]
fn volatility_is_brought_to_the_target_from_above_and_below() {
    let up = |gain: f64| gain.exp_m1();
    let rows: Vec<[f64; 2]> = [0.02, -0.01, 0.015, -0.025, 0.01]
        .map(|gain| [up(gain), up(2.0 * gain)])
        .into();
    let rows: Vec<&[f64]> = rows.iter().map(<[f64; 2]>::as_slice).collect();
    let returns = matrix(&rows);
    let gains = [0.02, -0.01, 0.015, -0.025, 0.01].map(|gain: f64| gain * (0.5 + 2.0 * 0.25));
    let mean = gains.iter().sum::<f64>() / 5.0;
    let variance = gains.iter().map(|gain| (gain - mean).powi(2)).sum::<f64>() / 4.0;
    let realised = (variance * 252.0).sqrt();
    let base = [0.5, 0.25];
    let found = sized("vol_target_weights", &base, Some(&returns), &[]).unwrap();
    near(&found, &base.map(|weight| weight * 0.12 / realised), 1e-12);
    assert!(found[0] < 0.5, "{found:?}");
    let given = [("target_ann_vol", "0.5")];
    let found = sized("vol_target_weights", &base, Some(&returns), &given).unwrap();
    near(&found, &base.map(|weight| weight * 0.5 / realised), 1e-12);
    let given = [("target_ann_vol", "5"), ("max_scale", "2")];
    let found = sized("vol_target_weights", &base, Some(&returns), &given).unwrap();
    near(&found, &[1.0, 0.5], 1e-15);
    // The window is the newest rows: of the last two the mean gain is -0.0075, the deviation 0.0175 times the root of 2.
    let given = [("window", "2"), ("periods", "1")];
    let found = sized("vol_target_weights", &base, Some(&returns), &given).unwrap();
    near(&found, &[1.5, 0.75], 1e-12);
    let calm = matrix(&[&[0.0, 0.0], &[0.0, 0.0]]);
    near(
        &sized("vol_target_weights", &base, Some(&calm), &[]).unwrap(),
        &[1.5, 0.75],
        0.0,
    );
    near(
        &sized("vol_target_weights", &[NO, 0.0], None, &[]).unwrap(),
        &[0.0, 0.0],
        0.0,
    );
}

#[test]
fn kelly_then_target_is_one_after_the_other() {
    let rows: Vec<[f64; 2]> = (1..40_u32)
        .map(|t| {
            [
                f64::from(t * t % 17) / 1000.0 - 0.008,
                f64::from(t * 7 % 11) / 1000.0 - 0.005,
            ]
        })
        .collect();
    let rows: Vec<&[f64]> = rows.iter().map(<[f64; 2]>::as_slice).collect();
    let returns = matrix(&rows);
    let signal = [0.00001, -0.00002];
    let bets = sized("kelly_fraction", &signal, Some(&returns), &[]).unwrap();
    assert!(bets[0] > 0.0 && bets[1] < 0.0, "{bets:?}");
    for (name, target) in [
        ("kelly_voltarget_12", "0.12"),
        ("kelly_voltarget_8", "0.08"),
    ] {
        let found = sized(name, &signal, Some(&returns), &[("nav_usd", "1000000")]).unwrap();
        let given = [("target_ann_vol", target)];
        let expected = sized("vol_target_weights", &bets, Some(&returns), &given).unwrap();
        near(&found, &expected, 1e-15);
    }
}

#[test]
fn what_cannot_be_sized_is_said() {
    let twins = matrix(&[&[0.01, 0.02], &[-0.01, -0.02], &[0.03, 0.06], &[0.0, 0.0]]);
    let flat = matrix(&[&[0.01, 0.0], &[-0.01, 0.0], &[0.03, 0.0]]);
    let lost = matrix(&[&[0.01, -1.5], &[-0.01, 0.1], &[0.03, 0.0]]);
    let one = matrix(&[&[0.01, 0.02]]);
    let narrow = matrix(&[&[0.01], &[0.02]]);
    let scores = [1.0, 2.0];
    let cases: &[Refused<'_>] = &[
        (
            "kelly_fraction",
            &scores,
            None,
            &[],
            "returns is missing, expected a history",
        ),
        (
            "kelly_fraction",
            &scores,
            Some(&twins),
            &[],
            "cannot be inverted",
        ),
        (
            "kelly_fraction",
            &scores,
            Some(&flat),
            &[],
            "S1 has a variance of 0",
        ),
        (
            "kelly_fraction",
            &scores,
            Some(&narrow),
            &[],
            "returns is 1 columns, expected one for each of 2",
        ),
        (
            "kelly_fraction",
            &[f64::INFINITY, 1.0],
            Some(&lost),
            &[],
            "the score of S0 is inf, expected a finite number",
        ),
        (
            "kelly_fraction",
            &scores,
            None,
            &[("cov", "[[1]]")],
            "cov is [[1]], expected 2 rows of 2",
        ),
        (
            "kelly_fraction",
            &scores,
            None,
            &[("cov", "[[1,2],[3,9]]")],
            "the same on both sides",
        ),
        (
            "kelly_fraction",
            &scores,
            None,
            &[("cov", "[[1,2],[2,1]]")],
            "cannot be inverted",
        ),
        (
            "kelly_fraction",
            &scores,
            None,
            &[("risk_aversion", "0")],
            "risk_aversion is 0",
        ),
        (
            "vol_target_weights",
            &scores,
            Some(&one),
            &[],
            "have 1 rows",
        ),
        (
            "vol_target_weights",
            &scores,
            Some(&lost),
            &[],
            "a return is -1 or less",
        ),
        (
            "vol_target_weights",
            &scores,
            None,
            &[("windw", "9")],
            "did you mean 'window'",
        ),
        (
            "kelly_voltarget_8",
            &scores,
            None,
            &[("nav_usd", "-1")],
            "nav_usd is -1",
        ),
        ("fixed_weight", &scores, None, &[], "weights is missing"),
        (
            "fixed_weight",
            &scores,
            None,
            &[("weights", r#"{"S9": 1}"#)],
            "\"S9\", which is no symbol",
        ),
        (
            "fixed_weight",
            &scores,
            None,
            &[("weights", r#"{"S1": null}"#)],
            "weights of S1 is missing",
        ),
        (
            "equal_weight_long",
            &scores,
            None,
            &[("n", "0")],
            "n is 0, expected a whole number from 1",
        ),
        (
            "equal_weight_ls",
            &scores,
            None,
            &[("gross", "-1")],
            "gross is -1",
        ),
    ];
    for (name, signal, returns, given, said) in cases {
        let error = sized(name, signal, *returns, given)
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with(name) && error.contains(said),
            "{name} with {given:?}: {error}"
        );
    }
}

fn signal() -> impl Strategy<Value = Vec<f64>> {
    let score = prop_oneof![
        Just(NO),
        Just(0.0),
        -3.0..3.0,
        (-2_i8..=2).prop_map(f64::from)
    ];
    prop::collection::vec(score, 0..30)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_two_sides_never_meet_and_keep_their_gross(
        signal in signal(), long in 0_usize..12, short in 0_usize..12, order in any::<prop::sample::Index>(),
    ) {
        let (n_long, n_short) = (long.to_string(), short.to_string());
        let given = [("n_long", n_long.as_str()), ("n_short", n_short.as_str())];
        let weights = sized("equal_weight_ls", &signal, None, &given).unwrap();
        let scored = signal.iter().filter(|it| !it.is_nan()).count();
        let held = |side: f64| weights.iter().filter(move |it| **it * side > 0.0);
        let (longs, shorts) = (held(1.0).count(), held(-1.0).count());
        prop_assert!(longs <= long && shorts <= short && longs + shorts <= scored);
        prop_assert!(longs + shorts == scored.min(long + short) || longs + shorts + 1 == scored);
        for side in [1.0, -1.0] {
            let sum: f64 = held(side).sum();
            prop_assert!(sum.abs() < 1e-12 || (sum * side - 0.5).abs() < 1e-12);
        }
        for (weight, score) in weights.iter().zip(&signal) {
            prop_assert!(!score.is_nan() || *weight == 0.0);
            for (other, others) in weights.iter().zip(&signal) {
                prop_assert!(weight >= other || score.is_nan() || others.is_nan() || score <= others);
            }
        }
        // Scores that all differ: whoever stands where, each keeps its weight.
        let by = order.index(signal.len().max(1));
        let differing: Vec<f64> = signal.iter().zip(0_u8..).map(|(score, at)| score + f64::from(at) * 1e-6).collect();
        let mut turned = differing.clone();
        turned.rotate_left(by.min(signal.len()));
        let mut expected = sized("equal_weight_ls", &differing, None, &given).unwrap();
        expected.rotate_left(by.min(signal.len()));
        prop_assert_eq!(sized("equal_weight_ls", &turned, None, &given).unwrap(), expected);
    }
}

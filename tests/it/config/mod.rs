//! Configuration: which files become settings, and what is said of those that do not.
//!
//! Every file under `tests/data/config/invalid` has its messages pinned by a
//! snapshot of its own name; every file under `valid` has what it changes.

use std::path::{Path, PathBuf};
use std::time::Duration;

use mts1b_desk::config::{ConfigError, Feed, Overrides, Settings, SimFeed, Speed};
use mts1b_desk::domain::{AssetClass, Currency, CustomGate, Money, OrderType, Rate, TaxLotMethod};
use mts1b_desk::portfolio::live::Rule;

fn data(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/config")
        .join(kind)
}

fn files(kind: &str) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(data(kind)).unwrap();
    let mut files: Vec<_> = entries
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(&path).unwrap())
        })
        .collect();
    files.sort();
    files
}

fn load(text: &str, overrides: &Overrides) -> Result<Settings, ConfigError> {
    Settings::from_layers(Some(("desk.toml", text)), overrides)
}

fn valid(name: &str) -> Settings {
    let path = data("valid").join(name).with_extension("toml");
    load(
        &std::fs::read_to_string(path).unwrap(),
        &Overrides::default(),
    )
    .unwrap()
}

fn shipped() -> Settings {
    Settings::from_layers(None, &Overrides::default()).unwrap()
}

#[test]
fn every_fault_is_named_with_its_line_and_what_would_be_right() {
    for (name, text) in files("invalid") {
        let error = load(&text, &Overrides::default()).expect_err(&name);
        assert!(!error.problems().is_empty(), "{name}");
        insta::assert_snapshot!(name.as_str(), error);
    }
}

#[test]
fn a_secret_is_never_repeated() {
    let text = std::fs::read_to_string(data("invalid").join("secret.toml")).unwrap();
    let said = load(&text, &Overrides::default()).unwrap_err().to_string();
    assert!(!said.contains("abc") && !said.contains("def"), "{said}");
}

#[test]
fn every_valid_file_loads() {
    for (name, text) in files("valid") {
        load(&text, &Overrides::default()).expect(&name);
    }
}

#[test]
fn an_empty_file_changes_nothing() {
    assert_eq!(valid("empty"), shipped());
}

#[test]
fn the_shipped_file_lets_a_newcomer_trade_on_paper() {
    let settings = shipped();
    assert!(matches!(settings.desk().feed, Feed::Sim(sim) if sim.symbols >= 24 && sim.rate >= 50));
    assert_eq!(settings.desk().stale_after, Duration::from_secs(5));
    assert_eq!(settings.desk().rate_most, 20);
    assert!(!settings.desk().read_only);
    assert_eq!(settings.paper().fee_bps_per_side, 5);
    assert_eq!(settings.paper().latency, Duration::from_millis(100));
    let fund = settings.fund();
    assert_eq!(fund.config.fund_id.as_str(), "paper-momentum");
    assert_eq!(fund.config.target_nav_usd, Money::whole(1_000_000));
    assert_eq!(fund.config.tax_lot_method, TaxLotMethod::Fifo);
    assert_eq!(fund.envelope.nav_usd, fund.config.target_nav_usd);
    assert_eq!(fund.envelope.fund_id, fund.config.fund_id);
    assert_eq!(fund.envelope.allowed_order_types, OrderType::ALL);
    let classes = [AssetClass::Equities, AssetClass::Crypto, AssetClass::Fx];
    assert_eq!(fund.config.asset_classes, classes);
    assert_eq!(fund.envelope.allowed_asset_classes, classes);
    assert!((fund.envelope.max_position_pct - 0.10).abs() < f64::EPSILON);
    let usdt: Currency = "USDT".parse().unwrap();
    assert_eq!(settings.pegs().get(&usdt), Some(&Currency::USD));
}

#[test]
fn nobody_is_asked_outside_unless_a_file_says_so() {
    assert_eq!(shipped().cro(), None);
    assert_eq!(shipped().desk().human_veto, None);
    let settings = valid("who-is-asked");
    assert_eq!(settings.desk().human_veto, Some(Duration::from_secs(45)));
    let cro = settings.cro().unwrap();
    assert_eq!(
        (cro.url.as_str(), cro.model.as_str()),
        ("http://127.0.0.1:11434/v1", "llama3.1:8b")
    );
    assert_eq!(cro.key_env, None);
}

#[test]
fn no_bus_is_listened_to_unless_a_file_says_so() {
    assert_eq!(shipped().nats(), None);
    let settings = valid("the-bus");
    let nats = settings.nats().unwrap();
    assert_eq!(nats.url, "tls://nats.example.com:4222");
    assert_eq!(nats.key_env.as_deref(), Some("NATS_KEY"));
    let roots = nats.roots.as_deref().unwrap();
    assert_eq!(roots, std::path::Path::new("/etc/desk/roots.pem"));
}

#[test]
fn a_users_file_changes_only_what_it_names() {
    let (settings, before) = (valid("a-few-keys"), shipped());
    assert_eq!(settings.desk().theme, "linen");
    let replay = Feed::Replay {
        file: "recordings/one.csv.zst".into(),
        speed: Speed::Times(Rate::whole(10)),
    };
    assert_eq!(settings.desk().feed, replay);
    assert_eq!(settings.desk().layout, before.desk().layout);
    assert_eq!(settings.paper().latency, Duration::from_millis(250));
    assert_eq!(settings.paper().fee_bps_per_side, 5);
    assert_eq!(settings.pegs().len(), before.pegs().len() + 1);
    assert_eq!(settings.funds().len(), 1);
    let (fund, shipped) = (settings.fund(), before.fund());
    assert_eq!(fund.config.target_nav_usd, "250000.50".parse().unwrap());
    assert_eq!(fund.envelope.nav_usd, fund.config.target_nav_usd);
    assert!((fund.envelope.max_position_pct - 0.05).abs() < f64::EPSILON);
    assert_eq!(fund.config.name, shipped.config.name);
    assert_eq!(
        fund.envelope.allowed_brokers,
        shipped.envelope.allowed_brokers
    );
}

#[test]
fn a_second_fund_stands_beside_the_first_and_takes_the_published_limits() {
    let settings = valid("second-fund");
    assert_eq!(settings.funds().len(), 2);
    let fund = settings.fund();
    assert_eq!(fund.config.fund_id.as_str(), "carry");
    assert!((fund.envelope.max_position_pct - 0.05).abs() < f64::EPSILON);
    assert!(!fund.envelope.enable_shorting);
    let Feed::Sim(sim) = settings.desk().feed else {
        panic!("expected the synthetic market");
    };
    let expected = SimFeed {
        rate: 500,
        symbols: 29,
        seed: 11,
    };
    assert_eq!(sim, expected);
}

#[test]
fn gates_are_registered_by_name_once_and_with_parameters_in_bounds() {
    assert_eq!(shipped().gates(), []);
    let (tsla, btc) = ("TSLA".parse().unwrap(), "BTC-USD".parse().unwrap());
    let expected = [
        CustomGate::SelfCross {
            reach_bps: 50,
            exits: true,
        },
        CustomGate::NoTradesNearOpen {
            minutes: 10,
            open_minute: 570,
            zone: "EST5EDT,M3.2.0,M11.1.0".to_owned(),
            classes: vec![AssetClass::Equities],
        },
        CustomGate::RestrictedList {
            symbols: vec![tsla, btc],
        },
    ];
    assert_eq!(valid("gates").gates(), expected);
    let twice = "[[gate]]\nname = \"price_collar\"\nbps = 5\n".repeat(2);
    let said = load(&twice, &Overrides::default()).unwrap_err().to_string();
    assert!(
        said.contains("desk.toml:4: name is 'price_collar', but that gate is registered above"),
        "{said}"
    );
    let many: Vec<String> = (0..10_001).map(|_| "\"AAPL\"".to_owned()).collect();
    let list = format!(
        "[[gate]]\nname = \"restricted_list\"\nsymbols = [{}]",
        many.join(",")
    );
    let said = load(&list, &Overrides::default()).unwrap_err().to_string();
    assert!(said.contains("expected 1 to 10000 symbols"), "{said}");
}

#[test]
fn the_command_line_comes_last() {
    let overrides = Overrides {
        feed: Some("kraken".to_owned()),
        theme: Some("slate".to_owned()),
        read_only: true,
        ..Overrides::default()
    };
    let settings = load("[desk]\ntheme = \"linen\"\nfeed = \"sim\"", &overrides).unwrap();
    assert_eq!(settings.desk().feed, Feed::Kraken);
    assert_eq!(settings.desk().theme, "slate");
    assert!(settings.desk().read_only);
}

#[test]
fn a_fault_of_the_command_line_names_its_option() {
    let overrides = Overrides {
        feed: Some("krakn".to_owned()),
        fund: Some("paper".to_owned()),
        ..Overrides::default()
    };
    let error = Settings::from_layers(None, &overrides).unwrap_err();
    insta::assert_snapshot!("the-command-line", error);
}

#[test]
fn a_folder_without_a_file_means_the_shipped_settings() {
    let dir = tempfile::tempdir().unwrap();
    let settings = Settings::load(Some(dir.path()), &Overrides::default()).unwrap();
    assert_eq!(settings, shipped());
    std::fs::write(dir.path().join("desk.toml"), "[desk]\nmotion = false\n").unwrap();
    let settings = Settings::load(Some(dir.path()), &Overrides::default()).unwrap();
    assert!(!settings.desk().motion);
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("desk.toml");
    std::fs::create_dir(&path).unwrap();
    let error = Settings::load(Some(dir.path()), &Overrides::default()).unwrap_err();
    assert!(error.problems().is_empty());
    assert!(error.to_string().contains(&path.display().to_string()));
}

#[test]
fn a_portfolio_is_described_in_the_words_of_its_methods() {
    let text = "[portfolio]\nfactors = [\"f_sma_cross p_fast=5\"]\nsizers = []\nsignals = \"s.jsonl\"\n\
        [[portfolio.sleeve]]\nname = \"mine\"\nrule = \"fixed AAPL=0.1 MSFT=-0.05\"\nallocation = 0.5\n";
    let settings = load(text, &Overrides::default()).unwrap();
    let portfolio = settings.portfolio();
    assert_eq!(portfolio.signals.as_deref(), Some(Path::new("s.jsonl")));
    let live = &portfolio.live;
    assert_eq!(live.factors[0].to_string(), "f_sma_cross p_fast=5");
    assert_eq!(live.sizers.len(), 0);
    // A list takes the place of the shipped one; what is not named stays.
    assert_eq!(live.sleeves.len(), 1);
    assert_eq!(live.allocators, shipped().portfolio().live.allocators);
    let rule = &live.sleeves[0].rule;
    assert!(matches!(rule, Rule::Fixed(weights) if weights.len() == 2));
}

//! Every section of the tree with its keys and their bounds: what a file may say.
//!
//! Notes every fault and goes on; a value that cannot be read is left out, and
//! with it the settings as a whole. Knows bounds, not defaults: those are in the
//! shipped file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use crate::domain::{BrokerId, Currency, FundId, Symbol};

use super::feed::{Feed, SimFeed};
use super::fund;
use super::gate;
use super::portfolio;
use super::problem::{Place, Problem, suggestion};
use super::section::{self, Section, TOP};
use super::settings::{
    CroSettings, DeskSettings, KrakenFeed, LogLevel, LogSettings, NatsSettings, PaperSettings,
    SHIPPED_NAME, Settings,
};
use super::tree::{Node, Table, Value};

/// The only broker so far.
const BROKERS: [&str; 1] = ["paper"];

/// Reads all sections; nothing when one of them cannot be read, and then the problems say why.
pub(super) fn settings(tree: &Table, problems: &mut Vec<Problem>) -> Option<Settings> {
    let place = Place {
        file: SHIPPED_NAME.into(),
        line: None,
    };
    let mut top = Section::new(TOP, place, tree);
    let feeds = top
        .section("feed", problems)
        .map(|it| read_feeds(it, problems));
    let brokers = top
        .section("broker", problems)
        .map(|it| read_brokers(it, problems));
    let pegs = top
        .section("pegs", problems)
        .map(|it| read_pegs(&it, problems));
    let cro = top
        .section("cro", problems)
        .and_then(|it| read_cro(it, problems));
    let nats = top
        .section("nats", problems)
        .and_then(|it| read_nats(it, problems));
    let log = top
        .section("log", problems)
        .map(|it| read_log(it, problems));
    let portfolio = top
        .section("portfolio", problems)
        .and_then(|it| portfolio::read(it, problems));
    let before_gates = problems.len();
    let gates = top.node("gate", problems);
    let gates = gates.map(|node| gate::read_all(node, problems));
    let gates = gates.filter(|_| problems.len() == before_gates);
    let fund_node = top.node("fund", problems);
    let before = problems.len();
    let funds = fund_node
        .map(|node| fund::read_all(node, problems))
        .unwrap_or_default();
    let all_funds_read = problems.len() == before;
    let (sim, kraken) = feeds.unwrap_or_default();
    let desk = top.section("desk", problems).and_then(|it| {
        let ids = funds.iter().map(|fund| fund.config.fund_id.as_str());
        // A fund that could not be read must not be called unknown as well.
        let ids = all_funds_read.then(|| ids.collect::<BTreeSet<_>>());
        read_desk(it, sim, ids.as_ref(), problems)
    });
    top.finish(problems);
    let desk = desk?;
    let fund = funds
        .iter()
        .find(|fund| fund.config.fund_id == desk.fund)?
        .clone();
    Some(Settings {
        desk,
        fund,
        funds,
        kraken: kraken?,
        paper: brokers??,
        pegs: pegs?,
        cro: cro?,
        nats: nats?,
        log: log??,
        gates: gates?,
        portfolio: portfolio?,
    })
}

fn read_desk(
    mut it: Section<'_>,
    sim: Option<SimFeed>,
    funds: Option<&BTreeSet<&str>>,
    problems: &mut Vec<Problem>,
) -> Option<DeskSettings> {
    let known_fund = |text: &str| {
        let id = FundId::new(text).map_err(|error| error.to_string())?;
        match funds {
            Some(ids) if !ids.contains(text) => {
                let list: Vec<&str> = ids.iter().copied().collect();
                let near = suggestion(text, list.iter().copied());
                Err(format!(
                    "expected one of the funds there are ({}){near}",
                    list.join(", ")
                ))
            }
            _ => Ok(id),
        }
    };
    let known_broker = |text: &str| {
        if BROKERS.contains(&text) {
            return BrokerId::new(text).map_err(|error| error.to_string());
        }
        Err(format!(
            "expected a broker there is ({}){}",
            BROKERS.join(", "),
            suggestion(text, BROKERS)
        ))
    };
    // Without the section of the synthetic market its word can still be checked.
    let shape = sim.unwrap_or(SimFeed {
        rate: SimFeed::RATE.0,
        symbols: SimFeed::SYMBOLS.0,
        seed: SimFeed::SEED.0,
    });
    let feed = it.text("feed", problems, |text| Feed::parse(text, shape));
    let broker = it.text("broker", problems, known_broker);
    let fund = it.text("fund", problems, known_fund);
    let theme = it.text("theme", problems, section::name);
    let layout = it.text("layout", problems, section::name);
    let read_only = it.flag("read_only", problems);
    let stale = it.whole("stale_after_ms", (100, 3_600_000), problems);
    let slip_ticks = it.count("slip_ticks", (0, 10_000), problems);
    let slip_bps = it.count("slip_bps", (0, 1_000), problems);
    let rate_most = it.count("rate_most", (1, 1_000), problems);
    let runaway_most = it.count("runaway_most", (1, 100_000), problems);
    let asks_person = it.text("human_veto", problems, |text| match text {
        "off" => Ok(false),
        "opening" => Ok(true),
        _ => Err(format!(
            "expected off or opening{}",
            suggestion(text, ["off", "opening"])
        )),
    });
    let veto_s = it.whole("human_veto_s", (1, 3_600), problems);
    let frames_most = it.count("frames_most", (1, 240), problems);
    let motion = it.flag("motion", problems);
    let bell = it.flag("bell", problems);
    it.finish(problems);
    Some(DeskSettings {
        feed: feed?,
        broker: broker?,
        fund: fund?,
        theme: theme?,
        layout: layout?,
        read_only: read_only?,
        stale_after: Duration::from_millis(stale?),
        slip_ticks: slip_ticks?,
        slip_bps: slip_bps?,
        rate_most: rate_most?,
        runaway_most: runaway_most?,
        human_veto: asks_person?.then_some(Duration::from_secs(veto_s?)),
        frames_most: frames_most?,
        motion: motion?,
        bell: bell?,
    })
}

fn read_feeds(
    mut it: Section<'_>,
    problems: &mut Vec<Problem>,
) -> (Option<SimFeed>, Option<KrakenFeed>) {
    let sim = it.section("sim", problems).and_then(|mut sim| {
        let rate = sim.count("rate", SimFeed::RATE, problems);
        let symbols = sim.count("symbols", SimFeed::SYMBOLS, problems);
        let seed = sim.whole("seed", SimFeed::SEED, problems);
        sim.finish(problems);
        Some(SimFeed {
            rate: rate?,
            symbols: symbols?,
            seed: seed?,
        })
    });
    let kraken = it.section("kraken", problems).and_then(|mut kraken| {
        let url = kraken.text("url", problems, stream_url);
        let symbols = kraken.read("symbols", problems, symbols);
        kraken.finish(problems);
        Some(KrakenFeed {
            url: url?,
            symbols: symbols?,
        })
    });
    it.finish(problems);
    (sim, kraken)
}

/// Market data decide what is bought: nobody on the way may change them.
fn stream_url(text: &str) -> Result<String, String> {
    service_url(text, ["wss://", "ws://"])
}

/// Reads an address with the scheme that is safe anywhere, or with the plain one on this machine.
fn service_url(text: &str, [safe, plain]: [&str; 2]) -> Result<String, String> {
    let host = |rest: &str| {
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let authority = rest.get(..end).unwrap_or_default().to_owned();
        match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host.to_owned(),
            _ => authority,
        }
    };
    let fits = match (text.strip_prefix(safe), text.strip_prefix(plain)) {
        (Some(rest), _) => !host(rest).is_empty(),
        (_, Some(rest)) => matches!(host(rest).as_str(), "127.0.0.1" | "localhost" | "[::1]"),
        _ => false,
    };
    // An address is shown and journaled: what opens a door must not be part of it.
    if text.contains(['@', '?', '#']) {
        return Err("expected it without a user, a password or a query".to_owned());
    }
    if fits {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "expected {safe}HOST/PATH; {plain} only to this machine"
        ))
    }
}

fn symbols(value: &Value) -> Result<Vec<Symbol>, String> {
    let Value::List(items) = value else {
        return Err("expected a list of symbols, such as [\"BTC-USD\"]".to_owned());
    };
    if items.is_empty() {
        return Err("expected at least one symbol".to_owned());
    }
    let read = |item: &Node| match &item.value {
        Value::Text(text) => Symbol::new(text).map_err(|error| error.to_string()),
        other => Err(format!(
            "and {} in it is no symbol in quotes",
            other.shown()
        )),
    };
    items.iter().map(read).collect()
}

fn read_brokers(mut it: Section<'_>, problems: &mut Vec<Problem>) -> Option<PaperSettings> {
    let paper = it.section("paper", problems).and_then(|mut paper| {
        let fee = paper.count("fee_bps_per_side", (0, 1_000), problems);
        let latency = paper.whole("latency_ms", (0, 60_000), problems);
        let rate_most = paper.count("rate_most", (1, 1_000), problems);
        paper.finish(problems);
        Some(PaperSettings {
            fee_bps_per_side: fee?,
            latency: Duration::from_millis(latency?),
            rate_most: rate_most?,
        })
    });
    it.finish(problems);
    paper
}

fn read_pegs(it: &Section<'_>, problems: &mut Vec<Problem>) -> BTreeMap<Currency, Currency> {
    let mut pegs = BTreeMap::new();
    for (key, node) in it.entries() {
        let to: Result<Currency, String> = match &node.value {
            Value::Text(text) => text.parse(),
            _ => Err("expected a currency in quotes, such as \"USD\"".to_owned()),
        };
        match (key.parse::<Currency>(), to) {
            (Ok(from), Ok(to)) if from != to => drop(pegs.insert(from, to)),
            (Ok(_), Ok(_)) => {
                let text = format!("{key} in {} is pegged to itself", it.name());
                problems.push(Problem::new(&node.place, text));
            }
            (Err(why), _) => {
                problems.push(Problem::new(
                    &node.place,
                    format!("key in {}: {why}", it.name()),
                ));
            }
            (_, Err(why)) => {
                let text = format!("{key} is {}: {why}", node.value.shown());
                problems.push(Problem::new(&node.place, text));
            }
        }
    }
    pegs
}

/// Reads the model to ask; nothing to ask when its address is empty.
#[expect(
    clippy::option_option,
    reason = "not readable, and nobody to ask, are two things"
)]
fn read_cro(mut it: Section<'_>, problems: &mut Vec<Problem>) -> Option<Option<CroSettings>> {
    let place = it.place().clone();
    let url = it.text("url", problems, |text| match text {
        "" => Ok(String::new()),
        text => service_url(text, ["https://", "http://"]),
    });
    let short = |text: &str| {
        let fits = text.len() <= 200 && !text.contains(char::is_control);
        fits.then(|| text.to_owned())
            .ok_or_else(|| "expected a name of at most 200 characters".to_owned())
    };
    let model = it.text("model", problems, short);
    let key_env = it.text("key_env", problems, |text| variable(text, "OPENAI_KEY"));
    it.finish(problems);
    let (url, model, key_env) = (url?, model?, key_env?);
    if url.is_empty() {
        return Some(None);
    }
    if model.is_empty() {
        let text = "model is empty in [cro], expected the name of the model to ask at url";
        problems.push(Problem::new(&place, text.to_owned()));
        return None;
    }
    Some(Some(CroSettings {
        url,
        model,
        key_env,
    }))
}

/// Reads the name of an environment variable; none where it is empty.
fn variable(text: &str, example: &str) -> Result<Option<String>, String> {
    let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    if text.len() > 64 || !text.bytes().all(plain) {
        return Err(format!(
            "expected the name of an environment variable, such as {example}"
        ));
    }
    Ok(Some(text.to_owned()).filter(|name| !name.is_empty()))
}

/// Reads the bus; none to listen to when its address is empty.
#[expect(
    clippy::option_option,
    reason = "not readable, and no bus, are two things"
)]
fn read_nats(mut it: Section<'_>, problems: &mut Vec<Problem>) -> Option<Option<NatsSettings>> {
    let url = it.text("url", problems, |text| match text {
        "" => Ok(String::new()),
        text => service_url(text, ["tls://", "nats://"]),
    });
    let key_env = it.text("key_env", problems, |text| variable(text, "NATS_KEY"));
    let roots = it.text("roots", problems, |text| {
        Ok(Some(PathBuf::from(text)).filter(|path| !path.as_os_str().is_empty()))
    });
    it.finish(problems);
    let (url, key_env, roots) = (url?, key_env?, roots?);
    Some((!url.is_empty()).then_some(NatsSettings {
        url,
        key_env,
        roots,
    }))
}

fn read_log(mut it: Section<'_>, problems: &mut Vec<Problem>) -> Option<LogSettings> {
    let names = LogLevel::ALL.map(LogLevel::as_str);
    let level = it.text("level", problems, |text| {
        let found = LogLevel::ALL
            .into_iter()
            .find(|level| level.as_str() == text);
        found.ok_or_else(|| {
            format!(
                "expected one of {}{}",
                names.join(", "),
                suggestion(text, names)
            )
        })
    });
    let files = it.count("files_most", (1, 365), problems);
    it.finish(problems);
    Some(LogSettings {
        level: level?,
        files_most: usize::try_from(files?).ok()?,
    })
}

//! Which feed, as one word: `sim:rate=200,seed=3`, `replay:FILE@10`, `kraken`.
//!
//! The same word is taken by `[desk] feed` and by `--feed`. What it does not say
//! of the synthetic market comes from `[feed.sim]`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::domain::Rate;

use super::problem::suggestion;

/// The synthetic market.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SimFeed {
    /// Quotes a second, all symbols together.
    pub rate: u32,
    /// How many symbols.
    pub symbols: u32,
    /// The same seed gives the same market.
    pub seed: u64,
}

/// Bounds of the synthetic market; the command line and the file share them.
impl SimFeed {
    pub(super) const RATE: (u32, u32) = (1, 1_000_000);
    pub(super) const SYMBOLS: (u32, u32) = (1, 1_000_000);
    pub(super) const SEED: (u64, u64) = (0, u64::MAX);
}

/// How fast a recording plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speed {
    /// So many times as fast as it was recorded.
    Times(Rate),
    /// As fast as the desk takes it.
    Most,
}

impl Speed {
    const TIMES_MOST: i32 = 1_000_000;
}

impl Default for Speed {
    fn default() -> Self {
        Self::Times(Rate::whole(1))
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Times(times) => write!(f, "{times}x"),
            Self::Most => f.write_str("max"),
        }
    }
}

impl FromStr for Speed {
    type Err = String;

    /// Reads `1`, `10x`, `0.5` or `max`.
    fn from_str(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Self::Most);
        }
        let times: Option<Rate> = text.strip_suffix('x').unwrap_or(text).parse().ok();
        // Slower, and the gaps of a recording would come to times that cannot be waited for.
        let least = Rate::whole(100).inverse();
        let fits =
            times.filter(|times| Some(*times) >= least && *times <= Rate::whole(Self::TIMES_MOST));
        fits.map(Self::Times).ok_or_else(|| {
            format!(
                "speed '{text}' is neither a number from 0.01 to {}, such as 1, 10x or 0.5, nor max",
                Self::TIMES_MOST
            )
        })
    }
}

/// Where quotes come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Feed {
    /// The synthetic market.
    Sim(SimFeed),
    /// A recording.
    Replay {
        /// The file: CSV, plain or zstd.
        file: PathBuf,
        /// How fast.
        speed: Speed,
    },
    /// Kraken's public market data.
    Kraken,
}

impl Feed {
    /// Returns the adapter's stable name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Sim(_) => "sim",
            Self::Replay { .. } => "replay",
            Self::Kraken => "kraken",
        }
    }

    /// Reads the word; `sim` is what the word does not say of the synthetic market.
    pub(super) fn parse(word: &str, sim: SimFeed) -> Result<Self, String> {
        let (name, rest) = match word.split_once(':') {
            Some((name, rest)) => (name, Some(rest)),
            None => (word, None),
        };
        match (name, rest) {
            ("sim", None) => Ok(Self::Sim(sim)),
            ("sim", Some(rest)) => parse_sim(rest, sim).map(Self::Sim),
            ("replay", Some(rest)) if !rest.is_empty() => parse_replay(rest),
            ("replay", _) => Err(
                "expected a recording, such as replay:quotes.csv or replay:quotes.csv@10".into(),
            ),
            ("kraken", None) => Ok(Self::Kraken),
            ("kraken", Some(_)) => Err(
                "kraken takes nothing after a colon: set [feed.kraken] symbols in desk.toml".into(),
            ),
            _ => Err(format!(
                "expected sim, sim:rate=N,symbols=N,seed=N, replay:FILE, replay:FILE@SPEED or kraken{}",
                suggestion(name, ["sim", "replay", "kraken"])
            )),
        }
    }
}

fn parse_sim(rest: &str, mut sim: SimFeed) -> Result<SimFeed, String> {
    for part in rest.split(',') {
        let Some((key, value)) = part.split_once('=') else {
            return Err(format!(
                "'{part}' is not key=value with rate, symbols or seed"
            ));
        };
        match key {
            "rate" => sim.rate = bounded(key, value, SimFeed::RATE)?,
            "symbols" => sim.symbols = bounded(key, value, SimFeed::SYMBOLS)?,
            "seed" => sim.seed = bounded(key, value, SimFeed::SEED)?,
            _ => {
                let near = suggestion(key, ["rate", "symbols", "seed"]);
                return Err(format!(
                    "sim has no '{key}': it takes rate, symbols and seed{near}"
                ));
            }
        }
    }
    Ok(sim)
}

fn bounded<T>(key: &str, value: &str, (least, most): (T, T)) -> Result<T, String>
where
    T: FromStr + PartialOrd + fmt::Display,
{
    let number = value.parse().ok().filter(|n| *n >= least && *n <= most);
    number.ok_or_else(|| format!("{key} '{value}' is not a whole number from {least} to {most}"))
}

/// A file name may hold an `@`: only what reads as a speed after the last one is a speed.
fn parse_replay(rest: &str) -> Result<Feed, String> {
    let (file, speed) = match rest.rsplit_once('@') {
        Some((file, speed)) if !file.is_empty() && !speed.contains(['/', '.', '\\']) => {
            (file, speed.parse()?)
        }
        Some((file, speed)) if !file.is_empty() && speed.parse::<Speed>().is_ok() => {
            (file, speed.parse()?)
        }
        _ => (rest, Speed::default()),
    };
    Ok(Feed::Replay {
        file: PathBuf::from(file),
        speed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: SimFeed = SimFeed {
        rate: 100,
        symbols: 24,
        seed: 7,
    };

    #[track_caller]
    fn check(word: &str, expected: Result<Feed, &str>) {
        assert_eq!(
            Feed::parse(word, SHIPPED),
            expected.map_err(str::to_owned),
            "{word}"
        );
    }

    fn replay(file: &str, speed: Speed) -> Feed {
        Feed::Replay {
            file: file.into(),
            speed,
        }
    }

    #[test]
    fn a_feed_is_one_word() {
        check("sim", Ok(Feed::Sim(SHIPPED)));
        let changed = SimFeed {
            rate: 100_000,
            seed: 3,
            ..SHIPPED
        };
        check("sim:rate=100000,seed=3", Ok(Feed::Sim(changed)));
        check("kraken", Ok(Feed::Kraken));
        check("replay:a/b.csv", Ok(replay("a/b.csv", Speed::default())));
        check("replay:b.csv@max", Ok(replay("b.csv", Speed::Most)));
        let ten = Speed::Times(Rate::whole(10));
        check("replay:b.csv@10", Ok(replay("b.csv", ten)));
        check("replay:b.csv@10x", Ok(replay("b.csv", ten)));
        check(
            "replay:a@b/q.csv.zst@max",
            Ok(replay("a@b/q.csv.zst", Speed::Most)),
        );
        let half = Speed::Times("0.5".parse().unwrap());
        check("replay:b.csv@0.5x", Ok(replay("b.csv", half)));
        check("replay:b.csv@0.5", Ok(replay("b.csv", half)));
        check(
            "replay:me@home/b.csv",
            Ok(replay("me@home/b.csv", Speed::default())),
        );
    }

    #[test]
    fn a_word_that_is_no_feed_says_what_would_be() {
        check(
            "krakn",
            Err(
                "expected sim, sim:rate=N,symbols=N,seed=N, replay:FILE, replay:FILE@SPEED or kraken, did you mean 'kraken'?",
            ),
        );
        check(
            "sim:rate=0",
            Err("rate '0' is not a whole number from 1 to 1000000"),
        );
        check(
            "sim:rat=5",
            Err("sim has no 'rat': it takes rate, symbols and seed, did you mean 'rate'?"),
        );
        check(
            "sim:symbols=",
            Err("symbols '' is not a whole number from 1 to 1000000"),
        );
        check(
            "sim:5",
            Err("'5' is not key=value with rate, symbols or seed"),
        );
        check(
            "replay:b.csv@fast",
            Err(
                "speed 'fast' is neither a number from 0.01 to 1000000, such as 1, 10x or 0.5, nor max",
            ),
        );
        for bad in ["0", "-1", "inf", "NaN", "1000001", "", "1e-25"] {
            let error = Feed::parse(&format!("replay:b.csv@{bad}"), SHIPPED).unwrap_err();
            assert!(
                error.starts_with(&format!("speed '{bad}' is neither")),
                "{error}"
            );
        }
        check(
            "replay:",
            Err("expected a recording, such as replay:quotes.csv or replay:quotes.csv@10"),
        );
    }
}

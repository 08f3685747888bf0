//! The command line: one table of commands feeds parsing, help, completions and the manual page.
//!
//! Turns words into plain data and does nothing else: no file is opened, no
//! setting is looked up. What a word of the desk means (`--feed sim:rate=200`) is
//! said once, by `config`; this file hands it over. Names and shapes here are
//! stable: scripts rely on them.

mod history;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};

use crate::app::rebalance::Rebalance;
use crate::config::Overrides;
use crate::domain::{OrderType, Price, Side, Symbol, TicketSize, TimeInForce};

pub use history::{History, Import};

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All is well.
    Fine,
    /// A check failed, or what was asked for was refused.
    Failed,
    /// The command line or the configuration cannot be used.
    WrongUse,
    /// This machine lacks something the desk needs.
    Missing,
}

impl Exit {
    /// Returns the number scripts see.
    pub const fn code(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Failed => 1,
            Self::WrongUse => 2,
            Self::Missing => 3,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

const EXIT_CODES: &str = "\
Exit codes: 0 fine, 1 a check failed or was refused, 2 wrong use, 3 this machine lacks something.

Examples:
  desk                                       paper broker, synthetic market; nothing to set up
  desk --feed replay:quotes.csv.zst@10       a recording, ten times as fast
  desk --feed kraken --read-only             look at a live market, send nothing
  desk order buy 100 AAPL --dry-run          what every gate would say
  desk journal verify                        is the audit chain whole?
  desk doctor                                what is wrong on this machine";

/// A terminal workstation for trading: knows before you press the key whether the order may go, and why not.
#[derive(Debug, Clone, PartialEq, Parser)]
#[command(name = "desk", version, max_term_width = 100, after_help = EXIT_CODES, disable_help_subcommand = true)]
pub struct Args {
    /// Where quotes come from: sim, sim:rate=N,symbols=N,seed=N, replay:FILE, replay:FILE@SPEED, kraken.
    #[arg(long, value_name = "FEED")]
    pub feed: Option<String>,
    /// Where orders go: paper.
    #[arg(long, value_name = "NAME")]
    pub broker: Option<String>,
    /// The fund on this desk.
    #[arg(long, value_name = "ID")]
    pub fund: Option<String>,
    /// How the screen is laid out.
    #[arg(long, value_name = "NAME")]
    pub layout: Option<String>,
    /// The colours; see `desk theme list`.
    #[arg(long, value_name = "NAME")]
    pub theme: Option<String>,
    /// Looks, but sends nothing.
    #[arg(long)]
    pub read_only: bool,
    /// Takes desk.toml, keymap.toml and themes from this folder.
    #[arg(long, value_name = "DIR", global = true)]
    pub config: Option<PathBuf>,
    /// Keeps journal and logs in this folder.
    #[arg(long, value_name = "DIR", global = true)]
    pub data: Option<PathBuf>,
    /// Prints one JSON object instead of words.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do; the screen when none.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What the program can do besides opening the screen.
#[derive(Debug, Clone, PartialEq, Subcommand)]
pub enum Command {
    /// Reads the journal: also while a desk runs on the same data.
    #[command(subcommand)]
    Journal(Journal),
    /// Looks at the prices of the past, and brings others in: also while a desk runs on the same data.
    #[command(subcommand)]
    History(History),
    /// Says what every gate would make of an order.
    #[command(
        subcommand_value_name = "TYPE",
        subcommand_help_heading = "Types (market when none is given)",
        after_help = "\
QTY is a number of units (100, 1.5k), money ($25k), a part of NAV (2%), a part of NAV at risk to the
stop (r0.5%) or max.

Examples:
  desk order buy 100 AAPL --dry-run
  desk order sell '$25k' BTC-USD limit 65000 --dry-run --json
  desk order short 2% EUR/USD stop_limit 1.08 1.079 --tif gtc --dry-run"
    )]
    Order(Order),
    /// Computes scores and weights from files, as the desk does: factors, sizers and allocators.
    #[command(after_help = "\
FILE is comma-separated. For a factor: closes, a date column first and one column a symbol. For an
allocator: simple returns of the same shape. For a sizer: lines of symbol,score. - reads the standard input.

A VALUE that begins with @ names a file: JSON, or lines of symbol,number. A sizer that looks at a history
takes it as -p returns=@FILE. Without a name, or with --list, every method with its parameters is listed.

Examples:
  desk weights --factor f_momentum_12_1 --input closes.csv --json
  desk weights --sizer equal_weight_ls --input scores.csv -p n_long=2 -p n_short=2
  desk weights --sizer kelly_voltarget_12 --input scores.csv -p returns=@returns.csv
  desk weights --allocator hrp --input returns.csv --details")]
    Weights(Weights),
    /// Says what a basket of tickets that leads to targets would come to, line by line with every verdict.
    #[command(after_help = "\
FILE is comma-separated: lines of symbol,weight. A weight is a signed part of NAV: 0.05 or 5%, -2% is short.
What is held and not in the file is left alone; a weight of 0 leaves it. - reads the standard input.
Reductions come first. Exit code 1 when a line is refused or goes only in part.

Examples:
  desk rebalance --targets targets.csv --dry-run
  desk rebalance --targets targets.csv --band 0.5% --min-usd 500 --dry-run --json")]
    Rebalance(Rebalance),
    /// Translates a symbol into a venue's own spelling, or back.
    #[command(after_help = "\
Examples:
  desk symbol BTC-USD                        its spelling at every venue
  desk symbol BTC-USD --venue kraken
  desk symbol XBT/USD --venue kraken --from-native")]
    Symbol {
        /// A canonical symbol such as AAPL, EUR/USD or BTC-USD; a venue's with --from-native.
        symbol: String,
        /// Which venue; every one when none.
        #[arg(long, value_name = "VENUE")]
        venue: Option<String>,
        /// SYMBOL is the venue's spelling.
        #[arg(long, requires = "venue")]
        from_native: bool,
    },
    /// Says what the adapter makes of captured venue messages, one JSON message a line or one document.
    Decode {
        /// Whose messages.
        venue: DecodeVenue,
        /// The file; - reads the standard input.
        #[arg(value_name = "FILE|-")]
        file: Source,
    },
    /// Prints the JSON Schema of one type or of all.
    Schema {
        /// Which type, such as Order; all when none.
        #[arg(value_name = "TYPE")]
        of: Option<String>,
        /// Prints an OpenAPI 3.1 document of every type instead.
        #[arg(long, conflicts_with = "of")]
        openapi: bool,
    },
    /// Looks at the configuration.
    #[command(subcommand)]
    Config(Config),
    /// Looks at the themes.
    #[command(subcommand)]
    Theme(Theme),
    /// Says what is wrong on this machine, in words.
    Doctor,
    /// Prints completions for a shell.
    #[command(after_help = "\
Examples:
  desk completions bash > ~/.local/share/bash-completion/completions/desk
  desk completions zsh > ~/.zfunc/_desk
  desk completions fish > ~/.config/fish/completions/desk.fish")]
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
    /// Prints the manual page: desk man | man -l -
    Man,
}

/// What can be done with the journal.
#[derive(Debug, Clone, PartialEq, Subcommand)]
pub enum Journal {
    /// Checks the hash chain from the first record to the last.
    Verify,
    /// Says what is in it.
    Stats,
    /// Prints what it holds of one kind.
    Export {
        /// Of which kind.
        kind: Export,
        /// Prints comma-separated values; the default unless --json is given.
        #[arg(long, conflicts_with = "json")]
        csv: bool,
    },
    /// Rebuilds the books and prints their hash.
    Replay {
        /// Stops after this sequence number.
        #[arg(long, value_name = "SEQ")]
        until: Option<u64>,
        /// Asks the gates again, from what they saw, and fails where they disagree with the record.
        #[arg(long)]
        rejudge: bool,
    },
}

/// What can be exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Export {
    /// Every fill.
    Fills,
    /// Every order as it stands.
    Orders,
    /// Every position as it stands.
    Positions,
    /// Every verdict.
    Verdicts,
}

/// An order to be judged.
#[derive(Debug, Clone, PartialEq, clap::Args)]
pub struct Order {
    /// Which way.
    #[arg(value_parser = word(Side::ALL.map(Side::as_str)).try_map(|side| side.parse::<Side>()))]
    pub side: Side,
    /// How much: 100, 1.5k, $25k, 2%, r0.5% or max.
    #[arg(value_name = "QTY")]
    pub size: TicketSize,
    /// What: AAPL, EUR/USD, BTC-USD.
    pub symbol: Symbol,
    /// Judges only; nothing is sent. Needed: orders are sent from the screen.
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// How long it works.
    #[arg(
        long, global = true, value_name = "TIF", default_value = "day",
        value_parser = word(TimeInForce::ALL.map(TimeInForce::as_str)).try_map(|tif| tif.parse::<TimeInForce>())
    )]
    pub tif: TimeInForce,
    /// How it is priced.
    #[command(subcommand)]
    pub pricing: Option<Pricing>,
}

impl Order {
    /// Returns the order's type: market when none was given.
    pub fn order_type(&self) -> OrderType {
        match &self.pricing {
            None | Some(Pricing::Market) => OrderType::Market,
            Some(Pricing::Limit { .. }) => OrderType::Limit,
            Some(Pricing::Stop { .. }) => OrderType::Stop,
            Some(Pricing::StopLimit { .. }) => OrderType::StopLimit,
            Some(Pricing::MarketableLimit { .. }) => OrderType::MarketableLimit,
        }
    }

    /// Returns the limit price, where the type has one.
    pub fn limit_price(&self) -> Option<Price> {
        match &self.pricing {
            None | Some(Pricing::Market | Pricing::Stop { .. }) => None,
            Some(
                Pricing::Limit { price }
                | Pricing::MarketableLimit { price }
                | Pricing::StopLimit { limit: price, .. },
            ) => Some(*price),
        }
    }

    /// Returns the stop price, where the type has one.
    pub fn stop_price(&self) -> Option<Price> {
        match &self.pricing {
            Some(Pricing::Stop { stop } | Pricing::StopLimit { stop, .. }) => Some(*stop),
            None
            | Some(Pricing::Market | Pricing::Limit { .. } | Pricing::MarketableLimit { .. }) => {
                None
            }
        }
    }
}

/// How an order is priced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
#[command(rename_all = "snake_case")]
pub enum Pricing {
    /// At once, at the touch.
    Market,
    /// At the price or better.
    Limit {
        /// The limit price.
        price: Price,
    },
    /// A market order from the stop price on.
    Stop {
        /// The stop price.
        stop: Price,
    },
    /// A limit order from the stop price on.
    StopLimit {
        /// The stop price.
        stop: Price,
        /// The limit price.
        limit: Price,
    },
    /// A limit that is meant to cross; what it cannot take at once is canceled.
    MarketableLimit {
        /// The limit price.
        price: Price,
    },
}

/// A method of the portfolio, and what it is to be run on.
#[derive(Debug, Clone, PartialEq, Eq, clap::Args)]
#[group(skip)]
pub struct Weights {
    /// Scores a panel of closes by this factor and prints the last row.
    #[arg(long, value_name = "NAME", group = "method")]
    pub factor: Option<String>,
    /// Turns scores into weights by this sizer.
    #[arg(long, value_name = "NAME", group = "method")]
    pub sizer: Option<String>,
    /// Turns returns into weights by this allocator.
    #[arg(long, value_name = "NAME", group = "method")]
    pub allocator: Option<String>,
    /// Lists every method with its parameters, defaults and meaning.
    #[arg(long, conflicts_with_all = ["method", "input"])]
    pub list: bool,
    /// The closes, scores or returns; - reads the standard input.
    #[arg(long, value_name = "FILE", requires = "method")]
    pub input: Option<Source>,
    /// Sets a parameter; once for each.
    #[arg(short, long = "param", value_name = "KEY=VALUE", requires = "method")]
    pub param: Vec<Setting>,
    /// Splits that a factor's closes are not adjusted for: lines of symbol,date,ratio.
    #[arg(long, value_name = "FILE", requires = "factor", conflicts_with_all = ["sizer", "allocator"])]
    pub splits: Option<PathBuf>,
    /// Says what was found on the way, too.
    #[arg(long, requires = "method")]
    pub details: bool,
}

/// A parameter as it is written on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its name.
    pub key: String,
    /// Its value, or `@` and the file that holds it.
    pub value: String,
}

impl FromStr for Setting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((key, value)) if !key.trim().is_empty() => Ok(Self {
                key: key.trim().to_owned(),
                value: value.trim().to_owned(),
            }),
            _ => Err("expected KEY=VALUE, such as n_long=5".to_owned()),
        }
    }
}

/// Whose messages can be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DecodeVenue {
    /// Kraken's public WebSocket v2.
    Kraken,
}

/// Where text is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The standard input.
    Stdin,
    /// A file.
    File(PathBuf),
}

impl FromStr for Source {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "-" => Self::Stdin,
            path => Self::File(path.into()),
        })
    }
}

/// What can be done with the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub enum Config {
    /// Names every fault with its file and line.
    Check,
}

/// What can be done with themes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub enum Theme {
    /// Lists the themes there are.
    List,
}

fn word<const N: usize>(words: [&'static str; N]) -> PossibleValuesParser {
    PossibleValuesParser::new(words)
}

impl Args {
    /// Reads the words of a command line, the program's own name first.
    ///
    /// # Errors
    /// When they make no sense, or when help or the version was asked for: the
    /// error is then the text to print, and knows where to.
    pub fn read<I, T>(words: I) -> Result<Self, clap::Error>
    where
        I: IntoIterator<Item = T>,
        T: Into<OsString> + Clone,
    {
        let args = Self::try_parse_from(words)?;
        let order = matches!(&args.command, Some(Command::Order(order)) if !order.dry_run);
        let basket = matches!(&args.command, Some(Command::Rebalance(basket)) if !basket.dry_run);
        if order || basket {
            let text =
                "orders are sent from the screen: add --dry-run to hear what the gates would say";
            return Err(Self::command().error(ErrorKind::MissingRequiredArgument, text));
        }
        Ok(args)
    }

    /// Returns how the program ends after [`Args::read`] gave this error.
    pub fn exit_of(error: &clap::Error) -> Exit {
        if error.use_stderr() {
            Exit::WrongUse
        } else {
            Exit::Fine
        }
    }

    /// Returns what the command line lays over the configuration.
    pub fn overrides(&self) -> Overrides {
        Overrides {
            feed: self.feed.clone(),
            broker: self.broker.clone(),
            fund: self.fund.clone(),
            theme: self.theme.clone(),
            layout: self.layout.clone(),
            read_only: self.read_only,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Args, clap::Error> {
        Args::read(line.split_whitespace())
    }

    #[track_caller]
    fn order(line: &str) -> Order {
        match read(line).unwrap().command {
            Some(Command::Order(order)) => order,
            other => panic!("{line} gave {other:?}"),
        }
    }

    #[test]
    fn the_table_of_commands_holds_together() {
        Args::command().debug_assert();
    }

    #[test]
    fn nothing_opens_the_screen_and_options_lie_over_the_files() {
        assert_eq!(read("desk").unwrap().command, None);
        let args = read("desk --feed sim:rate=9 --theme linen --read-only --data /d").unwrap();
        assert_eq!(args.overrides().feed.as_deref(), Some("sim:rate=9"));
        assert_eq!(args.overrides().theme.as_deref(), Some("linen"));
        assert!(args.overrides().read_only);
        assert_eq!(args.data, Some("/d".into()));
    }

    #[test]
    fn places_and_json_are_taken_anywhere() {
        for line in [
            "desk --json --data /d --config /c journal stats",
            "desk journal --json stats --data /d --config /c",
            "desk journal stats --config /c --data /d --json",
        ] {
            let args = read(line).unwrap();
            assert!(args.json, "{line}");
            assert_eq!(args.data, Some("/d".into()), "{line}");
            assert_eq!(args.config, Some("/c".into()), "{line}");
        }
    }

    #[test]
    fn an_order_reads_as_traders_say_it() {
        let market = order("desk order buy 100 AAPL --dry-run");
        assert_eq!(market.order_type(), OrderType::Market);
        assert_eq!((market.limit_price(), market.stop_price()), (None, None));
        let price = |text: &str| Some(text.parse::<Price>().unwrap());
        let limit = order("desk order sell $25k BTC-USD limit 65000.5 --dry-run --json");
        assert_eq!(limit.order_type(), OrderType::Limit);
        assert_eq!(limit.limit_price(), price("65000.5"));
        let both =
            order("desk order short r0.5% EUR/USD stop_limit 1.08 1.079 --tif gtc --dry-run");
        assert_eq!(both.order_type(), OrderType::StopLimit);
        assert_eq!(both.stop_price(), price("1.08"));
        assert_eq!(both.limit_price(), price("1.079"));
        assert_eq!(both.tif, TimeInForce::Gtc);
        let crossing = order("desk order --dry-run cover max AAPL marketable_limit 190");
        assert_eq!(crossing.order_type(), OrderType::MarketableLimit);
        assert_eq!(crossing.size, TicketSize::Max);
    }

    #[test]
    fn wrong_use_names_the_value_and_what_would_be_right() {
        for (line, said) in [
            ("desk order buy 100 AAPL", "--dry-run"),
            ("desk rebalance --targets a.csv", "--dry-run"),
            ("desk rebalance --dry-run", "--targets"),
            ("desk rebalance --targets a.csv --band x", "'x'"),
            ("desk order bye 100 AAPL --dry-run", "buy"),
            ("desk order buy lots AAPL --dry-run", "lots"),
            ("desk order buy 100 AAPL limit --dry-run", "<PRICE>"),
            ("desk order buy 100 AAPL limit x --dry-run", "price 'x'"),
            ("desk order buy 100 AAPL --tif never --dry-run", "gtc"),
            ("desk jurnal verify", "journal"),
            ("desk journal export trades", "fills"),
            ("desk journal export fills --csv --json", "--json"),
            ("desk symbol XBT/USD --from-native", "--venue"),
            ("desk decode nyse -", "kraken"),
            ("desk --fed sim", "--feed"),
            ("desk weights --factr f_x", "--factor"),
            ("desk weights --factor f_x --sizer s --input -", "--sizer"),
            ("desk weights --input -", "--factor"),
            ("desk weights --sizer s --input - --splits f", "--splits"),
            ("desk weights --sizer s --input - -p n", "KEY=VALUE"),
            ("desk weights --list --sizer s", "--list"),
        ] {
            let error = read(line).expect_err(line);
            assert_eq!(Args::exit_of(&error), Exit::WrongUse, "{line}");
            assert!(error.to_string().contains(said), "{line}: {error}");
        }
    }

    #[test]
    fn asking_for_help_is_no_mistake() {
        for line in ["desk --help", "desk --version", "desk order --help"] {
            let asked = read(line).unwrap_err();
            assert_eq!(Args::exit_of(&asked), Exit::Fine, "{line}");
        }
    }

    #[test]
    fn a_dash_is_the_standard_input() {
        let decode = |line| match read(line).unwrap().command {
            Some(Command::Decode { file, .. }) => file,
            other => panic!("{other:?}"),
        };
        assert_eq!(decode("desk decode kraken -"), Source::Stdin);
        assert_eq!(
            decode("desk decode kraken a.json"),
            Source::File("a.json".into())
        );
    }
}

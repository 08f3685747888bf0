//! Subjects: what a message is called on the bus, `mts.v1.<repo>.<noun>.<verb>[.fund.<fund>]`.
//!
//! Text exists only at the edges; inside, a subject is this enum. A name in it is a
//! [`Token`], as it is written; the payload keeps the original.

use std::fmt;
use std::str::FromStr;

use smol_str::SmolStr;

use crate::domain::{Interval, Symbol};

/// Why a text is not a subject.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("subject '{0}' is not known: expected one of mts.v1.oms.orders.created, …")]
pub struct SubjectError(String);

/// What a message is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// An order was made.
    OrderCreated(Option<Token>),
    /// The venue took an order.
    OrderAccepted(Option<Token>),
    /// An order was refused for good.
    OrderRejected(Option<Token>),
    /// An order was canceled or expired.
    OrderCanceled(Option<Token>),
    /// The intent to place an order.
    OrderSubmitted(Option<Token>),
    /// An order's outcome is not known.
    OrderUnknown(Option<Token>),
    /// A cancel was asked for or refused.
    CancelRequested(Option<Token>),
    /// A fill was booked.
    FillCreated(Option<Token>),
    /// A broker's own record.
    RawFill(Token),
    /// A quote.
    Quote(Token),
    /// A bar.
    Bar(Token, Interval),
    /// A strategy published weights.
    SignalPublished,
    /// An envelope changed.
    EnvelopeUpdated(Option<Token>),
    /// A gate refused an order.
    GateFailed(Option<Token>),
    /// Every gate passed an order.
    GatePassed(Option<Token>),
    /// A gate is asked outside, or answered.
    GateAsked(Option<Token>),
    /// NAV of a fund.
    Nav(Token),
    /// A halt was asked for.
    HaltRequested,
    /// A halt was lifted.
    HaltResumed,
    /// A session, a link, time: the desk's own record.
    Operations(SmolStr),
    /// A command, as received.
    CommandReceived,
    /// A broker's report, as received.
    ReportReceived(Token),
}

/// A name as one part of a subject: `.` is written `_` and `/` is written `~`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Token(SmolStr);

impl Token {
    /// Writes the name of a fund, a broker or a symbol.
    pub fn of(name: &str) -> Self {
        if !name.contains(['.', '/']) {
            return Self(SmolStr::new(name));
        }
        let written = name.chars().map(|c| match c {
            '.' => '_',
            '/' => '~',
            other => other,
        });
        Self(written.collect())
    }

    /// Takes a part of a subject as it is written; nothing where no name is written so.
    fn read(part: &str) -> Option<Self> {
        let is_one = !part.is_empty() && !part.contains(['.', '/']);
        is_one.then(|| Self(SmolStr::new(part)))
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Subject {
    /// Returns the subject of a symbol's quotes.
    pub fn quote(symbol: &Symbol) -> Self {
        Self::Quote(Token::of(symbol.as_str()))
    }

    /// Returns the subject of a symbol's bars.
    pub fn bar(symbol: &Symbol, interval: Interval) -> Self {
        Self::Bar(Token::of(symbol.as_str()), interval)
    }

    fn fund(&self) -> Option<&Token> {
        match self {
            Self::OrderCreated(fund)
            | Self::OrderAccepted(fund)
            | Self::OrderRejected(fund)
            | Self::OrderCanceled(fund)
            | Self::OrderSubmitted(fund)
            | Self::OrderUnknown(fund)
            | Self::CancelRequested(fund)
            | Self::FillCreated(fund)
            | Self::EnvelopeUpdated(fund)
            | Self::GateFailed(fund)
            | Self::GatePassed(fund)
            | Self::GateAsked(fund) => fund.as_ref(),
            Self::RawFill(_)
            | Self::Quote(_)
            | Self::Bar(..)
            | Self::SignalPublished
            | Self::Nav(_)
            | Self::HaltRequested
            | Self::HaltResumed
            | Self::Operations(_)
            | Self::CommandReceived
            | Self::ReportReceived(_) => None,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OrderCreated(_) => f.write_str("mts.v1.oms.orders.created")?,
            Self::OrderAccepted(_) => f.write_str("mts.v1.oms.orders.accepted")?,
            Self::OrderRejected(_) => f.write_str("mts.v1.oms.orders.rejected")?,
            Self::OrderCanceled(_) => f.write_str("mts.v1.oms.orders.canceled")?,
            Self::OrderSubmitted(_) => f.write_str("mts.v1.oms.orders.submitted")?,
            Self::OrderUnknown(_) => f.write_str("mts.v1.oms.orders.unknown")?,
            Self::CancelRequested(_) => f.write_str("mts.v1.oms.cancels.requested")?,
            Self::FillCreated(_) => f.write_str("mts.v1.oms.fills.created")?,
            Self::RawFill(broker) => write!(f, "mts.v1.brokers.{broker}.fills.raw")?,
            Self::Quote(symbol) => write!(f, "mts.v1.marketdata.quotes.{symbol}")?,
            Self::Bar(symbol, interval) => write!(f, "mts.v1.marketdata.bars.{symbol}.{interval}")?,
            Self::SignalPublished => f.write_str("mts.v1.research.signals.published")?,
            Self::EnvelopeUpdated(_) => f.write_str("mts.v1.risk.envelope.updated")?,
            Self::GateFailed(_) => f.write_str("mts.v1.risk.gate.failed")?,
            Self::GatePassed(_) => f.write_str("mts.v1.risk.gate.passed")?,
            Self::GateAsked(_) => f.write_str("mts.v1.risk.gate.asked")?,
            Self::Nav(fund) => write!(f, "mts.v1.treasury.nav.{fund}")?,
            Self::HaltRequested => f.write_str("mts.v1.operations.halt.requested")?,
            Self::HaltResumed => f.write_str("mts.v1.operations.halt.resumed")?,
            Self::Operations(what) => write!(f, "mts.v1.operations.desk.{what}")?,
            Self::CommandReceived => f.write_str("mts.v1.operations.command.received")?,
            Self::ReportReceived(broker) => {
                write!(f, "mts.v1.brokers.{broker}.report.received")?;
            }
        }
        match self.fund() {
            Some(fund) => write!(f, ".fund.{fund}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Subject {
    type Err = SubjectError;

    /// Reads a subject; names stay as they are written.
    fn from_str(text: &str) -> Result<Self, SubjectError> {
        let refuse = || SubjectError(text.chars().take(200).collect());
        let token = |part| Token::read(part).ok_or_else(refuse);
        let rest = text.strip_prefix("mts.v1.").ok_or_else(refuse)?;
        let (plain, fund) = match rest.split_once(".fund.") {
            Some((plain, fund)) => (plain, Some(token(fund)?)),
            None => (rest, None),
        };
        let parts: Vec<&str> = plain.split('.').collect();
        let with_fund = |make: fn(Option<Token>) -> Self| Ok(make(fund.clone()));
        match parts.as_slice() {
            ["oms", "orders", "created"] => with_fund(Self::OrderCreated),
            ["oms", "orders", "accepted"] => with_fund(Self::OrderAccepted),
            ["oms", "orders", "rejected"] => with_fund(Self::OrderRejected),
            ["oms", "orders", "canceled"] => with_fund(Self::OrderCanceled),
            ["oms", "orders", "submitted"] => with_fund(Self::OrderSubmitted),
            ["oms", "orders", "unknown"] => with_fund(Self::OrderUnknown),
            ["oms", "cancels", "requested"] => with_fund(Self::CancelRequested),
            ["oms", "fills", "created"] => with_fund(Self::FillCreated),
            ["risk", "envelope", "updated"] => with_fund(Self::EnvelopeUpdated),
            ["risk", "gate", "failed"] => with_fund(Self::GateFailed),
            ["risk", "gate", "passed"] => with_fund(Self::GatePassed),
            ["risk", "gate", "asked"] => with_fund(Self::GateAsked),
            _ if fund.is_some() => Err(refuse()),
            ["brokers", broker, "fills", "raw"] => Ok(Self::RawFill(token(broker)?)),
            ["brokers", broker, "report", "received"] => Ok(Self::ReportReceived(token(broker)?)),
            ["marketdata", "quotes", symbol] => Ok(Self::Quote(token(symbol)?)),
            ["marketdata", "bars", symbol, interval] => Ok(Self::Bar(
                token(symbol)?,
                interval.parse().map_err(|_| refuse())?,
            )),
            ["research", "signals", "published"] => Ok(Self::SignalPublished),
            ["treasury", "nav", fund] => Ok(Self::Nav(token(fund)?)),
            ["operations", "halt", "requested"] => Ok(Self::HaltRequested),
            ["operations", "halt", "resumed"] => Ok(Self::HaltResumed),
            ["operations", "command", "received"] => Ok(Self::CommandReceived),
            ["operations", "desk", what] => Ok(Self::Operations(SmolStr::new(what))),
            _ => Err(refuse()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_read_back_as_written() {
        let fund = || Some(Token::of("paper-momentum"));
        let broker = || Token::of("paper");
        let cases = [
            (Subject::OrderCreated(None), "mts.v1.oms.orders.created"),
            (
                Subject::FillCreated(fund()),
                "mts.v1.oms.fills.created.fund.paper-momentum",
            ),
            (
                Subject::quote(&"BRK.B".parse().unwrap()),
                "mts.v1.marketdata.quotes.BRK_B",
            ),
            (
                Subject::quote(&"EUR/USD".parse().unwrap()),
                "mts.v1.marketdata.quotes.EUR~USD",
            ),
            (
                Subject::bar(&"AAPL".parse().unwrap(), Interval::M1),
                "mts.v1.marketdata.bars.AAPL.1m",
            ),
            (Subject::RawFill(broker()), "mts.v1.brokers.paper.fills.raw"),
            (
                Subject::ReportReceived(Token::of("a.b/c")),
                "mts.v1.brokers.a_b~c.report.received",
            ),
            (
                Subject::Nav(Token::of("us.large/cap")),
                "mts.v1.treasury.nav.us_large~cap",
            ),
            (Subject::GateFailed(None), "mts.v1.risk.gate.failed"),
            (Subject::HaltRequested, "mts.v1.operations.halt.requested"),
        ];
        for (subject, text) in cases {
            assert_eq!(subject.to_string(), text);
            assert_eq!(text.parse::<Subject>(), Ok(subject));
        }
        for bad in [
            "",
            "mts.oms.orders.created",
            "mts.v2.oms.orders.created",
            "mts.v1.oms.orders",
            "mts.v1.treasury.nav.a.fund.b",
            "mts.v1.treasury.nav.",
            "mts.v1.oms.orders.created.fund.a.b",
        ] {
            assert!(bad.parse::<Subject>().is_err(), "{bad:?} should be refused");
        }
    }
}

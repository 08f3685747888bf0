//! Subjects: what a message is called on the bus, `mts.v1.<repo>.<noun>.<verb>[.fund.<fund>]`.
//!
//! Text exists only at the edges; inside, a subject is this enum. In a token `.`
//! is written `_` and `/` is written `~`; the payload keeps the original.

use std::fmt;
use std::str::FromStr;

use smol_str::SmolStr;

use crate::domain::{BrokerId, FundId, Interval, Symbol};

/// Why a text is not a subject.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("subject '{0}' is not known: expected one of mts.v1.oms.orders.created, …")]
pub struct SubjectError(String);

/// What a message is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// An order was made.
    OrderCreated(Option<FundId>),
    /// The venue took an order.
    OrderAccepted(Option<FundId>),
    /// An order was refused for good.
    OrderRejected(Option<FundId>),
    /// An order was canceled or expired.
    OrderCanceled(Option<FundId>),
    /// The intent to place an order.
    OrderSubmitted(Option<FundId>),
    /// An order's outcome is not known.
    OrderUnknown(Option<FundId>),
    /// A cancel was asked for or refused.
    CancelRequested(Option<FundId>),
    /// A fill was booked.
    FillCreated(Option<FundId>),
    /// A broker's own record.
    RawFill(BrokerId),
    /// A quote.
    Quote(SmolStr),
    /// A bar.
    Bar(SmolStr, Interval),
    /// A strategy published weights.
    SignalPublished,
    /// An envelope changed.
    EnvelopeUpdated(Option<FundId>),
    /// A gate refused an order.
    GateFailed(Option<FundId>),
    /// Every gate passed an order.
    GatePassed(Option<FundId>),
    /// A gate is asked outside, or answered.
    GateAsked(Option<FundId>),
    /// NAV of a fund.
    Nav(FundId),
    /// A halt was asked for.
    HaltRequested,
    /// A halt was lifted.
    HaltResumed,
    /// A session, a link, time: the desk's own record.
    Operations(SmolStr),
    /// A command, as received.
    CommandReceived,
    /// A broker's report, as received.
    ReportReceived(BrokerId),
}

/// Writes a symbol as one subject token.
fn token(text: &str) -> SmolStr {
    text.chars()
        .map(|c| match c {
            '.' => '_',
            '/' => '~',
            other => other,
        })
        .collect()
}

impl Subject {
    /// Returns the subject of a symbol's quotes.
    pub fn quote(symbol: &Symbol) -> Self {
        Self::Quote(token(symbol.as_str()))
    }

    /// Returns the subject of a symbol's bars.
    pub fn bar(symbol: &Symbol, interval: Interval) -> Self {
        Self::Bar(token(symbol.as_str()), interval)
    }

    fn fund(&self) -> Option<&FundId> {
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
            Self::RawFill(broker) => {
                write!(f, "mts.v1.brokers.{}.fills.raw", token(broker.as_str()))?;
            }
            Self::Quote(symbol) => write!(f, "mts.v1.marketdata.quotes.{symbol}")?,
            Self::Bar(symbol, interval) => write!(f, "mts.v1.marketdata.bars.{symbol}.{interval}")?,
            Self::SignalPublished => f.write_str("mts.v1.research.signals.published")?,
            Self::EnvelopeUpdated(_) => f.write_str("mts.v1.risk.envelope.updated")?,
            Self::GateFailed(_) => f.write_str("mts.v1.risk.gate.failed")?,
            Self::GatePassed(_) => f.write_str("mts.v1.risk.gate.passed")?,
            Self::GateAsked(_) => f.write_str("mts.v1.risk.gate.asked")?,
            Self::Nav(fund) => write!(f, "mts.v1.treasury.nav.{}", token(fund.as_str()))?,
            Self::HaltRequested => f.write_str("mts.v1.operations.halt.requested")?,
            Self::HaltResumed => f.write_str("mts.v1.operations.halt.resumed")?,
            Self::Operations(what) => write!(f, "mts.v1.operations.desk.{what}")?,
            Self::CommandReceived => f.write_str("mts.v1.operations.command.received")?,
            Self::ReportReceived(broker) => {
                write!(
                    f,
                    "mts.v1.brokers.{}.report.received",
                    token(broker.as_str())
                )?;
            }
        }
        match self.fund() {
            Some(fund) => write!(f, ".fund.{}", token(fund.as_str())),
            None => Ok(()),
        }
    }
}

impl FromStr for Subject {
    type Err = SubjectError;

    /// Reads a subject; a fund's `.` that was written `_` stays `_`.
    fn from_str(text: &str) -> Result<Self, SubjectError> {
        let refuse = || SubjectError(text.chars().take(200).collect());
        let rest = text.strip_prefix("mts.v1.").ok_or_else(refuse)?;
        let (plain, fund) = match rest.split_once(".fund.") {
            Some((plain, fund)) => (plain, Some(FundId::new(fund).map_err(|_| refuse())?)),
            None => (rest, None),
        };
        let parts: Vec<&str> = plain.split('.').collect();
        let with_fund = |make: fn(Option<FundId>) -> Self| Ok(make(fund.clone()));
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
            ["brokers", broker, "fills", "raw"] => {
                Ok(Self::RawFill(BrokerId::new(broker).map_err(|_| refuse())?))
            }
            ["brokers", broker, "report", "received"] => Ok(Self::ReportReceived(
                BrokerId::new(broker).map_err(|_| refuse())?,
            )),
            ["marketdata", "quotes", symbol] => Ok(Self::Quote(SmolStr::new(symbol))),
            ["marketdata", "bars", symbol, interval] => Ok(Self::Bar(
                SmolStr::new(symbol),
                interval.parse().map_err(|_| refuse())?,
            )),
            ["research", "signals", "published"] => Ok(Self::SignalPublished),
            ["treasury", "nav", fund] => Ok(Self::Nav(FundId::new(fund).map_err(|_| refuse())?)),
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
        let fund = || Some(FundId::new("paper-momentum").unwrap());
        let broker = || BrokerId::new("paper").unwrap();
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
        ] {
            assert!(bad.parse::<Subject>().is_err(), "{bad:?} should be refused");
        }
    }
}

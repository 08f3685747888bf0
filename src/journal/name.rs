//! What a record is called: its subject, and the message id that never comes twice.
//!
//! A message id is `<subject>:<entity>:<state or place>`. It ends in a state
//! where that state is reached once in the entity's life: so the journal itself
//! refuses to submit an order twice or to book a fill twice, whatever the engine
//! believes. Everything that may come again ends in its place instead.

use crate::domain::FundId;
use crate::event::{
    AccountFact, BrokerReport, Command, Control, Fact, Input, LinkFact, MarketEvent, OrderFact,
    RiskFact, Subject, Token,
};
use crate::journal::Payload;

/// Returns the subject of a payload in `fund`'s journal.
pub fn subject_of(payload: &Payload, fund: &FundId) -> Subject {
    match payload {
        Payload::Input(input) => subject_of_input(input),
        Payload::Fact(Fact::Order(fact)) => subject_of_order(fact, fund),
        Payload::Fact(Fact::Account(fact)) => match fact {
            AccountFact::Opened { .. } => desk("opened"),
            AccountFact::Resumed { .. } => desk("resumed"),
            AccountFact::Filled { .. } => Subject::FillCreated(Some(token(fund))),
            AccountFact::DayStarted { .. } => Subject::Nav(token(fund)),
            AccountFact::PeriodStarted { .. } => desk("period_started"),
            AccountFact::Flowed { .. } => desk("flow_booked"),
            AccountFact::Corrected(_) => desk("books_corrected"),
            AccountFact::Drift { .. } => desk("drift_found"),
            AccountFact::Doubted { .. } => desk("fill_doubted"),
            AccountFact::Locked { .. } => desk("symbol_locked"),
            AccountFact::Unlocked { .. } => desk("symbol_unlocked"),
            AccountFact::Closed { .. } => desk("closed"),
        },
        Payload::Fact(Fact::Risk(fact)) => match fact {
            RiskFact::EnvelopeSet(_) | RiskFact::EnvelopeEdited { .. } => {
                Subject::EnvelopeUpdated(Some(token(fund)))
            }
            RiskFact::RatesSet(_) => desk("rates_set"),
            RiskFact::GatesSet(_) => desk("gates_set"),
            RiskFact::AsksSet(_) => desk("asks_set"),
            RiskFact::Flooded { .. } => desk("flooded"),
            RiskFact::Halted { .. } => Subject::HaltRequested,
            RiskFact::Swept { .. } => desk("orders_swept"),
            RiskFact::ExitDecided { .. } => desk("exit_decided"),
            RiskFact::ExitHeldUp { .. } => desk("exit_held_up"),
            RiskFact::ExitEnded { .. } => desk("exit_ended"),
            RiskFact::ResumeAgreed { .. } => desk("resume_agreed"),
            RiskFact::Resumed { .. } => Subject::HaltResumed,
        },
        Payload::Fact(Fact::Link(LinkFact::Changed(_))) => desk("link_changed"),
    }
}

fn token(fund: &FundId) -> Token {
    Token::of(fund.as_str())
}

fn desk(what: &'static str) -> Subject {
    Subject::Operations(smol_str::SmolStr::new_static(what))
}

fn subject_of_input(input: &Input) -> Subject {
    match input {
        Input::Control(Control::Open(_)) => desk("open_requested"),
        Input::Control(Control::Tick) => desk("ticked"),
        Input::Control(Control::Stop) => desk("stop_reached"),
        Input::Control(Control::Close) => desk("close_requested"),
        Input::Control(Control::Link(_)) => desk("link_reported"),
        Input::Execution(BrokerReport::Fill { broker, .. }) => {
            Subject::RawFill(Token::of(broker.as_str()))
        }
        Input::Execution(
            BrokerReport::Accepted { broker, .. }
            | BrokerReport::Rejected { broker, .. }
            | BrokerReport::Unknown { broker, .. }
            | BrokerReport::NotFound { broker, .. }
            | BrokerReport::Canceled { broker, .. }
            | BrokerReport::Stands { broker, .. }
            | BrokerReport::CancelRefused { broker, .. }
            | BrokerReport::Expired { broker, .. }
            | BrokerReport::Statement { broker, .. },
        ) => Subject::ReportReceived(Token::of(broker.as_str())),
        Input::Answer(_) => desk("gate_answered"),
        Input::Command(_) => Subject::CommandReceived,
        Input::Market(MarketEvent::Quote { quote, .. }) => Subject::quote(&quote.symbol),
        Input::Market(MarketEvent::Trade(trade)) => Subject::quote(&trade.symbol),
        Input::Market(MarketEvent::Bars {
            symbol, interval, ..
        }) => Subject::bar(symbol, *interval),
        Input::Market(MarketEvent::BorrowFee { symbol, .. }) => Subject::quote(symbol),
        Input::Market(MarketEvent::Study(_)) => desk("study_computed"),
    }
}

fn subject_of_order(fact: &OrderFact, fund: &FundId) -> Subject {
    let fund = Some(token(fund));
    match fact {
        OrderFact::Created(_) => Subject::OrderCreated(fund),
        OrderFact::Judged { approved: true, .. } => Subject::GatePassed(fund),
        OrderFact::Judged {
            approved: false, ..
        } => Subject::GateFailed(fund),
        OrderFact::Asked { .. } | OrderFact::Answered { .. } | OrderFact::AnswerIgnored { .. } => {
            Subject::GateAsked(fund)
        }
        OrderFact::Submitted { .. } => Subject::OrderSubmitted(fund),
        OrderFact::Accepted { .. } => Subject::OrderAccepted(fund),
        OrderFact::Rejected { .. } => Subject::OrderRejected(fund),
        OrderFact::Unknown { .. } => Subject::OrderUnknown(fund),
        OrderFact::CancelRequested { .. }
        | OrderFact::CancelRefused { .. }
        | OrderFact::ReplaceRequested { .. }
        | OrderFact::Settled { .. }
        | OrderFact::ReplaceDropped { .. } => Subject::CancelRequested(fund),
        OrderFact::Canceled { .. } | OrderFact::Expired { .. } => Subject::OrderCanceled(fund),
        OrderFact::CommandRefused { .. } => desk("command_refused"),
    }
}

/// Returns the message id of a payload that will stand at place `seq`.
pub fn message_id(payload: &Payload, subject: &Subject, seq: u64) -> String {
    let (entity, state) = match payload {
        Payload::Input(input) => (entity_of_input(input), None),
        Payload::Fact(Fact::Order(fact)) => order(fact),
        Payload::Fact(Fact::Account(AccountFact::Filled { broker, fill, .. })) => {
            return format!("{subject}:{broker}/{}:filled", fill.fill_id);
        }
        Payload::Fact(Fact::Account(AccountFact::Opened { desk_id, .. })) => {
            (desk_id.as_str(), Some("opened"))
        }
        Payload::Fact(Fact::Account(
            AccountFact::Resumed { .. }
            | AccountFact::DayStarted { .. }
            | AccountFact::PeriodStarted { .. }
            | AccountFact::Flowed { .. }
            | AccountFact::Closed { .. },
        )) => ("session", None),
        Payload::Fact(Fact::Account(AccountFact::Corrected(correction))) => {
            (correction.correction_id.as_str(), Some("corrected"))
        }
        Payload::Fact(Fact::Account(AccountFact::Doubted { fill, .. })) => {
            (fill.fill_id.as_str(), None)
        }
        Payload::Fact(
            Fact::Account(
                AccountFact::Locked { symbol, .. } | AccountFact::Unlocked { symbol, .. },
            )
            | Fact::Risk(
                RiskFact::ExitDecided { symbol, .. }
                | RiskFact::ExitHeldUp { symbol, .. }
                | RiskFact::ExitEnded { symbol, .. },
            ),
        ) => (symbol.as_str(), None),
        Payload::Fact(Fact::Account(AccountFact::Drift { order_id, .. })) => {
            (order_id.as_ref().map_or("book", |id| id.as_str()), None)
        }
        Payload::Fact(Fact::Risk(
            RiskFact::EnvelopeSet(envelope) | RiskFact::EnvelopeEdited { envelope, .. },
        )) => (envelope.envelope_id.as_str(), None),
        Payload::Fact(Fact::Risk(RiskFact::RatesSet(_) | RiskFact::Flooded { .. })) => {
            ("rates", None)
        }
        Payload::Fact(Fact::Risk(
            RiskFact::Halted { .. }
            | RiskFact::Swept { .. }
            | RiskFact::ResumeAgreed { .. }
            | RiskFact::Resumed { .. },
        )) => ("halt", None),
        Payload::Fact(Fact::Risk(RiskFact::GatesSet(_))) => ("gates", None),
        Payload::Fact(Fact::Risk(RiskFact::AsksSet(_))) => ("asks", None),
        Payload::Fact(Fact::Link(LinkFact::Changed(link))) => (link.name.as_str(), None),
    };
    match state {
        Some(state) => format!("{subject}:{entity}:{state}"),
        None => format!("{subject}:{entity}:{seq}"),
    }
}

fn entity_of_input(input: &Input) -> &str {
    match input {
        Input::Control(Control::Open(opening)) => &opening.desk_id,
        Input::Control(Control::Tick | Control::Stop | Control::Close) => "desk",
        Input::Control(Control::Link(link)) => link.name.as_str(),
        Input::Execution(report) => match report {
            BrokerReport::Accepted { order_id, .. }
            | BrokerReport::Rejected { order_id, .. }
            | BrokerReport::Unknown { order_id, .. }
            | BrokerReport::NotFound { order_id, .. }
            | BrokerReport::Canceled { order_id, .. }
            | BrokerReport::Stands { order_id, .. }
            | BrokerReport::CancelRefused { order_id, .. }
            | BrokerReport::Expired { order_id, .. } => order_id.as_str(),
            BrokerReport::Fill { fill, .. } => fill.fill_id.as_str(),
            BrokerReport::Statement { .. } => "statement",
        },
        Input::Command(Command::Place { ticket, .. } | Command::Replace { ticket, .. }) => {
            ticket.idempotency_key.as_str()
        }
        Input::Answer(answer) => answer.order_id.as_str(),
        Input::Command(Command::Cancel { order_id } | Command::Decide { order_id, .. }) => {
            order_id.as_str()
        }
        Input::Command(Command::CancelOpening { .. }) => "opening",
        Input::Command(Command::SetEnvelope { envelope, .. }) => envelope.envelope_id.as_str(),
        Input::Command(Command::Flow { .. }) => "flow",
        Input::Command(Command::Correct { symbol, .. }) => symbol.as_str(),
        Input::Command(Command::Halt(_) | Command::Flatten { .. } | Command::Resume { .. }) => {
            "halt"
        }
        Input::Market(_) => "market",
    }
}

/// Names an order's fact; the states given are reached once in an order's life.
fn order(fact: &OrderFact) -> (&str, Option<&'static str>) {
    let state = match fact {
        OrderFact::Created(_) => Some("created"),
        OrderFact::Submitted { .. } => Some("submitted"),
        OrderFact::Rejected { .. } => Some("rejected"),
        OrderFact::Canceled { .. } => Some("canceled"),
        OrderFact::Expired { .. } => Some("expired"),
        OrderFact::Judged { .. }
        | OrderFact::Asked { .. }
        | OrderFact::Answered { .. }
        | OrderFact::AnswerIgnored { .. }
        | OrderFact::Accepted { .. }
        | OrderFact::Unknown { .. }
        | OrderFact::CancelRequested { .. }
        | OrderFact::ReplaceRequested { .. }
        | OrderFact::Settled { .. }
        | OrderFact::ReplaceDropped { .. }
        | OrderFact::CancelRefused { .. }
        | OrderFact::CommandRefused { .. } => None,
    };
    (fact.order_id().map_or("command", |id| id.as_str()), state)
}

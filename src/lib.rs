//! The MTS1B desk: a terminal workstation for trading, and everything behind its screen.
//!
//! `desk` subscribes to quotes and fills through protocol adapters, keeps the books of a fund,
//! judges every order by a chain of gates before it may leave, and shows all of it in panes that
//! are written to with the keyboard. Paper by default. Whatever decides is one pure, synchronous
//! state machine ([`engine`]): a message in, facts and effects out, time and ids as data. What it
//! was told and what it decided is in a journal before anything leaves, so a start, a replay and a
//! recovery from a power cut are the same thing. A start may begin at a checkpoint of what the
//! records come to; the records it stood for are then checked beside the running desk.
//!
//! # A quote, from its bytes to the screen
//!
//! `adapter::kraken` (`link` moves bytes, `session` gives them meaning, `parse` makes events) →
//! [`event::MarketEvent`] → [`bus`] market lane (keeps the newest per symbol; what it passes over
//! is counted) → [`mod@app::run`] drains it → [`engine::State::market`] → [`market`] (cell, candles) →
//! [`engine::Snapshot`] → `ui::desk` (which panes does it touch) → `ui::pane::watchlist` →
//! `ui::frame` (what differs, in one write).
//!
//! # An order, from the key to the venue and back
//!
//! `ui::pane::ticket` → [`event::Command::Place`] → [`bus`] command lane →
//! [`engine::State::step`] → [`order::ticket`] (a draft becomes an order, or says which field is at
//! fault) → [`order::gate`] (every gate passes and the chain makes the one
//! [`order::gate::Approved`], or a refusal with its numbers) → [`order::oms`] (the intent) →
//! [`journal`] (command, facts and intent, synced) → [`order::effect`] → `adapter::driver` →
//! `adapter::paper` → [`event::BrokerReport`] → [`bus`] execution lane → [`order::oms`] (status)
//! and [`order::ledger`] (position, cash, lots) → [`journal`] → snapshot → panes.
//!
//! Where a gate must ask outside (a registered one, cro_veto, a person) the order waits first: the
//! question is an effect (`adapter::gates`, `adapter::cro`; a person is asked by the screen), the
//! [`event::GateAnswer`] comes back on the execution lane, and the whole chain judges again.
//!
//! # The floors
//!
//! A module names only modules above it in this list; a test reads the sources and says where
//! that does not hold.
//!
//! - [`base`] clock, ids, ring, backoff, hash: knows no finance.
//! - [`domain`] the nouns and their laws: symbol and symbology, price, quantity, money, quote,
//!   order, fill, position, fund, envelope; one published JSON form each, pinned by golden files.
//! - [`event`] everything that can be said: inputs, facts, subjects. Read it to learn what can happen.
//! - [`protocol`] the six protocols as traits, with their MUST rules.
//! - [`market`] newest quote, candles and freshness of each symbol; rates between currencies.
//! - [`portfolio`] what to hold: panel, factors, sizers, allocators, sleeves, targets; binary floats, no orders.
//! - [`order`] the order path on one page: ticket, gates, life of an order, books, running sums.
//! - [`engine`] the owner of all state: step, apply, replay, snapshot.
//! - [`bus`] bounded lanes in, snapshots out. Moves messages, decides nothing.
//! - [`journal`] what was said and what happened: durable, hash-chained, in order.
//! - [`history`] closed bars of many symbols, beside the journal; can be thrown away, so nothing rests on it.
//! - [`config`] files to checked settings, every fault named with its line.
//! - [`adapter`] the only code that talks to the outside: paper, sim, replay, kraken, cro; the driver, gates.
//! - [`ui`] keys to actions, snapshots to cells. Cannot reach an adapter or the journal.
//! - [`app`] the wiring: command line, start, loop, end.
//!
//! # What never happens, and what sees to it
//!
//! - An order leaves without every gate's approval: `Effect::Place` takes an `Approved`, whose field
//!   is private to `order/gate/chain.rs`; anything else does not compile.
//! - Something leaves, or is shown, that the journal does not hold: the loop commits first, and a
//!   commit that fails stops trading for good; the simulation crashes it at every point.
//! - State changes anywhere but in [`engine::State`], or by anything but a fact (market data aside).
//! - Logic reads a clock, makes an id out of nothing or does I/O: those calls are refused by the
//!   linter outside `base`.
//! - A fill is booked twice or an order sent twice: fills are known by (broker, id), orders by a key
//!   that is born with the ticket; an unknown outcome stays unknown until the venue is asked.
//! - Older books pass for these: `journal.head` beside the journal names the last record that was
//!   acknowledged, and every start and every reader holds the journal against it.
//! - Something grows without bound: every queue, history, file and cache is under [Bounds](#bounds).
//! - A stranger reads the files, or the desk a stranger's; a password comes out; a network is used
//!   unasked: [Threats](#threats) says what is guarded, by what, and what is left open.
#![doc = ""]
#![doc = include_str!("../docs/bounds.md")]
#![doc = ""]
#![doc = include_str!("../docs/threats.md")]
#![doc = ""]
#![doc = include_str!("../docs/controls.md")]

pub mod base;
pub mod domain;
pub mod event;
pub mod protocol;

pub mod market;
pub mod order;
pub mod portfolio;

pub mod engine;

pub mod bus;
pub mod config;
pub mod history;
pub mod journal;

pub mod adapter;
pub mod ui;

pub mod app;

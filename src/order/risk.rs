//! The risk slice: envelope in force, halts, recent verdicts, the rate of sending, who is asked outside.

mod envelopes;
mod exits;
mod halts;
mod sweep;
mod tally;

pub use envelopes::EnvelopeVersion;
pub use exits::Exit;
pub use halts::{Agreement, Standing};
pub use sweep::Sweep;
pub use tally::Tally;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::Ring;
use crate::domain::Quantity;
use crate::domain::{
    CustomGate, HaltStatus, Order, OrderId, RiskEnvelope, Side, Symbol, Timestamp,
};
use crate::event::{Asks, RiskFact, Seen, Verdict};
use crate::order::gate::{Gates, Limits};
use crate::order::rate::Rates;
use crate::order::risk::envelopes::Envelopes;

/// One judgement, as the verdict stream shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// When.
    pub at: Timestamp,
    /// Which order.
    pub order_id: OrderId,
    /// What.
    pub symbol: Symbol,
    /// Which way.
    pub side: Side,
    /// How much.
    pub quantity: Quantity,
    /// Whether it was approved.
    pub approved: bool,
    /// One verdict per gate asked; the last one refuses when not approved.
    pub verdicts: Vec<Verdict>,
    /// What it was judged by; none where an old record does not say.
    #[serde(default)]
    pub basis: Option<Box<Basis>>,
}

/// What a judgement rested on, so that it can be made again under other limits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Basis {
    /// The order as it was made.
    pub order: Order,
    /// The market and the rest of the book.
    pub seen: Seen,
    /// Signed units held of its symbol.
    pub position: Quantity,
    /// Units working orders could still buy of it.
    pub working_buy: Quantity,
    /// Units working orders could still sell of it.
    pub working_sell: Quantity,
}

/// Judgements kept at hand; older ones are in the journal.
const JUDGEMENTS_MOST: usize = 500;

/// Commands that were refused without a record each, since a halt was last set or lifted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flooded {
    /// How many.
    pub refused: u64,
    /// Until when they were counted.
    pub at: Timestamp,
}

/// Risk as it stands.
#[derive(Debug, Clone)]
pub struct Risk {
    envelopes: Envelopes,
    halts: Vec<Standing>,
    exits: BTreeMap<Symbol, Exit>,
    sweep: Option<Arc<Sweep>>,
    judgements: Ring<Arc<Judgement>>,
    approved: u64,
    refused: u64,
    tallies: Vec<Tally>,
    counted_day: i64,
    rates: Rates,
    asks: Arc<Asks>,
    flooded: Option<Flooded>,
    gates: Gates,
}

/// Risk as it is kept beside the journal; what follows from it is worked out again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptRisk {
    envelope: Option<Arc<RiskEnvelope>>,
    #[serde(default)]
    configured: Option<Arc<RiskEnvelope>>,
    #[serde(default)]
    versions: Vec<Arc<EnvelopeVersion>>,
    halts: Vec<Standing>,
    #[serde(default)]
    exits: Vec<Exit>,
    #[serde(default)]
    sweep: Option<Arc<Sweep>>,
    judgements: Vec<Arc<Judgement>>,
    approved: u64,
    refused: u64,
    #[serde(default)]
    tallies: Vec<Tally>,
    counted_day: i64,
    rates: Rates,
    #[serde(default)]
    asks: Arc<Asks>,
    flooded: Option<Flooded>,
    #[serde(default)]
    gates: Vec<CustomGate>,
}

impl From<KeptRisk> for Risk {
    fn from(kept: KeptRisk) -> Self {
        let mut judgements = Ring::new(JUDGEMENTS_MOST);
        for judgement in kept.judgements {
            judgements.push(judgement);
        }
        Self {
            envelopes: Envelopes::from_kept(kept.envelope, kept.configured, kept.versions),
            halts: kept.halts,
            exits: kept
                .exits
                .into_iter()
                .map(|exit| (exit.symbol.clone(), exit))
                .collect(),
            sweep: kept.sweep,
            judgements,
            approved: kept.approved,
            refused: kept.refused,
            tallies: kept.tallies,
            counted_day: kept.counted_day,
            rates: kept.rates,
            asks: kept.asks,
            flooded: kept.flooded,
            gates: Gates::of(kept.gates),
        }
    }
}

impl Default for Risk {
    fn default() -> Self {
        Self {
            envelopes: Envelopes::default(),
            halts: Vec::new(),
            exits: BTreeMap::new(),
            sweep: None,
            judgements: Ring::new(JUDGEMENTS_MOST),
            approved: 0,
            refused: 0,
            tallies: Vec::new(),
            counted_day: i64::MIN,
            rates: Rates::default(),
            asks: Arc::default(),
            flooded: None,
            gates: Gates::default(),
        }
    }
}

impl Risk {
    /// Returns what is kept of it; a field added does not compile until it is kept or derived.
    pub fn kept(&self) -> KeptRisk {
        let Self {
            envelopes,
            halts,
            exits,
            sweep,
            judgements,
            approved,
            refused,
            tallies,
            counted_day,
            rates,
            asks,
            flooded,
            gates,
        } = self;
        let Envelopes {
            current,
            limits: _,
            configured,
            history,
        } = envelopes;
        KeptRisk {
            envelope: current.clone(),
            configured: configured.clone(),
            versions: history.iter().cloned().collect(),
            halts: halts.clone(),
            exits: exits.values().cloned().collect(),
            sweep: sweep.clone(),
            judgements: judgements.iter().cloned().collect(),
            approved: *approved,
            refused: *refused,
            tallies: tallies.clone(),
            counted_day: *counted_day,
            rates: rates.clone(),
            asks: Arc::clone(asks),
            flooded: *flooded,
            gates: gates.settings().to_vec(),
        }
    }

    /// Returns the envelope in force; none before the books were opened.
    pub fn envelope(&self) -> Option<&Arc<RiskEnvelope>> {
        self.envelopes.current.as_ref()
    }

    /// Returns its limits, worked out.
    pub fn limits(&self) -> Option<&Arc<Limits>> {
        self.envelopes.limits.as_ref()
    }

    /// Returns what the configuration last said; it differs from what is in force after an edit in the desk.
    pub fn configured(&self) -> Option<&Arc<RiskEnvelope>> {
        self.envelopes.configured.as_ref()
    }

    /// Returns the newest versions of the envelope with what each changed, oldest first.
    pub fn versions(&self) -> &Ring<Arc<EnvelopeVersion>> {
        &self.envelopes.history
    }

    /// Returns every halt in force, oldest first.
    pub fn halts(&self) -> &[Standing] {
        &self.halts
    }

    /// Returns the halt that covers an order, if any.
    pub fn halt_for(&self, order: &Order) -> Option<&HaltStatus> {
        let mut halts = self.halts.iter();
        halts
            .find(|halt| halt.covers(order))
            .map(|halt| &halt.status)
    }

    /// Iterates over the exits the desk makes by itself, by symbol.
    pub fn exits(&self) -> impl Iterator<Item = &Exit> {
        self.exits.values()
    }

    /// Returns the exit the desk makes of a symbol by itself, if any.
    pub fn exit(&self, symbol: &Symbol) -> Option<&Exit> {
        self.exits.get(symbol)
    }

    /// Returns the orders that the newest halt takes back.
    pub fn sweep(&self) -> Option<&Arc<Sweep>> {
        self.sweep.as_ref()
    }

    /// Takes in an order that was made: the one that carries an exit's key is its order.
    pub fn created(&mut self, order: &Order) {
        if let Some(exit) = self.exits.get_mut(&order.symbol)
            && exit.key == order.idempotency_key
            && exit.order_id.is_none()
        {
            exit.order_id = Some(order.order_id.clone());
            exit.held_up = None;
        }
    }

    /// Returns recent judgements, oldest first.
    pub fn judgements(&self) -> &Ring<Arc<Judgement>> {
        &self.judgements
    }

    /// Returns how many orders were approved and refused this UTC day.
    pub fn counts(&self) -> (u64, u64) {
        (self.approved, self.refused)
    }

    /// Returns how each gate answered this UTC day, in the order they first did; counted with [`Self::counts`].
    pub fn tallies(&self) -> &[Tally] {
        &self.tallies
    }

    /// Returns true when what is counted is of that UTC day.
    pub fn counted_on(&self, day: i64) -> bool {
        self.counted_day == day
    }

    /// Returns the operator's own gates.
    pub fn gates(&self) -> &Gates {
        &self.gates
    }

    /// Returns what was sent lately and how much may be.
    pub fn rates(&self) -> &Rates {
        &self.rates
    }

    /// Returns the gates that ask outside.
    pub fn asks(&self) -> &Asks {
        &self.asks
    }

    /// Counts a message that left for a venue.
    pub fn rates_mut(&mut self) -> &mut Rates {
        &mut self.rates
    }

    /// Returns how many commands were refused without a record each, where there were any.
    pub fn flooded(&self) -> Option<Flooded> {
        self.flooded
    }

    /// Takes in a fact of risk.
    pub fn apply(&mut self, fact: &RiskFact) {
        match fact {
            RiskFact::EnvelopeSet(envelope) => self.envelopes.set(envelope, None),
            RiskFact::EnvelopeEdited { envelope, by } => self.envelopes.set(envelope, Some(by)),
            RiskFact::RatesSet(limits) => self.rates.set(limits),
            RiskFact::GatesSet(gates) => self.gates = Gates::of(gates.clone()),
            RiskFact::AsksSet(asks) => self.asks = Arc::new(asks.clone()),
            RiskFact::Flooded { refused, at, .. } => {
                let before = self.flooded.map_or(0, |flooded| flooded.refused);
                let refused = before.saturating_add(*refused);
                self.flooded = Some(Flooded { refused, at: *at });
            }
            RiskFact::Halted { request, loss, .. } => {
                self.flooded = None;
                halts::halted(&mut self.halts, request, *loss);
            }
            RiskFact::Swept {
                halt_id,
                by,
                orders,
                kept,
                at,
            } => {
                self.sweep = Some(Arc::new(Sweep {
                    halt_id: halt_id.clone(),
                    by: by.clone(),
                    at: *at,
                    orders: orders.clone(),
                    kept: *kept,
                }));
            }
            RiskFact::ExitDecided {
                symbol,
                epoch,
                why,
                key,
                at,
            } => {
                let exit = Exit {
                    symbol: symbol.clone(),
                    epoch: *epoch,
                    why: why.clone(),
                    key: key.clone(),
                    at: *at,
                    order_id: None,
                    held_up: None,
                };
                self.exits.insert(symbol.clone(), exit);
            }
            RiskFact::ExitHeldUp { symbol, why, .. } => {
                if let Some(exit) = self.exits.get_mut(symbol) {
                    exit.held_up = Some(why.clone());
                }
            }
            RiskFact::ExitEnded { symbol, .. } => {
                self.exits.remove(symbol);
            }
            RiskFact::ResumeAgreed {
                status,
                loss,
                by,
                reason,
                at,
            } => {
                let agreement = Agreement {
                    by: by.clone(),
                    reason: reason.clone(),
                    at: *at,
                };
                halts::agreed(&mut self.halts, (status, *loss), agreement);
            }
            RiskFact::Resumed { status, loss, .. } => {
                self.flooded = None;
                halts::resumed(&mut self.halts, status, *loss);
            }
        }
    }

    /// Takes in a judgement and the moment of it.
    pub fn judged(&mut self, judgement: Judgement) {
        let day = judgement.at.day();
        if day != self.counted_day {
            (self.approved, self.refused, self.counted_day) = (0, 0, day);
            self.tallies.clear();
        }
        tally::count(&mut self.tallies, &judgement.verdicts);
        if judgement.approved {
            self.approved += 1;
        } else {
            self.refused += 1;
        }
        self.judgements.push(Arc::new(judgement));
    }
}

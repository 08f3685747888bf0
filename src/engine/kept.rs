//! The durable part of the state, frozen, as it is kept beside the journal so that a start need not replay all.
//!
//! Freezing clones a handful of pointers. What is kept is a cache of what the facts
//! come to, never a second truth: whoever loads it must know which record it stands
//! at, replays what comes after, and can have it worked out again from the first
//! record. Market data and what follows from it (marks, sums) is not in it.

use std::fmt::Write;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use smol_str::SmolStr;

use crate::base::Ring;
use crate::engine::flood::Flood;
use crate::engine::nav::NavCurve;
use crate::engine::reread::Reread;
use crate::engine::snapshot::Notice;
use crate::engine::state::{NOTICES_MOST, State};
use crate::event::LinkState;
use crate::order::exposure::Exposure;
use crate::order::ledger::{KeptLedger, Ledger};
use crate::order::oms::{KeptOrders, Orders};
use crate::order::risk::{KeptRisk, Risk};
use crate::order::stop::Watch;

/// What facts alone come to, after the record at [`Self::seq`].
#[derive(Debug, Clone)]
pub struct Kept {
    seq: u64,
    desk_id: SmolStr,
    orders: Arc<Orders>,
    ledger: Arc<Ledger>,
    risk: Arc<Risk>,
    notices: Arc<Ring<Notice>>,
    links: Arc<Vec<LinkState>>,
}

/// All but the orders and the links, as written.
#[derive(Serialize, Deserialize)]
struct Books {
    seq: u64,
    desk_id: SmolStr,
    ledger: KeptLedger,
    risk: KeptRisk,
    notices: Vec<Notice>,
}

/// A [`Kept`] as bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// All but orders and links.
    pub books: Vec<u8>,
    /// The orders.
    pub orders: Vec<u8>,
    /// How links stood. Their words change without a record, so only this part may differ from a replay's.
    pub links: Vec<u8>,
}

impl State {
    /// Freezes what is kept.
    pub fn keep(&self) -> Kept {
        Kept {
            seq: self.seq,
            desk_id: self.desk_id.clone(),
            orders: Arc::clone(&self.orders),
            ledger: Arc::clone(&self.ledger),
            risk: Arc::clone(&self.risk),
            notices: Arc::clone(&self.notices),
            links: Arc::clone(&self.links),
        }
    }

    /// Makes the state that was kept, over the market and settings of this empty one.
    ///
    /// # Errors
    /// In words: the part that is not readable.
    pub fn with_kept(&self, books: &[u8], orders: &[u8], links: &[u8]) -> Result<Self, String> {
        let fault = |part: &'static str| move |error: serde_json::Error| format!("{part}: {error}");
        let orders: KeptOrders = serde_json::from_slice(orders).map_err(fault("its orders"))?;
        let books: Books = serde_json::from_slice(books).map_err(fault("its books"))?;
        let links: Vec<LinkState> = serde_json::from_slice(links).map_err(fault("its links"))?;
        let mut notices = Ring::new(NOTICES_MOST);
        for notice in books.notices {
            notices.push(notice);
        }
        let mut state = Self {
            seq: books.seq,
            desk_id: books.desk_id,
            info: Arc::clone(&self.info),
            market: Arc::clone(&self.market),
            orders: Arc::new(orders.try_into()?),
            ledger: Arc::new(books.ledger.try_into()?),
            exposure: Arc::new(Exposure::default()),
            risk: Arc::new(books.risk.into()),
            links: Arc::new(links),
            notices: Arc::new(notices),
            flood: Flood::default(),
            reread: Reread::default(),
            nav: NavCurve::default(),
            watch: Watch::default(),
            due: false,
            swept_at: None,
            stated: None,
            study: None,
        };
        state.value_all();
        Ok(state)
    }
}

impl Kept {
    /// Returns the place of the last record it contains.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Writes it; equal states give equal bytes.
    ///
    /// # Errors
    /// In words: what cannot be written.
    pub fn write(&self) -> Result<Written, String> {
        let books = Books {
            seq: self.seq,
            desk_id: self.desk_id.clone(),
            ledger: self.ledger.kept(),
            risk: self.risk.kept(),
            notices: self.notices.iter().cloned().collect(),
        };
        let write = || -> serde_json::Result<Written> {
            Ok(Written {
                books: serde_json::to_vec(&books)?,
                orders: serde_json::to_vec(&self.orders.kept())?,
                links: serde_json::to_vec(&*self.links)?,
            })
        };
        write().map_err(|error| error.to_string())
    }

    /// Returns SHA-256 over orders, positions, lots, cash, cursors, envelope and halts, in hexadecimal.
    pub fn hash(&self) -> String {
        let mut hasher = Sha256::new();
        hasher.update(self.desk_id.as_bytes());
        self.orders.digest(&mut hasher);
        self.ledger.digest(&mut hasher);
        // Serialising plain values cannot fail; an empty text would still be a stable one.
        let envelope =
            serde_json::to_vec(&self.risk.envelope().map(|e| (**e).clone())).unwrap_or_default();
        hasher.update(&envelope);
        // Only where it says something else, so that books without an edit hash as they always did.
        let configured = self.risk.configured();
        if configured != self.risk.envelope() {
            let configured = configured.map(|set| (**set).clone());
            hasher.update(serde_json::to_vec(&configured).unwrap_or_default());
        }
        let halts = self.risk.halts();
        let published: Vec<_> = halts.iter().map(|halt| &halt.status).collect();
        hasher.update(serde_json::to_vec(&published).unwrap_or_default());
        for halt in halts.iter().filter(|halt| halt.loss.is_some()) {
            hasher.update(serde_json::to_vec(&halt).unwrap_or_default());
        }
        if let Some(sweep) = self.risk.sweep() {
            hasher.update(serde_json::to_vec(sweep).unwrap_or_default());
        }
        for exit in self.risk.exits() {
            hasher.update(serde_json::to_vec(exit).unwrap_or_default());
        }
        self.risk.rates().digest(&mut hasher);
        let gates = self.risk.gates().settings();
        if !gates.is_empty() {
            hasher.update(serde_json::to_vec(gates).unwrap_or_default());
        }
        if !self.risk.asks().is_empty() {
            hasher.update(serde_json::to_vec(self.risk.asks()).unwrap_or_default());
        }
        hasher
            .finalize()
            .iter()
            .fold(String::with_capacity(64), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            })
    }
}

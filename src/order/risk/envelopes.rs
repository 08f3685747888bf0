//! The envelope in force, what the configuration last said, and how it came to be what it is.
//!
//! An envelope that was edited in the desk stays in force over restarts until the
//! configuration says something else than it last did; then the configuration
//! becomes the next version. Every version is remembered with what it changed.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::Ring;
use crate::domain::{EnvelopeChange, RiskEnvelope, Timestamp};
use crate::order::gate::Limits;

/// Versions kept at hand; older ones are in the journal.
const VERSIONS_MOST: usize = 100;

/// One version of the envelope and what it changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvelopeVersion {
    /// Its number.
    pub version: u32,
    /// Since when.
    pub at: Timestamp,
    /// Who set it in the desk; none where the configuration did.
    pub by: Option<String>,
    /// What differs from the version before; empty for the first one.
    pub changes: Vec<EnvelopeChange>,
}

/// The envelope in force and where it comes from.
#[derive(Debug, Clone)]
pub(super) struct Envelopes {
    pub(super) current: Option<Arc<RiskEnvelope>>,
    pub(super) limits: Option<Arc<Limits>>,
    pub(super) configured: Option<Arc<RiskEnvelope>>,
    pub(super) history: Ring<Arc<EnvelopeVersion>>,
}

impl Default for Envelopes {
    fn default() -> Self {
        Self {
            current: None,
            limits: None,
            configured: None,
            history: Ring::new(VERSIONS_MOST),
        }
    }
}

impl Envelopes {
    /// Takes in a version; `by` is none when the configuration said so.
    pub(super) fn set(&mut self, envelope: &RiskEnvelope, by: Option<&str>) {
        let made = Arc::new(envelope.clone());
        let changes = self.current.as_deref();
        self.history.push(Arc::new(EnvelopeVersion {
            version: envelope.version,
            at: envelope.created_at,
            by: by.map(str::to_owned),
            changes: changes.map_or_else(Vec::new, |was| was.changes(envelope)),
        }));
        self.limits = Some(Arc::new(Limits::of(envelope)));
        if by.is_none() {
            self.configured = Some(Arc::clone(&made));
        }
        self.current = Some(made);
    }

    /// Makes the slice that was kept.
    pub(super) fn from_kept(
        current: Option<Arc<RiskEnvelope>>,
        configured: Option<Arc<RiskEnvelope>>,
        versions: Vec<Arc<EnvelopeVersion>>,
    ) -> Self {
        let mut history = Ring::new(VERSIONS_MOST);
        for version in versions {
            history.push(version);
        }
        Self {
            limits: current.as_deref().map(|set| Arc::new(Limits::of(set))),
            // Before edits were known, what was in force was what the configuration had said.
            configured: configured.or_else(|| current.clone()),
            current,
            history,
        }
    }
}

//! Factors by name: a panel in, scores out.

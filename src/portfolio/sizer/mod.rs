//! Sizers by name: scores in, weights out.

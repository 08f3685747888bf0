//! Allocators by name: a history of returns in, weights out.

//! The driver: see below.

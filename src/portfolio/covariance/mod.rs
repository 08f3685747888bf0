//! Covariances of returns: sample, weighted, shrunk, and kept up to date.

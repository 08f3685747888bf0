//! Symbols at the border: canonical text to a venue's own and back.

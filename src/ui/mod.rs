//! The terminal: what a person sees and presses.
//!
//! Keys become actions (`keymap`), actions move panes or become commands
//! (`desk`), snapshots become cells (`pane`, on `widget`), and cells become the
//! fewest bytes that repaint what changed (`frame`), written by a thread of their
//! own (`outlet`). Reads a frozen snapshot and
//! the time it is handed; must not reach an adapter, the journal or the engine's
//! step, must not read a clock, and changes no fact.

pub mod action;
pub mod clipboard;
pub mod desk;
pub mod format;
pub mod frame;
pub mod glyph;
pub mod keymap;
pub mod layout;
pub mod outlet;
pub mod pane;
pub mod screen;
pub mod theme;
pub mod widget;

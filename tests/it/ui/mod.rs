//! The screen: formats and themes as tables, panes as pictures, keys through the whole desk.

mod change;
mod decide;
mod desk;
mod frame;
mod keymap;
mod pane;
mod portfolio;
pub mod rig;
mod risk;
mod sizes;
mod theme;
mod workspace;

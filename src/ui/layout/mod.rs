//! Where panes stand: a file of variants by size, each a tree of rows and columns.
//!
//! Owns the arithmetic only; which pane is drawn how is not known here. The
//! largest variant that fits is taken. Panes are numbered as one reads the
//! screen: rows from the top, each from the left.

use ratatui::layout::Rect;
use serde::Deserialize;

use crate::ui::theme::{short, syntax};

/// The shipped workspaces: name and file.
pub const SHIPPED: [(&str, &str); 3] = [
    ("trade", include_str!("../../../config/layout/trade.toml")),
    ("risk", include_str!("../../../config/layout/risk.toml")),
    (
        "portfolio",
        include_str!("../../../config/layout/portfolio.toml"),
    ),
];

/// The smallest screen that is drawn on.
pub const LEAST: (u16, u16) = (40, 10);

/// Which pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaneKind {
    /// Symbols with their quotes.
    Watchlist,
    /// The selected symbol's chart.
    Chart,
    /// The ticket.
    Ticket,
    /// What is held.
    Positions,
    /// What works.
    Orders,
    /// What was done.
    Fills,
    /// What the gates said.
    Verdicts,
    /// How full each limit is.
    Limits,
    /// The gates in their order, and who waits for one.
    Gates,
    /// What the book is exposed to, by sector, asset class and country.
    Exposures,
    /// NAV over the day against the losses that halt.
    Drawdown,
    /// What is halted, and how the limits came to be what they are.
    History,
    /// The factors' scores, ranked.
    Scores,
    /// The sizers' weights.
    Sizers,
    /// The allocators side by side.
    Allocators,
    /// What the fund should hold against what it holds.
    Targets,
    /// How the assets hang together.
    Clusters,
    /// The efficient frontier.
    Frontier,
    /// The orders that close the drift.
    Basket,
}

/// Why a layout file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("layout '{name}': {why}")]
pub struct LayoutError {
    name: String,
    why: String,
}

/// A part of the screen: a pane, or further parts side by side or under each other.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    /// Columns or rows, in cells; or a share of what is left, with `%`.
    #[serde(default)]
    size: Option<Size>,
    #[serde(default)]
    pane: Option<PaneKind>,
    /// What takes the pane's place while a ticket is open.
    #[serde(default)]
    yields: bool,
    #[serde(default)]
    columns: Vec<Part>,
    #[serde(default)]
    rows: Vec<Part>,
    /// Blank cells between the parts.
    #[serde(default = "one")]
    gap: u16,
}

fn one() -> u16 {
    1
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "toml::Value")]
enum Size {
    Cells(u16),
    Share(u16),
}

impl TryFrom<toml::Value> for Size {
    type Error = String;

    fn try_from(value: toml::Value) -> Result<Self, String> {
        let refuse = || {
            format!(
                "size {} is neither cells, such as 40, nor a share, such as \"30%\"",
                short(&value.to_string())
            )
        };
        match &value {
            toml::Value::Integer(cells) => {
                u16::try_from(*cells).map(Self::Cells).map_err(|_| refuse())
            }
            toml::Value::String(text) => {
                let share = text.strip_suffix('%').and_then(|n| n.parse::<u16>().ok());
                share
                    .filter(|n| (1..=100).contains(n))
                    .map(Self::Share)
                    .ok_or_else(refuse)
            }
            _ => Err(refuse()),
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Variant {
    /// The smallest screen it is for, columns and rows.
    least: (u16, u16),
    /// Blank rows under the header.
    #[serde(default)]
    head: u16,
    body: Part,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    title: String,
    variant: Vec<Variant>,
}

/// A workspace: how its panes stand at every size.
#[derive(Debug, Clone)]
pub struct Layout {
    title: String,
    variants: Vec<Variant>,
}

/// A pane and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// Which pane.
    pub kind: PaneKind,
    /// Where.
    pub area: Rect,
    /// Its number on the screen, from 1.
    pub number: u8,
}

/// What decides how panes stand.
#[derive(Debug, Clone, Copy)]
pub struct Situation {
    /// Whether a ticket is open.
    pub ticket: bool,
    /// The pane that has the whole screen.
    pub zoomed: Option<PaneKind>,
}

impl Layout {
    /// Reads a layout file.
    ///
    /// # Errors
    /// When it is not understood, naming the place.
    pub fn parse(name: &str, text: &str) -> Result<Self, LayoutError> {
        let refuse = |why: String| LayoutError {
            name: name.to_owned(),
            why,
        };
        let mut file: File = toml::from_str(text).map_err(|error| refuse(syntax(text, &error)))?;
        if file.variant.is_empty() {
            return Err(refuse("write at least one [[variant]]".to_owned()));
        }
        file.variant.sort_by_key(|variant| {
            std::cmp::Reverse(u32::from(variant.least.0) * u32::from(variant.least.1))
        });
        Ok(Self {
            title: file.title,
            variants: file.variant,
        })
    }

    /// Reads the shipped workspaces.
    ///
    /// # Errors
    /// When a shipped file is not understood.
    pub fn shipped() -> Result<Vec<Self>, LayoutError> {
        SHIPPED
            .iter()
            .map(|(name, text)| Self::parse(name, text))
            .collect()
    }

    /// Returns the workspace's name on the screen.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Places the panes of a screen; the first row is the header's, the last the hints'.
    ///
    /// Nothing is placed on a screen below [`LEAST`].
    pub fn place(&self, screen: Rect, situation: Situation) -> Vec<Placed> {
        if screen.width < LEAST.0 || screen.height < LEAST.1 {
            return Vec::new();
        }
        let fits = |variant: &&Variant| {
            screen.width >= variant.least.0 && screen.height >= variant.least.1
        };
        let Some(variant) = self.variants.iter().find(fits).or(self.variants.last()) else {
            return Vec::new();
        };
        let whole = Rect::new(screen.x, screen.y + 1, screen.width, screen.height - 2);
        let head = variant.head.min(whole.height);
        let body = Rect::new(whole.x, whole.y + head, whole.width, whole.height - head);
        let mut out = Vec::new();
        place_part(&variant.body, body, situation.ticket, &mut out);
        out.sort_by_key(|placed| (placed.area.y, placed.area.x));
        for (placed, number) in out.iter_mut().zip(1u8..) {
            placed.number = number;
        }
        let has_ticket = out.iter().any(|placed| placed.kind == PaneKind::Ticket);
        let alone = if situation.ticket && !has_ticket {
            Some(PaneKind::Ticket)
        } else {
            situation.zoomed
        };
        match alone {
            Some(kind) => {
                let number = out
                    .iter()
                    .find(|placed| placed.kind == kind)
                    .map_or(0, |p| p.number);
                vec![Placed {
                    kind,
                    area: whole,
                    number,
                }]
            }
            None => out,
        }
    }
}

fn place_part(part: &Part, area: Rect, ticket: bool, out: &mut Vec<Placed>) {
    if let Some(kind) = part.pane {
        let kind = if ticket && part.yields {
            PaneKind::Ticket
        } else {
            kind
        };
        if !area.is_empty() {
            out.push(Placed {
                kind,
                area,
                number: 0,
            });
        }
        return;
    }
    let (parts, across) = if part.columns.is_empty() {
        (&part.rows, false)
    } else {
        (&part.columns, true)
    };
    let whole = if across { area.width } else { area.height };
    let count = u16::try_from(parts.len()).unwrap_or(u16::MAX);
    let room = whole.saturating_sub(part.gap.saturating_mul(count.saturating_sub(1)));
    let mut at = if across { area.x } else { area.y };
    let end = at + whole;
    for (part_in, length) in parts.iter().zip(lengths(parts, room)) {
        let length = length.min(end.saturating_sub(at));
        let place = if across {
            Rect::new(at, area.y, length, area.height)
        } else {
            Rect::new(area.x, at, area.width, length)
        };
        place_part(part_in, place, ticket, out);
        at = at.saturating_add(length).saturating_add(part.gap).min(end);
    }
}

/// Shares `room` cells out: fixed parts first, then shares, the rest evenly.
fn lengths(parts: &[Part], room: u16) -> Vec<u16> {
    let share =
        |percent: u16| u16::try_from(u32::from(room) * u32::from(percent) / 100).unwrap_or(room);
    let wanted = |part: &Part| match part.size {
        Some(Size::Cells(cells)) => Some(cells),
        Some(Size::Share(percent)) => Some(share(percent)),
        None => None,
    };
    let taken: u16 = parts.iter().filter_map(wanted).fold(0, u16::saturating_add);
    let open = u16::try_from(parts.iter().filter(|part| part.size.is_none()).count()).unwrap_or(1);
    let spare = room.saturating_sub(taken);
    let mut extra = spare % open.max(1);
    parts
        .iter()
        .map(|part| {
            wanted(part).unwrap_or_else(|| {
                let one = u16::from(extra > 0);
                extra -= one;
                spare / open.max(1) + one
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overlap(a: Rect, b: Rect) -> bool {
        !a.intersection(b).is_empty()
    }

    #[test]
    fn panes_never_overlap_and_stay_on_the_screen_at_any_size() {
        for layout in Layout::shipped().unwrap() {
            for (width, height) in (1..=220)
                .step_by(7)
                .flat_map(|w| (1..=60).step_by(3).map(move |h| (w, h)))
            {
                let screen = Rect::new(0, 0, width, height);
                for ticket in [false, true] {
                    let placed = layout.place(
                        screen,
                        Situation {
                            ticket,
                            zoomed: None,
                        },
                    );
                    let small = width < LEAST.0 || height < LEAST.1;
                    assert_eq!(placed.is_empty(), small, "{width}x{height}");
                    let has_ticket = placed.iter().any(|p| p.kind == PaneKind::Ticket);
                    assert!(
                        small || !ticket || has_ticket,
                        "{width}x{height} {}",
                        layout.title()
                    );
                    for (at, pane) in placed.iter().enumerate() {
                        assert_eq!(pane.area.intersection(screen), pane.area);
                        assert!(
                            placed
                                .iter()
                                .skip(at + 1)
                                .all(|other| !overlap(pane.area, other.area))
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn an_open_ticket_covers_no_position_or_order() {
        let trade = &Layout::shipped().unwrap()[0];
        for (width, height) in [(200, 56), (120, 36)] {
            let screen = Rect::new(0, 0, width, height);
            let open = trade.place(
                screen,
                Situation {
                    ticket: true,
                    zoomed: None,
                },
            );
            for kind in [PaneKind::Ticket, PaneKind::Positions, PaneKind::Orders] {
                assert!(
                    open.iter().any(|p| p.kind == kind),
                    "{kind:?} at {width}x{height}"
                );
            }
        }
        let small = trade.place(
            Rect::new(0, 0, 80, 24),
            Situation {
                ticket: true,
                zoomed: None,
            },
        );
        assert_eq!(small.len(), 1);
        assert_eq!(small[0].area, Rect::new(0, 1, 80, 22));
    }

    #[test]
    fn a_fault_in_a_file_is_named() {
        let fault = |text: &str| Layout::parse("mine", text).unwrap_err().to_string();
        assert!(fault("title = 'T'\nvariant = []").contains("at least one"));
        let odd = "title='T'\n[[variant]]\nleast=[1,1]\nbody={pane='watchlits'}";
        assert!(fault(odd).contains("watchlits"));
        let size = "title='T'\n[[variant]]\nleast=[1,1]\nbody={rows=[{size='big',pane='chart'}]}";
        assert!(fault(size).contains("neither cells"));
    }
}

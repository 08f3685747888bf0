//! NAV over the day against the losses that halt: a curve, and each period with what is left of its limit.
//!
//! The curve begins with the UTC day, or with the session where that began later. It
//! reaches down to the nearest loss that halts, so that the distance is what one sees.

use std::sync::Arc;
use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use smol_str::{SmolStr, format_smolstr};

use crate::domain::{Money, Timestamp};
use crate::engine::Snapshot;
use crate::ui::action::Action;
use crate::ui::format::{self, Sign};
use crate::ui::pane::limits::{limit_text, share, used};
use crate::ui::pane::loss::{self, Loss};
use crate::ui::pane::{Pane, Reaction, View};
use crate::ui::theme::Role;
use crate::ui::widget::bar::{self, Place};
use crate::ui::widget::grid::{Align, Column, Grid};
use crate::ui::widget::paint::Span;
use crate::ui::widget::plot::{self, Bar, Level, Look, Plot};

const COLUMNS: [Column; 6] = [
    Column::new("", Align::Left, 10, 0),
    Column::new("", Align::Left, 6, 1).stretched(),
    Column::new("change", Align::Point, 7, 0),
    Column::new("halts at", Align::Point, 5, 0),
    Column::new("left USD", Align::Point, 9, 2),
    Column::new("from", Align::Point, 12, 3),
];
/// The column of the bar.
const BAR: usize = 1;
/// Lines of the strip, the headings and the least of a curve.
const CURVE_LEAST: u16 = 6;
/// Columns of the price beside the curve, and of one point.
const AXIS: u16 = 14;
const POINT: u16 = 2;
const DAY: Duration = Duration::from_hours(24);

/// The pane's own state.
#[derive(Debug)]
pub struct DrawdownPane {
    losses: Vec<Loss>,
    bars: Vec<Bar>,
    times: Vec<Timestamp>,
    levels: Vec<Level>,
    grid: Grid,
}

impl Default for DrawdownPane {
    fn default() -> Self {
        Self {
            losses: Vec::new(),
            bars: Vec::new(),
            times: Vec::new(),
            levels: Vec::new(),
            grid: Grid::new(&COLUMNS),
        }
    }
}

impl DrawdownPane {
    /// Puts the day's samples into as many points as there is room for, the newest NAV of each.
    fn take_points(&mut self, width: u16, view: &View<'_>) {
        self.bars.clear();
        self.times.clear();
        let room = u32::from(width.saturating_sub(AXIS) / POINT).max(1);
        let day = view.now.floor(DAY);
        let now = view.snap.exposure.nav_usd().map(|nav| (view.now, nav));
        let samples = view.snap.nav.iter().copied();
        let samples: Vec<(Timestamp, Money)> = samples
            .filter(|(at, _)| *at >= day && *at <= view.now)
            .chain(now)
            .collect();
        let Some((first, _)) = samples.first().copied() else {
            return;
        };
        let step = (view.now.since(first) / room).max(Duration::from_secs(1));
        let mut samples = samples.into_iter().peekable();
        let mut newest = None;
        for point in 1..=room {
            // The newest NAV is always the last point, whatever the step was rounded to.
            let end = if point == room {
                view.now
            } else {
                first.plus(step * point)
            };
            while let Some((_, nav)) = samples.next_if(|(at, _)| *at <= end) {
                newest = Some(nav.to_f64());
            }
            // A point that the day has not come to yet is not drawn.
            if samples.peek().is_none() && end > view.now.plus(step) {
                break;
            }
            let nav = newest.unwrap_or(f64::NAN);
            self.times.push(end);
            self.bars.push(Bar {
                open: nav,
                high: nav,
                low: nav,
                close: nav,
                volume: 0.0,
            });
        }
    }

    fn take_levels(&mut self, view: &View<'_>) {
        self.levels.clear();
        for loss in &self.losses {
            let Some((start, limit)) = loss.start_usd.zip(loss.limit_usd) else {
                continue;
            };
            let limit_text = limit_text(-loss.limit);
            self.levels.push(Level {
                price: (start - limit).to_f64(),
                label: format!("{} {limit_text}", loss.name),
                style: view.theme.deny(),
            });
        }
        let start = self.losses.first().and_then(|loss| loss.start_usd);
        // Without colour it could not be told from the curve, which is near it most of the day.
        let start = start.filter(|_| !view.theme.is_plain());
        self.levels.extend(start.map(|start| Level {
            price: start.to_f64(),
            label: "day began".to_owned(),
            style: view.theme.faint(),
        }));
    }

    fn push_losses(&mut self, view: &View<'_>) {
        self.grid.clear();
        let theme = view.theme;
        let unknown = SmolStr::new_static(view.glyphs.unknown);
        for loss in &self.losses {
            let over = loss.reached();
            let text = if over { theme.deny() } else { theme.text() };
            self.grid.push(loss.name, text);
            self.grid.push("", theme.faint());
            let change = loss.change_usd.zip(loss.start_usd);
            let ratio = change.and_then(|(change, start)| change.ratio(start));
            let style = loss.change_usd.map_or(theme.unknown(), |change| {
                view.signed(change.is_positive(), change.is_negative())
            });
            let ratio = ratio.map(|ratio| format::percent(ratio, 2, Sign::Both));
            self.grid.push(ratio.unwrap_or(unknown.clone()), style);
            self.grid.push(limit_text(-loss.limit), theme.dim());
            let room = loss.change_usd.zip(loss.limit_usd);
            let room = room.map(|(change, limit)| {
                let room = change + limit;
                if over {
                    format_smolstr!("{} halts", format::compact(room))
                } else {
                    format::compact(room)
                }
            });
            self.grid.push(room.unwrap_or(unknown.clone()), text);
            let start = loss.start_usd.map(format::money);
            self.grid
                .push(start.unwrap_or(unknown.clone()), theme.dim());
        }
    }

    fn look(view: &View<'_>) -> Look {
        let theme = view.theme;
        Look {
            bodies: (theme.colour(Role::Up), theme.colour(Role::Down)),
            ground: theme.colour(Role::Pane),
            plain: theme.is_plain(),
            grid: theme.faint(),
            axis: theme.faint(),
            tag: theme.bright().bg(theme.colour(Role::Focus)),
            line: theme.info(),
            glyphs: *view.glyphs,
        }
    }

    /// Returns the label of a point that is the first of its hour.
    fn time_label(&self, at: usize) -> Option<SmolStr> {
        let time = self.times.get(at)?;
        let before = at.checked_sub(1).and_then(|at| self.times.get(at));
        let hour = |at: &Timestamp| at.floor(Duration::from_hours(1));
        (before.is_some_and(|before| hour(before) != hour(time)))
            .then(|| format::hour_minute(hour(time)))
    }

    fn draw_curve(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        if self.bars.len() < 2 {
            let words = "the curve begins with the first minutes of the session";
            let line = vec![Span::new(words, view.theme.dim())];
            return view.empty(area, buf, &[line]);
        }
        // The nearest loss that halts is always in sight.
        let nearest = self.levels.iter().take(self.losses.len());
        let nearest = nearest.map(|level| level.price).reduce(f64::max);
        let plot = Plot {
            bars: &self.bars,
            as_line: true,
            lines: &[],
            levels: &self.levels,
            marks: &[],
            reach: nearest,
            price: &|value| format::charted(value, 0).unwrap_or_default(),
            time: &|at| self.time_label(at),
            look: Self::look(view),
        };
        plot::draw(area, buf, &plot);
    }
}

impl Pane for DrawdownPane {
    fn act(&mut self, _action: Action, _view: &View<'_>) -> Reaction {
        Reaction::Ignored
    }

    fn fit(&mut self, area: Rect, view: &View<'_>) {
        self.losses = loss::losses(view);
        self.take_points(area.width.saturating_sub(1), view);
        self.take_levels(view);
        self.push_losses(view);
        self.grid.place(area.width);
    }

    fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let theme = view.theme;
        let nav = view.snap.exposure.nav_usd();
        let text = nav.map_or(view.glyphs.unknown.into(), format::money);
        let style = if nav.is_some() {
            theme.bright()
        } else {
            theme.unknown()
        };
        let summary = [Span::new(text.to_string(), style)];
        let body = view.open(area, buf, "NAV and drawdown", &summary);
        if self.losses.is_empty() {
            let line = "no limits: a fund without an envelope trades nothing";
            view.empty(body, buf, &[vec![Span::new(line, theme.dim())]]);
            return;
        }
        let table = u16::try_from(self.losses.len() + 1).unwrap_or(u16::MAX);
        let table = table.min(body.height);
        let curve = body.height - table;
        let curve = if curve >= CURVE_LEAST { curve } else { 0 };
        let left = 1.min(body.width);
        let plotted = Rect::new(body.x + left, body.y, body.width - left, curve);
        if curve > 0 {
            self.draw_curve(plotted, buf, view);
        }
        let rows = Rect::new(body.x, body.y + curve, body.width, body.height - curve);
        self.grid.draw(rows, buf, &view.table(), None);
        let Some((x, width)) = self.grid.placed(BAR) else {
            return;
        };
        for (loss, line) in self.losses.iter().zip(rows.rows().skip(1)) {
            let x = line.x.saturating_add(x);
            let place = Place {
                x,
                y: line.y,
                width: width.min(line.right().saturating_sub(x)),
            };
            let Some((change, limit)) = loss.change_usd.zip(loss.limit_usd) else {
                continue;
            };
            let lost = (-change).max(Money::ZERO);
            if let Some(ratio) = share(lost.decimal(), limit.decimal()) {
                let styles = (used(ratio, view), theme.faint());
                bar::line_bar(buf, place, ratio, styles, view.glyphs);
            }
        }
    }

    fn calm(&self) -> Duration {
        Duration::from_millis(500)
    }

    fn touched(&self, old: &Snapshot, new: &Snapshot) -> bool {
        !Arc::ptr_eq(&old.exposure, &new.exposure)
            || !Arc::ptr_eq(&old.ledger, &new.ledger)
            || !Arc::ptr_eq(&old.nav, &new.nav)
            || old.risk.limits().map(Arc::as_ptr) != new.risk.limits().map(Arc::as_ptr)
    }
}

//! The chart of the chosen symbol: candles or a line, averages, own orders and fills.

use std::time::Duration;

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use smol_str::SmolStr;

use crate::domain::{Interval, Symbol, Timestamp};
use crate::engine::Snapshot;
use crate::market::{BarBook, Cell, Freshness, indicator};
use crate::ui::action::Action;
use crate::ui::format;
use crate::ui::pane::{Pane, Reaction, View};
use crate::ui::theme::{Role, Theme};
use crate::ui::widget::paint::{self, Span};
use crate::ui::widget::plot::{self, Bar, Level, Line, Look, Mark, Plot};

/// Columns between figures of the legend.
const LEGEND_GAP: u16 = 2;
/// Bars of the exponential average.
const EMA: usize = 20;

/// The pane's own state.
#[derive(Debug, Default)]
pub struct ChartPane {
    interval: usize,
    as_line: bool,
    bars: Vec<Bar>,
    starts: Vec<Timestamp>,
    /// The exponential average, then the volume-weighted one.
    lines: Vec<Line>,
    levels: Vec<Level>,
    marks: Vec<Mark>,
    symbol: Option<Symbol>,
    /// Whether the last price is an old one, and when that changes.
    stale: bool,
    turns: Option<Timestamp>,
}

fn groups_width(groups: &[Vec<Span<'_>>]) -> u16 {
    let widths = groups
        .iter()
        .map(|group| paint::spans_width(group) + LEGEND_GAP);
    widths.sum::<u16>().saturating_sub(LEGEND_GAP)
}

impl ChartPane {
    fn interval(&self) -> Interval {
        BarBook::CHARTED
            .get(self.interval)
            .copied()
            .unwrap_or(Interval::M1)
    }

    fn take_bars(&mut self, cell: &Cell) {
        let Some(series) = cell.bars().and_then(|bars| bars.series(self.interval())) else {
            return;
        };
        self.starts.extend(
            series
                .iter()
                .map(|candle| Timestamp::from_us(candle.start_us)),
        );
        self.bars.extend(series.iter().map(|candle| Bar {
            open: candle.open,
            high: candle.high,
            low: candle.low,
            close: candle.close,
            volume: candle.volume,
        }));
    }

    fn take_lines(&mut self, view: &View<'_>) {
        let closes = self.bars.iter().map(|bar| bar.close);
        let ema = indicator::ema(closes, EMA);
        // The volume-weighted average starts over with each UTC day.
        let today = self.starts.last().map_or(0, |at| at.day());
        let typical = self.bars.iter().zip(&self.starts).map(|(bar, at)| {
            let volume = if at.day() == today { bar.volume } else { 0.0 };
            ((bar.high + bar.low + bar.close) / 3.0, volume)
        });
        let vwap = indicator::vwap(typical);
        self.lines.push(Line {
            values: ema,
            style: view.theme.warn(),
        });
        self.lines.push(Line {
            values: vwap,
            style: view.theme.info(),
        });
    }

    fn take_own(&mut self, symbol: &Symbol, view: &View<'_>) {
        for record in view
            .snap
            .orders
            .live()
            .filter(|record| record.order.symbol == *symbol)
        {
            let order = &record.order;
            for price in [order.limit_price, order.stop_price].into_iter().flatten() {
                let kind = order.order_type.as_str().replace('_', " ");
                let label = format!(
                    "{} {} {kind}",
                    order.side,
                    format::quantity(order.open_quantity())
                );
                self.levels.push(Level {
                    price: price.to_f64(),
                    label,
                    style: view.theme.info(),
                });
            }
        }
        for booked in view
            .snap
            .ledger
            .fills()
            .iter()
            .filter(|b| b.fill.symbol == *symbol)
        {
            let at = self
                .starts
                .iter()
                .rposition(|start| *start <= booked.fill.timestamp);
            let (glyph, style) = if booked.fill.side.is_buy() {
                (view.glyphs.up, view.theme.info())
            } else {
                (view.glyphs.down, view.theme.info())
            };
            self.marks.extend(at.map(|bar| Mark {
                bar,
                price: booked.fill.price.to_f64(),
                glyph,
                style,
            }));
        }
    }

    fn legend<'a>(&self, decimals: u32, view: &View<'a>) -> Vec<Vec<Span<'a>>> {
        let theme = view.theme;
        let Some(bar) = self.bars.last() else {
            return Vec::new();
        };
        let price = |value: f64| {
            format::charted(value, decimals)
                .unwrap_or_default()
                .to_string()
        };
        let pair = |label: &'static str, value: String, style| {
            vec![Span::new(label, theme.faint()), Span::new(value, style)]
        };
        let mut groups = vec![
            pair("O ", price(bar.open), theme.dim()),
            pair("H ", price(bar.high), theme.dim()),
            pair("L ", price(bar.low), theme.dim()),
            pair("C ", price(bar.close), self.newest(theme)),
        ];
        for (label, line) in ["EMA20 ", "VWAP "].into_iter().zip(&self.lines) {
            let value = line
                .values
                .last()
                .copied()
                .filter(|value| value.is_finite());
            groups.extend(value.map(|value| pair(label, price(value), line.style)));
        }
        groups.push(pair(
            "V ",
            format::charted_count(bar.volume).to_string(),
            theme.dim(),
        ));
        groups
    }

    /// Returns the style of the last price: bright, and dim once it is old.
    fn newest(&self, theme: &Theme) -> Style {
        if self.stale {
            theme.dim()
        } else {
            theme.bright()
        }
    }

    fn look(&self, view: &View<'_>) -> Look {
        let theme = view.theme;
        Look {
            bodies: (theme.colour(Role::Up), theme.colour(Role::Down)),
            ground: theme.colour(Role::Pane),
            plain: theme.is_plain(),
            grid: theme.faint(),
            axis: theme.faint(),
            tag: self.newest(theme).bg(theme.colour(Role::Focus)),
            line: theme.text(),
            glyphs: *view.glyphs,
        }
    }
}

impl Pane for ChartPane {
    fn act(&mut self, action: Action, _view: &View<'_>) -> Reaction {
        let count = BarBook::CHARTED.len();
        match action {
            Action::ChartInterval | Action::MoveDown => self.interval = (self.interval + 1) % count,
            Action::MoveUp => self.interval = (self.interval + count - 1) % count,
            Action::ChartStyle => self.as_line = !self.as_line,
            _ => return Reaction::Ignored,
        }
        Reaction::Done
    }

    fn fit(&mut self, _area: Rect, view: &View<'_>) {
        self.bars.clear();
        self.starts.clear();
        self.lines.clear();
        self.levels.clear();
        self.marks.clear();
        self.symbol = view.symbol.cloned();
        self.turns = None;
        let Some(cell) = view.symbol.and_then(|symbol| view.snap.market.cell(symbol)) else {
            return;
        };
        let freshness = view.snap.market.freshness(cell.symbol(), view.now);
        self.stale = matches!(freshness, Freshness::Stale(_));
        self.turns = view.age_turns(freshness).filter(|_| !self.stale);
        self.take_bars(cell);
        self.take_lines(view);
        self.take_own(cell.symbol(), view);
    }

    fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let theme = view.theme;
        let chosen = self.interval();
        let mut intervals = Vec::new();
        for (at, interval) in BarBook::CHARTED.into_iter().enumerate() {
            let style = if interval == chosen {
                theme.bright()
            } else {
                theme.dim()
            };
            intervals.push(Span::new(if at == 0 { "" } else { " " }, theme.dim()));
            intervals.push(Span::new(interval.as_str(), style));
        }
        let Some(symbol) = &self.symbol else {
            let body = view.open(area, buf, "Chart", &intervals);
            let line = vec![Span::new("choose a symbol in the watchlist", theme.dim())];
            view.empty(body, buf, &[line]);
            return;
        };
        let cell = view.snap.market.cell(symbol);
        let name = cell.map(|cell| cell.name()).unwrap_or_default();
        let dot = view.glyphs.dot;
        let title = if name.is_empty() {
            format!("{symbol} {dot} {chosen}")
        } else {
            format!("{symbol} {dot} {name} {dot} {chosen}")
        };
        let body = view.open(area, buf, &title, &intervals);
        if self.bars.is_empty() {
            let line = vec![Span::new(
                "no price yet: candles grow with the first quotes",
                theme.dim(),
            )];
            view.empty(body, buf, &[line]);
            return;
        }
        let decimals = view.decimals(symbol);
        let legend = u16::from(body.height >= 8);
        let plotted = Rect::new(
            body.x + 1.min(body.width),
            body.y,
            body.width.saturating_sub(1),
            body.height.saturating_sub(legend),
        );
        let plot = Plot {
            bars: &self.bars,
            as_line: self.as_line,
            lines: &self.lines,
            levels: &self.levels,
            marks: &self.marks,
            reach: None,
            price: &|value| format::charted(value, decimals).unwrap_or_default(),
            time: &|at| self.time_label(at),
            look: self.look(view),
        };
        plot::draw(plotted, buf, &plot);
        if legend > 0 {
            let y = body.bottom().saturating_sub(1);
            let room = body.width.saturating_sub(2);
            let mut legend = self.legend(decimals, view);
            // The newest close and the averages stay; open, high and low give way.
            while legend.len() > 2 && groups_width(&legend) > room {
                legend.remove(0);
            }
            paint::groups(buf, (body.x + 1, y), room, LEGEND_GAP, &legend);
        }
    }

    fn touched(&self, old: &Snapshot, new: &Snapshot) -> bool {
        let Some(symbol) = &self.symbol else {
            return true;
        };
        let same_cell = match (old.market.cell(symbol), new.market.cell(symbol)) {
            (Some(old), Some(new)) => Arc::ptr_eq(old, new),
            _ => false,
        };
        !same_cell
            || !Arc::ptr_eq(&old.orders, &new.orders)
            || !Arc::ptr_eq(&old.ledger, &new.ledger)
    }

    fn calm(&self) -> Duration {
        Duration::from_millis(100)
    }

    fn wake(&self) -> Option<Timestamp> {
        self.turns
    }
}

impl ChartPane {
    /// Returns the label of a bar that begins something round: an hour, a day, a month.
    fn time_label(&self, at: usize) -> Option<SmolStr> {
        let start = *self.starts.get(at)?;
        let (hour, minute, _) = start.clock();
        match self.interval() {
            Interval::D1 | Interval::W1 => (start.date().day() == 1).then(|| format::day(start)),
            Interval::H1 | Interval::H4 => (hour == 0).then(|| format::day(start)),
            Interval::M15 | Interval::M30 => {
                (minute == 0 && hour.is_multiple_of(4)).then(|| format::hour_minute(start))
            }
            Interval::M5 => (minute == 0).then(|| format::hour_minute(start)),
            Interval::M1 => minute
                .is_multiple_of(10)
                .then(|| format::hour_minute(start)),
        }
    }
}

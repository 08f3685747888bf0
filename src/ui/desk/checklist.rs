//! The checklist of a halt: over the panes, taking no keys, until every venue has settled.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::engine::NoticeKind;
use crate::order::checklist::{Checklist, VenueRow};
use crate::ui::action::Action;
use crate::ui::desk::Desk;
use crate::ui::format;
use crate::ui::pane::pretty;
use crate::ui::widget::paint::{self, Span};

impl Desk {
    /// Returns the checklist while anything in it is open.
    pub(super) fn open_checklist(&self) -> Option<Checklist> {
        let list = self.snap.checklist(self.now)?;
        (!list.is_settled()).then_some(list)
    }

    /// Says once that what a halt takes back has all ended, however fast the venues were.
    pub(super) fn tell_settled(&mut self) {
        let list = self.snap.checklist(self.now);
        let Some(list) = list.filter(Checklist::is_settled) else {
            return;
        };
        if self.settled.as_ref() == Some(&list.halt_id) {
            return;
        }
        let ended: usize = list.rows.iter().map(|row| row.acked).sum();
        let filled: usize = list.rows.iter().map(|row| row.filled).sum();
        if ended > 0 {
            let orders = if ended == 1 { "order" } else { "orders" };
            let words = format!(
                "the halt has settled: {ended} {orders} ended, {filled} of them filled, {} kept",
                list.kept
            );
            self.say(NoticeKind::Done, words);
        }
        self.settled = Some(list.halt_id);
        self.dirty.all = true;
    }

    /// Paints the checklist at the foot of `body`.
    pub(super) fn paint_checklist(&self, body: Rect, buf: &mut Buffer, list: &Checklist) {
        let theme = &self.theme;
        let width = body.width.min(76);
        let rows = u16::try_from(list.rows.len()).unwrap_or(1);
        let height = rows.saturating_add(2).min(body.height);
        let area = Rect::new(
            body.right().saturating_sub(width),
            body.bottom().saturating_sub(height),
            width,
            height,
        );
        paint::fill(buf, area, theme.bar());
        paint::fill(buf, paint::row(area, 0), theme.tag(true));
        let room = width.saturating_sub(2);
        let title = format!(
            "HALT by {} at {}: orders taken back, {} kept",
            list.by,
            format::clock(list.at),
            list.kept
        );
        let at = |line: u16| (area.x + 1, area.y + line);
        paint::text(buf, at(0), room, &title, theme.tag(true));
        for (row, line) in list.rows.iter().zip(1..) {
            if line < height {
                paint::spans(buf, at(line), room, &self.venue_line(row));
            }
        }
        let palette = pretty(&self.keymap.key_of(Action::Palette));
        let words = format!("stays until settled; {palette}flatten closes every position");
        let foot = height.saturating_sub(1);
        if foot > rows {
            paint::text(buf, at(foot), room, &words, theme.dim());
        }
    }

    fn venue_line(&self, row: &VenueRow) -> Vec<Span<'static>> {
        let (theme, glyphs) = (&self.theme, &self.settings.glyphs);
        let (mark, style) = if row.is_settled() {
            (glyphs.pass, theme.ok())
        } else if row.unverified > 0 {
            (glyphs.refuse, theme.deny())
        } else {
            (glyphs.dot, theme.warn())
        };
        let unverified = if row.unverified > 0 {
            theme.deny()
        } else {
            theme.dim()
        };
        let link = if row.up { "" } else { "  unreachable" };
        let counts = format!(
            "{:>3} sent {:>3} acked {:>3} filled ",
            row.sent, row.acked, row.filled
        );
        vec![
            Span::new(format!("{mark} {:<10} ", row.broker.as_str()), style),
            Span::new(counts, theme.text()),
            Span::new(format!("{:>3} unverified", row.unverified), unverified),
            Span::new(link, theme.warn()),
        ]
    }
}

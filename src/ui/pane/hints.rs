//! The bottom line: keys that work now, or the newest message; workspaces at the right.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::engine::NoticeKind;
use crate::ui::action::Action;
use crate::ui::pane::View;
use crate::ui::widget::paint;

/// What stands in the bottom line.
#[derive(Debug)]
pub struct Hints<'a> {
    /// Actions whose keys work now and what they do here, the most wanted first.
    pub actions: &'a [(Action, &'a str)],
    /// A message, while it is fresh.
    pub message: Option<(NoticeKind, &'a str)>,
    /// Workspaces, and which one shows.
    pub workspaces: &'a [&'a str],
    /// The one that shows.
    pub current: usize,
}

/// Paints the bottom line into the last row of `area`.
pub fn draw(area: Rect, buf: &mut Buffer, view: &View<'_>, hints: &Hints<'_>) {
    let Some(last) = area.height.checked_sub(1) else {
        return;
    };
    let line = paint::row(area, last);
    let theme = view.theme;
    paint::fill(buf, line, theme.bar());
    let tabs: u16 = hints
        .workspaces
        .iter()
        .map(|name| paint::width(name) + 2)
        .sum();
    let mut end = line.right();
    if tabs + 24 <= line.width {
        end = line.right().saturating_sub(tabs);
        let mut x = end;
        for (at, name) in hints.workspaces.iter().enumerate() {
            let width = paint::width(name) + 2;
            let chosen = at == hints.current;
            if chosen {
                paint::fill(buf, Rect::new(x, line.y, width, 1), theme.strip(true));
            }
            let style = if chosen { theme.bright() } else { theme.dim() };
            paint::text(buf, (x + 1, line.y), width - 1, name, style);
            x += width;
        }
    }
    let left = line.x.saturating_add(1);
    let room = end.saturating_sub(left).saturating_sub(1);
    if let Some((kind, text)) = hints.message {
        let (mark, style) = match kind {
            NoticeKind::Info => (view.glyphs.dot, theme.info()),
            NoticeKind::Done => (view.glyphs.pass, theme.ok()),
            NoticeKind::Refused => (view.glyphs.refuse, theme.deny()),
            NoticeKind::Alarm => ("!", theme.warn()),
        };
        let at = paint::text(buf, (left, line.y), room, mark, style).saturating_add(1);
        let room = end.saturating_sub(1).saturating_sub(at);
        let text = (text, view.glyphs.more);
        paint::text_cut(buf, (at, line.y), room, text, theme.text());
        return;
    }
    let groups: Vec<_> = hints
        .actions
        .iter()
        .map(|(action, label)| view.hint_as(*action, label))
        .collect();
    let gap = if room > 110 { 3 } else { 2 };
    paint::groups(buf, (left, line.y), room, gap, &groups);
}

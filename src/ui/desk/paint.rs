//! Painting the desk: only what is dirty, popups over the panes, hints at the foot.

use std::io::Write;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::domain::{OrderId, Timestamp};
use crate::ui::action::{Action, ActionSpec, Scope};
use crate::ui::desk::able::prompt_keys;
use crate::ui::desk::popup::Popup;
use crate::ui::desk::{Desk, Dirty};
use crate::ui::format;
use crate::ui::frame::FrameWriter;
use crate::ui::keymap::{Branch, Key, Node};
use crate::ui::layout::{LEAST, PaneKind, Placed};
use crate::ui::pane::{View, header, hints};
use crate::ui::widget::paint::{self, Span};
use crate::ui::widget::{picker, which_key};

macro_rules! view {
    ($desk:expr, $focused:expr, $number:expr) => {
        View {
            snap: &$desk.snap,
            value: &$desk.value,
            now: $desk.now,
            theme: &$desk.theme,
            glyphs: &$desk.settings.glyphs,
            keys: &$desk.keymap,
            scope: $desk.bare_scope(),
            symbol: $desk.symbol.as_ref(),
            focused: $focused,
            number: $number,
        }
    };
}

impl Desk {
    /// Paints what is dirty into the frame and marks it; the caller presents the frame.
    pub fn draw<W: Write>(&mut self, frame: &mut FrameWriter<W>, now: Timestamp) {
        self.now = now.max(self.now);
        if frame.area() != self.screen {
            self.on_resize(frame.area().width, frame.area().height);
        }
        let mut dirty = std::mem::take(&mut self.dirty);
        // What lies over the panes is painted over whatever they paint.
        let covered = self.popup.is_some()
            || !self.pending.keys().is_empty()
            || self.open_checklist().is_some();
        dirty.all |= covered && dirty.any();
        self.paint(frame, &dirty);
    }

    fn paint<W: Write>(&mut self, frame: &mut FrameWriter<W>, dirty: &Dirty) {
        let screen = self.screen;
        if self.too_small() {
            if dirty.any() {
                self.paint_too_small(frame.buffer());
                frame.touch(screen);
            }
            return;
        }
        if dirty.all {
            paint::fill(frame.buffer(), screen, self.theme.gap());
        }
        for placed in self.placed.clone() {
            if dirty.all || dirty.panes.contains(&placed.kind) {
                self.paint_pane(placed, frame, dirty.all);
            }
        }
        if dirty.all || dirty.header {
            let view = view!(self, false, 0);
            header::draw(
                screen,
                frame.buffer(),
                &view,
                self.locked,
                self.shows_seconds(),
            );
            frame.touch(paint::row(screen, 0));
        }
        if dirty.all || dirty.hints {
            self.paint_hints(frame.buffer());
            frame.touch(paint::row(screen, screen.height - 1));
        }
        if dirty.all {
            if let Some(list) = self.open_checklist() {
                self.paint_checklist(self.body(), frame.buffer(), &list);
            }
            self.paint_popup(frame.buffer());
            frame.touch(screen);
        }
    }

    /// Returns true when the screen has no room for anything but saying so.
    pub(super) fn too_small(&self) -> bool {
        self.screen.width < LEAST.0 || self.screen.height < LEAST.1
    }

    fn paint_too_small(&self, buf: &mut Buffer) {
        paint::fill(buf, self.screen, self.theme.pane());
        let words = [
            format!("{}x{} is too small", self.screen.width, self.screen.height),
            format!("the desk needs {}x{}", LEAST.0, LEAST.1),
        ];
        for (words, row) in words.iter().zip(self.screen.rows()) {
            paint::text(buf, (row.x, row.y), row.width, words, self.theme.text());
        }
    }

    /// Paints a pane; where nothing else was painted over it, only its lines that differ.
    fn paint_pane<W: Write>(&mut self, placed: Placed, frame: &mut FrameWriter<W>, whole: bool) {
        let ticket = self.panes.ticket.is_open();
        let focused = if ticket {
            placed.kind == PaneKind::Ticket
        } else {
            placed.kind == self.focus
        };
        self.pace.painted(placed.kind, self.now);
        let view = view!(self, focused, placed.number);
        let pane = self.panes.get_mut(placed.kind);
        pane.fit(placed.area, &view);
        if let Some(lines) = pane.differing().filter(|_| !whole) {
            for line in lines {
                pane.draw_line(*line, placed.area, frame.buffer(), &view);
                frame.touch(paint::row(placed.area, *line));
            }
            return;
        }
        pane.draw(placed.area, frame.buffer(), &view);
        if !whole {
            frame.touch(placed.area);
        }
    }

    fn paint_hints(&self, buf: &mut Buffer) {
        let view = view!(self, false, 0);
        let titles: Vec<&str> = self
            .settings
            .layouts
            .iter()
            .map(crate::ui::layout::Layout::title)
            .collect();
        let actions = self.hinted();
        let message = self
            .message
            .as_ref()
            .map(|message| (message.kind, message.text.as_str()));
        let hints = hints::Hints {
            actions: &actions,
            message: message.filter(|_| {
                matches!(
                    self.popup,
                    None | Some(
                        Popup::Prompt(_)
                            | Popup::Envelope(_)
                            | Popup::Stage(_)
                            | Popup::List { .. }
                    )
                )
            }),
            workspaces: &titles,
            current: self.workspace,
        };
        hints::draw(self.screen, buf, &view, &hints);
    }

    fn paint_popup(&self, buf: &mut Buffer) {
        let body = self.body();
        match &self.popup {
            Some(Popup::Palette { picker, .. } | Popup::Symbols { picker, .. }) => {
                picker.draw(picker::Picker::place(body), buf, &self.picker_look());
            }
            Some(Popup::Help { first }) => self.paint_help(body, buf, *first),
            Some(Popup::Detail(detail)) => detail.draw(body, buf, &view!(self, false, 0)),
            Some(Popup::Menu) => {
                let root = self.menu();
                self.paint_keys(body, buf, "what can be done here", &root);
            }
            Some(Popup::AskQuit { working }) => {
                let orders = if *working == 1 {
                    "order works"
                } else {
                    "orders work"
                };
                let words = format!("{working} {orders} on and will not be watched from here");
                let line = vec![Span::new(words, self.theme.text())];
                let keys = [(Action::Pick, "leave"), (Action::Dismiss, "stay")];
                self.paint_question(body, buf, "Leave the desk?", &line, &keys);
            }
            Some(Popup::Prompt(prompt)) => {
                let view = view!(self, false, 0);
                let keys: Vec<_> = prompt_keys(prompt)
                    .iter()
                    .map(|(action, label)| view.hint_as(*action, label))
                    .collect();
                let look = (&self.theme, &self.settings.glyphs);
                prompt.draw(body, buf, look, &keys);
            }
            Some(Popup::AskDecide {
                order_id,
                pass,
                reason,
            }) => self.paint_decision(body, buf, order_id, *pass, reason),
            Some(Popup::Envelope(editor)) => {
                editor.draw(body, buf, &self.theme, &self.settings.glyphs);
            }
            Some(Popup::Stage(stage)) => stage.draw(body, buf, &view!(self, false, 0)),
            Some(Popup::List { listed, at }) => self.paint_list(body, buf, *listed, *at),
            // The verdicts themselves show what is typed.
            Some(Popup::Find) | None => {}
        }
        let keys = self.pending.keys();
        if let Some(branch) = self
            .keymap
            .branch(self.scope(), keys)
            .filter(|_| !keys.is_empty())
        {
            self.paint_keys(body, buf, &branch.label, &entries(branch));
        }
    }

    /// Paints the question about an order that waits, with the time that is left.
    fn paint_decision(
        &self,
        body: Rect,
        buf: &mut Buffer,
        order_id: &OrderId,
        pass: bool,
        reason: &str,
    ) {
        let (theme, caret) = (&self.theme, self.settings.glyphs.caret);
        let left = self.left(order_id).map_or(0, format::seconds_left);
        let verb = if pass { "Let it go" } else { "Veto it" };
        let title = format!("{verb}? {}, {left} s left", self.named(order_id));
        let line = vec![
            Span::new("reason ", theme.dim()),
            Span::new(reason, theme.bright()),
            Span::new(caret, theme.accent()),
        ];
        self.paint_question(body, buf, &title, &line, &Self::decision_keys(pass));
    }

    fn picker_look(&self) -> picker::Look {
        let (theme, glyphs) = (&self.theme, &self.settings.glyphs);
        picker::Look {
            ground: theme.bar(),
            strip: theme.strip(true),
            query: theme.bright(),
            name: theme.text(),
            doc: theme.dim(),
            hint: theme.key(),
            cursor: theme.cursor(),
            mark: theme.accent(),
            glyphs: (glyphs.cursor, glyphs.caret),
        }
    }

    fn paint_keys(&self, body: Rect, buf: &mut Buffer, title: &str, entries: &[which_key::Entry]) {
        let theme = &self.theme;
        let look = which_key::Look {
            ground: theme.bar(),
            strip: theme.strip(true),
            title: theme.bright(),
            key: theme.key(),
            label: theme.text(),
        };
        which_key::draw(which_key::place(body, entries), buf, title, entries, &look);
    }

    /// Lists what works now with its key, longer bindings in full.
    fn menu(&self) -> Vec<which_key::Entry> {
        let rows = Action::TABLE.iter().filter(|spec| {
            self.bare_scope().chain().contains(&spec.scope)
                && !spec.action.repeats()
                && self.works(spec.action)
        });
        // What is done comes before how to move.
        let moves = |spec: &&ActionSpec| !(Action::Buy..=Action::Resume).contains(&spec.action);
        let mut rows: Vec<&ActionSpec> = rows.collect();
        rows.sort_by_key(moves);
        let listed = rows
            .into_iter()
            .map(|spec| (self.keymap.key_of(spec.action), spec.label.to_owned()));
        listed.filter(|(key, _)| !key.is_empty()).collect()
    }

    fn paint_question(
        &self,
        body: Rect,
        buf: &mut Buffer,
        title: &str,
        line: &[Span<'_>],
        keys: &[(Action, &str)],
    ) {
        let theme = &self.theme;
        let width = body.width.min(64);
        let area = Rect::new(
            (body.width - width) / 2,
            body.y + body.height / 3,
            width,
            6.min(body.height),
        );
        paint::fill(buf, area, theme.bar());
        paint::fill(buf, paint::row(area, 0), theme.strip(true));
        let at = |line: u16| (area.x + 1, area.y + line);
        let room = width.saturating_sub(2);
        paint::text(buf, at(0), room, title, theme.bright());
        // What is being typed is seen at its end.
        let over = paint::spans_width(line).saturating_sub(room);
        paint::spans_from(buf, at(2), room, line, over);
        let view = view!(self, false, 0);
        let keys: Vec<_> = keys
            .iter()
            .map(|(action, label)| view.hint_as(*action, label))
            .collect();
        paint::groups(buf, at(4), room, 3, &keys);
    }

    /// Paints every key from the table, in columns, a scope under its heading.
    fn paint_help(&self, body: Rect, buf: &mut Buffer, first: usize) {
        let theme = &self.theme;
        paint::fill(buf, body, theme.pane());
        let top = paint::row(body, 0);
        paint::fill(buf, top, theme.strip(true));
        paint::text(buf, (top.x + 1, top.y), top.width, "Keys", theme.bright());
        let lines = self.help_lines();
        let (columns, rows) = help_room(body);
        let wide = body.width / columns;
        let room = rows * usize::from(columns);
        let first = first.min(lines.len().saturating_sub(room));
        let (from, to) = (first + 1, (first + room).min(lines.len()));
        let count = format!("{from}-{to} of {}", lines.len());
        paint::text_right(
            buf,
            (top.right().saturating_sub(1), top.y),
            16,
            &count,
            theme.dim(),
        );
        for (at, (key, words)) in lines.iter().skip(first).take(room).enumerate() {
            let column = u16::try_from(at / rows).unwrap_or(0);
            let line = u16::try_from(at % rows).unwrap_or(0);
            let x = body.x + column * wide + 1;
            let y = body.y + 1 + line;
            let room = wide.saturating_sub(2);
            if words.is_empty() {
                paint::text(buf, (x, y), room, key, theme.faint());
            } else {
                paint::text(buf, (x, y), 19.min(room), key, theme.key());
                paint::text(
                    buf,
                    (x + 20, y),
                    room.saturating_sub(20),
                    words,
                    theme.text(),
                );
            }
        }
    }

    /// Stops the help's scrolling at its last line.
    pub(super) fn keep_help_in_sight(&mut self) {
        let (columns, rows) = help_room(self.body());
        let room = rows * usize::from(columns);
        let last = self.help_lines().len().saturating_sub(room);
        let body = self.body();
        let mut popup = self.popup.take();
        if let Some(Popup::Help { first }) = &mut popup {
            *first = (*first).min(last);
        }
        if let Some(Popup::Detail(detail)) = &mut popup {
            detail.keep_in_sight(body, &view!(self, false, 0));
        }
        self.popup = popup;
    }

    /// Returns what lies between the header and the bottom line.
    pub(super) fn body(&self) -> Rect {
        let height = self.screen.height.saturating_sub(2);
        Rect::new(0, 1, self.screen.width, height)
    }

    fn help_lines(&self) -> Vec<(String, &'static str)> {
        let mut lines = Vec::new();
        for scope in Scope::ALL {
            if !lines.is_empty() {
                lines.push((String::new(), ""));
            }
            lines.push((scope.heading().to_owned(), ""));
            for spec in Action::TABLE.iter().filter(|spec| spec.scope == scope) {
                let keys: Vec<String> = self.keymap.keys_of(spec.action).collect();
                let keys = keys.join("  ");
                match spec.action {
                    // Nine lines that say the same are one.
                    Action::Focus1 => {
                        let keys = format!("{keys} .. {}", self.keymap.key_of(Action::Focus9));
                        lines.push((keys, "Moves focus to the pane of that number."));
                    }
                    Action::Focus2
                    | Action::Focus3
                    | Action::Focus4
                    | Action::Focus5
                    | Action::Focus6
                    | Action::Focus7
                    | Action::Focus8
                    | Action::Focus9 => {}
                    _ => lines.push((keys, spec.doc)),
                }
            }
        }
        lines
    }
}

/// Returns the columns of the help and the lines in each.
fn help_room(body: Rect) -> (u16, usize) {
    let columns = (body.width / 84).clamp(1, 2);
    (columns, usize::from(body.height.saturating_sub(1)).max(1))
}

fn entries(branch: &Branch) -> Vec<which_key::Entry> {
    let mut entries: Vec<which_key::Entry> = branch
        .keys
        .iter()
        .map(|(key, node): &(Key, Node)| match node {
            Node::Leaf(action) => (key.to_string(), action.spec().label.to_owned()),
            Node::Branch(branch) => (key.to_string(), format!("{} ...", branch.label)),
        })
        .collect();
    entries.sort();
    entries
}

//! Staging the basket: a review that stands still, and what is sent of it.
//!
//! What is reviewed is what is sent: the lines, their sizes and the quotes they were judged
//! by are frozen when the review opens. Only lines that pass now leave, each as an order of
//! its own that walks the gates again; what waits is left for the next basket.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::domain::{IdempotencyKey, Price, Timestamp};
use crate::engine::{NoticeKind, Snapshot};
use crate::event::{Command, HistoryKind, Reviewed};
use crate::order::basket::{Basket, Line, Standing};
use crate::ui::action::Action;
use crate::ui::desk::popup::Popup;
use crate::ui::desk::{Desk, Reaction};
use crate::ui::format;
use crate::ui::layout::PaneKind;
use crate::ui::pane::View;
use crate::ui::pane::basket::{COLUMNS, Sent, basket_of, push_line};
use crate::ui::pane::ticket::Slip;
use crate::ui::widget::grid::Grid;
use crate::ui::widget::paint::{self, Span};

/// Columns at most; longer lines are harder to read.
const WIDTH_MOST: u16 = 124;
/// Rows beside the lines: the title, what is said of the whole, the headings, a blank one and the keys.
const AROUND: u16 = 5;

/// A basket under review.
#[derive(Debug)]
pub(super) struct Stage {
    basket: Basket,
    /// When its targets were computed.
    studied: Timestamp,
    first: usize,
}

impl Stage {
    /// Freezes the basket of a snapshot; none where there are no targets.
    fn new(desk: &Desk, batch: &IdempotencyKey) -> Option<Self> {
        let settings = desk.panes.basket.settings();
        let basket = basket_of(&desk.snap, settings, batch, desk.now)?;
        Some(Self {
            basket,
            studied: desk.snap.study.as_ref()?.made.at,
            first: 0,
        })
    }

    /// Scrolls by a line.
    pub(super) fn step(&mut self, down: bool) {
        self.first = if down {
            self.first.saturating_add(1)
        } else {
            self.first.saturating_sub(1)
        };
    }

    /// Keeps the last line in sight on a screen of that body.
    pub(super) fn keep_in_sight(&mut self, body: Rect) {
        let room = usize::from(body.height.saturating_sub(AROUND));
        self.first = self.first.min(self.lines().count().saturating_sub(room));
    }

    /// Iterates over what is traded or refused; what is skipped is no part of the question.
    fn lines(&self) -> impl Iterator<Item = &Line> {
        let lines = self.basket.lines.iter();
        lines.filter(|line| line.standing != Standing::Skipped)
    }

    fn count(&self, standing: Standing) -> usize {
        self.basket.count(standing)
    }

    /// Says what becomes of the lines: how many go, wait and are refused.
    fn title(&self) -> String {
        let go = self.count(Standing::Now);
        let orders = if go == 1 { "order goes" } else { "orders go" };
        let waits = self.lines().count() - go - self.count(Standing::Refused);
        let refused = self.count(Standing::Refused);
        let rest = [(waits, "wait"), (refused, "refused")];
        let rest = rest.into_iter().filter(|(count, _)| *count > 0);
        let rest: Vec<String> = rest
            .map(|(count, word)| format!(", {count} {word}"))
            .collect();
        format!("Send the basket? {go} {orders} now{}", rest.concat())
    }

    /// Paints it over the desk.
    pub(super) fn draw(&self, body: Rect, buf: &mut Buffer, view: &View<'_>) {
        let theme = view.theme;
        let width = body.width.min(WIDTH_MOST);
        let count = u16::try_from(self.lines().count()).unwrap_or(u16::MAX);
        let height = count.saturating_add(AROUND).min(body.height);
        let x = body.x + (body.width - width) / 2;
        let area = Rect::new(x, body.y + (body.height - height) / 3, width, height);
        paint::fill(buf, area, theme.bar());
        paint::fill(buf, paint::row(area, 0), theme.strip(true));
        let room = width.saturating_sub(2);
        paint::text(buf, (x + 1, area.y), room, &self.title(), theme.bright());
        let said = paint::row(area, 1);
        if !said.is_empty() {
            paint::spans(buf, (x + 1, said.y), room, &self.said(view));
        }
        let inner = area.height.saturating_sub(4);
        let table = Rect::new(x, area.y + 2.min(height), width, inner);
        let mut grid = Grid::new(&COLUMNS);
        let shown = usize::from(inner.saturating_sub(1));
        for line in self.lines().skip(self.first).take(shown) {
            push_line(&mut grid, line, view);
        }
        grid.place(width);
        grid.draw(table, buf, &view.table(), None);
        let mut keys = Vec::new();
        if self.count(Standing::Now) > 0 {
            keys.push(view.hint_as(Action::Send, "send what goes now"));
        }
        keys.push(view.hint_as(Action::Unreview, "back, nothing is sent"));
        if self.lines().count() > shown {
            keys.push(view.hint_as(Action::ReviewDown, "more"));
        }
        let foot = (x + 1, area.bottom().saturating_sub(1));
        paint::groups(buf, foot, room, 3, &keys);
    }

    /// Returns the line under the title: what it is worth, as of when, and from which targets.
    fn said(&self, view: &View<'_>) -> Vec<Span<'static>> {
        let theme = view.theme;
        let value = self.basket.turnover_usd().map(format::compact);
        let value = value.map_or(view.glyphs.unknown.to_owned(), |value| value.to_string());
        let (seen, studied) = (format::clock(self.basket.at), format::clock(self.studied));
        let mut spans = vec![
            Span::new(value, theme.text()),
            Span::new(" USD at the mark, ", theme.dim()),
            Span::new(format!("as seen {seen}, targets of {studied}"), theme.dim()),
        ];
        let history = view.snap.study.as_ref().map(|study| study.history);
        if let Some(HistoryKind::Synthetic | HistoryKind::Mixed) = history {
            spans.push(Span::new(", synthetic history", theme.warn()));
        }
        spans
    }

    /// Returns the commands of the lines that go now, and what to follow of each.
    fn commands(&self, snap: &Snapshot, slip: Slip) -> Vec<(Command, Sent)> {
        let now = self.lines().filter(|line| line.standing == Standing::Now);
        now.filter_map(|line| {
            let (ticket, (side, quantity)) = (line.ticket.clone()?, line.trade?);
            let tick = snap.market.instrument(&line.symbol).map(|known| known.tick);
            let touch = line.quote.as_ref().map(|quote| quote.touch(side));
            let slip = slip.of(touch.unwrap_or(Price::ZERO), tick.unwrap_or(Price::ZERO));
            let reviewed = Reviewed {
                quote: line.quote.clone(),
                refusals: Vec::new(),
                at: self.basket.at,
                slip,
            };
            let sent = Sent {
                key: ticket.idempotency_key.clone(),
                symbol: line.symbol.clone(),
                side,
                quantity,
            };
            let command = Command::Place {
                ticket: Box::new(ticket),
                reviewed: Some(Box::new(reviewed)),
            };
            Some((command, sent))
        })
        .collect()
    }
}

impl Desk {
    /// Opens the review of the basket.
    pub(super) fn stage(&mut self) -> Reaction {
        if let Some(why) = self.barred() {
            self.say(NoticeKind::Refused, why);
            return Reaction::Done;
        }
        // The keys of its orders are born here: however often it is sent, it is one basket.
        let batch = IdempotencyKey::new(self.ids.token());
        let stage = batch.ok().and_then(|batch| Stage::new(self, &batch));
        let Some(stage) = stage else {
            let words = "no targets yet: nothing to bring the fund to";
            self.say(NoticeKind::Info, words);
            return Reaction::Done;
        };
        if stage.lines().next().is_none() {
            let words = "nothing to trade: what is held is within the bands of its targets";
            self.say(NoticeKind::Info, words);
            return Reaction::Done;
        }
        self.message = None;
        self.open_popup(Popup::Stage(Box::new(stage)))
    }

    /// Does what a key means in the review of the basket.
    pub(super) fn act_on_stage(&mut self, action: Action, mut stage: Box<Stage>) -> Reaction {
        match action {
            Action::Send => return self.send_basket(stage),
            Action::ReviewDown | Action::ReviewUp => {
                stage.step(action == Action::ReviewDown);
                stage.keep_in_sight(self.body());
            }
            Action::Unreview | Action::Dismiss => return Reaction::Done,
            _ => {}
        }
        self.open_popup(Popup::Stage(stage))
    }

    /// Sends the lines that go now, as reviewed, reductions first.
    fn send_basket(&mut self, stage: Box<Stage>) -> Reaction {
        let blocked = self.blocked.then(|| {
            "panic: the basket waits until the halt is seen, then stage it again".to_owned()
        });
        if let Some(why) = self.barred().or(blocked) {
            self.say(NoticeKind::Refused, why);
            return self.open_popup(Popup::Stage(stage));
        }
        let commands = stage.commands(&self.snap, self.settings.slip);
        if commands.is_empty() {
            self.say(NoticeKind::Refused, "nothing of it goes now");
            return self.open_popup(Popup::Stage(stage));
        }
        let (of, mut sent) = (commands.len(), Vec::new());
        let mut refused = None;
        for (command, follow) in commands {
            match self.sink.send(command) {
                Ok(()) => sent.push(follow),
                Err(why) => {
                    // What comes after stands on what comes before.
                    refused = Some(format!("{}: {why}", follow.symbol));
                    break;
                }
            }
        }
        let count = sent.len();
        match refused {
            Some(why) => {
                let words = format!("sent {count} of {of} orders of the basket, then {why}");
                self.say(NoticeKind::Refused, words);
            }
            None => self.say(
                NoticeKind::Info,
                format!("sent {count} orders of the basket"),
            ),
        }
        if count > 0 {
            self.panes.basket.follow(sent);
        }
        self.dirty.pane(PaneKind::Basket);
        Reaction::Done
    }
}

//! What is asked for in words: a halt and its lifting, limits, flows, a flatten, a correction.
//!
//! Stopping is never barred. Everything else is asked in a prompt that says what it
//! will do, and leaves as a command only when a person answers.

use crate::domain::{HaltRequest, HaltScope, Money, RiskEnvelope};
use crate::engine::NoticeKind;
use crate::event::Command;
use crate::ui::action::Action;
use crate::ui::desk::editor::Editor;
use crate::ui::desk::lists::{needs, target_of};
use crate::ui::desk::popup::Popup;
use crate::ui::desk::prompt::{Asks, FLATTEN_WORD, Prompt};
use crate::ui::desk::{Desk, Reaction};

impl Desk {
    /// Stops opening risk. Works locked too: stopping is never locked out.
    pub(super) fn panic(&mut self) -> Reaction {
        let request = HaltRequest {
            halt_id: self.ids.token(),
            scope: HaltScope::Fund,
            target: self.snap.desk.fund_id.to_string(),
            reason: "panic key".to_owned(),
            actor: self.settings.actor.clone(),
            cancel_open_orders: true,
            flatten: false,
            requested_at: self.now,
        };
        self.dirty.all = true;
        self.popup = None;
        if self.snap.stopped.is_some() {
            let words = "trading is stopped already, and a halt cannot be kept: stop the desk";
            self.say(NoticeKind::Alarm, words);
            return Reaction::Done;
        }
        // Here and now, whatever becomes of the command: what opens risk is not sent from this desk.
        self.blocked = true;
        match self.sink.send(Command::Halt(request)) {
            Ok(()) => self.say(
                NoticeKind::Alarm,
                "halt asked for: opening risk stops, opening orders are canceled",
            ),
            Err(why) => self.say(
                NoticeKind::Refused,
                format!("the halt was not taken: {why}"),
            ),
        }
        Reaction::Done
    }

    /// Takes back the block of this desk once the fund itself is halted.
    pub(super) fn unblock(&mut self) {
        let fund = self.snap.desk.fund_id.as_str();
        let mut halts = self.snap.risk.halts().iter();
        if self.blocked && halts.any(|halt| halt.covers_fund(fund)) {
            self.blocked = false;
        }
    }

    /// Returns why the reviewed ticket may not leave between the panic key and the halt.
    pub(super) fn blocks(&self) -> Option<&'static str> {
        let preview = &self.panes.ticket.frozen()?.preview;
        let order = preview.order.as_ref()?;
        let stake = self.snap.exposure.stake(&order.symbol);
        let opens = !stake.reduces(order.side, order.quantity);
        (self.blocked && opens).then_some("panic: only what reduces a position is sent from here")
    }

    /// Asks who lifts the first halt, and why.
    pub(super) fn ask_resume(&mut self) -> Reaction {
        let halt = self.snap.risk.halts().first();
        let Some(target) = halt.map(|halt| halt.status.target.clone()) else {
            if self.barred().is_none() {
                self.say(NoticeKind::Info, "nothing is halted");
                return Reaction::Done;
            }
            return self.say_barred();
        };
        self.ask_resume_of(target)
    }

    fn say_barred(&mut self) -> Reaction {
        if let Some(why) = self.barred() {
            self.say(NoticeKind::Refused, why);
        }
        Reaction::Done
    }

    /// Asks who lifts the halts, or the lock, of a target, and why.
    pub(super) fn ask_resume_of(&mut self, target: String) -> Reaction {
        if self.barred().is_some() {
            return self.say_barred();
        }
        let halts = self.snap.risk.halts().iter();
        let of_target: Vec<_> = halts.filter(|halt| halt.status.target == target).collect();
        let mut notes: Vec<String> = of_target
            .iter()
            .map(|halt| format!("{}: {}", halt.reason, needs(halt)))
            .collect();
        notes.truncate(6);
        let actor = &self.settings.actor;
        let agreed = |who: &str| {
            of_target.iter().any(|halt| {
                let first = halt.agreed.as_ref();
                first.is_some_and(|first| first.by.eq_ignore_ascii_case(who))
            })
        };
        // The second person is somebody else.
        let name = if agreed(actor) {
            String::new()
        } else {
            actor.clone()
        };
        let shown = of_target
            .first()
            .map_or(target.as_str(), |halt| target_of(halt));
        let title = format!("Why is the halt of {shown} lifted?");
        let lines = vec![("name  ", name), ("reason", String::new())];
        let asks = Asks::Resume { target };
        let prompt = Prompt::new(asks, title, notes, lines);
        self.open_popup(Popup::Prompt(Box::new(prompt)))
    }

    /// Sends what a prompt asks for, or says what is missing and asks on.
    pub(super) fn answer(&mut self, prompt: Box<Prompt>) -> Reaction {
        match prompt.command(&self.settings.actor) {
            Ok((command, words)) => self.ask(command, &words),
            Err(why) => {
                self.say(NoticeKind::Refused, why);
                self.open_popup(Popup::Prompt(prompt))
            }
        }
    }

    /// Does an action that was typed with words behind it.
    pub(super) fn act_worded(&mut self, action: Action, words: &str) -> Reaction {
        match action {
            Action::Envelope => self.open_envelope(words),
            Action::Flow => self.ask_flow(words),
            other => self.act(other),
        }
    }

    /// Opens the limits as a form, with a file's values in it where one is named.
    pub(super) fn open_envelope(&mut self, file: &str) -> Reaction {
        if self.barred().is_some() {
            return self.say_barred();
        }
        let Some(mut editor) = Editor::open(&self.snap) else {
            self.say(NoticeKind::Info, "there are no limits yet");
            return Reaction::Done;
        };
        let file = file.trim();
        if !file.is_empty() {
            let read = (self.settings.read_file)(file);
            if let Err(why) = read.and_then(|text| editor.fill(&text)) {
                self.say(NoticeKind::Refused, format!("{file}: {why}"));
                return Reaction::Done;
            }
        }
        self.open_popup(Popup::Envelope(Box::new(editor)))
    }

    /// Asks that limits be put in force.
    pub(super) fn save_envelope(&mut self, envelope: Box<RiskEnvelope>) -> Reaction {
        let words = format!("limits v{} asked for", envelope.version);
        let actor = self.settings.actor.clone();
        self.ask(Command::SetEnvelope { envelope, actor }, &words)
    }

    /// Asks why money moves: `flow AMOUNT REASON`.
    fn ask_flow(&mut self, words: &str) -> Reaction {
        if self.barred().is_some() {
            return self.say_barred();
        }
        let (amount, reason) = words.split_once(' ').unwrap_or((words, ""));
        let plain = amount.replace(['_', ','], "");
        let Ok(amount) = plain.parse::<Money>() else {
            let words = "write :flow AMOUNT REASON, an amount below 0 for money that leaves";
            self.say(NoticeKind::Refused, words);
            return Reaction::Done;
        };
        let way = if amount.is_negative() {
            "leaves the fund"
        } else {
            "comes into the fund"
        };
        let notes = vec![
            format!("{} USD {way}.", amount.abs()),
            "It is neither won nor lost: the loss limits are measured without it.".to_owned(),
        ];
        let lines = vec![("reason", reason.trim().to_owned())];
        let title = "Book a flow?".to_owned();
        let prompt = Prompt::new(Asks::Flow { amount }, title, notes, lines);
        self.open_popup(Popup::Prompt(Box::new(prompt)))
    }

    /// Asks for the word that closes everything.
    pub(super) fn ask_flatten(&mut self) -> Reaction {
        if self.barred().is_some() {
            return self.say_barred();
        }
        let held = self.value.rows.len();
        let fund = self.snap.desk.fund_id.as_str();
        let mut halts = self.snap.risk.halts().iter();
        let refuse = if !halts.any(|halt| halt.covers_fund(fund)) {
            Some("it is the second step: halt first, then flatten")
        } else if held == 0 {
            Some("nothing is held")
        } else {
            None
        };
        if let Some(words) = refuse {
            self.say(NoticeKind::Refused, words);
            return Reaction::Done;
        }
        let positions = if held == 1 { "position" } else { "positions" };
        let notes = vec![
            format!("{held} {positions} closed at market, each in one order."),
            "What works in their symbols is canceled first.".to_owned(),
            format!("Type {FLATTEN_WORD}."),
        ];
        let lines = vec![("word", String::new())];
        let title = "Close every position?".to_owned();
        let prompt = Prompt::new(Asks::Flatten, title, notes, lines);
        self.open_popup(Popup::Prompt(Box::new(prompt)))
    }
}

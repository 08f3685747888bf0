//! Moves bytes between the session and the socket, waits, and connects again.
//!
//! Pulled by its reader: nothing runs while nobody asks for the next event, so a
//! slow reader slows the socket instead of filling a queue, and dropping the
//! reader ends it all. Every wait has an end.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::time::{sleep, timeout};

use super::session::{KrakenSession, Now, Out};
use super::settings::KrakenSettings;
use crate::adapter::net::ws::{Incoming, Socket};
use crate::base::{Backoff, Clock, IdSource};
use crate::domain::Timestamp;
use crate::event::LinkHealth;
use crate::protocol::FeedEvent;

/// One feed's connection, present or to be made.
#[derive(Debug)]
pub(super) struct Link {
    session: KrakenSession,
    settings: KrakenSettings,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    socket: Option<Socket>,
    opened: std::time::Duration,
    backoff: Backoff,
    wait: Option<std::time::Duration>,
    ready: VecDeque<FeedEvent>,
    said: Option<(LinkHealth, String)>,
}

impl Link {
    /// Prepares a link; it connects when the first event is asked for.
    pub(super) fn new(
        session: KrakenSession,
        settings: &KrakenSettings,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Self {
        let mut link = Self {
            session,
            settings: settings.clone(),
            clock,
            ids,
            socket: None,
            opened: std::time::Duration::ZERO,
            backoff: Backoff::new(settings.backoff_first, settings.backoff_most),
            wait: None,
            ready: VecDeque::new(),
            said: None,
        };
        let words = link.session.words("connecting");
        link.tell(FeedEvent::Link(LinkHealth::Connecting, words));
        link
    }

    /// Waits for the next event.
    pub(super) async fn next(&mut self) -> FeedEvent {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return event;
            }
            if let Some(delay) = self.wait.take() {
                sleep(delay).await;
            }
            if self.socket.is_some() {
                self.listen().await;
            } else {
                self.connect().await;
            }
        }
    }

    /// Takes an event that is there already.
    pub(super) fn ready(&mut self) -> Option<FeedEvent> {
        self.ready.pop_front()
    }

    /// Returns the conversation, for what was refused or not understood.
    pub(super) fn session(&self) -> &KrakenSession {
        &self.session
    }

    async fn connect(&mut self) {
        match Socket::connect(&self.settings.dial()).await {
            Ok(socket) => {
                self.socket = Some(socket);
                let now = self.now();
                self.opened = now.elapsed;
                let mut out = Out::default();
                self.session.on_open(now, &mut out);
                self.settle(out).await;
            }
            Err(error) => self.down(&format!("cannot be reached: {error}")),
        }
    }

    /// Takes one message, or the passing of time, to the session.
    async fn listen(&mut self) {
        let due = self.session.next_timer();
        let wait = due.saturating_sub(self.clock.elapsed());
        let Some(socket) = self.socket.as_mut() else {
            return;
        };
        let incoming = timeout(wait, socket.next()).await.ok();
        let now = self.now();
        let mut out = Out::default();
        match incoming {
            Some(Incoming::Text(text)) => self.session.on_frame(text.as_str(), now, &mut out),
            Some(Incoming::Binary(bytes)) => self.session.on_binary(bytes, now, &mut out),
            Some(Incoming::Alive) => self.session.on_alive(now),
            Some(Incoming::Closed(why)) => {
                self.down(&format!("connection lost: {why}"));
                return;
            }
            None => {}
        }
        if now.elapsed >= self.session.next_timer() {
            self.session.on_timer(now, &mut out);
        }
        // A venue that takes connections only to drop them must not be met with the shortest wait each time.
        if now.elapsed.saturating_sub(self.opened) >= self.settings.steady_after {
            self.backoff.reset();
        }
        self.settle(out).await;
    }

    /// Does what the session wants done.
    async fn settle(&mut self, out: Out) {
        for event in out.events {
            self.tell(event);
        }
        if let Some(why) = out.close {
            self.down(&format!("connection given up: {why}"));
            return;
        }
        for frame in out.frames {
            let Some(socket) = self.socket.as_mut() else {
                return;
            };
            if let Err(error) = socket.send(frame).await {
                self.down(&format!("connection lost while sending: {error}"));
                return;
            }
        }
    }

    fn down(&mut self, why: &str) {
        self.socket = None;
        let jitter = u64::from_str_radix(&self.ids.token(), 16).unwrap_or(0);
        self.wait = Some(self.backoff.next(jitter));
        let words = self.session.words(why);
        self.tell(FeedEvent::Link(LinkHealth::Down, words));
    }

    /// Queues an event; a link that is as it was is not told again.
    fn tell(&mut self, event: FeedEvent) {
        if let FeedEvent::Link(health, words) = &event {
            let said = Some((*health, words.clone()));
            if self.said == said {
                return;
            }
            self.said = said;
        }
        self.ready.push_back(event);
    }

    fn now(&self) -> Now {
        Now {
            at: Timestamp::from_us(self.clock.wall_us()),
            elapsed: self.clock.elapsed(),
        }
    }
}

//! From a feed's stream to the market lane: what is ready travels in one batch.
//!
//! Link changes go to the control lane, behind the data that came before them.
//! Stops when dropped. Changes nothing in what it carries.

use std::sync::Arc;

use futures_util::StreamExt;
use tokio::task::JoinHandle;

use crate::adapter::driver::Sink;
use crate::base::Clock;
use crate::domain::{Symbol, Timestamp};
use crate::event::{Control, LinkHealth, LinkName, LinkState, Source};
use crate::protocol::{FeedEvent, MarketData};

/// Events carried in one batch.
const BATCH_MOST: usize = 256;

/// A running pump; dropping it stops the feed's stream.
#[derive(Debug)]
pub struct Pump {
    task: JoinHandle<()>,
}

impl Pump {
    /// Starts carrying `symbols` of the feed to the sink. Must be called within a runtime.
    pub fn start(
        feed: &dyn MarketData,
        symbols: Vec<Symbol>,
        sink: Arc<dyn Sink>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let name = smol_str::SmolStr::new(feed.name());
        let mut ready = feed.stream_quotes(symbols).ready_chunks(BATCH_MOST);
        let task = tokio::spawn(async move {
            let mut batch = Vec::new();
            let mut ended = false;
            let link = async |health, detail| {
                let state = LinkState {
                    name: LinkName::Feed(name.clone()),
                    health,
                    detail,
                    since: Timestamp::from_us(clock.wall_us()),
                };
                let source = Source::Feed(name.clone());
                sink.control(source, Control::Link(state)).await;
            };
            while let Some(events) = ready.next().await {
                let is_full = events.len() >= BATCH_MOST;
                for event in events {
                    match event {
                        FeedEvent::Market(event) => batch.push(event),
                        FeedEvent::Link(health, detail) => {
                            sink.market(&mut batch);
                            ended = health == LinkHealth::Ended;
                            link(health, detail).await;
                        }
                    }
                }
                sink.market(&mut batch);
                // A feed that is always ready must not keep others from running.
                tokio::task::yield_now().await;
                // In a flood the thread never sleeps: whoever waits for its processor gets it now and not
                // when the system takes it away, which is milliseconds later.
                if is_full {
                    std::thread::yield_now();
                }
            }
            if !ended {
                link(LinkHealth::Down, "the feed's stream ended".into()).await;
            }
        });
        Self { task }
    }

    /// Returns true once the feed has nothing more to say.
    pub fn is_finished(&self) -> bool {
        self.task.is_finished()
    }
}

impl Drop for Pump {
    fn drop(&mut self) {
        self.task.abort();
    }
}

//! A whole desk in one thread, whose time passes as fast as it can.
//!
//! Everything is the product's own (feed, bus, engine loop, SQLite journal, driver,
//! paper venue, screen) over a clock that is moved by hand: one [`Day::pass`] is one
//! look at the clock by each of them. Only the terminal is not there: frames are
//! drawn and thrown away.

use std::io::Sink;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use mts1b_desk::adapter::pump::Pump;
use mts1b_desk::app::boot;
use mts1b_desk::app::run::{Core, Turn};
use mts1b_desk::app::screen;
use mts1b_desk::app::setup::Setup;
use mts1b_desk::base::{Clock, ManualClock, SeededIds};
use mts1b_desk::bus::{Bounds, Bus, Latest, Watch, bus};
use mts1b_desk::config::{Overrides, Paths, Settings};
use mts1b_desk::domain::{Symbol, Timestamp};
use mts1b_desk::engine::{LoopStats, Snapshot};
use mts1b_desk::event::{Control, Source};
use mts1b_desk::journal::SqliteJournal;
use mts1b_desk::ui::desk::{Desk, Reaction};
use mts1b_desk::ui::frame::FrameWriter;
use mts1b_desk::ui::keymap::Key;
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// 2026-11-20T12:00:00Z.
const NOON: i64 = 1_795_176_000_000_000;

/// Rounds the tasks get after each move of the clock: more than a message passes hands.
const ROUNDS: usize = 16;

/// A desk and its time.
pub struct Day {
    pub clock: Arc<ManualClock>,
    pub desk: Desk,
    pub bus: Bus,
    core: Core,
    watch: Watch<Snapshot>,
    frames: FrameWriter<Sink>,
    chosen: watch::Sender<Option<Symbol>>,
    _pump: Pump,
    runtime: Runtime,
}

impl Day {
    /// Opens the desk on a fresh `folder` and a feed, as the command line would name it.
    pub fn open(folder: &Path, feed: &str) -> Self {
        let clock = Arc::new(ManualClock::new(NOON));
        let overrides = Overrides {
            feed: Some(feed.to_owned()),
            ..Overrides::default()
        };
        let settings = Settings::load(None, &overrides).unwrap();
        let setup = Setup::new(settings, clock.clone(), Arc::new(SeededIds::new(1))).unwrap();
        let paths = Paths::find(None, Some(folder)).unwrap();
        paths.make().unwrap();
        let journal = SqliteJournal::open(paths.data()).unwrap();
        let market = setup.source(setup.now()).unwrap();
        let state = setup.state_over(&market);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        let (bus, inlets) = bus(Bounds::default());
        let release = boot::adapters(&setup, &runtime, &bus, &state, &market).unwrap();
        boot::open(&setup, &bus, &state).unwrap();
        let latest = Latest::new(Arc::new(state.snapshot(setup.now(), LoopStats::default())));
        let watch = latest.subscribe();
        let core = Core::new(
            state,
            inlets,
            Box::new(journal),
            Box::new(release),
            latest,
            clock.clone(),
            setup.settings.desk().fund.clone(),
        );
        let (chosen, told) = watch::channel(market.symbols.first().cloned());
        let pump = boot::feed(&runtime, &setup, &bus, &market, told);
        let mut desk = screen::desk(&setup, &paths, &bus, watch.get()).unwrap();
        desk.on_resize(200, 56);
        Self {
            clock,
            desk,
            bus,
            core,
            watch,
            frames: FrameWriter::new(std::io::sink(), 200, 56),
            chosen,
            _pump: pump,
            runtime,
        }
    }

    /// Lets time pass and everybody do what is due; draws what changed.
    pub fn pass(&mut self, time: Duration) {
        self.clock.advance(time);
        self.runtime.block_on(async {
            tokio::time::advance(time).await;
            for _ in 0..ROUNDS {
                tokio::task::yield_now().await;
            }
        });
        assert_eq!(self.core.turn(), Turn::On, "the loop ended");
        self.desk.on_snapshot(self.watch.get());
        self.desk.on_tick(self.now());
        self.draw();
    }

    /// Presses keys, parted by spaces as in the key file, faster than they are drawn.
    pub fn keys(&mut self, keys: &str) {
        for key in keys.split_whitespace() {
            let key: Key = key.parse().unwrap();
            let reaction = self.desk.on_key(key.into(), self.now());
            assert_ne!(reaction, Reaction::Quit, "'{keys}' left the desk");
            // What is copied goes to the terminal, which is not there.
            drop(self.desk.take_copied());
        }
        self.draw();
    }

    /// Gives the screen another size.
    pub fn resize(&mut self, width: u16, height: u16) {
        self.frames.resize(width, height);
        self.desk.on_resize(width, height);
        self.draw();
    }

    /// What readers see.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.watch.get()
    }

    /// Closes the session in good order.
    pub fn close(mut self) {
        self.bus.control(Source::Desk, Control::Close).unwrap();
        assert_eq!(self.core.turn(), Turn::Closed);
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_us(self.clock.wall_us())
    }

    fn draw(&mut self) {
        self.chosen.send_if_modified(|told| {
            let news = told.as_ref() != self.desk.symbol();
            if news {
                *told = self.desk.symbol().cloned();
            }
            news
        });
        if self.desk.dirty() {
            let now = self.now();
            self.desk.draw(&mut self.frames, now);
            self.frames.present().unwrap();
        }
    }
}

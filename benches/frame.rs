//! Snapshots and keys to bytes for the terminal: the whole screen, and what one change costs.

use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use mts1b_desk::base::SeededIds;
use mts1b_desk::domain::{Money, OrderType, TimeInForce};
use mts1b_desk::event::Command;
use mts1b_desk::order::basket::BasketSettings;
use mts1b_desk::portfolio::drift::DriftSettings;
use mts1b_desk::ui::desk::{CommandSink, Desk, DeskSettings};
use mts1b_desk::ui::frame::FrameWriter;
use mts1b_desk::ui::glyph::Glyphs;
use mts1b_desk::ui::keymap::Keymap;
use mts1b_desk::ui::layout::Layout;
use mts1b_desk::ui::pane::ticket::Slip;
use mts1b_desk::ui::theme::{ColorDepth, Palette, Theme};

use crate::build;
use crate::rig::Rig;
use crate::runner::{Case, Runner};

/// Takes commands and forgets them.
#[derive(Debug)]
struct Nowhere;

impl CommandSink for Nowhere {
    fn send(&mut self, _: Command) -> Result<(), String> {
        Ok(())
    }
}

/// A desk of 24 symbols, 12 of them held, and a terminal that keeps the bytes.
struct Screen {
    rig: Rig,
    desk: Desk,
    frame: FrameWriter<Vec<u8>>,
    turn: usize,
}

fn baskets() -> BasketSettings {
    BasketSettings {
        drift: DriftSettings::NONE,
        min_notional_usd: Money::ZERO,
        strategy_id: build::read("manual"),
        actor: "bench".into(),
        order_type: OrderType::Market,
        tif: TimeInForce::Day,
    }
}

impl Screen {
    fn new(width: u16, height: u16) -> Self {
        let mut rig = Rig::with(12, 6);
        for minute in 0..90 {
            rig.now = rig.now.plus(Duration::from_secs(20));
            let event = rig.quote(minute % 12);
            rig.state.market(&event);
        }
        let settings = DeskSettings {
            actor: "bench".into(),
            strategy_id: build::read("manual"),
            order_type: OrderType::Market,
            tif: TimeInForce::Day,
            slip: Slip { ticks: 20, bps: 10 },
            motion: true,
            glyphs: Glyphs::UNICODE,
            layouts: Layout::shipped().expect("shipped layouts are good"),
            basket: baskets(),
            read_file: |_| Err("no files here".to_owned()),
        };
        let palette = Palette::shipped("slate").expect("a shipped theme is good");
        let desk = Desk::new(
            settings,
            Theme::new(&palette, ColorDepth::True),
            Keymap::new(None).expect("the shipped keys are good"),
            Arc::new(SeededIds::new(1)),
            Box::new(Nowhere),
            Arc::new(rig.snapshot()),
        );
        let mut screen = Self {
            rig,
            desk,
            frame: FrameWriter::new(Vec::new(), width, height),
            turn: 0,
        };
        screen.desk.on_resize(width, height);
        screen.present();
        screen
    }

    fn present(&mut self) -> usize {
        self.desk.draw(&mut self.frame, self.rig.now);
        self.frame.present().expect("memory takes bytes")
    }

    /// Everything again, as after a resize.
    fn whole(&mut self) -> usize {
        let area = self.frame.area();
        self.frame.resize(area.width, area.height);
        self.desk.on_resize(area.width, area.height);
        self.present()
    }

    /// One symbol's quote moved.
    fn quote(&mut self) -> usize {
        self.turn += 1;
        let event = self.rig.quote(self.turn % 12);
        self.rig.state.market(&event);
        self.desk.on_snapshot(Arc::new(self.rig.snapshot()));
        self.present()
    }

    /// The cursor moved down and up in turn.
    fn key(&mut self) -> usize {
        self.turn += 1;
        let letter = if self.turn.is_multiple_of(2) {
            'k'
        } else {
            'j'
        };
        let key = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE);
        self.desk.on_key(key, self.rig.now);
        self.present()
    }
}

pub fn run(runner: &mut Runner) {
    for (name, (width, height)) in [
        ("frame/whole, 200x56", (200, 56)),
        ("frame/whole, 120x36", (120, 36)),
        ("frame/whole, 80x24", (80, 24)),
    ] {
        let case = Case::new(name).sampled(1, 500).p50_ns(1_500_000);
        time(runner, case, width, height, Screen::whole);
    }
    let quote = Case::new("frame/one quote moved, 200x56").sampled(1, 1000);
    time(runner, quote.p50_ns(800_000), 200, 56, Screen::quote);
    let key = Case::new("frame/one key, 200x56").sampled(1, 1000);
    time(runner, key.p50_ns(800_000), 200, 56, Screen::key);
}

fn time(runner: &mut Runner, case: Case, width: u16, height: u16, work: fn(&mut Screen) -> usize) {
    let mut screen = Screen::new(width, height);
    runner.time(case, &mut screen, |_| (), |screen, ()| work(screen));
}

//! The screen under any hands: keys, pastes, clicks, sizes and quotes, in any order.
#![no_main]

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use crossterm::event::{
    KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use libfuzzer_sys::fuzz_target;
use mts1b_desk::app::screen::baskets;
use mts1b_desk::base::SeededIds;
use mts1b_desk::config::{Overrides, Settings};
use mts1b_desk::domain::{OrderType, TimeInForce, Timestamp};
use mts1b_desk::engine::{Out, State};
use mts1b_desk::event::{BrokerReport, Command, Input, Source};
use mts1b_desk::order::basket::BasketSettings;
use mts1b_desk::order::effect::Effect;
use mts1b_desk::ui::desk::{CommandSink, Desk, DeskSettings};
use mts1b_desk::ui::frame::FrameWriter;
use mts1b_desk::ui::glyph::Glyphs;
use mts1b_desk::ui::keymap::Keymap;
use mts1b_desk::ui::layout::Layout;
use mts1b_desk::ui::pane::ticket::Slip;
use mts1b_desk::ui::theme::{ColorDepth, Palette, Theme};
use mts1b_desk_fuzz::desk::{AMOUNTS, NOON, SYMBOLS, open, quote, stats};
use mts1b_desk_fuzz::{Bytes, text};

/// What is done in one run at most.
const DEEDS_MOST: usize = 96;

type Sent = Arc<Mutex<Vec<Command>>>;

#[derive(Debug)]
struct ToList(Sent);

impl CommandSink for ToList {
    fn send(&mut self, command: Command) -> Result<(), String> {
        self.0.lock().expect("one thread").push(command);
        Ok(())
    }
}

struct Run {
    state: State,
    desk: Desk,
    frames: FrameWriter<std::io::Sink>,
    sent: Sent,
    now: Timestamp,
}

fuzz_target!(|data: &[u8]| {
    let mut bytes = Bytes::new(data);
    let mut run = start(&mut bytes);
    for _ in 0..DEEDS_MOST {
        if bytes.is_empty() {
            break;
        }
        run.deed(&mut bytes);
    }
    run.draw();
});

fn keymap() -> Keymap {
    static SHIPPED: OnceLock<Keymap> = OnceLock::new();
    let shipped = SHIPPED.get_or_init(|| Keymap::new(None).expect("as shipped"));
    shipped.clone()
}

fn layouts() -> Vec<Layout> {
    static SHIPPED: OnceLock<Vec<Layout>> = OnceLock::new();
    let shipped = SHIPPED.get_or_init(|| Layout::shipped().expect("as shipped"));
    shipped.clone()
}

fn bands() -> BasketSettings {
    static SHIPPED: OnceLock<BasketSettings> = OnceLock::new();
    let shipped = SHIPPED.get_or_init(|| {
        let settings = Settings::load(None, &Overrides::default()).expect("as shipped");
        baskets(&settings.portfolio().live, "fuzz").expect("as shipped")
    });
    shipped.clone()
}

fn start(bytes: &mut Bytes<'_>) -> Run {
    let state = open(&mut Out::default());
    let depth = bytes.pick(&[
        ColorDepth::True,
        ColorDepth::Indexed,
        ColorDepth::Sixteen,
        ColorDepth::None,
    ]);
    let settings = DeskSettings {
        actor: "fuzz".into(),
        strategy_id: "manual".parse().expect("an id"),
        order_type: OrderType::Market,
        tif: TimeInForce::Day,
        slip: Slip { ticks: 20, bps: 10 },
        basket: bands(),
        motion: bytes.byte() & 1 == 0,
        glyphs: bytes.pick(&[Glyphs::UNICODE, Glyphs::ASCII]),
        layouts: layouts(),
        read_file: |_| Err("no files here".to_owned()),
    };
    let theme = bytes.pick(&["slate", "linen"]);
    let palette = Palette::shipped(theme).expect("as shipped");
    let sent = Sent::default();
    let desk = Desk::new(
        settings,
        Theme::new(&palette, depth),
        keymap(),
        Arc::new(SeededIds::new(1)),
        Box::new(ToList(Arc::clone(&sent))),
        Arc::new(state.snapshot(NOON, stats())),
    );
    let mut run = Run {
        state,
        desk,
        frames: FrameWriter::new(std::io::sink(), 1, 1),
        sent,
        now: NOON,
    };
    run.resize(120, 36);
    run
}

impl Run {
    fn deed(&mut self, bytes: &mut Bytes<'_>) {
        match bytes.byte() % 16 {
            0..=7 => self.letter(bytes.byte()),
            8 | 9 => self.key(bytes),
            10 => self.paste(bytes),
            11 => self.mouse(bytes),
            12 => {
                let (width, height) = (bytes.pair() % 401, bytes.pair() % 121);
                self.resize(width, height);
            }
            13 => {
                let late = Duration::from_secs(u64::from(bytes.byte()) / 32);
                let (bid, ask) = (bytes.pick(&AMOUNTS), bytes.pick(&AMOUNTS));
                let event = quote(bytes.pick(&SYMBOLS), bid, ask, self.now.minus(late));
                self.state.market(&event);
            }
            14 => {
                let by = Duration::from_millis(u64::from(bytes.pair()) * 10);
                self.now = self.now.plus(by);
                self.desk.on_tick(self.now);
            }
            _ => self.draw(),
        }
        self.hand_over();
    }

    fn press(&mut self, code: KeyCode, modifiers: KeyModifiers, kind: KeyEventKind) {
        let event = KeyEvent::new_with_kind(code, modifiers, kind);
        self.desk.on_key(event, self.now);
        if kind != KeyEventKind::Press {
            let sent = self.sent.lock().expect("one thread");
            assert!(sent.is_empty(), "a {kind:?} sent {sent:?}");
        }
    }

    fn letter(&mut self, byte: u8) {
        let letter = char::from(byte & 0x7f);
        if !letter.is_control() {
            self.press(
                KeyCode::Char(letter),
                KeyModifiers::NONE,
                KeyEventKind::Press,
            );
        }
    }

    fn key(&mut self, bytes: &mut Bytes<'_>) {
        let code = match bytes.byte() % 20 {
            0 => KeyCode::Enter,
            1 => KeyCode::Esc,
            2 => KeyCode::Tab,
            3 => KeyCode::BackTab,
            4 => KeyCode::Backspace,
            5 => KeyCode::Up,
            6 => KeyCode::Down,
            7 => KeyCode::Left,
            8 => KeyCode::Right,
            9 => KeyCode::PageUp,
            10 => KeyCode::PageDown,
            11 => KeyCode::Home,
            12 => KeyCode::End,
            13 => KeyCode::F(bytes.byte()),
            14 => KeyCode::Delete,
            _ => char::from_u32(u32::from(bytes.pair())).map_or(KeyCode::Null, KeyCode::Char),
        };
        let modifiers = KeyModifiers::from_bits_truncate(bytes.byte());
        let kind = bytes.pick(&[
            KeyEventKind::Press,
            KeyEventKind::Press,
            KeyEventKind::Repeat,
            KeyEventKind::Release,
        ]);
        self.press(code, modifiers, kind);
    }

    fn paste(&mut self, bytes: &mut Bytes<'_>) {
        let times = usize::from(bytes.byte()) + 1;
        let pasted = text(bytes.some()).repeat(times);
        self.desk.on_paste(&pasted, self.now);
        let sent = self.sent.lock().expect("one thread");
        assert!(sent.is_empty(), "a paste sent {sent:?}");
    }

    fn mouse(&mut self, bytes: &mut Bytes<'_>) {
        let kind = bytes.pick(&[
            MouseEventKind::Down(MouseButton::Left),
            MouseEventKind::Up(MouseButton::Left),
            MouseEventKind::ScrollDown,
            MouseEventKind::ScrollUp,
            MouseEventKind::Moved,
            MouseEventKind::Down(MouseButton::Right),
        ]);
        let event = MouseEvent {
            kind,
            column: bytes.pair(),
            row: bytes.pair(),
            modifiers: KeyModifiers::NONE,
        };
        self.desk.on_mouse(event, self.now);
        let sent = self.sent.lock().expect("one thread");
        assert!(sent.is_empty(), "the mouse sent {sent:?}");
    }

    fn resize(&mut self, width: u16, height: u16) {
        self.frames.resize(width, height);
        self.desk.on_resize(width, height);
    }

    /// Gives the engine what was sent, and lets the broker take it.
    fn hand_over(&mut self) {
        let sent: Vec<Command> = self.sent.lock().expect("one thread").drain(..).collect();
        for command in sent {
            let mut out = Out::default();
            let person = Source::Person("fuzz".into());
            self.state
                .step(person, Input::Command(command), self.now, &mut out);
            for effect in out.effects {
                if let Effect::Place(order) = effect {
                    let order = order.get();
                    let report = BrokerReport::Accepted {
                        broker: order.broker.clone(),
                        order_id: order.order_id.clone(),
                        broker_order_id: None,
                    };
                    let source = Source::Broker("paper".into());
                    let input = Input::Execution(report);
                    self.state
                        .step(source, input, self.now, &mut Out::default());
                }
            }
        }
    }

    fn draw(&mut self) {
        let snapshot = self.state.snapshot(self.now, stats());
        assert!(!snapshot.desk.live);
        self.desk.on_snapshot(Arc::new(snapshot));
        self.desk.draw(&mut self.frames, self.now);
        self.frames.present().expect("nothing is written");
        let wild = |cell: &&ratatui::buffer::Cell| cell.symbol().contains(char::is_control);
        let found = self.frames.drawn().content.iter().find(wild);
        assert!(found.is_none(), "{found:?} would act on the terminal");
    }
}

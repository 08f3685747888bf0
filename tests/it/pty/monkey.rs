//! Hands that know nothing: every key, huge and broken pastes, clicks anywhere, windows of any shape.
//!
//! Ten seconds with the other tests; `DESK_MONKEY_SECONDS=300 DESK_MONKEY_SEED=7` for longer
//! and for another monkey.

#![expect(
    clippy::cast_possible_truncation,
    reason = "a random number cut to fit is as random"
)]

use std::time::Duration;

use mts1b_desk::base::{Clock, SystemClock};
use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::pty::session::Session;
use crate::support::program::object;

/// How long the answer to a known key may take, on a machine that tests run on side by side.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);
/// What is done between two looks at whether the desk still answers.
const DEEDS: usize = 60;

/// Keys with names, and bytes that are no key or only the beginning of one.
const KEYS: [&[u8]; 48] = [
    b"\r",
    b"\t",
    b"\x1b",
    b"\x7f",
    b"\x1b[A",
    b"\x1b[B",
    b"\x1b[C",
    b"\x1b[D",
    b"\x1b[5~",
    b"\x1b[6~",
    b"\x1b[H",
    b"\x1b[F",
    b"\x1b[Z",
    b"\x1bOP",
    b"\x1bOQ",
    b"\x1bOR",
    b"\x1b[15~",
    b"\x1b[19~",
    b"\x1b[24~",
    b"\x1b[3~",
    b"\x1b[2~",
    b"\x1c",
    b"\x15",
    b"\x0e",
    b"\x0c",
    b"\x1a",
    b"\x00",
    b"\xff\xfe",
    b"\xc3",
    b"\xe2\x82",
    b"\xf0\x9f\x98\x80",
    b"\x1bx",
    b"\x1b\x1b",
    b"\x1b[",
    b"\x1b[1;5",
    b"\x1b[1;5A",
    b"\x1b[97;5u",
    b"\x1b[97;1:3u",
    b"\x1b[I",
    b"\x1b[O",
    b"\x1b[24;80R",
    b"\x1b[?62;c",
    b"\x1b]11;rgb:0/0/0\x07",
    b"\x1bP+r\x1b\\",
    b"\x1b[M !!",
    b"\x1b[99999999999999999999~",
    b"\x1b[;;;;;m",
    b"\x9b1~",
];

/// What a hand that trades would type.
const HABITS: [&[u8]; 14] = [
    b"b10\ry",
    b"s5\ry",
    b"S1\ry",
    b"b$25k\ry",
    b"b2%\ry",
    b"bmax\ry",
    b"c",
    b"C",
    b"x4\ry",
    b"X\ry",
    b"e\ry",
    b"b1o\t\x15150\ry",
    b"Rback to work\r",
    b"wr",
];

struct Monkey {
    random: Xoshiro256PlusPlus,
}

impl Monkey {
    fn below(&mut self, bound: u32) -> u32 {
        self.random.next_u32() % bound
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(u32::try_from(from.len()).unwrap()) as usize]
    }

    fn size(&mut self) -> (u16, u16) {
        let (width, height) = (self.below(400) as u16 + 1, self.below(120) as u16 + 1);
        match self.below(8) {
            0 => (1, height),
            1 => (width, 1),
            2 => (1, 1),
            3 => (400, 120),
            4 => (80, 24),
            5 => (200, 56),
            _ => (width, height),
        }
    }

    fn mouse(&mut self) -> Vec<u8> {
        let end = self.pick(&["M", "m", "", "x"]);
        let (button, x, y) = (self.below(100), self.below(500), self.below(200));
        format!("\x1b[<{button};{x};{y}{end}").into_bytes()
    }

    fn paste(&mut self) -> Vec<u8> {
        let count = self.pick(&[0, 1, 20, 300, 5_000, 200_000]);
        let kind = self.below(4);
        let mut bytes = b"\x1b[200~".to_vec();
        for _ in 0..count {
            bytes.push(match kind {
                0 => b'7',
                1 => self.below(256) as u8,
                2 => self.below(32) as u8,
                _ => self.pick(b"b10\ryq:quit\r\x03 \x1b[A\xff"),
            });
        }
        if self.below(4) > 0 {
            bytes.extend_from_slice(b"\x1b[201~");
        }
        bytes
    }

    fn deed(&mut self, session: &mut Session) {
        let bytes = match self.below(20) {
            0..=7 => vec![self.below(95) as u8 + b' '],
            8..=11 => self.pick(&KEYS).to_vec(),
            12..=15 => self.pick(&HABITS).to_vec(),
            16 => self.mouse(),
            17 if self.below(4) == 0 => self.paste(),
            17 | 18 => (0..self.below(9)).map(|_| self.below(256) as u8).collect(),
            _ => return session.resize(self.size()),
        };
        // The keys of signals: typed behind the one that leaves, the system takes them for the
        // shell's, and throws away what the desk has written and nobody has read yet.
        let signal = |byte: &u8| matches!(byte, 0x03 | 0x1a | 0x1c);
        let bytes: Vec<u8> = bytes.into_iter().filter(|byte| !signal(byte)).collect();
        // As a slow line would: cut in two at any place.
        let cut = self.below(u32::try_from(bytes.len()).unwrap() + 1) as usize;
        if !session.try_bytes(&bytes[..cut]) {
            return;
        }
        if self.below(3) == 0 {
            std::thread::sleep(Duration::from_millis(2));
        }
        session.try_bytes(&bytes[cut..]);
    }
}

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

fn open(folder: &std::path::Path) -> Session {
    let feed = ["--feed", "sim:rate=300,seed=11"];
    let session = Session::start(folder, &feed, (200, 56));
    session.wait_for("PAPER");
    session
}

/// Ends whatever was begun, opens the help and closes it; says how long the answer took.
fn answers(session: &mut Session) -> Option<Duration> {
    session.resize((120, 36));
    // A paste without an end and a click that was cut off take in all that follows.
    for end in [&b"\x1b[201~"[..], b"mMmM"] {
        session.try_bytes(end);
        std::thread::sleep(Duration::from_millis(30));
    }
    let begun = SystemClock::new();
    // An escape that is read together with the next key is another key: tried until they are not.
    while begun.elapsed() < ANSWER_WITHIN {
        session.try_bytes(b"\x1b");
        std::thread::sleep(Duration::from_millis(150));
        let clock = SystemClock::new();
        session.try_bytes(b"?");
        while clock.elapsed() < Duration::from_secs(1) {
            if session.is_over() {
                return None;
            }
            let screen = session.text();
            // Drawn whole: a frame of the size before may still be under way.
            let header = screen.lines().next().unwrap_or_default();
            if screen.contains("Moves focus to the pane of that number.")
                && header.contains("PAPER")
            {
                let took = clock.elapsed();
                assert!(!header.contains("LIVE"), "{screen}");
                session.try_bytes(b"\x1b");
                return Some(took);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    let screen = session.text();
    panic!("no answer to ? within {ANSWER_WITHIN:?}:\n{screen}");
}

/// Checks how a session ended that the monkey itself left.
fn left(session: &mut Session) {
    let code = session.ended();
    let words = String::from_utf8_lossy(&session.bytes()).into_owned();
    let end = words.char_indices().rev().nth(600).map_or(0, |(at, _)| at);
    assert_eq!(code, 0, "its last words: {:?}", &words[end..]);
    let (on, off) = (words.rfind("\x1b[?1049h"), words.rfind("\x1b[?1049l"));
    assert!(off > on, "the screen is left on: {:?}", &words[end..]);
    session.given_back();
    assert!(!words.contains("panicked") && !words.contains("broken invariant"));
}

#[test]
fn a_monkey_does_not_bring_it_down_and_the_books_stay_whole() {
    let seconds = setting("DESK_MONKEY_SECONDS", 10);
    let seed = setting("DESK_MONKEY_SEED", 20_260_105);
    let folder = tempfile::tempdir().unwrap();
    let mut monkey = Monkey {
        random: Xoshiro256PlusPlus::seed_from_u64(seed),
    };
    let mut session = open(folder.path());
    let (mut sessions, mut deeds, mut looks) = (1, 0_usize, 0);
    let mut slowest = Duration::ZERO;
    let clock = SystemClock::new();
    while clock.elapsed() < Duration::from_secs(seconds) {
        for _ in 0..DEEDS {
            monkey.deed(&mut session);
            deeds += 1;
        }
        if let Some(took) = answers(&mut session) {
            looks += 1;
            slowest = slowest.max(took);
        } else {
            left(&mut session);
            sessions += 1;
            session = open(folder.path());
        }
    }
    eprintln!(
        "monkey {seed}: {deeds} deeds, {looks} looks, slowest answer {slowest:?}, {sessions} sessions"
    );
    // Once to ask, once more to answer, should orders still work.
    session.try_bytes(b"\x03");
    std::thread::sleep(Duration::from_millis(100));
    session.try_bytes(b"\x03");
    left(&mut session);
    let verified = object(folder.path(), &["journal", "verify"]);
    assert_eq!(verified["ok"], true, "{verified}");
    let replayed = object(folder.path(), &["journal", "replay", "--rejudge"]);
    assert_eq!(
        replayed["disagreements"],
        serde_json::json!([]),
        "{replayed}"
    );
    assert_eq!(replayed["sessions_compared"], sessions, "{replayed}");
    eprintln!("monkey {seed}: {replayed}");
}

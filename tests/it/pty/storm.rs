//! Whatever is typed and however the window is pulled about, the desk stays.

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::pty::open;
use crate::support::program::object;

const SIZES: [(u16, u16); 10] = [
    (200, 56),
    (1, 1),
    (20, 5),
    (80, 24),
    (400, 120),
    (2, 40),
    (300, 1),
    (120, 36),
    (61, 17),
    (9, 9),
];

/// What is pressed beside plain letters: keys with names, clicks, pastes, and bytes that are no key at all.
const ODD: [&[u8]; 27] = [
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
    b"\x1bOQ",
    b"\x1bOR",
    b"\x1b[19~",
    b"\x1b[24~",
    b"\x1b[<0;12;7M",
    b"\x1b[<64;3;9M",
    b"\x1b[<0;399;119m",
    b"\x1b[200~x4y\r\x1b[201~",
    b"\x1c",
    b"\x15",
    b"\x0e",
    b"\xff\xfe",
    b"\xc3",
    b"\x1b[<0;",
];

fn pick<T: Copy>(random: &mut Xoshiro256PlusPlus, from: &[T]) -> T {
    from[random.next_u32() as usize % from.len()]
}

#[test]
fn five_hundred_random_keys_and_wild_sizes_do_not_bring_it_down() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = open(folder.path());
    let mut random = Xoshiro256PlusPlus::seed_from_u64(20_260_105);
    // Everything on the keyboard but what leaves: q, and the palette, which can be made to.
    let letters: Vec<u8> = (b' '..=b'~').filter(|key| !b"q:".contains(key)).collect();
    for nth in 0..500 {
        if nth % 20 == 0 {
            session.resize(pick(&mut random, &SIZES));
        }
        if random.next_u32().is_multiple_of(3) {
            session.bytes_in(pick(&mut random, &ODD));
        } else {
            session.bytes_in(&[pick(&mut random, &letters)]);
        }
    }
    for size in SIZES {
        session.resize(size);
    }
    session.resize((200, 56));
    // Ends a click that was cut off; then the header's clock must move.
    session.keys("mM");
    let clock = |screen: &str| -> Option<String> {
        let header = screen.lines().next()?;
        let time = header.trim_end().strip_suffix(" UTC")?;
        Some(time.split_whitespace().next_back()?.to_owned())
    };
    let screen = session.wait("the header", |screen| clock(screen).is_some());
    let then = clock(&screen);
    session.wait("the next second", |screen| {
        clock(screen).is_some_and(|now| Some(now) != then)
    });
    // Once to ask, once more to answer, should orders still work.
    session.keys("\x03\x03");
    assert_eq!(session.ended(), 0);
    session.given_back();
    let words = String::from_utf8_lossy(&session.bytes()).into_owned();
    assert!(!words.contains("panicked") && !words.contains("broken invariant"));
    let verified = object(folder.path(), &["journal", "verify"]);
    assert_eq!(verified["ok"], true, "{verified}");
}

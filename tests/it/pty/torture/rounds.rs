//! One round of each kind: what is done, and what must hold then.

mod damaged;

use std::fs;
use std::path::Path;
use std::time::Duration;

use portable_pty::CommandBuilder;

use crate::pty::session::{Patience, SHELL, Session};
use crate::pty::torture::Torture;
use crate::pty::torture::books::{Books, Said, ended, no_panic};
use crate::pty::torture::disk::{copy, tool};
use crate::pty::torture::fault::Fault;
use crate::pty::torture::hand;
use crate::pty::torture::seen::Shown;

const FEED: [&str; 2] = ["--feed", "sim:rate=100,seed=11"];
const SIZE: (u16, u16) = (200, 56);

/// What the header says once the journal failed.
const STOPPED: &str = "TRADING STOPPED";

/// A user who owns nothing.
const NOBODY: &str = "65534";

fn ms(ms: u64) {
    std::thread::sleep(Duration::from_millis(ms));
}

impl Torture {
    pub(super) fn throw(&mut self, fault: Fault) {
        match fault {
            Fault::Quit => self.ends(quits),
            Fault::Terminate => self.ends(|session| session.signal("TERM")),
            Fault::Interrupt => self.ends(|session| session.signal("INT")),
            Fault::Hangup => self.ends(|session| session.signal("HUP")),
            Fault::Kill => self.killed(|_, _| {}),
            Fault::StopThenKill => self.killed(|torture, session| {
                session.signal("STOP");
                let waited = torture.chance.pause(800);
                torture.say(format!("frozen for {waited} ms"));
            }),
            Fault::KillAtEnd => self.killed(|torture, session| {
                if torture.chance.one_in(2) {
                    session.signal("TERM");
                } else {
                    session.keys("\x03\x03");
                }
                let waited = torture.chance.pause(40);
                torture.say(format!("asked to end, and {waited} ms"));
            }),
            Fault::KillAtStart => self.killed_at_start(),
            Fault::StopThenGo => self.thawed(),
            Fault::TerminalGone => self.terminal_gone(),
            Fault::TwoDesks => self.two_desks(),
            Fault::DiskFull => self.disk_full(),
            Fault::FileLimit => self.file_limit(),
            Fault::ReadOnlyDisk => self.read_only_disk(),
            Fault::Immutable => self.immutable(),
            Fault::NoPermission => self.no_permission(),
            Fault::FolderGone => self.folder_gone(),
            Fault::LogGone => self.log_gone(),
            Fault::PowerCut => self.power_cut(),
            Fault::Damage => self.damaged(),
        }
    }

    // The desk in its terminal.

    fn command(&self, folder: &Path) -> CommandBuilder {
        let mut command = CommandBuilder::new(&self.program);
        command.args(FEED);
        places(&mut command, folder);
        command
    }

    fn start(&self, folder: &Path) -> Session {
        Session::spawn(self.command(folder), SIZE)
    }

    /// Opens the desk on its books and waits until it can trade.
    fn up(&self, folder: &Path) -> Session {
        let session = self.start(folder);
        session.wait_for_price("AAPL");
        session.wait_for("paper ●");
        session
    }

    /// Opens the desk on the books of this life and holds its screen against them.
    fn open(&mut self) -> Session {
        let folder = self.disk.folder();
        let session = self.up(&folder);
        let patience = Patience::begin();
        loop {
            let books = Books::glance(&self.program, &folder);
            let unsettled = books.orders.iter().find(|order| {
                let rests = order["order_type"] != "market" && order["accepted_at"].is_string();
                !rests && !ended(order)
            });
            let screen = session.text();
            let differs = match unsettled {
                Some(order) => Some(format!("still on its way: {order}")),
                None => Shown::on(&screen).differs_from(&books),
            };
            let Some(differs) = differs else { break };
            assert!(patience.lasts(), "{differs}; the screen:\n{screen}");
            ms(30);
        }
        self.say("opened, and the screen shows the books");
        session
    }

    fn trade(&mut self, session: &mut Session, most: u64) {
        let (done, sent) = hand::trade(session, &mut self.chance, most);
        self.seen.sent += sent;
        for one in done {
            self.say(one);
        }
    }

    // What must hold afterwards.

    /// Checks an ending that the process could prepare, and returns what stands on the terminal.
    #[track_caller]
    fn gives_back(&mut self, session: &mut Session, codes: &[u32]) -> String {
        let code = session.ended();
        let left = session.given_back();
        self.say(format!("ended with {code}; the terminal: {left}"));
        assert!(codes.contains(&code), "exit code {code}:\n{left}");
        modes_off(&session.bytes());
        quiet(session);
        left
    }

    /// Reads the books after the desk is gone, and holds them against all that was seen.
    fn check(&mut self, shown: &Shown) -> Option<Books> {
        let folder = self.disk.folder();
        let books = Books::whole(&self.program, &folder);
        let Some(books) = books else {
            assert!(self.seen.is_new(), "the journal is gone");
            return None;
        };
        self.seen.check(&books);
        shown.held_by(&books);
        let log = folder.join("data/log");
        for file in fs::read_dir(log).into_iter().flatten() {
            let path = file.unwrap().path();
            no_panic(&fs::read_to_string(&path).unwrap(), "the log");
        }
        Some(books)
    }

    // Rounds.

    fn ends(&mut self, how: fn(&mut Session)) {
        let mut session = self.open();
        self.trade(&mut session, 4);
        how(&mut session);
        assert_eq!(self.gives_back(&mut session, &[0]), SHELL);
        self.seen.closings += 1;
        self.check(&shown(&session));
    }

    fn killed(&mut self, how: fn(&mut Self, &mut Session)) {
        let mut session = self.open();
        self.trade(&mut session, 4);
        how(self, &mut session);
        session.kill();
        quiet(&session);
        self.check(&shown(&session));
    }

    fn killed_at_start(&mut self) {
        for _ in 0..4 {
            let mut session = self.start(&self.disk.folder());
            let most = if self.chance.one_in(3) { 200 } else { 50 };
            let waited = self.chance.pause(most);
            self.say(format!("killed {waited} ms after its start"));
            session.kill();
            quiet(&session);
            self.check(&shown(&session));
        }
    }

    fn thawed(&mut self) {
        let mut session = self.open();
        self.trade(&mut session, 3);
        session.signal("STOP");
        if self.chance.one_in(2) {
            session.keys("\x1b");
        }
        let waited = self.chance.pause(2500);
        session.signal("CONT");
        self.say(format!("frozen for {waited} ms, then thawed"));
        self.trade(&mut session, 3);
        quits(&mut session);
        assert_eq!(self.gives_back(&mut session, &[0]), SHELL);
        self.seen.closings += 1;
        self.check(&shown(&session));
    }

    fn terminal_gone(&mut self) {
        let mut session = self.open();
        self.trade(&mut session, 4);
        let shown = shown(&session);
        session.hang_up();
        let code = session.ended();
        assert!(matches!(code, 0 | 3), "exit code {code}");
        self.seen.closings += 1;
        self.check(&shown);
    }

    fn two_desks(&mut self) {
        let mut first = self.open();
        self.trade(&mut first, 2);
        let mut second = self.start(&self.disk.folder());
        let left = self.gives_back(&mut second, &[3]);
        assert!(left.contains("another desk"), "{left}");
        never_entered(&second);
        self.trade(&mut first, 2);
        if self.chance.one_in(2) {
            first.kill();
        } else {
            quits(&mut first);
            self.gives_back(&mut first, &[0]);
            self.seen.closings += 1;
        }
        self.check(&shown(&first));
    }

    /// Trades until the desk says that it has stopped; nothing may be sent after that.
    fn stops(&mut self, session: &mut Session, folder: &Path) {
        let patience = Patience::begin();
        hand::choose(session, "AAPL");
        // One side may be at a limit of the fund, and is refused before it reaches the journal.
        for side in ["b", "s"].iter().cycle() {
            if session.text().contains(STOPPED) {
                break;
            }
            let gone = session.has_ended();
            assert!(
                gone.is_none(),
                "it ended with {gone:?}:\n{}",
                session.text()
            );
            assert!(patience.lasts(), "it trades on:\n{}", session.text());
            hand::put_away(session);
            session.keys(&format!("{side}1\ry"));
            self.seen.sent += 1;
            ms(100);
        }
        self.say("trading stopped, and says so");
        if folder.join("data/journal.db").exists() {
            let before = Said::by(
                &self.program,
                folder,
                &["journal", "export", "orders", "--json"],
            );
            Self::refuses(session);
            let after = Said::by(
                &self.program,
                folder,
                &["journal", "export", "orders", "--json"],
            );
            assert_eq!(before.out, after.out, "it went on to write");
        }
        assert!(session.text().contains(STOPPED), "{}", session.text());
    }

    /// A stopped desk opens no ticket, and says why.
    fn refuses(session: &mut Session) {
        hand::insist(session, "b", |screen| screen.contains("rading is stopped"));
        session.keys("1\ry");
    }

    fn stopped_ends(&mut self, session: &mut Session) {
        if self.chance.one_in(3) {
            session.kill();
            return;
        }
        if self.chance.one_in(2) {
            session.signal("TERM");
        } else {
            quits(session);
        }
        let left = self.gives_back(session, &[3]);
        assert!(left.contains("nothing more"), "no words of it:\n{left}");
    }

    fn disk_full(&mut self) {
        let mut session = self.open();
        self.trade(&mut session, 2);
        self.disk.fill();
        self.say("the disk is full");
        let folder = self.disk.folder();
        self.stops(&mut session, &folder);
        let early = self.chance.one_in(2);
        if early {
            self.disk.empty();
            self.say("there is room again");
            Self::refuses(&mut session);
        }
        self.stopped_ends(&mut session);
        quiet(&session);
        if !early {
            if self.chance.one_in(2) {
                self.starts_full(&folder);
            }
            self.disk.empty();
        }
        self.check(&shown(&session));
    }

    /// A start on a full disk is refused, or opens and shows at once that nothing is sent, or finds room in its own files.
    fn starts_full(&mut self, folder: &Path) {
        let mut session = self.start(folder);
        let patience = Patience::begin();
        let mut looks = 0;
        while session.has_ended().is_none() && !session.text().contains(STOPPED) {
            assert!(patience.lasts(), "{}", session.text());
            looks += u32::from(session.text().contains("paper ●"));
            if looks > 600 {
                // The log is written over from its start once it was moved: what fits in there is kept.
                self.count("starts on a full disk whose log had room");
                session.signal("TERM");
                self.gives_back(&mut session, &[0, 3]);
                return;
            }
            ms(5);
        }
        if session.has_ended().is_none() {
            session.signal("TERM");
        }
        let left = self.gives_back(&mut session, &[3]);
        assert!(left.contains("full"), "{left}");
    }

    fn file_limit(&mut self) {
        let mut session = self.open();
        self.trade(&mut session, 2);
        let folder = self.disk.folder();
        let log = fs::metadata(folder.join("data/journal.db-wal")).map_or(0, |file| file.len());
        let limit = log + self.chance.below(20_000);
        let id = session.id().to_string();
        if !tool("prlimit", &[&format!("--fsize={limit}"), "--pid", &id]) {
            self.say("no prlimit here");
            return self.stopped_or_not(session);
        }
        self.say(format!("no file may grow beyond {limit} bytes"));
        self.stops(&mut session, &folder);
        self.stopped_ends(&mut session);
        quiet(&session);
        self.check(&shown(&session));
    }

    fn stopped_or_not(&mut self, mut session: Session) {
        session.kill();
        self.check(&shown(&session));
    }

    fn immutable(&mut self) {
        let mut session = self.open();
        self.trade(&mut session, 2);
        let folder = self.disk.folder();
        let file = |name: &str| folder.join("data").join(name).display().to_string();
        let files = [file("journal.db"), file("journal.db-wal")];
        assert!(tool("chattr", &["+i", &files[0], &files[1]]));
        self.say("the journal's files may not be changed");
        self.stops(&mut session, &folder);
        self.stopped_ends(&mut session);
        assert!(tool("chattr", &["-i", &files[0], &files[1]]));
        quiet(&session);
        self.check(&shown(&session));
    }

    fn read_only_disk(&mut self) {
        let mut session = self.open();
        self.trade(&mut session, 2);
        session.kill();
        let shown = shown(&session);
        self.disk.read_only(true);
        let folder = self.disk.folder();
        let mut session = self.start(&folder);
        let left = self.gives_back(&mut session, &[3]);
        assert!(left.contains("desk: "), "{left}");
        never_entered(&session);
        let said = Said::by(&self.program, &folder, &["journal", "verify"]);
        assert!(said.code == 0 || !said.err.is_empty(), "{said:?}");
        self.say(format!("verify on it: {said:?}"));
        self.disk.read_only(false);
        self.check(&shown);
    }

    fn no_permission(&mut self) {
        let (place, folder) = self.set_aside();
        let data = folder.join("data");
        let owner = format!("{NOBODY}:{NOBODY}");
        assert!(tool(
            "chown",
            &["-R", &owner, place.path().to_str().unwrap()]
        ));
        let name = *self.chance.pick(&[
            ".",
            "journal.db",
            "journal.db-wal",
            "journal.head",
            "desk.lock",
            "log",
        ]);
        let mode = *self.chance.pick(&["0000", "0400", "0500"]);
        let theirs = self.chance.one_in(2);
        let path = data.join(name);
        let path = path.to_str().unwrap();
        if !tool("chmod", &[mode, path]) || (theirs && !tool("chown", &["0:0", path])) {
            return;
        }
        let whose = if theirs { "of another" } else { "of its own" };
        self.say(format!("{name} {whose} with mode {mode}"));
        let mut command = CommandBuilder::new("setpriv");
        command.args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"]);
        command.arg(&self.program);
        command.args(FEED);
        places(&mut command, &folder);
        let mut session = Session::spawn(command, SIZE);
        if opens(&mut session) {
            // What is its own it may have put right.
            assert!(!theirs, "it opened:\n{}", session.text());
            session.kill();
            quiet(&session);
            return;
        }
        // In a folder that cannot be searched the first file met is one of the settings: of borrow fees.
        let codes: &[u32] = if name == "." { &[2, 3] } else { &[3] };
        let left = self.gives_back(&mut session, codes);
        assert!(left.contains("desk: "), "{left}");
        never_entered(&session);
    }

    fn folder_gone(&mut self) {
        let (_place, folder) = self.set_aside();
        let mut session = self.up(&folder);
        let data = folder.join("data");
        let journal = data.join("journal.db");
        match self.chance.below(5) {
            0 => {
                fs::remove_dir_all(&data).unwrap();
                self.say("the folder is removed");
            }
            1 => {
                fs::rename(&data, folder.join("moved")).unwrap();
                self.say("the folder is moved");
            }
            2 => {
                fs::remove_file(&journal).unwrap();
                self.say("the journal is removed");
            }
            3 => {
                fs::remove_file(data.join("journal.db-wal")).unwrap();
                self.say("the journal's log is removed");
            }
            _ => {
                fs::copy(&journal, data.join("new")).unwrap();
                fs::rename(data.join("new"), &journal).unwrap();
                self.say("the journal is replaced");
            }
        }
        let sent = self.seen.sent;
        self.stops(&mut session, &folder);
        self.seen.sent = sent;
        self.stopped_ends(&mut session);
        quiet(&session);
    }

    fn log_gone(&mut self) {
        let mut session = self.open();
        self.trade(&mut session, 1);
        let log = self.disk.folder().join("data/log");
        fs::remove_dir_all(&log).unwrap();
        let file = self.chance.one_in(2);
        if file {
            fs::write(&log, "no folder").unwrap();
        }
        self.say("the log's folder is gone");
        self.trade(&mut session, 3);
        quits(&mut session);
        assert_eq!(self.gives_back(&mut session, &[0]), SHELL);
        self.seen.closings += 1;
        if file {
            let mut session = self.start(&self.disk.folder());
            let left = self.gives_back(&mut session, &[3]);
            assert!(left.contains("log"), "{left}");
            never_entered(&session);
            fs::remove_file(&log).unwrap();
        }
        self.check(&shown(&session));
    }

    fn power_cut(&mut self) {
        let mut session = self.open();
        self.trade(&mut session, 4);
        if !self.disk.cut() {
            return self.stopped_or_not(session);
        }
        self.say("the power of the disk is cut");
        session.kill();
        quiet(&session);
        self.disk.power_up();
        self.check(&shown(&session));
    }

    /// Copies the books to where they may be ruined, on the same kind of disk where it has room.
    fn set_aside(&self) -> (tempfile::TempDir, std::path::PathBuf) {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("aside");
        if self.disk.folder().join("data").exists() {
            copy(&self.disk.folder(), &folder);
        } else {
            // Books of one session, where there are none yet.
            fs::create_dir_all(&folder).unwrap();
            self.up(&folder).kill();
        }
        (place, folder)
    }
}

/// Returns what the last whole frame of a session showed.
fn shown(session: &Session) -> Shown {
    let mut bytes = session.bytes();
    let end =
        |bytes: &[u8], mark: &[u8]| bytes.windows(mark.len()).rposition(|window| window == mark);
    if let Some(left) = end(&bytes, b"\x1b[?1049l") {
        bytes.truncate(left);
    }
    let Some(frame) = end(&bytes, b"\x1b[?2026l") else {
        return Shown::default();
    };
    let mut screen = vt100::Parser::new(SIZE.1.try_into().unwrap(), SIZE.0.try_into().unwrap(), 0);
    screen.process(&bytes[..frame]);
    Shown::on(&screen.screen().contents())
}

/// Fails where the terminal was told what only a broken program tells it.
fn quiet(session: &Session) {
    let bytes = session.bytes();
    no_panic(&String::from_utf8_lossy(&bytes), "the terminal");
}

/// Fails where the terminal was taken at all.
fn never_entered(session: &Session) {
    let bytes = session.bytes();
    let entered = bytes.windows(8).any(|window| window == b"\x1b[?1049h");
    assert!(!entered, "the terminal was taken");
}

/// Every private mode that was set is reset at the end, but for line wrap and cursor, which are on.
fn modes_off(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut modes = std::collections::BTreeMap::new();
    for sequence in text.split("\x1b[?").skip(1) {
        let digits: String = sequence.chars().take_while(char::is_ascii_digit).collect();
        match sequence[digits.len()..].chars().next() {
            Some('h') => modes.insert(digits, true),
            Some('l') => modes.insert(digits, false),
            _ => continue,
        };
    }
    for (mode, on) in modes {
        assert_eq!(
            on,
            mode == "7" || mode == "25",
            "mode {mode} was left behind"
        );
    }
    let pushed = text.matches("\x1b[>1u").count();
    assert_eq!(
        pushed,
        text.matches("\x1b[<u").count(),
        "keyboard modes were left behind"
    );
}

fn places(command: &mut CommandBuilder, folder: &Path) {
    let config = folder.join("config");
    fs::create_dir_all(&config).unwrap_or_default();
    command.args(["--data", folder.join("data").to_str().unwrap()]);
    command.args(["--config", config.to_str().unwrap()]);
}

fn quits(session: &mut Session) {
    session.keys("\x03");
    let patience = Patience::begin();
    while session.has_ended().is_none() {
        if session.text().contains("Leave the desk?") {
            session.keys("\x03");
            return;
        }
        assert!(patience.lasts(), "it does not end:\n{}", session.text());
        ms(5);
    }
}

/// Waits until a desk can trade, or has ended without.
fn opens(session: &mut Session) -> bool {
    let patience = Patience::begin();
    while session.has_ended().is_none() {
        let screen = session.text();
        if screen.contains("paper ●") && screen.contains("NAV ") {
            return true;
        }
        assert!(patience.lasts(), "{screen}");
        ms(10);
    }
    false
}

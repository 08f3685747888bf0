//! The desk as shipped uses no network: none is there, and whatever would ask for one is seen.
//!
//! The first test needs Linux and says what of it could be used: a network of its own
//! with nothing in it, where the system lets a user make one, and a record of every
//! system call, where `strace` is installed. What the kernel lists of the process is
//! looked at in any case.

#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::{Command, Stdio};

use portable_pty::CommandBuilder;

use crate::pty::at_home;
use crate::pty::session::Session;

/// A process and all that could be brought up to watch it.
struct Watched {
    session: Session,
    record: Option<std::path::PathBuf>,
    alone: bool,
}

fn works(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null());
    let ended = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    ended.is_ok_and(|status| status.success())
}

fn watch(home: &Path, arguments: &[&str]) -> Watched {
    let alone = works("unshare", &["-rn", "true"]);
    let recorded = works("strace", &["-o", "/dev/null", "true"]);
    let record = recorded.then(|| home.join("calls"));
    let mut words: Vec<String> = Vec::new();
    if alone {
        words.extend(["unshare", "-rn"].map(str::to_owned));
    }
    if let Some(record) = &record {
        let calls = "trace=%network,open,openat,creat,mkdir,mkdirat";
        words.extend(["strace", "-f", "-qq", "-e", calls, "-o"].map(str::to_owned));
        words.push(record.display().to_string());
    }
    words.push(env!("CARGO_BIN_EXE_desk").to_owned());
    words.extend(arguments.iter().map(|&word| word.to_owned()));
    let arguments: Vec<&str> = words[1..].iter().map(String::as_str).collect();
    let command: CommandBuilder = at_home(home, &words[0], &arguments);
    let session = Session::spawn(command, (200, 56));
    eprintln!("a network of its own: {alone}; every system call on record: {recorded}");
    Watched {
        session,
        record,
        alone,
    }
}

impl Watched {
    /// Returns the desk's own process, which may be a child of the one that was started.
    fn process(&self) -> u32 {
        let first = self.session.id();
        let is_desk = |id: &u32| {
            let name = std::fs::read_to_string(format!("/proc/{id}/comm")).unwrap_or_default();
            name.trim() == "desk"
        };
        let mut ids = vec![first];
        let children = std::fs::read_to_string(format!("/proc/{first}/task/{first}/children"));
        let children = children.unwrap_or_default();
        ids.extend(
            children
                .split_whitespace()
                .map(|id| id.parse::<u32>().unwrap()),
        );
        ids.into_iter().find(is_desk).expect("the desk runs")
    }

    /// Returns the sockets of the desk that are more than a pipe between its own threads.
    fn sockets(&self) -> Vec<String> {
        let proc = std::path::PathBuf::from(format!("/proc/{}", self.process()));
        let local = std::fs::read_to_string(proc.join("net/unix")).unwrap();
        let unnamed: Vec<&str> = local
            .lines()
            .skip(1)
            .map(|line| line.split_whitespace().collect::<Vec<_>>())
            .filter(|words| words.len() == 7)
            .map(|words| words[6])
            .collect();
        let open = std::fs::read_dir(proc.join("fd")).unwrap().flatten();
        open.filter_map(|entry| std::fs::read_link(entry.path()).ok())
            .filter_map(|target| target.to_str().map(str::to_owned))
            .filter(|target| {
                let inode = target.strip_prefix("socket:[");
                let inode = inode.and_then(|rest| rest.strip_suffix(']'));
                inode.is_some_and(|inode| !unnamed.contains(&inode))
            })
            .collect()
    }

    /// Returns how often the kernel was asked for a way out of the empty network.
    fn ways_asked_for(&self) -> u64 {
        let text = std::fs::read_to_string(format!("/proc/{}/net/snmp", self.process())).unwrap();
        let count = |protocol: &str, field: &str| -> u64 {
            let mut lines = text.lines().filter(|line| line.starts_with(protocol));
            let (names, values) = (lines.next().unwrap(), lines.next().unwrap());
            let at = names.split_whitespace().position(|name| name == field);
            let value = values.split_whitespace().nth(at.unwrap()).unwrap();
            value.parse().unwrap()
        };
        count("Ip:", "OutNoRoutes") + count("Ip:", "OutRequests") + count("Tcp:", "ActiveOpens")
    }

    /// Returns the calls on record that open a way out or look up a name.
    fn calls(&self) -> Vec<String> {
        let Some(record) = &self.record else {
            return Vec::new();
        };
        let text = std::fs::read_to_string(record).unwrap();
        assert!(text.contains("journal.db"), "nothing is on record:\n{text}");
        let names = [
            "resolv.conf",
            "/etc/hosts",
            "nsswitch.conf",
            "nscd",
            "/etc/services",
        ];
        let leads_out = |line: &&str| {
            let socket = line.contains(" socket(") && !line.contains(" socket(AF_UNIX");
            let calls = [" connect(", " bind(", " listen(", " sendto(", " sendmsg("];
            // The threads wake each other through a pair of sockets that have no name.
            let said = calls.iter().any(|call| line.contains(call)) && line.contains("sa_family");
            socket || said || names.iter().any(|name| line.contains(name))
        };
        text.lines().filter(leads_out).map(str::to_owned).collect()
    }

    /// Returns the calls on record that make a file or folder with a mode that is not the owner's alone.
    fn made_open(&self) -> Vec<String> {
        let Some(record) = &self.record else {
            return Vec::new();
        };
        let text = std::fs::read_to_string(record).unwrap();
        let makes = |line: &&str| {
            let file = line.contains("O_CREAT") && !line.contains(", 0600)");
            let folder = line.contains(" mkdir") && !line.contains(", 0700)");
            file || folder
        };
        text.lines().filter(makes).map(str::to_owned).collect()
    }
}

#[test]
fn the_desk_as_shipped_opens_no_way_out_and_looks_up_no_name() {
    let home = tempfile::tempdir().unwrap();
    let mut watched = watch(home.path(), &[]);
    watched.session.wait_for_price("AAPL");
    watched.session.wait_for("paper ●");
    assert_eq!(watched.sockets(), [""; 0]);
    watched.session.keys("b10\ry");
    watched.session.wait_for_position("AAPL", "10");
    watched.session.keys("x4");
    watched.session.wait_for("y send");
    watched.session.keys("y");
    watched.session.wait_for("nothing held");
    assert_eq!(watched.sockets(), [""; 0]);
    if watched.alone {
        assert_eq!(watched.ways_asked_for(), 0);
    }
    watched.session.keys("q");
    assert_eq!(watched.session.ended(), 0);
    assert_eq!(watched.calls(), [""; 0]);
    // From the first byte, not only once they were closed.
    assert_eq!(watched.made_open(), [""; 0]);
}

#[test]
fn a_feed_that_is_asked_for_is_the_one_that_opens_a_way_out() {
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join(".config/mts1b-desk");
    std::fs::create_dir_all(&config).unwrap();
    // Nothing listens on this port.
    let own = "[feed.kraken]\nurl = \"ws://127.0.0.1:1/\"\n";
    std::fs::write(config.join("desk.toml"), own).unwrap();
    let mut watched = watch(home.path(), &["--feed", "kraken"]);
    watched.session.wait_for("kraken ✗");
    if watched.record.is_some() {
        watched.session.keys("q");
        assert_eq!(watched.session.ended(), 0);
        let calls = watched.calls();
        assert!(!calls.is_empty(), "the record would not show a way out");
    } else if watched.alone {
        assert!(
            watched.ways_asked_for() > 0,
            "the count would not show a way out"
        );
    }
}

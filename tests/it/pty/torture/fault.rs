//! What is done to the desk, and how often one thing is chosen over another.

use crate::pty::torture::chance::Chance;
use crate::pty::torture::disk::Medium;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// None: the person leaves.
    Quit,
    /// `kill -9` at any moment.
    Kill,
    /// `kill -9` in the first moments of a start.
    KillAtStart,
    /// `kill -9` while it ends by itself.
    KillAtEnd,
    /// Frozen for a while, then thawed and used again.
    StopThenGo,
    /// Frozen for a while, then killed.
    StopThenKill,
    Terminate,
    Interrupt,
    Hangup,
    /// The window is closed.
    TerminalGone,
    /// A second desk on the same folder.
    TwoDesks,
    /// No room on the disk.
    DiskFull,
    /// No room in the files: the limit a shell sets with `ulimit -f`.
    FileLimit,
    /// The disk may only be read.
    ReadOnlyDisk,
    /// The journal's files may not be written any more while they are open.
    Immutable,
    /// Another owner's folder, files without permission.
    NoPermission,
    /// The folder or a file of the journal goes away while it is open.
    FolderGone,
    /// The folder of the log goes away, or is no folder.
    LogGone,
    /// Everything that was not synced is lost.
    PowerCut,
    /// Bytes of a copy are changed while no desk looks.
    Damage,
}

impl Fault {
    /// Every fault, with its weight.
    const ALL: [(Self, u64); 20] = [
        (Self::Quit, 3),
        (Self::Kill, 14),
        (Self::KillAtStart, 6),
        (Self::KillAtEnd, 6),
        (Self::StopThenGo, 5),
        (Self::StopThenKill, 4),
        (Self::Terminate, 4),
        (Self::Interrupt, 4),
        (Self::Hangup, 4),
        (Self::TerminalGone, 4),
        (Self::TwoDesks, 4),
        (Self::DiskFull, 6),
        (Self::FileLimit, 4),
        (Self::ReadOnlyDisk, 3),
        (Self::Immutable, 4),
        (Self::NoPermission, 4),
        (Self::FolderGone, 5),
        (Self::LogGone, 4),
        (Self::PowerCut, 8),
        (Self::Damage, 22),
    ];

    /// Chooses one that can be thrown on this medium.
    pub fn pick(medium: Medium, chance: &mut Chance) -> Self {
        let can: Vec<_> = Self::ALL
            .into_iter()
            .filter(|(fault, _)| fault.possible(medium))
            .collect();
        let mut at = chance.below(can.iter().map(|(_, weight)| weight).sum());
        for (fault, weight) in can {
            match at.checked_sub(weight) {
                Some(rest) => at = rest,
                None => return fault,
            }
        }
        Self::Kill
    }

    /// Returns the fault of this name.
    pub fn named(name: &str) -> Self {
        let found = Self::ALL
            .into_iter()
            .find(|(fault, _)| format!("{fault:?}") == name);
        found
            .unwrap_or_else(|| panic!("no fault is called {name}"))
            .0
    }

    pub fn possible(self, medium: Medium) -> bool {
        match self {
            Self::DiskFull | Self::ReadOnlyDisk | Self::NoPermission => medium != Medium::Plain,
            Self::Immutable | Self::PowerCut => medium == Medium::Device,
            _ => true,
        }
    }
}

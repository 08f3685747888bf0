//! What the books stand on: a folder, a small disk in memory, or a small disk that can lose its power.
//!
//! The last two need the rights to mount; without them the folder is a plain one and the faults of a
//! disk are not thrown. Whatever was mounted is let go of when the value is dropped.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// Room on the small disks; the books of one life need a quarter of it.
const SIZE: &str = "48m";

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Medium {
    /// A folder like any other.
    Plain,
    /// A disk in memory that can be full and read-only.
    Memory,
    /// A disk of its own, which besides can be cut off with whatever it had not synced.
    Device,
}

pub struct Disk {
    pub medium: Medium,
    base: TempDir,
    device: Option<String>,
}

impl Disk {
    /// Makes a disk of this kind, or the next best.
    pub fn new(wished: Medium) -> Self {
        let mut disk = Self {
            medium: Medium::Plain,
            base: tempfile::tempdir().unwrap(),
            device: None,
        };
        fs::create_dir(disk.folder()).unwrap();
        let made = match wished {
            Medium::Plain => true,
            Medium::Memory => disk.mount(&["-t", "tmpfs", "-o", &format!("size={SIZE}"), "none"]),
            Medium::Device => disk.attach(),
        };
        if made {
            disk.medium = wished;
        } else if wished == Medium::Device {
            return Self::new(Medium::Memory);
        }
        disk
    }

    fn attach(&mut self) -> bool {
        let image = self.base.path().join("image");
        let image = image.to_str().unwrap();
        if !tool("truncate", &["-s", SIZE, image]) || !tool("mkfs.ext4", &["-q", "-F", image]) {
            return false;
        }
        let Some(device) = asked("losetup", &["-f", "--show", image]) else {
            return false;
        };
        self.device = Some(device.trim().to_owned());
        let device = device.trim().to_owned();
        self.mount(&[&device])
    }

    fn mount(&self, what: &[&str]) -> bool {
        let folder = self.folder();
        tool("mount", &[what, &[folder.to_str().unwrap()]].concat())
    }

    /// Data and configuration of the desk are in this folder.
    pub fn folder(&self) -> PathBuf {
        self.base.path().join("disk")
    }

    /// Takes every free byte.
    pub fn fill(&self) {
        let mut ballast = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.folder().join("ballast"))
            .unwrap();
        for size in [1 << 16, 4096, 1] {
            let block = vec![0xa5; size];
            while ballast.write_all(&block).is_ok() {}
        }
    }

    /// Gives the room back.
    pub fn empty(&self) {
        fs::remove_file(self.folder().join("ballast")).unwrap();
    }

    /// Lets nothing be written, or lets it again; nobody may have a file open for writing.
    pub fn read_only(&self, on: bool) {
        let folder = self.folder();
        let how = if on { "remount,ro" } else { "remount,rw" };
        let done = tool("mount", &["-o", how, folder.to_str().unwrap()]);
        assert!(done, "{how} of {} did not work", folder.display());
    }

    /// Cuts the power: what was not synced is gone, and everything that is tried afterwards fails.
    pub fn cut(&self) -> bool {
        // EXT4_IOC_SHUTDOWN without flushing the log.
        let cut = "import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack('I', 2))";
        tool("python3", &["-c", cut, self.folder().to_str().unwrap()])
    }

    /// Brings a disk back after a cut; nobody may use it any more.
    pub fn power_up(&self) {
        let folder = self.folder();
        assert!(tool("umount", &[folder.to_str().unwrap()]));
        assert!(self.mount(&[self.device.as_deref().unwrap()]));
    }

    /// Keeps what is on the disk for a person to look at.
    pub fn keep(&self) -> PathBuf {
        let kept = tempfile::tempdir().unwrap().keep();
        copy(&self.folder(), &kept.join("disk"));
        kept
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.medium != Medium::Plain {
            tool("umount", &["-l", self.folder().to_str().unwrap()]);
        }
        if let Some(device) = &self.device {
            tool("losetup", &["-d", device]);
        }
    }
}

/// Runs a tool of the system; false when it is not there or does not work.
pub fn tool(name: &str, arguments: &[&str]) -> bool {
    asked(name, arguments).is_some()
}

fn asked(name: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(name)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then_some(text)
}

/// Copies a folder with all that is in it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else if entry.file_name() != "ballast" {
            fs::copy(entry.path(), &to).unwrap();
        }
    }
}

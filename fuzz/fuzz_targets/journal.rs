//! A journal as it may be found: any payload in it, any byte of its file or of its log changed or cut off.
#![no_main]

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use mts1b_desk::domain::{FundId, OrderId, Timestamp};
use mts1b_desk::event::{Command, Fact, Header, Input, OrderFact, Source};
use mts1b_desk::journal::{
    Draft, JOURNAL_FILE, Journal, JournalError, MemoryJournal, Payload, Record, SqliteJournal,
    stats, verify,
};
use mts1b_desk_fuzz::{Bytes, said, same, scratch, text};

/// The journal's log beside its file.
const LOG: &str = "journal.db-wal";

fuzz_target!(|data: &[u8]| {
    let mut bytes = Bytes::new(data);
    match bytes.byte() % 4 {
        0 => payloads(&text(bytes.rest())),
        1 => damaged(&mut bytes, &whole().file, None),
        2 => damaged(&mut bytes, &whole().open_file, Some(&whole().log)),
        _ => damaged(&mut Bytes::new(&[]), bytes.rest(), None),
    }
});

fn draft(seq: u64, payload: Payload) -> Draft {
    let header = Header {
        seq,
        at: Timestamp::from_us(1_700_000_000_000_000),
        source: Source::Person("ana".into()),
        cause: (seq > 1).then(|| seq - 1),
    };
    Draft::new(header, payload, &FundId::new("fund").expect("an id"))
}

/// What a journal takes it gives back.
fn payloads(lines: &str) {
    let mut journal = MemoryJournal::new();
    let mut kept = Vec::new();
    for line in lines.lines().take(64) {
        let Ok(payload) = serde_json::from_str::<Payload>(line) else {
            continue;
        };
        same(&payload);
        let draft = draft(journal.last().0 + 1, payload);
        match journal.append(vec![draft.clone()]) {
            Ok(_) => kept.push(draft),
            Err(error) => {
                said(error);
                break;
            }
        }
    }
    let read: Vec<Record> = match journal.read(1).expect("it is there").collect() {
        Ok(read) => read,
        Err(error) => panic!("taken and not read: {error}"),
    };
    assert_eq!(read.len(), kept.len());
    for (record, draft) in read.iter().zip(&kept) {
        assert_eq!(record.payload, draft.payload);
        assert_eq!(record.subject, draft.subject);
    }
}

/// A journal without a fault: closed, and as an open desk has it.
struct Whole {
    file: Vec<u8>,
    open_file: Vec<u8>,
    log: Vec<u8>,
    records: Vec<Record>,
}

fn whole() -> &'static Whole {
    static WHOLE: OnceLock<Whole> = OnceLock::new();
    WHOLE.get_or_init(|| {
        let folder = scratch("whole");
        let _ = std::fs::remove_dir_all(&folder);
        let mut journal = SqliteJournal::open(&folder).expect("a new one opens");
        for batch in 0..4 {
            let drafts = (1..=3).map(|n| {
                let seq = batch * 3 + n;
                let order_id = OrderId::new(format!("d1-{seq}")).expect("an id");
                let payload = match n {
                    1 => Payload::Input(Input::Command(Command::Cancel { order_id })),
                    _ => Payload::Fact(Fact::Order(OrderFact::Submitted {
                        order_id,
                        at: Timestamp::EPOCH,
                    })),
                };
                draft(seq, payload)
            });
            journal.append(drafts.collect()).expect("it is taken");
        }
        let read = |name: &str| std::fs::read(folder.join(name)).unwrap_or_default();
        let (open_file, log) = (read(JOURNAL_FILE), read(LOG));
        let records = journal.read(1).expect("it is there");
        let records = records.collect::<Result<_, _>>().expect("all good");
        drop(journal);
        let file = read(JOURNAL_FILE);
        let _ = std::fs::remove_dir_all(&folder);
        Whole {
            file,
            open_file,
            log,
            records,
        }
    })
}

/// Changes a few places, and perhaps cuts the end off.
fn hurt(bytes: &mut Bytes<'_>, file: &[u8]) -> Vec<u8> {
    let mut file = file.to_vec();
    for _ in 0..bytes.byte() % 8 {
        let at = usize::from(bytes.pair()) * 2 + usize::from(bytes.byte() & 1);
        let count = file.len().max(1);
        if let Some(byte) = file.get_mut(at % count) {
            *byte ^= bytes.byte();
        }
    }
    if bytes.byte() & 7 == 7 {
        file.truncate(usize::from(bytes.pair()) * 2);
    }
    file
}

fn damaged(bytes: &mut Bytes<'_>, file: &[u8], log: Option<&[u8]>) {
    let folder = scratch("damaged");
    fresh(&folder);
    let opens = bytes.byte() & 7 == 0;
    match log {
        None => write(&folder, JOURNAL_FILE, &hurt(bytes, file)),
        Some(log) => {
            write(&folder, JOURNAL_FILE, file);
            write(&folder, LOG, &hurt(bytes, log));
        }
    }
    judge(&folder, log.is_some());
    if opens {
        match SqliteJournal::open(&folder) {
            Ok(journal) => {
                let (last, _) = journal.last();
                let good = journal
                    .read(1)
                    .and_then(Iterator::collect::<Result<Vec<_>, _>>);
                if let Ok(read) = good {
                    assert_eq!(read.len() as u64, last);
                }
            }
            Err(error) => drop(said(error)),
        }
    }
}

/// Nothing passes for whole but what was written, from its beginning on.
fn judge(folder: &Path, log: bool) {
    match verify(folder) {
        Ok(report) => {
            let good = usize::try_from(report.records).expect("few");
            let read = read_good(folder);
            assert!(good <= whole().records.len(), "{report:?}");
            assert_eq!(read.as_slice(), &whole().records[..read.len()]);
            if report.ok {
                assert_eq!(read.len(), good);
                // A log that lost its end is as if the last commits had not been made.
                let all = good == whole().records.len();
                assert!(all || log || good == 0, "{report:?}");
            } else {
                said(&report.first_bad.as_ref().expect("it is named").what);
            }
        }
        Err(error) => drop(said(error)),
    }
    if let Err(error) = stats(folder) {
        said(error);
    }
}

fn read_good(folder: &Path) -> Vec<Record> {
    let Ok(reader) = SqliteJournal::open_read_only(folder) else {
        return Vec::new();
    };
    let good = |item: Result<Record, JournalError>| item.ok();
    let records = reader.read(1).map(|all| all.map_while(good).collect());
    records.unwrap_or_default()
}

fn fresh(folder: &PathBuf) {
    std::fs::create_dir_all(folder).expect("the scratch folder is made");
    for name in [JOURNAL_FILE, LOG, "journal.db-shm", "journal.db-journal"] {
        let _ = std::fs::remove_file(folder.join(name));
    }
}

fn write(folder: &Path, name: &str, file: &[u8]) {
    std::fs::write(folder.join(name), file).expect("the scratch file is written");
}

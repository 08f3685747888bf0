//! Reads the facts of many records in little time: pages are read, checked and understood on threads of their own.
//!
//! Within a page each record is checked against the one before, the first against
//! the hash that the record before the page stores; whoever takes the pages, in
//! order, sees that they join. A page with anything odd in it is read again by the
//! careful way (`recover`), which finds the words. Inputs are checked but not
//! understood: what follows from them is in the facts.

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use rusqlite::Statement;
use rusqlite::types::ValueRef;

use crate::event::Fact;
use crate::journal::{
    Facts, JournalError,
    record::{Hash, Row, open_fact},
    recover::Head,
    sqlite::{SELECT, SqliteReader},
};

/// Records of a page.
const PAGE: u64 = 512;
/// Pages a thread may be ahead.
const AHEAD: usize = 4;
/// Threads at most; whoever takes the pages has work of its own.
const THREADS: usize = 3;
/// Records from which threads are worth their start.
const MANY: u64 = 8 * PAGE;

type Read = (u64, Option<Fact>);

/// Records that follow each other, checked.
struct Page {
    /// The hash its first record was checked against.
    before: Hash,
    facts: Vec<Read>,
    last: Head,
}

/// Reads one page after another over one connection.
struct Pages<'c> {
    select: Statement<'c>,
}

impl<'c> Pages<'c> {
    fn over(reader: &'c SqliteReader) -> Option<Self> {
        Some(Self {
            select: reader.connection().prepare(SELECT).ok()?,
        })
    }

    /// Reads `count` records from `from` on; none when there is anything odd about them.
    fn read(&mut self, from: u64, count: u64) -> Option<Page> {
        let first = i64::try_from(from.saturating_sub(1)).ok()?;
        let most = i64::try_from(count)
            .ok()?
            .saturating_add(i64::from(first > 0));
        let mut rows = self.select.query([first, most]).ok()?;
        let mut page = Page {
            before: Hash::NONE,
            facts: Vec::with_capacity(usize::try_from(count).ok()?),
            last: Head {
                seq: from.saturating_sub(1),
                hash: Hash::NONE,
            },
        };
        if first > 0 {
            let row = rows.next().ok()??;
            let seq: i64 = row.get(0).ok()?;
            page.before = Hash(row.get(7).ok()?);
            page.last.hash = page.before;
            if seq != first {
                return None;
            }
        }
        while let Some(row) = rows.next().ok()? {
            let row = borrowed(row)?;
            if row.seq != page.last.seq + 1 {
                return None;
            }
            let (seq, hash) = (row.seq, row.hash);
            let read = open_fact(&row, page.last.hash).ok()?;
            page.last = Head { seq, hash };
            page.facts.push(read);
        }
        (page.facts.len() as u64 == count).then_some(page)
    }
}

/// Reads a row where it stands; none when a column is not of its type.
fn borrowed<'r>(row: &'r rusqlite::Row<'_>) -> Option<Row<&'r str>> {
    let text = |at: usize| row.get_ref(at).ok()?.as_str().ok();
    let number = |at: usize| row.get_ref(at).ok()?.as_i64().ok();
    let cause = match row.get_ref(3).ok()? {
        ValueRef::Null => None,
        cause => Some(u64::try_from(cause.as_i64().ok()?).ok()?),
    };
    Some(Row {
        seq: u64::try_from(number(0)?).ok()?,
        at_us: number(1)?,
        source: text(2)?,
        cause,
        subject: text(4)?,
        message_id: text(5)?,
        payload: text(6)?,
        hash: Hash(row.get_ref(7).ok()?.as_blob().ok()?.try_into().ok()?),
    })
}

/// Where pages come from.
enum Source<'a> {
    Here(Pages<'a>),
    Threads(Threads),
}

/// Threads that read every so manyth page each.
struct Threads {
    queues: Vec<Receiver<Option<Page>>>,
    handles: Vec<JoinHandle<()>>,
    turn: usize,
}

impl Threads {
    fn start(path: &Path, start: u64, end: u64) -> std::io::Result<Self> {
        let count = std::thread::available_parallelism().map_or(1, usize::from);
        let count = count.clamp(1, THREADS);
        let (mut queues, mut handles) = (Vec::new(), Vec::new());
        for n in 0..count as u64 {
            let (pages, queue) = sync_channel(AHEAD);
            let path = path.to_owned();
            let (from, step) = (start + n * PAGE, count as u64 * PAGE);
            let handle = std::thread::Builder::new()
                .name("facts".into())
                .spawn(move || work(&path, from, step, end, &pages))?;
            queues.push(queue);
            handles.push(handle);
        }
        Ok(Self {
            queues,
            handles,
            turn: 0,
        })
    }

    fn next(&mut self) -> Option<Page> {
        let queue = self.queues.get(self.turn % self.queues.len().max(1))?;
        self.turn += 1;
        queue.recv().ok().flatten()
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // Whoever waits to hand over a page nobody wants is told so.
        self.queues.clear();
        for handle in self.handles.drain(..) {
            handle.join().unwrap_or_default();
        }
    }
}

fn work(path: &Path, mut from: u64, step: u64, end: u64, pages: &SyncSender<Option<Page>>) {
    let reader = SqliteReader::connect(path.to_owned()).ok();
    let mut source = reader.as_ref().and_then(Pages::over);
    while from <= end {
        let count = PAGE.min(end - from + 1);
        let page = source.as_mut().and_then(|source| source.read(from, count));
        let odd = page.is_none();
        if pages.send(page).is_err() || odd {
            return;
        }
        from += step;
    }
}

/// The facts after `at` up to `end`, page by page.
struct Paged<'a> {
    source: Option<Source<'a>>,
    page: std::vec::IntoIter<Read>,
    at: Head,
    end: Head,
    /// What reads on from where a page was odd, and finds the words.
    careful: Option<Facts<'a>>,
    carefully: Box<dyn Fn(Head) -> Facts<'a> + 'a>,
}

/// Reads the facts after `at` up to `end`; `carefully` reads on after a record in the slow way.
pub(crate) fn paged<'a>(
    reader: &'a SqliteReader,
    at: Head,
    end: Head,
    threads: bool,
    carefully: impl Fn(Head) -> Facts<'a> + 'a,
) -> Result<Facts<'a>, JournalError> {
    let many = end.seq.saturating_sub(at.seq) >= MANY;
    let source = if threads && many {
        let threads = Threads::start(reader.path(), at.seq + 1, end.seq);
        let threads = threads
            .map_err(|error| JournalError::io("start a thread to read", reader.path(), &error))?;
        Some(Source::Threads(threads))
    } else {
        Pages::over(reader).map(Source::Here)
    };
    Ok(Box::new(Paged {
        source,
        page: Vec::new().into_iter(),
        at,
        end,
        careful: None,
        carefully: Box::new(carefully),
    }))
}

impl Paged<'_> {
    /// Takes the next page; none when it is odd or does not join.
    fn turn(&mut self) -> Option<Page> {
        let from = self.at.seq + 1;
        let count = PAGE.min(self.end.seq - self.at.seq);
        let page = match self.source.as_mut()? {
            Source::Here(pages) => pages.read(from, count)?,
            Source::Threads(threads) => threads.next()?,
        };
        let ends = page.last.seq != self.end.seq || page.last.hash == self.end.hash;
        let joins = page.before == self.at.hash && page.last.seq == self.at.seq + count;
        (ends && joins).then_some(page)
    }
}

impl Iterator for Paged<'_> {
    type Item = Result<Read, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(careful) = &mut self.careful {
                return careful.next();
            }
            if let Some(read) = self.page.next() {
                return Some(Ok(read));
            }
            if self.at.seq >= self.end.seq {
                return None;
            }
            if let Some(page) = self.turn() {
                self.at = page.last;
                self.page = page.facts.into_iter();
            } else {
                self.source = None;
                self.careful = Some((self.carefully)(self.at));
            }
        }
    }
}

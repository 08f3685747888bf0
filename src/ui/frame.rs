//! Frames: two buffers, the regions that may differ, and one write.
//!
//! Panes draw into the back buffer and the desk marks where; only marked regions
//! are compared with what the terminal shows. The difference is encoded into one
//! reused vector inside a synchronized update and written at once. When nothing
//! differs, nothing is written. Knows no pane and no theme.

use std::io::{self, Write};

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

/// Begins and ends an update the terminal shows as a whole.
const SYNC_BEGIN: &[u8] = b"\x1b[?2026h";
const SYNC_END: &[u8] = b"\x1b[?2026l";

/// Writes frames to a terminal.
#[derive(Debug)]
pub struct FrameWriter<W> {
    out: W,
    front: Buffer,
    back: Buffer,
    touched: Vec<Rect>,
    bytes: Vec<u8>,
    /// The terminal's content is not known: wipe it and start from blank.
    wipe: bool,
}

impl<W: Write> FrameWriter<W> {
    /// Makes a writer for a terminal of the given size; the first frame paints everything.
    pub fn new(out: W, width: u16, height: u16) -> Self {
        let area = Rect::new(0, 0, width, height);
        Self {
            out,
            front: Buffer::empty(area),
            back: Buffer::empty(area),
            touched: Vec::new(),
            bytes: Vec::new(),
            wipe: true,
        }
    }

    /// Returns the whole screen.
    pub fn area(&self) -> Rect {
        self.back.area
    }

    /// Takes a new size; what stood there is forgotten and the next frame paints everything.
    pub fn resize(&mut self, width: u16, height: u16) {
        let area = Rect::new(0, 0, width, height);
        self.back = Buffer::empty(area);
        self.invalidate();
    }

    /// Forgets what the terminal shows, as after a suspend; the next frame paints everything.
    pub fn invalidate(&mut self) {
        self.front = Buffer::empty(self.back.area);
        self.wipe = true;
    }

    /// Returns the buffer to draw into; it still holds the last frame.
    pub fn buffer(&mut self) -> &mut Buffer {
        &mut self.back
    }

    /// Returns what was last drawn.
    pub fn drawn(&self) -> &Buffer {
        &self.back
    }

    /// Gives back where the bytes go.
    pub fn into_output(self) -> W {
        self.out
    }

    /// Returns where the bytes go.
    pub fn output(&self) -> &W {
        &self.out
    }

    /// Marks a region that may differ from what the terminal shows.
    pub fn touch(&mut self, area: Rect) {
        let area = area.intersection(self.back.area);
        if !area.is_empty() {
            self.touched.push(area);
        }
    }

    /// Sends bytes that change nothing on the screen, between two frames.
    ///
    /// # Errors
    /// When the output refuses.
    pub fn pass(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.out.flush()
    }

    /// Sends what differs in one write and returns the number of bytes, zero when nothing does.
    ///
    /// # Errors
    /// When the output refuses; the next frame then paints everything.
    pub fn present(&mut self) -> io::Result<usize> {
        self.bytes.clear();
        let mut pen = Pen::default();
        if self.wipe {
            self.touched.clear();
            self.touched.push(self.back.area);
            self.bytes.extend_from_slice(SYNC_BEGIN);
            self.bytes.extend_from_slice(b"\x1b[0m\x1b[2J");
        }
        for area in &self.touched {
            for y in area.top()..area.bottom() {
                let span = (area.left(), area.right(), y);
                encode_row(&mut self.bytes, &mut pen, &mut self.front, &self.back, span);
            }
        }
        self.touched.clear();
        if self.bytes.is_empty() {
            return Ok(0);
        }
        pen.rest(&mut self.bytes);
        self.bytes.extend_from_slice(SYNC_END);
        self.wipe = false;
        let sent = self
            .out
            .write_all(&self.bytes)
            .and_then(|()| self.out.flush());
        if sent.is_err() {
            self.invalidate();
        }
        sent.map(|()| self.bytes.len())
    }
}

/// Returns how many columns a cell's text takes.
fn width(cell: &Cell) -> u16 {
    let text = cell.symbol();
    match text.as_bytes() {
        // Letters, lines and blocks are nearly all there is, and take one.
        [] | [_] | [0xE2, 0x94..=0x96, _] => 1,
        _ => u16::try_from(text.width()).unwrap_or(1).clamp(1, 2),
    }
}

/// Returns true when two cells look different on a terminal.
fn differ(old: &Cell, new: &Cell) -> bool {
    let style = |cell: &Cell| (cell.fg, cell.bg, cell.modifier);
    // One byte with another is compared without a call, and most are.
    let same = match (old.symbol().as_bytes(), new.symbol().as_bytes()) {
        ([old], [new]) => old == new,
        (old, new) => old == new,
    };
    !same || style(old) != style(new)
}

/// Encodes what differs in one row and takes it over into `front`.
fn encode_row(
    bytes: &mut Vec<u8>,
    pen: &mut Pen,
    front: &mut Buffer,
    back: &Buffer,
    (left, right, y): (u16, u16, u16),
) {
    // A wide character that was overwritten takes its other half with it.
    let mut forced = false;
    let mut x = left;
    while x < right {
        let (Some(old), Some(new)) = (front.cell_mut((x, y)), back.cell((x, y))) else {
            return;
        };
        let wide = width(new);
        if differ(old, new) || forced {
            forced = width(old) > wide;
            if bytes.is_empty() {
                bytes.extend_from_slice(SYNC_BEGIN);
            }
            pen.go(bytes, x, y);
            pen.dress(bytes, new);
            bytes.extend_from_slice(new.symbol().as_bytes());
            pen.at = Some((x.saturating_add(wide), y));
            old.clone_from(new);
            if wide == 2
                && let (Some(old), Some(new)) = (front.cell_mut((x + 1, y)), back.cell((x + 1, y)))
            {
                old.clone_from(new);
            }
        } else {
            forced = false;
        }
        x = x.saturating_add(wide);
    }
}

/// Where the terminal's cursor stands and what it writes with.
#[derive(Debug)]
struct Pen {
    at: Option<(u16, u16)>,
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

impl Default for Pen {
    fn default() -> Self {
        Self {
            at: None,
            fg: Color::Reset,
            bg: Color::Reset,
            modifier: Modifier::empty(),
        }
    }
}

/// The modifiers in use and the numbers that switch them on.
const MODIFIERS: [(Modifier, &[u8]); 5] = [
    (Modifier::BOLD, b"1;"),
    (Modifier::DIM, b"2;"),
    (Modifier::ITALIC, b"3;"),
    (Modifier::UNDERLINED, b"4;"),
    (Modifier::REVERSED, b"7;"),
];

impl Pen {
    fn go(&mut self, bytes: &mut Vec<u8>, x: u16, y: u16) {
        match self.at {
            Some(at) if at == (x, y) => return,
            Some((from, row)) if row == y && x > from => {
                bytes.extend_from_slice(b"\x1b[");
                number(bytes, x - from);
                bytes.push(b'C');
            }
            _ => {
                bytes.extend_from_slice(b"\x1b[");
                number(bytes, y.saturating_add(1));
                bytes.push(b';');
                number(bytes, x.saturating_add(1));
                bytes.push(b'H');
            }
        }
        self.at = Some((x, y));
    }

    fn dress(&mut self, bytes: &mut Vec<u8>, cell: &Cell) {
        if (cell.fg, cell.bg, cell.modifier) == (self.fg, self.bg, self.modifier) {
            return;
        }
        bytes.extend_from_slice(b"\x1b[");
        if !cell.modifier.contains(self.modifier) {
            // Switching single modifiers off is not uniform between terminals; starting over is.
            bytes.extend_from_slice(b"0;");
            (self.fg, self.bg) = (Color::Reset, Color::Reset);
            self.modifier = Modifier::empty();
        }
        for (modifier, code) in MODIFIERS {
            if cell.modifier.contains(modifier) && !self.modifier.contains(modifier) {
                bytes.extend_from_slice(code);
            }
        }
        if cell.fg != self.fg {
            paint(bytes, cell.fg, false);
        }
        if cell.bg != self.bg {
            paint(bytes, cell.bg, true);
        }
        bytes.pop();
        bytes.push(b'm');
        (self.fg, self.bg, self.modifier) = (cell.fg, cell.bg, cell.modifier);
    }

    /// Leaves the terminal's style as it was found.
    fn rest(&self, bytes: &mut Vec<u8>) {
        let plain = self.fg == Color::Reset && self.bg == Color::Reset && self.modifier.is_empty();
        if !plain {
            bytes.extend_from_slice(b"\x1b[0m");
        }
    }
}

/// Writes the numbers of one colour, each followed by `;`.
fn paint(bytes: &mut Vec<u8>, color: Color, ground: bool) {
    let base: u16 = if ground { 48 } else { 38 };
    let mut put = |n: u16| {
        number(bytes, n);
        bytes.push(b';');
    };
    match color {
        Color::Rgb(red, green, blue) => {
            put(base);
            put(2);
            put(red.into());
            put(green.into());
            put(blue.into());
        }
        Color::Indexed(index @ 0..8) => put(base - 8 + u16::from(index)),
        Color::Indexed(index @ 8..16) => put(base + 44 + u16::from(index)),
        Color::Indexed(index) => {
            put(base);
            put(5);
            put(index.into());
        }
        // Themes give no named colours; anything else is the terminal's own.
        _ => put(base + 1),
    }
}

fn number(bytes: &mut Vec<u8>, value: u16) {
    let mut digits = [0u8; 5];
    let mut rest = value;
    let mut used = 0;
    for slot in digits.iter_mut().rev() {
        *slot = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
        used += 1;
        if rest == 0 {
            break;
        }
    }
    bytes.extend_from_slice(digits.get(digits.len() - used..).unwrap_or(b"0"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Style;

    fn text_of(frame: &FrameWriter<Vec<u8>>) -> vt100::Parser {
        let area = frame.area();
        let mut terminal = vt100::Parser::new(
            area.height.try_into().unwrap(),
            area.width.try_into().unwrap(),
            0,
        );
        terminal.process(frame.output());
        terminal
    }

    #[test]
    fn a_frame_is_one_update_and_an_unchanged_one_is_no_byte() {
        let mut frame = FrameWriter::new(Vec::new(), 20, 3);
        let red = Style::new()
            .fg(Color::Rgb(200, 1, 2))
            .add_modifier(Modifier::BOLD);
        frame.buffer().set_string(2, 1, "hello", red);
        frame.touch(Rect::new(0, 0, 20, 3));
        assert!(frame.present().unwrap() > 0);
        assert!(frame.output().starts_with(SYNC_BEGIN) && frame.output().ends_with(SYNC_END));
        let screen = text_of(&frame);
        assert_eq!(screen.screen().contents().trim(), "hello");
        let cell = screen.screen().cell(1, 2).unwrap();
        assert_eq!(cell.fgcolor(), vt100::Color::Rgb(200, 1, 2));
        assert!(cell.bold());
        frame.touch(Rect::new(0, 0, 20, 3));
        assert_eq!(frame.present().unwrap(), 0);
        frame.buffer().set_string(2, 1, "hallo", red);
        assert_eq!(
            frame.present().unwrap(),
            0,
            "an unmarked region is not compared"
        );
        frame.touch(Rect::new(2, 1, 5, 1));
        let sent = frame.present().unwrap();
        assert!(sent < 60, "{sent} bytes for one letter");
        assert_eq!(text_of(&frame).screen().contents().trim(), "hallo");
    }

    #[test]
    fn a_resize_and_a_failed_write_repaint_everything() {
        let mut frame = FrameWriter::new(Vec::new(), 10, 2);
        frame.buffer().set_string(0, 0, "one", Style::new());
        frame.present().unwrap();
        frame.resize(6, 4);
        frame.buffer().set_string(0, 3, "two", Style::new());
        frame.present().unwrap();
        let text = String::from_utf8_lossy(frame.output()).into_owned();
        assert_eq!(text.matches("\x1b[2J").count(), 2);
        assert!(text_of(&frame).screen().contents().ends_with("two"));
    }

    #[test]
    fn wide_characters_come_and_go_whole() {
        let mut frame = FrameWriter::new(Vec::new(), 8, 1);
        frame.buffer().set_string(0, 0, "a株b", Style::new());
        frame.present().unwrap();
        assert_eq!(text_of(&frame).screen().contents(), "a株b");
        frame.buffer().set_string(0, 0, "axyb", Style::new());
        frame.touch(Rect::new(0, 0, 8, 1));
        frame.present().unwrap();
        assert_eq!(text_of(&frame).screen().contents(), "axyb");
        frame.buffer().set_string(0, 0, "ax b", Style::new());
        frame.buffer().set_string(0, 0, "株", Style::new());
        frame.touch(Rect::new(0, 0, 8, 1));
        frame.present().unwrap();
        frame.buffer().set_string(0, 0, "n", Style::new());
        frame.touch(Rect::new(0, 0, 8, 1));
        frame.present().unwrap();
        assert_eq!(text_of(&frame).screen().contents(), "n  b");
    }

    #[test]
    fn sixteen_and_256_colours_use_their_short_forms() {
        let mut bytes = Vec::new();
        paint(&mut bytes, Color::Indexed(4), true);
        paint(&mut bytes, Color::Indexed(12), false);
        paint(&mut bytes, Color::Indexed(12), true);
        paint(&mut bytes, Color::Indexed(200), false);
        paint(&mut bytes, Color::Reset, true);
        assert_eq!(String::from_utf8(bytes).unwrap(), "44;94;104;38;5;200;49;");
    }
}

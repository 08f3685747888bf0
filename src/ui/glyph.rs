//! The marks of the screen, in Unicode and in plain ASCII.
//!
//! Every glyph is one column wide. Which set is used is decided once, from the
//! environment handed in as data.

/// One set of marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glyphs {
    /// Went up.
    pub up: &'static str,
    /// Went down.
    pub down: &'static str,
    /// Passed.
    pub pass: &'static str,
    /// Refused.
    pub refuse: &'static str,
    /// Not known, asked later.
    pub ask: &'static str,
    /// Switched off.
    pub off: &'static str,
    /// A value nobody knows.
    pub unknown: &'static str,
    /// A healthy link.
    pub full: &'static str,
    /// A link that is down.
    pub hollow: &'static str,
    /// The selected row.
    pub cursor: &'static str,
    /// The text cursor.
    pub caret: &'static str,
    /// Worth a second look.
    pub warn: &'static str,
    /// Where a text was cut.
    pub more: &'static str,
    /// Between parts of a line.
    pub dot: &'static str,
    /// A dot of the chart's grid.
    pub grid: &'static str,
    /// A thin ruler.
    pub rule: &'static str,
    /// The used part of a bar.
    pub bar: &'static str,
    /// Half a column of the used part.
    pub bar_half: &'static str,
    /// The same at the other end: half a column of a bar that grows to the left.
    pub bar_half_left: &'static str,
    /// The unused part of a bar.
    pub track: &'static str,
    /// A level across the chart.
    pub level: &'static str,
    /// A wick through a whole cell.
    pub wick: &'static str,
    /// A wick in the upper half.
    pub wick_up: &'static str,
    /// A wick in the lower half.
    pub wick_down: &'static str,
    /// A body too flat to fill anything, with a wick through it.
    pub cross: &'static str,
    /// A body too flat to fill anything.
    pub flat: &'static str,
    /// A filled cell.
    pub full_block: &'static str,
    /// A cell filled less than full: falling candles where there is no colour.
    pub shade: &'static str,
    /// The lower half of a cell.
    pub lower_half: &'static str,
    /// The upper half of a cell.
    pub upper_half: &'static str,
    /// Filled by eighths, from one to eight.
    pub eighths: [&'static str; 8],
    /// Degrees of density, from almost none to a full cell.
    pub shades: [&'static str; 4],
    /// Degrees of a line: what is below zero, where density stands for what is above.
    pub dashes: [&'static str; 4],
    /// Where two branches meet: the upper, the lower, the upper that goes on, and onward between them.
    pub joints: [&'static str; 4],
    /// Arrows in hints: up and down.
    pub arrows: &'static str,
    /// Microseconds.
    pub micro: &'static str,
    /// Whether braille dots may be used for lines.
    pub braille: bool,
}

impl Glyphs {
    /// Marks for terminals that show Unicode.
    pub const UNICODE: Self = Self {
        up: "▲",
        down: "▼",
        pass: "✓",
        refuse: "✗",
        ask: "?",
        off: "·",
        unknown: "—",
        full: "●",
        hollow: "○",
        cursor: "▌",
        caret: "▏",
        warn: "!",
        more: "…",
        dot: "·",
        grid: "·",
        rule: "─",
        bar: "━",
        bar_half: "╸",
        bar_half_left: "╺",
        track: "─",
        level: "┈",
        wick: "│",
        wick_up: "╵",
        wick_down: "╷",
        cross: "┿",
        flat: "━",
        full_block: "█",
        shade: "░",
        lower_half: "▄",
        upper_half: "▀",
        eighths: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
        shades: ["·", "░", "▒", "█"],
        dashes: ["·", "╌", "─", "━"],
        joints: ["╮", "╯", "┬", "├"],
        arrows: "↑↓",
        micro: "µs",
        braille: true,
    };

    /// Marks for terminals that show nothing but ASCII.
    pub const ASCII: Self = Self {
        up: "^",
        down: "v",
        pass: "+",
        refuse: "x",
        ask: "?",
        off: ".",
        unknown: "-",
        full: "*",
        hollow: "o",
        cursor: ">",
        caret: "_",
        warn: "!",
        more: "~",
        dot: "-",
        grid: ".",
        rule: "-",
        bar: "=",
        bar_half: "=",
        bar_half_left: "=",
        track: "-",
        level: "-",
        wick: "|",
        wick_up: "'",
        wick_down: ",",
        cross: "+",
        flat: "-",
        full_block: "#",
        shade: "o",
        lower_half: "#",
        upper_half: "#",
        eighths: [".", ".", ":", ":", "|", "|", "#", "#"],
        shades: [".", ":", "o", "#"],
        dashes: [".", "-", "~", "="],
        joints: [".", "'", "+", "+"],
        arrows: "^v",
        micro: "us",
        braille: false,
    };

    /// Decides from the values of `LC_ALL`, `LC_CTYPE` and `LANG`, the first that is set.
    pub fn detect(locale: Option<&str>) -> Self {
        let text = locale.unwrap_or("").to_ascii_lowercase();
        if text.contains("utf-8") || text.contains("utf8") {
            Self::UNICODE
        } else {
            Self::ASCII
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locale_decides_and_ascii_is_ascii() {
        assert_eq!(Glyphs::detect(Some("de_DE.UTF-8")), Glyphs::UNICODE);
        assert_eq!(Glyphs::detect(Some("C")), Glyphs::ASCII);
        assert_eq!(Glyphs::detect(None), Glyphs::ASCII);
        assert!(format!("{:?}", Glyphs::ASCII).is_ascii());
    }
}

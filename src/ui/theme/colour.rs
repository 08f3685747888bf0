//! Colours: red, green, blue as given, and the nearest a terminal can show.
//!
//! The depth is decided once, from the environment handed in as data. Knows no role.

use ratatui::style::Color;

/// A colour as a theme file gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rgb {
    /// Red.
    pub red: u8,
    /// Green.
    pub green: u8,
    /// Blue.
    pub blue: u8,
}

/// How many colours the terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColorDepth {
    /// 16 million.
    #[default]
    True,
    /// The 256 of xterm.
    Indexed,
    /// The 16 of every terminal.
    Sixteen,
    /// None: weight and marks only.
    None,
}

impl ColorDepth {
    /// Decides from the values of `COLORTERM`, `TERM` and `NO_COLOR`, where they are set.
    pub fn detect(colorterm: Option<&str>, term: Option<&str>, no_color: Option<&str>) -> Self {
        if no_color.is_some_and(|value| !value.is_empty()) {
            return Self::None;
        }
        let term = term.unwrap_or("");
        if matches!(colorterm, Some("truecolor" | "24bit")) || term.ends_with("-direct") {
            return Self::True;
        }
        match term {
            "" | "dumb" | "vt100" | "vt220" => Self::None,
            _ if term.contains("256color") => Self::Indexed,
            _ => Self::Sixteen,
        }
    }
}

/// The 16 colours as xterm shows them.
const SIXTEEN: [(u8, u8, u8); 16] = [
    (0, 0, 0),
    (205, 0, 0),
    (0, 205, 0),
    (205, 205, 0),
    (0, 0, 238),
    (205, 0, 205),
    (0, 205, 205),
    (229, 229, 229),
    (127, 127, 127),
    (255, 0, 0),
    (0, 255, 0),
    (255, 255, 0),
    (92, 92, 255),
    (255, 0, 255),
    (0, 255, 255),
    (255, 255, 255),
];

/// The steps of each side of xterm's colour cube.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

impl Rgb {
    /// Reads `RRGGBB`, with or without `#`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').unwrap_or(text);
        if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let part = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        Some(Self {
            red: part(0)?,
            green: part(2)?,
            blue: part(4)?,
        })
    }

    /// Returns the relative luminance, 0 to 1, as WCAG defines it.
    pub fn luminance(self) -> f64 {
        let linear = |byte: u8| {
            let part = f64::from(byte) / 255.0;
            if part <= 0.040_45 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(self.red) + 0.7152 * linear(self.green) + 0.0722 * linear(self.blue)
    }

    /// Returns the contrast ratio with another colour, 1 to 21, as WCAG defines it.
    pub fn contrast(self, other: Rgb) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// Returns the nearest colour the terminal can show.
    pub fn at(self, depth: ColorDepth) -> Color {
        match depth {
            ColorDepth::True => Color::Rgb(self.red, self.green, self.blue),
            ColorDepth::Indexed => Color::Indexed(self.nearest_of_256()),
            ColorDepth::Sixteen => Color::Indexed(self.nearest_of_16()),
            ColorDepth::None => Color::Reset,
        }
    }

    fn distance(self, (red, green, blue): (u8, u8, u8)) -> i32 {
        let part = |a: u8, b: u8, weight: i32| (i32::from(a) - i32::from(b)).pow(2) * weight;
        part(self.red, red, 3) + part(self.green, green, 6) + part(self.blue, blue, 2)
    }

    /// Keeps the hue of what has one: red must not come out grey because grey is nearer.
    fn nearest_of_16(self) -> u8 {
        let parts = [self.red, self.green, self.blue];
        let (most, least) = (parts.map(u16::from), parts.map(u16::from));
        let most = most.into_iter().max().unwrap_or(0);
        let least = least.into_iter().min().unwrap_or(0);
        let spread = most - least;
        if most >= 64 && spread * 5 >= most {
            let bit = |part: u8| u8::from((u16::from(part) - least) * 10 >= spread * 6);
            let hue = bit(self.red) | bit(self.green) << 1 | bit(self.blue) << 2;
            return if most >= 200 { hue + 8 } else { hue };
        }
        let near = (0u8..).zip(SIXTEEN).min_by_key(|(_, c)| self.distance(*c));
        near.map_or(7, |(index, _)| index)
    }

    fn nearest_of_256(self) -> u8 {
        let step = |value: u8| {
            let near = (0u8..)
                .zip(CUBE)
                .min_by_key(|(_, level)| level.abs_diff(value));
            near.unwrap_or((0, 0))
        };
        let (red, green, blue) = (step(self.red), step(self.green), step(self.blue));
        let cube = 16 + 36 * red.0 + 6 * green.0 + blue.0;
        let grey = (0u8..24).map(|n| (232 + n, 8 + 10 * n));
        let in_cube = (cube, self.distance((red.1, green.1, blue.1)));
        grey.map(|(index, level)| (index, self.distance((level, level, level))))
            .fold(
                in_cube,
                |best, next| if next.1 < best.1 { next } else { best },
            )
            .0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_decides_the_depth() {
        use ColorDepth::{Indexed, None as Plain, Sixteen, True};
        let cases = [
            ((Some("truecolor"), Some("xterm"), None), True),
            ((None, Some("xterm-256color"), None), Indexed),
            ((None, Some("xterm"), None), Sixteen),
            ((None, Some("linux"), None), Sixteen),
            ((None, Some("dumb"), None), Plain),
            ((None, None, None), Plain),
            (
                (Some("truecolor"), Some("xterm-256color"), Some("1")),
                Plain,
            ),
            ((Some("truecolor"), Some("xterm-256color"), Some("")), True),
        ];
        for ((colorterm, term, no_color), depth) in cases {
            assert_eq!(
                ColorDepth::detect(colorterm, term, no_color),
                depth,
                "{term:?}"
            );
        }
    }

    #[test]
    fn colours_read_and_reduce() {
        let white = Rgb::parse("#ffffff").unwrap();
        let black = Rgb::parse("000000").unwrap();
        assert!((white.contrast(black) - 21.0).abs() < 1e-9);
        assert_eq!(white.at(ColorDepth::Indexed), Color::Indexed(231));
        assert_eq!(black.at(ColorDepth::Sixteen), Color::Indexed(0));
        assert_eq!(
            Rgb::parse("12181e").unwrap().at(ColorDepth::Indexed),
            Color::Indexed(234)
        );
        let sixteen = [
            ("4cc38a", 2),
            ("f2716b", 9),
            ("e5b567", 11),
            ("6cb2f5", 12),
            ("b48ead", 5),
            ("2f6f6a", 6),
            ("c0392b", 1),
            ("0e1216", 0),
            ("cbd5df", 7),
        ];
        for (text, index) in sixteen {
            let colour = Rgb::parse(text).unwrap().at(ColorDepth::Sixteen);
            assert_eq!(colour, Color::Indexed(index), "{text} keeps its hue");
        }
        for bad in ["", "12345", "gggggg", "#1234567", "ééé"] {
            assert_eq!(Rgb::parse(bad), None, "{bad}");
        }
    }
}

//! Themes: every role of the screen's language and the style it has.
//!
//! A theme file names the roles and nothing else. Panes ask for a role, never
//! for a colour, and the depth of the terminal is applied here once, when the
//! theme is resolved. Shipped themes are files under `themes/`, embedded; there
//! is no second copy in code.

mod colour;

use ratatui::style::{Color, Modifier, Style};

pub use colour::{ColorDepth, Rgb};

/// The shipped themes, by name.
pub const SHIPPED: [(&str, &str); 2] = [
    ("slate", include_str!("../../../themes/slate.toml")),
    ("linen", include_str!("../../../themes/linen.toml")),
];

macro_rules! roles {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// What a colour is for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Role { $($(#[$doc])* $name,)* }

        impl Role {
            /// Every role, in the order of the theme files.
            pub const ALL: &'static [Role] = &[$(Role::$name,)*];

            /// Returns the role's name in a theme file.
            pub const fn as_str(self) -> &'static str {
                match self { $(Role::$name => $text,)* }
            }
        }

        /// The colours of a theme file, complete and readable.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Palette { colours: [Rgb; Role::ALL.len()] }
    };
}

roles! {
    /// The gaps between panes.
    Bg = "bg";
    /// The ground of a pane.
    Pane = "pane";
    /// Title strips, header and bottom line.
    Strip = "strip";
    /// The strip of the focused pane.
    Focus = "focus";
    /// The selected row.
    Cursor = "cursor";
    /// The number that matters.
    Bright = "bright";
    /// The rest of the text.
    Text = "text";
    /// Labels and secondary figures.
    Dim = "dim";
    /// Rulers, headings, hints.
    Faint = "faint";
    /// A price, profit or side that goes up.
    Up = "up";
    /// A price, loss or side that goes down.
    Down = "down";
    /// Passed, healthy.
    Ok = "ok";
    /// Refused, broken.
    Deny = "deny";
    /// Not known.
    Unknown = "unknown";
    /// Stale, or near a limit.
    Warn = "warn";
    /// Lines and own orders.
    Info = "info";
    /// The mark of the cursor.
    Accent = "accent";
    /// Names of keys.
    Key = "key";
    /// The paper tag.
    Paper = "paper";
    /// The live tag and strip.
    Live = "live";
}

/// Why a theme file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ThemeError {
    /// The file is not TOML.
    #[error("theme '{theme}' is not valid TOML: {why}")]
    Syntax {
        /// The theme's name.
        theme: String,
        /// The parser's words.
        why: String,
    },
    /// A role the screen does not have.
    #[error("theme '{theme}' names the role '{role}', which there is not{hint}")]
    UnknownRole {
        /// The theme's name.
        theme: String,
        /// As written.
        role: String,
        /// The nearest role, in words.
        hint: String,
    },
    /// A role without a colour.
    #[error("theme '{theme}' gives no colour for the role '{role}'")]
    MissingRole {
        /// The theme's name.
        theme: String,
        /// The role.
        role: &'static str,
    },
    /// A value that is no colour.
    #[error(
        "theme '{theme}', role '{role}': '{value}' is not a colour of six hex digits, such as 12181e"
    )]
    BadColour {
        /// The theme's name.
        theme: String,
        /// The role.
        role: String,
        /// As written.
        value: String,
    },
    /// No theme of that name is shipped.
    #[error("theme '{theme}' is not known{hint}")]
    UnknownTheme {
        /// As asked.
        theme: String,
        /// The nearest theme, in words.
        hint: String,
    },
}

/// Returns a text as it is shown in an error: what would take more than a line is cut.
pub(crate) fn short(text: &str) -> String {
    const MOST: usize = 80;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or(text)),
        None => text.to_owned(),
    }
}

/// Returns what a file's parser says with the line it says it of.
pub(crate) fn syntax(text: &str, error: &toml::de::Error) -> String {
    let start = error.span().map_or(0, |span| span.start);
    let before = text.get(..start).unwrap_or(text);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let words: String = error.message().chars().take(200).collect();
    format!("line {line}: {}", words.trim().replace('\n', ", "))
}

/// Returns ", did you mean '…'?" for the nearest known name, or nothing when none is near.
pub(crate) fn suggestion<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    // The measure takes room and time by the product of both lengths; no slip is that long.
    if name.chars().count() > 64 {
        return String::new();
    }
    let near = known
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .min_by_key(|(distance, _)| *distance);
    match near {
        Some((distance, candidate)) if distance <= candidate.len().div_ceil(2).min(3) => {
            format!("; did you mean '{candidate}'?")
        }
        _ => String::new(),
    }
}

impl Palette {
    /// Reads a theme file.
    ///
    /// # Errors
    /// When it is not TOML, names an unknown role, lacks one, or a value is no colour.
    pub fn parse(theme: &str, text: &str) -> Result<Self, ThemeError> {
        let table: toml::Table = text.parse().map_err(|error| ThemeError::Syntax {
            theme: theme.into(),
            why: syntax(text, &error),
        })?;
        let mut colours: [Option<Rgb>; Role::ALL.len()] = [None; Role::ALL.len()];
        for (name, value) in &table {
            let role = Role::ALL.iter().find(|role| role.as_str() == name);
            let Some(slot) = role.and_then(|role| colours.get_mut(*role as usize)) else {
                return Err(ThemeError::UnknownRole {
                    theme: theme.into(),
                    role: short(name),
                    hint: suggestion(name, Role::ALL.iter().map(|role| role.as_str())),
                });
            };
            let colour = value.as_str().and_then(Rgb::parse);
            *slot = Some(colour.ok_or_else(|| {
                ThemeError::BadColour {
                    theme: theme.into(),
                    role: name.clone(),
                    value: value
                        .as_str()
                        .map_or_else(|| short(&value.to_string()), short),
                }
            })?);
        }
        let mut complete = [Rgb {
            red: 0,
            green: 0,
            blue: 0,
        }; Role::ALL.len()];
        for ((role, colour), slot) in Role::ALL.iter().zip(colours).zip(&mut complete) {
            *slot = colour.ok_or_else(|| ThemeError::MissingRole {
                theme: theme.into(),
                role: role.as_str(),
            })?;
        }
        Ok(Self { colours: complete })
    }

    /// Reads a shipped theme by name.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn shipped(name: &str) -> Result<Self, ThemeError> {
        let found = SHIPPED.iter().find(|(known, _)| *known == name);
        let (name, text) = found.ok_or_else(|| ThemeError::UnknownTheme {
            theme: name.into(),
            hint: suggestion(name, SHIPPED.iter().map(|(known, _)| *known)),
        })?;
        Self::parse(name, text)
    }

    /// Returns the colour of a role.
    pub fn colour(&self, role: Role) -> Rgb {
        let black = Rgb {
            red: 0,
            green: 0,
            blue: 0,
        };
        self.colours.get(role as usize).copied().unwrap_or(black)
    }
}

/// A theme as the terminal at hand can show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    depth: ColorDepth,
    colours: [Color; Role::ALL.len()],
    inks: [Color; 2],
}

impl Theme {
    /// Resolves a palette for a terminal of the given depth.
    pub fn new(palette: &Palette, depth: ColorDepth) -> Self {
        let mut colours = [Color::Reset; Role::ALL.len()];
        for (role, slot) in Role::ALL.iter().zip(&mut colours) {
            *slot = palette.colour(*role).at(depth);
        }
        let ink = |tag: Role| {
            let (ground, bright) = (palette.colour(tag), palette.colour(Role::Bright));
            let bg = palette.colour(Role::Bg);
            let better = ground.contrast(bright) >= ground.contrast(bg);
            if better {
                bright.at(depth)
            } else {
                bg.at(depth)
            }
        };
        let inks = [ink(Role::Paper), ink(Role::Live)];
        let mut theme = Self {
            depth,
            colours,
            inks,
        };
        match depth {
            ColorDepth::Sixteen => theme.part_grounds(),
            ColorDepth::Indexed => theme.part_focus(palette),
            ColorDepth::True | ColorDepth::None => {}
        }
        theme
    }

    /// With 256 colours a dark blue comes out grey; focus must still part from the strips.
    fn part_focus(&mut self, palette: &Palette) {
        let dark = palette.colour(Role::Pane).luminance() < 0.5;
        let blue = Color::Indexed(if dark { 17 } else { 153 });
        if let Some(slot) = self.colours.get_mut(Role::Focus as usize) {
            *slot = blue;
        }
    }

    /// With 16 colours the grounds fall together; focus and cursor must still part from the rest.
    fn part_grounds(&mut self) {
        let pane = self.colour(Role::Pane);
        let dark = pane == Color::Indexed(0);
        let (strip, chosen) = if dark { (0, 4) } else { (15, 14) };
        for (role, index) in [
            (Role::Strip, strip),
            (Role::Focus, chosen),
            (Role::Cursor, chosen),
        ] {
            if let Some(slot) = self.colours.get_mut(role as usize) {
                *slot = Color::Indexed(index);
            }
        }
        for (role, index) in [(Role::Dim, if dark { 7 } else { 0 }), (Role::Faint, 8)] {
            if let Some(slot) = self.colours.get_mut(role as usize) {
                *slot = Color::Indexed(index);
            }
        }
        // The yellow of these terminals cannot be read on white.
        let yellow = Color::Indexed(3);
        for (role, index) in [(Role::Warn, 1), (Role::Key, 4)] {
            let slot = self.colours.get_mut(role as usize);
            if let Some(slot) = slot.filter(|slot| !dark && **slot == yellow) {
                *slot = Color::Indexed(index);
            }
        }
        // A teal tag comes out bright and takes black; a red one dark and takes white.
        self.inks = [Color::Indexed(0), Color::Indexed(15)];
    }

    /// Returns the colour of a role, for cells painted part in one and part in another.
    pub fn colour(&self, role: Role) -> Color {
        self.colours
            .get(role as usize)
            .copied()
            .unwrap_or(Color::Reset)
    }

    /// Returns true when the terminal shows no colours.
    pub fn is_plain(&self) -> bool {
        self.depth == ColorDepth::None
    }

    fn ink(&self, role: Role) -> Style {
        Style::new().fg(self.colour(role))
    }

    fn ground(&self, role: Role) -> Style {
        Style::new()
            .bg(self.colour(role))
            .fg(self.colour(Role::Text))
    }

    /// Returns the ground of the gaps.
    pub fn gap(&self) -> Style {
        self.ground(Role::Bg)
    }

    /// Returns the ground of a pane.
    pub fn pane(&self) -> Style {
        self.ground(Role::Pane)
    }

    /// Returns the ground of a title strip.
    pub fn strip(&self, focused: bool) -> Style {
        let style = self.ground(if focused { Role::Focus } else { Role::Strip });
        match (self.depth, focused) {
            (ColorDepth::None, true) => style.add_modifier(Modifier::REVERSED),
            (ColorDepth::None | ColorDepth::Sixteen, false) => {
                style.add_modifier(Modifier::UNDERLINED)
            }
            _ => style,
        }
    }

    /// Returns the ground of a strip of lines that are not titles: header and bottom line.
    pub fn bar(&self) -> Style {
        self.ground(Role::Strip)
    }

    /// Returns the text of a strip's title.
    pub fn title(&self, focused: bool) -> Style {
        if focused {
            self.bright()
        } else {
            heavy(self.dim())
        }
    }

    /// Returns the ground of the selected row.
    pub fn cursor(&self) -> Style {
        let style = Style::new().bg(self.colour(Role::Cursor));
        if self.is_plain() {
            style.add_modifier(Modifier::REVERSED)
        } else {
            style
        }
    }

    /// Returns the text of the number that matters.
    pub fn bright(&self) -> Style {
        heavy(self.ink(Role::Bright))
    }

    /// Returns plain text.
    pub fn text(&self) -> Style {
        self.ink(Role::Text)
    }

    /// Returns labels and secondary figures.
    pub fn dim(&self) -> Style {
        self.ink(Role::Dim)
    }

    /// Returns rulers, headings and hints.
    pub fn faint(&self) -> Style {
        if self.is_plain() {
            Style::new().add_modifier(Modifier::DIM)
        } else {
            self.ink(Role::Faint)
        }
    }

    /// Returns a figure that goes up.
    pub fn up(&self) -> Style {
        self.ink(Role::Up)
    }

    /// Returns a figure that goes down.
    pub fn down(&self) -> Style {
        self.ink(Role::Down)
    }

    /// Returns passed and healthy.
    pub fn ok(&self) -> Style {
        self.ink(Role::Ok)
    }

    /// Returns refused and broken.
    pub fn deny(&self) -> Style {
        self.ink(Role::Deny)
    }

    /// Returns not known.
    pub fn unknown(&self) -> Style {
        self.ink(Role::Unknown)
    }

    /// Returns stale, or near a limit.
    pub fn warn(&self) -> Style {
        self.ink(Role::Warn)
    }

    /// Returns lines and own orders.
    pub fn info(&self) -> Style {
        self.ink(Role::Info)
    }

    /// Returns the mark of the cursor.
    pub fn accent(&self) -> Style {
        self.ink(Role::Accent)
    }

    /// Returns the names of keys.
    pub fn key(&self) -> Style {
        self.ink(Role::Key)
    }

    /// Returns the tag that says paper or live.
    pub fn tag(&self, live: bool) -> Style {
        let (role, ink) = if live {
            (Role::Live, 1)
        } else {
            (Role::Paper, 0)
        };
        let ink = self.inks.get(ink).copied().unwrap_or(Color::Reset);
        let style = heavy(Style::new().bg(self.colour(role)).fg(ink));
        if self.is_plain() {
            style.add_modifier(Modifier::REVERSED)
        } else {
            style
        }
    }
}

/// Makes a style bold; not the black of the 16 colours, which many terminals then show as grey.
fn heavy(style: Style) -> Style {
    if style.fg == Some(Color::Indexed(0)) {
        return style;
    }
    style.add_modifier(Modifier::BOLD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_theme_file_is_checked_in_words() {
        let slate = SHIPPED[0].1;
        let check = |text: &str| Palette::parse("mine", text).unwrap_err().to_string();
        assert_eq!(
            check(&slate.replace("cursor  =", "curser  =")),
            "theme 'mine' names the role 'curser', which there is not; did you mean 'cursor'?"
        );
        assert_eq!(
            check(&slate.replace("live    = \"c0392b\"", "")),
            "theme 'mine' gives no colour for the role 'live'"
        );
        assert!(check(&slate.replace("c0392b", "red")).contains("'red' is not a colour"));
        assert!(check("bg = ").contains("not valid TOML"));
        let unknown = Palette::shipped("slat").unwrap_err().to_string();
        assert_eq!(unknown, "theme 'slat' is not known; did you mean 'slate'?");
    }

    #[test]
    fn without_colour_weight_and_marks_remain() {
        let theme = Theme::new(&Palette::shipped("slate").unwrap(), ColorDepth::None);
        for role in Role::ALL {
            assert_eq!(theme.colour(*role), Color::Reset);
        }
        assert!(theme.strip(true).add_modifier.contains(Modifier::REVERSED));
        assert!(theme.bright().add_modifier.contains(Modifier::BOLD));
        assert_ne!(theme.strip(true), theme.strip(false));
    }
}

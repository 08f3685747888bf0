//! The table: each figure beside its goal.

use std::fmt::Write;

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Ms,
    MiB,
    Percent,
    BytesPerS,
    Count,
}

impl Unit {
    fn text(self, value: f64) -> String {
        match self {
            Self::Ms => format!("{value:.2} ms"),
            Self::MiB => format!("{value:.1} MiB"),
            Self::Percent => format!("{value:.2} %"),
            Self::BytesPerS => format!("{value:.0} B/s"),
            Self::Count => format!("{value:.0}"),
        }
    }
}

/// Which figure has a goal, and what it should not pass.
#[derive(Debug, Clone, Copy)]
pub enum Goal {
    None,
    /// The middle, or the one figure there is.
    P50(f64),
    P99(f64),
}

#[derive(Debug)]
struct Row {
    name: String,
    n: usize,
    figures: [String; 3],
    goal: String,
    verdict: &'static str,
}

/// The rows so far.
#[derive(Debug, Default)]
pub struct Table(Vec<Row>);

impl Table {
    /// Adds samples: their middle, their 99th percentile and the worst.
    pub fn samples(&mut self, name: &str, unit: Unit, mut of: Vec<f64>, goal: Goal) {
        of.sort_by(f64::total_cmp);
        let at = |percent: usize| {
            let last = of.len().saturating_sub(1);
            of.get((last * percent).div_ceil(100))
                .copied()
                .unwrap_or(f64::NAN)
        };
        let figures = [at(50), at(99), at(100)];
        self.row(name, of.len(), unit, &figures, goal);
    }

    /// Adds one figure.
    pub fn figure(&mut self, name: &str, unit: Unit, value: f64, goal: Goal) {
        self.row(name, 1, unit, &[value], goal);
    }

    fn row(&mut self, name: &str, n: usize, unit: Unit, values: &[f64], goal: Goal) {
        let mut figures = [const { String::new() }; 3];
        for (text, value) in figures.iter_mut().zip(values) {
            *text = unit.text(*value);
        }
        let (value, most, which) = match goal {
            Goal::None => (None, f64::NAN, ""),
            Goal::P50(most) => (values.first(), most, if n > 1 { "p50 " } else { "" }),
            Goal::P99(most) => (values.get(1), most, "p99 "),
        };
        self.0.push(Row {
            name: name.to_owned(),
            n,
            figures,
            goal: value.map_or_else(String::new, |_| format!("{which}{}", unit.text(most))),
            verdict: match value {
                None => "",
                Some(value) if *value <= most => "ok",
                Some(_) => "OVER",
            },
        });
    }

    /// Returns the text.
    pub fn text(&self) -> String {
        let wide = |of: fn(&Row) -> usize, least: usize| {
            self.0.iter().map(of).max().unwrap_or(0).max(least)
        };
        let name = wide(|row| row.name.chars().count(), 4);
        let goal = wide(|row| row.goal.len(), 4);
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{:name$}  {:>4}  {:>10}  {:>10}  {:>10}  {:goal$}  verdict",
            "name", "n", "p50", "p99", "most", "goal"
        );
        for row in &self.0 {
            let [p50, p99, most] = &row.figures;
            let _ = writeln!(
                text,
                "{:name$}  {:>4}  {p50:>10}  {p99:>10}  {most:>10}  {:goal$}  {}",
                row.name, row.n, row.goal, row.verdict
            );
        }
        text
    }
}

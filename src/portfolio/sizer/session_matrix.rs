//! Sizes by session: what trades at a moment is sized by the sizer that the session matrix names for it.
//!
//! Assets of one session are sized together and held to its gross cap; what no session speaks of at that moment gets
//! nothing. Where that is all of them there is no answer: a sleeve of shares does not sell them because it is night.
//! The hours are those of [`SessionMatrix::documented`]; which sizer stands in which session is a parameter.

use crate::domain::Timestamp;
use crate::portfolio::Registry;
use crate::portfolio::sizer::registry;
use crate::portfolio::sizer::session::{Session, SessionMatrix, Sizing};
use crate::protocol::{ASOF, Given, ParamSpec, Params, PortfolioError, Sizer, SizerInput};

/// The sizer `session_matrix`.
#[derive(Debug, Clone, Copy)]
pub struct BySession;

const NAME: &str = "session_matrix";
const PARAMS: &[ParamSpec] = &[
    ASOF,
    ParamSpec {
        name: Session::Rth.as_str(),
        default: Session::Rth.documented(),
        what: "sizer of regular hours, and after @ the most gross as a ratio of NAV; shares and options, 09:30 to 16:00 New York",
    },
    ParamSpec {
        name: Session::Pre.as_str(),
        default: Session::Pre.documented(),
        what: "the same before the open; shares, 04:00 to 09:30",
    },
    ParamSpec {
        name: Session::Post.as_str(),
        default: Session::Post.documented(),
        what: "the same after the close; shares, 16:00 to 20:00",
    },
    ParamSpec {
        name: Session::Ibeos.as_str(),
        default: Session::Ibeos.documented(),
        what: "the same overnight; shares, 20:00 to 03:50 before a weekday",
    },
    ParamSpec {
        name: Session::AllDay.as_str(),
        default: Session::AllDay.documented(),
        what: "the same of what trades around the clock; crypto always, currencies and futures from Sunday evening to Friday 17:00",
    },
];

impl Sizer for BySession {
    fn name(&self) -> &str {
        NAME
    }

    fn params(&self) -> &[ParamSpec] {
        PARAMS
    }

    fn size(&self, input: &SizerInput<'_>, params: &Params) -> Result<Vec<f64>, PortfolioError> {
        let given = Given::new(NAME, PARAMS, params)?;
        let asof = moment(&given)?;
        let sizers = registry();
        let sizings = Session::ALL.map(|session| Ok((session, sizing(&given, session, &sizers)?)));
        let sizings: Result<Vec<_>, PortfolioError> = sizings.into_iter().collect();
        let matrix =
            SessionMatrix::with(sizings?).map_err(|why| PortfolioError::none(NAME, why))?;
        let found: Vec<Option<(Session, &Sizing)>> = (input.symbols.iter())
            .map(|symbol| matrix.resolve(symbol.asset_class(), asof))
            .collect();
        if found.iter().all(Option::is_none) {
            let why = format!("nothing of this trades at {asof}");
            return Err(PortfolioError::none(NAME, why));
        }
        let mut weights = vec![0.0; input.signal.len()];
        for (session, sizing) in matrix.sizings() {
            let here = |at: &Option<(Session, &Sizing)>| at.is_some_and(|(of, _)| of == *session);
            if !found.iter().any(here) {
                continue;
            }
            let pairs = input.signal.iter().zip(&found);
            let signal: Vec<f64> = pairs
                .map(|(score, at)| if here(at) { *score } else { f64::NAN })
                .collect();
            let input = SizerInput {
                signal: &signal,
                ..*input
            };
            let sizer = sizers.get(&sizing.sizer);
            let sizer = sizer.map_err(|error| PortfolioError::none(NAME, error.to_string()))?;
            let sized = sizer.size(&input, &Params::new())?;
            let gross: f64 = sized.iter().map(|weight| weight.abs()).sum();
            let scale = if gross > sizing.gross_cap {
                sizing.gross_cap / gross
            } else {
                1.0
            };
            for (weight, part) in weights.iter_mut().zip(sized) {
                *weight += part * scale;
            }
        }
        Ok(weights)
    }
}

/// Reads the moment that is asked about.
fn moment(given: &Given<'_>) -> Result<Timestamp, PortfolioError> {
    let value = given.value(ASOF.name).unwrap_or_default();
    let read = value.as_str().and_then(|text| text.parse().ok());
    read.ok_or_else(|| {
        let expected = "expected a moment, such as 2026-01-07T14:30:00Z";
        given.bad(ASOF.name, &value, expected)
    })
}

/// Reads which sizer a session has.
fn sizing(
    given: &Given<'_>,
    session: Session,
    sizers: &Registry<dyn Sizer>,
) -> Result<Sizing, PortfolioError> {
    let name = session.as_str();
    let value = given.value(name).unwrap_or_default();
    let bad = |why: &str| given.bad(name, &value, why);
    let text = value.as_str().unwrap_or_default();
    let sizing: Sizing = text.parse().map_err(|why: String| bad(&why))?;
    if sizing.sizer == NAME {
        return Err(bad("expected a sizer that asks for no session"));
    }
    match sizers.get(&sizing.sizer) {
        Ok(_) => Ok(sizing),
        Err(error) => Err(bad(&error.to_string())),
    }
}

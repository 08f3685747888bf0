//! The chief-risk-officer model: a chat endpoint that gives an opinion on one order.
//!
//! Any server that speaks `POST {url}/chat/completions` will do, one on this machine
//! too. `prompt` makes the question, `answer` reads what comes back, `net::http`
//! carries both. What cannot be used is no opinion, and says why; what that means for
//! the order is not decided here. Nothing in a question or an answer is a secret: the
//! key stands in a header alone and is cut out of whatever the server says.
//!
//! The form: <https://platform.openai.com/docs/api-reference/chat/create>

mod answer;
mod prompt;

pub use answer::read;
pub use prompt::{SYSTEM, facts, request};

use crate::adapter::net::http::{HttpClient, HttpError, Key};
use crate::event::{Exchange, Said};
use crate::order::effect::Ask;

/// The largest answer that is read, in bytes.
pub const ANSWER_BYTES_MAX: usize = 32 * 1024;

/// The way to the model.
#[derive(Debug)]
pub struct Cro {
    client: HttpClient,
    model: String,
}

impl Cro {
    /// Makes the way to a model at an address such as `https://api.example.com/v1`.
    ///
    /// # Errors
    /// When the address is none, or would carry plain text off this machine.
    pub fn new(url: &str, model: &str, key: Option<Key>) -> Result<Self, HttpError> {
        let whole = format!("{}/chat/completions", url.trim_end_matches('/'));
        Ok(Self {
            client: HttpClient::new(&whole, key, ANSWER_BYTES_MAX)?,
            model: model.to_owned(),
        })
    }

    /// Asks for an opinion; never takes longer than it may.
    pub async fn ask(&self, ask: &Ask) -> (Said, Exchange) {
        let asked = request(&self.model, ask);
        let (heard, fault) = self.client.post(asked.clone(), ask.within).await;
        let said = match fault {
            Some(fault) => Said::Nothing {
                why: fault.to_string(),
            },
            None => read(&heard),
        };
        let clean = |text: &str| self.client.without_key(text);
        let said = match said {
            Said::Opinion {
                veto,
                confidence,
                reason,
            } => Said::Opinion {
                veto,
                confidence,
                reason: clean(&reason),
            },
            Said::Nothing { why } => Said::Nothing { why: clean(&why) },
            other @ (Said::Pass | Said::Refuse) => other,
        };
        let answered = clean(&String::from_utf8_lossy(&heard.body));
        (said, Exchange { asked, answered })
    }
}

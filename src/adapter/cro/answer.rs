//! What the model answered: an opinion to the letter, or the reason why it is none.
//!
//! The envelope of the answer belongs to the server and may hold more than is needed.
//! The opinion inside is ours: exactly three keys, each of its type and within its
//! bounds. Nothing is guessed, repaired or taken out of surrounding words.

use serde::Deserialize;

use crate::adapter::net::http::Heard;
use crate::event::Said;

/// The most characters of a model's reason.
const REASON_MOST: usize = 500;

#[derive(Deserialize)]
struct Completion {
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
}

#[derive(Deserialize)]
struct Message {
    content: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Opinion {
    veto: bool,
    confidence: f64,
    reason: String,
}

/// Reads an answer that came whole.
pub fn read(heard: &Heard) -> Said {
    match opinion(heard) {
        Ok(Opinion {
            veto,
            confidence,
            reason,
        }) => Said::Opinion {
            veto,
            confidence,
            reason: reason.chars().take(REASON_MOST).collect(),
        },
        Err(why) => Said::Nothing { why },
    }
}

fn opinion(heard: &Heard) -> Result<Opinion, String> {
    let status = heard.status.unwrap_or_default();
    if status != 200 {
        return Err(format!("the model's server answered {status}, not 200"));
    }
    let kind = heard.content_type.split(';').next().unwrap_or_default();
    if !kind.trim().eq_ignore_ascii_case("application/json") {
        let kind: String = kind.chars().take(60).collect();
        return Err(format!("the answer is '{kind}', not application/json"));
    }
    let text = std::str::from_utf8(&heard.body).map_err(|_| "the answer is no UTF-8 text")?;
    let completion: Completion = serde_json::from_str(text)
        .map_err(|error| format!("the answer is no completion: {error}"))?;
    let [choice] = completion.choices.as_slice() else {
        let count = completion.choices.len();
        return Err(format!("the answer has {count} choices, not one"));
    };
    let content = choice.message.content.as_deref();
    let content = content.ok_or("the model said nothing")?;
    // A list of the three would be read as well, and says of nothing what it is.
    if !content.trim_start().starts_with('{') {
        return Err("its opinion cannot be read: it is no JSON object".to_owned());
    }
    let opinion: Opinion = serde_json::from_str(content)
        .map_err(|error| format!("its opinion cannot be read: {error}"))?;
    if !(0.0..=1.0).contains(&opinion.confidence) {
        let confidence = opinion.confidence;
        return Err(format!("its confidence is {confidence}, not from 0 to 1"));
    }
    Ok(opinion)
}

//! A key or password, from the environment only, and told to nobody by accident.
//!
//! It has no `Display`, no `Serialize` and no `Clone`; its `Debug` hides it, and the
//! memory it stood in is wiped when it goes. An adapter that needs one takes it by
//! reference and calls [`Secret::expose`] where it signs or sends, nowhere else.
//! Never read from a file: a key that looks like a secret is refused there.

use std::fmt;

use zeroize::Zeroizing;

/// A secret.
pub struct Secret(Zeroizing<String>);

/// Why a secret cannot be used. It never repeats the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The variable holds something that is no text.
    #[error("environment variable {0} does not hold UTF-8 text: set it anew")]
    NotText(String),
}

impl Secret {
    /// Takes the secret that stands under `name` in the environment; none when it is not set or blank.
    ///
    /// # Errors
    /// When what stands there is no text.
    pub fn from_environment(name: &str) -> Result<Option<Self>, SecretError> {
        std::env::var_os(name).map_or(Ok(None), |value| Self::read(name, value))
    }

    fn read(name: &str, value: std::ffi::OsString) -> Result<Option<Self>, SecretError> {
        // The system's own words for a value that is no text would repeat it.
        let text = value
            .into_string()
            .map_err(|_| SecretError::NotText(name.to_owned()))?;
        let text = Zeroizing::new(text);
        let trimmed = text.trim();
        Ok((!trimmed.is_empty()).then(|| Self(Zeroizing::new(trimmed.to_owned()))))
    }

    /// Returns the secret itself, for the one place that signs or sends with it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKED: &str = "not-a-secret-but-marked";

    #[test]
    fn it_is_hidden_wherever_it_is_shown_as_part_of_something() {
        let secret = Secret::read("KEY", format!(" {MARKED}\n").into()).unwrap();
        let shown = format!("{:?} {:#?}", secret, Some(&secret));
        assert!(!shown.contains(MARKED), "{shown}");
        assert_eq!(secret.unwrap().expose(), MARKED);
        assert!(Secret::read("KEY", " \n".into()).unwrap().is_none());
        let unset = Secret::from_environment("DESK_NO_SUCH_VARIABLE").unwrap();
        assert!(unset.is_none());
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_text_is_refused_by_name_alone() {
        use std::os::unix::ffi::OsStringExt;
        let value = std::ffi::OsString::from_vec([MARKED.as_bytes(), b"\xff"].concat());
        let error = Secret::read("KEY", value).unwrap_err();
        let said = format!("{error} {error:?}");
        assert!(said.contains("KEY") && !said.contains(MARKED), "{said}");
    }
}

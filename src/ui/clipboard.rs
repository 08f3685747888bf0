//! Text for the clipboard of the terminal, also of one far away over ssh.
//!
//! Owns one escape sequence, OSC 52, which the terminal answers with nothing: it
//! takes the text or it does not. What is copied goes one way; nothing is read.

/// The letters of base64.
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Returns the bytes that hand a text to the terminal's clipboard.
pub fn sequence(text: &str) -> Vec<u8> {
    let mut out = b"\x1b]52;c;".to_vec();
    for chunk in text.as_bytes().chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for (place, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            // Six bits a letter; a letter that no byte reaches is padding.
            let letter = LETTERS.get((bits >> shift) as usize & 63).copied();
            let letter = letter.filter(|_| place <= chunk.len());
            out.push(letter.unwrap_or(b'='));
        }
    }
    out.extend_from_slice(b"\x1b\\");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_written_as_base64() {
        let cases = [
            ("", ""),
            ("A", "QQ=="),
            ("AA", "QUE="),
            ("AAP", "QUFQ"),
            ("AAPL\t—", "QUFQTAnigJQ="),
        ];
        for (text, expected) in cases {
            let expected = format!("\x1b]52;c;{expected}\x1b\\");
            assert_eq!(String::from_utf8(sequence(text)).unwrap(), expected);
        }
    }
}

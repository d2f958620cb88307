//! Words of a command line that is shown to be run.

/// A word as a POSIX shell reads it back.
pub fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./@+:,".contains(c);
    match !text.is_empty() && text.chars().all(plain) && !text.starts_with('-') {
        true => text.to_string(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_expand_is_quoted() {
        assert_eq!(shell_word("feature/1-2"), "feature/1-2");
        assert_eq!(shell_word("m;touch${IFS}x"), "'m;touch${IFS}x'");
        assert_eq!(shell_word("it's"), r"'it'\''s'");
        assert_eq!(shell_word("-x"), "'-x'");
    }
}

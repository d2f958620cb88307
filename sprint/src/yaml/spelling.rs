//! Names that were probably meant to be others.

use strsim::osa_distance;

/// Whether a YAML file's name was probably meant to be this one: other separators, letters in another
/// case, `.yml`, one typing error or two in a long name. The exact name with `.yaml` is none.
pub fn is_nearly(name: &str, stem: &str) -> bool {
    let Some((own, ending)) = name.rsplit_once('.') else { return false };
    let is_yaml = ["yaml", "yml"].iter().any(|kind| ending.eq_ignore_ascii_case(kind));
    is_yaml && !name.starts_with('.') && !(own == stem && ending == "yaml") && is_alike(own, stem)
}

/// Whether two words are the same but for separators, case, and one typing error or two in a long one.
pub fn is_alike(one: &str, other: &str) -> bool {
    let plain = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let (one, other) = (plain(one), plain(other));
    let [short, long] = [one.chars().count(), other.chars().count()];
    let most = match long {
        0..5 => 0,
        5..10 => 1,
        10.. => 2,
    };
    short.abs_diff(long) <= most && osa_distance(&one, &other) <= most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_nearly_right_are_known() {
        for name in [
            "active_sessions.yaml",
            "ActiveSessions.yaml",
            "active-sessions.yml",
            "active-session.yaml",
            "acitve-sessions.YAML",
        ] {
            assert!(is_nearly(name, "active-sessions"), "{name}");
        }
        for name in [
            "active-sessions.yaml",
            "active-sessions.md",
            "active-sessions",
            "sessions.yaml",
            ".active-sessions.yml",
            "inactive-session-log.yaml",
        ] {
            assert!(!is_nearly(name, "active-sessions"), "{name}");
        }
        assert!(is_nearly("config.yml", "config") && is_nearly("confg.yaml", "config"));
        assert!(!is_nearly("conf.yaml", "config"));
    }
}

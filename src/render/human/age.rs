//! How long ago something was.

/// `as of 2 h ago`: when git last heard of a branch of another clone.
pub(super) fn as_of(time: Option<i64>, now: i64) -> String {
    match time {
        Some(time) if time - now > CLOCKS_APART => {
            "as of a time in the future: the clocks differ".to_string()
        }
        Some(time) => format!("as of {}", ago(now - time)),
        None => "as of an unknown time".to_string(),
    }
}

/// So many seconds clocks may differ.
const CLOCKS_APART: i64 = 300;

/// `12 min ago`.
pub(super) fn ago(seconds: i64) -> String {
    match seconds {
        ..60 => "just now".to_string(),
        60..3600 => format!("{} min ago", seconds / 60),
        3600..172_800 => format!("{} h ago", seconds / 3600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

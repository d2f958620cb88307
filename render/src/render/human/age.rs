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

const CLOCKS_BEHIND: i64 = -CLOCKS_APART;

/// `12 min ago`; what has a time to come, by a clock that is ahead, is `in 12 min`.
pub(super) fn ago(seconds: i64) -> String {
    match seconds {
        ..=-172_800 => format!("in {} days", seconds.unsigned_abs() / 86_400),
        -172_799..=-3600 => format!("in {} h", seconds.unsigned_abs() / 3600),
        -3599..CLOCKS_BEHIND => format!("in {} min", seconds.unsigned_abs() / 60),
        CLOCKS_BEHIND..60 => "just now".to_string(),
        60..3600 => format!("{} min ago", seconds / 60),
        3600..172_800 => format!("{} h ago", seconds / 3600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_to_come_is_not_now() {
        let told = [-8 * 366 * 86_400, -172_800, -7200, -600, -300, 0, 59, 60, 7200, 172_800].map(ago);
        let expected = [
            "in 2928 days",
            "in 2 days",
            "in 2 h",
            "in 10 min",
            "just now",
            "just now",
            "just now",
            "1 min ago",
            "2 h ago",
            "2 days ago",
        ];
        assert_eq!(told, expected);
    }
}

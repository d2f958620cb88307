//! `statusline`: one line.

use crate::model::{StatusLine, few, in_line};

use super::age::ago;
use super::count;
use super::paint::{Style, green, line, red, yellow};

pub(super) fn status_line(status: &StatusLine, style: Style) -> String {
    if status.terminals == 0 {
        return line(&green("no terminals"));
    }
    let mut parts = Vec::new();
    parts.extend(status.in_progress.as_deref().map(yellow));
    let mut met = status.conflicts.clone();
    if status.with_target {
        met.push(status.target.clone());
    }
    if met.is_empty() && status.unknown == 0 {
        parts.push(green("no conflicts"));
    }
    let who = match &status.terminal {
        Some(terminal) => {
            parts.extend((!met.is_empty()).then(|| red(&format!("conflicts with {}", few(&met)))));
            terminal.clone()
        }
        None => {
            let conflicts = status.conflicts.len();
            parts.extend((conflicts > 0).then(|| red(&format!("{conflicts} in conflict"))));
            count(status.terminals, "terminal")
        }
    };
    if let Some(breaks @ 1..) = status.breaks {
        parts.push(yellow(&count(breaks, "break")));
    }
    if !status.first.is_empty() {
        let go = if status.first.len() == 1 { "goes" } else { "go" };
        parts.push(format!("{} {go} first", few(&status.first)));
    } else if status.goes_first {
        parts.push("you go first".to_string());
    }
    if status.unknown > 0 {
        parts.push(yellow(&format!("{} unknown", status.unknown)));
    }
    if status.behind > 0 {
        parts.push(format!("{} behind {}", status.behind, status.target));
    }
    if let (None, Some(ready @ 1..)) = (&status.terminal, status.ready) {
        parts.push(format!("{ready} ready to merge"));
    }
    parts.extend(status.age.map(|age| yellow(&format!("as of {}", ago(age)))));
    let between = if style.ascii { " | " } else { " · " };
    line(&in_line(&format!("{who}: {}", parts.join(between))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_goes_first_is_said_only_where_it_is_known() {
        let style =
            Style { width: 80, shortens: false, ascii: true, verbose: false, quiet: false, crowded: false };
        let said = |goes_first| {
            let status = StatusLine {
                terminal: Some("one".to_string()),
                terminals: 2,
                conflicts: vec!["two".to_string()],
                goes_first,
                ..StatusLine::default()
            };
            anstream::adapter::strip_str(&status_line(&status, style)).to_string()
        };
        assert_eq!(said(true), "one: conflicts with two | you go first\n");
        assert_eq!(said(false), "one: conflicts with two\n");
    }
}

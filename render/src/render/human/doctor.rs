//! What is wrong with the setup, and how to fix it.

use crate::model::{Diagnosis, Severity};

use super::paint::{bold, dim, green, hanging, line, red, wrapped, yellow};
use super::{Style, count};

/// One line per diagnosis, grouped by subject, each with its fix; then a count.
pub fn diagnoses(found: &[Diagnosis], style: Style) -> String {
    let mut out = String::new();
    let mut subject = "";
    for diagnosis in found.iter().filter(|diagnosis| {
        !style.quiet || diagnosis.severity.is_some_and(|severity| severity > Severity::Info)
    }) {
        if diagnosis.subject != subject {
            out.push_str(if subject.is_empty() { "" } else { "\n" });
            out.push_str(&line(&bold(diagnosis.subject)));
            subject = diagnosis.subject;
        }
        let sign = match (diagnosis.severity, style.ascii) {
            (None, _) => green(style.clean_sign()),
            (Some(Severity::Info), _) => dim("-"),
            (Some(Severity::Warning), _) => yellow("!"),
            (Some(Severity::Conflict | Severity::Error), _) => red(style.conflict_sign()),
        };
        let indent = 3 + style.clean_sign().chars().count();
        let width = anstream::adapter::strip_str(&sign).to_string().chars().count();
        let label = format!("  {sign}{}", " ".repeat(indent.saturating_sub(2 + width)));
        out.push_str(&hanging(&label, &style.plain(&diagnosis.message), indent, style.width));
        if let Some(fix) = &diagnosis.fix {
            for part in fix.lines() {
                // a command may hold a long path, and stays in one piece for copying
                let command = ["track-work ", "git -C ", "mv "].iter().any(|first| part.starts_with(first));
                let whole = command || part.len() + indent <= style.width;
                out.push_str(&if whole {
                    line(&format!("{}{}", " ".repeat(indent), dim(part)))
                } else {
                    dim(&wrapped(part, indent, style.width))
                });
            }
        }
    }
    let wrong = found
        .iter()
        .filter(|diagnosis| diagnosis.severity.is_some_and(|severity| severity > Severity::Info))
        .count();
    let shown = |diagnosis: &&Diagnosis| diagnosis.fix.is_some() && !style.quiet;
    let better =
        found.iter().filter(shown).filter(|diagnosis| diagnosis.severity == Some(Severity::Info)).count();
    let last = match (wrong, better) {
        (0, 0) => "No problems found.".to_string(),
        (0, better) => format!("No problems found; {}.", count(better, "possible improvement")),
        (wrong, _) => format!("{} found.", count(wrong, "problem")),
    };
    let last = line(&last);
    if out.is_empty() { last } else { out + "\n" + &last }
}

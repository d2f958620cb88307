//! The text of `share`: what goes to the remote and what does not, what others share.

use crate::model::{LeftOutFor, PulledTerminal, ShareAct, ShareAnswer, SharedTerminal};

use super::age::as_of;
use super::paint::{bold, dim, hanging, line, wrapped, yellow};
use super::{Style, count};

/// So many paths are named for each reason without `-v`.
const MOST_NAMED: usize = 6;

/// For people.
pub(super) fn human(answer: &ShareAnswer, style: Style) -> String {
    let mut out = headline(answer, style);
    if !answer.own.is_empty() && answer.act == ShareAct::List {
        out.push_str(&line(&bold("This clone")));
    }
    out.push_str(&answer.own.iter().map(|one| own(one, answer.act, style)).collect::<String>());
    if !answer.others.is_empty() && answer.act == ShareAct::List {
        out.push_str(&line(&bold("Others")));
    }
    out.push_str(&answer.others.iter().map(|one| other(one, answer.now, style)).collect::<String>());
    for name in &answer.removed {
        let what = if answer.dry_run { "to be removed" } else { "removed" };
        out.push_str(&hanging("  ", &format!("{what}: {name}"), 4, style.width));
    }
    for told in &answer.told {
        out.push_str(&hanging(&yellow("! "), &style.plain(told), 2, style.width));
    }
    out
}

fn headline(answer: &ShareAnswer, style: Style) -> String {
    let (Some(machine), Some(remote)) = (&answer.machine, &answer.remote) else {
        return wrapped("This clone shares nothing. track-work share push begins.", 0, style.width);
    };
    let sent = answer.own.iter().filter(|one| one.withheld.is_none()).count();
    let text = match (answer.act, answer.dry_run) {
        (ShareAct::Push, _) if answer.own.is_empty() && answer.removed.is_empty() => {
            "Nothing to share: no terminal has work that the target lacks.".to_string()
        }
        (ShareAct::Push, true) if sent == 0 && answer.removed.is_empty() => {
            format!("Nothing to send to {remote} as {machine}:")
        }
        (ShareAct::Push, true) => format!("To be shared as {machine} at {remote}:"),
        (ShareAct::Push, false) if sent == 0 => match answer.at_remote {
            0 => format!("Nothing is shared as {machine} at {remote} now:"),
            _ => format!("Nothing was sent to {remote} as {machine}:"),
        },
        (ShareAct::Push, false) => format!("Shared {} as {machine} at {remote}:", count(sent, "terminal")),
        (ShareAct::Pull, _) => match answer.others.len() {
            0 => format!("No other clone shares anything at {remote}."),
            many => format!("Others share {} at {remote}:", count(many, "terminal")),
        },
        (ShareAct::List, _) => format!("Shares as {machine} at {remote}; others as of the last share pull."),
        (ShareAct::Prune, _) if answer.removed.is_empty() && answer.others.is_empty() => {
            "Nothing to remove.".to_string()
        }
        (ShareAct::Prune, true) => format!("To be removed here and at {remote}:"),
        (ShareAct::Prune, false) => {
            format!("Removed here and at {remote}; git gc removes what they alone held:")
        }
        (ShareAct::Off, true) => "To be removed:".to_string(),
        (ShareAct::Off, false) => {
            "This clone shares nothing any more; git gc removes what the refs alone held.".to_string()
        }
    };
    wrapped(&style.plain(&text), 0, style.width)
}

fn own(one: &SharedTerminal, act: ShareAct, style: Style) -> String {
    if let Some(why) = &one.withheld {
        let why = match one.earlier {
            None => format!("not shared, {}", style.plain(why)),
            Some(_) => format!("not sent, {}; others see what was sent before", style.plain(why)),
        };
        let text = format!("{}: {}", style.plain(&one.terminal), yellow(&why));
        return hanging("  ", &text, 4, style.width) + &left_out(one, style);
    }
    let facts = match act {
        ShareAct::List => String::new(),
        ShareAct::Push | ShareAct::Pull | ShareAct::Prune | ShareAct::Off => {
            let has_commits = one.commits > 0 || one.uncommitted.is_empty();
            let mut facts: Vec<String> =
                has_commits.then(|| count(one.commits, "commit")).into_iter().collect();
            if !one.uncommitted.is_empty() {
                facts.push(format!(
                    "uncommitted: {}",
                    named(one.uncommitted.iter().map(ToString::to_string), style)
                ));
            }
            facts.join("; ")
        }
    };
    let text = if facts.is_empty() { one.terminal.clone() } else { format!("{}: {facts}", one.terminal) };
    hanging("  ", &style.plain(&text), 4, style.width) + &left_out(one, style)
}

/// What is left out, by reason.
fn left_out(one: &SharedTerminal, style: Style) -> String {
    let reasons = [
        LeftOutFor::Name,
        LeftOutFor::Attribute,
        LeftOutFor::Size,
        LeftOutFor::Unreadable,
        LeftOutFor::Untracked,
        LeftOutFor::Uncommitted,
    ];
    let of = |reason: LeftOutFor| {
        let paths = one.left_out.iter().filter(|(_, why)| *why == reason).map(|(path, _)| path.to_string());
        let paths = named(paths, style);
        if paths.is_empty() {
            return String::new();
        }
        dim(&hanging(
            "    ",
            &style.plain(&format!("left out, {}: {paths}", reason.reason())),
            6,
            style.width,
        ))
    };
    reasons.into_iter().map(of).collect()
}

fn named(paths: impl Iterator<Item = String>, style: Style) -> String {
    let paths: Vec<String> = paths.collect();
    let most = if style.verbose { usize::MAX } else { MOST_NAMED };
    let rest = paths.len().saturating_sub(most);
    let named = paths[..paths.len() - rest].join(", ");
    if rest > 0 { format!("{named} and {rest} more (use -v)") } else { named }
}

fn other(one: &PulledTerminal, now: i64, style: Style) -> String {
    let mut facts: Vec<String> = Vec::new();
    match &one.work {
        Some(work) => {
            facts.extend([&work.story, &work.focus, &work.status].into_iter().flatten().cloned());
            facts.extend(work.uncommitted.then(|| "with uncommitted work".to_string()));
        }
        None => facts.push("no commit of track-work share".to_string()),
    }
    facts.push(as_of(one.as_of, now));
    facts.extend(one.expired.then(|| yellow("expired")));
    hanging("  ", &format!("{}: {}", style.plain(&one.name), style.plain(&facts.join(", "))), 4, style.width)
}

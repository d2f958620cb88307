//! The text of `merge-order`.

use std::fmt::Write;

use crate::model::{
    BroughtWork, Explanation, LeftOut, Lines, MergeOrder, MergePlace, MergeStep, Prediction, StepConflict,
    StoryId, Waiting, few, shown_path,
};

use super::order_headline::{headline, priced};
use super::paint::{bold, dim, first_of, green, hanging, line, red, shown_width, wrapped, yellow};
use super::table::{name_width, shortened_inside};
use super::{Style, count};

/// The plan of a merge order in a few lines, for the history: `1 terminal-4 clean`.
pub fn plan(order: &MergeOrder) -> Vec<String> {
    let step = |(at, step): (usize, &MergeStep)| {
        let later = if step.ready { "" } else { " (not ready yet)" };
        format!("{} {} {}{later}", at + 1, step.terminal, step.prediction.name())
    };
    order.steps.iter().enumerate().map(step).collect()
}

/// For people who will type the commands, or whose `merge` carries them out elsewhere.
pub fn human(order: &MergeOrder, is_typed: bool, style: Style) -> String {
    let all = order.steps.len() + order.waiting.len() + order.left_out.len();
    let style = style.of_many(if order.selection.filter().is_empty() { all } else { 0 });
    let mut out = headline(order, style);
    out.push_str(&shown_part(order, style));
    out.push_str(&behind(order, style));
    out.push_str(&under_way(order, style));
    out.push_str(&steps(order, is_typed, style));
    if let Some(text) = order.with_whom_unknown() {
        out.push_str(&format!("\n{}", wrapped(&yellow(&text), 0, style.width)));
    }
    if let Some(text) = &order.not_looked_at {
        let text = style.plain(&format!("Note: {text}."));
        out.push_str(&format!("\n{}", wrapped(&yellow(&text), 0, style.width)));
    }
    if is_typed {
        out.push_str(&place(order, style));
    }
    if !style.quiet {
        out.push_str(&batches(order, style));
    }
    out.push_str(&rest(order, style));
    if let Some(explanation) = &order.explanation {
        out.push_str(&explained(explanation, style));
    }
    out
}

/// What `merge` is about to do.
pub(super) fn to_be_made(order: &MergeOrder, style: Style) -> String {
    let mut out = human(order, false, style);
    if let Some(text) = order.in_the_way() {
        let text = style.plain(&format!("{text}: {}", order.clear_the_way()));
        out.push_str(&hanging(&yellow("! "), &text, 2, style.width));
    }
    out
}

/// How much of it a filter shows: `Shown: 2 of 64 merges (--terminal login-*).`
fn shown_part(order: &MergeOrder, style: Style) -> String {
    let filter = order.selection.filter();
    if filter.is_empty() {
        return String::new();
    }
    let steps = order.steps.iter().filter(|step| order.shows(step)).count();
    let text = format!("Shown: {steps} of {} ({}).", count(order.steps.len(), "merge"), filter.flags());
    wrapped(&style.plain(&text), 0, style.width)
}

/// `main is 2 commits behind origin/main.`
fn behind(order: &MergeOrder, style: Style) -> String {
    let Some((commits, upstream)) = &order.behind else { return String::new() };
    let text = format!("{} is {} behind {upstream}.", order.target, count(*commits, "commit"));
    wrapped(&yellow(&style.plain(&text)), 0, style.width)
}

/// What has to be ended where the target is checked out.
fn under_way(order: &MergeOrder, style: Style) -> String {
    let Some(under_way) = &order.under_way else { return String::new() };
    let text = format!(
        "Before the first merge, in the worktree of {}: {}. {}.",
        order.target,
        under_way.sentence(),
        under_way.ending(&order.git)
    );
    format!("\n{}", wrapped(&yellow(&style.plain(&text)), 0, style.width))
}

/// Where to run the commands, unless that is the main worktree.
fn place(order: &MergeOrder, style: Style) -> String {
    let target = &order.target;
    let text = match &order.place {
        _ if order.steps.is_empty() => return String::new(),
        MergePlace::Main => return String::new(),
        MergePlace::Linked(top) => {
            format!("Run the commands in {}, where {target} is checked out.", shown_path(top))
        }
        MergePlace::Nowhere(command) => {
            format!("{target} is not checked out anywhere. Before the first merge, run: {command}")
        }
        MergePlace::New { command, top } => format!(
            "{target} is not checked out anywhere. Before the first merge, run: {command}. Run the merges in {}.",
            shown_path(top)
        ),
    };
    format!("\n{}", wrapped(&text, 0, style.width))
}

fn steps(order: &MergeOrder, is_typed: bool, style: Style) -> String {
    let shown = order.steps.iter().filter(|step| order.shows(step));
    let widest = name_width(shown.map(|step| step.terminal.as_str()), style);
    let digits = order.steps.len().to_string().len();
    let mut out = String::new();
    let mut before = true;
    let mut folded = 0;
    for (at, step) in order.steps.iter().enumerate().filter(|(_, step)| order.shows(step)) {
        if out.is_empty() && step.ready {
            out.push('\n');
        }
        if before && !step.ready {
            _ = write!(out, "\n{}", line(&bold("Not ready yet")));
        }
        before = step.ready;
        if at < folded {
            continue;
        }
        let alike = |other: &&MergeStep| style.crowded && is_alike(step, other);
        let alike = order.steps[at..].iter().take_while(alike).count();
        if alike > 2 {
            folded = at + alike;
            out.push_str(&folded_steps(&order.steps[at..folded], at, is_typed, digits, style));
            continue;
        }
        let name = shortened_inside(&step.terminal, widest, style);
        let prediction = match step.prediction {
            Prediction::Clean => green("clean   "),
            Prediction::Conflict => red("conflict"),
            Prediction::Unknown(_) => yellow("unknown "),
        };
        let head = format!("{:>digits$}  {name:widest$}  {prediction}", at + 1);
        let command = step.command();
        // a command stays in one piece, for copying
        out.push_str(&if shown_width(&head) + 2 + shown_width(&command) <= style.width {
            line(&format!("{head}  {command}"))
        } else {
            line(&head) + &line(&format!("{:digits$}  {command}", ""))
        });
        if name != step.terminal && !command.contains(&step.terminal) {
            out.push_str(&line(&format!("{:digits$}  {}", "", step.terminal)));
        }
        out.push_str(&details(step, is_typed, digits + 2, style));
    }
    out
}

/// Whether two steps are told together: clean ones that can be merged in any order, and those that stop at the same
/// paths.
fn is_alike(first: &MergeStep, step: &MergeStep) -> bool {
    let paths = |step: &MergeStep| -> Vec<_> {
        step.told_conflicts().map(|conflict| (conflict.path.clone(), conflict.kind)).collect()
    };
    let is_same = match (&first.prediction, &step.prediction) {
        (Prediction::Clean, Prediction::Clean) => first.batch == step.batch,
        (Prediction::Conflict, Prediction::Conflict) => {
            paths(first) == paths(step) && first.undecided == step.undecided
        }
        (Prediction::Clean | Prediction::Conflict | Prediction::Unknown(_), _) => false,
    };
    is_same && first.ready == step.ready
}

/// Steps that are alike; `before`: how many steps there are before them.
fn folded_steps(steps: &[MergeStep], before: usize, is_typed: bool, digits: usize, style: Style) -> String {
    let names: Vec<&str> = steps.iter().map(|step| step.terminal.as_str()).collect();
    let numbers = format!("{:>digits$}-{}", before + 1, before + steps.len());
    let (label, how) = match steps[0].prediction {
        Prediction::Conflict => (red("conflict"), "one after the other"),
        Prediction::Clean | Prediction::Unknown(_) => (green("clean"), "in any order"),
    };
    let text = format!("{} {how}: {}", count(steps.len(), "merge"), few(&names));
    let label = format!("{numbers}  {label}  ");
    let mut out = hanging(&label, &style.plain(&text), digits + 2, style.width);
    for conflict in steps[0].told_conflicts() {
        let text = format!("each in {}  {}", conflict.path, conflict.kind.name());
        out.push_str(&style.plain(&wrapped(&text, digits + 2, style.width)));
        out.extend(conflict.mend.iter().map(|mend| mended(mend, digits + 2, style)));
    }
    let each = undecided(&steps[0]).map(|text| format!("each in {text}"));
    out.extend(each.map(|text| style.plain(&wrapped(&yellow(&text), digits + 2, style.width))));
    let mut notes: Vec<(String, Vec<&str>)> = Vec::new();
    for step in steps {
        let is_told = step.prediction == Prediction::Clean && !step.assumes.is_empty() && !style.quiet;
        let assumes = is_told.then(|| assumption(step));
        let refusals = step.refusals.iter().filter(|_| is_typed);
        for note in refusals.chain(&step.warnings).cloned().chain(brought(step)).chain(assumes) {
            match notes.iter_mut().find(|(known, _)| *known == note) {
                Some((_, names)) => names.push(&step.terminal),
                None => notes.push((note, vec![&step.terminal])),
            }
        }
    }
    let indent = digits + 2;
    let line = |(note, names): &(String, Vec<&str>)| {
        style.plain(&wrapped(&yellow(&format!("{}: {note}", few(names))), indent, style.width))
    };
    out.push_str(&first_of(notes.iter().map(line).collect(), MOST_NOTES, "note"));
    out
}

/// How many different notes on steps that are told together are shown.
const MOST_NOTES: usize = 4;

/// Whose work comes along.
fn brought(step: &MergeStep) -> Option<String> {
    let names: Vec<String> = step.brings.iter().map(BroughtWork::told).collect();
    (!names.is_empty()).then(|| format!("brings the commits of {} along", names.join(", ")))
}

fn assumption(step: &MergeStep) -> String {
    format!("assumes that what stops before was resolved in favour of {}", few(&step.assumes))
}

fn details(step: &MergeStep, is_typed: bool, indent: usize, style: Style) -> String {
    let mut out = String::new();
    let line = |text: &str| style.plain(&wrapped(text, indent, style.width));
    if !style.quiet {
        let story = step.story.iter().map(|story| story.to_string());
        let agent = step.agent.iter().map(|agent| format!("agent {agent}"));
        let also = (!step.also.is_empty())
            .then(|| format!("includes {} (same worktree or branch)", step.also.join(", ")));
        let facts: Vec<String> = story.chain(agent).chain(also).chain([step.brief.clone()]).collect();
        out.push_str(&dim(&line(&facts.join("; "))));
    }
    for conflict in step.told_conflicts() {
        out.push_str(&line(&conflict_text(conflict)));
        out.extend(conflict.mend.iter().map(|mend| mended(mend, indent, style)));
    }
    if let Prediction::Unknown(reason) = &step.prediction {
        out.push_str(&line(&yellow(&reason.to_string())));
    }
    out.extend(undecided(step).map(|text| line(&yellow(&text))));
    let refusals = step.refusals.iter().filter(|_| is_typed);
    for warning in refusals.chain(&step.warnings).cloned().chain(brought(step)) {
        out.push_str(&line(&yellow(&warning)));
    }
    if !step.assumes.is_empty() && !style.quiet {
        out.push_str(&dim(&line(&assumption(step))));
    }
    if let (Some(recommendation), true) = (&step.recommendation, style.verbose) {
        let confidence = recommendation.confidence;
        out.push_str(&line(&format!("{} (confidence {confidence} %)", recommendation.rationale)));
        for alternative in &recommendation.alternatives {
            out.push_str(&line(&format!("or {alternative}")));
        }
    }
    out
}

/// Where a merge that stops may stop besides.
fn undecided(step: &MergeStep) -> impl Iterator<Item = String> {
    let stops = step.prediction == Prediction::Conflict;
    let undecided = step.undecided.iter().filter(move |_| stops);
    undecided.map(|(path, reason)| format!("{path}  unknown: {reason}"))
}

/// What to do in a file that conflicts.
fn mended(mend: &str, indent: usize, style: Style) -> String {
    hanging(&format!("{:indent$}→ ", ""), &style.plain(mend), indent + 2, style.width)
}

/// `src/types.ts  content, lines 12-30, with terminal-1 (10-24)`
fn conflict_text(conflict: &StepConflict) -> String {
    let own = match &conflict.own_lines[..] {
        [] => String::new(),
        lines => format!("{}, ", Lines::phrase(lines)),
    };
    format!("{}  {}, {own}{}", conflict.path, conflict.kind.name(), conflict.with_whom())
}

/// `1, 2, 3 can be merged in any order.`
fn batches(order: &MergeOrder, style: Style) -> String {
    let mut batches: Vec<Vec<usize>> = Vec::new();
    let mut last = None;
    for (at, step) in order.steps.iter().enumerate() {
        match batches.last_mut() {
            Some(batch) if last == Some(step.batch) => batch.push(at + 1),
            _ => batches.push(vec![at + 1]),
        }
        last = Some(step.batch);
    }
    let is_told =
        |batch: &&Vec<usize>| batch.len() > 1 && batch.iter().any(|at| order.shows(&order.steps[*at - 1]));
    let any: Vec<String> = batches.iter().filter(is_told).map(|batch| range(batch)).collect();
    if any.is_empty() {
        return String::new();
    }
    let text = format!("These can be merged in any order: {}.", any.join("; "));
    let all = format!("All commands: {}", order.command("merge-order -v"));
    let all = if style.crowded { line(&style.plain(&all)) } else { String::new() };
    format!("\n{}{all}", wrapped(&text, 0, style.width))
}

/// The numbers of the steps of one batch, which are adjacent.
fn range(batch: &[usize]) -> String {
    match batch {
        [first, .., last] if batch.len() > 2 => format!("{first} to {last}"),
        _ => batch.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and "),
    }
}

/// Stands before what could not be determined.
const UNKNOWN: &str = "? unknown: ";

/// Stands before what is not part of the plan.
const LEFT_OUT: &str = "Left out: ";

fn rest(order: &MergeOrder, style: Style) -> String {
    let mut out = String::new();
    for cycle in &order.cycles {
        let text = style.plain(&cycle.join(" → "));
        out.push_str(&hanging(&yellow("Cycle: "), &text, 2, style.width));
    }
    let shows =
        |id: &str, story: Option<&StoryId>, undetermined| order.shows_without_step(id, story, undetermined);
    let is_shown = |waiting: &&Waiting| {
        (!waiting.planned || !style.quiet) && shows(&waiting.terminal, waiting.story.as_ref(), false)
    };
    let waiting = order.waiting.iter().filter(is_shown).map(|waiting| {
        ("Waiting: ", told_apart(order, &waiting.terminal, waiting.story.as_ref()), &waiting.reason)
    });
    let is_shown = |left_out: &&LeftOut| {
        let is_told = left_out.undetermined || !style.quiet;
        is_told && shows(&left_out.terminal, left_out.story.as_ref(), left_out.undetermined)
    };
    let left_out = order.left_out.iter().filter(is_shown);
    let left_out = left_out.map(|left_out| {
        let label = if left_out.undetermined { UNKNOWN } else { LEFT_OUT };
        (label, told_apart(order, &left_out.terminal, left_out.story.as_ref()), &left_out.reason)
    });
    let mut told: Vec<(&str, &String, Vec<String>)> = Vec::new();
    for (label, who, reason) in waiting.chain(left_out) {
        match told.iter_mut().find(|known| style.crowded && (known.0, known.1) == (label, reason)) {
            Some((_, _, names)) => names.push(who),
            None => told.push((label, reason, vec![who])),
        }
    }
    for (label, reason, names) in &told {
        let text = style.plain(&format!("{}: {reason}", few(names)));
        out.push_str(&match *label {
            UNKNOWN => hanging(&yellow(label), &text, 2, style.width),
            LEFT_OUT => dim(&hanging(label, &text, 2, style.width)),
            _ => hanging(label, &text, 2, style.width),
        });
    }
    if out.is_empty() { out } else { format!("\n{out}") }
}

/// A terminal's name, with its story where the order has work of the same terminal on another one.
fn told_apart(order: &MergeOrder, terminal: &str, story: Option<&StoryId>) -> String {
    let steps = order.steps.iter().map(|step| (&step.terminal, step.story.as_ref()));
    let waiting = order.waiting.iter().map(|waiting| (&waiting.terminal, waiting.story.as_ref()));
    let left_out = order.left_out.iter().map(|left_out| (&left_out.terminal, left_out.story.as_ref()));
    let is_other = |(id, other): (&String, Option<&StoryId>)| id == terminal && other != story;
    match story.filter(|_| steps.chain(waiting).chain(left_out).any(is_other)) {
        Some(story) => format!("{terminal} (story {})", story.short()),
        None => terminal.to_string(),
    }
}

fn explained(explanation: &Explanation, style: Style) -> String {
    let head = line(&bold(&format!("Position of {}", explanation.terminal)));
    let mut out = format!("\n{head}");
    let mut line = |text: &str| out.push_str(&style.plain(&wrapped(text, 2, style.width)));
    if explanation.position.is_none() {
        line("It is not in the order; see the reason above.");
        return out;
    }
    for after in &explanation.after {
        line(&format!("after {after}"));
    }
    match explanation.meets.as_deref() {
        None => line("There was no time to find out what its other positions cost."),
        Some([]) => line("Its position does not change what any merge costs."),
        Some(names) => line(&format!("What merges cost depends on its position relative to {}.", few(names))),
    }
    for (position, cost) in &explanation.elsewhere {
        let here = if Some(*position) == explanation.position { "  (current)" } else { "" };
        line(&format!("at position {position}: {}{here}", priced(*cost)));
    }
    out
}

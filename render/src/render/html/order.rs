//! In which order to merge, what that costs, and what other orders cost.

use crate::model::{
    Cost, LeftOut, MergeOrder, MergePlace, MergeStep, Prediction, StoryId, Waiting, shown_path,
};

use crate::render::count;

use super::markup::Html;

pub(super) fn order(html: &mut Html, order: &Result<MergeOrder, String>) {
    html.raw("<section id=\"order\"><h2>Merge order</h2>\n");
    match order {
        Err(why) => _ = html.raw("<p><span class=\"sign unknown\">? unknown</span> ").text(why).raw("</p>\n"),
        Ok(order) => found(html, order),
    }
    html.raw("</section>\n");
}

fn found(html: &mut Html, order: &MergeOrder) {
    if let Some(under_way) = &order.under_way {
        html.raw("<p>").text(under_way.sentence()).raw(" where ").text(&order.target);
        html.raw(" is checked out. ").text(under_way.ending(&order.git)).raw("</p>\n");
    }
    if order.steps.is_empty() {
        html.raw("<p>Nothing to merge.</p>\n");
    } else {
        html.raw("<p>").text(count(order.steps.len(), "merge")).raw(", ").text(words(order.cost));
        html.raw(match order.optimal {
            false if order.is_open => ". As far as is known, no other order was found that costs less.</p>\n",
            true => ". No allowed order costs less.</p>\n",
            false => ". This is the best order found within the time limit.</p>\n",
        });
        match &order.place {
            MergePlace::Main => _ = html.raw("<p>Run the commands in the main worktree.</p>\n"),
            MergePlace::Linked(top) => place(html, None, Some(&shown_path(top))),
            MergePlace::Nowhere(command) => place(html, Some(command), None),
            MergePlace::New { command, top } => {
                place(html, Some(command), Some(&shown_path(top)));
            }
        }
        html.raw("<ol class=\"steps\">\n");
        for (number, one) in order.steps.iter().enumerate().filter(|(_, one)| order.shows(one)) {
            html.raw("<li value=\"").text(number + 1).raw("\">");
            step(html, one);
        }
        html.raw("</ol>\n");
        if let Some(text) = order.with_whom_unknown() {
            html.raw("<p>").text(&text).raw("</p>\n");
        }
    }
    for cycle in &order.cycles {
        html.raw("<p><span class=\"sign warning\">! warning</span> These wait for each other: ");
        html.text(cycle.join(" → ")).raw("</p>\n");
    }
    let is_shown =
        |id: &str, story: Option<&StoryId>, undetermined| order.shows_without_step(id, story, undetermined);
    let waiting: Vec<&Waiting> =
        order.waiting.iter().filter(|one| is_shown(&one.terminal, one.story.as_ref(), false)).collect();
    if !waiting.is_empty() {
        html.raw("<h3>Waiting</h3><ul>\n");
        for waiting in &waiting {
            html.raw("<li>").text(&waiting.terminal).raw(": ").text(&waiting.reason).raw("</li>\n");
        }
        html.raw("</ul>\n");
    }
    let is_left_out = |one: &&LeftOut| is_shown(&one.terminal, one.story.as_ref(), one.undetermined);
    let left_out: Vec<&LeftOut> = order.left_out.iter().filter(is_left_out).collect();
    if !left_out.is_empty() {
        html.raw("<h3>Not part of the order</h3><ul>\n");
        for left_out in &left_out {
            html.raw("<li>").text(&left_out.terminal).raw(": ").text(&left_out.reason).raw("</li>\n");
        }
        html.raw("</ul>\n");
    }
    if !order.baselines.is_empty() && !order.steps.is_empty() {
        costs(html, order);
    }
}

/// What is done before the first merge, and where the merges are made.
fn place(html: &mut Html, before: Option<&str>, folder: Option<&str>) {
    if let Some(command) = before {
        html.raw("<p>First: <code>").text(command).raw("</code></p>\n");
    }
    if let Some(folder) = folder {
        html.raw("<p>Run the commands in <code>").text(folder).raw("</code>.</p>\n");
    }
}

fn step(html: &mut Html, step: &MergeStep) {
    html.raw("<strong>").text(&step.terminal).raw("</strong> ");
    if !step.also.is_empty() {
        html.raw("with ").text(step.also.join(", ")).raw(" ");
    }
    html.raw(match &step.prediction {
        Prediction::Clean => "<span class=\"sign clean\">✓ clean</span>",
        Prediction::Conflict => "<span class=\"sign conflict\">✗ conflict</span>",
        Prediction::Unknown(_) => "<span class=\"sign unknown\">? unknown</span>",
    });
    html.raw(if step.ready { " ready" } else { " not ready yet" });
    html.raw("<br><code>").text(step.command()).raw("</code><br>").text(&step.reason).raw("\n");
    if let Prediction::Unknown(reason) = &step.prediction {
        html.raw("<br>Not determined: ").text(reason);
    }
    let remarks: Vec<&String> = step.refusals.iter().chain(&step.warnings).collect();
    let stops = step.prediction == Prediction::Conflict;
    if !step.conflicts.is_empty() || !remarks.is_empty() {
        html.raw("<ul>\n");
        for conflict in step.told_conflicts() {
            html.raw("<li><code>").text(&conflict.path).raw("</code> ").text(conflict.kind.name());
            html.raw(", ").text(conflict.with_whom());
            html.raw("</li>\n");
        }
        for (path, reason) in step.undecided.iter().filter(|_| stops) {
            html.raw("<li><code>").text(path).raw("</code> not determined: ").text(reason);
            html.raw("</li>\n");
        }
        for remark in remarks {
            html.raw("<li>").text(remark).raw("</li>\n");
        }
        html.raw("</ul>");
    }
    html.raw("</li>\n");
}

/// This order beside the usual ones.
fn costs(html: &mut Html, order: &MergeOrder) {
    html.raw("<h3>What other orders cost</h3>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Costs\"><table>\n<thead><tr><th scope=\"col\">Order</th><th scope=\"col\">Merges that stop and are to be judged</th><th scope=\"col\">Conflicting hunks</th><th scope=\"col\">Unknown merges</th><th scope=\"col\">Mechanical conflicts</th><th scope=\"col\">Terminals</th></tr></thead>\n<tbody>\n");
    let steps: Vec<String> = order.steps.iter().map(|step| step.terminal.clone()).collect();
    let others = order.baselines.iter().map(|other| (other.name, other.cost, &other.order));
    for (name, cost, terminals) in std::iter::once(("this one", order.cost, &steps)).chain(others) {
        html.raw("<tr><th scope=\"row\">").text(name).raw("</th><td class=\"n\">").text(cost.known_steps());
        html.raw("</td><td class=\"n\">")
            .text(cost.known_hunks())
            .raw("</td><td class=\"n\">")
            .text(cost.unknown_steps)
            .raw("</td><td class=\"n\">")
            .text(cost.mechanical)
            .raw("</td><td class=\"names\">")
            .text(terminals.join(", "));
        html.raw("</td></tr>\n");
    }
    html.raw("</tbody></table></div>\n");
}

fn words(cost: Cost) -> String {
    let (steps, unknown) = (cost.known_steps(), cost.unknown_steps as usize);
    let mut told = Vec::new();
    if steps > 0 {
        let verb = if steps == 1 { "stops" } else { "stop" };
        told.push(format!("{steps} {verb} ({})", count(cost.known_hunks() as usize, "conflicting hunk")));
    }
    if unknown > 0 {
        told.push(format!("{} unknown", count(unknown, "merge")));
    }
    if cost.mechanical > 0 {
        told.push(count(cost.mechanical as usize, "mechanical conflict"));
    }
    match told.is_empty() {
        true => "none stops".to_string(),
        false => told.join(", "),
    }
}

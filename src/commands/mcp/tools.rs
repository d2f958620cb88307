//! The tools: their names, what they take and give, and the question that each asks of the program.

use std::path::PathBuf;

use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::cli::{
    CheckArgs, Chosen, Color, Command, Compare, FailOn, Format, Global, MergeOrderArgs, ShowOnly, StatusArgs,
    remote_branches,
};

/// An order is searched for so many seconds, unless the call says otherwise: an agent waits for it.
const SECONDS: f64 = 10.0;

/// What a call asks.
pub(super) struct ToolQuestion {
    /// The folder in which it is asked.
    pub cwd: PathBuf,
    /// The flags: the branch to merge into, and which branches of remotes are terminals too, where it says so.
    pub global: Global,
    /// The command that answers it.
    pub command: Command,
}

/// Why a call asks nothing.
pub(super) struct Misunderstood {
    /// In words.
    pub why: String,
    /// The folder whose terminals the call could have named.
    pub terminals_of: Option<PathBuf>,
}

impl From<String> for Misunderstood {
    fn from(why: String) -> Misunderstood {
        Misunderstood { why, terminals_of: None }
    }
}

/// A tool: its name, what it is for, its parameters besides `cwd`, `target` and `remotes`, which of them it needs, the keys
/// of its answer that are always there (with their types, `boolean|null`), and how its arguments are read.
struct ToolRow {
    name: &'static str,
    description: &'static str,
    parameters: fn() -> Value,
    required: &'static [&'static str],
    answer: &'static [(&'static str, &'static str)],
    question: fn(Value) -> Result<ToolQuestion, Misunderstood>,
}

const TABLE: [ToolRow; 5] = [
    ToolRow {
        name: "status",
        description: "What every terminal (git worktree or branch) of this repository changed, which pairs will \
                      conflict when they are merged and on which lines, and what is ready to merge. \
                      Pairs that are not listed have nothing in common. Reads only.",
        parameters: filters,
        required: &[],
        answer: &[
            ("target", "object"),
            ("terminals", "array"),
            ("pairs", "array"),
            ("pairs_disjoint", "integer"),
            ("findings", "array"),
        ],
        question: |arguments| {
            read(arguments, |StatusCall { terminals, stories, paths, conflicts }| {
                let only = ShowOnly { terminals, stories, paths, conflicts };
                Command::Status(StatusArgs { only, ..StatusArgs::default() })
            })
        },
    },
    ToolRow {
        name: "check",
        description: "Whether the work in this worktree, uncommitted work included, conflicts or overlaps with that \
                      of other terminals or with the target branch. With paths: who else changed these files, \
                      before you edit them. Reads only.",
        parameters: || {
            json!({
                "paths": {
                    "type": "array", "items": { "type": "string" },
                    "description": "Files and folders, relative to cwd; without them, all work is checked",
                },
                "terminal": {
                    "type": "string",
                    "description": "Whose work to check, instead of the terminal at cwd",
                },
            })
        },
        required: &[],
        answer: &[
            ("target", "string"),
            ("terminal", "object"),
            ("encounters", "array"),
            ("drift", "array|null"),
        ],
        question: |arguments| {
            read(arguments, |CheckCall { paths, terminal }| {
                Command::Check(CheckArgs { paths, terminal, ..CheckArgs::default() })
            })
        },
    },
    ToolRow {
        name: "compare",
        description: "What git merge would do with two revisions or worktrees: clean or not, the resulting tree, \
                      and the conflicting lines. Nothing is merged.",
        parameters: || {
            let revision = |what: &str| json!({ "type": "string", "description": what });
            json!({
                "ours": revision("What to merge into: a revision, or the path of a worktree with its uncommitted work"),
                "theirs": revision("The revision or worktree to merge into it"),
                "symbols": {
                    "type": "boolean",
                    "description": "Also look for what a clean merge breaks, such as a call of a function that was removed",
                },
            })
        },
        required: &["ours", "theirs"],
        answer: &[("clean", "boolean|null"), ("conflicts", "array")],
        question: |arguments| {
            read(arguments, |CompareCall { ours, theirs, symbols }| {
                let (ours, theirs) = (Some(ours), Some(theirs));
                Command::Compare(Compare {
                    ours,
                    theirs,
                    stdin: false,
                    symbols,
                    allow_unrelated_histories: false,
                })
            })
        },
    },
    ToolRow {
        name: "merge_order",
        description: "In which order to merge the terminals so that the fewest merges stop at conflicts, what each \
                      merge will do, and the command for it. Nothing is merged.",
        parameters: || {
            let mut all = json!({
                "only": texts("Order only these terminals"),
                "exclude": texts("Leave out these terminals"),
                "seconds": {
                    "type": "number", "minimum": 0,
                    "description": "Time limit for the search (10 if not given)",
                },
            });
            if let (Value::Object(all), Value::Object(more)) = (&mut all, filters()) {
                all.extend(more);
            }
            all
        },
        required: &[],
        answer: ORDER,
        question: |arguments| {
            read(arguments, |OrderCall { only, exclude, seconds, terminals, stories, paths, conflicts }| {
                let shown = ShowOnly { terminals, stories, paths, conflicts };
                order(only, exclude, seconds, None, shown)
            })
        },
    },
    ToolRow {
        name: "explain",
        description: "Why a terminal has its position in the merge order, and what every other position would cost.",
        parameters: || json!({ "terminal": { "type": "string", "description": "The terminal, as status names it" } }),
        required: &["terminal"],
        answer: ORDER,
        question: |arguments| {
            read(arguments, |ExplainCall { terminal }| {
                order(Vec::new(), Vec::new(), SECONDS, Some(terminal), ShowOnly::default())
            })
        },
    },
];

/// What a merge order always has.
const ORDER: &[(&str, &str)] = &[
    ("target", "string"),
    ("steps", "array"),
    ("cost", "object"),
    ("bound", "object"),
    ("optimal", "boolean"),
];

/// A parameter that is a list of texts.
fn texts(what: &str) -> Value {
    json!({ "type": "array", "items": { "type": "string" }, "description": what })
}

/// What of an answer is shown: the filters of the command line.
fn filters() -> Value {
    json!({
        "terminals": texts("Show only terminals whose id, branch or worktree matches one of these globs"),
        "stories": texts("Show only terminals whose story matches one of these globs"),
        "paths": texts("Show only terminals that touched a path that matches one of these globs, and what is found there"),
        "conflicts": {
            "type": "boolean",
            "description": "Show only conflicts, what could not be determined, and the terminals of both",
        },
    })
}

/// All tools, always in the same order.
pub(super) fn all() -> Vec<Tool> {
    TABLE.iter().map(ToolRow::tool).collect()
}

/// What a call of a tool asks.
///
/// # Errors
/// There is no such tool, or its arguments are not as it takes them.
pub(super) fn question(tool: &str, arguments: Option<JsonObject>) -> Result<ToolQuestion, Misunderstood> {
    let row = TABLE.iter().find(|row| row.name == tool).ok_or_else(|| {
        let names: Vec<&str> = TABLE.iter().map(|row| row.name).collect();
        format!("there is no tool {tool:?}; the tools are {}", names.join(", "))
    })?;
    let mut arguments = arguments.unwrap_or_default();
    // some clients pass every parameter
    arguments.retain(|_, value| !value.is_null());
    match row.mistyped(&arguments) {
        Some(why) => Err(why.into()),
        None => (row.question)(Value::Object(arguments)),
    }
}

impl ToolRow {
    /// What is wrong with the kind of an argument.
    fn mistyped(&self, arguments: &JsonObject) -> Option<String> {
        let parameters = (self.parameters)();
        arguments.iter().find_map(|(name, value)| {
            let parameter = parameters.get(name)?;
            let kind = parameter.get("type")?.as_str()?;
            let least = parameter.get("minimum").and_then(Value::as_f64);
            if let Some(least) = least.filter(|least| value.as_f64().is_some_and(|number| number < *least)) {
                return Some(format!("{name} must be {least} or more"));
            }
            let is_it = match kind {
                "array" => value.as_array().is_some_and(|items| items.iter().all(Value::is_string)),
                "boolean" => value.is_boolean(),
                "number" => value.is_number(),
                _ => value.is_string(),
            };
            let kind = if kind == "array" { "array of strings" } else { kind };
            (!is_it).then(|| format!("{name} must be of type {kind}"))
        })
    }

    fn tool(&self) -> Tool {
        let mut properties = json!({
            "cwd": {
                "type": "string",
                "description": "Absolute path of the worktree that you work in, or of a folder in it",
            },
            "target": {
                "type": "string",
                "description": "The branch that everything will be merged into, if not the repository's own target",
            },
            "remotes": {
                "type": "string",
                "description": "Branches of remotes that are terminals too, as the last fetch brought them: * for all, or \
                                a glob such as origin/team/*. Nothing is fetched",
            },
        });
        if let (Value::Object(all), Value::Object(more)) = (&mut properties, (self.parameters)()) {
            all.extend(more);
        }
        let required: Vec<&str> = ["cwd"].iter().chain(self.required).copied().collect();
        let input = json!({
            "type": "object", "properties": properties, "required": required, "additionalProperties": false,
        });
        let keys = [("schema", "integer")].into_iter().chain(self.answer.iter().copied());
        let kinds = |kind: &str| json!({ "type": kind.split('|').collect::<Vec<_>>() });
        let answer: JsonObject = keys.clone().map(|(key, kind)| (key.to_string(), kinds(kind))).collect();
        let required: Vec<&str> = keys.map(|(key, _)| key).collect();
        let output = json!({ "type": "object", "properties": answer, "required": required });
        let schema = |value: Value| match value {
            Value::Object(schema) => schema,
            _ => JsonObject::new(),
        };
        let reads_only = ToolAnnotations::new().read_only(true).idempotent(true).open_world(false);
        Tool::new(self.name, self.description, schema(input))
            .with_raw_output_schema(schema(output).into())
            .with_annotations(reads_only)
    }
}

/// The parameters of one tool, besides those that all have.
fn read<T: DeserializeOwned>(
    arguments: Value,
    command: impl FnOnce(T) -> Command,
) -> Result<ToolQuestion, Misunderstood> {
    let Value::Object(mut own) = arguments else {
        return Err("the arguments are no object".to_string().into());
    };
    let text = |value: Option<Value>, name: &str| match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!("{name} is no text")),
    };
    let cwd = text(own.remove("cwd"), "cwd")?.map(PathBuf::from);
    let target = text(own.remove("target"), "target")?;
    let remotes = text(own.remove("remotes"), "remotes")?;
    let remotes = remotes.map(|glob| remote_branches(&glob)).transpose();
    let remotes = remotes.map_err(|why| format!("remotes: {why}"))?;
    let cwd = cwd.filter(|cwd| cwd.is_absolute() && cwd.is_dir()).ok_or(
        "cwd is missing or no folder. Pass the absolute path of the worktree that you work in, as `pwd` prints it"
            .to_string(),
    )?;
    let own: T = serde_json::from_value(Value::Object(own)).map_err(|error| {
        let why = error.to_string();
        let names_terminals =
            ["terminal", "only", "exclude"].iter().any(|name| why.contains(&format!("`{name}`")));
        Misunderstood { why, terminals_of: names_terminals.then(|| cwd.clone()) }
    })?;
    Ok(ToolQuestion { cwd, global: global(target, remotes), command: command(own) })
}

/// The flags of every call.
pub(super) fn global(target: Option<String>, remotes: Option<String>) -> Global {
    Global {
        directory: None,
        tracking_dir: None,
        target,
        remotes,
        run_merge_drivers: false,
        format: Format::Json,
        color: Color::Never,
        no_pager: true,
        ascii: true,
        fail_on: FailOn::Never,
        no_cache: false,
        no_symbols: false,
        quiet: false,
        verbose: false,
    }
}

fn order(
    only: Vec<String>,
    exclude: Vec<String>,
    seconds: f64,
    explain: Option<String>,
    shown: ShowOnly,
) -> Command {
    let time = Some(seconds.clamp(0.0, 86_400.0));
    let chosen = Chosen { only, exclude, after: Vec::new(), time };
    Command::MergeOrder(MergeOrderArgs { chosen, explain, verify: false, only: shown })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StatusCall {
    #[serde(default)]
    terminals: Vec<String>,
    #[serde(default)]
    stories: Vec<String>,
    #[serde(default)]
    paths: Vec<String>,
    #[serde(default)]
    conflicts: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckCall {
    #[serde(default)]
    paths: Vec<PathBuf>,
    terminal: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CompareCall {
    ours: String,
    theirs: String,
    #[serde(default)]
    symbols: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrderCall {
    #[serde(default)]
    only: Vec<String>,
    #[serde(default)]
    exclude: Vec<String>,
    #[serde(default = "usual_seconds")]
    seconds: f64,
    #[serde(default)]
    terminals: Vec<String>,
    #[serde(default)]
    stories: Vec<String>,
    #[serde(default)]
    paths: Vec<String>,
    #[serde(default)]
    conflicts: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExplainCall {
    terminal: String,
}

fn usual_seconds() -> f64 {
    SECONDS
}

//! The MCP server `track-work mcp` in the files where clients look for servers of a repository: a member of a JSON
//! object, or a table at the end of Codex' TOML. Every other byte stays, and taking it out restores the text.
//!
//! Where they look, as read in November 2026: docs.github.com/copilot/how-tos/copilot-cli/customize-copilot/add-mcp-servers,
//! code.visualstudio.com/docs/copilot/reference/mcp-configuration, opencode.ai/docs/mcp-servers (OpenCode 2 reads the
//! form of OpenCode 1), geminicli.com/docs/tools/mcp-server, developers.openai.com/codex/mcp.

use std::path::Path;

use jsonc_parser::ast::{Object, Value};
use serde_json::{Value as Json, json};

use super::Agent;
use super::json::{Container, InvalidSettings, Layout, byte_order_mark, parse, property, root};
use super::settings::{Uninstalled, taken_out};

/// The name of the server in every client.
const NAME: &str = "track-work";

/// The form of a file with servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerForm {
    /// Members of an object `mcpServers`.
    McpServers,
    /// The same for Copilot CLI, which also wants to know which tools are used.
    CopilotCli,
    /// Members of an object `servers`.
    VsCode,
    /// Members of an object `mcp`.
    OpenCode,
    /// A table of TOML.
    Codex,
}

impl ServerForm {
    /// The object with the servers, and ours in it.
    fn member(self) -> Option<(&'static str, Json)> {
        Some(match self {
            ServerForm::McpServers => ("mcpServers", json!({"command": "track-work", "args": ["mcp"]})),
            ServerForm::CopilotCli => (
                "mcpServers",
                json!({"type": "local", "command": "track-work", "args": ["mcp"], "tools": ["*"]}),
            ),
            ServerForm::VsCode => {
                ("servers", json!({"type": "stdio", "command": "track-work", "args": ["mcp"]}))
            }
            ServerForm::OpenCode => {
                ("mcp", json!({"type": "local", "command": ["track-work", "mcp"], "enabled": true}))
            }
            ServerForm::Codex => return None,
        })
    }
}

/// The files at the top of a worktree in which a client looks for servers, and their forms.
pub fn server_files(agent: Agent, top: &Path) -> Vec<(&'static str, ServerForm)> {
    match agent {
        Agent::Claude => vec![(".mcp.json", ServerForm::McpServers)],
        Agent::Codex => vec![(".codex/config.toml", ServerForm::Codex)],
        Agent::Cursor => vec![(".cursor/mcp.json", ServerForm::McpServers)],
        Agent::Gemini => vec![(agent.file(), ServerForm::McpServers)],
        Agent::Copilot => {
            vec![(".github/mcp.json", ServerForm::CopilotCli), (".vscode/mcp.json", ServerForm::VsCode)]
        }
        Agent::OpenCode => {
            let files =
                ["opencode.json", "opencode.jsonc", ".opencode/opencode.json", ".opencode/opencode.jsonc"];
            let there = files.into_iter().find(|file| top.join(file).symlink_metadata().is_ok());
            vec![(there.unwrap_or("opencode.json"), ServerForm::OpenCode)]
        }
    }
}

/// The text with the server; `None` where one of that name is there already. `text`: `None` if there is no file.
///
/// # Errors
/// Text that is not JSON, or holds servers in a form that cannot be added to.
pub fn with_server(text: Option<&str>, form: ServerForm) -> Result<Option<String>, InvalidSettings> {
    let Some((name, entry)) = form.member() else { return with_table(text) };
    let Some(text) = text else { return Ok(Some(format!("{:#}\n", json!({ name: { NAME: entry } })))) };
    let (mark, text) = byte_order_mark(text);
    let parsed = parse(text)?;
    let root = root(&parsed)?;
    let layout = Layout::of(text, &Container::object(root));
    let (at, piece) = match servers(root, name)? {
        Some(servers) if property(servers, NAME)?.is_some() => return Ok(None),
        Some(servers) => layout.append(text, &Container::object(servers), &[(Some(NAME), entry)]),
        None => layout.append(text, &Container::object(root), &[(Some(name), json!({ NAME: entry }))]),
    };
    Ok(Some(format!("{mark}{}{piece}{}", &text[..at], &text[at..])))
}

/// The text without the server. One of that name that starts another program stays.
///
/// # Errors
/// Text that is not JSON, or holds the server in a form that cannot be taken out.
pub fn without_server(text: &str, form: ServerForm) -> Result<Uninstalled, InvalidSettings> {
    let Some((name, _)) = form.member() else { return without_table(text) };
    let (mark, text) = byte_order_mark(text);
    let parsed = parse(text)?;
    let root = root(&parsed)?;
    let Some(servers) = servers(root, name)? else { return Ok(Uninstalled::Same) };
    let place = |of: &Object, name: &str| {
        of.properties.iter().position(|property| property.name.as_str() == name).unwrap_or(0)
    };
    let Some(entry) = property(servers, NAME)? else { return Ok(Uninstalled::Same) };
    if !starts_us(&entry.value) {
        return Ok(Uninstalled::Same);
    }
    let way = vec![
        (Container::object(servers), place(servers, NAME)),
        (Container::object(root), place(root, name)),
    ];
    Ok(match taken_out(text, root, &way, |_| false) {
        Uninstalled::Text(text) => Uninstalled::Text(format!("{mark}{text}")),
        other => other,
    })
}

/// A server of our name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedServer {
    /// It starts this program.
    Ours,
    /// It starts another program.
    Other,
    /// Somebody changed our table.
    Edited,
}

/// The server of our name in a text.
///
/// # Errors
/// Text that is not JSON, or holds servers in a form that is not known.
pub fn named_server(text: &str, form: ServerForm) -> Result<Option<NamedServer>, InvalidSettings> {
    match (without_server(text, form), with_server(Some(text), form)) {
        (Ok(Uninstalled::NoFile | Uninstalled::Text(_)), _) => Ok(Some(NamedServer::Ours)),
        (Ok(Uninstalled::Same), Ok(None)) => Ok(Some(NamedServer::Other)),
        (Ok(Uninstalled::Same), Ok(Some(_))) => Ok(None),
        (Err(_), Ok(None)) => Ok(Some(NamedServer::Edited)),
        (Err(error), Ok(Some(_)) | Err(_)) | (Ok(Uninstalled::Same), Err(error)) => Err(error),
    }
}

fn servers<'a, 'b>(root: &'b Object<'a>, name: &str) -> Result<Option<&'b Object<'a>>, InvalidSettings> {
    let Some(property) = property(root, name)? else { return Ok(None) };
    match property.value.as_object() {
        Some(servers) => Ok(Some(servers)),
        None => Err(InvalidSettings { line: None, what: format!("{name:?} is not an object") }),
    }
}

fn starts_us(entry: &Value) -> bool {
    let Some(entry) = entry.as_object() else { return false };
    let first = entry.get_array("command").and_then(|words| words.elements.first()?.as_string_lit());
    let command = entry.get_string("command").or(first);
    command.is_some_and(|command| command.value == NAME)
}

const HEADER: &str = "[mcp_servers.track-work]";

/// The lines of our table, without the end of the last one.
fn table(line_end: &str) -> String {
    [HEADER, "command = \"track-work\"", "args = [\"mcp\"]"].join(line_end)
}

/// The end of a line in a text.
fn line_end(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

/// Whether a line begins the table of our server, however it is written.
fn is_header(line: &str) -> bool {
    let plain: String = line.chars().filter(|c| !c.is_whitespace() && !['"', '\''].contains(c)).collect();
    plain == HEADER || plain.starts_with(&format!("{HEADER}#"))
}

/// Appends our table: an empty line and whole lines where the text ends with a whole line, so that it can be told
/// later; otherwise the last line stays without an end.
fn with_table(text: Option<&str>) -> Result<Option<String>, InvalidSettings> {
    let Some(text) = text else { return Ok(Some(format!("{}\n", table("\n")))) };
    if text.lines().any(is_header) {
        return Ok(None);
    }
    let other = |line: &str| {
        let rest = line.trim_start().strip_prefix("mcp_servers").map(str::trim_start);
        rest.is_some_and(|rest| rest.starts_with(['=', '.']))
    };
    if let Some(line) = text.lines().position(other) {
        let what = "mcp_servers is not written as tables; add the server by hand".to_string();
        return Err(InvalidSettings { line: Some(line + 1), what });
    }
    let end = line_end(text);
    let last = if text.is_empty() || text.ends_with('\n') { end } else { "" };
    Ok(Some(format!("{text}{end}{}{last}", table(end))))
}

fn without_table(text: &str) -> Result<Uninstalled, InvalidSettings> {
    let Some(number) = text.lines().position(is_header) else { return Ok(Uninstalled::Same) };
    let start: usize = text.split_inclusive('\n').take(number).map(str::len).sum();
    let end =
        if text[start..].lines().next().is_some_and(|line| text[start + line.len()..].starts_with("\r\n")) {
            "\r\n"
        } else {
            "\n"
        };
    let rest = text[start..].strip_prefix(&table(end));
    // what follows must not become part of the table before
    let ours = rest.filter(|rest| {
        let next = rest.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
        (rest.is_empty() || rest.starts_with(['\r', '\n'])) && next.is_none_or(|line| line.starts_with('['))
    });
    let Some(rest) = ours else {
        let what = "the table of the server was edited; remove it by hand".to_string();
        return Err(InvalidSettings { line: Some(number + 1), what });
    };
    let whole = rest.strip_prefix("\r\n").or(rest.strip_prefix('\n'));
    let Some(before) = text[..start].strip_suffix(end) else {
        let left = whole.unwrap_or(rest);
        return Ok(if left.is_empty() { Uninstalled::NoFile } else { Uninstalled::Text(left.to_string()) });
    };
    let after = if before.is_empty() || before.ends_with('\n') { whole.unwrap_or(rest) } else { rest };
    Ok(Uninstalled::Text(format!("{before}{after}")))
}

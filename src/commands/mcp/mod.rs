//! `mcp`: answers coding agents over the Model Context Protocol, on stdin and stdout (revisions 2025-11-25 and
//! 2026-07-28, by the official SDK). Every call opens the repository anew, at the folder that it names, so nothing is
//! stale and one server serves all worktrees.

mod input;
mod open_calls;
mod tools;

use std::path::Path;
use std::sync::Arc;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, CustomRequest, CustomResult,
    ErrorCode, Implementation, ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler, ServiceExt};
use serde_json::Value;

use crate::cli::{Cli, Command, Global, StatusArgs};
use crate::commands::failure::Failure;
use crate::context::Context;
use crate::model::{for_agent, quoted_name};
use crate::render::{self, Output, Style};

use super::{Reply, reply};
use open_calls::{NotedAnswers, OpenCalls};
use tools::{Misunderstood, ToolQuestion};

/// The text beside the structured answer is cut after this many characters.
const MOST_TEXT: usize = 6000;

const INSTRUCTIONS: &str = "Several people and agents work on this repository at once. Call check with the paths before \
    you edit them, and check without paths before you finish. Pass the absolute path of your worktree as cwd.";

/// Serves until stdin is closed, and all that was asked by then is answered.
///
/// # Errors
/// No client answered, or there are no threads to serve it.
pub(super) fn serve() -> Result<(), Failure> {
    let failed = |what: &str, error: String| Err(Failure::new(format!("{what}: {error}")));
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed("cannot serve", error.to_string()),
    };
    runtime.block_on(async {
        let (input, output) = rmcp::transport::stdio();
        let open = Arc::new(OpenCalls::default());
        let input = input::messages(input, Arc::clone(&open));
        let output = NotedAnswers::new(output, Arc::clone(&open));
        let service = match (McpServer { open }).serve((input, output)).await {
            Ok(service) => service,
            Err(error) => {
                let failure = Failure::new(format!("no MCP client: {error}"));
                return Err(failure.help("agents start this program: see track-work help agents"));
            }
        };
        match service.waiting().await {
            Ok(_) => Ok(()),
            Err(error) => failed("cannot serve", error.to_string()),
        }
    })
}

/// What the params of the methods must be that have some.
const NEEDS: [(&str, &str); 4] = [
    ("initialize", "an object with protocolVersion, capabilities and clientInfo"),
    ("tools/call", "an object with the name of a tool, and its arguments as an object"),
    ("tools/list", "an object, or left out"),
    ("ping", "an object, or left out"),
];

#[derive(Clone)]
struct McpServer {
    open: Arc<OpenCalls>,
}

impl ServerHandler for McpServer {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("track-work", env!("CARGO_PKG_VERSION")))
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(tools::all()))
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        _: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        let name = quoted_name(&request.method);
        // what is known comes here only where its params cannot be read
        let needed = NEEDS.iter().find(|(method, _)| *method == request.method);
        Err(match needed {
            Some((_, what)) => ErrorData::new(
                ErrorCode::INVALID_PARAMS,
                format!("the params of {name} must be {what}"),
                None,
            ),
            None => ErrorData::new(ErrorCode::METHOD_NOT_FOUND, format!("there is no method {name}"), None),
        })
    }

    async fn call_tool(
        &self,
        call: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let _working = self.open.working();
        let answer = tokio::task::spawn_blocking(move || answer(call)).await;
        Ok(answer
            .unwrap_or_else(|_| refusal("an internal error of track-work; other calls still work"))
            .into())
    }
}

/// The answer to one call. What keeps it from being answered is told in it, as a result that the agent can act on.
fn answer(call: CallToolRequestParams) -> CallToolResult {
    let ToolQuestion { cwd, global, command } = match tools::question(&call.name, call.arguments) {
        Ok(question) => question,
        Err(Misunderstood { why, terminals_of: None }) => return refusal(&why),
        Err(Misunderstood { why, terminals_of: Some(cwd) }) => {
            return refusal(&format!("{why}{}", known_terminals(&cwd)));
        }
    };
    match answered(&cwd, global, command) {
        Ok(reply) => result(&reply),
        Err(failure) => refusal(&in_arguments(&failure.to_string())),
    }
}

fn answered(cwd: &Path, global: Global, command: Command) -> Result<Reply, Failure> {
    let mut context = Context::from_environment().inside(Some(cwd));
    // the call names its folder; variables of whoever started the server do not
    context.git = context.git.without_repository();
    reply(&Cli { global, command }, &context, drop)
}

/// The terminals that a call can name, in a sentence; nothing where they cannot be read.
fn known_terminals(cwd: &Path) -> String {
    let status = Command::Status(StatusArgs::default());
    let Ok(Reply { output: Output::Status(status), .. }) = answered(cwd, tools::global(None, None), status)
    else {
        return String::new();
    };
    let mut names: Vec<&str> =
        status.report.facts.terminals.iter().map(|terminal| terminal.id.as_str()).collect();
    names.dedup();
    match names.is_empty() {
        true => "; there are no terminals".to_string(),
        false => format!("; the terminals are {}", names.join(", ")),
    }
}

/// What help says of the flags of the command line, as the arguments of the tools.
const ARGUMENTS: [(&str, &str); 10] = [
    ("or choose one with -C PATH", "or pass one as cwd"),
    ("or choose a worktree with -C PATH", "or pass a folder in a worktree as cwd"),
    ("choose it with --terminal ID", "pass it as terminal"),
    ("choose another target with --target", "pass another branch as target"),
    ("choose another with --target", "pass another as target"),
    (
        "choose a directory with --tracking-dir DIR or TRACK_WORK_DIR=DIR",
        "start the server with TRACK_WORK_DIR=DIR",
    ),
    ("--terminal ", "terminals: "),
    ("--story ", "stories: "),
    ("--path ", "paths: "),
    ("; quote it for the shell", ""),
];

/// A message of the program in words that fit a call.
fn in_arguments(message: &str) -> String {
    let replaced = |text: String, (flag, argument): &(&str, &str)| text.replace(flag, argument);
    ARGUMENTS.iter().fold(message.to_string(), replaced)
}

fn result(reply: &Reply) -> CallToolResult {
    let structured: Value = serde_json::from_str(&render::json(&reply.output).out).unwrap_or_default();
    let style =
        Style { width: 100, shortens: false, ascii: true, verbose: false, quiet: false, crowded: false };
    let text = anstream::adapter::strip_str(&render::human(&reply.output, style).out).to_string();
    let mut result = CallToolResult::structured(structured);
    result.content = vec![ContentBlock::text(for_agent(&cut(text)))];
    result
}

/// The beginning of a long text, up to the end of a line.
fn cut(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(MOST_TEXT) {
        let end = text[..end].rfind('\n').unwrap_or(end);
        text.truncate(end);
        text.push_str("\n(cut here; the structured answer has all of it)\n");
    }
    text
}

fn refusal(reason: &str) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(for_agent(reason))])
}

//! The messages of an MCP client. What is none is answered here: the SDK passes over it, and the client would wait.

use std::sync::Arc;

use rmcp::model::ErrorCode;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, Stdin};

use super::open_calls::{OpenBatch, OpenCalls};

/// So many bytes are read ahead.
const AHEAD: usize = 1 << 16;

/// The lines that are messages of JSON-RPC, until the input is closed and what was asked in it is answered: the SDK ends
/// with its input.
pub(super) fn messages(input: Stdin, open: Arc<OpenCalls>) -> DuplexStream {
    let (mut passed_on, messages) = tokio::io::duplex(AHEAD);
    tokio::spawn(async move {
        let mut lines = BufReader::new(input);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).await.is_ok_and(|read| read > 0) {
            let (asked, answer) = match batch(&line, &open) {
                Some(batch) => batch,
                None => match refused(&line) {
                    None => (line.clone(), None),
                    Some(answer) => (Vec::new(), Some(answer)),
                },
            };
            asked.split_inclusive(|byte| *byte == b'\n').for_each(|line| open.asked(line));
            let answer = answer.or_else(|| open.left_of_batch());
            let passed = passed_on.write_all(&asked).await;
            let done = match answer {
                None => passed,
                Some(answer) => {
                    let (_, mut output) = rmcp::transport::stdio();
                    match output.write_all(format!("{answer}\n").as_bytes()).await {
                        Ok(()) => output.flush().await,
                        failed => failed,
                    }
                }
            };
            if done.is_err() {
                break;
            }
            line.clear();
        }
        open.answered().await;
    });
    messages
}

/// The messages of a batch, a line each, or its answer where none of them is one that has to be answered by others; nothing where
/// the line is no batch, or the client speaks no revision that has any.
fn batch(line: &[u8], open: &OpenCalls) -> Option<(Vec<u8>, Option<Value>)> {
    let messages = match serde_json::from_slice(line) {
        Ok(Value::Array(messages)) if !messages.is_empty() && open.has_batches() => messages,
        _ => return None,
    };
    let (mut asked, mut batch) = (Vec::new(), OpenBatch::default());
    for message in messages {
        let line = format!("{message}\n").into_bytes();
        match refused(&line) {
            Some(answer) => batch.answers.push(answer),
            None => {
                let is_request = message.get("method").is_some() && message.get("id").is_some();
                batch.open.extend(is_request.then(|| message["id"].to_string()));
                asked.extend(line);
            }
        }
    }
    let answer = (batch.open.is_empty() && !batch.answers.is_empty())
        .then(|| Value::Array(std::mem::take(&mut batch.answers)));
    if !batch.open.is_empty() {
        open.asked_together(batch);
    }
    Some((asked, answer))
}

/// What a line is answered that is no message (JSON-RPC 2.0, error codes).
fn refused(line: &[u8]) -> Option<Value> {
    if line.trim_ascii().is_empty() {
        return None;
    }
    let answer = |code: ErrorCode, message: &str, id: Value| {
        Some(json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code.0, "message": message } }))
    };
    let message: Value = match serde_json::from_slice(line) {
        Ok(message) => message,
        Err(error) => {
            return answer(ErrorCode::PARSE_ERROR, &format!("not a line of JSON: {error}"), Value::Null);
        }
    };
    let has_any = |keys: &[&str]| keys.iter().any(|key| message.get(key).is_some());
    if message["jsonrpc"] == "2.0" && has_any(&["method", "result", "error"]) {
        return None;
    }
    let id = message.get("id").filter(|id| id.is_string() || id.is_number()).cloned();
    let text = "not a message of JSON-RPC 2.0: one object a line, with jsonrpc and method";
    answer(ErrorCode::INVALID_REQUEST, text, id.unwrap_or_default())
}

//! Which requests of a client are not answered yet. A client may close its end once it has asked, and still reads.

use std::collections::BTreeSet;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use tokio::io::AsyncWrite;

/// How often it is looked whether all is answered.
const PAUSE: Duration = Duration::from_millis(10);

/// How long it is waited for answers that nobody works on.
const PATIENCE: Duration = Duration::from_secs(2);

/// The requests without an answer, and the calls that are worked on.
#[derive(Debug, Default)]
pub(super) struct OpenCalls {
    /// Their ids, as they are written.
    ids: Mutex<BTreeSet<String>>,
    working: AtomicUsize,
}

/// What of a message says which request it is about.
#[derive(Deserialize)]
struct MessageHead {
    method: Option<String>,
    id: Option<Value>,
    params: Option<CancelledParams>,
}

/// What of the params of a notification that a request is given up says which.
#[derive(Deserialize)]
struct CancelledParams {
    #[serde(rename = "requestId")]
    request_id: Option<Value>,
}

/// Marks a call as worked on as long as it lives.
pub(super) struct WorkingCall<'a>(&'a OpenCalls);

impl Drop for WorkingCall<'_> {
    fn drop(&mut self) {
        self.0.working.fetch_sub(1, Ordering::SeqCst);
    }
}

impl OpenCalls {
    /// Notes what a line of the client asks, or gives up.
    pub(super) fn asked(&self, line: &[u8]) {
        let Ok(head) = serde_json::from_slice::<MessageHead>(line) else { return };
        let given_up = head.params.and_then(|params| params.request_id);
        match (head.method, head.id, given_up) {
            (Some(_), Some(id), _) if id.is_string() || id.is_number() => {
                self.ids().insert(id.to_string());
            }
            (Some(method), None, Some(id)) if method == "notifications/cancelled" => {
                self.ids().remove(&id.to_string());
            }
            _ => {}
        }
    }

    /// A call that is worked on.
    pub(super) fn working(&self) -> WorkingCall<'_> {
        self.working.fetch_add(1, Ordering::SeqCst);
        WorkingCall(self)
    }

    /// Waits until all is answered, or nobody works on what is not.
    pub(super) async fn answered(&self) {
        let mut idle = Duration::ZERO;
        while !self.ids().is_empty() && idle < PATIENCE {
            tokio::time::sleep(PAUSE).await;
            idle = if self.working.load(Ordering::SeqCst) > 0 { Duration::ZERO } else { idle + PAUSE };
        }
    }

    /// Notes a line that was written.
    fn wrote(&self, line: &[u8]) {
        if let Ok(MessageHead { method: None, id: Some(id), .. }) = serde_json::from_slice(line) {
            self.ids().remove(&id.to_string());
        }
    }

    fn ids(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An output that notes which requests are answered.
pub(super) struct NotedAnswers<W> {
    output: W,
    open: Arc<OpenCalls>,
    /// What was written of a line so far.
    line: Vec<u8>,
}

impl<W> NotedAnswers<W> {
    pub(super) fn new(output: W, open: Arc<OpenCalls>) -> NotedAnswers<W> {
        NotedAnswers { output, open, line: Vec::new() }
    }
}

impl<W: AsyncWrite + Unpin> AsyncWrite for NotedAnswers<W> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let written = Pin::new(&mut this.output).poll_write(cx, bytes);
        if let Poll::Ready(Ok(count)) = written {
            this.line.extend_from_slice(&bytes[..count]);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let flushed = Pin::new(&mut this.output).poll_flush(cx);
        if let Poll::Ready(Ok(())) = flushed
            && let Some(end) = this.line.iter().rposition(|byte| *byte == b'\n')
        {
            let rest = this.line.split_off(end + 1);
            let lines = std::mem::replace(&mut this.line, rest);
            lines.split(|byte| *byte == b'\n').for_each(|line| this.open.wrote(line));
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.output).poll_shutdown(cx)
    }
}

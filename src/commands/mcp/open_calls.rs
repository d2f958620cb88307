//! Which requests of a client are not answered yet. A client may close its end once it has asked, and still reads. What was
//! asked in a batch is answered in one, as the revision 2025-03-26 of the protocol says, of which the SDK knows nothing.

use std::collections::BTreeSet;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
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
    /// Those whose answers go out together.
    batches: Mutex<Vec<OpenBatch>>,
    /// Whether the client speaks the revision that has batches.
    has_batches: AtomicBool,
}

/// A batch of requests of which not all are answered.
#[derive(Debug, Default)]
pub(super) struct OpenBatch {
    /// The ids of those that are not.
    pub open: BTreeSet<String>,
    /// The other answers.
    pub answers: Vec<Value>,
}

/// The answer that names the revision of the protocol is no longer than this.
const LONGEST_BEGINNING: usize = 1 << 14;

/// The only revision of the protocol in which messages come in batches.
const WITH_BATCHES: &str = "2025-03-26";

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
                self.batches().iter_mut().for_each(|batch| _ = batch.open.remove(&id.to_string()));
            }
            _ => {}
        }
    }

    /// Whether the client may ask in batches.
    pub(super) fn has_batches(&self) -> bool {
        self.has_batches.load(Ordering::SeqCst)
    }

    /// Notes a batch before its requests are.
    pub(super) fn asked_together(&self, batch: OpenBatch) {
        self.batches().push(batch);
    }

    /// The answers of a batch of which the client gave up the rest.
    pub(super) fn left_of_batch(&self) -> Option<Value> {
        let mut batches = self.batches();
        let at = batches.iter().position(|batch| batch.open.is_empty())?;
        Some(Value::Array(batches.remove(at).answers)).filter(|answers| *answers != Value::Array(Vec::new()))
    }

    /// What is to be written in place of a line of an answer: nothing as long as its batch is not complete.
    fn written_for(&self, line: &[u8]) -> Option<Vec<u8>> {
        let as_it_is = || Some(line.to_vec());
        // how a session begins is told in few words
        if self.batches().is_empty() && (self.has_batches() || line.len() > LONGEST_BEGINNING) {
            return as_it_is();
        }
        let Ok(answer) = serde_json::from_slice::<Value>(line) else { return as_it_is() };
        if answer["result"]["protocolVersion"] == WITH_BATCHES {
            self.has_batches.store(true, Ordering::SeqCst);
        }
        if answer.get("method").is_some() {
            return as_it_is();
        }
        let id = answer["id"].to_string();
        let mut batches = self.batches();
        let Some(at) = batches.iter().position(|batch| batch.open.contains(&id)) else { return as_it_is() };
        batches[at].open.remove(&id);
        batches[at].answers.push(answer);
        let batch = batches[at].open.is_empty().then(|| batches.remove(at))?;
        Some(format!("{}\n", Value::Array(batch.answers)).into_bytes())
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

    fn batches(&self) -> MutexGuard<'_, Vec<OpenBatch>> {
        self.batches.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ids(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An output that notes which requests are answered, and answers batches in one.
pub(super) struct NotedAnswers<W> {
    output: W,
    open: Arc<OpenCalls>,
    /// What was given of a line so far.
    line: Vec<u8>,
    /// What is still to be written, and of which lines it is.
    pending: Vec<u8>,
    noted: Vec<Vec<u8>>,
}

impl<W> NotedAnswers<W> {
    pub(super) fn new(output: W, open: Arc<OpenCalls>) -> NotedAnswers<W> {
        NotedAnswers { output, open, line: Vec::new(), pending: Vec::new(), noted: Vec::new() }
    }

    /// Takes whole lines over to what is to be written.
    fn take_lines(&mut self) {
        while let Some(end) = self.line.iter().position(|byte| *byte == b'\n') {
            let rest = self.line.split_off(end + 1);
            let line = std::mem::replace(&mut self.line, rest);
            self.pending.extend(self.open.written_for(&line).unwrap_or_default());
            self.noted.push(line);
        }
    }
}

impl<W: AsyncWrite + Unpin> AsyncWrite for NotedAnswers<W> {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.line.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        this.take_lines();
        while !this.pending.is_empty() {
            match Pin::new(&mut this.output).poll_write(cx, &this.pending) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(count)) => drop(this.pending.drain(..count)),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => return Poll::Pending,
            }
        }
        let flushed = Pin::new(&mut this.output).poll_flush(cx);
        if let Poll::Ready(Ok(())) = flushed {
            this.noted.drain(..).for_each(|line| this.open.wrote(&line));
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.as_mut().poll_flush(cx) {
            Poll::Ready(Ok(())) => Pin::new(&mut self.output).poll_shutdown(cx),
            other => other,
        }
    }
}

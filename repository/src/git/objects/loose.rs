//! Loose objects: a file each, deflated, with the kind and the size at its beginning.

use std::fs::Metadata;
use std::io::{BufReader, ErrorKind};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use git2::ObjectType;
use memchr::memchr;

use crate::files;
use crate::model::Oid;

use super::inflate::Inflater;
use super::{Answer, LARGEST, Question};

/// How much of a file is read at once.
const INPUT: usize = 4 << 10;

/// The kind and the size with the NUL after them are no longer.
const HEADER: usize = 32;

/// What the file of an object says; `None` where there is none.
pub(super) fn ask(objects: &Path, id: Oid, question: &Question) -> Result<Option<Answer>, String> {
    let name = id.to_string();
    let (folder, rest) = name.split_at(2);
    let file = match files::open(&objects.join(folder).join(rest)) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(format!("its file {error}")),
    };
    match question {
        Question::Changed => return Ok(Some(Answer::unread(&file))),
        Question::Presence => return Ok(Some(Answer::presence())),
        Question::Soundness(until) if Answer::unread(&file).is_older_than(*until) => {
            return Ok(Some(Answer::presence()));
        }
        Question::Content | Question::Header | Question::Soundness(_) => {}
    }
    let mut inflater = Inflater::new(BufReader::with_capacity(INPUT, file));
    let mut content = Vec::new();
    inflater.fill(&mut content, HEADER)?;
    let end = memchr(0, &content[..content.len().min(HEADER)]).ok_or("it has no header")?;
    let (kind, size) = header(&content[..end]).ok_or("its header is damaged")?;
    match question {
        Question::Header => return Ok(Some(Answer::of(kind, size, None))),
        // git reads it
        Question::Soundness(_) if size > LARGEST => return Ok(Some(Answer::presence())),
        _ if size > LARGEST => return Err(format!("it has {size} bytes; more than {LARGEST} are not read")),
        Question::Content | Question::Soundness(_) | Question::Changed | Question::Presence => {}
    }
    inflater.finish(&mut content, end + 1 + size as usize)?;
    if inflater.has_more()? {
        return Err("there is something after its end".to_string());
    }
    content.drain(..=end);
    Ok(Some(Answer::of(kind, size, Some(Arc::new(content)))))
}

/// Whether an object has a file that was not changed since this time.
pub(super) fn is_older(objects: &Path, id: Oid, before: Option<SystemTime>) -> bool {
    let name = id.to_string();
    let (folder, rest) = name.split_at(2);
    let data = || std::fs::metadata(objects.join(folder).join(rest)).ok().filter(Metadata::is_file);
    before.is_some() && data().is_some_and(|data| Answer::seen(Some(data)).is_older_than(before))
}

/// Whether there is a file of another object whose id begins like this; the prefix has two digits or more.
pub(super) fn is_ambiguous(objects: &Path, id: &str, prefix: &str) -> bool {
    let (folder, rest) = prefix.split_at(2);
    let files = std::fs::read_dir(objects.join(folder)).into_iter().flatten().flatten();
    let mut names = files.filter_map(|file| file.file_name().into_string().ok());
    names.any(|name| name.starts_with(rest) && name != id[2..])
}

/// The kind, a space and the size.
fn header(text: &[u8]) -> Option<(ObjectType, u64)> {
    let (kind, size) = std::str::from_utf8(text).ok()?.split_once(' ')?;
    let is_plain =
        size.bytes().all(|digit| digit.is_ascii_digit()) && (size == "0" || !size.starts_with('0'));
    let size = is_plain.then(|| size.parse().ok()).flatten()?;
    let kind = match kind {
        "blob" => ObjectType::Blob,
        "tree" => ObjectType::Tree,
        "commit" => ObjectType::Commit,
        "tag" => ObjectType::Tag,
        _ => return None,
    };
    Some((kind, size))
}

//! Loose objects, packs and their indexes of any bytes: reading ends without a panic, in bounded memory
//! (`-rss_limit_mb`), and gives the same answer twice.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Once;

use super::{folder, made};
use arbitrary::Arbitrary;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use track_work::git::Repository;
use track_work::merge::{Commits, Objects};
use track_work::model::Oid;

#[derive(Arbitrary, Debug)]
enum Stored {
    /// The file of a loose object as it comes.
    Loose(Vec<u8>),
    /// The same, deflated: kind, size and content.
    Deflated(Vec<u8>),
    /// The same with the right size.
    Object(Kind, Vec<u8>),
    /// A pack of objects and deltas, with its index.
    Pack(Vec<Packed>),
    /// A pack and an index as they come, with the beginnings that belong there.
    Raw { pack: Vec<u8>, index: Vec<u8>, first: bool },
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Kind {
    Blob,
    Tree,
    Commit,
    Tag,
}

#[derive(Arbitrary, Debug)]
struct Packed {
    kind: u8,
    /// What the header says; the truth where not given.
    size: Option<u64>,
    /// How far back the base is, or which object.
    base: u8,
    content: Vec<u8>,
    /// Sizes in front of a delta.
    sizes: Option<(u16, u16)>,
}

/// More make no other case.
const MOST: usize = 16;

fn id(number: usize) -> Oid {
    Oid::new([number as u8 + 1; 20])
}

fn deflated(content: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).expect("in memory");
    encoder.finish().expect("in memory")
}

/// Seven bits a byte, the lowest first.
fn number(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 0x7f {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

impl Packed {
    fn bytes(&self, at: usize, starts: &[usize]) -> Vec<u8> {
        let mut content = Vec::new();
        if let Some((old, new)) = self.sizes {
            content.extend(number(old.into()));
            content.extend(number(new.into()));
        }
        content.extend(&self.content);
        let size = self.size.unwrap_or(content.len() as u64);
        let kind = self.kind % 8;
        let mut bytes = vec![kind << 4 | (size & 0x0f) as u8];
        if size > 0x0f {
            bytes[0] |= 0x80;
            bytes.extend(number(size >> 4));
        }
        let base = usize::from(self.base);
        match kind {
            6 if starts.is_empty() => bytes.push(self.base & 0x7f),
            6 => {
                let back = (at - starts[base % starts.len()]).min(0x407f);
                match back {
                    0..0x80 => bytes.push(back as u8),
                    _ => bytes.extend([((back - 0x80) >> 7) as u8 | 0x80, (back - 0x80) as u8 & 0x7f]),
                }
            }
            7 => bytes.extend(id(base % MOST).as_bytes()),
            _ => {}
        }
        bytes.extend(deflated(&content));
        bytes
    }
}

/// A pack and its index.
fn packed(objects: &[Packed]) -> (Vec<u8>, Vec<u8>) {
    let objects = &objects[..objects.len().min(MOST)];
    let count = objects.len() as u32;
    let mut pack = b"PACK\0\0\0\x02".to_vec();
    pack.extend(count.to_be_bytes());
    let mut starts = Vec::new();
    for object in objects {
        let bytes = object.bytes(pack.len(), &starts);
        starts.push(pack.len());
        pack.extend(bytes);
    }
    pack.extend([7; 20]);
    let mut index = b"\xfftOc\0\0\0\x02".to_vec();
    for byte in 0..256u32 {
        index.extend(byte.min(count).to_be_bytes());
    }
    (0..starts.len()).for_each(|at| index.extend(id(at).as_bytes()));
    index.extend(vec![0; 4 * starts.len()]);
    starts.iter().for_each(|start| index.extend((*start as u32).to_be_bytes()));
    index.extend([7; 20]);
    index.extend([0; 20]);
    (pack, index)
}

fn write(objects: &Path, stored: &Stored) {
    let loose = |bytes: &[u8]| {
        let name = id(0).to_string();
        let folder = objects.join(&name[..2]);
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join(&name[2..]), bytes).expect("written");
    };
    let pack = |pack: &[u8], index: &[u8]| {
        fs::write(objects.join("pack/pack-a.pack"), pack).expect("written");
        fs::write(objects.join("pack/pack-a.idx"), index).expect("written");
    };
    match stored {
        Stored::Loose(bytes) => loose(bytes),
        Stored::Deflated(content) => loose(&deflated(content)),
        Stored::Object(kind, content) => {
            let kind = format!("{kind:?}").to_lowercase();
            let head = format!("{kind} {}\0", content.len());
            loose(&deflated(&[head.as_bytes(), &content[..]].concat()));
        }
        Stored::Pack(objects) => {
            let (bytes, index) = packed(objects);
            pack(&bytes, &index);
        }
        Stored::Raw { pack: bytes, index, first } => {
            let second: &[u8] = if *first { b"" } else { b"\xfftOc\0\0\0\x02" };
            pack(&[&b"PACK\0\0\0\x02"[..], &bytes[..]].concat(), &[second, &index[..]].concat());
        }
    }
}

/// All that is asked of objects, as text.
fn answers(git_dir: &Path) -> String {
    let repository = Repository::discover(git_dir).expect("a repository");
    let store = repository.store();
    let mut said = String::new();
    for id in (0..MOST).map(id) {
        let (blob, size) = (store.blob(id), store.blob_size(id));
        if let (Ok(blob), Ok(size)) = (&blob, &size) {
            assert_eq!(blob.len() as u64, *size);
        }
        let commit = Commits::commit(&store, id).map(|commit| format!("{commit:?}"));
        said += &format!("{blob:?} {size:?} {:?} {commit:?} {}\n", store.tree(id), store.is_whole(id));
    }
    said
}

/// One input.
pub fn run(input: &[u8]) {
    let Some(stored) = made::<Stored>(input) else { return };
    static REPOSITORY: Once = Once::new();
    let git_dir = folder("objects");
    REPOSITORY.call_once(|| {
        fs::create_dir_all(git_dir.join("refs")).expect("a folder");
        fs::write(git_dir.join("HEAD"), "ref: refs/heads/main\n").expect("written");
        fs::write(git_dir.join("config"), "[core]\nrepositoryformatversion = 0\nbare = true\n")
            .expect("written");
    });
    let objects = git_dir.join("objects");
    _ = fs::remove_dir_all(&objects);
    fs::create_dir_all(objects.join("pack")).expect("a folder");
    write(&objects, &stored);
    assert_eq!(answers(&git_dir), answers(&git_dir));
}

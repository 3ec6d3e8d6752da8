//! Fetching one file: from where an earlier attempt stopped, checked against what the hub states, whole or not at all.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::cache::{unusable, Repo};
use super::client::{Ask, Client};
use super::failure::{self, Failure};
use super::url;
use crate::control::{Call, Stage};
use crate::error::{Error, Result};
use crate::source::hex;

const BLOCK: usize = 256 << 10;

/// What the hub says of a file before it sends it.
pub struct Stated {
    /// The name of the blob: of a large file its SHA-256, of a small one the SHA-1 that git gives it.
    pub etag: String,
    pub size: Option<u64>,
}

/// Bytes over all files; what has to be fetched again is taken back.
pub struct Progress<'a> {
    call: &'a Call,
    total: u64,
    done: u64,
}

impl<'a> Progress<'a> {
    pub fn begin(call: &'a Call, total: u64) -> Self {
        call.stage(Stage::Downloading, total);
        Progress { call, total, done: 0 }
    }

    fn advance(&mut self, by: u64) {
        self.done = self.done.saturating_add(by);
        self.call.advance(by);
    }

    fn take_back(&mut self, by: u64) {
        self.done = self.done.saturating_sub(by);
        self.call.stage(Stage::Downloading, self.total);
        self.call.advance(self.done);
    }
}

/// Asks for a file's name in the cache and its size.
pub fn stated(client: &Client, url: &str) -> std::result::Result<Stated, Failure> {
    let answer = client.ask(url, Ask::Head)?;
    let header = |name: &str| answer.headers.get(name).and_then(|value| value.to_str().ok());
    let etag = header("x-linked-etag").or_else(|| header("etag")).unwrap_or_default();
    let etag = etag.trim_start_matches("W/").trim_matches('"');
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    if etag.is_empty() || etag.len() > 128 || etag.starts_with('.') || !etag.bytes().all(plain) {
        return Err(Failure::Final(Error::Network(format!(
            "{} states no checksum of a file (no ETag), which a hub does: check HF_ENDPOINT and the proxy",
            url::host(url)
        ))));
    }
    let own_length = || header("content-length").filter(|_| answer.status < 300);
    let size = header("x-linked-size")
        .or_else(own_length)
        .and_then(|size| size.parse().ok());
    Ok(Stated {
        etag: etag.into(),
        size,
    })
}

/// Brings the blob into the cache, unless it is there.
pub fn fetch(client: &Client, repo: &Repo, url: &str, stated: &Stated, progress: &mut Progress) -> Result<()> {
    let blob = repo.blob(&stated.etag);
    let folder = blob.parent().unwrap_or(repo.root());
    fs::create_dir_all(folder).map_err(|e| unusable(folder, &e))?;
    let _lock = repo.lock(&stated.etag, client.call)?;
    if blob.is_file() {
        progress.advance(stated.size.unwrap_or(0));
        return Ok(());
    }
    // The name under which Python's releases before 1.0 look for a file to go on with; later ones begin anew.
    let path = repo.blob(&format!("{}.incomplete", stated.etag));
    let failed = |e: &io::Error| unusable(folder, e);
    let file = File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(&path);
    let mut partial =
        Partial::resume(file.map_err(|e| failed(&e))?, stated.size, client.call, progress).map_err(|e| failed(&e))?;
    let (mut attempts, mut wrong) = (0, 0);
    loop {
        let before = partial.length;
        client.call.check()?;
        match partial.receive(client, url, stated, progress) {
            Ok(()) if partial.is(stated).map_err(|e| failed(&e))? => break,
            Ok(()) => {
                wrong += 1;
                partial.restart(progress).map_err(|e| failed(&e))?;
                if wrong == 2 {
                    let _ = fs::remove_file(&path);
                    return Err(Error::Network(format!(
                        "{} was received twice with other content than the hub states (its checksum is not {}): try again later, or check the proxy",
                        name_of(url), stated.etag
                    )));
                }
            }
            Err(Received::Unwritten(e)) => return Err(failed(&e)),
            Err(Received::Not(failure)) => {
                if partial.length > before {
                    attempts = 0;
                }
                client.pause(failure, &mut attempts)?;
            }
        }
    }
    partial
        .file
        .sync_data()
        .and_then(|()| fs::rename(&path, &blob))
        .map_err(|e| failed(&e))
}

/// Why a file did not arrive: not received, or not written down.
enum Received {
    Not(Failure),
    Unwritten(io::Error),
}

/// A file as far as it has come. Others may read its name, but only the lock's holder writes it.
struct Partial {
    file: File,
    length: u64,
    sha256: Sha256,
}

impl Partial {
    fn resume(mut file: File, size: Option<u64>, call: &Call, progress: &mut Progress) -> io::Result<Self> {
        let mut sha256 = Sha256::new();
        let mut length = 0;
        let mut block = vec![0; BLOCK];
        if size.is_none_or(|size| file.metadata().is_ok_and(|m| m.len() <= size)) {
            while call.check().is_ok() {
                let read = file.read(&mut block)?;
                if read == 0 {
                    break;
                }
                sha256.update(block.get(..read).unwrap_or_default());
                length += read as u64;
            }
        } else {
            file.set_len(0)?;
        }
        progress.advance(length);
        Ok(Partial { file, length, sha256 })
    }

    fn restart(&mut self, progress: &mut Progress) -> io::Result<()> {
        progress.take_back(self.length);
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.length = 0;
        self.sha256 = Sha256::new();
        Ok(())
    }

    /// One request for what is missing.
    fn receive(
        &mut self,
        client: &Client,
        url: &str,
        stated: &Stated,
        progress: &mut Progress,
    ) -> std::result::Result<(), Received> {
        if stated.size == Some(self.length) {
            return Ok(());
        }
        let ask = if self.length > 0 {
            Ask::From(self.length)
        } else {
            Ask::Get
        };
        let answer = client.ask(url, ask).map_err(Received::Not)?;
        let range = answer
            .headers
            .get("content-range")
            .and_then(|value| value.to_str().ok());
        let goes_on = answer.status == 206 && range.is_some_and(|r| r.starts_with(&format!("bytes {}-", self.length)));
        if self.length > 0 && !goes_on {
            self.restart(progress).map_err(Received::Unwritten)?;
        }
        if !(goes_on || answer.status == 200) {
            return Err(Received::Not(failure::cut(
                url,
                &format!("status {} to the rest of a file", answer.status),
            )));
        }
        let mut body = answer.body.into_with_config().limit(u64::MAX).reader();
        let mut block = vec![0; BLOCK];
        loop {
            let read = match body.read(&mut block) {
                Ok(read) => read,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => {
                    client.call.check().map_err(|e| Received::Not(e.into()))?;
                    return Err(Received::Not(failure::cut(url, &e)));
                }
            };
            client.call.check().map_err(|e| Received::Not(e.into()))?;
            if read == 0 {
                break;
            }
            let bytes = block.get(..read).unwrap_or_default();
            self.file.write_all(bytes).map_err(Received::Unwritten)?;
            self.sha256.update(bytes);
            self.length += read as u64;
            progress.advance(read as u64);
            if stated.size.is_some_and(|size| self.length > size) {
                // More than there should be: the checksum will say so.
                return Ok(());
            }
        }
        match stated.size {
            Some(size) if self.length < size => Err(Received::Not(failure::cut(url, &"the file is not whole"))),
            _ => Ok(()),
        }
    }

    /// Whether this is the content that the hub stated. A mirror that gives its own kind of names states nothing.
    fn is(&mut self, stated: &Stated) -> io::Result<bool> {
        let etag = stated.etag.as_str();
        if stated.size.is_some_and(|size| size != self.length) {
            return Ok(false);
        }
        let hexadecimal = etag.bytes().all(|b| b.is_ascii_hexdigit());
        Ok(match etag.len() {
            64 if hexadecimal => hex(&self.sha256.clone().finalize()).eq_ignore_ascii_case(etag),
            40 if hexadecimal => hex(&self.git_sha1()?).eq_ignore_ascii_case(etag),
            _ => true,
        })
    }

    /// What git names a blob: the SHA-1 of a header with the length, and the content. Such files are small.
    fn git_sha1(&mut self) -> io::Result<Vec<u8>> {
        self.file.seek(SeekFrom::Start(0))?;
        let mut sha1 = Sha1::new_with_prefix(format!("blob {}\0", self.length));
        let mut block = vec![0; BLOCK];
        loop {
            let read = self.file.read(&mut block)?;
            if read == 0 {
                return Ok(sha1.finalize().to_vec());
            }
            sha1.update(block.get(..read).unwrap_or_default());
        }
    }
}

fn name_of(url: &str) -> &str {
    Path::new(url.split('?').next().unwrap_or_default())
        .file_name()
        .and_then(|n| n.to_str())
        .unwrap_or("a file")
}

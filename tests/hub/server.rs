//! A hub on loopback: it speaks as much of the Hugging Face hub's protocol as a download needs, and fails when told to.
//! Large files are on a second port, the storage, to which the hub redirects.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use sha1::Sha1;
use sha2::{Digest, Sha256};

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

pub fn sha256(content: &[u8]) -> String {
    hex(&Sha256::digest(content))
}

pub fn git_sha1(content: &[u8]) -> String {
    let sha1 = Sha1::new_with_prefix(format!("blob {}\0", content.len()));
    hex(&sha1.chain_update(content).finalize())
}

/// Weights are large files, the rest is git's own.
fn is_large(name: &str) -> bool {
    name.ends_with(".safetensors") || name.ends_with(".bin")
}

/// The name of a file's blob in the cache.
pub fn etag(name: &str, content: &[u8]) -> String {
    if is_large(name) {
        sha256(content)
    } else {
        git_sha1(content)
    }
}

#[derive(Clone, Default)]
pub struct Repo {
    /// Branches and tags; each commit has the same files.
    pub revisions: BTreeMap<String, String>,
    pub files: BTreeMap<String, Vec<u8>>,
    /// Only who brings this token may read it.
    pub token: Option<String>,
    /// Its list is public, its files are for who has accepted its terms: nobody.
    pub gated: bool,
}

/// What goes wrong with the next request that is meant.
#[derive(Clone)]
pub enum Fault {
    Status(u16, Vec<(&'static str, &'static str)>),
    /// The connection ends after that many bytes of the body.
    CutAfter(usize),
    /// Nothing comes after that many bytes of the body, for as long as the client stays.
    StallAfter(usize),
    /// The same length, another content.
    WrongContent,
    /// The whole file in spite of a range.
    NoRange,
    /// A redirect on the hub itself.
    MovedTo(String),
}

#[derive(Clone, Debug)]
pub struct Request {
    /// `GET /path`; those of the storage begin with `storage `.
    pub line: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
}

#[derive(Default)]
struct Shared {
    repos: Mutex<BTreeMap<String, Repo>>,
    faults: Mutex<Vec<(String, Fault)>>,
    seen: Mutex<Vec<Request>>,
    storage: Mutex<String>,
}

#[derive(Clone)]
pub struct Server {
    pub url: String,
    shared: Arc<Shared>,
}

impl Server {
    pub fn start() -> Self {
        let shared = Arc::<Shared>::default();
        let storage = listen(shared.clone(), "storage ");
        *shared.storage.lock().unwrap() = storage;
        let url = listen(shared.clone(), "");
        Server { url, shared }
    }

    pub fn add(&self, id: &str, repo: Repo) {
        self.shared.repos.lock().unwrap().insert(id.into(), repo);
    }

    /// The next request whose line contains `part` goes wrong.
    pub fn fail(&self, part: &str, fault: Fault) {
        self.shared.faults.lock().unwrap().push((part.into(), fault));
    }

    /// Takes the requests since the last time.
    pub fn seen(&self) -> Vec<Request> {
        std::mem::take(&mut self.shared.seen.lock().unwrap())
    }
}

fn listen(shared: Arc<Shared>, name: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, shared) = (stream.unwrap(), shared.clone());
            std::thread::spawn(move || serve(stream, &shared, name));
        }
    });
    url
}

/// The requests of one connection. A client that leaves ends it.
fn serve(mut stream: TcpStream, shared: &Shared, name: &str) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some(request) = read_head(&mut reader, name) {
        shared.seen.lock().unwrap().push(request.clone());
        let mut faults = shared.faults.lock().unwrap();
        let meant = faults.iter().position(|(part, _)| request.line.contains(part));
        let fault = meant.map(|index| faults.remove(index).1);
        drop(faults);
        let answer = match &fault {
            Some(Fault::Status(status, headers)) => Answer::error(*status, headers),
            Some(Fault::MovedTo(path)) => Answer::error(307, &[]).with("Location", path),
            _ => answer(shared, &request),
        };
        if answer.send(&mut stream, &request, fault).is_none() {
            return;
        }
    }
}

/// A request's first line and headers; `None` at the end of the connection.
fn read_head(reader: &mut impl BufRead, name: &str) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
    let mut words = line.split_whitespace();
    let line = format!("{name}{} {}", words.next()?, words.next()?);
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok().filter(|n| *n > 0)?;
        let Some((key, value)) = header.trim_end().split_once(": ") else {
            return Some(Request { line, headers });
        };
        headers.insert(key.to_ascii_lowercase(), value.to_string());
    }
}

struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answer {
    fn file(content: &[u8]) -> Self {
        Answer {
            status: 200,
            headers: Vec::new(),
            body: content.into(),
        }
    }

    fn error(status: u16, headers: &[(&str, &str)]) -> Self {
        let answer = Answer {
            status,
            headers: Vec::new(),
            body: b"a page about the error".to_vec(),
        };
        headers
            .iter()
            .fold(answer, |answer, (name, value)| answer.with(name, value))
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// `None` if the connection is to end.
    fn send(mut self, stream: &mut TcpStream, request: &Request, fault: Option<Fault>) -> Option<()> {
        let range = request
            .headers
            .get("range")
            .filter(|_| self.status == 200 && !matches!(fault, Some(Fault::NoRange)));
        if let Some(from) = range.and_then(|r| r.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok()) {
            let size = self.body.len();
            if from >= size {
                self = Answer::error(416, &[]).with("Content-Range", &format!("bytes */{size}"));
            } else {
                self.status = 206;
                self.body.drain(..from);
                self.headers
                    .push(("Content-Range".into(), format!("bytes {from}-{}/{size}", size - 1)));
            }
        }
        if matches!(fault, Some(Fault::WrongContent)) {
            self.body.iter_mut().for_each(|b| *b ^= 1);
        }
        let mut head = format!(
            "HTTP/1.1 {} Said\r\nContent-Length: {}\r\n",
            self.status,
            self.body.len()
        );
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        stream.write_all(format!("{head}\r\n").as_bytes()).ok()?;
        if request.line.contains("HEAD ") {
            return Some(());
        }
        match fault {
            Some(Fault::CutAfter(n)) => {
                stream.write_all(&self.body[..n]).ok()?;
                None
            }
            Some(Fault::StallAfter(n)) => {
                stream.write_all(&self.body[..n]).ok()?;
                // Until the client leaves.
                let _ = stream.read(&mut [0]);
                None
            }
            _ => stream.write_all(&self.body).ok(),
        }
    }
}

fn answer(shared: &Shared, request: &Request) -> Answer {
    let storage = shared.storage.lock().unwrap().clone();
    let repos = shared.repos.lock().unwrap();
    let (method, path) = request.line.rsplit_once(' ').unwrap();
    if method.starts_with("storage ") {
        // A signed address: whoever has it may read, whoever shows a token is told that this is wrong.
        let (name, signed) = path[1..].split_once('?').unwrap_or((&path[1..], ""));
        let contents = repos.values().flat_map(|repo| repo.files.values());
        return match contents.into_iter().find(|content| sha256(content) == name) {
            Some(_) if signed != "signed" || request.headers.contains_key("authorization") => Answer::error(400, &[]),
            Some(content) => Answer::file(content).with("ETag", "\"of-the-storage\""),
            None => Answer::error(404, &[]),
        };
    }
    let token = request
        .headers
        .get("authorization")
        .and_then(|value| value.strip_prefix("Bearer "));
    let find = |id: &str| {
        repos
            .get(id)
            .filter(|repo| repo.token.is_none() || repo.token.as_deref() == token)
    };
    let no_repo = || match token {
        None => Answer::error(401, &[("X-Error-Code", "RepoNotFound")]),
        Some("hf_wrong") => Answer::error(
            401,
            &[("X-Error-Message", "Invalid credentials in Authorization header")],
        ),
        Some(_) => Answer::error(404, &[("X-Error-Code", "RepoNotFound")]),
    };
    let commit_of = |repo: &Repo, revision: &str| {
        let revision = revision.replace("%2F", "/");
        let known = repo.revisions.values().any(|commit| *commit == revision);
        repo.revisions.get(&revision).cloned().or(known.then_some(revision))
    };
    let no_revision = || Answer::error(404, &[("X-Error-Code", "RevisionNotFound")]);
    if let Some((id, revision)) = path
        .strip_prefix("/api/models/")
        .and_then(|rest| rest.split_once("/revision/"))
    {
        let Some(repo) = find(id) else { return no_repo() };
        let Some(commit) = commit_of(repo, revision) else {
            return no_revision();
        };
        let siblings: Vec<_> = repo
            .files
            .keys()
            .map(|name| serde_json::json!({"rfilename": name}))
            .collect();
        let info = serde_json::json!({"id": id, "sha": commit, "private": false, "siblings": siblings});
        return Answer::file(info.to_string().as_bytes());
    }
    let Some((id, rest)) = path[1..].split_once("/resolve/") else {
        return Answer::error(404, &[]);
    };
    let Some(repo) = find(id) else { return no_repo() };
    if repo.gated {
        return Answer::error(
            if token.is_some() { 403 } else { 401 },
            &[("X-Error-Code", "GatedRepo")],
        );
    }
    let (revision, name) = rest.split_once('/').unwrap();
    let Some(commit) = commit_of(repo, revision) else {
        return no_revision();
    };
    let Some(content) = repo.files.get(name) else {
        return Answer::error(404, &[("X-Error-Code", "EntryNotFound")]).with("X-Repo-Commit", &commit);
    };
    let quoted = format!("\"{}\"", etag(name, content));
    if is_large(name) {
        return Answer::error(302, &[])
            .with("Location", &format!("{storage}/{}?signed", sha256(content)))
            .with("ETag", "\"of-the-redirect\"")
            .with("X-Linked-ETag", &quoted)
            .with("X-Linked-Size", &content.len().to_string())
            .with("X-Repo-Commit", &commit);
    }
    Answer::file(content)
        .with("ETag", &quoted)
        .with("X-Repo-Commit", &commit)
}

/// A proxy that connects to whatever it is asked for, by way of `target`, and the connections it was asked for.
pub fn proxy(target: &str) -> (String, Arc<Mutex<Vec<String>>>) {
    let target = target.trim_start_matches("http://").to_string();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::<Mutex<Vec<String>>>::default();
    let seen = asked.clone();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let mut reader = BufReader::new(client.try_clone().unwrap());
            let request = read_head(&mut reader, "").unwrap();
            seen.lock().unwrap().push(request.line);
            let mut server = TcpStream::connect(&target).unwrap();
            client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").unwrap();
            let mut back = (server.try_clone().unwrap(), client);
            std::thread::spawn(move || std::io::copy(&mut back.0, &mut back.1));
            std::thread::spawn(move || std::io::copy(&mut reader, &mut server));
        }
    });
    (url, asked)
}

//! Asking the hub: proxies, certificates, redirects, the token, and what may be tried again. Knows no files.

use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use ureq::http::{HeaderMap, Request};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Proxy};

use super::failure::{self, Failure};
use super::settings::Settings;
use super::url;
use crate::control::Call;
use crate::error::{Error, Result};
use crate::source::files;

const REDIRECTS: usize = 10;
/// How often something is tried that the network keeps from succeeding.
const ATTEMPTS: u32 = 5;
/// A hub that wants to be left alone for longer is not waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(120);
/// How often a call that waits looks whether it is cancelled.
const POLL: Duration = Duration::from_millis(20);

pub struct Client<'a> {
    pub settings: &'a Settings,
    pub call: &'a Call,
    /// Asks directly; the others ask through the proxy for their scheme.
    direct: Agent,
    http: Agent,
    https: Agent,
}

/// An answer that is neither an error nor a redirect to be followed.
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: ureq::Body,
}

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// What the hub says of a file, which may be on another host.
    Head,
    Get,
    /// A file from this byte on.
    From(u64),
}

impl<'a> Client<'a> {
    pub fn new(settings: &'a Settings, call: &'a Call) -> Result<Self> {
        let roots = roots(settings)?;
        let agent = |proxy: Option<&str>| {
            let proxy = proxy.map(proxy_of).transpose()?;
            let config = Agent::config_builder()
                .http_status_as_error(false)
                .max_redirects(0)
                .max_redirects_will_error(false)
                .proxy(proxy)
                .tls_config(TlsConfig::builder().root_certs(roots.clone()).build())
                .user_agent(concat!("glyxel/", env!("CARGO_PKG_VERSION")))
                .timeout_resolve(Some(settings.answer_timeout))
                .timeout_connect(Some(settings.answer_timeout))
                .timeout_send_request(Some(settings.answer_timeout))
                .timeout_recv_response(Some(settings.answer_timeout))
                .timeout_per_read(Some(settings.read_timeout));
            Ok(config.build().new_agent())
        };
        // The name of no host: what NO_PROXY exempts is looked at for each request.
        let proxy = |scheme| settings.proxies.of(scheme, "");
        Ok(Client {
            settings,
            call,
            direct: agent(None)?,
            http: agent(proxy("http"))?,
            https: agent(proxy("https"))?,
        })
    }

    /// Runs `work`; when the call is cancelled, or its time is up, every request of it fails at once.
    pub fn watched<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        struct Ended<'t>(&'t AtomicBool, thread::Thread);
        impl Drop for Ended<'_> {
            fn drop(&mut self) {
                self.0.store(true, Ordering::SeqCst);
                self.1.unpark();
            }
        }
        let ended = AtomicBool::new(false);
        thread::scope(|scope| {
            let watch = || {
                while !ended.load(Ordering::SeqCst) {
                    if self.call.check().is_err() {
                        for agent in [&self.direct, &self.http, &self.https] {
                            agent.clone().shutdown();
                        }
                    }
                    thread::park_timeout(POLL);
                }
            };
            let watcher = thread::Builder::new()
                .name("glyxel-hub-watch".into())
                .spawn_scoped(scope, watch)
                .map_err(|e| {
                    Error::Internal(format!(
                        "a thread could not be started: {e}; the process may have too many"
                    ))
                })?;
            let _ended = Ended(&ended, watcher.thread().clone());
            work()
        })
    }

    /// Asks, and follows redirects. The token goes to the endpoint itself and nowhere else.
    pub fn ask(&self, first: &str, ask: Ask) -> std::result::Result<Answer, Failure> {
        let mut url = first.to_string();
        for _ in 0..REDIRECTS {
            let answer = self.send(&url, ask)?;
            let location = || answer.headers.get("location").and_then(|value| value.to_str().ok());
            if !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
                return match answer.status {
                    200..=299 | 416 => Ok(answer),
                    status => Err(failure::refusal(self.settings, &url, status, &answer.headers)),
                };
            }
            let target = location()
                .and_then(|location| url::redirected(&url, location))
                .ok_or_else(|| {
                    Failure::Final(Error::Network(format!(
                        "{} redirects to nowhere that a file can be fetched from",
                        url::host(&url)
                    )))
                })?;
            // The hub's own words about a file come with the redirect to the storage that has it.
            if ask == Ask::Head && (answer.headers.contains_key("x-linked-etag") || !url::same_origin(&url, &target)) {
                return Ok(answer);
            }
            url = target;
        }
        Err(Failure::Final(Error::Network(format!(
            "{} redirects without end",
            url::host(first)
        ))))
    }

    fn send(&self, url: &str, ask: Ask) -> std::result::Result<Answer, Failure> {
        self.call.check()?;
        let mut request = Request::builder()
            .method(if ask == Ask::Head { "HEAD" } else { "GET" })
            .uri(url)
            // A length and a range are of the bytes themselves.
            .header("accept-encoding", "identity");
        if let Ask::From(byte) = ask {
            request = request.header("range", format!("bytes={byte}-"));
        }
        if let Some(token) = self
            .settings
            .token
            .as_ref()
            .filter(|_| url::same_origin(url, &self.settings.endpoint))
        {
            request = request.header("authorization", format!("Bearer {}", token.reveal()));
        }
        let request = request.body(()).map_err(|_| {
            Failure::Final(Error::Network(format!(
                "{} gave an address that is none",
                url::host(url)
            )))
        })?;
        let scheme = url::parts(url).map_or("https", |p| p.scheme);
        let proxy = self.settings.proxies.of(scheme, url::host(url));
        let agent = match (proxy, scheme) {
            (None, _) => &self.direct,
            (_, "http") => &self.http,
            _ => &self.https,
        };
        match agent.run(request) {
            Ok(response) => {
                let (parts, body) = response.into_parts();
                Ok(Answer {
                    status: parts.status.as_u16(),
                    headers: parts.headers,
                    body,
                })
            }
            Err(error) => {
                self.call.check()?;
                Err(failure::unreachable(url, proxy, &error))
            }
        }
    }

    /// The whole body of a short answer.
    pub fn text(&self, url: &str) -> std::result::Result<Vec<u8>, Failure> {
        let mut body = self
            .ask(url, Ask::Get)?
            .body
            .into_with_config()
            .limit(files::SMALL)
            .reader();
        let mut bytes = Vec::new();
        let read = body.read_to_end(&mut bytes);
        self.call.check()?;
        read.map(|_| bytes).map_err(|error| failure::cut(url, &error))
    }

    /// Tries until it succeeds, is refused, or has failed too often.
    pub fn patiently<T>(&self, mut attempt: impl FnMut() -> std::result::Result<T, Failure>) -> Result<T> {
        let mut failed = 0;
        loop {
            match attempt() {
                Ok(value) => return Ok(value),
                Err(failure) => self.pause(failure, &mut failed)?,
            }
        }
    }

    /// Waits before the next attempt; an error if there is to be none. `failed` counts the attempts in vain.
    pub fn pause(&self, failure: Failure, failed: &mut u32) -> Result<()> {
        *failed += 1;
        let (error, wait) = match failure {
            Failure::Passing { error, wait } if *failed < ATTEMPTS => (error, wait),
            other => return Err(other.into_error()),
        };
        let wait = wait.unwrap_or(self.settings.backoff * 2_u32.pow(*failed - 1));
        if wait > LONGEST_WAIT {
            return Err(error);
        }
        crate::log::emit(crate::log::Level::Info, || format!("{error}; trying again in {wait:?}"));
        let until = std::time::Instant::now() + wait;
        loop {
            self.call.check()?;
            match until.checked_duration_since(std::time::Instant::now()) {
                Some(left) if !left.is_zero() => thread::sleep(left.min(POLL)),
                _ => return Ok(()),
            }
        }
    }
}

/// The certificates of the environment or of the system; where a system has none, those of Mozilla that ureq brings.
fn roots(settings: &Settings) -> Result<RootCerts> {
    let (file, folders) = &settings.certificates;
    let given = file.is_some() || !folders.is_empty();
    let certificates = if given {
        let mut found = rustls_native_certs::load_certs_from_paths(file.as_deref(), None).certs;
        for folder in folders {
            found.extend(rustls_native_certs::load_certs_from_paths(None, Some(folder)).certs);
        }
        found
    } else {
        rustls_native_certs::load_native_certs().certs
    };
    if certificates.is_empty() && given {
        return Err(Error::InvalidArgument(
            "no certificate could be read from what SSL_CERT_FILE and SSL_CERT_DIR name: set them to a file and a folder of PEM certificates, or unset them".into(),
        ));
    }
    if certificates.is_empty() {
        return Ok(RootCerts::WebPki);
    }
    let owned = |der: &[u8]| Certificate::from_der(der).to_owned();
    Ok(RootCerts::new_with_certs(
        &certificates.iter().map(|c| owned(c)).collect::<Vec<_>>(),
    ))
}

/// What a message says of a proxy is its host: the rest may be a password.
fn proxy_of(address: &str) -> Result<Proxy> {
    let proxy = Proxy::new(address).ok().filter(|proxy| {
        use ureq::ProxyProtocol::{Http, Https};
        matches!(proxy.protocol(), Http | Https)
    });
    proxy.ok_or_else(|| {
        Error::InvalidArgument(
            "the proxy of HTTP_PROXY, HTTPS_PROXY or ALL_PROXY cannot be used: give one like http://host:port".into(),
        )
    })
}

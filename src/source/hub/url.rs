//! The little of URLs that asking a hub needs: parts, escapes and where a redirect leads.

/// `scheme://authority/path`.
pub struct Parts<'a> {
    /// `http` or `https`.
    pub scheme: &'a str,
    pub authority: &'a str,
    /// With its slash, and with the query; may be empty.
    pub path: &'a str,
}

pub fn parts(url: &str) -> Option<Parts<'_>> {
    let (scheme, rest) = url.split_once("://")?;
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let known = matches!(scheme, "http" | "https") && !authority.is_empty();
    (known && url.bytes().all(|b| b.is_ascii_graphic())).then_some(Parts {
        scheme,
        authority,
        path,
    })
}

/// The host, without its port and without the brackets of an IPv6 address; what messages show of a URL, for the rest may
/// be signed.
pub fn host(url: &str) -> &str {
    let authority = parts(url).map_or("", |p| p.authority);
    let address = authority.rsplit('@').next().unwrap_or_default();
    match address.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, _)) => host,
        None => address.split(':').next().unwrap_or_default(),
    }
}

/// Whether both are the same scheme, host and port: only there a token may go.
pub fn same_origin(a: &str, b: &str) -> bool {
    let origin = |url| parts(url).map(|p| (p.scheme, p.authority.to_ascii_lowercase()));
    origin(a).is_some() && origin(a) == origin(b)
}

/// Where a `Location` leads from `base`; `None` if it is no address of a hub's file, or leaves https.
pub fn redirected(base: &str, location: &str) -> Option<String> {
    let from = parts(base)?;
    let target = if location.contains("://") {
        location.to_string()
    } else if location.starts_with("//") {
        format!("{}:{location}", from.scheme)
    } else if location.starts_with('/') {
        format!("{}://{}{location}", from.scheme, from.authority)
    } else {
        let path = from.path.split('?').next().unwrap_or_default();
        let folder = path.rfind('/').map_or("", |end| &path[..end]);
        format!("{}://{}{folder}/{location}", from.scheme, from.authority)
    };
    let to = parts(&target)?;
    (from.scheme == "http" || to.scheme == "https").then_some(target)
}

/// Percent-escapes all that has a meaning in a URL; `keep` stays.
pub fn escaped(text: &str, keep: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || keep.as_bytes().contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_leads_where_it_says_but_never_out_of_https() {
        let base = "https://a.b:1/x/y?q=/z";
        let leads = |to: &str| redirected(base, to);
        assert_eq!(leads("https://c/d").as_deref(), Some("https://c/d"));
        assert_eq!(leads("/d?e").as_deref(), Some("https://a.b:1/d?e"));
        assert_eq!(leads("d").as_deref(), Some("https://a.b:1/x/d"));
        assert_eq!(leads("//c/d").as_deref(), Some("https://c/d"));
        for refused in ["http://c/d", "file:///etc/passwd", "ftp://c", "/a b", "https:///x"] {
            assert_eq!(leads(refused), None, "{refused}");
        }
        assert!(redirected("http://a", "https://b").is_some());
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        assert!(same_origin("https://A.b/x", "https://a.b/y"));
        for (a, b) in [
            ("https://a", "http://a"),
            ("https://a", "https://a:8443"),
            ("https://a", "https://a.evil"),
            ("https://a", "https://a@evil"),
            ("", ""),
        ] {
            assert!(!same_origin(a, b), "{a} {b}");
        }
    }

    #[test]
    fn hosts_and_escapes() {
        assert_eq!(
            (host("https://u:p@h:80/x"), host("http://[::1]:8/"), host("nothing")),
            ("h", "::1", "")
        );
        assert_eq!(escaped("refs/pr/1", ""), "refs%2Fpr%2F1");
        assert_eq!(escaped("a b/ü#?.json", "/"), "a%20b/%C3%BC%23%3F.json");
    }
}

//! One HTTP request with limits: on the whole exchange in time, on the answer in bytes.
//!
//! TLS is rustls over ring with the public roots; plain text goes to this machine
//! only. Nothing is followed: an answer that points elsewhere is an answer. A
//! connection carries one request, so no state is shared between two. What was read
//! before something went wrong is handed over all the same.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue, InvalidHeaderValue, USER_AGENT,
};
use hyper::{Method, Request, Uri};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use zeroize::Zeroizing;

use crate::adapter::net::ws::{is_loopback, shown_address};

/// Most headers of an answer, and most bytes of them.
const HEADERS_MOST: usize = 64;
const HEAD_BYTES_MOST: usize = 32 * 1024;

/// Why an exchange came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The address cannot be used at all.
    #[error("address '{url}' {why}")]
    Address {
        /// As given, without its user, password and query.
        url: String,
        /// What would be right.
        why: &'static str,
    },
    /// The key holds what no header can.
    #[error("the key holds characters that no header may")]
    Key,
    /// It took too long.
    #[error("no answer within {0:?}")]
    TooSlow(Duration),
    /// The answer is larger than allowed.
    #[error("the answer has more than {0} bytes")]
    TooLarge(usize),
    /// The network or the other side failed.
    #[error("{0}")]
    Failed(String),
}

/// A key that is sent and never shown; wiped when it goes.
pub struct Key(Zeroizing<String>);

impl Key {
    /// Takes a key over.
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// Returns a text without the key, should the other side have said it.
    pub fn cut_out_of(&self, text: &str) -> String {
        if self.0.is_empty() {
            return text.to_owned();
        }
        text.replace(self.0.as_str(), "(key)")
    }

    /// Returns the key itself, for the one place that sends it.
    pub(in crate::adapter) fn expose(&self) -> &str {
        &self.0
    }

    fn header(&self) -> Result<HeaderValue, InvalidHeaderValue> {
        let text = Zeroizing::new(format!("Bearer {}", self.0.as_str()));
        let mut value = HeaderValue::from_str(&text)?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(hidden)")
    }
}

/// What came back, as far as it did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Heard {
    /// The status, once the head of the answer was read.
    pub status: Option<u16>,
    /// What the answer says that it is.
    pub content_type: String,
    /// The answer itself, perhaps not whole.
    pub body: Vec<u8>,
}

/// A way to one address.
#[derive(Debug)]
pub struct HttpClient {
    uri: Uri,
    host: String,
    port: u16,
    tls: Option<TlsConnectorBox>,
    key: Option<Key>,
    bytes_max: usize,
}

/// Hides the innards of TLS, which say nothing to anybody.
struct TlsConnectorBox(TlsConnector);

impl fmt::Debug for TlsConnectorBox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TLS")
    }
}

impl HttpClient {
    /// Makes a way to an address; no answer may have more than `bytes_max` bytes.
    ///
    /// # Errors
    /// When the address is none, or would carry plain text off this machine.
    pub fn new(url: &str, key: Option<Key>, bytes_max: usize) -> Result<Self, HttpError> {
        let refuse = |why| HttpError::Address {
            url: shown_address(url),
            why,
        };
        let uri: Uri = url
            .parse()
            .map_err(|_| refuse("is no address, such as https://api.example.com/v1"))?;
        if url.contains('@') {
            return Err(refuse("holds a user or a password: take them out"));
        }
        let host = uri.host().ok_or_else(|| refuse("names no host"))?;
        let host = host.trim_matches(['[', ']']).to_owned();
        let (tls, port) = match uri.scheme_str() {
            Some("https") => (Some(connector()?), 443),
            Some("http") if is_loopback(&host) => (None, 80),
            Some("http") => return Err(refuse("would send plain text: use https://")),
            _ => return Err(refuse("must begin with https://")),
        };
        Ok(Self {
            port: uri.port_u16().unwrap_or(port),
            host,
            uri,
            tls,
            key,
            bytes_max,
        })
    }

    /// Returns a text without the key.
    pub fn without_key(&self, text: &str) -> String {
        match &self.key {
            Some(key) => key.cut_out_of(text),
            None => text.to_owned(),
        }
    }

    /// Posts a JSON document and reads the answer; all of it within so long.
    pub async fn post(&self, body: String, within: Duration) -> (Heard, Option<HttpError>) {
        let mut heard = Heard::default();
        let fault = match timeout(within, self.exchange(body, &mut heard)).await {
            Ok(Ok(())) => None,
            Ok(Err(fault)) => Some(fault),
            Err(_) => Some(HttpError::TooSlow(within)),
        };
        (heard, fault)
    }

    async fn exchange(&self, body: String, heard: &mut Heard) -> Result<(), HttpError> {
        let request = self.request(body)?;
        let stream = self.connect().await?;
        match &self.tls {
            None => self.talk(stream, request, heard).await,
            Some(TlsConnectorBox(tls)) => {
                let name = ServerName::try_from(self.host.clone()).map_err(failed)?;
                let stream = tls.connect(name, stream).await.map_err(failed)?;
                self.talk(stream, request, heard).await
            }
        }
    }

    async fn connect(&self) -> Result<TcpStream, HttpError> {
        if self.tls.is_some() {
            let to = (self.host.as_str(), self.port);
            return TcpStream::connect(to).await.map_err(failed);
        }
        // A name may stand for any machine: plain text goes to this one whatever it is taken for.
        let to = (self.host.as_str(), self.port);
        let mut addresses = lookup_host(to).await.map_err(failed)?;
        let here = addresses.find(|address| address.ip().is_loopback());
        let here = here.ok_or_else(|| HttpError::Address {
            url: self.host.clone(),
            why: "is not this machine: use https://",
        })?;
        TcpStream::connect(here).await.map_err(failed)
    }

    fn request(&self, body: String) -> Result<Request<Full<Bytes>>, HttpError> {
        let path = self.uri.path_and_query().map_or("/", |path| path.as_str());
        let host = self.uri.authority().map_or("", |host| host.as_str());
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(HOST, host)
            .header(
                USER_AGENT,
                concat!("mts1b-desk/", env!("CARGO_PKG_VERSION")),
            )
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/json");
        if let Some(key) = &self.key {
            let value = key.header().map_err(|_| HttpError::Key)?;
            request = request.header(AUTHORIZATION, value);
        }
        request.body(Full::new(Bytes::from(body))).map_err(failed)
    }

    async fn talk<S>(
        &self,
        stream: S,
        request: Request<Full<Bytes>>,
        heard: &mut Heard,
    ) -> Result<(), HttpError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let mut builder = http1::Builder::new();
        builder
            .max_buf_size(HEAD_BYTES_MOST)
            .max_headers(HEADERS_MOST);
        let handshake = builder.handshake(TokioIo::new(stream));
        let (mut sender, connection) = handshake.await.map_err(failed)?;
        let exchange = async {
            let mut answer = sender.send_request(request).await.map_err(failed)?;
            heard.status = Some(answer.status().as_u16());
            let kind = answer.headers().get(CONTENT_TYPE);
            let kind = kind.and_then(|kind| kind.to_str().ok());
            kind.unwrap_or_default().clone_into(&mut heard.content_type);
            while let Some(frame) = answer.body_mut().frame().await {
                let Ok(data) = frame.map_err(failed)?.into_data() else {
                    continue;
                };
                let room = self.bytes_max.saturating_sub(heard.body.len());
                heard.body.extend(data.iter().take(room));
                if data.len() > room {
                    return Err(HttpError::TooLarge(self.bytes_max));
                }
            }
            Ok(())
        };
        // The connection does the work; when it ends first, the exchange says how.
        let working = async {
            let _ = connection.await;
            std::future::pending::<()>().await;
        };
        tokio::select! {
            done = exchange => done,
            () = working => Ok(()),
        }
    }
}

fn connector() -> Result<TlsConnectorBox, HttpError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(failed)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnectorBox(TlsConnector::from(Arc::new(config))))
}

/// Says what failed together with why it did: the outer words alone are often no more than "error".
fn failed(error: impl std::error::Error) -> HttpError {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let said = inner.to_string();
        if !words.contains(&said) {
            words = format!("{words}: {said}");
        }
        cause = inner.source();
    }
    HttpError::Failed(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_goes_to_this_machine_only_and_a_password_is_not_said() {
        let to = |url: &str| HttpClient::new(url, None, 10);
        for good in [
            "https://api.example.com/v1",
            "http://127.0.0.1:9/v1",
            "http://[::1]:9",
            "http://localhost:1",
        ] {
            assert!(to(good).is_ok(), "{good}");
        }
        for bad in [
            "http://api.example.com/v1",
            "http://127.0.0.1.example.com",
            "ws://127.0.0.1",
            "https://me:marked@api.example.com",
            "http://me:marked@127.0.0.1/?key=marked",
            "api.example.com",
            "",
        ] {
            let said = to(bad).unwrap_err().to_string();
            assert!(!said.contains("marked"), "{bad}: {said}");
        }
    }

    #[test]
    fn a_key_is_hidden_and_cut_out() {
        let key = Key::new("marked-key");
        assert_eq!(format!("{key:?}"), "Key(hidden)");
        assert_eq!(key.cut_out_of("I saw marked-key"), "I saw (key)");
        let shown = format!("{:?}", key.header().unwrap());
        assert!(!shown.contains("marked"), "{shown}");
        assert!(Key::new("two\nlines").header().is_err());
        assert_eq!(Key::new("").cut_out_of("as it is"), "as it is");
    }
}

//! A local stand-in for a model's server: takes requests and answers each as a script says, in raw bytes.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Longest wait of any step of a test.
const PATIENCE: Duration = Duration::from_secs(20);

/// How the server behaves.
#[derive(Debug, Clone)]
pub enum Way {
    /// Sends these bytes and closes.
    Says(Vec<u8>),
    /// Takes the request and says nothing, until the other side goes.
    Stalls,
    /// Sends these bytes and then nothing more, until the other side goes.
    StallsAfter(Vec<u8>),
    /// Closes without reading.
    HangsUp,
    /// Sends the head of an answer and then bytes without end.
    Floods(Vec<u8>),
}

/// The server, and what it was asked.
pub struct Chat {
    /// Its address, as settings have it.
    pub url: String,
    /// Head and body of each request.
    pub heard: Arc<Mutex<Vec<(String, String)>>>,
    task: JoinHandle<()>,
}

impl Drop for Chat {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Chat {
    /// Starts a server on this machine.
    pub async fn start(way: Way) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&heard);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = timeout(PATIENCE, serve(stream, &way, &into)).await;
            }
        });
        Self { url, heard, task }
    }
}

async fn serve(mut stream: TcpStream, way: &Way, heard: &Mutex<Vec<(String, String)>>) {
    if matches!(way, Way::HangsUp) {
        return;
    }
    let Some(request) = request(&mut stream).await else {
        return;
    };
    heard.lock().unwrap().push(request);
    match way {
        Way::Says(bytes) => {
            let _ = stream.write_all(bytes).await;
            let _ = stream.shutdown().await;
        }
        Way::StallsAfter(bytes) => {
            let _ = stream.write_all(bytes).await;
            gone(&mut stream).await;
        }
        Way::Stalls | Way::HangsUp => gone(&mut stream).await,
        Way::Floods(head) => {
            let _ = stream.write_all(head).await;
            while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
        }
    }
}

/// Waits until the other side is gone.
async fn gone(stream: &mut TcpStream) {
    let mut rest = [0; 64];
    while stream.read(&mut rest).await.is_ok_and(|count| count > 0) {}
}

/// Reads one request whole.
async fn request(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    loop {
        let mut more = [0; 4096];
        let count = stream
            .read(&mut more)
            .await
            .ok()
            .filter(|count| *count > 0)?;
        bytes.extend_from_slice(&more[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.lines().find_map(|line| {
            line.to_ascii_lowercase()
                .strip_prefix("content-length: ")?
                .parse()
                .ok()
        });
        if length.is_some_and(|length: usize| body.len() >= length) {
            return Some((head.to_owned(), body.to_owned()));
        }
    }
}

/// An answer of the server as bytes.
pub fn http(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n{body}").into_bytes()
}

/// An answer in good form around what the model says.
pub fn completion(content: &str) -> Vec<u8> {
    let body = json!({
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": "m",
        "choices": [{
            "index": 0,
            "message": { "role": "assistant", "content": content },
            "finish_reason": "stop",
        }],
        "usage": { "total_tokens": 7 },
    });
    json_answer(&body)
}

/// A document as an answer.
pub fn json_answer(body: &Value) -> Vec<u8> {
    http(
        "200 OK",
        "Content-Type: application/json; charset=utf-8\r\n",
        &body.to_string(),
    )
}
